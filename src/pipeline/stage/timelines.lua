-- Runs → the sample and the one timeline that is kept: that of the median run. The others' records end here.
local file = require "livepost.file"
local json = require "livepost.json"
local measure = require "livepost.measure"
local places = require "measurement.places"
local problem = require "base.problem"
local shown_folders = require "cell.shown_folders"
local sources = require "cell.sources"
local sweep = require "measurement.sweep"
local walls_of = require "measurement.walls"

-- Lists stay lists in JSON, also when they are empty.
local function keep_lists(timeline)
	for _, name in ipairs { "blind", "lanes", "resources", "flows", "path" } do json.array(timeline[name]) end
	for _, lane in ipairs(timeline.lanes) do
		for _, name in ipairs { "slices", "spans", "marks" } do json.array(lane[name]) end
	end
	for _, resource in ipairs(timeline.resources) do
		json.array(resource.holds)
		json.array(resource.waits)
	end
	if timeline.hang then
		json.array(timeline.hang.stuck)
		for _, one in ipairs(timeline.hang.stuck) do json.array(one.holders) end
		if timeline.hang.deadlock then json.array(timeline.hang.deadlock) end
	end
	return timeline
end

local function keep_line_lists(lines)
	json.array(lines.own)
	json.array(lines.elsewhere)
	return lines
end

-- Where a line of a program outside of a post lies, as the user knows the file. The compiler was called below /site: what
-- it names by a path without a slash in front lies there, or below the folder where it was called. What is below the
-- current folder is named from there.
local function shown_path(path, cell)
	local from_here = (cell.current == "/" and "" or cell.current) .. "/"
	local full = path
	if cell.source and path:sub(1, 1) ~= "/" then
		if path == cell.source or sources.normalise(from_here .. path) == cell.source then return cell.path end
		full = file.kind("/" .. path) and "/" .. path or from_here .. path
	end
	return full:sub(1, #from_here) == from_here and full:sub(#from_here + 1) or full
end

-- A program that is not compiled here has a name of its own, and "main" says less.
local function name_first_lane(timeline, program)
	local first = timeline.lanes[1]
	if not first or first.name ~= "main" or first.pid ~= first.tid then return end
	local name = program:match("[^/]+$") or program
	first.name = name
	local function rename(one)
		if one.owner_lane ~= first.id then return end
		if one.owner then
			one.owner = name
		elseif one.what then -- the lane itself is waited for
			one.what = name
		end
	end
	for _, lane in ipairs(timeline.lanes) do
		for _, slice in ipairs(lane.slices) do rename(slice) end
	end
	for _, one in ipairs(timeline.hang and timeline.hang.stuck or {}) do
		if one.lane == first.id then one.name = name end
		rename(one)
	end
end

-- Beyond this the names of a program's libraries are not looked for.
local MOST_BYTES = 256 << 20

-- The bytes of programs and libraries that are not the system's, by their path in the sandbox. Which ones a program
-- outside of a post loaded from the folders that it was shown is asked for one by one.
local function programs_of(cell, runs, build)
	if not cell.argv then return { [runs.path] = build.program } end -- no program where it is interpreted
	local programs, left = {}, MOST_BYTES
	for _, one in ipairs(cell.takes) do programs[one.path] = one.bytes end
	return setmetatable(programs, { __index = function(_, path)
		-- The program names the path: it may be anything, but is read only where the program could read it, too.
		local real = file.real(path)
		if not real or shown_folders.is_system(real) or not shown_folders.shows(cell.surroundings.folders, real) then return nil end
		local bytes = file.read(real, left)
		left = left - #(bytes or "")
		rawset(programs, path, bytes)
		return bytes
	end })
end

-- Of very many runs not all records are there still: the run nearest the median of those that have theirs.
local function nearest_recorded(runs, median_run, median_ns)
	if runs[median_run].trace then return median_run end
	local best, least
	for i, one in ipairs(runs) do
		local distance = math.abs(one.wall_ns - median_ns)
		if one.trace and (not best or distance < least) then best, least = i, distance end
	end
	return best
end

local function run(input)
	local values = {}
	for _, cell in ipairs(sweep.cells(input.cells)) do
		local runs = input.runs[cell.name]
		if runs then
			local wall, median_run = measure.summary(walls_of(runs))
			-- The one that tells what went wrong.
			median_run = (runs.wrong or runs.failed) and #runs or nearest_recorded(runs, median_run, wall.median_ns)
			local trace = runs[median_run].trace
			if not trace then -- of a run whose service failed
				values[cell.name] = { wall = wall, median_run = median_run, method = "none" }
				goto next
			end
			local method, why = measure.method(trace)
			-- The run that was sampled took longer for it: what it says of cores is laid beside the waits of the one kept.
			local sampled = runs.warmup and runs.warmup.trace or cell.sampled and trace or nil
			local timeline, lacking, lines, wrong = measure.timeline(trace, {
				programs = programs_of(cell, runs, input.builds[cell.name]),
				root = not cell.argv and (cell.project and "/tmp/site" or "/site") or nil,
				names = cell.names, sampled = sampled,
			})
			if wrong then problem.throw { path = cell.path, line = cell.line, column = cell.column, message = wrong } end
			local value = {
				wall = wall, median_run = median_run, method = method,
				-- A log that makes no sense is said as well as a rung that was refused.
				method_why = method ~= "none" and lacking or why,
				timeline = timeline and keep_lists(timeline), lines = lines and keep_line_lists(lines),
			}
			if cell.current then places.name(value, function(path) return shown_path(path, cell) end) end
			local argv = cell.argv or input.builds[cell.name].argv
			if timeline and argv[1] ~= runs.path then name_first_lane(timeline, argv[1]) end
			values[cell.name] = value
		end
		::next::
	end
	return values
end

return { name = "timelines", scope = "post", reads = { "cells", "builds", "runs" }, run = run }
