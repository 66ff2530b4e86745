-- A timeline's lanes as a reader meets them: grouped by process, named without doubt, summed up by state.

local printable = require "lib.printable"
local states = require "lib.states"

local M = {}

-- Returns the time in each state, { running = ns, ["waiting-cpu"] = ns, blocked = ns }, of one lane.
function M.totals(lane)
	local sums = {}
	for _, state in ipairs(states.order) do
		sums[state] = 0
	end
	for _, slice in ipairs(lane.slices) do
		states.of(slice.state)
		sums[slice.state] = sums[slice.state] + slice.end_ns - slice.start_ns
	end
	return sums
end

-- Returns the lanes in the order to show them, { { lane, name, group, first }, … }: processes by first appearance, the
-- lanes of one process together in their given order. group counts the processes from 1, first says that a process
-- begins here. Names that occur twice bear the lane's tid; a lane without a name is called by it.
function M.arrange(timeline)
	local of_pid, groups, uses = {}, {}, {}
	for _, lane in ipairs(timeline.lanes) do
		if not of_pid[lane.pid] then
			of_pid[lane.pid] = {}
			groups[#groups + 1] = of_pid[lane.pid]
		end
		table.insert(of_pid[lane.pid], lane)
		local name = lane.name or ""
		uses[name] = (uses[name] or 0) + 1
	end
	local shown = {}
	for group, members in ipairs(groups) do
		for index, lane in ipairs(members) do
			local name = printable.text(lane.name or "")
			if name == "" then
				name = string.format("thread %d", lane.tid)
			elseif uses[lane.name] > 1 then
				name = string.format("%s (%d)", name, lane.tid)
			end
			shown[#shown + 1] = { lane = lane, name = name, group = group, first = index == 1 }
		end
	end
	return shown, #groups
end

return M
