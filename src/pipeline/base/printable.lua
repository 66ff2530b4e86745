-- Makes any bytes fit to be shown: valid UTF-8 without control or direction characters. Knows no markup.

local M = {}

local REPLACEMENT = "\u{FFFD}"

-- Thread names are 15 bytes cut anywhere and set by the program that was run: XML forbids most control characters,
-- and a direction override would let a name reorder the text around it.
local function shown(code)
	if code == 9 or code == 10 or code == 13 then
		return " "
	elseif code < 32 or (code >= 0x7F and code < 0xA0) or code == 0xFFFE or code == 0xFFFF then
		return REPLACEMENT
	elseif code == 0x200E or code == 0x200F or (code >= 0x2028 and code <= 0x202E) or
			(code >= 0x2066 and code <= 0x2069) then
		return ""
	end
	return utf8.char(code)
end

-- Returns text with every byte that is not UTF-8 and every control character as U+FFFD, white space as one space.
function M.text(text)
	text = tostring(text)
	if not text:find("[^ -~]") then
		return text
	end
	local out, at = {}, 1
	while at <= #text do
		local good, bad = utf8.len(text, at)
		local stop = good and #text or bad - 1
		for _, code in utf8.codes(text:sub(at, stop)) do
			out[#out + 1] = shown(code)
		end
		if not good then
			out[#out + 1] = REPLACEMENT
		end
		at = stop + (good and 1 or 2)
	end
	return table.concat(out)
end

-- Returns bytes with every one that is not UTF-8 as U+FFFD, and all else as it is.
function M.utf8(bytes)
	if utf8.len(bytes) then return bytes end
	return (bytes:gsub("[\128-\255]+", function(run)
		return utf8.len(run) and run or REPLACEMENT:rep(#run)
	end))
end

-- How many letters wide a text is on a terminal.
function M.width(text)
	return utf8.len(text) or #text
end

-- Returns text as M.text does, but with its lines and tabs, and without what would colour or move it on a terminal.
function M.lines(text)
	text = tostring(text):gsub("\27%[[0-?]*[ -/]*[@-~]", ""):gsub("\27%][^\7\27]*\7", ""):gsub("\27%][^\7\27]*\27\\", "")
	return (text:gsub("\r+\n", "\n"):gsub("\r", "\n"):gsub("[^\n\t]+", M.text))
end

return M
