-- Makes of measurements what a timeline's drawing, words and table share: lanes arranged and summed once, names by id,
-- one unit. Knows no drawing.

local lanes = require "timeline.lanes"
local resources = require "timeline.resources"
local states = require "timeline.states"
local timeline_options = require "timeline.timeline_options"
local units = require "base.units"

local M = {}

-- What is shorter than this part of a panel's time no drawing tells from its neighbours.
local CELLS = 1500

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

-- Adds to a panel what its timeline has to say, of locks to cell_ns.
local function read_timeline(panel, timeline, cell_ns)
	panel.all, panel.processes = lanes.arrange(timeline)
	panel.by_id = {}
	for _, entry in ipairs(panel.all) do
		panel.by_id[entry.id] = entry
	end
	panel.locks = resources.contended(timeline, cell_ns)
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

-- How many times longer than the others a panel is drawn that would be under a tenth of the width: the largest of 1, 2,
-- 5, 10, 20 … at which it fits.
local function magnified(ends, largest)
	if ends <= 0 or ends * 10 >= largest then
		return 1
	end
	local power = 1
	while ends * power * 10 <= largest do
		power = power * 10
	end
	for _, factor in ipairs { 5, 2 } do
		if ends * power * factor <= largest then
			return power * factor
		end
	end
	return power
end

-- Sets what part of its time each panel shows, and where another scale than the others'.
local function set_ranges(figure)
	for _, panel in ipairs(figure.panels) do
		panel.from, panel.to, panel.times = 0, figure.largest, 1
		if figure.window and panel.timeline then
			panel.from, panel.to = figure.window.from, figure.window.to
		else
			panel.times = magnified(panel.ends, figure.largest)
			panel.to = figure.largest / panel.times
		end
	end
end

-- The states that a drawing shows, each with the largest part of a panel's width that a lane is in it.
local function states_shown(figure)
	local most, totals = {}, {}
	for _, panel in ipairs(figure.panels) do
		local length = panel.to - panel.from
		for _, entry in ipairs(panel.all or {}) do
			local sums = figure.window and lanes.totals(entry.lane, panel.from, panel.to) or entry.totals
			totals[#totals + 1] = sums
			for state, ns in pairs(sums) do
				most[state] = math.max(most[state] or 0, length > 0 and ns / length or 0)
			end
		end
	end
	return states.occurring(totals), most
end

-- Returns { panels, titles, largest, window, unit, word, occurring, shown, most, path }. panels[i] = { measurement, title,
-- finish, failure, ends, from, to, times } and, of a measurement with a timeline, { timeline, all (entries as from
-- lanes.arrange), picked (those an author named, else all), rest (the others), processes, by_id, name_of(id), locks (as
-- from resources.contended), flows, path, stuck (id → entry of hang.stuck, nil where nothing hangs), deadlock }. ends: when
-- its last lane does; from, to: the stretch of time it shows, in ns; times: how many times longer than the others it is
-- drawn. largest: ns that the scale reaches; window: { from, to } or nil; occurring: the states that occur; shown: those
-- that the drawing shows, most[state]: the largest share of a panel's width that a lane is in it. options as for
-- timeline.draw; raises an error where they are wrong.
function M.of(measurements, options)
	local figure = { titles = {}, panels = {}, largest = options.scale_ns or 0, word = options.finish or "done" }
	local smallest, largest, totals = math.huge, 0, {}
	for _, measurement in ipairs(measurements) do
		largest = math.max(largest, M.finish(measurement))
		for _, lane in ipairs(measurement.timeline and measurement.timeline.lanes or {}) do
			largest = math.max(largest, lane.end_ns)
		end
	end
	local asked = timeline_options.read(options, largest)
	figure.window, figure.path, figure.locks = asked.window, asked.path, asked.locks
	figure.largest = figure.window and largest or math.max(figure.largest, largest)
	local cell = (figure.window and figure.window.to - figure.window.from or largest) / CELLS
	for i, measurement in ipairs(measurements) do
		figure.titles[i] = options.titles and options.titles[i] or measurement.label
		local panel = { measurement = measurement, title = figure.titles[i], finish = M.finish(measurement),
			failure = M.failure(measurement), timeline = measurement.timeline }
		function panel.name_of(id)
			local entry = panel.by_id and panel.by_id[id]
			return entry and entry.name or string.format("thread %d", id)
		end
		panel.ends, smallest = panel.finish, math.min(smallest, panel.finish)
		if panel.timeline then
			read_timeline(panel, panel.timeline, math.min(cell, panel.timeline.wall_ns / CELLS))
			for _, entry in ipairs(panel.all) do
				panel.ends = math.max(panel.ends, entry.lane.end_ns)
				totals[#totals + 1] = entry.totals
			end
		end
		figure.panels[i] = panel
	end
	figure.unit = units.common(math.min(smallest, options.least_ns or smallest), figure.largest)
	figure.occurring = states.occurring(totals)
	set_ranges(figure)
	figure.shown, figure.most = states_shown(figure)
	local used = {}
	for _, panel in ipairs(figure.panels) do
		panel.picked, panel.rest = panel.all, {}
		if asked.patterns and panel.all then
			panel.picked, panel.rest = timeline_options.pick(panel.all, asked.patterns, used)
		end
	end
	if asked.patterns then
		timeline_options.check_used(asked.patterns, used, figure.panels)
	end
	return figure
end

return M
