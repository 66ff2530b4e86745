-- Says in words what a timeline shows, for those who read by ear and for what a drawing leaves out.

local lanes = require "lib.lanes"
local states = require "lib.states"
local units = require "lib.units"

local M = {}

-- Beyond this many lanes in a panel the description says the sums and leaves the rest to the table.
local MOST_LANES = 16

local function sentence(parts)
	if #parts < 2 then
		return parts[1] or ""
	end
	return table.concat(parts, ", ", 1, #parts - 1) .. " and " .. parts[#parts]
end

-- Returns "ran 230 ms, waited 2.1 ms for a core and was blocked 482 ms", or "did nothing" where all are 0. Each
-- duration in its own unit where unit is nil.
function M.totals(totals, unit)
	local parts = {}
	for _, name in ipairs(states.order) do
		if (totals[name] or 0) > 0 then
			local state = states.of(name)
			parts[#parts + 1] = state.past .. " " .. units.duration(totals[name], unit) .. (state.behind or "")
		end
	end
	return #parts > 0 and sentence(parts) or "did nothing"
end

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

-- Returns { cpu_ns, wall_ns, off_ns } of the median run of a measurement without a timeline. off_ns is nil where the
-- run used more CPU time than passed: several cores worked, and how long none did is not known.
function M.without_order(measurement)
	local run = measurement.runs[measurement.median_run]
	local cpu = run.user_ns and run.user_ns + run.system_ns
	if not cpu then return { wall_ns = run.wall_ns } end -- killed before it could tell
	return { cpu_ns = cpu, wall_ns = run.wall_ns, off_ns = cpu <= run.wall_ns and run.wall_ns - cpu or nil }
end

-- Returns why a measurement has no timeline: "order unknown: measured without switch records (…)".
function M.refusal(measurement)
	local why = measurement.method_why
	return "order unknown: measured without switch records" .. (why and " (" .. why .. ")" or "")
end

-- Returns "12 switch records lost: …", or nil where none were.
function M.lost(timeline)
	if timeline.lost and timeline.lost > 0 then
		return units.count(timeline.lost, "switch record") .. " lost: where they are missing, this is not the whole story"
	end
	return nil
end

-- Returns the sums over a list of arranged lanes, from index `first` on.
function M.sum(shown, first)
	local sums = {}
	for _, state in ipairs(states.order) do
		sums[state] = 0
	end
	for i = first, #shown do
		local totals = lanes.totals(shown[i].lane)
		for _, state in ipairs(states.order) do
			sums[state] = sums[state] + totals[state]
		end
	end
	return sums
end

local function with_timeline(title, measurement, word, unit)
	local timeline = measurement.timeline
	local shown, processes = lanes.arrange(timeline)
	local failure = M.failure(measurement)
	local out = { string.format("%s: %s%s, %s at %s.", title, units.count(#shown, "lane"),
		processes > 1 and " in " .. units.count(processes, "process", "processes") or "",
		failure or word, units.duration(timeline.wall_ns, unit)) }
	if M.lost(timeline) then
		out[#out + 1] = M.lost(timeline) .. "."
	end
	if #shown > MOST_LANES then
		out[#out + 1] = "Together they " .. M.totals(M.sum(shown, 1)):gsub("was blocked", "were blocked") .. "."
		return table.concat(out, " ")
	end
	for _, entry in ipairs(shown) do
		local lane = entry.lane
		out[#out + 1] = string.format("%s, from %s to %s, %s.", entry.name, units.duration(lane.start_ns, unit),
			units.duration(lane.end_ns, unit), M.totals(lanes.totals(lane), unit))
	end
	return table.concat(out, " ")
end

local function without_timeline(title, measurement, word, unit)
	local known = M.without_order(measurement)
	return string.format("%s: %s at %s; on a core for %s%s; %s.", title, M.failure(measurement) or word,
		units.duration(known.wall_ns, unit), known.cpu_ns and units.duration(known.cpu_ns, unit) or "an unknown time",
		known.off_ns and ", not on a core for " .. units.duration(known.off_ns, unit) or " over several cores",
		M.refusal(measurement))
end

-- Returns when the measurement's drawn run ended, in ns.
function M.finish(measurement)
	return measurement.timeline and measurement.timeline.wall_ns or measurement.runs[measurement.median_run].wall_ns
end

-- Returns the description of a whole figure. titles[i] names measurements[i], word stands before a finish time.
function M.describe(measurements, titles, word, unit)
	local out, first, alone = {}, nil, true
	for i, measurement in ipairs(measurements) do
		local say = measurement.timeline and with_timeline or without_timeline
		out[i] = say(titles[i], measurement, word, unit)
		local finish = M.finish(measurement)
		if not first or finish < M.finish(measurements[first]) then
			first, alone = i, true
		elseif finish == M.finish(measurements[first]) then
			alone = false
		end
	end
	if #measurements > 1 and alone then
		out[#out + 1] = titles[first] .. " finished first."
	end
	return table.concat(out, " ")
end

return M
