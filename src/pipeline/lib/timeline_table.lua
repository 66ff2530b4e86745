-- A timeline's numbers as an HTML table: every lane, also those a drawing leaves out.

local lanes = require "lib.lanes"
local states = require "lib.states"
local svg = require "lib.svg"
local units = require "lib.units"
local words = require "lib.timeline_words"

local M = {}

local function cell(content)
	return svg.element("td", {}, svg.text(content))
end

local function row(name, cells)
	local out = { svg.element("th", { "scope", "row" }, svg.text(name)) }
	for _, content in ipairs(cells) do
		out[#out + 1] = cell(content)
	end
	return svg.element("tr", {}, out) .. "\n"
end

local function heading(content, columns)
	return svg.element("tr", {}, svg.element("th", { "scope", "rowgroup", "colspan", columns }, svg.text(content))) .. "\n"
end

local function lane_rows(measurement, unit, named)
	local out = {}
	for _, entry in ipairs((lanes.arrange(measurement.timeline))) do
		local totals = lanes.totals(entry.lane)
		local cells = { units.cell(entry.lane.start_ns, unit), units.cell(entry.lane.end_ns, unit) }
		for _, state in ipairs(named) do
			cells[#cells + 1] = units.cell(totals[state], unit)
		end
		out[#out + 1] = row(entry.name, cells)
	end
	return table.concat(out)
end

local function total_row(measurement, unit, named)
	local known = words.without_order(measurement)
	local cells = { units.cell(0, unit), units.cell(known.wall_ns, unit), known.cpu_ns and units.cell(known.cpu_ns, unit) or "not known", "not known",
		known.off_ns and units.cell(known.off_ns, unit) .. " not on a core" or "not known" }
	for i = #cells + 1, #named + 2 do cells[i] = "not known" end
	return row("totals", cells)
end

-- Returns the table inside a box that scrolls sideways where it is too wide; titles[i] names measurements[i].
function M.html(measurements, titles, unit)
	local head = { svg.element("th", { "scope", "col" }, "lane"), svg.element("th", { "scope", "col" }, "from"),
		svg.element("th", { "scope", "col" }, "to") }
	local named = states.named(measurements)
	for _, state in ipairs(named) do
		head[#head + 1] = svg.element("th", { "scope", "col" }, states.of(state).key)
	end
	local out = { "\n", svg.element("thead", {}, svg.element("tr", {}, head)), "\n" }
	for i, measurement in ipairs(measurements) do
		local timeline = measurement.timeline
		local said = { titles[i], "ended at " .. units.duration(words.finish(measurement), unit) }
		said[#said + 1] = words.failure(measurement)
		said[#said + 1] = timeline and words.lost(timeline) or not timeline and words.refusal(measurement) or nil
		out[#out + 1] = svg.element("tbody", {}, { "\n", heading(table.concat(said, "; "), #head),
			timeline and lane_rows(measurement, unit, named) or total_row(measurement, unit, named) }) .. "\n"
	end
	return svg.element("div", { "class", "lp-scroll", "tabindex", 0, "role", "group", "aria-label", "Data of the timeline" },
		"\n" .. svg.element("table", { "class", "lp-data" }, out) .. "\n") .. "\n"
end

return M
