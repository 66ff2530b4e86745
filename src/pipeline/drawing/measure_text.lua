-- How wide a text is in a sans-serif system font, so that labels are placed where they fit without a browser.
-- Errs to the wide side: the widths are those of DejaVu Sans, the widest of the fonts that systems use.

local printable = require "base.printable"

local M = {}

-- Hundredths of the font size; each class is as wide as its widest member.
local CLASSES = {
	{ 34, " '.,/:;\\|ijlIJ" }, { 41, "f-()[]t!r" }, { 55, "\"*_`sz?c" }, { 64, "LFkvxyPTYaoeESbdghnpqu$0123456789{}" },
	{ 70, "KAVBRXZC" }, { 79, "UHNDG&OQ" }, { 87, "w#+<=>^~M" }, { 100, "%mW@" },
}
local WIDTHS = {}
for _, class in ipairs(CLASSES) do
	for character in class[2]:gmatch(".") do
		WIDTHS[character:byte()] = class[1]
	end
end

local function glyph(code)
	if WIDTHS[code] then
		return WIDTHS[code]
	elseif (code >= 0x300 and code < 0x370) or code == 0x200B or code == 0x200D or (code >= 0xFE00 and code < 0xFE10) then
		return 0
	elseif code < 0x250 then
		return code == 0xB7 and 34 or 85
	elseif code >= 0x1F000 then
		return 140
	end
	return 104
end

-- Returns the width of text (UTF-8) at a font size, in the unit of the size; bold is a seventh wider.
function M.width(text, size, bold)
	local sum = 0
	for _, code in utf8.codes(printable.text(text)) do
		sum = sum + glyph(code)
	end
	return sum * size * (bold and 1.15 or 1) / 100
end

-- Returns text, cut and ended with "…" where it is wider than `width`, and whether it was cut.
function M.fit(text, width, size, bold)
	text = printable.text(text)
	if M.width(text, size, bold) <= width then
		return text, false
	end
	local room = width - M.width("…", size, bold)
	local used, kept = 0, 0
	for at, code in utf8.codes(text) do
		used = used + glyph(code) * size * (bold and 1.15 or 1) / 100
		if used > room then
			break
		end
		kept = at + #utf8.char(code) - 1
	end
	return text:sub(1, kept):gsub(" +$", "") .. "…", true
end

-- Returns text, its middle left out for "…" where it is wider than `width`, and whether it was: names differ at their
-- ends ("worker 1", "worker 2").
function M.fit_ends(text, width, size)
	text = printable.text(text)
	if M.width(text, size) <= width then
		return text, false
	end
	local codes = {}
	for _, code in utf8.codes(text) do
		codes[#codes + 1] = code
	end
	local room, first, last = width - M.width("…", size), 0, #codes + 1
	-- two letters of the end for each of the beginning, until the end has three
	while first + 1 < last do
		local at_end = #codes - last < 2 and #codes - last <= 2 * first or false
		local taken = glyph(codes[at_end and last - 1 or first + 1]) * size / 100
		if taken > room then
			break
		end
		room = room - taken
		if at_end then
			last = last - 1
		else
			first = first + 1
		end
	end
	-- a mark that combines stays with its letter
	while first + 1 < last and first > 0 and glyph(codes[first + 1]) == 0 do
		first = first + 1
	end
	while last <= #codes and glyph(codes[last]) == 0 do
		last = last + 1
	end
	local head = utf8.char(table.unpack(codes, 1, first)):gsub(" +$", "")
	return head .. "…" .. utf8.char(table.unpack(codes, last)), true
end

-- Returns text as a list of lines, broken at spaces so that each is at most `width` wide (a longer word is cut).
function M.wrap(text, width, size, bold)
	local lines, line = {}, nil
	for word in printable.text(text):gmatch("[^ ]+") do
		local longer = line and line .. " " .. word or word
		if line and M.width(longer, size, bold) > width then
			lines[#lines + 1] = line
			longer = word
		end
		line = M.fit(longer, width, size, bold)
	end
	lines[#lines + 1] = line
	return lines
end

return M
