-- Says whether a value is a measurement, as what was read from a file may be anything. Knows its form, not its meaning.
local states = require "timeline.states"

local M = {}

-- Of what is kept. Raised when what it means changes: older ones are then measured again.
M.VERSION = 4

local LONGEST_NS = 1 << 53 -- some hundred days: exact in JSON, and sums stay integers

-- Checks are functions. Records have many fields, and there may be hundreds of thousands of them, so what is asked of a field
-- most often also stands here as an expression about `v`.
local EXPRESSIONS = {}
local function check_of(expression)
	local check = assert(load(("local mtype, type, LONGEST = ... return function(v) return %s end"):format(expression)))(math.type, type,
		LONGEST_NS)
	EXPRESSIONS[check] = expression
	return check
end

local text = check_of 'type(v) == "string"'
local count = check_of 'mtype(v) == "integer" and v >= 0 and v <= LONGEST'
local flag = check_of "v == nil or v == true"

local function optional(check)
	if EXPRESSIONS[check] then return check_of(("v == nil or %s"):format(EXPRESSIONS[check])) end
	return function(value) return value == nil or check(value) end
end

-- A table whose fields pass their checks; more: an expression about `t` that holds, too.
local function record(fields, more)
	local checks, lines = {}, {}
	for name, check in pairs(fields) do
		local said = EXPRESSIONS[check]
		if not said then
			checks[#checks + 1] = check
			said = ("checks[%d](v)"):format(#checks)
		end
		lines[#lines + 1] = ("v = t[%q] if not (%s) then return false end"):format(name, said)
	end
	return assert(load(("local mtype, type, LONGEST, checks = ... return function(t) if type(t) ~= 'table' then return false end local v %s return %s end")
		:format(table.concat(lines, " "), more or "true")))(math.type, type, LONGEST_NS, checks)
end

local function one_of(...)
	local words = {}
	for _, word in ipairs { ... } do words[word] = true end
	return function(value) return value ~= nil and words[value] == true end
end

-- Lists whose entries were checked as they were made, while is_kept is told of such.
local checked = {}

local function list(check, least)
	return function(value)
		if checked[value] then return true end
		if type(value) ~= "table" or #value < (least or 0) then return false end
		local entries, length = 0, #value
		for i = 1, length do
			if not check(value[i]) then return false end
		end
		for _ in next, value do entries = entries + 1 end
		return entries == length
	end
end

-- A record with a time from start_ns to end_ns.
local function stretch(fields)
	fields.start_ns, fields.end_ns = count, count
	return record(fields, "t.start_ns <= t.end_ns")
end

local METHODS = { "switch-records", "schedstat", "getrusage", "probe", "none" }

-- How long it was in each state.
local function times_of_states(value)
	if type(value) ~= "table" then return false end
	for state, ns in pairs(value) do
		if not states.is_known(state) or not count(ns) then return false end
	end
	return true
end

-- Of a slice that stands for many: at least one state.
local function is_mix(value)
	return times_of_states(value) and next(value) ~= nil
end

-- What a slice and an entry of hang.stuck say of a wait.
local function wait(fields)
	fields.state, fields.what, fields.owner, fields.owner_lane = states.is_known, optional(text), optional(text), optional(count)
	fields.where, fields.call = optional(text), optional(text)
	return stretch(fields)
end

-- What the records of a timeline's long lists are: name of the list → check.
M.RECORDS = {
	slices = wait { cpu = optional(count), asked_ns = optional(count), count = optional(count), mix = optional(is_mix) },
	spans = stretch { name = text },
	marks = record { name = text, ns = count },
	holds = stretch { lane = count, read = flag, open = flag, count = optional(count), held_ns = optional(count) },
	waits = stretch { lane = count, owner_lane = optional(count), count = optional(count), waited_ns = optional(count) },
	path = stretch { lane = count, count = optional(count) },
	flows = record { kind = text, what = optional(text), from = record { lane = count, ns = count }, to = record { lane = count, ns = count } },
}

local is_lane = stretch {
	name = text, id = count, pid = count, tid = count, thread = optional(count), cpu_ns = optional(count),
	slack_ns = optional(count), least_slack_ns = optional(count),
	slices = list(M.RECORDS.slices), spans = list(M.RECORDS.spans), marks = list(M.RECORDS.marks),
}
local is_resource = record {
	name = text, kind = text, holds = list(M.RECORDS.holds), waits = list(M.RECORDS.waits),
}
local is_place = record { lane = count, ns = count }
local is_hang = record {
	stuck = list(wait { lane = count, name = text, timed = flag, holders = list(count) }, 1),
	deadlock = optional(list(count, 1)),
}
local has_timeline_fields = record {
	wall_ns = count, method = one_of(table.unpack(METHODS, 1, #METHODS - 1)), lost = count, refused = optional(count),
	problem = optional(text), blind = list(one_of("cpus", "preemption", "delay", "unwrapped", "cpu-time", "reasons")),
	lanes = list(is_lane), resources = list(is_resource),
	flows = list(M.RECORDS.flows), path = list(M.RECORDS.path), folded_ns = optional(count),
	left_out = optional(record { flows = optional(count), spans = optional(count), marks = optional(count),
		resources = optional(count) }), finish = optional(is_place), hang = optional(is_hang),
}

-- Whether every slice starts where the one before ended, from the lane's start to its end; a lane of no length has none.
local function tiles(lane)
	local at = lane.start_ns
	for _, slice in ipairs(lane.slices) do
		if slice.start_ns ~= at then return false end
		at = slice.end_ns
	end
	return at == lane.end_ns
end

-- Whether every lane has an id of its own, and all that is called by such an id is there.
local function refers_to_lanes(timeline)
	local known = {}
	for _, lane in ipairs(timeline.lanes) do
		if known[lane.id] then return false end
		known[lane.id] = true
	end
	local function all(entries, first, second)
		for _, entry in ipairs(entries) do
			local one, other = entry[first], second and entry[second]
			if one ~= nil and not known[one] or other and not known[other] then return false end
		end
		return true
	end
	for _, lane in ipairs(timeline.lanes) do
		if not tiles(lane) or not all({ lane }, "thread") or not all(lane.slices, "owner_lane") then return false end
	end
	for _, resource in ipairs(timeline.resources) do
		if not all(resource.holds, "lane") or not all(resource.waits, "lane", "owner_lane") then return false end
	end
	for _, flow in ipairs(timeline.flows) do
		if not known[flow.from.lane] or not known[flow.to.lane] or flow.from.ns > flow.to.ns then return false end
	end
	local stuck = {}
	for _, one in ipairs(timeline.hang and timeline.hang.stuck or {}) do
		stuck[one.lane] = true
		for _, id in ipairs(one.holders) do
			if not known[id] then return false end
		end
	end
	for _, id in ipairs(timeline.hang and timeline.hang.deadlock or {}) do
		if not stuck[id] then return false end
	end
	return all(timeline.path, "lane") and all({ timeline.finish }, "lane")
		and all(timeline.hang and timeline.hang.stuck or {}, "lane", "owner_lane")
end

local function row(fields)
	fields.samples, fields.on_cpu_ns, fields.off_cpu = optional(count), optional(count), optional(times_of_states)
	return record(fields)
end
local are_lines = record {
	own = list(row { file = text, line = optional(count) }), elsewhere = list(row { module = optional(text), ["function"] = optional(text) }),
	period_ns = optional(count), samples = optional(count), unknown_samples = optional(count), lost = optional(count),
	cpu_ns = optional(count), unattributed_ns = optional(count), on_cpu_why = optional(text),
	unplaced = optional(times_of_states), off_cpu_why = optional(text),
}

local function is_timeline(value)
	return has_timeline_fields(value) and refers_to_lanes(value)
end

local has_exit = record { code = optional(count), signal = optional(text), ending = optional(text) }
local function is_exit(value)
	return has_exit(value) and (value.code or value.signal or value.ending) ~= nil
end

-- Each outcome at least once, and all of them together as often as it was run.
local function are_outcomes(value, runs)
	if not list(record { output = text, errors = text, exit = is_exit, count = count }, 1)(value) then return false end
	local sum = 0
	for _, outcome in ipairs(value) do
		if outcome.count == 0 then return false end
		sum = sum + outcome.count
	end
	return sum == runs
end

-- The point of a sweep: values by the names of macros.
local function is_point(value)
	if type(value) ~= "table" or next(value) == nil then return false end
	for name, one in pairs(value) do
		if not text(name) or not name:match("^[%a_][%w_]*$") then return false end
		if not text(one) and not (math.type(one) and one == one and math.abs(one) < math.huge) then return false end
	end
	return true
end

local are_reports = list(record {
	word = text, text = text, sides = list(record { does = text, ["in"] = optional(text), thread = optional(text), path = text,
		line = count, column = optional(count) }),
})
local are_sanitized = list(record { sanitizer = one_of("address", "thread", "undefined"), runs = count, reported = count,
	reports = are_reports }, 1)

local is_machine = record { cpu = text, kernel = text, cores = count, memory_bytes = count, hypervisor = optional(text) }

local is_refused = record {
	label = text, machine = optional(is_machine), refused = list(record { path = text, line = count, column = optional(count), message = text, details = text }, 1),
}

local has_fields = record {
	method = one_of(table.unpack(METHODS)),
	method_why = optional(text), outdated = optional(text), measured_at = text, output = text, errors = text, median_run = count,
	machine = is_machine,
	wall = record { n = count, median_ns = count, min_ns = count, max_ns = count, q1_ns = count, q3_ns = count },
	runs = list(record {
		wall_ns = count, user_ns = count, system_ns = count, voluntary = count, involuntary = count, max_rss_bytes = count,
	}, 1),
	exit = is_exit, timeline = optional(is_timeline), lines = optional(are_lines), at = optional(is_point),
	sanitizers = optional(are_sanitized), numbers_only = flag,
}

-- is(value) → whether all that the stages and figures will ask of a measurement is there, in its type.
function M.is(value)
	return has_fields(value) and #value.runs == value.wall.n and value.runs[value.median_run] ~= nil
		and (value.timeline ~= nil) == (value.method ~= "none" and not value.numbers_only)
		and (value.outcomes == nil or are_outcomes(value.outcomes, value.wall.n))
end

-- is_refused(value) → whether it is what is kept of a cell that is not to compile: { label, refused, machine }, what the
-- compiler said, and where, which only frozen ones say.
function M.is_refused(value)
	return is_refused(value)
end

-- is_swept(value) → whether it is the measurement of a swept cell: its points in full, each at values of all its names.
function M.is_swept(value)
	if type(value) ~= "table" or not text(value.label) or not list(text, 1)(value.sweep) or not list(M.is, 1)(value.points) then
		return false
	end
	for _, point in ipairs(value.points) do
		local named = 0
		for _, name in ipairs(value.sweep) do
			if not point.at or point.at[name] == nil then return false end
		end
		for _ in pairs(point.at) do named = named + 1 end
		if named ~= #value.sweep or point.label ~= value.label then return false end
	end
	return true
end

-- is_newer(value) → its version, where what was read from a file is of a version later than this one; else nil.
function M.is_newer(value)
	local version = type(value) == "table" and value.version
	return math.type(version) == "integer" and version > M.VERSION and version or nil
end

local is_warning = record {
	path = text, line = count, column = optional(count), message = text, details = optional(text),
}

local function is_kept(value)
	if type(value) ~= "table" or value.version ~= M.VERSION or not (M.is(value.measurement) or M.is_refused(value.measurement))
		or type(value.headers) ~= "table" then return false end
	for name, content in pairs(value.headers) do
		if not text(name) or not text(content) then return false end
	end
	if value.inputs ~= nil and type(value.inputs) ~= "table" then return false end
	if not list(record { path = text, line = count, count = count }, 1)(value.pieces) then return false end
	if not text(value.code_path) or not count(value.code_line) or not text(value.tried) then return false end
	return list(text)(value.absent) and list(is_warning)(value.warnings)
end

-- is_kept(value, known) → whether it is a measurement with what it depends on and what the compiler said, as it is kept. known:
-- list → true of those of a timeline whose records all pass M.RECORDS, or nil.
function M.is_kept(value, known)
	checked = known or {}
	local is = is_kept(value)
	checked = {}
	return is
end

-- Larger no time can be, and smaller than 0 none.
M.LONGEST_NS = LONGEST_NS

-- is_damaged(bytes, value) → whether a file whose bytes were decoded as value (nil: they could not be) should be a kept
-- measurement of this version and is none. One of an earlier version is not damaged, and no file (bytes nil) is none.
function M.is_damaged(bytes, value)
	if not bytes then return false end
	local version = type(value) == "table" and value.version
	local earlier = math.type(version) == "integer" and version < M.VERSION
	return not earlier and not M.is_kept(value)
end

return M
