-- What the finish of a timeline waited for: which lanes decide, which have time to spare. Knows no drawing.

local units = require "base.units"

local M = {}

-- A lane with less than this share of the path is left out of the words: it hands on, it does not decide.
local LEAST_SHARE = 0.05
local MOST_NAMED = 3

-- The path's time by lane, in the order in which the lanes first stand on it, without those that hardly do.
local function deciding(path)
	local of_lane, order, all = {}, {}, 0
	for _, stretch in ipairs(path) do
		local length = stretch.end_ns - stretch.start_ns
		if not of_lane[stretch.lane] then
			of_lane[stretch.lane] = { id = stretch.lane, ns = 0 }
			order[#order + 1] = of_lane[stretch.lane]
		end
		of_lane[stretch.lane].ns = of_lane[stretch.lane].ns + length
		all = all + length
	end
	local kept = {}
	for _, one in ipairs(order) do
		if one.ns >= all * LEAST_SHARE and one.ns > 0 then
			kept[#kept + 1] = one
		end
	end
	return kept
end

-- The lanes all of which could have taken longer, those with the most to spare first.
local function sparing(panel)
	local out = {}
	for order, entry in ipairs(panel.all) do
		local spare = entry.lane.least_slack_ns
		if spare and spare >= panel.finish / 1000 then
			out[#out + 1] = { name = entry.name, ns = spare, order = order }
		end
	end
	table.sort(out, function(a, b)
		if a.ns ~= b.ns then
			return a.ns > b.ns
		end
		return a.order < b.order
	end)
	return out
end

local function listed(names)
	if #names < 2 then
		return names[1]
	end
	return table.concat(names, ", ", 1, #names - 1) .. " and " .. names[#names]
end

local function say_deciding(panel, found, unit)
	if #found == 1 then
		return panel.name_of(found[1].id) .. " decides"
	elseif #found > MOST_NAMED then
		table.sort(found, function(a, b)
			return a.ns > b.ns
		end)
		return string.format("%d lanes decide in turns, %s the most (%s)", #found, panel.name_of(found[1].id),
			units.duration(found[1].ns, unit))
	end
	local said = {}
	for i, one in ipairs(found) do
		said[i] = panel.name_of(one.id) .. " (" .. units.duration(one.ns, unit) .. ")"
	end
	return listed(said) .. " decide"
end

-- Lanes with the same spare time, as it is said, are said together.
local function say_sparing(found, unit)
	local groups = {}
	for _, one in ipairs(found) do
		local said = units.duration(one.ns, unit)
		local last = groups[#groups]
		if last and last.said == said then
			table.insert(last.names, one.name)
		else
			groups[#groups + 1] = { said = said, names = { one.name } }
		end
	end
	if #found > MOST_NAMED then
		return string.format("%d lanes have from %s to %s to spare", #found, groups[#groups].said, groups[1].said)
	end
	local parts = {}
	for i, group in ipairs(groups) do
		parts[i] = listed(group.names) .. (#group.names > 1 and " have " or " has ") .. group.said .. " to spare"
	end
	return table.concat(parts, ", ")
end

-- Returns "chicken decides; gravy has 190 ms to spare", or nil where there is nothing to say: a single lane, a run that
-- did not finish, no path. panel as from timeline.panels.
function M.text(panel, unit)
	if not panel.all or #panel.all < 2 or not panel.path or #panel.path == 0 or panel.failure then
		return nil
	end
	local parts, found, spare = {}, deciding(panel.path), sparing(panel)
	if #found > 0 then
		parts[1] = say_deciding(panel, found, unit)
	end
	if #spare > 0 then
		parts[#parts + 1] = say_sparing(spare, unit)
	end
	return #parts > 0 and table.concat(parts, "; ") or nil
end

return M
