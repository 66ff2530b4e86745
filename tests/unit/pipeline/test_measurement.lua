-- What is taken for a measurement: those that were stored, and not one with any field damaged. Run from the repository's
-- root.

local tap = require "tap"
local stored = require "stored".measurement
local measurement = require "measurement.measurement"

local function refused(name, damage, what)
	local value = stored(name)
	damage(value, value.timeline)
	tap.same(measurement.is(value), false, what)
end

tap.test("what was measured is a measurement, on every rung", function()
	for _, name in ipairs { "kitchen", "kitchen-schedstat", "kitchen-getrusage", "kitchen-probe", "kitchen-none", "deadlock",
		"roast-threads", "roast-processes", "roast-refused", "crunch-preempted" } do
		tap.same(measurement.is(stored(name)), true, name)
	end
end)

tap.test("a timeline belongs to every method but none", function()
	refused("kitchen", function(m) m.timeline = nil end, "switch records without a timeline")
	refused("kitchen-probe", function(m) m.timeline = nil end, "the probe without a timeline")
	refused("kitchen", function(m) m.method = "none" end, "none with a timeline")
	refused("kitchen", function(m) m.method = "guess" end, "an unknown method")
	refused("kitchen", function(_, t) t.method = "none" end, "a timeline by no method")
end)

tap.test("reports of sanitizers are whole, or the measurement is none", function()
	local function trial()
		return { sanitizer = "thread", runs = 2, reported = 1, reports = { { word = "race", text = "data race", sides = {
			{ does = "write", ["in"] = "f", path = "posts/a.md", line = 3 } } } } }
	end
	local value = stored("kitchen")
	value.sanitizers = { trial() }
	tap.same(measurement.is(value), true)
	for _, damage in ipairs {
		function(one) one.sanitizer = "memory" end, function(one) one.runs = nil end, function(one) one.reports = "none" end,
		function(one) one.reports[1].word = 7 end, function(one) one.reports[1].text = nil end,
		function(one) one.reports[1].sides[1].line = "3" end, function(one) one.reports[1].sides[1].path = nil end,
		function(one) one.reports[1].sides[1].thread = 1 end, function(one) one.reported = -1 end,
	} do
		refused("kitchen", function(m)
			local one = trial()
			damage(one)
			m.sanitizers = { one }
		end, "a damaged report")
	end
	refused("kitchen", function(m) m.sanitizers = {} end, "no sanitizer")
end)

tap.test("a refusal has its errors", function()
	tap.same(measurement.is_refused { label = "x", refused = { { path = "a", line = 1, message = "m", details = "" } } }, true)
	tap.same(measurement.is_refused { label = "x", refused = {} }, false)
	tap.same(measurement.is_refused { label = "x", refused = { { path = "a", line = "1", message = "m", details = "" } } }, false)
	tap.same(measurement.is_refused(stored("kitchen")), false)
end)

tap.test("a field that is missing or of another type is seen", function()
	for _, name in ipairs { "wall_ns", "method", "lost", "blind", "lanes", "resources", "flows", "path" } do
		refused("kitchen", function(_, t) t[name] = nil end, "no " .. name)
		refused("kitchen", function(_, t) t[name] = "x" end, name .. " is a text")
	end
	for _, name in ipairs { "name", "id", "pid", "tid", "start_ns", "end_ns", "slices", "spans", "marks" } do
		refused("kitchen", function(_, t) t.lanes[2][name] = nil end, "a lane without " .. name)
		refused("kitchen", function(_, t) t.lanes[2][name] = false end, "a lane with false for " .. name)
	end
	for _, case in ipairs {
		{ "cpu_ns", -1 }, { "slack_ns", 1.5 }, { "least_slack_ns", "1" }, { "thread", {} },
	} do
		refused("kitchen", function(_, t) t.lanes[2][case[1]] = case[2] end, "a lane's " .. case[1])
	end
	for _, case in ipairs { { "what", 1 }, { "owner", true }, { "where", {} }, { "call", 5 }, { "asked_ns", "1" }, { "cpu", -1 },
		{ "state", "dreaming" }, { "state", 1 } } do
		refused("kitchen", function(_, t) t.lanes[2].slices[1][case[1]] = case[2] end, "a slice's " .. case[1])
	end
	refused("kitchen", function(_, t) t.lanes[2].slices[1].state = nil end, "a slice without a state")
	refused("kitchen", function(_, t) t.lanes[2].spans[1].name = nil end, "a span without a name")
	refused("kitchen", function(_, t) t.lanes[2].marks[1].ns = nil end, "a mark without a time")
	refused("kitchen", function(_, t) t.resources[1].kind = nil end, "a lock of no kind")
	refused("kitchen", function(_, t) t.resources[1].holds[1].open = "yes" end, "open is true or absent")
	refused("kitchen", function(_, t) t.blind = { "everything" } end, "blind for what is no word")
	refused("kitchen", function(_, t) t.refused = -1 end, "less than none refused")
	for _, mix in ipairs { {}, "x", { dreaming = 1 }, { running = -1 }, { 5 } } do
		refused("kitchen", function(_, t) t.lanes[2].slices[1].mix = mix end, "a mix that is none")
	end
	refused("kitchen", function(_, t) t.resources[1].holds[1].held_ns = "1" end, "a hold's sum")
	refused("kitchen", function(_, t) t.resources[1].waits[1].waited_ns = {} end, "a wait's sum")
	refused("kitchen", function(_, t) t.left_out = { flows = -1 } end, "less than none left out")
	refused("kitchen", function(_, t) t.problem = {} end, "a problem that is no text")
	refused("deadlock", function(_, t) t.hang.stuck[1].holders = nil end, "stuck without holders")
	refused("deadlock", function(_, t) t.hang.stuck = {} end, "a hang of nobody")
	refused("deadlock", function(_, t) t.hang.deadlock = {} end, "a deadlock of nobody")
end)

tap.test("a lane that is called by its id is there", function()
	local nobody = 999
	refused("kitchen", function(_, t) t.lanes[2].thread = nobody end, "thread")
	refused("kitchen", function(_, t) t.lanes[3].slices[2].owner_lane = nobody end, "a slice's owner")
	refused("kitchen", function(_, t) t.resources[1].holds[1].lane = nobody end, "a holder")
	refused("kitchen", function(_, t) t.resources[1].waits[1].lane = nobody end, "a waiter")
	refused("kitchen", function(_, t) t.resources[1].waits[1].owner_lane = nobody end, "a waiter's owner")
	refused("kitchen", function(_, t) t.flows[1].from.lane = nobody end, "where a flow starts")
	refused("kitchen", function(_, t) t.flows[1].to.lane = nobody end, "where a flow ends")
	refused("kitchen", function(_, t) t.path[1].lane = nobody end, "the path")
	refused("kitchen", function(_, t) t.finish.lane = nobody end, "the finish")
	refused("deadlock", function(_, t) t.hang.stuck[1].lane = nobody end, "stuck")
	refused("deadlock", function(_, t) t.hang.stuck[1].owner_lane = nobody end, "a stuck lane's owner")
	refused("deadlock", function(_, t) t.hang.stuck[1].holders[1] = nobody end, "a stuck lane's holder")
	refused("deadlock", function(_, t) t.hang.deadlock[1] = 2000 end, "the deadlock")
	refused("kitchen", function(_, t) t.lanes[#t.lanes + 1] = t.lanes[1] end, "two lanes with one id")
end)

tap.test("times run forward and slices tile their lane", function()
	refused("kitchen", function(_, t) t.lanes[2].slices[2].end_ns = t.lanes[2].slices[2].start_ns - 1 end, "backwards")
	refused("kitchen", function(_, t) table.remove(t.lanes[2].slices, 2) end, "a gap")
	refused("kitchen", function(_, t) t.lanes[2].end_ns = t.lanes[2].end_ns + 1 end, "a lane longer than its slices")
	refused("kitchen", function(_, t) t.lanes[2].slices = {} end, "no slices")
	refused("kitchen", function(_, t) t.resources[1].holds[1].end_ns = 0 end, "a hold that ends before it starts")
	refused("kitchen", function(_, t) t.flows[5].to.ns = t.flows[5].from.ns - 1 end, "a flow into the past")
	refused("kitchen", function(_, t) t.wall_ns = 1 << 60 end, "longer than anything runs")
	refused("kitchen", function(m) m.median_run = 2 end, "a median that is no run")
end)

tap.test("anything else is none", function()
	for _, value in ipairs { 1, "x", true, {}, { timeline = {} } } do
		tap.same(measurement.is(value), false, tostring(value))
	end
	tap.same(measurement.is(nil), false, "nil")
end)

tap.test("the point of a sweep and outcomes are looked at, too", function()
	local value = stored("kitchen")
	value.at = { threads = 4, kind = "int", share = 0.5 }
	value.outcomes = { { output = "a", errors = "", exit = { code = 0 }, count = value.wall.n } }
	tap.same(measurement.is(value), true)
	for _, at in ipairs { {}, { [1] = 4 }, { ["a b"] = 1 }, { a = true }, { a = {} }, { a = 0 / 0 }, { a = math.huge }, "4" } do
		refused("kitchen", function(m) m.at = at end, "a point at " .. tostring(next(type(at) == "table" and at or {})))
	end
	for what, outcomes in pairs { none = {}, ["not a list"] = 5, ["one without a count"] = { { output = "", errors = "", exit = { code = 0 } } },
		["too many"] = { { output = "", errors = "", exit = { code = 0 }, count = 999 } },
		["no ending"] = { { output = "", errors = "", exit = {}, count = value.wall.n } },
		["none of one"] = { { output = "a", errors = "", exit = { code = 0 }, count = value.wall.n },
			{ output = "b", errors = "", exit = { code = 0 }, count = 0 } } } do
		refused("kitchen", function(m) m.outcomes = outcomes end, "outcomes: " .. what)
	end
end)

tap.test("a swept measurement has all its points, each at values of all its names", function()
	local function swept(change)
		local value = { label = "pool", sweep = { "threads" }, points = { stored("kitchen"), stored("kitchen") } }
		for i, point in ipairs(value.points) do point.label, point.at = "pool", { threads = i } end
		if change then change(value) end
		return measurement.is_swept(value)
	end
	tap.same(swept(), true)
	for what, change in pairs {
		["no points"] = function(v) v.points = {} end, ["no names"] = function(v) v.sweep = {} end,
		["no label"] = function(v) v.label = nil end, ["a point of another cell"] = function(v) v.points[2].label = "x" end,
		["a point at nothing"] = function(v) v.points[2].at = nil end,
		["a point without a name"] = function(v) v.sweep = { "threads", "size" } end,
		["a point with a name more"] = function(v) v.points[1].at.size = 1 end,
		["a damaged point"] = function(v) v.points[2].runs = {} end,
	} do
		tap.same(swept(change), false, what)
	end
	tap.same(measurement.is_swept(5), false)
	tap.same(measurement.is_swept(stored("kitchen")), false)
end)

tap.test("a version later than this one is told from all else", function()
	tap.same(measurement.is_newer { version = measurement.VERSION + 1 }, measurement.VERSION + 1)
	for _, version in ipairs { measurement.VERSION, 0, -1, "9", 9.5 } do tap.same(measurement.is_newer { version = version }, nil) end
	tap.same(measurement.is_newer(nil), nil)
	tap.same(measurement.is_newer("x"), nil)
end)

tap.done()
