-- Shows what was measured of cells as a table: wall times, how sure they are, CPU time, switches, memory, how they ended.
-- It is a table of HTML and no drawing. Knows no files and no page.

local chart = require "chart.chart"
local words = require "measurement.figure_words"

local M = { options = { "titles" }, takes = "any", plain = true }

local HEAD = { "program", "median", "its 95 % interval", "runs", "CPU time", "cores busy", "switches by itself", "by force",
	"most memory", "ended" }

local function row_of(measurement, title, unit)
	local run = measurement.runs[measurement.median_run]
	local low, high = words.interval(words.walls(measurement))
	local cpu = run.user_ns and run.system_ns and run.user_ns + run.system_ns
	local most
	for _, one in ipairs(measurement.runs) do
		if one.max_rss_bytes then most = math.max(most or 0, one.max_rss_bytes) end
	end
	local function count(value) return value and words.number(value) or "not known" end
	return { title, words.cell(measurement.wall.median_ns, unit), low and words.range(low, high, unit) or "–",
		words.number(measurement.wall.n), cpu and words.cell(cpu, unit) or "not known",
		cpu and run.wall_ns > 0 and words.number(math.floor(cpu / run.wall_ns * 100 + 0.5) / 100) or "not known",
		count(run.voluntary), count(run.involuntary), most and most > 0 and words.bytes(most) or "not known",
		words.failure(measurement) or "well" }
end

-- table(measurements, options) → HTML; options.titles, a list of titles in place of the labels.
function M.table(measurements, options)
	if #measurements == 0 then
		error("a table needs at least one measurement", 0)
	end
	local smallest, largest = math.huge, 0
	for _, measurement in ipairs(measurements) do
		smallest = math.min(smallest, measurement.wall.median_ns)
		largest = math.max(largest, measurement.wall.max_ns)
	end
	local unit, rows, titles = words.unit(smallest, largest), {}, words.titles(measurements, options and options.titles)
	for i, measurement in ipairs(measurements) do
		rows[i] = row_of(measurement, titles[i], unit)
	end
	return chart.html_table(HEAD, rows, "Measurements")
end

-- draw(measurements, options) → the same table, nil where it is to stand alone.
function M.draw(measurements, options)
	return not (options and options.standalone) and M.table(measurements, options) or nil
end

return M
