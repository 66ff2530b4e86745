-- Says in one line where a figure's numbers come from: how many runs and how far apart, which machine, which method,
-- which day. Returns plain text; the caller escapes it.

local statistics = require "base.statistics"
local sweep = require "measurement.sweep"
local units = require "base.units"

local M = {}

local MONTHS = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
	"November", "December" }

-- The different values that say(measurement) gives, in order of appearance, each with the labels it stands for.
local function grouped(measurements, say)
	local order, labels = {}, {}
	for _, measurement in ipairs(measurements) do
		local said = say(measurement)
		if not labels[said] then
			labels[said] = {}
			order[#order + 1] = said
		end
		table.insert(labels[said], sweep.title(measurement))
	end
	return order, labels
end

-- One value says itself; several say which measurements they belong to.
local function said_once(measurements, say)
	local order, labels = grouped(measurements, say)
	if #order < 2 then
		return order[1]
	end
	local out = {}
	for i, said in ipairs(order) do
		out[i] = table.concat(labels[said], ", ") .. ": " .. said
	end
	return table.concat(out, "; ")
end

local function sample(measurements)
	local least, most, spread = math.huge, 0, 0
	for _, measurement in ipairs(measurements) do
		local wall = measurement.wall
		least, most = math.min(least, wall.n), math.max(most, wall.n)
		spread = math.max(spread, statistics.spread(wall))
	end
	local one = #measurements == 1 and measurements[1].wall
	if most == 1 then
		return one and "a single run, " .. units.duration(one.median_ns) or "a single run of each"
	elseif one then
		return "median of " .. units.count(one.n, "run") .. ", " .. units.range(one.min_ns, one.max_ns)
	end
	local runs = least == most and units.count(most, "run") .. " each" or string.format("%d to %d runs", least, most)
	return "medians of " .. runs .. ", every run within " .. units.percent(spread) .. " of its median"
end

-- Returns the machine of one measurement: "2 cores, Xeon, Linux 6.18 (KVM)".
function M.machine(measurement)
	local is = measurement.machine or {}
	local cpu = (is.cpu or ""):gsub("%([RrCc]%)", ""):gsub("%([Tt][Mm]%)", ""):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
	local kernel = is.kernel and is.kernel:gsub("^(%S+ %d+%.%d+).*$", "%1")
	local parts = {}
	parts[#parts + 1] = is.cores and units.count(is.cores, "core") or nil
	parts[#parts + 1] = cpu ~= "" and cpu or nil
	parts[#parts + 1] = kernel and kernel .. (is.hypervisor and " (" .. is.hypervisor .. ")" or "")
	return #parts > 0 and table.concat(parts, ", ") or "machine not recorded"
end

-- What each rung counts, and what it cannot see (timeline.blind), as a reader understands it.
local METHODS = {
	["switch-records"] = "kernel switch records",
	schedstat = "the scheduler's counts around each call that waits",
	getrusage = "each thread's CPU time around calls that wait",
	probe = "the calls that wait, alone",
}
local BLIND = {
	cpus = "which core ran what",
	preemption = "waiting for a core between calls that wait",
	delay = "waiting for a core at the end of a wait",
	unwrapped = "waits in other calls",
	["cpu-time"] = "whether anything ran between calls that wait",
	reasons = "why anything waited",
}

-- Returns by which method one measurement was taken, and what that does not see.
function M.method(measurement)
	local timeline = measurement.timeline
	local why = measurement.method_why and " (" .. measurement.method_why .. ")" or ""
	if measurement.numbers_only then
		return (METHODS[measurement.method] or measurement.method) .. why .. ", totals only"
	elseif not timeline then
		return "without switch records" .. why .. ": totals only, order unknown"
	end
	local lost, refused, unseen = timeline.lost or 0, timeline.refused or 0, {}
	for i, word in ipairs(timeline.blind or {}) do
		unseen[i] = BLIND[word]
	end
	return (METHODS[measurement.method] or measurement.method) .. why .. ", " ..
		(lost == 0 and "none" or string.format("%d", lost)) .. " lost" ..
		(refused > 0 and string.format(", %d left out that made no sense", refused) or "") ..
		(timeline.problem and ", without the probe's log (" .. timeline.problem .. ")" or "") ..
		(#unseen > 0 and "; not seen: " .. table.concat(unseen, ", ") or "")
end

local function day(stamp)
	local year, month, number = (stamp or ""):match("^(%d%d%d%d)-(%d%d)-(%d%d)")
	local name = month and MONTHS[math.tointeger(tonumber(month))]
	return name and string.format("%d %s %s", math.tointeger(tonumber(number)), name, year)
end

local function days(measurements)
	local first, last
	for _, measurement in ipairs(measurements) do
		local stamp = measurement.measured_at
		if day(stamp) then
			first = first and first < stamp and first or stamp
			last = last and last > stamp and last or stamp
		end
	end
	if not first then
		return nil
	end
	local from, to = day(first), day(last)
	return "measured " .. (from == to and from or from .. " to " .. to)
end

-- Returns e.g. "median of 5 runs, 721–739 ms; 2 cores, Xeon, Linux 6.18 (KVM); kernel switch records, none lost;
-- measured 22 November 2026" for a list of at least one measurement. What differs between them is said of each.
function M.text(measurements)
	local parts = { sample(measurements), said_once(measurements, M.machine), said_once(measurements, M.method) }
	parts[#parts + 1] = days(measurements)
	-- `freeze: true`: what is shown may not be what was measured.
	for _, measurement in ipairs(measurements) do
		if measurement.outdated then
			parts[#parts + 1] = sweep.title(measurement) .. ": measured before it was changed: " .. measurement.outdated
		end
	end
	return table.concat(parts, "; ")
end

return M
