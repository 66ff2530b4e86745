-- Makes stages of what a site's pipeline.lua has under `stages`. Knows where they stand, not what the others do.
local limits = require "author.limits"
local nearest = require "base.nearest"
local problem = require "base.problem"

local M = {}

local PARTS = { name = "string", after = "string", before = "string", scope = "string", run = "function" }

local function check(given, wrong)
	if type(given) ~= "table" then wrong(("a table is expected, not a %s"):format(type(given))) end
	for key, value in pairs(given) do
		if not PARTS[key] then
			local known = { "after", "before", "name", "run", "scope" }
			local close = type(key) == "string" and nearest.of(key, known)
			wrong(("unknown part `%s`: %s"):format(tostring(key), close and ("did you mean `%s`?"):format(close)
				or "there are " .. table.concat(known, ", ")))
		elseif type(value) ~= PARTS[key] then
			wrong(("`%s` is a %s, not a %s"):format(key, PARTS[key], type(value)))
		end
	end
	if not given.name or not given.name:match("^[%a][%w_-]*$") then
		wrong("it needs a `name`: a letter, then letters, digits, - and _")
	elseif not given.run then
		wrong("it needs a function `run`: run = function(values, context) … end")
	elseif (given.after == nil) == (given.before == nil) then
		wrong("say where it stands: `after` or `before`, and the name of a stage")
	elseif given.scope and given.scope ~= "post" and given.scope ~= "site" then
		wrong(("`scope` is \"post\" or \"site\", not %q"):format(given.scope))
	end
end

-- read(given, path) → list of { name, after, before, scope, run, path }. Throws a problem.
function M.read(given, path)
	local stages, count = {}, 0
	for _ in pairs(given) do count = count + 1 end
	if count ~= #given then problem.throw { path = path, message = "setting `stages`: it is a list of stages" } end
	for i, one in ipairs(given) do
		check(one, function(message)
			problem.throw { path = path, message = ("setting `stages`, entry %d: %s"):format(i, message) }
		end)
		stages[i] = { name = one.name, after = one.after, before = one.before, scope = one.scope or "post", run = one.run,
			path = path }
	end
	return stages
end

-- What the site's function sees of the stages' context, and how its mistakes are told.
local function call(stage, values, context, path)
	local function tell(message, place)
		place = type(place) == "table" and place or type(place) == "userdata" and place or {}
		return problem.new { path = path, line = place.line, column = place.column, message = tostring(message) }
	end
	local own = {
		path = path, now = context.now(),
		warn = function(message, place)
			context.warn(tell("warning: " .. tostring(message), place))
		end,
		report = function(message, place) context.report(tell(message, place)) end,
	}
	local ok, result, thread = limits.run(stage.run, values, own)
	if ok then return result[1] end
	if problem.is(result) then error(result, 0) end
	local line, called = limits.where(thread, stage.path)
	local details = path and ("at %s"):format(path) or nil
	if called then details = details and details .. "\n" .. called or called end
	problem.throw { path = stage.path, line = line, message = ("stage `%s`: %s"):format(stage.name, limits.message(result)),
		details = details }
end

-- insert(stages, own) → the same list with the site's among them, each where it says. Throws a problem.
function M.insert(stages, own)
	for _, given in ipairs(own) do
		local function wrong(message)
			problem.throw { path = given.path, message = ("stage `%s`: %s"):format(given.name, message) }
		end
		local names, at = {}, nil
		for i, stage in ipairs(stages) do
			names[i] = stage.name
			if stage.name == given.name then wrong("there is a stage of that name already: call it otherwise") end
			if stage.name == (given.after or given.before) then at = given.after and i + 1 or i end
		end
		if not at then
			local asked = given.after or given.before
			local close = nearest.of(asked, names)
			wrong(("it stands %s `%s`, and there is no such stage: %s"):format(given.after and "after" or "before", asked,
				close and ("did you mean `%s`?"):format(close) or "there are " .. table.concat(names, ", ")))
		elseif at > #stages then
			wrong("nothing comes after `site`: the pages are published by then")
		end
		local made = { name = given.name, scope = given.scope, reads = table.move(names, 1, at - 1, 1, {}) }
		if given.scope == "site" then
			made.run = function(inputs, context)
				local posts = {}
				for i, input in ipairs(inputs) do
					posts[i] = {}
					for _, name in ipairs(made.reads) do posts[i][name] = rawget(input, name) end
					posts[i].path = input.item.path
				end
				local values = call(given, posts, context, nil)
				return type(values) == "table" and values or nil
			end
		else
			made.run = function(input, context, item)
				local values = {}
				for _, name in ipairs(made.reads) do values[name] = rawget(input, name) end
				return call(given, values, context, item.path)
			end
		end
		table.insert(stages, at, made)
	end
	return stages
end

return M
