-- Document and figures → one page of HTML: what ran is put into its place in the text, the text into the template.
local file = require "livepost.file"
local highlight = require "lib.highlight"
local post = require "livepost.post"
local problem = require "lib.problem"
local printable = require "lib.printable"
local provenance = require "lib.provenance"
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

-- Ends of lines that are empty only make the listing longer.
local function listing(cell)
	local lines = highlight.lines((cell.code:gsub("^%s*\n", ""):gsub("%s+$", "")), cell.language)
	local parts = {}
	add(parts, '<figure class="listing">')
	if cell.source then add(parts, "<figcaption><code>", escape(cell.source), "</code></figcaption>") end
	add(parts, '<pre tabindex="0"><code class="language-', cell.language, '">')
	for i, line in ipairs(lines) do
		add(parts, '<span class="line">', line, "</span>", i < #lines and "\n" or "")
	end
	add(parts, "</code></pre></figure>\n")
	return table.concat(parts)
end

local function figure(drawing, id, caption)
	local parts = {}
	add(parts, '<figure class="figure" id="', id, '"><div class="drawing">', drawing.svg, "</div>\n<figcaption>")
	if caption then add(parts, markdown(caption, true), " ") end
	if drawing.story then add(parts, '<span class="story">', escape(drawing.story), ".</span> ") end
	add(parts, '<span class="provenance">', escape(drawing.provenance), "</span>\n")
	add(parts, "<details><summary>The figure as a table</summary>\n", drawing.table, "</details></figcaption></figure>\n")
	return table.concat(parts)
end

local function claim(tested)
	local parts = {}
	add(parts, '<p class="claim"><strong>Tested:</strong> <code>', escape(tested.text), "</code>")
	if #tested.values > 0 then
		-- In the order in which the claim asks for them.
		add(parts, ' — here <span class="measured">', escape(table.concat(tested.values, ", ")), "</span>")
	end
	add(parts, "</p>\n")
	return table.concat(parts)
end

local function cell_html(cell, shown, measurement)
	local parts = {}
	local first_id = cell.language == "lua" and cell.label or cell.label .. "-timeline"
	add(parts, '<div class="cell"')
	if cell.language ~= "lua" then add(parts, ' id="', cell.label, '"') end
	add(parts, ">\n")
	if cell.echo then add(parts, listing(cell)) end
	if cell.output and measurement and measurement.output ~= "" then
		add(parts, '<div class="output"><pre tabindex="0"><samp>', escape(printable.lines(measurement.output)), "</samp></pre></div>\n")
	end
	for i, drawing in ipairs(shown.figures or {}) do
		if drawing.markdown then
			add(parts, markdown(drawing.markdown), "\n")
		else
			add(parts, figure(drawing, i == 1 and first_id or ("%s-%d"):format(first_id, i), i == 1 and shown.caption or nil))
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
	local ran = {}
	for _, cell in ipairs(input.cells) do
		ran[cell.id] = true
		if cell.language == "inline" then
			local said = figures.inline[cell.id]
			tree:replace(cell.id, said.number and '<span class="measured">' .. escape(said.text) .. "</span>"
				or escape(said.text))
		else
			tree:replace(cell.id, cell_html(cell, figures.cells[cell.label], input.measurements[cell.label]))
		end
	end
	for _, code in ipairs(tree:codes()) do
		if code.kind == "block" and not ran[code.id] and code.info ~= "" then tree:replace(code.id, shown_block(code)) end
	end
	local measurements = {}
	for _, cell in ipairs(input.cells) do
		measurements[#measurements + 1] = input.measurements[cell.label]
	end
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
	local html = context.render(template, {
		site = context.config.site, post = described, root = root, posts = {}, generator = context.generator,
		styles = { root .. "style.css", root .. "figures.css" },
	})
	return { path = document.path, html = html, post = described, place = document.places.permalink }
end

return { name = "page", scope = "post", reads = { "document", "cells", "measurements", "figures" }, run = run }
