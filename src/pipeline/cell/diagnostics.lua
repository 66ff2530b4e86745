-- What gcc, clang and the linker say on standard error → places, severities, messages. Knows their format, not their
-- meaning.
local languages = require "cell.languages"

local M = {}

local SEVERITY = { ["error"] = "error", ["fatal error"] = "error", ["warning"] = "warning", ["note"] = "note" }

-- What a compiler says in a form of its own. messages: that form, such as "{path}:{line}:{column}: {message}".
local function read_form(text, messages)
	local found = {}
	local pattern, names = languages.pattern(messages)
	-- The place of the match, then what was captured.
	local at = 1
	while true do
		local matched = table.pack(text:find(pattern, at))
		if not matched[1] then return found end
		local one = { severity = "error", details = "" }
		for i, name in ipairs(names) do one[name] = matched[i + 2] end
		one.line, one.column = math.tointeger(tonumber(one.line)), math.tointeger(tonumber(one.column))
		one.severity = SEVERITY[one.severity] or "error"
		found[#found + 1] = one
		at = math.max(matched[2], matched[1]) + 1
	end
end

-- text → array of { path, line, column or nil, severity = "error" | "warning" | "note", message, details }; details are the
-- lines that follow (the source line with its caret), "" if none. A note belongs to the details of what it explains.
-- What the linker misses is an error with a line but no column. messages: the form of a compiler that speaks otherwise, or nil.
function M.read(text, messages)
	if messages then return read_form(text, messages) end
	local found = {}
	local current
	for line in text:gmatch("([^\n]*)\n?") do
		local path, row, column, severity, message = line:match("^([^:]+):(%d+):(%d+): ([%a ]+): (.*)$")
		if not path then -- gcc has no column for a macro
			path, row, severity, message = line:match("^([^:]+):(%d+): ([%a ]+): (.*)$")
		end
		severity = severity and SEVERITY[severity]
		local linked, linked_row, missing = line:match("^([^:]+):(%d+): (undefined reference to .*)$")
		if severity and severity ~= "note" then
			current = {
				path = path, line = math.tointeger(tonumber(row)), column = math.tointeger(tonumber(column)),
				severity = severity, message = message, lines = {},
			}
			found[#found + 1] = current
		elseif missing then
			current = nil
			found[#found + 1] = { path = linked, line = math.tointeger(tonumber(linked_row)), severity = "error",
				message = missing .. ": define it, or name its library with `libs`", lines = {} }
		elseif line:match("^[^:]+: In %a+ .*:$") or line:match("^In file included from ") or line:match("^compilation terminated") then
			current = nil -- introduces the next one
		elseif current and line ~= "" then
			current.lines[#current.lines + 1] = line
		end
	end
	for _, one in ipairs(found) do
		one.details = table.concat(one.lines, "\n")
		one.lines = nil
	end
	return found
end

-- Moves a message by so many columns to the right: for code that stands in a list or quote, where the compiler sees it
-- without the marks before it but shows the author's whole line.
function M.shift(one, columns)
	if columns <= 0 or not one.column then return end
	one.column = one.column + columns
	one.details = ("\n" .. one.details):gsub("(\n *|)( *[%^~])", "%1" .. (" "):rep(columns) .. "%2")
		:gsub("(\n[^:\n]+:%d+:)(%d+)(: note: )", function(place, column, word)
			return place .. math.tointeger(tonumber(column)) + columns .. word
		end):sub(2)
end

return M
