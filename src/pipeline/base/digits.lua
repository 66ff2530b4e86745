-- Lists of whole numbers ↔ lines of text in which small numbers take little room: five bits a character, the lowest first,
-- each character but a number's last with a sixth bit set, the sign in the lowest bit of all (as the mappings of source
-- maps have it). Knows not what the numbers mean.
local M = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local LINE = 100 -- characters, or a few more

local character, value_of = {}, {}
for i = 1, #ALPHABET do
	character[i - 1], value_of[ALPHABET:byte(i)] = ALPHABET:sub(i, i), i - 1
end

-- encode(numbers) → lines.
function M.encode(numbers)
	local lines, line = {}, {}
	for _, number in ipairs(numbers) do
		local rest = number < 0 and (-number << 1 | 1) or number << 1
		repeat
			local five = rest & 31
			rest = rest >> 5
			line[#line + 1] = character[rest > 0 and five | 32 or five]
		until rest == 0
		if #line >= LINE then
			lines[#lines + 1] = table.concat(line)
			line = {}
		end
	end
	if #line > 0 then lines[#lines + 1] = table.concat(line) end
	return lines
end

-- decode(lines) → numbers, or nil where a line is no text of such characters.
function M.decode(lines)
	local numbers, number, shift = {}, 0, 0
	for _, line in ipairs(lines) do
		if type(line) ~= "string" then return nil end
		for i = 1, #line do
			local six = value_of[line:byte(i)]
			if not six or shift > 60 then return nil end
			number = number | (six & 31) << shift
			shift = shift + 5
			if six & 32 == 0 then
				local size = number >> 1
				numbers[#numbers + 1] = number & 1 == 1 and -size or size
				number, shift = 0, 0
			end
		end
	end
	return shift == 0 and numbers or nil
end

return M
