-- A timeline's lanes as a reader meets them: grouped by process, coroutines under their thread, named without doubt,
-- summed up by state.

local printable = require "base.printable"
local states = require "timeline.states"

local M = {}

-- The totals of whole lanes, which many ask for again and again, by their slices.
local known = setmetatable({}, { __mode = "k" })

-- Returns the time in each state, { running = ns, ["waiting-cpu"] = ns, … } with every state in it, of one lane; between
-- from and to where they are given. The caller must not change it.
function M.totals(lane, from, to)
	if not from and known[lane.slices] then return known[lane.slices] end
	local sums = {}
	for _, state in ipairs(states.order) do
		sums[state] = 0
	end
	for _, slice in ipairs(lane.slices) do
		local first, last = slice.start_ns, slice.end_ns
		if from then
			first, last = math.max(first, from), math.min(last, to)
		end
		-- slices too short to tell each are told as one, with the time that each state had in it
		if slice.mix and last > first then
			for state, ns in pairs(slice.mix) do
				states.of(state)
				sums[state] = sums[state] + (from and ns * (last - first) / (slice.end_ns - slice.start_ns) or ns)
			end
		elseif last > first or not from then
			local state = slice.state
			sums[state] = (sums[state] or states.of(state) and 0) + last - first
		end
	end
	if not from then known[lane.slices] = sums end
	return sums
end

-- Returns what lane, owner_lane and thread call a lane.
function M.id(lane)
	return lane.id or lane.tid
end

-- Adds a lane and behind it the coroutines that run in it.
local function add_with_coroutines(members, lane, coroutines)
	members[#members + 1] = lane
	for _, one in ipairs(coroutines[M.id(lane)] or {}) do
		members[#members + 1] = one
	end
end

-- Processes by first appearance, each with its lanes in their given order.
local function groups_of(timeline)
	local coroutines, is_lane = {}, {}
	for _, lane in ipairs(timeline.lanes) do
		is_lane[M.id(lane)] = not lane.thread
	end
	for _, lane in ipairs(timeline.lanes) do
		if lane.thread and is_lane[lane.thread] then
			coroutines[lane.thread] = coroutines[lane.thread] or {}
			table.insert(coroutines[lane.thread], lane)
		end
	end
	local of_pid, groups = {}, {}
	for _, lane in ipairs(timeline.lanes) do
		if not (lane.thread and is_lane[lane.thread]) then
			if not of_pid[lane.pid] then
				of_pid[lane.pid] = {}
				groups[#groups + 1] = of_pid[lane.pid]
			end
			add_with_coroutines(of_pid[lane.pid], lane, coroutines)
		end
	end
	return groups
end

-- Returns the lanes in the order to show them, { { lane, id, name, group, first, indented, totals }, … }, and how many
-- processes there are: processes by first appearance, the lanes of one process together in their given order, but
-- coroutines (indented) under their thread. group counts the processes from 1, first says that a process begins here.
-- Names that occur twice bear the lane's id; a lane without a name is called by it. totals as from M.totals.
function M.arrange(timeline)
	local groups, uses = groups_of(timeline), {}
	for _, lane in ipairs(timeline.lanes) do
		local name = lane.name or ""
		uses[name] = (uses[name] or 0) + 1
	end
	local shown = {}
	for group, members in ipairs(groups) do
		for index, lane in ipairs(members) do
			local name = printable.text(lane.name or "")
			if name == "" then
				name = string.format("thread %d", M.id(lane))
			elseif uses[lane.name] > 1 then
				name = string.format("%s (%d)", name, M.id(lane))
			end
			shown[#shown + 1] = { lane = lane, id = M.id(lane), name = name, group = group, first = index == 1,
				indented = lane.thread ~= nil, totals = M.totals(lane) }
		end
	end
	return shown, #groups
end

return M
