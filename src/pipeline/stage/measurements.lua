-- Runs and timelines → measurements, kept under the cell's key so that what has not changed is not run again.
local file = require "livepost.file"
local json = require "livepost.json"
local problem = require "lib.problem"

local function utf8_text(bytes)
	if utf8.len(bytes) then return bytes end
	-- A program may print any bytes; a page and JSON cannot hold them.
	return (bytes:gsub("[\128-\255]+", function(run)
		return utf8.len(run) and run or ("\u{FFFD}"):rep(#run)
	end))
end

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
		label = cell.label, method = found.method, method_why = found.method_why, machine = context.machine(),
		measured_at = context.now(), runs = kept_runs, wall = found.wall, median_run = median, timeline = found.timeline,
		exit = { code = kept.code, signal = kept.signal, ending = kept.ending ~= "exit" and kept.ending or nil },
		output = utf8_text(kept.out), errors = utf8_text(kept.err),
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

local function tell_warnings(warnings, context)
	for _, one in ipairs(warnings) do
		context.warn(problem.new { path = context.shown(one.path), line = one.line, column = one.column,
			message = "warning: " .. one.message, details = one.details })
	end
end

local function run(input, context)
	local values = {}
	for _, cell in ipairs(input.cells) do
		local build = input.builds[cell.label]
		local runs = input.runs[cell.label]
		if build and build.kept then
			local measurement = build.kept.measurement
			measurement.label = cell.label
			values[cell.label] = measurement
			tell_warnings(move_warnings(build.kept.warnings or {}, cell, cell.code_line), context)
		elseif runs and runs.problem then
			context.report(runs.problem)
		elseif runs then
			local measurement = measurement_of(cell, runs, input.timelines[cell.label], context)
			values[cell.label] = measurement
			tell_warnings(build.warnings, context)
			if build.kept_path and measurement.exit.code == 0 then
				local written, why = file.write(build.kept_path, json.encode {
					headers = build.headers, absent = build.absent, warnings = move_warnings(build.warnings, cell, -cell.code_line),
					measurement = measurement,
				} .. "\n")
				if written == nil then problem.throw { message = why } end
			end
		end
	end
	return values
end

return { name = "measurements", scope = "post", reads = { "cells", "builds", "runs", "timelines" }, run = run }
