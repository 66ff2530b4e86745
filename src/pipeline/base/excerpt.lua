-- A line of a file with a caret below one of its characters, as a terminal shows it. Reads no file.
local printable = require "base.printable"

local M = {}

local WIDEST = 100 -- columns of the line that are shown; a longer one is cut around the caret
local TAB = 4
local LARGEST = 64 * 1024 -- bytes of a line that are looked at, around the character

-- First and last characters that take two columns, then those that take none, of what authors write.
local WIDE = { { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0x9FFF },
	{ 0xA000, 0xA4CF }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 },
	{ 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD } }
local NARROW = { { 0x0300, 0x036F }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200D }, { 0x20D0, 0x20FF },
	{ 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F } }

local function is_in(ranges, code)
	for _, range in ipairs(ranges) do
		if code >= range[1] and code <= range[2] then return true end
	end
	return false
end

-- How many columns of a terminal a character takes.
local function width_of(code)
	if code < 0x300 then return 1 end
	return is_in(NARROW, code) and 0 or is_in(WIDE, code) and 2 or 1
end

-- line_of(bytes, number) → that line without its end, or nil where there are fewer; lines end at LF, CRLF or CR.
-- Problems come by the thousand in the order of their lines: each is looked for from where the last was found.
local last = { bytes = "", number = 1, from = 1 }
local function line_of(bytes, number)
	local goes_on = rawequal(last.bytes, bytes) and number >= last.number
	local from, at = goes_on and last.from or 1, goes_on and last.number or 1
	for _ = at + 1, number do
		local stop = bytes:find("[\r\n]", from)
		if not stop then return nil end
		from = bytes:sub(stop, stop + 1) == "\r\n" and stop + 2 or stop + 1
	end
	if from > #bytes then return nil end
	last = { bytes = bytes, number = number, from = from }
	local stop = bytes:find("[\r\n]", from) or #bytes + 1
	-- What leads nowhere near is not taken along.
	return bytes:sub(from, math.min(stop - 1, from + (1 << 20)))
end

-- The characters of a line as { text, width } each, a tab as its blanks.
local function cells_of(line)
	local cells, at = {}, 0
	for _, code in utf8.codes(line) do
		local text, width = utf8.char(code), width_of(code)
		if code == 9 then
			width = TAB - at % TAB
			text = (" "):rep(width)
		else
			local safe = printable.text(text)
			if safe ~= text then text, width = safe, utf8.len(safe) end
		end
		cells[#cells + 1] = { text = text, width = width }
		at = at + width
	end
	return cells
end

-- of(bytes, line, column) → the line with its number in front, and below it, where the column is known, a caret; nil where
-- there is no such line, or nothing in it. line and column count from 1, a column is a character; the one behind the last
-- is where something is missing.
function M.of(bytes, line, column)
	local text = line and line >= 1 and line_of(bytes, line)
	if not text or not text:find("%S") then return nil end
	text = printable.utf8(text)
	if line == 1 then text = text:gsub("^\u{FEFF}", "") end
	local first = 1 -- the character that the text begins with
	if #text > LARGEST then
		local count = utf8.len(text)
		first = math.max(1, math.min((column or 1), count) - WIDEST)
		text = text:sub(utf8.offset(text, first), (utf8.offset(text, math.min(first + 3 * WIDEST, count + 1)) or #text + 1) - 1)
	end
	local cells = cells_of(text)
	local caret = column and math.min(column - first + 1, #cells + 1)
	local from, to = 1, #cells
	local function width(a, b)
		local sum = 0
		for i = a, b do sum = sum + cells[i].width end
		return sum
	end
	-- A third of the room stays in front of the caret.
	if width(1, #cells) > WIDEST then
		if caret and width(1, math.min(caret, #cells)) > WIDEST - 10 then
			from = math.min(caret, #cells)
			local room = WIDEST // 3
			while from > 1 and room >= cells[from - 1].width do
				from = from - 1
				room = room - cells[from].width
			end
		end
		local room = WIDEST
		to = from - 1
		while to < #cells and room >= cells[to + 1].width do
			to = to + 1
			room = room - cells[to].width
		end
	end
	local before = (from > 1 or first > 1) and "…" or ""
	local shown = {}
	for i = from, to do shown[#shown + 1] = cells[i].text end
	local number = ("%5d"):format(line)
	local said = number .. " | " .. before .. (table.concat(shown):gsub("%s+$", "")) .. (to < #cells and "…" or "")
	if not caret then return said end
	return said .. "\n" .. (" "):rep(#number) .. " | " .. (" "):rep(utf8.len(before) + width(from, caret - 1)) .. "^"
end

return M
