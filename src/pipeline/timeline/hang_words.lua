-- Says what the threads of a program waited for when it was stopped. Knows nothing of how that was found out.
local states = require "timeline.states"
local units = require "base.units"

local M = {}

local MOST_LANES = 20
local MOST_HOLDERS = 4

local VERBS = { joining = "waits for the end of", ["waiting-child"] = "waits for the end of", ["waiting-cond"] = "waits at" }

local function lanes_of(timeline)
	local lanes, names = {}, {}
	for _, lane in ipairs(timeline.lanes) do lanes[lane.id], names[lane.id] = lane, lane.name end
	return lanes, names
end

local function listed(names)
	if #names > MOST_HOLDERS then
		return table.concat(names, ", ", 1, MOST_HOLDERS - 1) .. (" and %d more"):format(#names - MOST_HOLDERS + 1)
	end
	return #names > 1 and table.concat(names, ", ", 1, #names - 1) .. " and " .. names[#names] or names[1]
end

-- Who has what a stuck lane waits for: ", held by bob", and by nobody where it waits for a lock that is free or was
-- taken by a lane that has ended.
local function held_by(one, names)
	if one.state ~= "waiting-lock" then return "" end
	local holders = {}
	for _, id in ipairs(one.holders) do
		holders[#holders + 1] = id == one.lane and "itself" or names[id]
	end
	return #holders > 0 and ", held by " .. listed(holders) or ""
end

-- "waits for `fork 2`, held by bob (dinner.c:22)"
local function wait_of(one, names)
	local said
	if one.state == "sleeping" then
		said = one.asked_ns and ("sleeps for %s"):format(units.duration(one.asked_ns)) or "sleeps"
	elseif one.what and one.call and one.state == "waiting-io" then
		said = ("waits in %s for `%s`"):format(one.call, one.what)
	elseif one.what then
		said = ("%s `%s`"):format(VERBS[one.state] or "waits for", one.what)
	elseif one.call then
		said = ("waits in %s"):format(one.call)
	else
		said = one.state == "waiting-child" and "waits for a process to end" or "is " .. states.of(one.state).key
	end
	return said .. held_by(one, names) .. (one.timed and one.state ~= "sleeping" and ", with a time limit" or "")
		.. (one.where and (" (%s)"):format(one.where) or "")
end

local function ran(lane)
	return lane.cpu_ns and lane.cpu_ns > 0 and (", %s on a core in all"):format(units.duration(lane.cpu_ns)) or ""
end

-- What a lane did that waited for nothing: it hangs in a loop, or is only slow. nil for one that waits.
local function work_of(lane, state)
	if state == "running" or state == "waiting-cpu" then return lane.name .. " was at work" .. ran(lane) end
	if state == "unknown" then return lane.name .. " was in no call that waits" .. ran(lane) end
end

-- The lanes that were there until the end and are not among the stuck.
local function others(timeline, stuck)
	local last, lines = 0, {}
	for _, lane in ipairs(timeline.lanes) do last = math.max(last, lane.end_ns) end
	for _, lane in ipairs(timeline.lanes) do
		local slice = lane.slices[#lane.slices]
		if lane.end_ns == last and slice and not stuck[lane.id] then
			lines[#lines + 1] = work_of(lane, slice.state) or ("%s %s"):format(lane.name, wait_of({ state = slice.state,
				what = slice.what, call = slice.call, where = slice.where, asked_ns = slice.asked_ns, holders = {} }, {}))
		end
	end
	return lines
end

-- Returns lines, of a program that was stopped, on each lane that was left: { "deadlock: alice waits for …; bob waits
-- for …", "main waits for the end of `alice` (…), for 2 s", "cook was at work, 1.9 s on a core in all" … }.
function M.lines(timeline)
	local lanes, names = lanes_of(timeline)
	local lines, in_cycle, of_lane, left = {}, {}, {}, 0
	local hang = timeline.hang or { stuck = {} }
	local function add(line)
		if #lines < MOST_LANES then lines[#lines + 1] = line else left = left + 1 end
	end
	for _, one in ipairs(hang.stuck) do of_lane[one.lane] = one end
	if hang.deadlock then
		local parts = {}
		for i, id in ipairs(hang.deadlock) do
			in_cycle[id] = true
			parts[i] = ("%s %s"):format(names[id], wait_of(of_lane[id], names))
		end
		add("deadlock: " .. table.concat(parts, "; "))
	end
	for _, one in ipairs(hang.stuck) do
		if not in_cycle[one.lane] then
			add(work_of(lanes[one.lane], one.state)
				or ("%s %s, for %s"):format(one.name, wait_of(one, names), units.duration(one.end_ns - one.start_ns)))
		end
	end
	for _, line in ipairs(others(timeline, of_lane)) do add(line) end
	if left > 0 then lines[#lines + 1] = ("and %s more"):format(units.count(left, "lane")) end
	return lines
end

return M
