-- The markup of a cell: listing, output, figures and claims, for the page and for feeds. Runs nothing.
local comparison_markup = require "page.comparison_markup"
local failure_markup = require "page.failure_markup"
local figure_file = require "drawing.figure_file"
local listing = require "page.listing"
local printable = require "base.printable"
local references = require "page.references"
local report_markup = require "page.report_markup"
local sweep = require "measurement.sweep"
local text = require "livepost.text"

local M = {}

local escape = text.escape

local function add(parts, ...)
	for _, piece in ipairs { ... } do parts[#parts + 1] = piece end
end

-- titled(entry, caption) → "Figure 3: caption" as markup, or nil where there is neither; caption: markup, or nil.
function M.titled(entry, caption)
	local title = entry and references.title(entry)
	local number = title and '<span class="number">' .. title .. (caption and ":" or ".") .. "</span>"
	if number then return number .. (caption and " " .. caption or "") end
	return caption
end

-- title: number and caption as markup, or nil.
local function captioned(drawing, title)
	local parts = {}
	if title then add(parts, title, " ") end
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

-- What the page's script knows of a figure: JSON in which nothing ends the element, or the address of the file that has it.
local function stored(drawing, address)
	if not drawing.data then return "" end
	local from = address and (' data-src="%s"'):format(address) or ""
	return ('<script type="application/json" class="lp-stored"%s>%s</script>\n'):format(from,
		address and "" or drawing.data:gsub("<", "\\u003c"))
end

-- Returns the name and the bytes of the file that has what the script knows of a figure, where the page has not: a script,
-- as pages that are opened as files may load no other.
function M.data_file(drawing, id)
	return id .. ".js", "document.currentScript.json=" .. drawing.data .. "\n"
end

-- folder: as for downloads. apart: what the script knows of it is in a file of its own, there.
function M.page_figure(drawing, id, title, folder, apart)
	local links = downloads(drawing, folder)
	local folded = drawing.table and not drawing.whole
	local many = folded and #drawing.measured > MOST_LINKED
	return ('<figure class="figure" id="%s"><div class="drawing">%s</div>\n%s<figcaption>%s%s'):format(id, drawing.svg,
		stored(drawing, apart and drawing.data and escape(figure_file.address(folder .. M.data_file(drawing, id))) or nil),
		captioned(drawing, title), many and "" or links) ..
		(folded and "<details><summary>The figure as a table</summary>\n" .. drawing.table .. (many and links or "")
			.. "</details>" or "") .. "</figcaption></figure>\n"
end

-- Feeds are read without our style sheets and without what is inside a drawing. addresses: { files, page }, where the
-- page's files and the page itself are to be had, not escaped.
function M.feed_figure(drawing, id, title, addresses)
	local shown = drawing.file and ('<a href="%s">%s</a>'):format(escape(addresses.page .. "#" .. id),
		figure_file.image(drawing.file, addresses.files .. id .. ".svg"))
		or drawing.table:gsub("<svg.-</svg>", "")
	return "<figure>" .. shown .. "\n<figcaption>" .. captioned(drawing, title) .. "</figcaption></figure>\n"
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

-- What of it no second run bears out.
local function how_often(tested)
	return (tested.single and "; from a single run" or "") .. (tested.of_timeline and "; its timeline is that of one run" or "")
end

-- What a claim stands on, in plain words: "speedup(…) > 1.9: here 1.99×; true in 100 % of 1,000 resamples".
function M.evidence(tested)
	local said = (tested.shown and "Tested: " or "Not shown: ") .. tested.text
	if #tested.evidence > 0 then said = said .. " — here " .. evidence(tested) end
	if tested.share then said = said .. "; true in " .. tested.share .. " of 1,000 resamples" end
	return said .. how_often(tested)
end

local function claim(tested)
	local parts = {}
	add(parts, '<p class="claim', tested.shown and "" or " not-shown", '" id="claim-', escape(tested.name), '"><strong>', tested.shown and "Tested:" or "Not shown:",
		"</strong> <code>", escape(tested.text), "</code>")
	if #tested.evidence > 0 then
		-- In the order in which the claim asks for them.
		add(parts, ' — here <span class="measured">', escape(evidence(tested)), "</span>")
	end
	if tested.share then add(parts, "; true in ", escape(tested.share), " of 1,000 resamples") end
	add(parts, how_often(tested))
	add(parts, "</p>\n")
	return table.concat(parts)
end

-- The id of the i-th figure of a cell; its file is named like it.
function M.figure_id(cell, i)
	local first = cell.kind == "lua" and cell.label or cell.label .. "-timeline"
	return i == 1 and first or ("%s-%d"):format(first, i)
end

local function printed(output)
	return '<pre tabindex="0"><samp>' .. escape(printable.lines(output)) .. "</samp></pre>"
end

-- What a cell printed, { text, point = nil or the values it was printed with } each: of a swept one at each point, where
-- that differs.
local function outputs_of(measurement)
	local points = sweep.measurements { measurement }
	local differs, outputs = false, {}
	for _, point in ipairs(points) do differs = differs or point.output ~= points[1].output end
	for _, point in ipairs(differs and points or { points[1] }) do
		if point.output ~= "" then
			outputs[#outputs + 1] = { text = point.output, point = differs and sweep.words(point.at) or nil }
		end
	end
	return outputs
end

-- What the compiler warned of, once, whichever point it was said of.
local function warnings_of(measurement)
	local warnings = {}
	for _, point in ipairs(sweep.measurements { measurement }) do
		for _, one in ipairs(point.warnings or {}) do warnings[#warnings + 1] = one end
	end
	return warnings
end

-- prepare(cell, shown, measurements, read) → the part of the page that the cell becomes: what of it is shown, its texts in
-- pieces. shown: of the stage of figures; measurements: label → measurement; read(source, inline, what) → pieces of Markdown.
function M.prepare(cell, shown, measurements, read)
	local measurement = measurements[cell.label]
	local part = { cell = cell, shown = shown, measurements = measurements, listings = {}, outputs = {}, markdown = {}, warnings = {} }
	if cell.options.include == false or cell.include == false then
		part.hidden = true
		return part
	end
	if cell.echo then part.listings = listing.of_cell(cell) end
	if cell.output and measurement and not measurement.refused then
		part.outputs = outputs_of(measurement)
		for _, output in ipairs(cell.output == "asis" and part.outputs or {}) do
			output.pieces = read(printable.lines(output.text), false, "what it printed")
		end
	end
	if measurement and cell.options.warning ~= false then part.warnings = warnings_of(measurement) end
	part.caption = shown.caption and read(shown.caption, true, "`fig-cap`")
	part.listing_caption = shown.listing_caption and read(shown.listing_caption, true, "`lst-cap`")
	for i, drawing in ipairs(shown.figures or {}) do
		if drawing.markdown then part.markdown[i] = read(drawing.markdown, false, "what it returns") end
	end
	return part
end

-- The kind of what a cell draws: as its label says, else as it is.
local function kind_of(cell, drawing)
	local said = cell.label:match("^(%l%l%l)%-.")
	return (said == "fig" or said == "tbl") and said or drawing.whole and "tbl" or "fig"
end

local function without_kind(label, kind)
	return label:sub(1, #kind + 1) == kind .. "-" and label or label:gsub("^%l%l%l%-(.)", function(first)
		local other = label:sub(1, 3)
		return (other == "fig" or other == "lst" or other == "tbl") and first or nil
	end)
end

-- enter(part, enter_entry, enter_pieces): names what of a part can be referred to, in its order: enter_entry takes an entry
-- as page.references has it and the place of what names it, enter_pieces a text in pieces.
function M.enter(part, enter_entry, enter_pieces)
	local cell = part.cell
	local first = part.listings[1]
	if first then
		local label = cell.options["lst-label"]
		part.listing = { kind = "lst", label = label or without_kind(cell.label, "lst"), captioned = part.listing_caption ~= nil, unnamed = not (label or cell.options.label),
			id = label or cell.language ~= "lua" and cell.label or cell.label .. "-code" }
		enter_entry(part.listing, cell.places["lst-label"] or cell.places.label or cell)
	end
	for _, output in ipairs(part.outputs) do
		if output.pieces then enter_pieces(output.pieces) end
	end
	part.entries = {}
	for i, drawing in ipairs(part.shown.figures or {}) do
		if drawing.markdown and part.markdown[i] then
			enter_pieces(part.markdown[i])
		elseif not drawing.markdown then
			local kind, id = kind_of(cell, drawing), M.figure_id(cell, i)
			local label = i == 1 and cell.label or cell.language == "lua" and id or ("%s-%d"):format(cell.label, i)
			part.entries[i] = { kind = kind, label = without_kind(label, kind), captioned = i == 1 and part.caption ~= nil, id = id,
				unnamed = not cell.options.label }
			enter_entry(part.entries[i], cell.places.label or cell)
		end
	end
end

local function warnings_html(part, look)
	local said = {}
	for i, one in ipairs(part.warnings) do
		local first = part.listings[1]
		local row = first and one.path == part.cell.code_path and listing.row_of(first, one.line)
		local place = row and ("line %d"):format(row) or ("%s, line %d"):format(escape(one.path), one.line)
		if row and not look.feed then
			place = ('<a href="#%s">%s</a>'):format(escape(listing.line_id(part.cell.label, one.line)), place)
		end
		said[i] = ("<li>%s: %s</li>"):format(place, escape(printable.text(one.message)))
	end
	return #said > 0 and '<div class="warnings"><p>The compiler warns:</p>\n<ul>\n' .. table.concat(said, "\n") .. "\n</ul></div>\n" or ""
end

local function output_html(output, write)
	local shown = output.pieces and '<div class="asis">' .. write(output.pieces) .. "</div>" or printed(output.text)
	return ('<div class="output%s">%s%s</div>\n'):format(output.pieces and " as-markdown" or "",
		output.point and '<p class="point">' .. escape(output.point) .. "</p>" or "", shown)
end

-- Lines of the code that something on the page links to.
local function anchors_of(part)
	local anchors = {}
	for _, one in ipairs(part.warnings) do
		if one.path == part.cell.code_path then anchors[one.line] = true end
	end
	report_markup.each_line(part.measurements[part.cell.label], function(path, line)
		if path == part.cell.code_path then anchors[line] = true end
	end)
	return anchors
end

-- What a line is called that a report names, and its address where it is shown.
local function place_of(part, look)
	return function(path, line)
		local first = part.listings[1]
		local row = first and path == part.cell.code_path and listing.row_of(first, line)
		if not row then return ("%s, line %d"):format(path, line) end
		return ("line %d"):format(row), not look.feed and "#" .. listing.line_id(part.cell.label, line) or nil
	end
end

-- of(part, look) → markup. look: { write(pieces) → markup, figure(drawing, id, title) → markup, feed = true where no style and no link into the page reaches }.
function M.of(part, look)
	if part.hidden then return "" end
	local cell, parts = part.cell, {}
	add(parts, '<div class="cell"')
	if cell.kind ~= "lua" or not cell.eval then add(parts, ' id="', cell.label, '"') end
	add(parts, ">\n")
	local head = #parts
	for i, one in ipairs(part.listings) do
		local caption = i == 1 and part.listing_caption and look.write(part.listing_caption) or nil
		local title = M.titled(i == 1 and part.listing or nil, caption)
		local id = i == 1 and part.listing.id ~= cell.label and (part.listing.number or cell.options["lst-label"]) and part.listing.id or nil
		add(parts, listing.html(one, { id = not look.feed and id or nil, title = title, notes = i == 1 and part.notes or nil,
			anchors = anchors_of(part), feed = look.feed }))
		if i == 1 and part.explained then add(parts, look.write(part.explained), "\n") end
	end
	add(parts, warnings_html(part, look))
	for _, output in ipairs(part.outputs) do add(parts, output_html(output, look.write)) end
	add(parts, failure_markup.of(cell, part.measurements[cell.label]))
	add(parts, report_markup.of(part.measurements[cell.label], place_of(part, look)))
	for i, drawing in ipairs(part.shown.figures or {}) do
		if drawing.markdown then
			add(parts, part.markdown[i] and look.write(part.markdown[i]) or "", "\n")
		else
			local caption = i == 1 and part.caption and look.write(part.caption) or nil
			add(parts, look.figure(drawing, M.figure_id(cell, i), M.titled(part.entries[i], caption)))
		end
	end
	add(parts, comparison_markup.of(cell, part.measurements))
	for _, tested in ipairs(part.shown.claims) do add(parts, claim(tested)) end
	-- Of a cell that only defines what others use.
	if cell.kind == "lua" and not table.concat(parts, "", head + 1):find("%S") then return "" end
	add(parts, "</div>\n")
	return table.concat(parts)
end

return M
