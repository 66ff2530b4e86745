-- Document and figures → one page of HTML: what ran is put into its place in the text, the text into the template.
local figure_file = require "lib.figure_file"
local file = require "livepost.file"
local highlight = require "lib.highlight"
local measurement_file = require "lib.measurement_file"
local post = require "livepost.post"
local problem = require "lib.problem"
local printable = require "lib.printable"
local provenance = require "lib.provenance"
local sweep = require "lib.sweep"
local text = require "livepost.text"

local escape = text.escape

local function add(parts, ...)
	for _, piece in ipairs { ... } do parts[#parts + 1] = piece end
end

-- Markdown of a caption or of a Lua cell → HTML; a single paragraph loses its <p> where `inline` is asked for.
local function markdown(source, inline)
	local tree = assert(post.document(source, 1))
	local html = tree:html():gsub("\n$", "")
	return inline and html:match("^<p>(.*)</p>$") or html
end

-- Ends of lines that are empty only make the listing longer. The place of the first line that is shown goes with it: by it
-- the page's script finds the line that a slice names.
local function listing(cell)
	local empty = cell.code:match("^%s*\n") or ""
	local lines = highlight.lines((cell.code:sub(#empty + 1):gsub("%s+$", "")), cell.language)
	local parts, _, above = {}, empty:gsub("\n", "")
	add(parts, '<figure class="listing">')
	if cell.source then add(parts, "<figcaption><code>", escape(cell.source), "</code></figcaption>") end
	add(parts, '<pre tabindex="0"><code class="language-', cell.language, '"')
	if cell.language ~= "lua" then
		add(parts, ' data-file="', escape(cell.code_path), ('" data-line="%d"'):format(cell.code_line + above))
	end
	add(parts, ">")
	for i, line in ipairs(lines) do
		add(parts, '<span class="line">', line, "</span>", i < #lines and "\n" or "")
	end
	add(parts, "</code></pre></figure>\n")
	return table.concat(parts)
end

-- caption: Markdown, or nil.
local function captioned(drawing, caption)
	local parts = {}
	if caption then add(parts, markdown(caption, true), " ") end
	if drawing.story then add(parts, '<span class="story">', escape(drawing.story), ".</span> ") end
	add(parts, '<span class="provenance">', escape(drawing.provenance), "</span>\n")
	return table.concat(parts)
end

-- Beyond so many measurements the links stand below the table.
local MOST_LINKED = 3

-- Links to the files of what is drawn. folder: where they are, seen from the page.
local function downloads(drawing, folder)
	local said = {}
	for i, one in ipairs(drawing.measured) do
		local address = escape(figure_file.address(folder .. one.name))
		said[i] = ('%s<a href="%s.json" download>data</a>, <a href="%s.trace.json" download>trace</a>'):format(
			#drawing.measured > 1 and escape(one.title) .. ": " or "", address, address)
	end
	return '<span class="downloads">To take with you: ' .. table.concat(said, "; ")
		.. ' (a trace is for Perfetto)</span>\n'
end

-- What the page's script knows of a figure: JSON in which nothing ends the element.
local function stored(drawing)
	return drawing.data and '<script type="application/json" class="lp-stored">' .. drawing.data:gsub("<", "\\u003c")
		.. "</script>\n" or ""
end

-- folder: as for downloads.
local function page_figure(drawing, id, caption, folder)
	local links = downloads(drawing, folder)
	local folded = drawing.table and not drawing.whole
	local many = folded and #drawing.measured > MOST_LINKED
	return ('<figure class="figure" id="%s"><div class="drawing">%s</div>\n%s<figcaption>%s%s'):format(id, drawing.svg,
		stored(drawing), captioned(drawing, caption), many and "" or links) ..
		(folded and "<details><summary>The figure as a table</summary>\n" .. drawing.table .. (many and links or "")
			.. "</details>" or "") .. "</figcaption></figure>\n"
end

-- Feeds are read without our style sheets and without what is inside a drawing. addresses: { files, page }, where the
-- page's files and the page itself are to be had, not escaped.
local function feed_figure(drawing, id, caption, addresses)
	local shown = drawing.file and ('<a href="%s">%s</a>'):format(escape(addresses.page .. "#" .. id),
		figure_file.image(drawing.file, addresses.files .. id .. ".svg"))
		or drawing.table:gsub("<svg.-</svg>", "")
	return "<figure>" .. shown .. "\n<figcaption>" .. captioned(drawing, caption) .. "</figcaption></figure>\n"
end

-- One number of which the claim says itself what it is stands alone; others are named.
local function evidence(tested)
	local said = {}
	for i, one in ipairs(tested.evidence) do
		local named = #tested.evidence > 1 or not tested.text:find(one.text, 1, true)
		said[i] = named and ("%s = %s"):format(one.text, one.said) or one.said
	end
	return table.concat(said, ", ")
end

local function claim(tested)
	local parts = {}
	add(parts, '<p class="claim', tested.shown and "" or " not-shown", '"><strong>', tested.shown and "Tested:" or "Not shown:",
		"</strong> <code>", escape(tested.text), "</code>")
	if #tested.evidence > 0 then
		-- In the order in which the claim asks for them.
		add(parts, ' — here <span class="measured">', escape(evidence(tested)), "</span>")
	end
	if tested.share then add(parts, "; true in ", escape(tested.share), " of 1,000 resamples") end
	if tested.single then add(parts, "; from a single run") end
	add(parts, "</p>\n")
	return table.concat(parts)
end

-- The id of the i-th figure of a cell; its file is named like it.
local function figure_id(cell, i)
	local first = cell.language == "lua" and cell.label or cell.label .. "-timeline"
	return i == 1 and first or ("%s-%d"):format(first, i)
end

local function printed(output)
	return '<pre tabindex="0"><samp>' .. escape(printable.lines(output)) .. "</samp></pre>"
end

-- What a cell printed; of a swept one at each point, where that differs.
local function output_html(measurement)
	local points = sweep.measurements { measurement }
	local differs = false
	for _, point in ipairs(points) do differs = differs or point.output ~= points[1].output end
	local parts = {}
	for _, point in ipairs(differs and points or { points[1] }) do
		if point.output ~= "" then
			add(parts, '<div class="output">', differs and '<p class="point">' .. escape(sweep.words(point.at)) .. "</p>" or "",
				printed(point.output), "</div>\n")
		end
	end
	return table.concat(parts)
end

-- figure_html(drawing, id, caption) → markup.
local function cell_html(cell, shown, measurement, figure_html)
	local parts = {}
	add(parts, '<div class="cell"')
	if cell.language ~= "lua" then add(parts, ' id="', cell.label, '"') end
	add(parts, ">\n")
	if cell.echo then add(parts, listing(cell)) end
	if cell.output and measurement then add(parts, output_html(measurement)) end
	for i, drawing in ipairs(shown.figures or {}) do
		if drawing.markdown then
			add(parts, markdown(drawing.markdown), "\n")
		else
			add(parts, figure_html(drawing, figure_id(cell, i), i == 1 and shown.caption or nil))
		end
	end
	for _, tested in ipairs(shown.claims) do add(parts, claim(tested)) end
	add(parts, "</div>\n")
	return table.concat(parts)
end

-- "../" for each folder the page lies in.
local function root_of(path)
	local _, depth = path:gsub("/", "")
	return ("../"):rep(depth)
end

-- What lies beside a post's page, { path below the site, bytes } each: its figures that are drawings, its measurements.
local function page_files(cells, figures, measurements, folder, generator)
	local files = {}
	for _, measurement in ipairs(measurements) do
		for _, one in ipairs(measurement_file.files(measurement, generator)) do
			files[#files + 1] = { path = folder .. one.name, bytes = one.bytes }
		end
	end
	for _, cell in ipairs(cells) do
		local shown = cell.language ~= "inline" and figures.cells[cell.label].figures or {}
		for i, drawing in ipairs(shown) do
			if drawing.file then
				files[#files + 1] = { path = folder .. figure_id(cell, i) .. ".svg", bytes = drawing.file.bytes }
			end
		end
	end
	return files
end

-- The text of the post with another markup for each figure.
local function feed_html(tree, input, addresses)
	for _, cell in ipairs(input.cells) do
		if cell.language ~= "inline" then
			tree:replace(cell.id, cell_html(cell, input.figures.cells[cell.label], input.measurements[cell.label],
				function(drawing, id, caption) return feed_figure(drawing, id, caption, addresses) end))
		end
	end
	return tree:html()
end

-- Code that is only shown is marked like code that runs.
local function shown_block(code)
	local language = code.info:match("^(%S+)")
	local parts = {}
	add(parts, '<pre tabindex="0"><code', language and ' class="language-' .. escape(language) .. '"' or "", ">")
	local lines = highlight.lines((code.literal:gsub("\n$", "")), language)
	add(parts, table.concat(lines, "\n"), "\n</code></pre>\n")
	return table.concat(parts)
end

local function run(input, context)
	local document, figures = input.document, input.figures
	local tree = document.tree
	local folder = figure_file.folder(document.path)
	local beside = folder:match("([^/]+/)$") or ""
	if document.path:match("^index%.[^/.]+$") or document.path:match("/index%.[^/.]+$") then beside = "" end
	local ran, has_figure = {}, false
	local function with_script(drawing, id, caption)
		has_figure = true
		return page_figure(drawing, id, caption, beside)
	end
	for _, cell in ipairs(input.cells) do
		ran[cell.id] = true
		if cell.language == "inline" then
			local said = figures.inline[cell.id]
			tree:replace(cell.id, said.number and '<span class="measured">' .. escape(said.text) .. "</span>"
				or escape(said.text))
		else
			tree:replace(cell.id, cell_html(cell, figures.cells[cell.label], input.measurements[cell.label], with_script))
		end
	end
	for _, code in ipairs(tree:codes()) do
		if code.kind == "block" and not ran[code.id] and code.info ~= "" then tree:replace(code.id, shown_block(code)) end
	end
	local measurements = {}
	for _, cell in ipairs(input.cells) do
		measurements[#measurements + 1] = input.measurements[cell.label]
	end
	measurements = sweep.measurements(measurements)
	local root = root_of(document.path)
	local template = document.layout .. ".html"
	if file.kind(context.folder .. "/templates/" .. template) ~= "file" then
		problem.throw { line = document.places.layout.line, column = document.places.layout.column,
			message = ("layout `%s`: there is no %s: write it, or choose another layout"):format(document.layout,
				context.shown("templates/" .. template)) }
	end
	local described = {
		title = document.title, date = document.date, categories = document.categories, tags = document.tags,
		url = document.path, excerpt = document.excerpt, content = tree:html(), front = document.front,
		measured = #measurements > 0 and provenance.text(measurements) or nil,
	}
	-- After the page's own: the same tree is made into both.
	local base = context.config.site.base_url:gsub("([^/])/*$", "%1/")
	described.feed_content = feed_html(tree, input, { files = base .. figure_file.address(folder),
		page = base .. figure_file.address(document.path) })
	local html = context.render(template, {
		site = context.config.site, post = described, root = root, posts = {}, generator = context.generator,
		styles = { root .. "style.css", root .. "figures.css" }, scripts = has_figure and { root .. "livepost.js" } or {},
	})
	return { path = document.path, html = html, post = described, place = document.places.permalink,
		files = page_files(input.cells, figures, measurements, folder, context.generator) }
end

return { name = "page", scope = "post", reads = { "document", "cells", "measurements", "figures" }, run = run }
