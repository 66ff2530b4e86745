-- What is frozen is the measurement again when it is thawed; it is small, and whatever else stands in a file is refused.
-- Run from the repository's root.

local tap = require "tap"
local digits = require "livepost.digits"
local frozen = require "measurement.frozen"
local json = require "livepost.json"
local json_lines = require "base.json_lines"
local measurement = require "measurement.measurement"
local stored = require "stored".measurement

local NAMES = { "kitchen", "kitchen-schedstat", "kitchen-getrusage", "kitchen-probe", "kitchen-none", "deadlock",
	"roast-threads", "roast-processes", "roast-refused", "crunch-preempted" }

local function kept(one)
	return { measurement = one, inputs = { code = "x" }, code_path = "posts/a.md", code_line = 3,
		pieces = { { path = "posts/a.md", line = 3, count = 20 } }, tried = "switch-records",
		headers = {}, absent = json.array {}, warnings = json.array {} }
end

local function thawed(one)
	local bytes = frozen.encode(kept(one))
	return assert(frozen.decode(bytes)), bytes
end

tap.test("a measurement that was rounded comes back as it was, and gives the same bytes again", function()
	for _, name in ipairs(NAMES) do
		local one = stored(name)
		frozen.round(one)
		tap.same(measurement.is(one), true, name .. ": rounded")
		local back, bytes = thawed(one)
		tap.same(json.encode(back.measurement), json.encode(one), name)
		tap.same(frozen.encode(back), bytes, name .. ": bytes")
		frozen.round(back.measurement)
		tap.same(json.encode(back.measurement), json.encode(one), name .. ": rounded twice")
	end
end)

tap.test("rounding moves no time by more than half a unit, and none that was asked for", function()
	local one = stored "kitchen"
	one.at = { pause_ns = 1234567891 }
	one.runs[1].wall_ns, one.wall.max_ns = 9999996, 9999996
	one.timeline.lanes[1].slices[1].asked_ns = 123456789
	frozen.round(one)
	tap.same(one.runs[1].wall_ns, 10000000)
	tap.same(one.at.pause_ns, 1234567891)
	tap.same(one.timeline.lanes[1].slices[1].asked_ns, 123456789)
	local once = json.encode(one)
	frozen.round(one)
	tap.same(json.encode(one), once)
end)

-- Threads that take turns at a lock: `count` slices in all, each with its hold, wait and arrow.
local function contended(count)
	local one = stored "kitchen"
	local lanes, holds, waits, flows, path = {}, {}, {}, {}, {}
	local random = 12345
	local function draw(most)
		random = random * 1103515245 + 12345 & 0x7fffffff
		return random % most + 1
	end
	for id = 1, 4 do
		local at, slices = 0, {}
		for i = 1, count // 4 do
			local ends = at + 2000 + draw(400000)
			if i % 2 == 0 then
				slices[i] = { state = "waiting-lock", what = "chef", owner = "cook " .. id % 4 + 1, owner_lane = id % 4 + 1,
					where = "posts/a.md:" .. 20 + draw(3), start_ns = at, end_ns = ends }
				waits[#waits + 1] = { lane = id, owner_lane = id % 4 + 1, start_ns = at, end_ns = ends }
				flows[#flows + 1] = { kind = "hand-off", what = "chef", from = { lane = id % 4 + 1, ns = ends }, to = { lane = id, ns = ends + 900 } }
			else
				slices[i] = { state = "running", cpu = draw(2) - 1, start_ns = at, end_ns = ends }
				holds[#holds + 1] = { lane = id, start_ns = at, end_ns = ends }
				path[#path + 1] = { lane = id, start_ns = at, end_ns = ends }
			end
			at = ends
		end
		lanes[id] = { name = "cook " .. id, id = id, pid = 1, tid = id, start_ns = 0, end_ns = at, slices = slices,
			spans = json.array {}, marks = json.array {} }
	end
	one.timeline.lanes, one.timeline.flows, one.timeline.path, one.timeline.hang, one.timeline.finish = lanes, flows, path, nil, nil
	one.timeline.resources = { { name = "chef", kind = "mutex", holds = holds, waits = waits } }
	return one
end

tap.test("a timeline of 10,000 slices with its holds, waits, arrows and path takes 200 KB at most", function()
	local one = contended(10000)
	tap.same(measurement.is(one), true)
	frozen.round(one)
	local back, bytes = thawed(one)
	tap.same(json.encode(back.measurement) == json.encode(one), true)
	print(("# 10,000 slices, 5,000 holds, waits and arrows each: %d bytes frozen, %d as plain JSON"):format(#bytes, #json.encode(one)))
	tap.same(#bytes <= 200000, true)
end)

-- Coroutines that take turns in one thread: `count` lanes that look alike, each with its arrow, its holds and a mark now and then.
local function crowded(count)
	local one = stored "kitchen"
	local lanes, holds, flows = {}, {}, {}
	for i = 1, count do
		local at, slices = 1000000 + 2000 * i, {}
		lanes[i] = { name = i == 1 and "loop" or i == 7 and "cook 007" or "cook " .. i, id = 4194304 + i, pid = 2, tid = 2, thread = i > 1 and 4194305 or nil,
			start_ns = at, cpu_ns = 8000 + 1000 * (i % 3), slices = slices, spans = json.array {}, marks = json.array {} }
		for k = 1, 5 do
			local ends = at + 34000000 + 1000 * ((i + k) % 3)
			slices[k] = { state = "blocked", start_ns = at, end_ns = ends, count = 4, mix = { blocked = ends - at - 2000, running = 2000 } }
			at = ends
		end
		slices[6] = { state = "joining", what = lanes[math.max(1, i - 1)].name, owner_lane = lanes[math.max(1, i - 1)].id, start_ns = at, end_ns = at + 5000 }
		lanes[i].end_ns = at + 5000
		if i % 50 == 0 then
			lanes[i].marks[1] = { name = "done", ns = at }
			lanes[i].spans[1] = { name = "turn", start_ns = slices[1].start_ns, end_ns = at }
		end
		holds[i] = { lane = lanes[i].id, start_ns = at, end_ns = at + 1000 }
		if i > 1 then flows[i - 1] = { kind = "create", from = { lane = 4194305, ns = 1000000 }, to = { lane = lanes[i].id, ns = lanes[i].start_ns } } end
	end
	one.timeline.lanes, one.timeline.flows, one.timeline.path, one.timeline.hang, one.timeline.finish = lanes, flows, json.array {}, nil, nil
	one.timeline.resources = { { name = "chef", kind = "mutex", holds = holds, waits = json.array {} } }
	one.runs[1].wall_ns, one.wall.max_ns = 900000000, 900000000
	return one
end

tap.test("very many lanes that look alike take few bytes each, and come back as they were", function()
	for _, count in ipairs { 40, 41, 300, 10000 } do
		local one = crowded(count)
		frozen.round(one)
		tap.same(measurement.is(one), true, tostring(count))
		local back, bytes = thawed(one)
		tap.same(json.encode(back.measurement) == json.encode(one), true, tostring(count))
		tap.same(frozen.encode(back) == bytes, true, tostring(count))
		if count == 10000 then
			print(("# 10,000 lanes of 6 slices: %d bytes frozen"):format(#bytes))
			tap.same(#bytes < 100 * count, true)
		end
	end
end)

tap.test("a file of the version before is read as it was written", function()
	local one = stored "kitchen"
	frozen.round(one)
	local bytes = frozen.encode(kept(one)):gsub('"version": 2', '"version": 1')
	tap.same(json.encode(assert(frozen.decode(bytes)).measurement), json.encode(one))
	local file = assert(io.open("tests/fixtures/frozen/version-1.json", "rb"))
	local written = file:read "a"
	file:close()
	local old = assert(frozen.decode(written))
	tap.same(measurement.is(old.measurement), true)
	tap.same(#old.measurement.timeline.lanes, 5)
end)

tap.test("numbers come back from their digits, and nothing else is taken for digits", function()
	local numbers = { 0, 1, -1, 15, 16, -16, 511, 512, 1 << 53, -(1 << 53), (1 << 62) - 1 }
	for i = 1, 300 do numbers[#numbers + 1] = i * i * (i % 2 == 0 and 1 or -1) end
	local lines = digits.encode(numbers)
	tap.same(table.concat(digits.decode(lines), " "), table.concat(numbers, " "))
	for _, line in ipairs(lines) do tap.same(#line < 120, true) end
	for _, bad in ipairs { { "A!" }, { "g" }, { 5 }, { ("g"):rep(20) .. "A" } } do tap.same(digits.decode(bad), nil) end
end)

tap.test("what is read line by line is one thing a line, in the order of keys", function()
	tap.same(json_lines.encode { b = 1, a = "x" }, '{"a":"x","b":1}\n')
	local long = ("y"):rep(60)
	tap.same(json_lines.encode { b = { long, long }, a = { z = 1 } }, ('{\n "a": {"z":1},\n "b": [\n  "%s",\n  "%s"\n ]\n}\n'):format(long, long))
	local numbers = {}
	for i = 1, 60 do numbers[i] = i * 1000 end
	for line in json_lines.encode(numbers):gmatch("[^\n]+") do tap.same(#line <= 110, true, line) end
	tap.same(json.encode(json.decode(json_lines.encode(numbers))), json.encode(numbers))
end)

tap.test("what a file of a point is called holds no path, and tells points apart", function()
	local hash = function(text) return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) .. "00000000" end
	tap.same(frozen.name("pool", nil, hash), "pool")
	tap.same(frozen.name("pool", { threads = 4, size = 0.5 }, hash), "pool,size=0.5,threads=4")
	local up, other = frozen.name("pool", { at = "../x" }, hash), frozen.name("pool", { at = "..-x" }, hash)
	tap.same(up:find("/", 1, true), nil)
	tap.same(up ~= other, true)
end)

tap.test("what is no frozen measurement is said, with its place", function()
	local function wrong(bytes, pattern, line)
		local value, why, where = frozen.decode(bytes)
		tap.same(value, nil)
		tap.same(why and why:find(pattern) ~= nil, true, bytes:sub(1, 30) .. ": " .. tostring(why))
		if line then tap.same(where, line) end
	end
	wrong("", "no JSON", 1)
	wrong("null", "no frozen measurement")
	wrong('{\n "a": 1,\n "a": 2}', "duplicate", 3)
	wrong("{}", "no frozen measurement")
	wrong('{"a":1\n<<<<<<< HEAD\n', "merge", 2)
	wrong('{"version":99,"inputs":{},"measurement":{}}', "later livepost froze it %(version 99, this one knows 2%)")
	tap.same(select("#", frozen.decode('{"version":0,"inputs":{},"measurement":{}}')), 1)
end)

-- Changes single numbers of a frozen file, or single characters of its lines of digits, so many times.
local function damage(one, times, kind)
	frozen.round(one)
	local bytes = frozen.encode(kept(one))
	local refused, taken, random = 0, 0, 7
	local junk = { "", "0", "-1", "null", '"x"', "[]", "{}", "99999999999999999999", "9007199254740993", "1e9", "," }
	local function draw(most)
		random = random * 6364136223846793005 + 1442695040888963407
		return (random >> 33) % most + 1
	end
	for _ = 1, times do
		local at = draw(#bytes)
		local first, last = bytes:find("%-?%d+", at)
		local changed
		if kind == "digits" then
			changed = bytes:sub(1, at - 1) .. ("Ag/+9Q\"!"):sub(draw(8)):sub(1, 1) .. bytes:sub(at + 1)
		elseif first then
			changed = bytes:sub(1, first - 1) .. junk[draw(#junk)] .. bytes:sub(last + 1)
		end
		if changed then
			local value, why = frozen.decode(changed)
			if value then
				taken = taken + 1
				assert(measurement.is(value.measurement), changed:sub(at - 20, at + 20))
			else
				refused = refused + 1
				assert(type(why) == "string" or changed:find('"version": ?[0-]'), changed:sub(at - 20, at + 20))
			end
		end
	end
	tap.same(refused > times // 15, true)
	print(("# %d refused, %d taken"):format(refused, taken))
end

tap.test("whatever is changed in a file, it is refused or a measurement", function()
	damage(stored "kitchen", 1500)
	damage(crowded(60), 150)
	damage(crowded(60), 250, "digits")
	damage(contended(200), 250, "digits")
end)

tap.done()
