-- Measurements made up from a seed, in every shape that a figure must bear; the same seed gives the same measurement.
-- For tests, the gallery and benchmarks of figures only.

local M = {}

local STATES = { "waiting-cpu", "waiting-lock", "waiting-cond", "sleeping", "waiting-io", "joining", "waiting-child", "blocked" }

-- Returns random(n): a whole number from 1 to n.
function M.random(seed)
	local state = seed * 2654435761 % 4294967296
	return function(n)
		state = (state * 1664525 + 1013904223) % 4294967296
		return (state >> 8) % n + 1
	end
end

-- One lane of `count` slices that tile start_ns … end_ns, work and waits in turns.
local function slices_of(random, spec, start_ns, end_ns, count)
	local cuts, slices = {}, {}
	count = math.max(1, math.min(count, end_ns - start_ns))
	for i = 1, count - 1 do
		-- evenly with a quarter of jitter, so that no slice is empty
		local even = start_ns + (end_ns - start_ns) * i // count
		local room = (end_ns - start_ns) // count // 4
		cuts[i] = even + (room > 0 and random(2 * room) - room or 0)
	end
	cuts[count] = end_ns
	local at = start_ns
	for i = 1, count do
		local state = i % 2 == 1 and "running" or spec.states[random(#spec.states)]
		local waits = state == "waiting-lock" and spec.lock
		slices[#slices + 1] = { start_ns = at, end_ns = cuts[i], state = state, what = waits or nil,
			where = waits and "made.c:" .. random(90) or nil }
		at = cuts[i]
	end
	return slices
end

-- The lock that the lanes' waits are for: held in turns, handed on at each let-go.
local function add_lock(timeline, spec)
	local lock = { name = spec.lock, kind = "mutex", holds = {}, waits = {} }
	for _, lane in ipairs(timeline.lanes) do
		for _, slice in ipairs(lane.slices) do
			if slice.what == spec.lock then
				table.insert(lock.waits, { lane = lane.id, start_ns = slice.start_ns, end_ns = slice.end_ns })
			end
		end
	end
	local wall, count = timeline.wall_ns, spec.holds or 12
	for i = 1, count do
		local from, to = wall * (i - 1) // count, wall * i // count
		local lane, after = timeline.lanes[i % #timeline.lanes + 1], timeline.lanes[(i + 1) % #timeline.lanes + 1]
		table.insert(lock.holds, { lane = lane.id, start_ns = from, end_ns = to - (to - from) // 5 })
		table.insert(timeline.flows, { kind = "hand-off", what = spec.lock, from = { lane = lane.id, ns = to - (to - from) // 5 },
			to = { lane = after.id, ns = to } })
	end
	timeline.resources[1] = lock
end

-- Returns the measurement around a timeline (nil for none).
function M.around(label, wall_ns, timeline)
	return { label = label, method = timeline and "switch-records" or "none",
		machine = { cores = 2, cpu = "a made-up machine", kernel = "Linux 6.18.44" },
		measured_at = "2026-11-22T19:30:00Z", runs = { { wall_ns = wall_ns, user_ns = wall_ns // 2, system_ns = 0 } },
		wall = { n = 1, median_ns = wall_ns, min_ns = wall_ns, max_ns = wall_ns, q1_ns = wall_ns, q3_ns = wall_ns },
		median_run = 1, exit = { code = 0 }, output = "", errors = "", timeline = timeline }
end

-- Returns a measurement. spec (all may be left out): label; seed; wall_ns; lanes, how many; slices, in each; name(i), of a
-- lane; pid(i); states, those between work; lock, the name of one they wait for; holds, of it; spans, how many in each lane,
-- nested by threes; marks, how many in each.
function M.measurement(spec)
	local random, wall = M.random(spec.seed or 1), spec.wall_ns or 100000000
	local timeline = { wall_ns = wall, lost = 0, lanes = {}, flows = {}, resources = {}, path = {} }
	local made = { states = spec.states or STATES, lock = spec.lock, holds = spec.holds }
	for i = 1, spec.lanes or 4 do
		local start = i == 1 and 0 or wall // 50 * (random(100) - 1) // 100
		local stop = i == 1 and wall or wall - wall // 20 * (random(100) - 1) // 100
		local lane = { id = i, tid = i, pid = spec.pid and spec.pid(i) or 1, name = spec.name and spec.name(i) or "worker " .. i,
			start_ns = start, end_ns = stop, cpu_ns = 0, slices = slices_of(random, made, start, stop, spec.slices or 12),
			spans = {}, marks = {} }
		for k = 1, spec.spans or 0 do
			local from = start + (stop - start) * (random(900) - 1) // 1000
			lane.spans[k] = { name = "step " .. k .. (k % 3 == 0 and " of a long recipe" or ""), start_ns = from,
				end_ns = from + (stop - from) * random(1000) // 1000 }
		end
		for k = 1, spec.marks or 0 do
			lane.marks[k] = { name = "mark " .. k, ns = start + (stop - start) * k // (spec.marks + 1) }
		end
		table.sort(lane.spans, function(a, b) return a.start_ns < b.start_ns end)
		timeline.lanes[i] = lane
		if i > 1 then
			table.insert(timeline.flows, { kind = "create", from = { lane = 1, ns = start }, to = { lane = i, ns = start } })
		end
	end
	if spec.lock and #timeline.lanes > 0 then
		add_lock(timeline, made)
	end
	if #timeline.lanes > 1 then
		timeline.path = { { lane = 2, start_ns = timeline.lanes[2].start_ns, end_ns = wall // 2 },
			{ lane = 1, start_ns = wall // 2, end_ns = wall } }
	end
	return M.around(spec.label or "made", wall, timeline)
end

return M
