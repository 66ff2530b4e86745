-- Runs the stages in their order and keeps each one's value; knows nothing of what a stage does.
local problem = require "base.problem"
local span = require "livepost.span"

local M = {}

-- Exactly what the stage says it reads, and nothing else: a stage that reaches further fails here, at once.
local function input_of(stage, values)
	local input = {}
	for _, name in ipairs(stage.reads) do
		input[name] = values[name]
	end
	return setmetatable(input, { __index = function(_, name)
		error(("stage %s reads %s without saying so"):format(stage.name, name), 2)
	end })
end

-- An error that is no problem of the author's is one of ours: told with its traceback.
local function to_problem(value, place, stage)
	if problem.is(value) then
		value.path = value.path or place
		return value
	end
	if type(value) == "table" and value.message then -- from a template
		return problem.new { path = value.path or place, line = value.line, column = value.column, message = value.message }
	end
	return problem.new { path = place, message = ("stage %s: %s"):format(stage.name, tostring(value)) }
end

local function protect(value)
	return type(value) == "table" and value or debug.traceback(tostring(value), 2)
end

-- items: the things that flow, each { path = … }, given values as they pass the stages. context: what all stages may use,
-- of it report(problem) is called for each problem. A post with a problem goes no further; a stage of scope "site" sees
-- those that are left, and one with `whole` runs only when there was no problem at all. upto: the last stage's name.
-- Returns true when nothing was reported.
function M.run(stages, items, context, upto)
	local clean = true
	local report = context.report
	local failed = {} -- also those that were dropped: none of them goes further
	local current
	context.report = function(found)
		clean = false
		if current then failed[current] = true end
		found.path = found.path or (current and current.path)
		report(found)
	end
	-- The post at hand goes no further, and nothing is wrong with it.
	context.drop = function() failed[current] = true end
	-- For a stage that sees all posts: which of them the problem is one of.
	context.report_for = function(item, found)
		current = item
		context.report(found)
		current = nil
	end
	for _, item in ipairs(items) do
		item.values = {}
	end
	local function run_post(stage, item)
		current = item
		local ok, value = span.within(stage.name, xpcall, stage.run, protect, input_of(stage, item.values), context, item)
		if not ok then context.report(to_problem(value, item.path, stage)) end
		if ok and not failed[item] then item.values[stage.name] = value end
		current = nil
	end
	local function run_site(stage)
		local left, inputs = {}, {}
		for _, item in ipairs(items) do
			if not failed[item] then left[#left + 1] = item end
		end
		for i, item in ipairs(left) do
			inputs[i] = input_of(stage, item.values)
			rawset(inputs[i], "item", item)
		end
		local ok, values = span.within(stage.name, xpcall, stage.run, protect, inputs, context)
		if not ok then
			context.report(to_problem(values, nil, stage))
			return false
		end
		for i, item in ipairs(left) do
			item.values[stage.name] = values and values[i]
		end
		return true
	end
	local first = 1
	while stages[first] do
		local last = first
		if stages[first].scope == "post" then
			-- One post goes through all of these before the next does: what was measured of it is safe by then, and its
			-- problems are told together.
			while stages[last].name ~= upto and stages[last + 1] and stages[last + 1].scope == "post" do last = last + 1 end
			for _, item in ipairs(items) do
				for i = first, last do
					if not failed[item] then run_post(stages[i], item) end
					if context.stopped() then return false end
				end
			end
		elseif clean or not stages[first].whole then
			if not run_site(stages[first]) or context.stopped() then return false end
		end
		if stages[last].name == upto then break end
		first = last + 1
	end
	return clean
end

return M
