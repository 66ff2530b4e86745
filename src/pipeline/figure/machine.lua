-- Shows where and how measurements were taken, one column for each machine and way that differs. It is a table of HTML and
-- no drawing. Knows no files and no page.

local chart = require "chart.chart"
local provenance = require "measurement.provenance"
local words = require "measurement.figure_words"

local M = { options = {}, takes = "any", plain = true }

local ROWS = {
	{ "processor", function(measurement) return measurement.machine.cpu end },
	{ "cores", function(measurement) return measurement.machine.cores and words.number(measurement.machine.cores) end },
	{ "memory", function(measurement) return measurement.machine.memory_bytes and words.bytes(measurement.machine.memory_bytes) end },
	{ "kernel", function(measurement) return measurement.machine.kernel end },
	{ "hypervisor", function(measurement) return measurement.machine.hypervisor or "none" end },
	{ "method", provenance.method },
	{ "measured on", function(measurement) return measurement.measured_at and measurement.measured_at:match("^%d+%-%d+%-%d+") end },
}

-- The measurements in groups that differ in nothing that is said of them.
local function groups_of(measurements)
	local groups, by_key = {}, {}
	for _, measurement in ipairs(measurements) do
		local known = setmetatable({ machine = measurement.machine or {} }, { __index = measurement })
		local said = {}
		for k, row in ipairs(ROWS) do
			local value = row[2](known)
			said[k] = value ~= nil and value ~= "" and value or "not recorded"
		end
		local key = table.concat(said, "\0")
		if not by_key[key] then
			by_key[key] = { said = said, labels = {}, known = {}, least = math.huge, most = 0 }
			groups[#groups + 1] = by_key[key]
		end
		local group = by_key[key]
		if not group.known[measurement.label] then -- all points of a sweep are of one cell
			group.known[measurement.label] = true
			group.labels[#group.labels + 1] = measurement.label
		end
		group.least, group.most = math.min(group.least, measurement.wall.n), math.max(group.most, measurement.wall.n)
	end
	return groups
end

-- table(measurements) → HTML.
function M.table(measurements)
	if #measurements == 0 then
		error("machine needs at least one measurement", 0)
	end
	local groups = groups_of(measurements)
	local head, rows = { "measured" }, {}
	for i, group in ipairs(groups) do head[i + 1] = words.list(group.labels) end
	for k, row in ipairs(ROWS) do
		rows[k] = { row[1] }
		for i, group in ipairs(groups) do rows[k][i + 1] = group.said[k] end
	end
	local runs = { "runs of each" }
	for i, group in ipairs(groups) do
		runs[i + 1] = words.number(group.least) .. (group.most > group.least and " to " .. words.number(group.most) or "")
	end
	table.insert(rows, #rows, runs)
	return chart.html_table(head, rows, "Where and how it was measured")
end

-- draw(measurements, options) → the same table, nil where it is to stand alone.
function M.draw(measurements, options)
	return not (options and options.standalone) and M.table(measurements) or nil
end

return M
