-- A timeline's numbers as HTML tables: every lane, also those a drawing leaves out, and every lock that was waited for.

local states = require "timeline.states"
local svg = require "drawing.svg"
local units = require "base.units"
local words = require "timeline.timeline_words"

local M = {}

local function row(name, cells)
	local out = { svg.element("th", { "scope", "row" }, svg.text(name)) }
	for _, content in ipairs(cells) do
		out[#out + 1] = svg.element("td", {}, svg.text(content))
	end
	return svg.element("tr", {}, out) .. "\n"
end

local function heading(content, columns)
	return svg.element("tr", {}, svg.element("th", { "scope", "rowgroup", "colspan", columns }, svg.text(content))) .. "\n"
end

local function head_row(columns)
	local out = {}
	for i, name in ipairs(columns) do
		out[i] = svg.element("th", { "scope", "col" }, svg.text(name))
	end
	return "\n" .. svg.element("thead", {}, svg.element("tr", {}, out)) .. "\n"
end

local function lane_rows(panel, unit, named, off_column)
	local out = {}
	for i, entry in ipairs(panel.all) do
		local cells = { units.cell(entry.lane.start_ns, unit), units.cell(entry.lane.end_ns, unit) }
		for _, state in ipairs(named) do
			cells[#cells + 1] = units.cell(entry.totals[state], unit)
		end
		cells[#cells + 1] = off_column and "–" or nil
		out[i] = row(entry.name, cells)
	end
	return table.concat(out)
end

-- What is known without a timeline: from, to, running, and how long the program was not on a core.
local function total_row(panel, unit, named)
	local known = words.without_order(panel.measurement)
	local cells = { units.cell(0, unit), units.cell(known.wall_ns, unit) }
	for _, state in ipairs(named) do
		cells[#cells + 1] = state == "running" and known.cpu_ns and units.cell(known.cpu_ns, unit) or "not known"
	end
	cells[#cells + 1] = known.off_ns and units.cell(known.off_ns, unit) or "not known"
	return row("totals", cells)
end

local function panel_rows(panel, figure, named, off_column, columns)
	local said = { panel.title, "ended at " .. units.duration(panel.finish, figure.unit) }
	said[#said + 1] = panel.failure
	if panel.timeline then
		said[#said + 1] = words.hang(panel)
		said[#said + 1] = words.lost(panel.timeline)
	else
		said[#said + 1] = words.refusal(panel.measurement)
	end
	return svg.element("tbody", {}, { "\n", heading(table.concat(said, "; "), columns),
		panel.timeline and lane_rows(panel, figure.unit, named, off_column) or total_row(panel, figure.unit, named) }) .. "\n"
end

local function lanes_table(figure)
	local named, off_column = { table.unpack(figure.occurring) }, false
	for _, panel in ipairs(figure.panels) do
		off_column = off_column or not panel.timeline
	end
	if off_column and named[1] ~= "running" then
		table.insert(named, 1, "running")
	end
	local columns = { "lane", "from", "to" }
	for _, state in ipairs(named) do
		columns[#columns + 1] = states.of(state).key
	end
	columns[#columns + 1] = off_column and "not on a core" or nil
	local out = { head_row(columns) }
	for _, panel in ipairs(figure.panels) do
		out[#out + 1] = panel_rows(panel, figure, named, off_column, #columns)
	end
	return svg.element("table", { "class", "lp-data" }, out)
end

-- Every lock that a lane waited for; nil where there is none.
local function locks_table(figure)
	local columns = { "lock", "kind", "held", "holds", "waited for", "waits", "longest wait", "by" }
	local out = { head_row(columns) }
	for _, panel in ipairs(figure.panels) do
		local rows = {}
		for i, found in ipairs(panel.locks or {}) do
			local resource, longest = found.resource, found.longest
			rows[i] = row(resource.name, { resource.kind, units.cell(found.held_ns, figure.unit),
				string.format("%d", found.holds), units.cell(found.waited_ns, figure.unit), string.format("%d", found.waits),
				units.cell(longest.end_ns - longest.start_ns, figure.unit), panel.name_of(longest.lane) })
		end
		if #rows > 0 then
			out[#out + 1] = svg.element("tbody", {}, { "\n", heading(panel.title, #columns), table.concat(rows) }) .. "\n"
		end
	end
	return #out > 1 and svg.element("table", { "class", "lp-data" }, out) or nil
end

-- Returns the tables inside a box that scrolls sideways where they are too wide; figure as timeline.panels makes it.
function M.html(figure)
	local locks = locks_table(figure)
	return svg.element("div", { "class", "lp-scroll", "tabindex", 0, "role", "group", "aria-label", "Data of the timeline" },
		"\n" .. lanes_table(figure) .. "\n" .. (locks and locks .. "\n" or "")) .. "\n"
end

return M
