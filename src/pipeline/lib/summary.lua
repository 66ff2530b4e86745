-- What one program's measurement says on a terminal, and as JSON. Prints nothing itself.
local lanes = require "lib.lanes"
local units = require "lib.units"

local M = {}

local function ending(measurement)
	local exit = measurement.exit
	if exit.ending == "timeout" then return "stopped at its timeout" end
	if exit.ending == "flood" then return "stopped: more than 1 MiB of output" end
	if exit.signal then return "killed by SIG" .. exit.signal end
	return "exit code " .. exit.code
end

local function pad(text, width, right)
	local space = (" "):rep(math.max(0, width - (utf8.len(text) or #text)))
	return right and space .. text or text .. space
end

local function columns(rows)
	local widths = {}
	for _, row in ipairs(rows) do
		for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, utf8.len(cell) or #cell) end
	end
	local lines = {}
	for _, row in ipairs(rows) do
		local parts = {}
		for i, cell in ipairs(row) do parts[i] = pad(cell, widths[i], i > 2) end
		lines[#lines + 1] = "  " .. table.concat(parts, "  "):gsub("%s+$", "") .. "\n"
	end
	return table.concat(lines)
end

-- More lanes than a terminal has lines tell nothing more; --json has them all.
local MOST_LANES = 40

local function lane_rows(timeline)
	local rows = { { "lane", "pid/tid", "from", "to", "running", "waiting-cpu", "blocked", "slices" } }
	for i, lane in ipairs(timeline.lanes) do
		if i > MOST_LANES then break end
		local totals = lanes.totals(lane)
		local function of(state) return units.duration(totals[state] or 0) end
		rows[#rows + 1] = { lane.name, ("%d/%d"):format(lane.pid, lane.tid), units.duration(lane.start_ns),
			units.duration(lane.end_ns), of("running"), of("waiting-cpu"), of("blocked"), ("%d"):format(#lane.slices) }
	end
	return rows
end

-- A paragraph and a table of lanes.
function M.text(measurement)
	local run = measurement.runs[measurement.median_run]
	local timeline = measurement.timeline
	local said = ("%s: %s after %s"):format(measurement.label, ending(measurement), units.duration(run.wall_ns))
	if run.user_ns then
		said = said .. ("; on CPU %s (user %s, system %s); %d switches by itself, %d by force; %.1f MiB at most"):format(
			units.duration(run.user_ns + run.system_ns), units.duration(run.user_ns), units.duration(run.system_ns),
			run.voluntary, run.involuntary, run.max_rss_bytes / 1048576)
	end
	said = said .. "\n"
	if not timeline then
		return said .. ("measured by getrusage: no lanes, order unknown (%s)\n"):format(measurement.method_why or "as asked")
	end
	return said .. ("measured by kernel switch records, %s lost\n"):format(timeline.lost == 0 and "none" or timeline.lost)
		.. columns(lane_rows(timeline)) .. (#timeline.lanes > MOST_LANES
			and ("  … and %d lanes more; --json prints them all\n"):format(#timeline.lanes - MOST_LANES) or "")
end

-- The timeline as livepost(5) describes it; without one, what is known.
function M.json(measurement)
	local run = measurement.runs[measurement.median_run]
	local value = { wall_ns = run.wall_ns, method = measurement.method, method_why = measurement.method_why, lost = 0,
		machine = measurement.machine, exit = measurement.exit, user_ns = run.user_ns, system_ns = run.system_ns,
		output = measurement.output, errors = measurement.errors }
	for name, one in pairs(measurement.timeline or {}) do value[name] = one end
	return value
end

return M
