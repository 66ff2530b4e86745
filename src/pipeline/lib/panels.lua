-- Makes of measurements what a timeline's drawing, words and table share: lanes arranged and summed once, names by id,
-- one unit. Knows no drawing.

local lanes = require "lib.lanes"
local resources = require "lib.resources"
local states = require "lib.states"
local units = require "lib.units"

local M = {}

-- How a run ended, in place of the word for a good end: nil, "exit 3", "SIGSEGV", or what stopped it: "timeout".
function M.failure(measurement)
	local exit = measurement.exit or {}
	if exit.ending and exit.ending ~= "signal" then
		return exit.ending
	elseif exit.signal then
		return "SIG" .. exit.signal:gsub("^SIG", "")
	elseif exit.code and exit.code ~= 0 then
		return string.format("exit %d", exit.code)
	end
	return nil
end

-- Returns when the measurement's drawn run ended, in ns.
function M.finish(measurement)
	return measurement.timeline and measurement.timeline.wall_ns or measurement.runs[measurement.median_run].wall_ns
end

-- Adds to a panel what its timeline has to say.
local function read_timeline(panel, timeline)
	panel.all, panel.processes = lanes.arrange(timeline)
	panel.by_id = {}
	for _, entry in ipairs(panel.all) do
		panel.by_id[entry.id] = entry
	end
	panel.locks = resources.contended(timeline)
	panel.flows, panel.path = timeline.flows or {}, timeline.path or {}
	-- A lane that still waited when the program ended well was not stuck: nobody needed it any more.
	local hang = timeline.hang
	if hang and (panel.failure or hang.deadlock) then
		panel.stuck, panel.deadlock = {}, hang.deadlock
		for _, one in ipairs(hang.stuck) do
			panel.stuck[one.lane] = one
		end
	end
end

-- Returns { panels, titles, largest, unit, word, occurring }. panels[i] = { measurement, title, finish, failure } and, of
-- a measurement with a timeline, { timeline, all (entries as from lanes.arrange), processes, by_id, name_of(id), locks
-- (as from resources.contended), flows, path, stuck (id → entry of hang.stuck, nil where nothing hangs), deadlock }.
-- largest: ns that the scale reaches; occurring: the states that occur; most[state]: the longest time that a lane was
-- in it. options as for timeline.draw.
function M.of(measurements, options)
	local figure = { titles = {}, panels = {}, largest = options.scale_ns or 0, word = options.finish or "done" }
	local smallest, totals = math.huge, {}
	for i, measurement in ipairs(measurements) do
		figure.titles[i] = options.titles and options.titles[i] or measurement.label
		local panel = { measurement = measurement, title = figure.titles[i], finish = M.finish(measurement),
			failure = M.failure(measurement), timeline = measurement.timeline }
		function panel.name_of(id)
			local entry = panel.by_id and panel.by_id[id]
			return entry and entry.name or string.format("thread %d", id)
		end
		figure.largest, smallest = math.max(figure.largest, panel.finish), math.min(smallest, panel.finish)
		if panel.timeline then
			read_timeline(panel, panel.timeline)
			for _, entry in ipairs(panel.all) do
				figure.largest = math.max(figure.largest, entry.lane.end_ns)
				totals[#totals + 1] = entry.totals
			end
		end
		figure.panels[i] = panel
	end
	figure.unit = units.common(math.min(smallest, options.least_ns or smallest), figure.largest)
	figure.occurring, figure.most = states.occurring(totals), {}
	for _, name in ipairs(figure.occurring) do
		figure.most[name] = 0
		for _, one in ipairs(totals) do
			figure.most[name] = math.max(figure.most[name], one[name])
		end
	end
	return figure
end

return M
