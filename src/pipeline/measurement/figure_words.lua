-- The part of the figure kit that draws nothing: values in words, what measurements are called, how sure they are.

local lanes = require "timeline.lanes"
local panels = require "timeline.panels"
local states = require "timeline.states"
local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local units = require "base.units"
local walls_of = require "measurement.walls"

local M = {}

-- unit(smallest, largest) → the one unit for durations from … to, in ns; duration(ns, unit) → "724 ms", in a unit of its own
-- where none is given; cell(ns, unit) → "724.0 ms", for columns; ratio(1.99) → "1.99×"; percent(0.31) → "31 %"; count(5, "run") → "5 runs"; number(1250) → "1250";
-- bytes(2048) → "2 KiB"; range(low, high, unit) → "721–739 ms".
M.unit = units.common
M.duration = units.duration
M.cell = units.cell
M.range = units.range
M.ratio = units.ratio
M.count = units.count
M.number = units.number
M.bytes = units.bytes

function M.percent(share)
	return share > 0 and share < 0.0005 and "<0.1 %" or share == 0 and "0 %" or units.percent(share)
end

-- interval(values), ratio_interval(baseline, values), share_interval(count, n) → low, high: 95 %; outliers(values) → indexes.
M.interval = statistics.interval
M.ratio_interval = statistics.ratio_interval
M.share_interval = statistics.share_interval
M.outliers = statistics.outliers

-- walls(measurement) → the wall times of its runs in ns, in the order they ran.
function M.walls(measurement)
	return walls_of(measurement.runs)
end

-- failure(measurement) → "exit 3", "SIGSEGV", "timeout"; nil where it ended well.
M.failure = panels.failure

-- totals(measurement) → the time in each state over all lanes, state → ns, and of each lane the same, as a list of
-- { name, length_ns, totals }; nil without a timeline.
function M.totals(measurement)
	if not measurement.timeline then
		return nil
	end
	local sums, rows = {}, {}
	for _, state in ipairs(states.order) do sums[state] = 0 end
	for i, entry in ipairs((lanes.arrange(measurement.timeline))) do
		rows[i] = { name = entry.name, length_ns = entry.lane.end_ns - entry.lane.start_ns, totals = entry.totals }
		for _, state in ipairs(states.order) do sums[state] = sums[state] + entry.totals[state] end
	end
	return sums, rows
end

-- states → the names of states in the order that figures have them; state_words(name) → "waiting for a lock".
function M.states()
	return table.move(states.order, 1, #states.order, 1, {})
end

function M.state_words(name)
	return states.of(name).key
end

-- list { "a", "b", "c" } → "a, b and c".
function M.list(items)
	return #items < 2 and (items[1] or "") or table.concat(items, ", ", 1, #items - 1) .. " and " .. items[#items]
end

-- title(measurement) → its label, of a point of a sweep "pool, threads = 4".
M.title = sweep.title

-- titles(measurements, given) → the titles of all: those of the list `given`, and of the others their own.
function M.titles(measurements, given)
	local out = {}
	for i, measurement in ipairs(measurements) do
		out[i] = type(given) == "table" and given[i] or M.title(measurement)
	end
	return out
end

return M
