-- Whether a program printed what it was to print, and where it differs: literally, by a pattern, by what it contains, or
-- by lines in any order. Knows nothing of how programs are run.
local printable = require "base.printable"

local M = {}

-- Of the two texts of a difference; more lines than this are not laid side by side.
local MOST_COMPARED = 400
local MOST_SHOWN = 12
local CONTEXT = 1
local LONGEST_LINE = 160

local WAYS = { is = true, pattern = true, contains = true, lines = true }
local WORDS = "`is`, `pattern`, `contains` or `lines`"

local function split(text)
	local lines = {}
	for line in (text:gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
	if #lines == 1 and lines[1] == "" then return {} end
	return lines
end

-- The pieces of a line of a pattern: a text, or what stands for others.
local function pieces_of(line)
	local pieces, at = {}, 1
	while at <= #line do
		local dots, number = line:find("...", at, true), line:find("{number}", at, true)
		local first = dots and number and math.min(dots, number) or dots or number
		if not first then break end
		if first > at then pieces[#pieces + 1] = { text = line:sub(at, first - 1) } end
		if first == dots then
			pieces[#pieces + 1] = { any = true }
			at = first + 3
		else
			pieces[#pieces + 1] = { number = true }
			at = first + #"{number}"
		end
	end
	if at <= #line then pieces[#pieces + 1] = { text = line:sub(at) } end
	return pieces
end

-- Where each of the places can be left through the piece. All of them at once: no way back has to be tried, and a line takes
-- no longer than its length times its pieces.
local function step(piece, line, places)
	local reached = {}
	if piece.any then
		local first
		for at = 1, #line + 1 do
			first = first or places[at]
			if first then reached[at] = true end
		end
		return reached
	end
	for at in pairs(places) do
		if piece.text then
			if line:sub(at, at + #piece.text - 1) == piece.text then reached[at + #piece.text] = true end
		else
			local stop = select(2, line:find("^[+-]?%d+", at))
			if stop then
				reached[stop + 1] = true
				local fraction = select(2, line:find("^%.%d+", stop + 1))
				if fraction then reached[fraction + 1] = true end
				local exponent = select(2, line:find("^[eE][+-]?%d+", (fraction or stop) + 1))
				if exponent then reached[exponent + 1] = true end
			end
		end
	end
	return reached
end

local function line_matches(pieces, line)
	local places = { [1] = true }
	for _, piece in ipairs(pieces) do
		places = step(piece, line, places)
		if next(places) == nil then return false end
	end
	return places[#line + 1] == true
end

-- Whether all lines follow the pattern; a line of it that is `...` stands for any number of lines.
local function follows(pattern, lines)
	local reached = { [0] = true }
	for _, wanted in ipairs(pattern) do
		local after = {}
		if wanted == "..." then
			local first
			for at = 0, #lines do
				first = first or reached[at]
				if first then after[at] = true end
			end
		else
			local pieces = pieces_of(wanted)
			for at in pairs(reached) do
				if lines[at + 1] and line_matches(pieces, lines[at + 1]) then after[at + 1] = true end
			end
		end
		reached = after
		if next(reached) == nil then return false end
	end
	return reached[#lines] == true
end

local function shortened(line)
	if #line <= LONGEST_LINE then return line end
	return line:sub(1, (utf8.offset(line, 0, LONGEST_LINE) or LONGEST_LINE) - 1) .. "…"
end

-- Rows of { mark, line }: "-" what was expected and did not come, "+" what came, " " what both have.
local function rows_of(wanted, came, same)
	if #wanted > MOST_COMPARED or #came > MOST_COMPARED then
		local at = 1
		while wanted[at] and came[at] and same(wanted[at], came[at]) do at = at + 1 end
		local rows = {}
		for i = 1, at - 1 do rows[i] = { " ", came[i] } end
		if wanted[at] then rows[#rows + 1] = { "-", wanted[at] } end
		if came[at] then rows[#rows + 1] = { "+", came[at] } end
		return rows
	end
	local longest = {}
	for i = #wanted + 1, 1, -1 do
		longest[i] = {}
		for j = #came + 1, 1, -1 do
			if i > #wanted or j > #came then
				longest[i][j] = 0
			elseif same(wanted[i], came[j]) then
				longest[i][j] = longest[i + 1][j + 1] + 1
			else
				longest[i][j] = math.max(longest[i + 1][j], longest[i][j + 1])
			end
		end
	end
	local rows, i, j = {}, 1, 1
	while i <= #wanted or j <= #came do
		if i <= #wanted and j <= #came and same(wanted[i], came[j]) then
			rows[#rows + 1] = { " ", came[j] }
			i, j = i + 1, j + 1
		elseif i <= #wanted and (j > #came or longest[i + 1][j] >= longest[i][j + 1]) then
			rows[#rows + 1] = { "-", wanted[i] }
			i = i + 1
		else
			rows[#rows + 1] = { "+", came[j] }
			j = j + 1
		end
	end
	return rows
end

-- What a line of `...` stands for is no difference: it goes, and so do the lines that it alone has to answer for.
local function without_any(rows)
	local kept, i = {}, 1
	while i <= #rows do
		local last = i
		while rows[last + 1] and (rows[i][1] ~= " ") == (rows[last + 1][1] ~= " ") do last = last + 1 end
		local any, missing = false, false
		for k = i, last do
			if rows[k][1] == "-" then
				if rows[k][2] == "..." then any = true else missing = true end
			end
		end
		for k = i, last do
			if rows[k][1] ~= "-" or rows[k][2] ~= "..." then
				kept[#kept + 1] = { any and not missing and " " or rows[k][1], rows[k][2] }
			end
		end
		i = last + 1
	end
	return kept
end

-- The rows that differ with a line around them, a few at most.
local function shown(rows)
	local near = {}
	for i, row in ipairs(rows) do
		if row[1] ~= " " then
			for j = i - CONTEXT, i + CONTEXT do near[j] = true end
		end
	end
	local said, left, gap = {}, 0, false
	for i, row in ipairs(rows) do
		if not near[i] then
			gap = #said > 0
		elseif #said >= MOST_SHOWN then
			left = left + (row[1] ~= " " and 1 or 0)
		else
			if gap then said[#said + 1] = "  …" end
			gap = false
			said[#said + 1] = row[1] .. " " .. shortened(row[2])
		end
	end
	if left > 0 then said[#said + 1] = ("… and %d more lines that differ"):format(left) end
	return table.concat(said, "\n")
end

local function pattern_same(wanted, came)
	return wanted ~= "..." and line_matches(pieces_of(wanted), came)
end

local function equal(wanted, came) return wanted == came end

-- Rows of what is missing and what is too much, however the lines are ordered.
local function unordered(wanted, came)
	local count, rows = {}, {}
	for _, line in ipairs(came) do count[line] = (count[line] or 0) + 1 end
	for _, line in ipairs(wanted) do
		if (count[line] or 0) > 0 then count[line] = count[line] - 1 else rows[#rows + 1] = { "-", line } end
	end
	for _, line in ipairs(came) do
		if count[line] > 0 then
			count[line] = count[line] - 1
			rows[#rows + 1] = { "+", line }
		end
	end
	return rows
end

local function beginning(lines)
	local rows = {}
	for i = 1, math.min(#lines, MOST_SHOWN) do rows[i] = "+ " .. shortened(lines[i]) end
	if #lines > MOST_SHOWN then rows[#rows + 1] = ("… and %d more lines"):format(#lines - MOST_SHOWN) end
	return #rows > 0 and table.concat(rows, "\n") or "+ (nothing)"
end

-- What is wrong by one way, and the difference; nil for nothing.
local function fault(one, text, lines)
	if one.is and one.is:gsub("\n+$", "") ~= text then
		return "something else", shown(rows_of(split(one.is), lines, equal))
	elseif one.pattern then
		local pattern = split(one.pattern)
		if not follows(pattern, lines) then
			return "what does not follow the pattern", shown(without_any(rows_of(pattern, lines, pattern_same)))
		end
	end
	if one.contains and not text:find(one.contains, 1, true) then
		return ("something without `%s`"):format(one.contains:gsub("%s+", " ")), beginning(lines)
	elseif one.lines then
		local rows = unordered(split(table.concat(one.lines, "\n")), lines)
		if #rows > 0 then return "other lines", shown(rows) end
	end
end

-- miss(wanted, output) → nil where the output is one of those that are wanted; else what came in words ("something else"),
-- and the difference to the first that was wanted, line by line. wanted: as `read` returns it.
function M.miss(wanted, output)
	local text = printable.utf8(output):gsub("\n+$", "")
	local lines = split(text)
	local words, difference
	for i, one in ipairs(wanted) do
		local said, differs = fault(one, text, lines)
		if not said then return nil end
		if i == 1 then words, difference = said, differs end
	end
	return words, difference
end

local function texts_of(node)
	if node.kind == "scalar" then return split(node.text) end
	if node.kind ~= "sequence" then return nil, node end
	local texts = {}
	for i, item in ipairs(node.items) do
		if item.kind ~= "scalar" or item.text:find("\n", 1, true) then return nil, item end
		texts[i] = item.text
	end
	return texts
end

local function read_one(node, report)
	if node.kind == "scalar" then return { is = node.text } end
	if node.kind ~= "mapping" or #node.pairs == 0 then
		return report(node, "takes a text, or a map with " .. WORDS)
	end
	local one = {}
	for _, pair in ipairs(node.pairs) do
		local way = pair.key.text
		if not WAYS[way] then return report(pair.key, ("knows no `%s`: there are %s"):format(way, WORDS)) end
		local value, where
		if way == "lines" then
			value, where = texts_of(pair.value)
			if not value then return report(where, "takes a list of lines, or a text with a line in each, as `lines`") end
		elseif pair.value.kind ~= "scalar" then
			return report(pair.value, ("takes a text as `%s`"):format(way))
		else
			value = pair.value.text
		end
		if way == "contains" and value == "" then
			return report(pair.value, "takes what is to be found as `contains`: every output contains nothing")
		end
		one[way] = value
	end
	return one
end

-- read(node, report) → what is wanted, a list of { is, pattern, contains, lines } one of which an output has to fulfil in
-- all it says; nil after report(node, what is wrong). node: YAML as livepost.post gives it.
function M.read(node, report)
	if node.kind ~= "sequence" then
		local one = read_one(node, report)
		return one and { one }
	end
	if #node.items == 0 then return report(node, "takes at least one output in its list") end
	local wanted = {}
	for i, item in ipairs(node.items) do
		wanted[i] = read_one(item, report)
		if not wanted[i] then return nil end
	end
	return wanted
end

return M
