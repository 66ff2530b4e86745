-- Annotations: `// <1>` at the end of a line of code, and the numbered list below it that says what it is. Knows markup, no
-- stages.
local text = require "livepost.text"

local M = {}

local function literal(mark)
	return (mark:gsub("%p", "%%%0"))
end

-- What may stand behind a line of a language: { "^(.-)%s*//%s*(<[%d<>%s]*>)%s*$", … }.
local function patterns_of(marks)
	local numbers = "%s*(<%d+>[<>%d%s]*)"
	local patterns = {}
	if marks.line then patterns[#patterns + 1] = "^(.-)[ \t]*" .. literal(marks.line) .. numbers .. "$" end
	if marks.open then
		patterns[#patterns + 1] = "^(.-)[ \t]*" .. literal(marks.open) .. numbers .. literal(marks.close) .. "%s*$"
	end
	return patterns
end

-- take(line, marks) → the line without its annotation, the numbers, and the character at which it begins; nil where there
-- is none. marks: { line, open, close }, how the language writes comments.
function M.take(line, marks)
	for _, pattern in ipairs(patterns_of(marks)) do
		local bare, said = line:match(pattern)
		if bare and not said:gsub("<%d+>", ""):find("%S") then
			local numbers = {}
			for number in said:gmatch("%d+") do
				numbers[#numbers + 1] = #number <= 4 and math.tointeger(tonumber(number)) or 10000
			end
			local blanks = line:sub(#bare + 1):match("^[ \t]*")
			return bare, numbers, (utf8.len(bare) or #bare) + #blanks + 1
		end
	end
end

-- Ids of a mark in the code and of what the list says. k: how many marks with this number stand above.
function M.mark_id(id, number, k)
	return ("%s-mark-%d%s"):format(id, number, k > 0 and "-" .. k + 1 or "")
end

local function note_id(id, number)
	return ("%s-note-%d"):format(id, number)
end

-- mark(id, number, k) → the markup of a mark behind a line.
function M.mark(id, number, k)
	return ('<a class="annotation" id="%s" href="#%s" aria-label="Note %d">%d</a>'):format(text.escape(M.mark_id(id, number, k)),
		text.escape(note_id(id, number)), number, number)
end

-- Where the list that `html` goes on with at `at` begins and ends, its first number and its items, { from, to } each: from
-- its `<li>` to its `</li>`. nil where it goes on with something else.
local function list_at(html, at)
	local start, open_end = html:match("^%s*()<ol[^>]*>()", at)
	if not start then return nil end
	local first = math.tointeger(tonumber(html:sub(start, open_end - 1):match(' start="(%d+)"') or 1))
	local depth, items, from, here = 1, {}, nil, open_end
	while depth > 0 do
		local tag, closes, name, stop = html:match("()<(/?)(%l+)[^>]*>()", here)
		if not tag then return nil end
		if name == "ol" or name == "ul" then
			depth = depth + (closes == "/" and -1 or 1)
		elseif name == "li" and depth == 1 then
			if closes == "" then from = tag else items[#items + 1] = { from, tag } end
		end
		here = stop
	end
	return start, here, first, items
end

-- "line 3", "lines 3, 7": links back to the marks. marks: { { row, id }, … } of one number.
local function back(marks)
	local links = {}
	for i, one in ipairs(marks) do
		links[i] = ('<a href="#%s">%s%d</a>'):format(text.escape(one.id), i == 1 and (#marks > 1 and "lines " or "line ") or "",
			one.row)
	end
	return ' <span class="lines">(' .. table.concat(links, ", ") .. ")</span>"
end

-- numbers_at(html, at) → set of the numbers of the list that html goes on with at `at`, and how many there are; nil where
-- it goes on with something else.
function M.numbers_at(html, at)
	local start, _, first, items = list_at(html, at)
	if not start then return nil end
	local numbers = {}
	for i in ipairs(items) do numbers[first + i - 1] = true end
	return numbers, #items
end

-- link(html, at, id, marks) → html from `at` to the end of that list with ids and links back, and where the rest begins.
-- marks: number → { { row, id }, … }.
function M.link(html, at, id, marks)
	local start, stop, first, items = list_at(html, at)
	local parts, here = { "\n" }, start
	for i, item in ipairs(items) do
		local number = first + i - 1
		local body = html:sub(item[1], item[2] - 1)
		parts[#parts + 1] = html:sub(here, item[1] - 1)
		if marks[number] then
			local before, behind = body:match("^(.*)(</p>%s*)$")
			body = (before or body:gsub("%s+$", "")) .. back(marks[number]) .. (behind or "")
			body = body:gsub("^<li", ('<li id="%s"'):format(note_id(id, number):gsub("%%", "%%%%")), 1)
		end
		parts[#parts + 1], here = body, item[2]
	end
	parts[#parts + 1] = html:sub(here, stop - 1)
	return (table.concat(parts):gsub("^%s*<ol", '\n<ol class="notes"', 1)), stop
end

return M
