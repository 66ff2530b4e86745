-- The markup of code: listings of cells, and blocks that are only shown. Runs nothing.
local annotations = require "page.annotations"
local highlight = require "page.highlight"
local text = require "livepost.text"
local units = require "base.units"

local M = {}

local escape = text.escape

-- The languages that have annotations in blocks that are only shown, by how they write comments.
local C_MARKS, HASH_MARKS = { line = "//", open = "/*", close = "*/" }, { line = "#" }
local MARKS = { lua = { line = "--" }, sql = { line = "--" }, haskell = { line = "--" }, html = { open = "<!--", close = "-->" },
	css = { open = "/*", close = "*/" } }
for name in ("c h c11 cpp c++ cxx hpp cuda javascript js mjs go rust rs zig java scala csharp cs"):gmatch("%S+") do
	MARKS[name] = C_MARKS
end
for name in ("python py python3 ruby rb perl sh bash shell zsh fish awk make makefile cmake dockerfile yaml yml toml r julia")
	:gmatch("%S+") do
	MARKS[name] = HASH_MARKS
end

local function split(code)
	local lines = {}
	for line in (code:gsub("\r\n", "\n") .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
	return lines
end

-- An annotation is a comment: what only looks like one at the end of a string is none.
local function is_comment(html)
	return not html:find('<span class="hl%-string">[^<]*</span>%s*$')
end

-- Lines of code → rows { line, html, bare, numbers, column }: the number of the line where it stands, its markup, and, where
-- it is annotated, its markup without that, the numbers and the column. marks: nil where there are no annotations.
local function rows_of(code, language, first_line, marks)
	local lines = split(code)
	local shown = highlight.lines(code, language)
	local rows, bare, annotated = {}, {}, false
	for i, line in ipairs(lines) do
		local row = { line = first_line + i - 1, text = line, html = shown[i] or "" }
		local rest, numbers, column
		if marks then rest, numbers, column = annotations.take(line, marks) end
		if numbers and is_comment(row.html) then
			row.numbers, row.column, annotated = numbers, column, true
			line = rest
		end
		rows[i], bare[i] = row, line
	end
	if annotated then
		local without = highlight.lines(table.concat(bare, "\n"), language)
		for i, row in ipairs(rows) do row.bare = row.numbers and (without[i] or "") end
	end
	return rows
end

-- Empty lines at the ends only make the listing longer.
local function trimmed(rows)
	local first, last = 1, #rows
	while first <= last and not rows[first].text:find("%S") do first = first + 1 end
	while last >= first and not rows[last].text:find("%S") do last = last - 1 end
	return table.move(rows, first, last, 1, {})
end

-- Of what is shown only in part the whole is coloured, so that a comment over a line that is hidden stays one.
local function rows_shown(cell)
	local all = rows_of(cell.code, cell.language, cell.code_line, cell.marks)
	if not cell.shown then return all end
	local rows = {}
	for i, line in ipairs(cell.shown.lines) do rows[i] = all[line - cell.code_line + 1] end
	return rows
end

-- With the fence and the options, as the author wrote it, but for the option that asks for that.
local function fenced(cell, rows)
	local fence, out = "```", {}
	while cell.literal:find(fence, 1, true) do fence = fence .. "`" end
	local function add(line)
		out[#out + 1] = { text = line, html = escape(line) }
	end
	add(("%s{%s}"):format(fence, cell.language))
	local asks = cell.places.echo and cell.places.echo.line
	local own = rows_of(cell.literal, cell.language, cell.literal_line)
	local code_from = cell.source and math.huge or cell.code_line
	for _, row in ipairs(own) do
		if row.line < code_from and row.line ~= asks and row.text:find("%S") then
			row.line = nil -- no line of the program
			out[#out + 1] = row
		end
	end
	if not cell.source then table.move(trimmed(rows), 1, #rows, #out + 1, out) end
	add(fence)
	return out
end

local function listing(fields)
	fields.rows = trimmed(fields.rows)
	fields.marks = {} -- number → { { row, k }, … }
	for i, row in ipairs(fields.rows) do
		for _, number in ipairs(row.numbers or {}) do
			fields.marks[number] = fields.marks[number] or {}
			table.insert(fields.marks[number], { row = i, id = annotations.mark_id(fields.id, number, #fields.marks[number]) })
		end
	end
	return fields
end

-- of_cell(cell) → list of its listings, the first that of its own code, then those of its other files; empty where there is
-- nothing to show. A listing is { id, rows, marks, language, options, places, file = what the bar says or nil, path }.
function M.of_cell(cell)
	local rows = rows_shown(cell)
	if cell.echo == "fenced" then rows = fenced(cell, rows) end
	local listings = { listing { id = cell.label, rows = rows, language = cell.language, options = cell.options, places = cell.places,
		file = cell.options.filename or cell.source, path = cell.code_path } }
	if #listings[1].rows == 0 then listings[1] = nil end
	for i, other in ipairs(cell.others or {}) do
		listings[#listings + 1] = listing { id = ("%s-%d"):format(cell.label, i + 1), rows = rows_shown(other),
			language = other.language, file = other.source or other.code_path, path = other.code_path, options = {}, places = {} }
	end
	return listings
end

-- of_block(code, block) → the listing of a block that is only shown. code: as livepost.post lists it; block: { id, language,
-- options, places } of its attributes.
function M.of_block(code, block)
	local marks = block.language and MARKS[block.language:lower()]
	return listing { id = block.id, rows = rows_of((code.literal:gsub("\n$", "")), block.language, code.code_line, marks),
		language = block.language, options = block.options, places = block.places, file = block.options.filename }
end

-- The id of a line of a cell's own code, for links to it. line: as the post or the file counts it.
function M.line_id(label, line)
	return ("%s-line-%d"):format(label, line)
end

-- row_of(listing, line) → which of what is shown that line is, counted from 1; nil for one that is not shown.
function M.row_of(of, line)
	for i, row in ipairs(of.rows) do
		if row.line == line then return i end
	end
end

-- The place of the first line goes with the code: by it the page's script finds the line that a slice names; where lines are
-- left out, the place of each.
local function place_of(of)
	local lines, follow = {}, true
	for i, row in ipairs(of.rows) do
		lines[i] = row.line or 0
		follow = follow and (i == 1 or lines[i] == lines[i - 1] + 1)
	end
	if follow then return ('data-file="%s" data-line="%d"'):format(escape(of.path), lines[1] or 1) end
	return ('data-file="%s" data-lines="%s"'):format(escape(of.path), table.concat(lines, " "))
end

local function is_in(ranges, number)
	for _, range in ipairs(ranges) do
		if number >= range[1] and number <= range[2] then return true end
	end
	return false
end

-- The lines as markup. notes: set of the numbers that a list says something of; feed: without links.
local function lines_html(of, look)
	local numbers = of.options["code-line-numbers"]
	local marked = type(numbers) == "table" and numbers or {}
	local parts, used = {}, {}
	for i, row in ipairs(of.rows) do
		local annotated = row.numbers and look.notes
		local html = annotated and row.bare or row.html
		local id = look.anchors and row.line and look.anchors[row.line] and not look.feed
			and (' id="%s"'):format(escape(M.line_id(of.id, row.line))) or ""
		local element = is_in(marked, i) and "mark" or "span"
		local notes = {}
		for _, number in ipairs(annotated and row.numbers or {}) do
			local k = used[number] or 0
			used[number] = k + 1
			notes[#notes + 1] = " " .. (look.feed and ("<b>(%d)</b>"):format(number) or annotations.mark(of.id, number, k))
		end
		parts[#parts + 1] = ('<%s class="line"%s>%s%s</%s>'):format(element, id, html, table.concat(notes), element)
		if i < #of.rows then parts[#parts + 1] = "\n" end
	end
	return table.concat(parts)
end

-- What stands above the code: its number and caption, and the name of its file.
local function heading(of, look)
	local said = {}
	if look.title then said[#said + 1] = '<span class="title">' .. look.title .. "</span>" end
	if of.file then said[#said + 1] = "<code>" .. escape(of.file) .. "</code>" end
	return #said > 0 and "<figcaption>" .. table.concat(said, " ") .. "</figcaption>" or ""
end

-- html(listing, look) → markup. look: { id = id of the figure or nil, title = number and caption as markup or nil, notes =
-- set of annotated numbers or nil, anchors = set of lines, as the post or file counts them, that
-- something links to, or nil, feed = true where no style reaches }.
function M.html(of, look)
	local options = of.options
	local classes = {}
	if options["code-line-numbers"] then classes[#classes + 1] = "numbered" end
	if options["code-overflow"] == "wrap" then classes[#classes + 1] = "wrapped" end
	local code = ('<pre%s tabindex="0"><code%s%s>%s%s</code></pre>'):format(
		#classes > 0 and ' class="' .. table.concat(classes, " ") .. '"' or "",
		of.language and ' class="language-' .. escape(of.language) .. '"' or "",
		of.path and of.language ~= "lua" and " " .. place_of(of) or "", lines_html(of, look), of.path and "" or "\n")
	local fold = options["code-fold"]
	if fold and not look.feed then
		code = ('<details class="fold"%s><summary>%s</summary>\n%s</details>'):format(fold == "show" and " open" or "",
			escape(options["code-summary"] or "Code"), code)
	end
	return ('<figure class="listing"%s>%s%s</figure>\n'):format(look.id and ' id="' .. escape(look.id) .. '"' or "",
		heading(of, look), code)
end

-- Markup of a block that is only shown and of which nothing is said: as CommonMark has it, coloured.
-- shown(code, language) → markup.
function M.shown(code, language)
	local lines = highlight.lines((code.literal:gsub("\n$", "")), language)
	return ('<pre tabindex="0"><code%s>%s\n</code></pre>\n'):format(language and ' class="language-' .. escape(language) .. '"' or "",
		table.concat(lines, "\n"))
end

-- check(listing, tell, label): tells what is wrong with its options, tell(place, message).
function M.check(of, tell)
	local ranges = of.options["code-line-numbers"]
	for _, range in ipairs(type(ranges) == "table" and ranges or {}) do
		if range[2] > #of.rows then
			tell(of.places["code-line-numbers"], ("`code-line-numbers` names line %d: the listing has %s"):format(range[2], units.count(#of.rows, "line")))
		end
	end
end

return M
