-- What a page's script is told of timelines: all of the time, each state's share of it, and never too much.

local json = require "livepost.json"
local states = require "timeline.states"
local stored = require "stored"
local tap = require "tap"
local timeline = require "figure.timeline"

local function labelled(name)
	local measurement = stored.measurement(name)
	measurement.label = name
	return measurement
end

-- The time of each state in a row of the data, in ns, by the state's key.
local function times_of(data, row)
	local sums = {}
	for i = 2, #row, 2 do
		local kind, length = data.k[row[i + 1] + 1], row[i] * data.u
		if kind and kind[1] >= 0 then
			local key = data.s[kind[1] + 1][1]
			sums[key] = (sums[key] or 0) + length
		elseif kind then
			for k = 2, #kind, 2 do
				local key = data.s[kind[k] + 1][1]
				sums[key] = (sums[key] or 0) + length * kind[k + 1] / 100
			end
		end
	end
	return sums
end

local function lane_times(lane)
	local sums = {}
	for _, slice in ipairs(lane.slices) do
		for name, ns in pairs(slice.mix or { [slice.state] = slice.end_ns - slice.start_ns }) do
			local key = states.of(name).key
			sums[key] = (sums[key] or 0) + ns
		end
	end
	return sums
end

for _, name in ipairs { "kitchen", "roast-threads", "roast-lost", "deadlock", "crunch-preempted", "kitchen-schedstat" } do
	tap.test("the data of " .. name .. " have each lane's states, to a hundredth of the run", function()
		local measurement = labelled(name)
		local encoded = timeline.data({ measurement }, {})
		assert(#encoded <= 30000, #encoded .. " bytes")
		local data = json.decode(encoded)
		local by_id = {}
		for i, key in ipairs(data.p[1].i) do by_id[key] = data.p[1].l[i] end
		for _, lane in ipairs(measurement.timeline.lanes) do
			local row = by_id[("%d"):format(lane.id)]
			assert(row, "no row for lane " .. lane.id)
			local told, true_times = times_of(data, row), lane_times(lane)
			for key, ns in pairs(true_times) do
				local away = math.abs((told[key] or 0) - ns)
				assert(away <= measurement.timeline.wall_ns / 100, ("%s of lane %d: %d ns away"):format(key, lane.id, away))
			end
		end
	end)
end

tap.test("a lane of a hundred thousand slices is told in 30 KB, its shares kept", function()
	local measurement, at, slices = labelled("roast-serial"), 0, {}
	for i = 1, 100000 do
		local length = i % 2 == 0 and 1000 or 3000
		slices[i] = { state = i % 2 == 0 and "waiting-cpu" or "running", start_ns = at, end_ns = at + length }
		at = at + length
	end
	local lane = measurement.timeline.lanes[1]
	lane.slices, lane.start_ns, lane.end_ns, lane.spans, lane.marks = slices, 0, at, {}, {}
	measurement.timeline.lanes, measurement.timeline.flows, measurement.timeline.path = { lane }, {}, {}
	measurement.timeline.resources, measurement.timeline.wall_ns, measurement.timeline.finish = {}, at, nil
	local encoded = timeline.data({ measurement }, {})
	assert(#encoded <= 30000, #encoded .. " bytes")
	local data = json.decode(encoded)
	local told = times_of(data, data.p[1].l[1])
	assert(math.abs(told.running / at - 0.75) < 0.01, "running " .. told.running / at)
	assert(data.p[1].e, "it does not say that it tells short ones together")
end)

tap.test("a measurement without a timeline has no data", function()
	tap.same(timeline.data({ labelled("kitchen-none") }, {}), nil)
end)

tap.done()
