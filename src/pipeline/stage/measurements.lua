-- Runs and timelines → measurements, kept under the cell's key so that what has not changed is not run again.
local expectation = require "lib.expectation"
local file = require "livepost.file"
local hang_words = require "lib.hang_words"
local json = require "livepost.json"
local kept_form = require "lib.measurement"
local places = require "lib.places"
local printable = require "lib.printable"
local problem = require "lib.problem"
local sweep = require "lib.sweep"
local units = require "lib.units"

local function measurement_of(cell, runs, found, context)
	local kept_runs = json.array {}
	for i, one in ipairs(runs) do
		kept_runs[i] = {
			wall_ns = one.wall_ns, user_ns = one.user_ns, system_ns = one.system_ns, voluntary = one.voluntary,
			involuntary = one.involuntary, max_rss_bytes = one.max_rss_bytes,
		}
	end
	local median = found.median_run
	local kept = runs[median]
	return {
		label = cell.label, at = cell.at, outcomes = runs.outcomes and runs.outcomes:list(), method = found.method, method_why = found.method_why, machine = context.machine(),
		measured_at = context.now(), runs = kept_runs, wall = found.wall, median_run = median, timeline = found.timeline,
		lines = found.lines,
		exit = { code = kept.code, signal = kept.signal, ending = kept.ending ~= "exit" and kept.ending or nil },
		output = printable.utf8(kept.out), errors = printable.utf8(kept.err),
	}
end

-- Warnings point into the post, whose lines move: kept relative to the cell.
local function move_warnings(warnings, cell, lines)
	local moved = json.array {}
	for i, one in ipairs(warnings) do
		local copy = {}
		for name, value in pairs(one) do copy[name] = value end
		if one.path == cell.code_path then copy.line = one.line + lines end
		moved[i] = copy
	end
	return moved
end

-- told: by place and words, as all points of a sweep are one piece of code.
local function tell_warnings(warnings, told, context)
	for _, one in ipairs(warnings) do
		local key = ("%s:%d:%s:%s"):format(one.path, one.line, one.column, one.message)
		if told[key] then goto continue end
		told[key] = true
		context.warn(problem.new { path = context.shown(one.path), line = one.line, column = one.column,
			message = "warning: " .. one.message, details = one.details })
		::continue::
	end
end

-- What is wrong with how the runs of a cell ended, nil for nothing: told with what its threads waited for, where they
-- hung, and with what the program itself said last.
local function fault(cell, runs, found)
	local message = runs.wrong
	if not message and cell.expect and cell.expect.kind == "deadlock" then
		message = expectation.no_deadlock(found.timeline)
	end
	if not message then return nil end
	local last = runs[found.median_run]
	if not cell.expect and last.ending == "timeout" and found.timeline and found.timeline.hang and found.timeline.hang.deadlock then
		message = ("stopped after %s, its timeout, in a deadlock: where that is what it is to show, say so with `expect: deadlock`")
			:format(units.duration(cell.timeout_ns))
	end
	local details = found.timeline and found.timeline.hang and hang_words.lines(found.timeline) or {}
	local said = last.err
	if said ~= "" then details[#details + 1] = printable.utf8(said):sub(1, 2000) end
	return problem.new { path = cell.path, line = cell.line, column = cell.column,
		message = sweep.called(cell) .. ": " .. message, details = table.concat(details, "\n") }
end

local function keep(cell, build, measurement, context)
	local written, why = file.write(build.kept_path, json.encode {
		version = kept_form.VERSION, code_path = cell.code_path, code_line = cell.code_line, tried = context.recorder():method(),
		headers = build.headers, absent = build.absent, warnings = move_warnings(build.warnings, cell, -cell.code_line),
		measurement = measurement,
	} .. "\n")
	if written == nil then problem.throw { message = why } end
end

local function run(input, context)
	local values, told = {}, {}
	for _, cell in ipairs(sweep.cells(input.cells)) do
		local build = input.builds[cell.name]
		local runs, found = input.runs[cell.name], input.timelines[cell.name]
		told[cell.label] = told[cell.label] or {}
		local wrong = runs and not (build and build.kept) and fault(cell, runs, found)
		if build and build.kept then
			local measurement = build.kept.measurement
			measurement.label, measurement.at = cell.label, cell.at
			places.move(measurement, build.kept.code_path, cell.code_path, cell.code_line - build.kept.code_line)
			values[cell.name] = measurement
			tell_warnings(move_warnings(build.kept.warnings or {}, cell, cell.code_line), told[cell.label], context)
		elseif wrong and not cell.any_ending then
			context.report(wrong)
		elseif runs then
			local measurement = measurement_of(cell, runs, found, context)
			values[cell.name] = measurement
			tell_warnings(build and build.warnings or {}, told[cell.label], context)
			if build and build.kept_path then keep(cell, build, measurement, context) end
		end
	end
	return sweep.gather(input.cells, values)
end

return { name = "measurements", scope = "post", reads = { "cells", "builds", "runs", "timelines" }, run = run }
