-- Ids made of words: lower case, without punctuation, with hyphens for blanks. Knows UTF-8.
local M = {}

-- Letters of Europe's alphabets have their small one at a distance; others have none or are left as they are.
local function lower(code)
	if code >= 0x41 and code <= 0x5A then return code + 32 end
	if code >= 0xC0 and code <= 0xDE and code ~= 0xD7 then return code + 32 end
	if code >= 0x100 and code <= 0x137 and code ~= 0x130 or code >= 0x14A and code <= 0x177 then return code | 1 end
	if (code >= 0x139 and code <= 0x148 or code >= 0x179 and code <= 0x17E) and code % 2 == 1 then return code + 1 end
	if code >= 0x391 and code <= 0x3A9 then return code + 32 end
	if code >= 0x400 and code <= 0x40F then return code + 80 end
	if code >= 0x410 and code <= 0x42F then return code + 32 end
	return code
end

local function is_word(code)
	if code < 0x80 then return string.char(code):find("^[%w_-]") ~= nil end
	-- Signs of Latin-1 but its letters, punctuation, symbols, and pictures.
	if code <= 0xBF then return code == 0xAA or code == 0xB5 or code == 0xBA end
	return not (code == 0xD7 or code == 0xF7 or code >= 0x2000 and code <= 0x2BFF or code >= 0x3000 and code <= 0x3004
		or code >= 0x3008 and code <= 0x3020 or code >= 0xFE00 and code <= 0xFE6F or code >= 0xFF01 and code <= 0xFF0F
		or code >= 0x1F000 and code <= 0x1FAFF)
end

-- of("Who waits, and why?") → "who-waits-and-why"; "section" for what has no word.
function M.of(text)
	local letters = {}
	for _, code in utf8.codes(text) do
		if code == 0x20 or code == 0x09 or code == 0xA0 then
			letters[#letters + 1] = "-"
		elseif is_word(code) then
			letters[#letters + 1] = utf8.char(lower(code))
		end
	end
	local made = table.concat(letters)
	return made:find("[^-]") and made or "section"
end

-- unique(slug, taken, counts) → the slug, or with -1, -2, …, which is taken from then on. counts: what was tried last of each.
function M.unique(slug, taken, counts)
	local made = slug
	while taken[made] do
		counts[slug] = (counts[slug] or 0) + 1
		made = slug .. "-" .. counts[slug]
	end
	taken[made] = true
	return made
end

return M
