-- Where each setting stands in the text of a pipeline.lua: reads the table constructors of what it returns, and runs nothing.
-- Of what is computed elsewhere it knows the expression that gives it.
local M = {}

local OPENS = { ["{"] = true, ["("] = true, ["["] = true, ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }
local CLOSES = { ["}"] = true, [")"] = true, ["]"] = true, ["end"] = true, ["until"] = true }
-- What may follow the last expression of a chunk or block.
local BEHIND_RETURN = { [";"] = true, ["end"] = true, ["else"] = true, ["elseif"] = true, ["until"] = true }
local BEHIND_FIELD = { [","] = true, [";"] = true, ["}"] = true }

-- Where a number ends that begins at `at`: a sign belongs to it only behind the letter of an exponent.
local function number_end(text, at)
	local exponent = text:find("^0[xX]", at) and "[pP]" or "[eE]"
	local stop = text:match("^[%w_.]*()", at)
	if text:find("^[+-]", stop) and text:find("^" .. exponent, stop - 1) then stop = text:match("^[%w_.]*()", stop + 1) end
	return stop
end

-- Where the text in brackets `[==[` ends that begins at `at`; nil where there is none.
local function long_end(text, at)
	local level = text:match("^%[(=*)%[", at)
	if not level then return nil end
	local _, stop = text:find("]" .. level .. "]", at, true)
	return (stop or #text) + 1
end

local function quoted_end(text, at)
	local mark = text:sub(at, at)
	at = at + 1
	while at <= #text and text:sub(at, at) ~= mark do
		-- An escape may stand for a line's end of two bytes, and \z for blanks, none of which is a mark.
		at = at + (text:sub(at, at) == "\\" and 2 or 1)
	end
	return at + 1
end

-- The words of a text that compiles, { word, at = its byte, constant = true for a text or number }, without comments.
local function words_of(text)
	local words, at = {}, 1
	while true do
		at = text:match("^%s*()", at)
		if at > #text then return words end
		if text:find("^%-%-", at) then
			at = long_end(text, at + 2) or text:find("[\r\n]", at) or #text + 1
		else
			local stop, constant
			if text:find("^[%a_]", at) then
				stop = text:match("^[%w_]+()", at)
			elseif text:find("^%.?%d", at) then
				stop, constant = number_end(text, at), true
			elseif text:find("^[\"']", at) then
				stop, constant = quoted_end(text, at), true
			elseif long_end(text, at) then
				stop, constant = long_end(text, at), true
			else
				stop = text:match("^[=~<>]=()", at) or text:match("^%.%.%.?()", at) or text:match("^::()", at) or at + 1
			end
			words[#words + 1] = { word = text:sub(at, stop - 1), at = at, constant = constant }
			at = stop
		end
	end
end

-- Tells of each word that opens something where that is closed. Returns where what the text returns begins; nil where it
-- has several ends, and so nobody can say by which of them it was left.
local function take_brackets(words)
	local open, functions, found, several = {}, 0, nil, false
	for i, one in ipairs(words) do
		local word = not one.constant and one.word
		if OPENS[word] then
			open[#open + 1] = i
			if word == "function" then functions = functions + 1 end
		elseif CLOSES[word] and #open > 0 then
			local opened = words[table.remove(open)]
			opened.closed = i
			if opened.word == "function" then functions = functions - 1 end
		elseif word == "return" and functions == 0 then
			several = found ~= nil
			found = i + 1
		end
		if several then return nil end
	end
	return found
end

local Places = {}
Places.__index = Places

-- The fields of the table constructor that is all of the expression at word `at`: key → { key = word or nil, value = word };
-- nil where the expression is anything else. behind: words that may follow it.
function Places:fields(at, behind)
	local words = self.words
	if self.known[at] then return self.known[at] end
	local stop = words[at] and words[at].word == "{" and not words[at].constant and words[at].closed
	if not stop or words[stop + 1] and not behind[words[stop + 1].word] then return nil end
	local fields, count, i = {}, 0, at + 1
	local function is(k, word) return words[k] and words[k].word == word and not words[k].constant end
	while i < stop do
		local key, value
		if not words[i].constant and is(i + 1, "=") then
			key, value = words[i].word, i + 2
		elseif is(i, "[") and is(words[i].closed + 1, "=") then
			value = words[i].closed + 2
			-- Its own text is the simplest that can tell its value: escapes, levels of brackets, and the ways of a number.
			if words[i + 1].constant and words[i].closed == i + 2 then key = load("return " .. words[i + 1].word, "=", "t", {})() end
		else
			count = count + 1
			key, value = count, i
		end
		if key ~= nil then fields[key] = { key = value ~= i and i or nil, value = value } end
		i = value
		while i < stop and (words[i].constant or not BEHIND_FIELD[words[i].word]) do i = (words[i].closed or i) + 1 end
		i = i + 1
	end
	self.known[at] = fields
	return fields
end

-- Where the lines of a text begin.
local function lines_of(text)
	local lines, at = { 1 }, 1
	while true do
		at = text:find("[\r\n]", at)
		if not at then return lines end
		at = text:match("^\r?\n?()", at)
		lines[#lines + 1] = at
	end
end

-- The line and the column, in characters, of a byte of the text.
function Places:place_of(byte)
	local low, high = 1, #self.lines
	while low < high do
		local middle = (low + high + 1) // 2
		if self.lines[middle] <= byte then low = middle else high = middle - 1 end
	end
	local from = self.lines[low]
	return low, 1 + (utf8.len(self.text, from, byte - 1) or byte - from)
end

-- find(keys, of_key) → line, column of the setting that these keys lead to, { "languages", "python", "run" }: of its value, or of
-- its key where that is asked for. Where a value on the way is no table that is written there, that value; nil, nil where nothing is known.
function Places:find(keys, of_key)
	local words, at, behind = self.words, self.first, BEHIND_RETURN
	if not at or not words[at] then return nil, nil end
	for i, key in ipairs(keys) do
		local fields = self:fields(at, behind)
		local field = fields and fields[key]
		if not field then break end
		at, behind = of_key and i == #keys and field.key or field.value, BEHIND_FIELD
	end
	return self:place_of(words[at].at)
end

-- of(text) → the places of a pipeline.lua, whose text compiles.
function M.of(text)
	local words = words_of(text)
	return setmetatable({ text = text, words = words, first = take_brackets(words), lines = lines_of(text), known = {} }, Places)
end

return M
