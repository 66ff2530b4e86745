-- Runs and timelines → measurements, kept under the cell's key and frozen under its label, so that what has not changed is
-- not run again.
local cell_expectation = require "cell.cell_expectation"
local expectation = require "cell.expectation"
local file = require "livepost.file"
local frozen = require "measurement.frozen"
local hang_words = require "timeline.hang_words"
local hash = require "livepost.hash"
local json = require "livepost.json"
local kept_form = require "measurement.measurement"
local places = require "measurement.places"
local printable = require "base.printable"
local problem = require "base.problem"
local sweep = require "measurement.sweep"
local units = require "base.units"

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
		lines = found.lines, sanitizers = runs.sanitized and json.array(runs.sanitized),
		exit = { code = kept.code, signal = kept.signal, ending = kept.ending ~= "exit" and kept.ending or nil },
		output = printable.utf8(kept.out), errors = printable.utf8(kept.err),
	}
end

-- Warnings point into the post, whose lines move.
local function move_warnings(warnings, before, now)
	local moved = places.mover(before, now)
	if not moved then return warnings end
	for _, one in ipairs(warnings) do one.path, one.line = moved(one.path, one.line) end
	return warnings
end

-- told: by place and words, as all points of a sweep are one piece of code. The page shows them with the first point.
local function tell_warnings(warnings, told, measurement, context)
	measurement.warnings = {}
	for _, one in ipairs(warnings) do
		local key = ("%s:%d:%s:%s"):format(one.path, one.line, one.column, one.message)
		if told[key] then goto continue end
		told[key] = true
		table.insert(measurement.warnings, { path = one.path, line = one.line, message = one.message })
		context.warn(problem.new { path = context.shown(one.path), line = one.line, column = one.column,
			message = "warning: " .. one.message, details = one.details })
		::continue::
	end
end

-- What is wrong with how the runs of a cell ended, nil for nothing: told with what its threads waited for, where they
-- hung, and with what the program itself said last.
local function fault(cell, runs, found, context)
	local message = runs.wrong
	local ending = cell.expect and not cell.expect.share and cell.expect.ending
	if not message and ending and ending.kind == "deadlock" then
		message = expectation.no_deadlock(found.timeline)
	end
	if not message and runs.fault then
		local one = runs.fault
		return problem.new { path = one.path and context.shown(one.path) or cell.path, line = one.line, column = one.column,
			message = sweep.called(cell) .. ": " .. one.message, details = one.details }
	end
	if not message then return nil end
	local last = runs[found.median_run]
	if not cell.expect and last.ending == "timeout" and found.timeline and found.timeline.hang and found.timeline.hang.deadlock then
		message = ("stopped after %s, its timeout, in a deadlock: where that is what it is to show, say so with `expect: deadlock`")
			:format(units.duration(cell.timeout_ns))
	end
	local details = found.timeline and found.timeline.hang and hang_words.lines(found.timeline) or {}
	if runs.more then details[#details + 1] = runs.more end
	local said = last.err
	if said ~= "" then details[#details + 1] = printable.utf8(said):sub(1, 2000) end
	-- Where an interpreter stopped, its own words say.
	local place = runs.wrong_place and runs.wrong_place.path == cell.path_of_post and runs.wrong_place
	place = place or cell_expectation.place(cell, last.ending == "service" and "service" or "expect")
	return problem.new { path = cell.path, line = place.line, column = place.column,
		message = sweep.called(cell) .. ": " .. message, details = table.concat(details, "\n") }
end

local function write(path, bytes)
	problem.must(file.write(path, bytes))
end

-- What is kept of a cell that was just run: its measurement, and what that depends on.
local function record_of(cell, build, found, measurement, context)
	build = build or {}
	return {
		version = kept_form.VERSION, code_path = cell.code_path, code_line = cell.code_line, pieces = places.pieces(cell),
		tried = context.recorder():method(), headers = build.headers or {}, absent = build.absent or json.array {},
		warnings = json.array(build.warnings or {}), inputs = found.inputs, measurement = measurement,
	}
end

-- The measurement of a cell that need not run, at the lines where its code stands now.
local function take_kept(cell, found)
	local measurement = found.kept.measurement
	measurement.label, measurement.at = cell.label, cell.at
	local now = places.pieces(cell)
	places.move(measurement, found.kept.pieces, now)
	found.kept.warnings = move_warnings(found.kept.warnings, found.kept.pieces, now)
	found.kept.code_path, found.kept.code_line, found.kept.pieces = cell.code_path, cell.code_line, now
	return measurement
end

-- The page is made of what is frozen: with `freeze: numbers` there is no timeline, here as elsewhere.
local function leave_out_timeline(cell, measurement)
	if not cell.numbers_only or not measurement.timeline then return false end
	measurement.timeline, measurement.numbers_only = nil, true
	return true
end

-- A file that a reader of changes will not read, and that each clone of the repository brings along.
local LARGE_BYTES = 1 << 20

local function tell_large(cell, path, size, has_timeline, context)
	context.warn(problem.new { path = cell.path, line = cell.line, column = cell.column,
		message = ("note: %s: %s takes %s%s"):format(sweep.called(cell), path, units.bytes(size),
			has_timeline and ": `freeze: numbers` freezes all but the timeline, or let the program do less" or ": let the program print less") })
end

-- Freezes what was measured or kept here, unless it is frozen already. It is rounded for that, and from then on on the page.
local function freeze(cell, found, record, context)
	frozen.round(record.measurement)
	if context.freezes then
		if record.measurement.refused then record.measurement.machine = record.measurement.machine or context.machine() end
		if not record.inputs then record.inputs = found.inputs end
		local bytes = frozen.encode(record)
		local path = found.frozen_path:sub(#context.folder + 2)
		write(found.frozen_path, bytes)
		context.froze[path] = hash.of(bytes)
		if #bytes > LARGE_BYTES then tell_large(cell, context.shown(path), #bytes, record.measurement.timeline ~= nil, context) end
	end
end

local function run(input, context)
	local values, told = {}, {}
	for _, cell in ipairs(sweep.cells(input.cells)) do
		local build, kept = input.builds[cell.name], input.kept[cell.name]
		local runs, found = input.runs[cell.name], input.timelines[cell.name]
		told[cell.label] = told[cell.label] or {}
		local wrong = runs and fault(cell, runs, found, context)
		if kept and kept.kept then
			local measurement = take_kept(cell, kept)
			values[cell.name] = measurement
			local shortened = leave_out_timeline(cell, measurement)
			if kept.frozen_path and (kept.holds ~= "frozen" or shortened) then freeze(cell, kept, kept.kept, context) end
			tell_warnings(kept.kept.warnings, told[cell.label], measurement, context)
		elseif wrong and not cell.any_ending then
			context.report(wrong)
		elseif build and build.refused then
			local measurement = { label = cell.label, refused = build.refused, machine = context.machine() }
			values[cell.name] = measurement
			if kept and kept.path and build.headers then
				local record = record_of(cell, build, kept, measurement, context)
				if context.keeps ~= false then write(kept.path, json.encode(record) .. "\n") end
				if kept.frozen_path then freeze(cell, kept, record, context) end
			end
		elseif runs then
			local measurement = measurement_of(cell, runs, found, context)
			values[cell.name] = measurement
			local record = kept and kept.path and record_of(cell, build, kept, measurement, context)
			if record and context.keeps ~= false then write(kept.path, json.encode(record) .. "\n") end
			leave_out_timeline(cell, measurement)
			if record and kept.frozen_path then freeze(cell, kept, record, context) end
			-- Behind what is written: on the page they are at the lines where they are now.
			tell_warnings(build and build.warnings or {}, told[cell.label], measurement, context)
		end
	end
	return sweep.gather(input.cells, values)
end

return { name = "measurements", scope = "post", reads = { "cells", "kept", "builds", "runs", "timelines" }, run = run }
