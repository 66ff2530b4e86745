-- Programs → runs: each executed alone in the sandbox, recorded, and again; one run of each cell in turn (A B C A B C),
-- so that what the machine does meanwhile falls on all of them alike. The first round warms up and is not counted; its
-- runs are sampled, which makes them longer, for the time of each line.
local expectation = require "lib.expectation"
local process = require "livepost.process"
local problem = require "lib.problem"
local units = require "lib.units"

local LIMITS = { output_bytes = 1 << 20, processes = 512, memory_bytes = 4 << 30, scratch_bytes = 64 << 20 }

-- What an author is told of a run that did not end well: what happened, and what to do. nil for one that did.
local function complaint(result, cell)
	if cell.expect then
		return not expectation.is_ending(cell.expect, result) and expectation.miss(cell.expect, result) or nil
	end
	local after = units.duration(result.wall_ns)
	if result.ending == "timeout" then
		local limit = units.duration(cell.timeout_ns)
		if result.tasks >= LIMITS.processes - 32 then
			return ("stopped after %s with %d processes and threads alive, at the limit of %d: does it fork without end?")
				:format(limit, result.tasks, LIMITS.processes)
		elseif result.tasks == 0 then -- whoever counts them got no turn in ten seconds
			return ("stopped after %s with more processes and threads alive than could be counted: does it fork without end?")
				:format(limit)
		end
		return ("stopped after %s, its timeout, with %s alive: does it hang? If it needs longer, say so "
			.. "with `timeout:`"):format(limit, result.tasks == 1 and "one thread" or ("%d processes and threads"):format(result.tasks))
	elseif result.ending == "flood" then
		return "wrote more than 1 MiB of output and was stopped: print less"
	elseif result.ending == "signal" then
		return ("killed by SIG%s (%s) after %s: run it in a debugger, or build it with -fsanitize=address")
			:format(result.signal, result.signal_text:lower(), after)
	elseif result.code ~= 0 then
		return ("exit code %d after %s: a cell that works ends with 0"):format(result.code, after)
	end
end

local function path_of(cell)
	return "/cell/" .. cell.label
end

-- The sandbox of one run: a compiled program has nothing in it but itself, one outside of a post also what
-- stage/program.lua found that it needs.
local function plan_of(cell, build)
	local around = cell.surroundings or {}
	local plan = { argv = {}, files = {}, limits = { wall_ns = cell.timeout_ns }, folders = around.folders,
		directory = around.directory, environment = around.environment, input = around.input,
		input_is_ours = around.input_is_ours }
	for name, value in pairs(LIMITS) do plan.limits[name] = value end
	for _, one in ipairs(cell.takes or {}) do
		if one.bytes and not one.is_there then plan.files[#plan.files + 1] = one end
	end
	if cell.argv then
		table.move(cell.argv, 1, #cell.argv, 1, plan.argv)
	else
		plan.argv[1] = path_of(cell)
		plan.files[#plan.files + 1] = { path = plan.argv[1], bytes = build.program, program = true }
	end
	for _, argument in ipairs(cell.arguments or {}) do plan.argv[#plan.argv + 1] = argument end
	return plan
end

local function run_once(cell, build, recorder, sample)
	local result, why = process.run(plan_of(cell, build), recorder, { sample = sample })
	if not result then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = why } end
	return result
end

local function run(input, context)
	local values, pending = {}, {}
	for _, cell in ipairs(input.cells) do
		local build = input.builds[cell.label]
		if cell.argv or build and build.program then
			values[cell.label] = { path = path_of(cell) }
			pending[#pending + 1] = cell
		end
	end
	local done = 0
	while #pending > 0 do
		local left = {}
		for _, cell in ipairs(pending) do
			local runs = values[cell.label]
			local last = runs[#runs] or runs.warmup
			local warms_up = cell.warmup and not last
			context.progress.running(cell, #runs + 1, last and last.wall_ns or nil)
			local result = run_once(cell, input.builds[cell.label], context.recorder(), warms_up or cell.sampled)
			if context.stopped() then return end
			local wrong = complaint(result, cell)
			if warms_up and not wrong then
				runs.warmup = result
			else
				runs[#runs + 1] = result
			end
			if wrong and not cell.any_ending then
				-- Told by the stage that keeps measurements, when those of the other cells are safe.
				runs.wrong = wrong
			end
			if wrong or #runs == cell.runs then
				done = done + 1
				context.progress.ran(cell, runs, done)
			else
				left[#left + 1] = cell
			end
		end
		pending = left
	end
	return values
end

return { name = "runs", scope = "post", reads = { "cells", "builds" }, run = run }
