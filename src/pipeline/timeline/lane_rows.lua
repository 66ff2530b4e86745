-- Which rows a panel's lanes stand in: each its own while they are few enough to be followed, and where they are many the
-- lanes of one name stem folded into a band. None is left out but those an author did not pick. Knows no drawing.

local lanes = require "timeline.lanes"
local printable = require "base.printable"
local units = require "base.units"

local M = {}

-- From so many lanes on they are folded.
local MOST_ROWS = 40
-- So many of one stem, or more, make a band.
local FEWEST = 4
-- What stays a lane of its own: a ring of a deadlock is drawn up to so many.
local MOST_RING = 12

-- "guest 12" → "guest ", "12", ""; "forks[3]" → "forks[", "3", "]"; a name without a number is its own stem.
local function parts_of(entry)
	local name = printable.text(entry.lane.name or "")
	if name == "" then
		name = entry.name
	end
	local stem, number, tail = name:match("^(.-)(%d+)([%]%)}]*)$")
	return stem or name, number, tail or ""
end

-- Returns "guest 1–74" where the names count on, else "guest".
local function band_name(entries)
	local least, most, seen = nil, nil, {}
	local stem, _, tail = parts_of(entries[1])
	for _, entry in ipairs(entries) do
		local _, number = parts_of(entry)
		local value = number and tonumber(number)
		if not value or seen[value] then
			least = nil
			break
		end
		seen[value] = true
		least = (not least or value < tonumber(least)) and number or least
		most = (not most or value > tonumber(most)) and number or most
	end
	if least and tonumber(most) - tonumber(least) + 1 == #entries then
		return stem .. least .. "–" .. most .. tail
	end
	local short = stem:gsub("[%s%[%({#_:-]+$", "")
	return short ~= "" and short or "lanes"
end

local function kept_apart(panel)
	local kept = {}
	if panel.deadlock and #panel.deadlock <= MOST_RING then
		for _, id in ipairs(panel.deadlock) do
			kept[id] = true
		end
	end
	return kept
end

local function lane_row(entry)
	return { entry = entry, name = entry.name, group = entry.group, indented = entry.indented }
end

local function band_row(entries, name)
	return { entries = entries, name = name, group = entries[1].group }
end

-- The lanes of each stem, by a key that parts processes of several lanes.
local function stems_of(panel, entries, size_of)
	local members, key_of, kept = {}, {}, kept_apart(panel)
	for _, entry in ipairs(entries) do
		if not kept[entry.id] then
			local stem, _, tail = parts_of(entry)
			local key = table.concat({ size_of[entry.group] > 1 and entry.group or 0, tostring(entry.indented), stem, tail }, "\0")
			key_of[entry] = key
			members[key] = members[key] or {}
			table.insert(members[key], entry)
		end
	end
	return members, key_of
end

-- Rows behind the last that fits are one band.
local function cut(rows)
	if #rows <= MOST_ROWS then
		return rows
	end
	local kept, rest = table.move(rows, 1, MOST_ROWS - 1, 1, {}), {}
	for i = MOST_ROWS, #rows do
		for _, entry in ipairs(rows[i].entries or { rows[i].entry }) do
			rest[#rest + 1] = entry
		end
	end
	kept[MOST_ROWS] = band_row(rest, "others")
	return kept
end

local function fold(panel, entries, size_of)
	local members, key_of = stems_of(panel, entries, size_of)
	local rows, done = {}, {}
	for _, entry in ipairs(entries) do
		local key = key_of[entry]
		if not key or #members[key] < FEWEST then
			rows[#rows + 1] = lane_row(entry)
		elseif not done[key] then
			done[key] = true
			rows[#rows + 1] = band_row(members[key], band_name(members[key]))
		end
	end
	return cut(rows)
end

-- Returns the rows of these entries (as from timeline.lanes) of a panel, in order: { entry, name, indented, group, first,
-- heading } of one lane, { entries, name, group, first, heading } of a band. first says that a process begins, heading is
-- what to write above it: nil, or which process the lanes below are, where there are several and it has several lanes.
function M.of(panel, entries)
	local rows, size_of = {}, {}
	for _, entry in ipairs(entries) do
		size_of[entry.group] = (size_of[entry.group] or 0) + 1
	end
	if #entries > MOST_ROWS then
		rows = fold(panel, entries, size_of)
	else
		for i, entry in ipairs(entries) do
			rows[i] = lane_row(entry)
		end
	end
	local last
	for _, row in ipairs(rows) do
		row.first = row.group ~= last
		last = row.group
		if row.first and panel.processes > 1 and size_of[row.group] > 1 then
			local pid = (row.entry or row.entries[1]).lane.pid
			row.heading = (pid and string.format("process %d, ", pid) or "process of ") ..
				units.count(size_of[row.group], "lane")
		end
	end
	return rows
end

-- Returns the ids of the lanes in a row.
function M.ids(row)
	local ids = {}
	for i, entry in ipairs(row.entries or { row.entry }) do
		ids[i] = lanes.id(entry.lane)
	end
	return ids
end

return M
