-- What a compiler says of a cell that is not to compile, as it is kept and shown. Knows no compiler's format.
local json = require "livepost.json"
local printable = require "base.printable"

local M = {}

local MOST = 20
local LONGEST = 2000

-- The source line and its caret, without the numbers of lines that stand in front: those change when the post does.
local function excerpt(details)
	local lines = {}
	for line in (details .. "\n"):gmatch("([^\n]*)\n") do
		line = line:gsub("^ *%d+ | ?", ""):gsub("^ *| ?", ""):gsub("^[^%s:]+:%d+:%d+: note: ", "note: "):gsub("^[^%s:]+:%d+: note: ", "note: ")
		if line ~= "" then lines[#lines + 1] = line end
	end
	return printable.utf8(table.concat(lines, "\n")):sub(1, LONGEST)
end

-- of(diagnostics) → what is kept: { { path, line, column, message, details }, … }. diagnostics: errors as
-- cell.diagnostics reads them.
function M.of(diagnostics)
	local refused = json.array {}
	for i = 1, math.min(#diagnostics, MOST) do
		local one = diagnostics[i]
		refused[i] = { path = one.path, line = one.line, column = one.column, message = printable.utf8(one.message), details = excerpt(one.details) }
	end
	return refused
end

-- Whether one of the errors says the text: in its message, whatever quotes the compiler writes.
function M.says(diagnostics, text)
	local function plain(said) return (said:gsub("‘", "'"):gsub("’", "'")) end
	for _, one in ipairs(diagnostics) do
		if plain(one.message):find(plain(text), 1, true) then return true end
	end
	return false
end

function M.text(diagnostics)
	local lines = {}
	for i = 1, math.min(#diagnostics, MOST) do lines[i] = diagnostics[i].message end
	return table.concat(lines, "\n")
end

return M
