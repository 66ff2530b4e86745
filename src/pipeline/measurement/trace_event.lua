-- A measurement as JSON in the Trace Event Format, which Perfetto and others open. Knows the format's rules: what stands
-- on one track nests, events are sorted by time, and both ends of a flow lie in a slice of their track.
local json = require "livepost.json"
local panels = require "timeline.panels"
local printable = require "base.printable"

local M = {}

-- Numbers of tracks that are no lanes: above all tids, and above those that lanes without one of their own get.
local FIRST_TRACK = 1 << 23

local PHASE_ORDER = { M = 0, X = 1, s = 2, f = 3, i = 4 }

-- Microseconds with three decimals: exact, and without the digits that a float would add.
local function microseconds(ns)
	return ("%d.%03d"):format(ns // 1000, ns % 1000)
end

local function text(words)
	return printable.text(words)
end

-- Collects events, and gives out tracks.
local function new_writer()
	local writer = { events = {}, tracks = FIRST_TRACK, sort_index = 0 }

	function writer.add(event)
		event.order = #writer.events + 1
		writer.events[event.order] = event
	end

	function writer.name(what, pid, tid, args)
		writer.add { ph = "M", name = what, pid = pid, tid = tid, ns = 0, args = args }
	end

	function writer.process(pid, name, index)
		writer.name("process_name", pid, 0, { name = text(name) })
		writer.name("process_sort_index", pid, 0, { sort_index = index })
	end

	-- Names a track, a new one where tid is nil, below all that were named before it; returns its number.
	function writer.track(pid, name, tid)
		if not tid then
			tid = writer.tracks
			writer.tracks = tid + 1
		end
		writer.sort_index = writer.sort_index + 1
		writer.name("thread_name", pid, tid, { name = text(name) })
		writer.name("thread_sort_index", pid, tid, { sort_index = writer.sort_index })
		return tid
	end

	return writer
end

-- Adds stretches { name, start_ns, end_ns, cat, args } that may overlap: to as many tracks as it takes for those of each
-- to nest.
local function add_nested(writer, pid, title, stretches)
	local sorted = table.move(stretches, 1, #stretches, 1, {})
	for i, one in ipairs(sorted) do one.at = i end
	table.sort(sorted, function(a, b)
		if a.start_ns ~= b.start_ns then return a.start_ns < b.start_ns end
		if a.end_ns ~= b.end_ns then return a.end_ns > b.end_ns end
		return a.at < b.at
	end)
	local tracks = {}
	local function fits(track, one)
		local open = track.open
		while #open > 0 and open[#open] <= one.start_ns do open[#open] = nil end
		return #open == 0 or one.end_ns <= open[#open]
	end
	for _, one in ipairs(sorted) do
		local track
		for _, other in ipairs(tracks) do
			if fits(other, one) then
				track = other
				break
			end
		end
		if not track then
			track = { open = {}, tid = writer.track(pid, #tracks == 0 and title or ("%s %d"):format(title, #tracks + 1)) }
			tracks[#tracks + 1] = track
		end
		track.open[#track.open + 1] = one.end_ns
		writer.add { ph = "X", name = one.name, cat = one.cat, pid = pid, tid = track.tid, ns = one.start_ns,
			dur = one.end_ns - one.start_ns, args = one.args }
	end
end

local SLICE_ARGS = { "state", "what", "owner", "where", "call", "cpu", "asked_ns", "count", "mix" }

local function add_lane(writer, entry)
	local lane, pid = entry.lane, entry.lane.pid
	writer.track(pid, entry.name, entry.id)
	for _, slice in ipairs(lane.slices) do
		local args = {}
		for _, name in ipairs(SLICE_ARGS) do
			local value = slice[name]
			args[name] = type(value) == "string" and text(value) or value
		end
		writer.add { ph = "X", name = slice.what or slice.state, cat = slice.state, pid = pid, tid = entry.id,
			ns = slice.start_ns, dur = slice.end_ns - slice.start_ns, args = args }
	end
	for _, mark in ipairs(lane.marks) do
		writer.add { ph = "i", name = mark.name, cat = "mark", pid = pid, tid = entry.id, ns = mark.ns, scope = "t" }
	end
	if #lane.spans > 0 then
		local spans = {}
		for i, span in ipairs(lane.spans) do
			spans[i] = { name = span.name, start_ns = span.start_ns, end_ns = span.end_ns, cat = "span" }
		end
		add_nested(writer, pid, entry.name .. ": spans", spans)
	end
end

-- An arrow binds to the slice that is open at its time, and at the end of a lane's last slice none is: there it starts
-- the least bit earlier. nil for a lane without a slice.
local function binding_ns(panel, point)
	local entry = panel.by_id[point.lane]
	local slices = entry and entry.lane.slices or {}
	if #slices == 0 then return nil end
	return math.max(slices[1].start_ns, math.min(point.ns, slices[#slices].end_ns - 1))
end

-- Returns how many could not be drawn, an end of them having no slice to bind to.
local function add_flows(writer, panel)
	local left_out = 0
	for id, flow in ipairs(panel.flows) do
		local from, to = binding_ns(panel, flow.from), binding_ns(panel, flow.to)
		if from and to and from <= to then
			local name = flow.what and ("%s: %s"):format(flow.kind, flow.what) or flow.kind
			writer.add { ph = "s", name = name, cat = "flow", id = id, pid = panel.by_id[flow.from.lane].lane.pid,
				tid = flow.from.lane, ns = from }
			writer.add { ph = "f", name = name, cat = "flow", id = id, pid = panel.by_id[flow.to.lane].lane.pid,
				tid = flow.to.lane, ns = to, bp = "e" }
		else
			left_out = left_out + 1
		end
	end
	return left_out
end

-- A process that is none: tracks that belong to no lane, below those that do.
local function add_resources(writer, panel, index)
	local pid
	for _, resource in ipairs(panel.timeline.resources) do
		if #resource.holds > 0 then
			if not pid then
				pid = writer.tracks
				writer.tracks = pid + 1
				writer.process(pid, "locks, by who holds them", index)
			end
			local holds = {}
			for i, hold in ipairs(resource.holds) do
				holds[i] = { name = panel.name_of(hold.lane), start_ns = hold.start_ns, end_ns = hold.end_ns, cat = "hold",
					args = { lane = hold.lane, read = hold.read, open = hold.open, count = hold.count, held_ns = hold.held_ns } }
			end
			add_nested(writer, pid, ("%s (%s)"):format(resource.name, resource.kind), holds)
		end
	end
end

local function add_path(writer, panel, index)
	if #panel.path == 0 then return end
	local pid = writer.tracks
	writer.tracks = pid + 1
	writer.process(pid, "critical path", index)
	local tid = writer.track(pid, "what the finish waited for")
	for _, stretch in ipairs(panel.path) do
		writer.add { ph = "X", name = panel.name_of(stretch.lane), cat = "critical-path", pid = pid, tid = tid,
			ns = stretch.start_ns, dur = stretch.end_ns - stretch.start_ns, args = { lane = stretch.lane } }
	end
end

local function add_timeline(writer, panel, label)
	local pids, index = {}, 0
	for _, entry in ipairs(panel.all) do
		local pid = entry.lane.pid
		if not pids[pid] then
			pids[pid] = true
			index = index + 1
			writer.process(pid, index == 1 and label or entry.name, index)
		end
		add_lane(writer, entry)
	end
	add_resources(writer, panel, index + 1)
	add_path(writer, panel, index + 2)
	return add_flows(writer, panel)
end

local function encode(event)
	local parts = { ('"ph":"%s","name":%s,"pid":%d,"tid":%d,"ts":%s'):format(event.ph, json.encode(text(event.name)),
		event.pid, event.tid, microseconds(event.ns)) }
	if event.cat then parts[#parts + 1] = '"cat":' .. json.encode(event.cat) end
	if event.dur then parts[#parts + 1] = '"dur":' .. microseconds(event.dur) end
	if event.id then parts[#parts + 1] = ('"id":%d'):format(event.id) end
	if event.bp then parts[#parts + 1] = ('"bp":"%s"'):format(event.bp) end
	if event.scope then parts[#parts + 1] = ('"s":"%s"'):format(event.scope) end
	if event.args then parts[#parts + 1] = '"args":' .. json.encode(event.args) end
	return "{" .. table.concat(parts, ",") .. "}"
end

-- Names first, then by time; at one time what contains before what is contained, and slices before what binds to them.
local function is_before(a, b)
	if (a.ph == "M") ~= (b.ph == "M") then return a.ph == "M" end
	if a.ns ~= b.ns then return a.ns < b.ns end
	if a.ph ~= b.ph then return PHASE_ORDER[a.ph] < PHASE_ORDER[b.ph] end
	if (a.dur or 0) ~= (b.dur or 0) then return (a.dur or 0) > (b.dur or 0) end
	return a.order < b.order
end

-- encode(measurement, generator) → the file's text. Of a measurement without a timeline there is one slice, as long as
-- the run, that says why.
function M.encode(measurement, generator)
	local panel = panels.of({ measurement }, {}).panels[1]
	local timeline = measurement.timeline or {}
	local writer = new_writer()
	local left_out = 0
	if measurement.timeline then
		left_out = add_timeline(writer, panel, measurement.label)
	else
		writer.process(1, measurement.label, 1)
		writer.add { ph = "X", name = "no timeline", cat = "unknown", pid = 1, tid = writer.track(1, measurement.label, 1),
			ns = 0, dur = measurement.runs[measurement.median_run].wall_ns, args = { why = measurement.numbers_only and "freeze: numbers" or measurement.method_why } }
	end
	table.sort(writer.events, is_before)
	local lines = {}
	for i, event in ipairs(writer.events) do lines[i] = encode(event) end
	return ('{"displayTimeUnit":"ns","otherData":%s,"traceEvents":[\n%s\n]}\n'):format(json.encode {
		generator = generator, label = measurement.label, machine = measurement.machine, measured_at = measurement.measured_at,
		method = measurement.method, method_why = measurement.method_why, exit = measurement.exit, lost = timeline.lost or 0,
		refused = timeline.refused, problem = timeline.problem, blind = json.array(timeline.blind or {}),
		flows_left_out = left_out, folded_ns = timeline.folded_ns, left_out = timeline.left_out,
	}, table.concat(lines, ",\n"))
end

return M
