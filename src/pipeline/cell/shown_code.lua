-- What of a piece of code is shown: a region of it, without the lines that are compiled only. Knows comment marks, and
-- nothing of markup.
local nearest = require "base.nearest"

local M = {}

local function escape(mark)
	return (mark:gsub("%W", "%%%0"))
end

local function lines_of(code)
	local lines = {}
	for line in (code:gsub("\r\n", "\n") .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
	-- What ends in a newline has no empty line behind it.
	if lines[#lines] == "" then lines[#lines] = nil end
	return lines
end

-- The region that a line opens or closes: "open" | "close", name; nil for any other line.
local function anchor(line, marks)
	local word, name = line:match("^%s*" .. escape(marks.line) .. "%s*(ANCHOR[_END]*):%s*([%w_-]+)")
	if not word and marks.open then
		word, name = line:match("^%s*" .. escape(marks.open) .. "%s*(ANCHOR[_END]*):%s*([%w_-]+)%s*" .. escape(marks.close) .. "%s*$")
	end
	if word == "ANCHOR" then return "open", name end
	if word == "ANCHOR_END" then return "close", name end
end

-- has_region(code, name, marks) → whether a line of the code opens the region.
function M.has_region(code, name, marks)
	for _, line in ipairs(lines_of(code)) do
		local kind, found = anchor(line, marks)
		if kind == "open" and found == name then return true end
	end
	return false
end

-- The first and last line between the marks of a region; nil, what is wrong and in which line.
local function find_region(lines, name, marks)
	local first, last, names = nil, nil, {}
	for i, line in ipairs(lines) do
		local kind, found = anchor(line, marks)
		if kind == "open" then names[#names + 1] = found end
		if found == name and kind == "open" then
			if first then return nil, ("region `%s` begins here a second time: give each region a name of its own"):format(name), i end
			first = i + 1
		elseif found == name then
			if not first then return nil, ("region `%s` ends here, and did not begin: write `ANCHOR: %s` above"):format(name, name), i end
			if last then return nil, ("region `%s` ends here a second time: keep one of its ends"):format(name), i end
			last = i - 1
		end
	end
	if not first then
		local close = nearest.of(name, names)
		return nil, ("there is no region `%s`: %s"):format(name, close and ("did you mean `%s`?"):format(close)
			or #names > 0 and "there are " .. table.concat(names, ", ")
			or ("mark it with `%s ANCHOR: %s` and `%s ANCHOR_END: %s`"):format(marks.line, name, marks.line, name))
	elseif not last then
		return nil, ("region `%s` has no end: write `%s ANCHOR_END: %s` below"):format(name, marks.line, name), first - 1
	end
	return first, last
end

-- of{ code, line, marks, region } → { code, line, lines }: what is shown, the line of its first, and of each; the region's
-- blanks in front that all of its lines share are left out. Or nil, what is wrong, and in which line (of the file; nil
-- where it is none of them).
function M.of(given)
	local lines = lines_of(given.code)
	local first, last = 1, #lines
	if given.region then
		local wrong, row
		first, wrong, row = find_region(lines, given.region, given.marks)
		if not first then return nil, wrong, row and given.line + row - 1 end
		last = wrong
	end
	local hidden = escape(given.marks.line) .. "%s*hide%s*$"
	local kept, numbers, indent = {}, {}, nil
	for i = first, last do
		if not anchor(lines[i], given.marks) and not lines[i]:find(hidden) then
			kept[#kept + 1], numbers[#numbers + 1] = lines[i], given.line + i - 1
			if lines[i]:find("%S") then
				local blanks = lines[i]:match("^[ \t]*")
				while indent and blanks:sub(1, #indent) ~= indent do indent = indent:sub(1, -2) end
				indent = indent or blanks
			end
		end
	end
	if given.region and indent and indent ~= "" then
		for i, line in ipairs(kept) do kept[i] = line:sub(1, #indent) == indent and line:sub(#indent + 1) or line:gsub("^[ \t]+", "") end
	end
	local from, to = 1, #kept
	while kept[from] and not kept[from]:find("%S") do from = from + 1 end
	while to > from and not kept[to]:find("%S") do to = to - 1 end
	kept, numbers = table.move(kept, from, to, 1, {}), table.move(numbers, from, to, 1, {})
	return { code = #kept > 0 and table.concat(kept, "\n") .. "\n" or "", line = numbers[1] or given.line, lines = numbers }
end

return M
