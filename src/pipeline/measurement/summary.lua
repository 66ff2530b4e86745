-- What one program's measurement says on a terminal, and as JSON. Prints nothing itself.
local critical_path = require "timeline.critical_path"
local hang_words = require "timeline.hang_words"
local json = require "livepost.json"
local panels = require "timeline.panels"
local printable = require "base.printable"
local provenance = require "measurement.provenance"
local units = require "base.units"

local M = {}

-- More lanes or locks than a terminal has lines tell nothing more; --json has them all.
local MOST_LANES = 40
local MOST_LOCKS = 10
local MOST_LINES = 20

local function ending(measurement)
	local exit = measurement.exit
	if exit.ending == "timeout" then return "stopped at its timeout" end
	if exit.ending == "flood" then return "stopped: more than 1 MiB of output" end
	if exit.signal then return "killed by SIG" .. exit.signal end
	return "exit code " .. exit.code
end

-- rows of cells, the first of them the heads; `left`: how many columns from the left are words, the others are numbers.
local function columns(rows, left)
	local widths = {}
	for _, row in ipairs(rows) do
		for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, printable.width(cell)) end
	end
	local lines = {}
	for _, row in ipairs(rows) do
		local parts = {}
		for i, cell in ipairs(row) do
			local space = (" "):rep(widths[i] - printable.width(cell))
			parts[i] = (i <= left or i > (rows.numbers or #row)) and cell .. space or space .. cell
		end
		lines[#lines + 1] = "  " .. table.concat(parts, "  "):gsub("%s+$", "") .. "\n"
	end
	return table.concat(lines)
end

local function more(count, most, noun)
	return count > most and ("  … and %s more; --json prints them all\n"):format(units.count(count - most, noun)) or ""
end

-- A line for each lane with its time in each state that occurs in any of them, "-" for none.
local function lane_table(panel, occurring)
	local head = { "lane", "pid/tid", "from", "to" }
	for _, state in ipairs(occurring) do head[#head + 1] = state end
	local rows = { head }
	for i, entry in ipairs(panel.all) do
		if i > MOST_LANES then break end
		local lane = entry.lane
		local row = { (entry.indented and "  " or "") .. entry.name, ("%d/%d"):format(lane.pid, lane.tid),
			units.duration(lane.start_ns), units.duration(lane.end_ns) }
		for _, state in ipairs(occurring) do
			local ns = entry.totals[state]
			row[#row + 1] = ns > 0 and units.duration(ns) or "-"
		end
		rows[#rows + 1] = row
	end
	return columns(rows, 2) .. more(#panel.all, MOST_LANES, "lane")
end

-- The locks that somebody waited for, the most waited for first, each with its longest wait; empty where there are none.
local function lock_table(panel)
	local rows = { numbers = 6, { "lock", "kind", "held", "for", "waits", "waited", "longest wait" } }
	for i, lock in ipairs(panel.locks) do
		if i > MOST_LOCKS then break end
		local longest, resource = lock.longest, lock.resource
		rows[#rows + 1] = { printable.text(resource.name), resource.kind, ("%d×"):format(#resource.holds),
			units.duration(lock.held_ns), ("%d"):format(lock.waits), units.duration(lock.waited_ns),
			("%s, %s%s"):format(units.duration(longest.end_ns - longest.start_ns), panel.name_of(longest.lane),
				longest.owner_lane and " behind " .. panel.name_of(longest.owner_lane) or "") }
	end
	return #rows > 1 and columns(rows, 2) .. more(#panel.locks, MOST_LOCKS, "lock") or ""
end

-- Where time went, the places with most of it first: what samples say ran there, what the timeline says waited.
local function line_text(lines)
	local places = {}
	for _, list in ipairs { lines.own, lines.elsewhere } do
		for _, one in ipairs(list) do
			local waited = 0
			for _, ns in pairs(one.off_cpu or {}) do waited = waited + ns end
			local name = one.file and ("%s:%d"):format(one.file, one.line)
				or one["function"] and ("%s: %s"):format(one.module, one["function"]) or one.module
			places[#places + 1] = { name = name, ran = one.on_cpu_ns, waited = waited, total = (one.on_cpu_ns or 0) + waited }
		end
	end
	table.sort(places, function(a, b)
		if a.total ~= b.total then return a.total > b.total end
		return a.name < b.name
	end)
	local rows = { { "line", "on CPU", "waiting" } }
	for i, one in ipairs(places) do
		if i > MOST_LINES then break end
		rows[#rows + 1] = { one.name, one.ran and units.duration(one.ran) or "unknown", units.duration(one.waited) }
	end
	local said = columns(rows, 1)
	if #places > MOST_LINES then
		said = said .. ("  … and %d places more; --json prints them all\n"):format(#places - MOST_LINES)
	end
	if lines.on_cpu_why then return said .. ("on CPU: unknown (%s)\n"):format(lines.on_cpu_why) end
	return said .. ("on CPU by %s, one each %s; of %s on a CPU %s has none, such as time in the kernel\n"):format(
		units.count(lines.samples, "sample"), units.duration(lines.period_ns), units.duration(lines.cpu_ns),
		units.duration(lines.unattributed_ns))
end

local function method_line(measurement)
	local timeline = measurement.timeline
	if not timeline then
		return ("measured without a timeline: no lanes, order unknown (%s)\n"):format(measurement.method_why or "as asked")
	end
	return "measured by " .. provenance.method(measurement) .. "\n"
end

-- What the program was stopped in, or what its end waited for.
local function story(measurement, panel, unit)
	if measurement.exit.ending == "timeout" then
		local lines = hang_words.lines(measurement.timeline)
		return #lines > 0 and "when it was stopped:\n  " .. table.concat(lines, "\n  ") .. "\n" or ""
	end
	local said = critical_path.text(panel, unit)
	return said and "critical path: " .. said .. "\n" or ""
end

-- A paragraph, a table of lanes, a table of locks. notes: sentences on how it was run.
function M.text(measurement, notes)
	local run = measurement.runs[measurement.median_run]
	local said = ("%s: %s after %s"):format(measurement.label, ending(measurement), units.duration(run.wall_ns))
	if run.user_ns then
		said = said .. ("; on CPU %s (user %s, system %s); %d switches by itself, %d by force; %.1f MiB at most"):format(
			units.duration(run.user_ns + run.system_ns), units.duration(run.user_ns), units.duration(run.system_ns),
			run.voluntary, run.involuntary, run.max_rss_bytes / 1048576)
	end
	said = said .. "\n" .. method_line(measurement)
	for _, note in ipairs(notes or {}) do said = said .. "note: " .. note .. "\n" end
	if not measurement.timeline then return said end
	local figure = panels.of({ measurement }, {})
	local panel = figure.panels[1]
	local body = story(measurement, panel, figure.unit) .. lane_table(panel, figure.occurring) .. lock_table(panel)
		.. (measurement.lines and line_text(measurement.lines) or "")
	-- Names are the program's, and a terminal obeys what it is told.
	return said .. printable.lines(body)
end

-- The timeline as livepost(5) describes it; without one, what is known.
function M.json(measurement, notes)
	local run = measurement.runs[measurement.median_run]
	local value = { wall_ns = run.wall_ns, method = measurement.method, method_why = measurement.method_why, lost = 0,
		machine = measurement.machine, exit = measurement.exit, user_ns = run.user_ns, system_ns = run.system_ns,
		output = measurement.output, errors = measurement.errors, notes = json.array(notes or {}),
		lines = measurement.lines }
	for name, one in pairs(measurement.timeline or {}) do value[name] = one end
	return value
end

return M
