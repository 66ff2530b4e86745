-- Programs → runs: each executed alone in the sandbox, recorded, and again; one run of each cell in turn (A B C A B C),
-- so that what the machine does meanwhile falls on all of them alike. The first round warms up and is not counted; its
-- runs are sampled, which makes them longer, for the time of each line. What a claim cannot tell by these is run again.
local claims = require "lib.claims"
local expectation = require "lib.expectation"
local measure = require "livepost.measure"
local outcomes = require "lib.outcomes"
local process = require "livepost.process"
local problem = require "lib.problem"
local sweep = require "lib.sweep"
local units = require "lib.units"

local LIMITS = { output_bytes = 1 << 20, processes = 512, memory_bytes = 4 << 30, scratch_bytes = 64 << 20 }

-- What an author is told of a run that did not end well: what happened, and what to do. nil for one that did.
local function complaint(result, cell)
	if cell.expect then
		return not expectation.is_ending(cell.expect, result) and expectation.miss(cell.expect, result) or nil
	elseif cell.outcomes then
		return nil -- however it ends, that is one of them
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

-- How many runs of a cell have their records and output at once; which is the median is known at the end only.
local MOST_RECORDED = 24

-- Lets go of the run that is furthest from the median of those so far, as soon as there are too many. Never of the last
-- one, which may be the one that went wrong.
local function let_go(runs)
	if runs.recorded <= MOST_RECORDED then return end
	local walls = {}
	for i, one in ipairs(runs) do walls[i] = one.wall_ns end
	local median_ns = measure.summary(walls).median_ns
	local furthest, most = 0, -1
	for i = 1, #runs - 1 do
		local distance = math.abs(runs[i].wall_ns - median_ns)
		if runs[i].trace and distance > most then furthest, most = i, distance end
	end
	for _, name in ipairs { "trace", "out", "err", "outputs" } do runs[furthest][name] = nil end
	runs.recorded = runs.recorded - 1
	runs.dropped = (runs.dropped or 0) + 1
	-- Records are memory that Lua's collector does not see.
	if runs.dropped % 8 == 0 then collectgarbage() end
end

-- Runs each of the cells in turn until it has as many runs as limit(cell). Returns false where it was interrupted.
local function run_in_turns(cells, limit, values, builds, context)
	local pending = cells
	while #pending > 0 do
		local left = {}
		for _, cell in ipairs(pending) do
			local runs = values[cell.name]
			local last = runs[#runs] or runs.warmup
			local warms_up = cell.warmup and not last
			context.progress.running(cell, #runs + 1, limit(cell), last and last.wall_ns or nil)
			local result = run_once(cell, builds[cell.name], context.recorder(), warms_up or cell.sampled)
			if context.stopped() then return false end
			local wrong = complaint(result, cell)
			if warms_up and not wrong then
				runs.warmup = result
			else
				runs[#runs + 1] = result
				runs.recorded = runs.recorded + 1
				if runs.outcomes then runs.outcomes:add(result) end
				let_go(runs)
			end
			if wrong and not cell.any_ending then
				-- Told by the stage that keeps measurements, when those of the other cells are safe.
				runs.wrong = wrong
			end
			if wrong or #runs >= limit(cell) then
				context.progress.ran(cell, runs)
			else
				left[#left + 1] = cell
			end
		end
		pending = left
	end
	return true
end

-- What claims ask of the runs so far; of the kept cells, what is kept.
local function measured_so_far(cells, points, values, builds)
	local found = {}
	for _, cell in ipairs(points) do
		local runs, build = values[cell.name], builds[cell.name]
		if build and build.kept then
			local kept = build.kept.measurement
			found[cell.name] = { label = cell.label, at = cell.at, runs = kept.runs, wall = kept.wall, median_run = kept.median_run }
		elseif runs then
			local walls = {}
			for i, one in ipairs(runs) do walls[i] = one.wall_ns end
			local wall, median_run = measure.summary(walls)
			found[cell.name] = { label = cell.label, at = cell.at, runs = runs, wall = wall, median_run = median_run }
		end
	end
	return sweep.gather(cells, found)
end

-- Once, and then as often as there is time for: who looks again and again until the runs say what was claimed will find
-- it sooner or later, true or not.
local MOST_TIMES, MOST_MORE = 4, 40
local function limit_of(cell)
	return math.max(cell.runs, math.min(MOST_TIMES * cell.runs, cell.runs + MOST_MORE))
end

-- The cells just run by whose runs a claim cannot be told, where more runs may tell.
local function undecided(input, pending, values, points, context, item)
	if #pending == 0 then return {} end
	for _, cell in ipairs(pending) do
		if values[cell.name].wrong then return {} end
	end
	local asked = claims.undecided(input.cells, measured_so_far(input.cells, points, values, input.builds), item.path)
	local again = {}
	for _, cell in ipairs(pending) do
		if asked[cell.name] and #values[cell.name] < limit_of(cell) then again[#again + 1] = cell end
	end
	if #again > 0 then context.progress.again(again, item.path) end
	return again
end

local function run(input, context, item)
	local values, pending, points = {}, {}, sweep.cells(input.cells)
	for _, cell in ipairs(points) do
		local build = input.builds[cell.name]
		if cell.argv or build and build.program then
			values[cell.name] = { path = path_of(cell), recorded = 0, outcomes = cell.outcomes and outcomes.new() or nil }
			pending[#pending + 1] = cell
		end
	end
	if not run_in_turns(pending, function(cell) return cell.runs end, values, input.builds, context) then return end
	local again = undecided(input, pending, values, points, context, item)
	if not run_in_turns(again, limit_of, values, input.builds, context) then return end
	return values
end

return { name = "runs", scope = "post", reads = { "cells", "builds" }, run = run }
