-- Runs the Lua of authors: at its own lines in the post, with an end to every loop, and with mistakes told where they were
-- made. Knows nothing of what the code is about.
local limits = require "author.limits"
local problem = require "base.problem"

local M = {}

-- The methods of strings are the whole library, whatever an environment holds, and the count of instructions cannot
-- interrupt this one: ("x"):rep(1 << 33) would take all the memory there is.
local MOST_REPEATED = 16 << 20 -- bytes
local repeat_string = string.rep
function string.rep(text, count, separator) -- luacheck: ignore 122
	if count > 0 and (#text + #(separator or "")) * count > MOST_REPEATED then
		error("string.rep: more than 16 MiB", 2)
	end
	return repeat_string(text, count, separator)
end

-- Where the author's code that runs at the moment is from.
local running

-- Ends the author's code with a message at its own line, however deep in here the fault was found.
local function refuse(message)
	local level = 2
	local info = debug.getinfo(level, "Sl")
	while info do
		if info.source == running then error(("%s:%d: %s"):format(running:sub(2), info.currentline, message), 0) end
		level = level + 1
		info = debug.getinfo(level, "Sl")
	end
	error(message, 0)
end
M.refuse = refuse

-- Loads author's code whose first character stands at `line` of `path`; an expression when `expression` is set. Returns
-- it as a function, or nil and Lua's message.
function M.load(code, path, line, environment, expression)
	if code:sub(-1) == "\n" then code = code:sub(1, -2) end -- so that its end is in its last line
	-- Empty lines in front, so that Lua's own messages bear the post's line numbers.
	return load(("\n"):rep(line - 1) .. (expression and "return " or "") .. code, "=" .. path, "t", environment)
end

-- column_of(message, code, number) → where in that line of the code is what Lua's message of its syntax names, in characters; nil
-- where it stands there more than once, and nobody can say which is meant. Lua itself knows the line only.
function M.column_of(message, code, number)
	local line
	for text in (code .. "\n"):gmatch("([^\n]*)\n") do
		number = number - 1
		if number == 0 then line = text:match("^(.-)%s*$") end
	end
	if not line or line == "" then return nil end
	local word = message:match("near '(.+)'$")
	local at, stop
	if message:find("near <eof>$") then
		at = #line + 1
	elseif word then
		at, stop = line:find(word, 1, true)
		if not at or line:find(word, stop + 1, true) then return nil end
	end
	return at and 1 + (utf8.len(line, 1, at - 1) or at - 1)
end

-- The message and the line of what Lua said of code at `line` of `path`.
local function place_of(wrong, path, line)
	wrong = type(wrong) == "string" and wrong or ("error() was called with a %s: give it a text"):format(type(wrong))
	local prefix = path .. ":"
	if wrong:sub(1, #prefix) == prefix then
		local number, message = wrong:sub(#prefix + 1):match("^(%d+): (.*)$")
		if number then return message, math.tointeger(tonumber(number)) end
	end
	return wrong, line
end

-- Calls body, which calls what M.load made, and stops it when it takes too long or too much. Returns true and its values in
-- a table, or false, the message, the line, and what called it (text of a line each, or nil); or false and a problem, where a
-- function of the site failed that the code called.
function M.call(body, path, line)
	local before = running
	running = "=" .. path
	local ok, result, thread = limits.run(line and ("%s:%d"):format(path, line) or path, body)
	running = before
	if ok then return true, result end
	local at, called = limits.where(thread, path)
	if problem.is(result) then
		result.details = (result.details and result.details .. "\n" or "") .. ("called from %s:%d"):format(path, at or line)
		if called then result.details = result.details .. "\n" .. called end
		return false, result
	end
	local message, said = place_of(result, path, line)
	return false, message, type(result) == "string" and said ~= line and said or at or said, called
end

-- Runs author's code: M.load and M.call at once.
function M.run(code, path, line, environment, expression)
	local chunk, wrong = M.load(code, path, line, environment, expression)
	if not chunk then return false, place_of(wrong, path, line) end
	return M.call(chunk, path, line)
end

return M
