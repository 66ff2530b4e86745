-- Programs → runs: each executed alone in the sandbox, recorded, and again; one run of each cell in turn (A B C A B C),
-- so that what the machine does meanwhile falls on all of them alike. The first round warms up and is not counted; its
-- runs are sampled, which makes them longer, for the time of each line. What a claim cannot tell by these is run again.
local claims = require "author.claims"
local expectation = require "cell.expectation"
local measure = require "livepost.measure"
local outcomes = require "measurement.outcomes"
local process = require "livepost.process"
local problem = require "base.problem"
local sanitizer_trial = require "cell.sanitizer_trial"
local sanitizers = require "cell.sanitizers"
local services = require "cell.services"
local sources = require "cell.sources"
local sweep = require "measurement.sweep"
local units = require "base.units"
local walls_of = require "measurement.walls"

local LIMITS = { output_bytes = 1 << 20, processes = 512, memory_bytes = 4 << 30, scratch_bytes = 64 << 20 }

-- What an author is told of a run that did not do what it should: what happened, what to do, and more of it. nil for one
-- that did.
local function complaint(result, cell, context)
	if result.ending == "service" then
		return services.words(context.config.services[cell.services[result.unserved.service]], result.unserved)
	elseif cell.expect and cell.expect.share then
		return nil -- how often it came is asked at the end
	elseif cell.expect then
		return expectation.miss(cell.expect, result)
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

-- Where the files of a cell's folder lie for its program, which may write beside them.
local WORK = "/tmp/"

local function add_services(plan, cell, build, context)
	if not cell.services then return end
	plan.services = {}
	for i, name in ipairs(cell.services) do
		local files
		plan.services[i], files = services.plan(context.config.services[name], build.services and build.services[name], context.folder,
			context.source)
		table.move(files, 1, #files, #plan.files + 1, plan.files)
	end
end

-- What a sanitizer needs besides. Programs are some ten times slower with it, and some eight times larger.
local SLOWER, LARGER, LONGEST_NS = 10, 8, 600 * 1000000000
local function change_for(sanitizer, plan, cell, build)
	for i, one in ipairs(plan.files) do
		if one == build.files[1] then plan.files[i] = { path = one.path, bytes = build.sanitized[sanitizer], program = true } end
	end
	plan.environment = table.move(plan.environment or {}, 1, #(plan.environment or {}), 1, {})
	for _, variable in ipairs(sanitizers.environment(sanitizer)) do table.insert(plan.environment, variable) end
	if sanitizers.reserves(sanitizer) then
		-- Terabytes of addresses are reserved: what is really used is bounded instead.
		plan.limits.resident_bytes = cell.memory_bytes and LARGER * cell.memory_bytes or LIMITS.memory_bytes
		plan.limits.memory_bytes = 0
		plan.fixed_addresses = true
	end
	plan.limits.wall_ns = expectation.hangs(cell.expect) and cell.timeout_ns + 1000000000
		or math.max(cell.timeout_ns, math.min(SLOWER * cell.timeout_ns, LONGEST_NS))
end

-- The sandbox of one run: a compiled program has nothing in it but itself and what its cell asks for, one outside of a post
-- also what stage/program.lua found that it needs.
-- sanitizer: the one that the program was built with, or nil.
local function plan_of(cell, build, context, sanitizer)
	local around = cell.surroundings or {}
	local plan = { argv = {}, files = {}, limits = { wall_ns = cell.timeout_ns }, folders = around.folders,
		directory = around.directory, environment = around.environment, input = around.input or cell.input,
		input_is_ours = around.input_is_ours }
	for name, value in pairs(LIMITS) do plan.limits[name] = value end
	plan.limits.memory_bytes = cell.memory_bytes or LIMITS.memory_bytes
	for _, one in ipairs(cell.takes or {}) do
		if one.bytes and not one.is_there then plan.files[#plan.files + 1] = one end
	end
	if cell.argv then
		table.move(cell.argv, 1, #cell.argv, 1, plan.argv)
	else
		table.move(build.argv, 1, #build.argv, 1, plan.argv)
		table.move(build.files, 1, #build.files, #plan.files + 1, plan.files)
		plan.environment = plan.environment or build.environment
	end
	if cell.workdir then
		plan.directory = WORK .. cell.workdir.path:match("[^/]+$")
		for _, one in ipairs(cell.workdir.files) do
			plan.files[#plan.files + 1] = { path = plan.directory .. one.path:sub(#cell.workdir.path + 1), bytes = one.bytes }
		end
	end
	for _, argument in ipairs(cell.arguments or {}) do plan.argv[#plan.argv + 1] = argument end
	add_services(plan, cell, build, context)
	if sanitizer then change_for(sanitizer, plan, cell, build) end
	return plan
end

local function run_once(cell, build, sample, context)
	local result, why = process.run(plan_of(cell, build, context), context.recorder(), { sample = sample })
	if not result then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = why } end
	-- What interpreters say of their scripts, at the author's own lines.
	if build and build.layout then
		local path, line
		result.err, path, line = sources.told(result.err, build.layout)
		result.place = path and { path = path, line = line }
	end
	return result
end

-- How many runs of a cell have their records and output at once; which is the median is known at the end only.
local MOST_RECORDED = 24

-- Lets go of the run that is furthest from the median of those so far, as soon as there are too many. Never of the last
-- one, which may be the one that went wrong.
local function let_go(runs)
	if runs.recorded <= MOST_RECORDED then return end
	local median_ns = measure.summary(walls_of(runs)).median_ns
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

-- Cells that are compared follow each other at once, point by point, and every other round in the other order: what changes
-- slowly, or from one run to the next, falls on both alike.
local function in_order(cells, round)
	local order, groups, seen = {}, {}, {}
	for _, cell in ipairs(cells) do
		local group = cell.group and cell.group .. (cell.at and "\0" .. sweep.words(cell.at) or "")
		if not group then
			order[#order + 1] = { cell }
		elseif not groups[group] then
			groups[group] = { cell }
			order[#order + 1] = groups[group]
		else
			table.insert(groups[group], round % 2 == 1 and #groups[group] + 1 or 1, cell)
		end
	end
	for _, together in ipairs(order) do
		for _, cell in ipairs(together) do seen[#seen + 1] = cell end
	end
	return seen
end

-- Runs each of the cells in turn until it has as many runs as limit(cell). Returns false where it was interrupted.
local function run_in_turns(cells, limit, values, builds, context)
	local pending, round = cells, 0
	while #pending > 0 do
		local again = {}
		round = round + 1
		for _, cell in ipairs(in_order(pending, round)) do
			local runs = values[cell.name]
			local last = runs[#runs] or runs.warmup
			local warms_up = cell.warmup and not last
			context.progress.running(cell, #runs + 1, limit(cell), last and last.wall_ns or nil)
			local result = run_once(cell, builds[cell.name], warms_up or cell.sampled, context)
			if context.stopped() then return false end
			local wrong, more = complaint(result, cell, context)
			if warms_up and not wrong then
				runs.warmup = result
			else
				runs[#runs + 1] = result
				runs.recorded = runs.recorded + 1
				if runs.outcomes and result.ending ~= "service" then runs.outcomes:add(result) end
				if cell.expect and cell.expect.share and not expectation.miss(cell.expect, result) then runs.hits = (runs.hits or 0) + 1 end
				let_go(runs)
			end
			if wrong and cell.shows_failure and result.ending ~= "service" then
				runs.failed = wrong
			elseif wrong and not cell.any_ending then
				-- Told by the stage that keeps measurements, when those of the other cells are safe.
				runs.wrong, runs.more = wrong, more
				runs.wrong_place = result.place
			end
			if wrong or #runs >= limit(cell) then
				context.progress.ran(cell, runs)
			else
				again[cell] = true
			end
		end
		local left = {}
		for _, cell in ipairs(pending) do
			if again[cell] then left[#left + 1] = cell end
		end
		pending = left
	end
	return true
end

-- What claims ask of the runs so far; of the kept cells, what is kept.
local function measured_so_far(cells, points, values, kept)
	local found = {}
	for _, cell in ipairs(points) do
		local runs, found_kept = values[cell.name], kept[cell.name]
		if found_kept and found_kept.kept then
			local one = found_kept.kept.measurement
			found[cell.name] = { label = cell.label, at = cell.at, runs = one.runs, wall = one.wall, median_run = one.median_run }
		elseif runs then
			local wall, median_run = measure.summary(walls_of(runs))
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
	local asked = claims.undecided(input.cells, measured_so_far(input.cells, points, values, input.kept), item.path,
		context.config.functions)
	local again, groups = {}, {}
	for _, cell in ipairs(pending) do
		if asked[cell.name] and cell.group then groups[cell.group] = true end
	end
	for _, cell in ipairs(pending) do
		-- Those that are compared stay pairs.
		local wanted = asked[cell.name] or cell.group and groups[cell.group]
		if wanted and not values[cell.name].failed and #values[cell.name] < limit_of(cell) then again[#again + 1] = cell end
	end
	if #again > 0 then context.progress.again(again, item.path) end
	return again
end

-- How often what is expected of some runs only came in all of them.
local function count_hits(cell, runs)
	if runs.wrong or not (cell.expect and cell.expect.share) then return end
	runs.wrong = expectation.share_miss(cell.expect, runs.hits or 0, #runs)
end

-- Runs the program with each of its sanitizers, alone, unrecorded and uncounted. Returns false where it was interrupted.
local function run_sanitized(cell, runs, build, context)
	for _, name in ipairs(cell.sanitizers or {}) do
		if runs.wrong or runs.fault then return true end
		local trial = sanitizer_trial.new(cell, name)
		while not trial:is_over() do
			context.progress.trying(cell, sanitizers.title(name))
			local results, why = process.run_all({ plan_of(cell, build, context, name) }, 1)
			if context.stopped() then return false end
			if not results then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = why } end
			local result = results[1]
			if result.ending == "service" then
				local wrong, more = complaint(result, cell, context)
				trial:fail(wrong, more)
			else
				trial:add(result)
			end
		end
		runs.sanitized = runs.sanitized or {}
		runs.sanitized[#runs.sanitized + 1], runs.fault = trial:finish()
	end
	return true
end

local function run(input, context, item)
	local values, pending, points = {}, {}, sweep.cells(input.cells)
	for _, cell in ipairs(points) do
		local build = input.builds[cell.name]
		if cell.argv or build and build.argv then
			values[cell.name] = { path = path_of(cell), recorded = 0, outcomes = cell.outcomes and outcomes.new() or nil }
			pending[#pending + 1] = cell
		end
	end
	if not run_in_turns(pending, function(cell) return cell.runs end, values, input.builds, context) then return end
	local again = undecided(input, pending, values, points, context, item)
	if not run_in_turns(again, limit_of, values, input.builds, context) then return end
	for _, cell in ipairs(pending) do
		count_hits(cell, values[cell.name])
		if not run_sanitized(cell, values[cell.name], input.builds[cell.name], context) then return end
	end
	return values
end

return { name = "runs", scope = "post", reads = { "cells", "kept", "builds" }, run = run }
