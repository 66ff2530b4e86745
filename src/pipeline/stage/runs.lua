-- Programs → runs: each executed alone in the sandbox, recorded, and again; one run of each cell in turn (A B C A B C),
-- so that what the machine does meanwhile falls on all of them alike.
local process = require "livepost.process"
local problem = require "lib.problem"
local units = require "lib.units"

local LIMITS = { output_bytes = 1 << 20, processes = 512, memory_bytes = 4 << 30, scratch_bytes = 64 << 20 }

-- What an author is told of a run that did not end well: what happened, and what to do. nil for one that did.
local function complaint(result, cell)
	local after = units.duration(result.wall_ns)
	if result.ending == "timeout" then
		local limit = units.duration(cell.timeout_ns)
		if result.tasks >= LIMITS.processes - 32 then
			return ("stopped after %s with %d processes and threads alive, at the limit of %d: does it fork without end?")
				:format(limit, result.tasks, LIMITS.processes)
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

local function run_once(cell, build, recorder)
	local program = "/cell/" .. cell.label
	local argv = { program }
	for _, argument in ipairs(cell.arguments or {}) do argv[#argv + 1] = argument end
	local limits = { wall_ns = cell.timeout_ns }
	for name, value in pairs(LIMITS) do limits[name] = value end
	local result, why = process.run({
		argv = argv, limits = limits, files = { { path = program, bytes = build.program, program = true } },
	}, recorder)
	if not result then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = why } end
	return result
end

local function run(input, context)
	local values, pending = {}, {}
	for _, cell in ipairs(input.cells) do
		local build = input.builds[cell.label]
		if build and build.program then
			values[cell.label] = {}
			pending[#pending + 1] = cell
		end
	end
	local done = 0
	while #pending > 0 do
		local left = {}
		for _, cell in ipairs(pending) do
			local runs = values[cell.label]
			context.progress.running(cell, #runs + 1, #runs > 0 and runs[#runs].wall_ns or nil)
			local result = run_once(cell, input.builds[cell.label], context.recorder())
			if context.stopped() then return end
			runs[#runs + 1] = result
			local wrong = complaint(result, cell)
			if wrong and not cell.any_ending then
				-- Told by the stage that keeps measurements, when those of the other cells are safe.
				runs.problem = problem.new { path = cell.path, line = cell.line, column = cell.column,
					message = ("cell `%s`: %s"):format(cell.label, wrong), details = result.err:sub(1, 2000) }
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
