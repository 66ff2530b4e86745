-- Makes figures of the functions that a site's pipeline.lua has under `figures`, and sees to it that such a function can
-- harm nothing: it gets copies, draws through the kit alone, is stopped where it does not end, and its mistakes are told
-- at its own line. Knows no figure.

local chart = require "lib.chart"
local problem = require "lib.problem"

local M = {}

local MOST_INSTRUCTIONS = 200 * 1000 * 1000
local TAKES = { cells = true, points = true, any = true }

-- A copy of what the function may look at: what it writes into it is its own affair.
local function copy(value, seen)
	if type(value) ~= "table" then
		return value
	end
	seen = seen or {}
	if not seen[value] then
		seen[value] = {}
		for key, item in pairs(value) do seen[value][key] = copy(item, seen) end
	end
	return seen[value]
end

-- The line of the site's code that ran last in a thread that failed, however deep in the kit it did.
local function line_in(thread, path)
	local level = 0
	while true do
		local info = debug.getinfo(thread, level, "Sl")
		if not info then return nil end
		if info.source == "=" .. path then return info.currentline end
		level = level + 1
	end
end

-- Lua's own messages begin with the place, ours with that of the kit's file.
local function without_place(message)
	return (tostring(message):gsub("^[^%s:]*%.lua:%d+: ", ""))
end

local function call(name, paint, path, measurements, options, kit)
	local thread = coroutine.create(paint)
	debug.sethook(thread, function() error("stopped after 200 million instructions: does it loop for ever?", 0) end, "",
		MOST_INSTRUCTIONS)
	local ok, wrong = coroutine.resume(thread, measurements, options, kit)
	if ok and coroutine.status(thread) == "dead" then
		return
	elseif ok then
		wrong = "it yields, and nobody resumes it"
	elseif type(wrong) ~= "string" then
		wrong = ("error() was called with a %s: give it a text"):format(type(wrong))
	end
	-- A function that was left by a tail call is not on the stack: then where it begins.
	local line = line_in(thread, path) or debug.getinfo(paint, "S").linedefined
	problem.throw { path = path, line = line, message = ("figure `%s`: %s"):format(name, without_place(wrong)) }
end

local function options_for(options)
	local own = copy(options)
	own.id, own.alt, own.standalone = nil, nil, nil
	return own
end

local function is_list_of_names(value)
	if type(value) ~= "table" then return false end
	local entries = 0
	for _ in pairs(value) do entries = entries + 1 end
	for _, name in ipairs(value) do
		entries = entries - 1
		if type(name) ~= "string" then return false end
	end
	return entries == 0
end

local function read_one(name, given, path)
	local function wrong(message)
		problem.throw { path = path, message = ("setting `figures.%s`: %s"):format(tostring(name), message) }
	end
	if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") then
		problem.throw { path = path, message = ("setting `figures`: a figure's name is a word of Lua, not `%s`"):format(tostring(name)) }
	end
	local figure = type(given) == "function" and { draw = given } or given
	if type(figure) ~= "table" or type(figure.draw) ~= "function" then
		wrong("a function is expected, or a table { draw = function, options = { … }, takes = … }")
	end
	for key in pairs(figure) do
		if key ~= "draw" and key ~= "options" and key ~= "takes" then
			wrong(("unknown part `%s`: there are draw, options, takes"):format(tostring(key)))
		end
	end
	if figure.options ~= nil and not is_list_of_names(figure.options) then
		wrong("options is a list of names")
	elseif figure.takes ~= nil and not TAKES[figure.takes] then
		wrong("takes is \"cells\", \"points\" or \"any\"")
	end
	return chart.of { name = name, options = figure.options, takes = figure.takes or "any", path = path,
		paint = function(measurements, options, kit)
			call(name, figure.draw, path, copy(measurements), options_for(options), kit)
		end }
end

-- read(given, path) → name → figure, as the registry takes it. given: the setting; path: that of the file it stands in, as
-- the user knows it. Throws a problem.
function M.read(given, path)
	local figures, names = {}, {}
	for name in pairs(given) do names[#names + 1] = name end
	table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
	for _, name in ipairs(names) do
		figures[name] = read_one(name, given[name], path)
	end
	return figures
end

return M
