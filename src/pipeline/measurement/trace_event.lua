-- A measurement as JSON in the Trace Event Format, which Perfetto and others open. Knows the format's rules: what stands
-- on one track nests, events are sorted by time, and both ends of a flow lie in a slice of their track.
local trace_events = require "livepost.trace_events"
local json = require "livepost.json"
local lanes = require "timeline.lanes"
local printable = require "base.printable"
local states = require "timeline.states"

local M = {}

-- Numbers of tracks that are no lanes: above all tids, and above those that lanes without one of their own get.
local FIRST_TRACK = 1 << 23

-- What is said of a slice, of a hold and of a stretch of the path.
local SLICE_FIELDS = { "asked_ns", "call", "count", "cpu", "mix", "owner", "state", "what", "where" }
local HOLD_FIELDS = { "count", "held_ns", "lane", "open", "read" }
local PATH_FIELDS = { "lane" }

local STATES = table.move(states.order, 1, #states.order, 1, {})
table.sort(STATES)

-- text → how it is shown; each is made once.
local function shown_texts()
	return setmetatable({}, { __index = function(known, words)
		local shown = printable.text(words)
		known[words] = shown
		return shown
	end })
end

-- Collects events, and gives out tracks.
local function new_writer()
	local writer = { events = trace_events.new(), tracks = FIRST_TRACK, sort_index = 0, shown = shown_texts() }

	function writer.name(what, pid, tid, args)
		writer.events:add("M", what, pid, tid, 0, nil, nil, ',"args":' .. json.encode(args))
	end

	function writer.process(pid, name, index)
		writer.name("process_name", pid, 0, { name = writer.shown[name] })
		writer.name("process_sort_index", pid, 0, { sort_index = index })
	end

	-- Names a track, a new one where tid is nil, below all that were named before it; returns its number.
	function writer.track(pid, name, tid)
		if not tid then
			tid = writer.tracks
			writer.tracks = tid + 1
		end
		writer.sort_index = writer.sort_index + 1
		writer.name("thread_name", pid, tid, { name = writer.shown[name] })
		writer.name("thread_sort_index", pid, tid, { sort_index = writer.sort_index })
		return tid
	end

	-- A record with its start and end, and those of the fields that it has.
	function writer.stretch(record, pid, tid, name, category, fields)
		writer.events:add_stretch(record, pid, tid, writer.shown[name], category, fields, writer.shown, STATES)
	end

	return writer
end

local function is_before(a, b)
	if a.start_ns ~= b.start_ns then return a.start_ns < b.start_ns end
	return a.end_ns > b.end_ns
end

-- The same records by their start, the longer first, else as they were. Most lists are nearly in this order: only where very
-- much has to be moved are they sorted from the ground up.
local function sorted(records)
	local copy, left = table.move(records, 1, #records, 1, {}), 8 * #records
	for i = 2, #copy do
		local one, at = copy[i], i
		while at > 1 and is_before(one, copy[at - 1]) do
			copy[at] = copy[at - 1]
			at = at - 1
		end
		copy[at] = one
		left = left - (i - at)
		if left < 0 then break end
	end
	if left >= 0 then return copy end
	local places = {}
	for k, record in ipairs(records) do places[record], copy[k] = k, record end
	table.sort(copy, function(a, b)
		if is_before(a, b) or is_before(b, a) then return is_before(a, b) end
		return places[a] < places[b]
	end)
	return copy
end

-- Adds stretches that may overlap, to as many tracks as it takes for those of each to nest. about: { records, name_of(record) →
-- its name, category, fields }.
local function add_nested(writer, pid, title, about)
	local tracks = {}
	local function fits(track, one)
		local open = track.open
		while #open > 0 and open[#open] <= one.start_ns do open[#open] = nil end
		return #open == 0 or one.end_ns <= open[#open]
	end
	for _, one in ipairs(sorted(about.records)) do
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
		writer.stretch(one, pid, track.tid, about.name_of(one), about.category, about.fields)
	end
end

local function add_lane(writer, entry)
	local lane, pid = entry.lane, entry.lane.pid
	writer.track(pid, entry.name, entry.id)
	writer.events:add_slices(lane.slices, pid, entry.id, SLICE_FIELDS, writer.shown, STATES)
	for _, mark in ipairs(lane.marks) do
		writer.events:add("i", writer.shown[mark.name], pid, entry.id, mark.ns, "mark", nil, ',"s":"t"')
	end
	if #lane.spans > 0 then
		add_nested(writer, pid, entry.name .. ": spans", { records = lane.spans, category = "span",
			name_of = function(span) return span.name end })
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
			name = writer.shown[name]
			local number = (',"id":%d'):format(id)
			writer.events:add("s", name, panel.by_id[flow.from.lane].lane.pid, flow.from.lane, from, "flow", nil, number)
			writer.events:add("f", name, panel.by_id[flow.to.lane].lane.pid, flow.to.lane, to, "flow", nil, number .. ',"bp":"e"')
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
			add_nested(writer, pid, ("%s (%s)"):format(resource.name, resource.kind), { records = resource.holds, category = "hold",
				name_of = function(hold) return panel.name_of(hold.lane) end, fields = HOLD_FIELDS })
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
		writer.stretch(stretch, pid, tid, panel.name_of(stretch.lane), "critical-path", PATH_FIELDS)
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

-- What of a timeline is read here, as timeline.panels calls it.
local function panel_of(timeline)
	local panel = { timeline = timeline, all = lanes.arrange(timeline), by_id = {}, flows = timeline.flows, path = timeline.path }
	for _, entry in ipairs(panel.all) do panel.by_id[entry.id] = entry end
	function panel.name_of(id)
		local entry = panel.by_id[id]
		return entry and entry.name or ("thread %d"):format(id)
	end
	return panel
end

-- encode(measurement, generator) → the file's text. Of a measurement without a timeline there is one slice, as long as
-- the run, that says why.
function M.encode(measurement, generator)
	local timeline = measurement.timeline or {}
	local writer = new_writer()
	local left_out = 0
	if measurement.timeline then
		left_out = add_timeline(writer, panel_of(measurement.timeline), measurement.label)
	else
		writer.process(1, measurement.label, 1)
		local why = measurement.numbers_only and "freeze: numbers" or measurement.method_why
		writer.events:add("X", "no timeline", 1, writer.track(1, measurement.label, 1), 0, "unknown",
			measurement.runs[measurement.median_run].wall_ns, ',"args":' .. json.encode { why = why })
	end
	return ('{"displayTimeUnit":"ns","otherData":%s,"traceEvents":[\n%s\n]}\n'):format(json.encode {
		generator = generator, label = measurement.label, machine = measurement.machine, measured_at = measurement.measured_at,
		method = measurement.method, method_why = measurement.method_why, exit = measurement.exit, lost = timeline.lost or 0,
		refused = timeline.refused, problem = timeline.problem, blind = json.array(timeline.blind or {}),
		flows_left_out = left_out, folded_ns = timeline.folded_ns, left_out = timeline.left_out,
	}, writer.events:text())
end

return M
