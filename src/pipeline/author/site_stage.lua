-- Makes stages of what a site's pipeline.lua has under `stages`. Knows where they stand, not what the others do.
local limits = require "author.limits"
local nearest = require "base.nearest"
local problem = require "base.problem"
local sorted_keys = require "base.sorted_keys"

local M = {}

local PARTS = { name = "string", after = "string", before = "string", scope = "string", run = "function" }

-- wrong(message, part, of_key): what is wrong with a part of the stage, or with all of it where `part` is nil.
local function check(given, wrong)
	if type(given) ~= "table" then return wrong(("a table is expected, not a %s"):format(type(given))) end
	local right = true
	for _, key in ipairs(sorted_keys(given)) do
		local value = given[key]
		if not PARTS[key] then
			local known = { "after", "before", "name", "run", "scope" }
			local close = type(key) == "string" and nearest.of(key, known)
			wrong(("unknown part `%s`: %s"):format(tostring(key), close and ("did you mean `%s`?"):format(close)
				or "there are " .. table.concat(known, ", ")), key, true)
			right = false
		elseif type(value) ~= PARTS[key] then
			wrong(("`%s` is a %s, not a %s"):format(key, PARTS[key], type(value)), key)
			right = false
		end
	end
	if not right then return end -- what is missing may be what is misspelt
	if not given.name or not given.name:match("^[%a][%w_-]*$") then
		wrong("it needs a `name`: a letter, then letters, digits, - and _", "name")
	end
	if not given.run then wrong("it needs a function `run`: run = function(values, context) … end") end
	if (given.after == nil) == (given.before == nil) then
		wrong("say where it stands: `after` or `before`, and the name of a stage", given.after and "before" or nil)
	end
	if given.scope and given.scope ~= "post" and given.scope ~= "site" then
		wrong(("`scope` is \"post\" or \"site\", not %q"):format(given.scope), "scope")
	end
end

-- read(given, path, tell) → list of { name, after, before, scope, run, path, number = in the setting }, and of those that are none
-- { name or nil, broken = true }. tell(keys, message, of_key): as the settings have it.
function M.read(given, path, tell)
	local stages, count = {}, 0
	for _ in pairs(given) do count = count + 1 end
	if count ~= #given then tell({ "stages" }, "setting `stages`: it is a list of stages") end
	for i, one in ipairs(given) do
		local right = true
		check(one, function(message, part, of_key)
			right = false
			tell({ "stages", i, part }, ("setting `stages`, entry %d: %s"):format(i, message), of_key)
		end)
		if right then
			stages[#stages + 1] = { name = one.name, after = one.after, before = one.before, scope = one.scope or "post", run = one.run,
				path = path, number = i }
		else
			stages[#stages + 1] = { name = type(one) == "table" and type(one.name) == "string" and one.name or nil, broken = true }
		end
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
	local ok, result, thread = limits.run(path, stage.run, values, own)
	if ok then return result[1] end
	if problem.is(result) then error(result, 0) end
	local line, called = limits.where(thread, stage.path)
	local details = path and ("at %s"):format(path) or nil
	if called then details = details and details .. "\n" .. called or called end
	problem.throw { path = stage.path, line = line, message = ("stage `%s`: %s"):format(stage.name, limits.message(result)),
		details = details }
end

-- insert(stages, own, tell) → the same list with the site's among them, each where it says; tell(keys, message): as the settings
-- have it, for those that cannot stand there.
function M.insert(stages, own, tell)
	-- Beside a stage that is none another may well stand: that one was told.
	local absent, any_absent = {}, false
	for _, given in ipairs(own) do
		if given.name and given.broken then absent[given.name] = true end
		any_absent = any_absent or given.broken and not given.name
	end
	for _, given in ipairs(own) do
		if given.broken then goto next end
		local names, at, wrong, part = {}, nil, nil, nil
		for i, stage in ipairs(stages) do
			names[i] = stage.name
			if stage.name == given.name then wrong, part = "there is a stage of that name already: call it otherwise", "name" end
			if stage.name == (given.after or given.before) then at = given.after and i + 1 or i end
		end
		if not wrong and not at then
			local asked = given.after or given.before
			local close = nearest.of(asked, names)
			part = given.after and "after" or "before"
			wrong = ("it stands %s `%s`, and there is no such stage: %s"):format(part, asked,
				close and ("did you mean `%s`?"):format(close) or "there are " .. table.concat(names, ", "))
		elseif not wrong and at > #stages then
			wrong, part = "nothing comes after `site`: the pages are published by then", "after"
		end
		if wrong then
			if at or not any_absent and not absent[given.after or given.before] then
				tell({ "stages", given.number, part }, ("stage `%s`: %s"):format(given.name, wrong))
			end
			absent[given.name] = true
			goto next
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
		::next::
	end
	return stages
end

return M
