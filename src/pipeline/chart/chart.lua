-- Makes a figure, as the registry and pages take it, of a function that draws on a kit: both drawings, the table and the
-- story come of the same painting. Knows no figure.

local figure_kit = require "chart.figure_kit"
local frame = require "drawing.frame"
local svg = require "drawing.svg"

local M = {}

-- Cells of more bytes may be broken into lines.
local LONG = 40

local function row(cell, items)
	local out = {}
	for i, item in ipairs(items) do
		out[i] = cell(i, svg.text(item))
	end
	return svg.element("tr", {}, out)
end

-- html_table(head, rows, name) → a table that scrolls in a box of its own; the first cell of a row is its heading.
function M.html_table(head, rows, name)
	local body, long = {}, {}
	for _, items in ipairs { head, table.unpack(rows) } do
		for k, item in ipairs(items) do long[k] = long[k] or #item > LONG end
	end
	for i, items in ipairs(rows) do
		body[i] = row(function(k, said)
			return svg.element(k == 1 and "th" or "td", { "scope", k == 1 and "row", "class", long[k] and "lp-runs" }, said)
		end, items) .. "\n"
	end
	return svg.element("div", { "class", "lp-scroll", "tabindex", 0, "role", "group", "aria-label", name }, { "\n",
		svg.element("table", { "class", "lp-data" }, { "\n", svg.element("thead", {}, row(function(k, said)
			return svg.element("th", { "scope", "col", "class", long[k] and "lp-runs" }, said)
		end, head)), "\n", svg.element("tbody", {}, { "\n", table.concat(body) }), "\n" }), "\n" }) .. "\n"
end

-- of { name, options, takes, path, paint } → { options, takes, path, draw, table, story }; path: the file of a site that has
-- it, nil for ours.
-- paint(measurements, options, kit) draws, and says title, description, story and table through the kit; it is called once
-- for each drawing of a call, so that it must draw the same each time. The table is nil where it gave none.
function M.of(figure)
	-- The page asks for drawing, table and story of one call with one table of options.
	local painted = setmetatable({}, { __mode = "k" })
	local function kit_of(measurements, options, geometry)
		local kept = painted[options]
		if not kept or kept.measurements ~= measurements then
			kept = { measurements = measurements }
			painted[options] = kept
		end
		if not kept[geometry.name] then
			local kit = figure_kit.new(geometry, frame.id(options.id or figure.name))
			figure.paint(measurements, options, kit)
			kept[geometry.name] = kit
		end
		return kept[geometry.name]
	end
	local wide, narrow = frame.geometries[1], frame.geometries[2]
	local made = { options = figure.options, takes = figure.takes, path = figure.path }
	function made.draw(measurements, options)
		options = options or {}
		local drawn = figure_kit.finish(kit_of(measurements, options, wide), options, figure.name)
		return options.standalone and drawn
			or drawn .. figure_kit.finish(kit_of(measurements, options, narrow), options, figure.name)
	end
	function made.table(measurements, options)
		local head, rows = figure_kit.rows(kit_of(measurements, options or {}, wide))
		return head and M.html_table(head, rows, "Data of the figure")
	end
	function made.story(measurements, options)
		return figure_kit.said(kit_of(measurements, options or {}, wide)).story
	end
	return made
end

return M
