-- Where the references of a text stand in it: the parser gives no place of them, nor says whether one was written as
-- `\@fig-roast`. Knows no Markdown but code.
local M = {}

local IN_BLOCK = "\0" -- in front of a word that stands in a block of code

local Places = {}
Places.__index = Places

-- Where there is code: spans by line, and the lines of blocks.
local function code_of(codes)
	local spans, blocks = {}, {}
	for _, code in ipairs(codes) do
		if code.kind == "inline" then
			spans[code.line] = spans[code.line] or {}
			table.insert(spans[code.line], { code.column, code.code_column + utf8.len(code.literal) })
		else
			local _, count = code.literal:gsub("\n", "")
			for line = code.code_line, code.code_line + count - 1 do blocks[line] = true end
		end
	end
	return spans, blocks
end

local function is_in(spans, column)
	for _, span in ipairs(spans or {}) do
		if column >= span[1] and column <= span[2] then return true end
	end
	return false
end

-- Whether a bracket stands open at the end of some text that no other bracket follows, and that no backslash makes text of.
-- open: whether one does at its beginning.
local function is_open(text, open)
	for slashes, mark in text:gmatch("(\\*)([%[%]])") do open = mark == "[" and #slashes % 2 == 0 end
	return open
end

local function index_of(self)
	local spans, blocks = code_of(self.codes)
	local index, number = {}, self.first_line - 1 -- behind: by line, which of the places to look at next
	local open = false
	for line in (self.text:gsub("\r\n?", "\n") .. "\n"):gmatch("([^\n]*)\n") do
		number = number + 1
		local counted, column = 1, 1 -- the byte of which the column is known
		open = open and line:find("%S") ~= nil
		for slashes, at, mark, name in line:gmatch("(\\*)()([@#])([%w_-]*[%w])") do
			column = column + (utf8.len(line, counted, at - 1) or at - counted)
			open = is_open(line:sub(counted, at - 1), open)
			counted = at
			local before = line:sub(at - #slashes - 1, at - #slashes - 1)
			local in_word = mark == "@" and slashes == "" and before:find("[%w_./]")
			if not in_word and not is_in(spans[number], column) then
				local word = (blocks[number] and IN_BLOCK or "") .. mark .. name
				index[word] = index[word] or { behind = {} }
				table.insert(index[word], { line = number, column = column, escaped = #slashes % 2 == 1, opened = open,
					closed = not line:find("^%s*\\", at + 1 + #name) })
			end
		end
		open = is_open(line:sub(counted), open)
	end
	return index
end

-- The first of some places, in the order of the text, that stands in this line or below.
local function first_from(found, line)
	local low, high = 1, #found + 1
	while low < high do
		local middle = (low + high) // 2
		if found[middle].line < line then low = middle + 1 else high = middle end
	end
	return low
end

-- find(word, from, to, in_block) → { line, column, opened = whether the last bracket in front of it is an open one, closed = false
-- where a backslash stands behind it } of the next place where `word` stands ("@fig-roast") and is not escaped, each
-- once, in the lines from `from` to `to`, or anywhere where `from` is nil or 0; in blocks of code where in_block, else in all else. nil
-- where there is none: then it was not written so.
function Places:find(word, from, to, in_block)
	self.index = self.index or index_of(self)
	local found = self.index[(in_block and IN_BLOCK or "") .. word]
	if not found then return nil end
	from = from or 0
	-- Places that nobody asks for, in HTML, must not be passed by again and again.
	local i = found.behind[from] or from > 0 and first_from(found, from) or 1
	while found[i] and (found[i].used or found[i].escaped) do i = i + 1 end
	found.behind[from] = i
	local one = found[i]
	if not one or from > 0 and one.line > to then return nil end
	one.used, found.behind[from] = true, i + 1
	return one
end

-- of(text, first_line, codes) → the places of a text whose first line is the post's first_line; codes: as livepost.post lists
-- them.
function M.of(text, first_line, codes)
	return setmetatable({ text = text, first_line = first_line, codes = codes }, Places)
end

return M
