-- Makes figures of the functions that a site's pipeline.lua has under `figures`, and sees to it that such a function can
-- harm nothing: it gets copies, draws through the kit alone, is stopped where it does not end, and its mistakes are told
-- at its own line. Knows no figure.

local chart = require "chart.chart"
local limits = require "author.limits"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"

local M = {}

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

local function call(name, paint, path, measurements, options, kit)
	local ok, wrong, thread = limits.run(path, paint, measurements, options, kit)
	if ok then return end
	-- A function that was left by a tail call is not on the stack: then where it begins.
	local line, called = limits.where(thread, path)
	problem.throw { path = path, line = line or debug.getinfo(paint, "S").linedefined, details = called,
		message = ("figure `%s`: %s"):format(name, limits.message(wrong)) }
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

-- wrong(message, part, of_key): what is wrong with a part of the figure, or with all of it where `part` is nil.
local function read_one(name, given, path, wrong)
	local figure = type(given) == "function" and { draw = given } or given
	if type(figure) ~= "table" or type(figure.draw) ~= "function" then
		return wrong("a function is expected, or a table { draw = function, options = { … }, takes = … }", type(figure) == "table" and "draw" or nil)
	end
	local right = true
	local function refuse(...)
		right = false
		wrong(...)
	end
	for _, key in ipairs(sorted_keys(figure)) do
		if key ~= "draw" and key ~= "options" and key ~= "takes" then
			refuse(("unknown part `%s`: there are draw, options, takes"):format(tostring(key)), key, true)
		end
	end
	if figure.options ~= nil and not is_list_of_names(figure.options) then refuse("options is a list of names", "options") end
	if figure.takes ~= nil and not TAKES[figure.takes] then refuse("takes is \"cells\", \"points\" or \"any\"", "takes") end
	return right and chart.of { name = name, options = figure.options, takes = figure.takes or "any", path = path,
		paint = function(measurements, options, kit)
			call(name, figure.draw, path, copy(measurements), options_for(options), kit)
		end } or nil
end

-- read(given, path, tell) → name → figure, as the registry takes it. given: the setting; path: that of the file it stands in, as
-- the user knows it; tell(keys, message, of_key): as the settings have it.
function M.read(given, path, tell)
	local figures = {}
	for _, name in ipairs(sorted_keys(given)) do
		if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") then
			tell({ "figures", name }, ("setting `figures`: a figure's name is a word of Lua, not `%s`"):format(tostring(name)), true)
		else
			figures[name] = read_one(name, given[name], path, function(message, part, of_key)
				tell({ "figures", name, part }, ("setting `figures.%s`: %s"):format(name, message), of_key)
			end)
		end
	end
	return figures
end

return M
