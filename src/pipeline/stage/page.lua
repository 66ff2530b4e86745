-- Document and figures → one page of HTML: what ran is put into its place in the text, the text into the template.
local annotations = require "page.annotations"
local cell_markup = require "page.cell_markup"
local composition = require "page.composition"
local fence = require "page.fence"
local figure_file = require "drawing.figure_file"
local file = require "livepost.file"
local filters = require "author.filters"
local listing = require "page.listing"
local locate = require "page.locate"
local measurement_file = require "measurement.measurement_file"
local pieces = require "page.pieces"
local problem = require "base.problem"
local provenance = require "measurement.provenance"
local sorted_keys = require "base.sorted_keys"
local sweep = require "measurement.sweep"

-- "../" for each folder the page lies in.
local function root_of(path)
	local _, depth = path:gsub("/", "")
	return ("../"):rep(depth)
end

-- What lies beside a post's page, { path below the site, bytes } each: its figures that are drawings, its measurements.
-- More than so much data for the script would have readers wait for what most of them never touch: then each figure's is
-- loaded when it comes near.
local MOST_INLINE = 60 * 1000

-- What is drawn in a page: calls visit(drawing, id) for each.
local function each_drawing(cells, figures, visit)
	for _, cell in ipairs(cells) do
		local shown = cell.language ~= "inline" and cell.options.include ~= false and cell.include ~= false and figures.cells[cell.label].figures or {}
		for i, drawing in ipairs(shown) do visit(drawing, cell_markup.figure_id(cell, i)) end
	end
end

local function has_much_data(cells, figures)
	local sum = 0
	each_drawing(cells, figures, function(drawing) sum = sum + #(drawing.data or "") end)
	return sum > MOST_INLINE
end

local function page_files(cells, figures, measurements, folder, generator, apart)
	local files = {}
	for _, measurement in ipairs(measurements) do
		for _, one in ipairs(measurement_file.files(measurement, generator)) do
			files[#files + 1] = { path = folder .. one.name, bytes = one.bytes }
		end
	end
	each_drawing(cells, figures, function(drawing, id)
		if drawing.file then files[#files + 1] = { path = folder .. id .. ".svg", bytes = drawing.file.bytes } end
		if apart and drawing.data then
			local name, bytes = cell_markup.data_file(drawing, id)
			files[#files + 1] = { path = folder .. name, bytes = bytes }
		end
	end)
	return files
end

-- Cells and inline code into the tree: the value of the one, a token for the other. Returns the cells' parts by their id.
local function place_cells(input, read, context)
	local parts, tree = {}, input.document.tree
	for _, cell in ipairs(input.cells) do
		if cell.language == "inline" then
			local said = input.figures.inline[cell.id]
			tree:replace(cell.id, said.number and '<span class="measured">' .. context.escape(said.text) .. "</span>"
				or context.escape(said.text))
			parts[cell.id] = false
		else
			local place = function(what) return cell.places[what:match("^`(.*)`$")] or cell end
			parts[cell.id] = cell_markup.prepare(cell, input.figures.cells[cell.label], input.measurements,
				function(source, inline, what)
					local option = what:match("^`(.*)`$")
					return read(source, inline, place(what), ("cell `%s`: %s"):format(cell.label, what),
						cell.label .. (option and "." .. option or ""))
				end)
			tree:replace(cell.id, pieces.token("c", cell.id))
		end
	end
	return parts
end

-- Blocks that are only shown. Returns them by their id, each { code, block, listing, caption }.
local function place_blocks(codes, ran, tree, read, tell)
	local blocks = {}
	for _, code in ipairs(codes) do
		if code.kind == "block" and ran[code.id] == nil and code.info ~= "" then
			local block = { language = code.info:match("^(%S+)"), options = {}, places = {}, plain = true }
			if fence.is(code.info) then
				block = fence.read(code, function(line, column, message) tell({ line = line, column = column }, message) end)
			end
			if block then
				local one = { code = code, block = block, named = block.id }
				block.id = block.id or ("block-%d"):format(code.id)
				one.listing = listing.of_block(code, block)
				listing.check(one.listing, tell)
				local caption = block.options["lst-cap"]
				one.caption = caption and read(caption, true, code, "`lst-cap`", block.id .. ".lst-cap")
				blocks[code.id] = one
				tree:replace(code.id, pieces.token("b", code.id))
			end
		end
	end
	return blocks
end

-- Where an annotation of a cell stands, for a message.
local function place_of_mark(cell, row, context)
	if cell.source then return { path = context.shown(cell.source), line = row.line, column = row.column } end
	return { line = row.line, column = cell.code_column - 1 + row.column }
end

-- What is wrong between the annotations of a cell and the list behind it. numbers: nil where there is no list.
local function check_notes(cell, of, numbers, tell, context)
	local marked = false
	for _, row in ipairs(of.rows) do
		for _, number in ipairs(row.numbers or {}) do
			if not numbers and not marked then
				tell(place_of_mark(cell, row, context), ("annotation `<%d>`: no numbered list stands right behind the cell: write there "
					.. "what it is, `%d. …`, or remove the mark"):format(number, number))
			elseif numbers and not numbers[number] then
				tell(place_of_mark(cell, row, context), ("annotation `<%d>`: the list behind the cell has no item %d: add it, or correct the mark")
					:format(number, number))
			end
			marked = true
		end
	end
	for number in pairs(numbers or {}) do
		if marked and not of.marks[number] then
			tell(cell, ("cell `%s`: item %d of the list behind it says what no line has: mark the line with `<%d>`, or put a paragraph "
				.. "between cell and list"):format(cell.label, number, number))
		end
	end
end

-- Whether all marks have their item and all items their mark: in what is only shown, all else is no annotation.
local function is_annotated(of, numbers)
	for number in pairs(of.marks) do
		if not numbers or not numbers[number] then return false end
	end
	for number in pairs(numbers or {}) do
		if not of.marks[number] then return false end
	end
	return next(of.marks) ~= nil
end

-- Lists that are annotations of the code before them are linked with it. html: with tokens.
local function link_notes(html, parts, blocks, tell, context)
	local out, at = {}, 1
	for _, kind, id, behind in pieces.each_token(html) do
		id = math.tointeger(tonumber(id))
		local one = kind == "c" and parts[id] or kind == "b" and blocks[id]
		local of = one and (one.listing or one.listings and one.listings[1])
		if of and next(of.marks) then
			local numbers = annotations.numbers_at(html, behind)
			if kind == "c" then check_notes(one.cell, of, numbers, tell, context) end
			if numbers and (kind == "c" or is_annotated(of, numbers)) then
				one.notes = numbers
				local linked, stop = annotations.link(html, behind, of.id, of.marks)
				out[#out + 1], out[#out + 2], at = html:sub(at, behind - 1), linked, stop
				if kind == "c" then out[#out + 1] = pieces.token("e", id) end -- it goes with the cell's code
			end
		end
	end
	out[#out + 1] = html:sub(at)
	return table.concat(out)
end

-- Markdown that is not the post's own text: what cells return and print, and captions. It passes the same filters, with a name
-- of its own in front of the ids that they make: `roast.`, `roast.fig-cap.`. No id made of a heading's words has a full stop,
-- nor has a label. Returns read(source, inline, place, what, owner) → its pieces, or nil when it was told that there are none.
local function reader_of(input, context, item, tell_unreadable, composed)
	local front, counts = {}, {}
	for key, value in pairs(input.document.front) do front[key] = value end
	front.toc = nil -- a table of contents is the post's
	return function(source, inline, place, what, owner)
		counts[owner] = (counts[owner] or 0) + 1
		local prefix = owner .. (counts[owner] > 1 and "." .. counts[owner] or "") .. "."
		local found, wrong = pieces.of_markdown(source, inline, function(text)
			return filters.run(context.config.filters, { text = text, line = 1, path = item.path, front = front, prefix = prefix,
				within = { what = what, line = place.line, column = place.column }, report = context.report, warn = context.warn })
		end)
		if not found then tell_unreadable(place, what, wrong) end
		return found and composed:take(found, place)
	end
end

-- The post's template, nil after it was told that there is none, or where the post's front matter does not say.
local function template_of(document, context, tell)
	if not document.layout then return nil end
	local template = document.layout .. ".html"
	if file.kind(context.folder .. "/templates/" .. template) == "file" then return template end
	tell(document.places.layout, ("layout `%s`: there is no %s: write it, or choose another layout"):format(document.layout,
		context.shown("templates/" .. template)))
end

local function teller(context, item)
	return function(place, message)
		context.report(problem.new { path = place.path or item.path, line = place.line, column = place.column, message = message })
	end
end

-- The post's text put together, with all that is wrong in it told. is_open: see Composition:number.
local function compose(input, context, item, tell, is_open)
	local tree = input.document.tree
	local codes = tree:codes()
	local places = locate.of(input.text.body, input.text.body_line, codes)
	local composed = composition.new(places, tell)
	local read = reader_of(input, context, item, function(place, what, wrong)
		tell(place, ("%s cannot be read as Markdown: %s"):format(what, wrong))
	end, composed)
	local parts = place_cells(input, read, context)
	local blocks = place_blocks(codes, parts, tree, read, tell)
	for _, part in pairs(parts) do
		if part and part.listings[1] then listing.check(part.listings[1], tell) end
	end
	composed.body = composed:take(pieces.of_tree(tree, places, function(html) return link_notes(html, parts, blocks, tell, context) end))
	composed:number(parts, blocks, is_open)
	return composed
end

-- The post's first paragraph as text, where front matter says nothing else: what stands in it as Lua is known by now.
local function excerpt_of(document, cells, inline)
	local text, from = document.excerpt, 1
	if document.front.excerpt or not text then return text end
	for _, cell in ipairs(cells) do
		local first, last = text:find("{lua}%s*", from)
		if not first then break end
		local said = cell.kind == "inline" and text:sub(last + 1, last + #cell.code) == cell.code and inline[cell.id]
		if said and said.text then
			text = text:sub(1, first - 1) .. said.text .. text:sub(last + 1 + #cell.code)
			from = first + #said.text
		end
	end
	return text
end

local function run(input, context, item)
	local document = input.document
	local folder = figure_file.folder(document.path)
	local beside = folder:match("([^/]+/)$") or ""
	if document.path:match("^index%.[^/.]+$") or document.path:match("/index%.[^/.]+$") then beside = "" end
	local tell = teller(context, item)
	local template = template_of(document, context, tell)
	local composed = compose(input, context, item, tell)
	if not template then return nil end

	local measurements, measured = {}, sweep.measured(input.measurements)
	for _, cell in ipairs(input.cells) do
		measurements[#measurements + 1] = measured[cell.label]
	end
	measurements = sweep.measurements(measurements)
	-- What was measured elsewhere, and is drawn here.
	local beside_them = table.move(measurements, 1, #measurements, 1, {})
	for _, name in ipairs(sorted_keys(input.figures.elsewhere)) do beside_them[#beside_them + 1] = input.figures.elsewhere[name] end
	local has_figure, root = false, root_of(document.path)
	local apart = has_much_data(input.cells, input.figures)
	local content = composed:write { figure = function(drawing, id, title)
		has_figure = true
		return cell_markup.page_figure(drawing, id, title, beside, apart)
	end }
	local base = context.config.site.base_url:gsub("([^/])/*$", "%1/")
	local addresses = { files = base .. figure_file.address(folder), page = base .. figure_file.address(document.path) }
	local described = {
		title = document.title, date = document.date, categories = document.categories, tags = document.tags,
		url = document.path, excerpt = excerpt_of(document, input.cells, input.figures.inline), content = content, front = document.front,
		measured = #measurements > 0 and provenance.text(measurements) or nil,
		feed_content = composed:write { feed = true, page = addresses.page, figure = function(drawing, id, title)
			return cell_markup.feed_figure(drawing, id, title, addresses)
		end },
	}
	local html = context.render(template, {
		site = context.config.site, post = described, root = root, posts = {}, generator = context.generator,
		styles = { root .. "style.css", root .. "figures.css" }, scripts = has_figure and { root .. "livepost.js" } or {},
	})
	return { path = document.path, html = html, post = described, place = document.places.permalink,
		files = page_files(input.cells, input.figures, beside_them, folder, context.generator, apart) }
end

-- The lines of a cell's options.
local function head_of(cell)
	local lines, number = {}, cell.literal_line
	for line in cell.literal:gmatch("[^\n]*\n?") do
		if number >= cell.own_line then break end
		lines[#lines + 1], number = line, number + 1
	end
	return table.concat(lines)
end

-- A cell that makes Markdown which nobody knows before it ran, be it for another of Lua: that can have names of its own.
local function makes_markdown(cell)
	return cell.eval and (cell.kind == "lua" or cell.output == "asis")
end

-- is_open of Composition:number for a post of which something is wrong. A name is open where an option has it that may be
-- wrong, or where what makes it did not run.
local function openness(cells, config)
	local words, writers = {}, {}
	local function take_words(text)
		for mark, word in text:gmatch("([@#]?)([%w_-]+)") do
			if mark == "" then words[word] = true end -- else it refers to something itself
		end
	end
	for _, text in ipairs(cells.lost or {}) do take_words(text) end
	for _, cell in ipairs(cells) do
		if cell.language ~= "inline" then
			take_words(head_of(cell))
			if makes_markdown(cell) then writers[#writers + 1] = cell end
		end
	end
	-- Stages, filters and functions of the site's own may make anything.
	local all = #config.stages > 0 or config.wrong.stages or config.wrong.filters or #writers > 0 and next(config.functions) ~= nil
	return function(word)
		local kind, name = word:match("^(%l+%-)(.*)$")
		if all or words[name] or words[word] then return true end
		local first = name:match("^(.*)%-%d+$") -- of a list of figures
		for _, cell in ipairs(writers) do
			if cell.code == "" or cell.code:find(kind, 1, true) then return true end
			if cell.kind == "lua" and first and (cell.label == first or cell.label == kind .. first) then return true end
		end
		return false
	end
end

-- The cells as if they had run, of whose figures only the names are known.
local function unseen(cells)
	local known, figures, seen = {}, { cells = {}, inline = {} }, {}
	for _, cell in ipairs(cells) do
		if cell.language ~= "inline" and cell.shown and not seen[cell.label] then
			seen[cell.label], known[#known + 1] = true, cell
			figures.cells[cell.label] = { figures = cell.eval and cell.timeline and { {} } or {}, claims = cell.claims,
				caption = cell.caption, listing_caption = cell.options["lst-cap"] }
		end
	end
	return known, figures
end

-- What is wrong with the text beside what is wrong with cells.
local function examine(input, context, item)
	local tell = teller(context, item)
	local template = template_of(input.document, context, tell)
	local cells, figures = unseen(input.cells)
	compose({ text = input.text, document = input.document, cells = cells, figures = figures, measurements = {} }, context, item, tell,
		openness(input.cells, context.config))
	if template then context.check_template(template) end
end

return { name = "page", scope = "post", reads = { "text", "document", "cells", "measurements", "figures" }, run = run,
	examine = { reads = { "text", "document", "cells" }, run = examine } }
