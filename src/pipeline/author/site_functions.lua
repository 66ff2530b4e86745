-- Makes functions of authors' Lua of those that a site's pipeline.lua has under `functions`. Knows no post, and nothing of what
-- they compute.
local limits = require "author.limits"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"

local M = {}

-- What the function sees that a post has called: { own = what such functions have set in this post, functions, environment =
-- that of the post's Lua }; nil where none was called.
local at_work

-- globals(libraries) → the environment of a site's pipeline.lua. Functions of it that a post calls see besides each other and
-- what the post's Lua sees. What they set is gone with the post: what one says must not depend on the posts before.
function M.globals(libraries)
	local site = {}
	return setmetatable({}, {
		__index = function(_, name)
			local found
			if at_work then found = at_work.own[name] end
			if found == nil then found = site[name] end
			if found == nil and at_work then found = at_work.functions[name] end
			if found == nil and at_work then found = at_work.environment[name] end
			if found == nil then found = libraries[name] end
			return found
		end,
		__newindex = function(_, name, value)
			(at_work and at_work.own or site)[name] = value
		end,
	})
end

-- read(given, path, tell) → name → { call, path }. given: the setting; path: that of the file it stands in, as the user knows it;
-- tell(keys, message, of_key): as the settings have it.
function M.read(given, path, tell)
	local functions = {}
	for _, name in ipairs(sorted_keys(given)) do
		local value = given[name]
		if type(name) ~= "string" or not name:match("^[%a_][%w_]*$") then
			tell({ "functions", name }, ("setting `functions`: a function's name is a word of Lua, not `%s`"):format(tostring(name)), true)
		elseif type(value) ~= "function" then
			tell({ "functions", name }, ("setting `functions.%s`: a function is expected, not a %s"):format(name, type(value)))
		else
			functions[name] = { call = value, path = path }
		end
	end
	return functions
end

-- Told where the function failed, while what it was called by still stands on the stack.
local function failed(name, one, wrong)
	if problem.is(wrong) then return wrong end
	local line, called = limits.where(coroutine.running(), one.path)
	-- A function that was left by a tail call is not on the stack: then where it begins.
	return problem.new { path = one.path, line = line or debug.getinfo(one.call, "S").linedefined, details = called,
		message = ("function `%s`: %s"):format(name, limits.message(wrong)) }
end

-- Puts functions, as M.read returns them, into the environment of a post's Lua. What goes wrong in one is thrown as a problem.
function M.add(functions, environment)
	local work = { own = {}, functions = {}, environment = environment }
	for name, one in pairs(functions) do
		work.functions[name] = one.call
		environment[name] = function(...)
			local before = at_work
			at_work = work
			local results = table.pack(xpcall(one.call, function(wrong) return failed(name, one, wrong) end, ...))
			at_work = before
			if not results[1] then error(results[2], 0) end
			return table.unpack(results, 2, results.n)
		end
	end
end

return M
