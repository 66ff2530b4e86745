-- Draws the median wall times of measurements as bars from zero, with every run as a dot, the line from the quickest to
-- the slowest run, and how each compares to a baseline. Knows no files and no page.

local frame = require "lib.frame"
local measure_text = require "lib.measure_text"
local scale = require "lib.scale"
local statistics = require "lib.statistics"
local svg = require "lib.svg"
local units = require "lib.units"
local words = require "lib.timeline_words"

local M = {}

local BAR = 26
local RADIUS = 2.25
local DOT_PITCH = 5

-- Returns "1.99× as fast", "0.98×", nil for the baseline itself or without one. "as fast" stands only where every run
-- ended before every run of the baseline.
local function comparison(wall, baseline)
	if not baseline or baseline.wall == wall then
		return nil
	end
	local ratio = statistics.ratio(baseline.wall, wall)
	if not ratio then
		return nil
	elseif statistics.overlap(baseline.wall, wall) then
		return units.ratio(ratio) .. ", runs overlap"
	end
	return units.ratio(ratio) .. (ratio > 1 and " as fast" or "")
end

local function plan(measurements, options)
	local titles, bars, largest, smallest, baseline = {}, {}, 0, math.huge, nil
	for _, measurement in ipairs(measurements) do
		if options.baseline and measurement.label == options.baseline then
			baseline = measurement
		end
	end
	if options.baseline and not baseline then
		error("the baseline '" .. tostring(options.baseline) .. "' is not among the measurements", 3)
	end
	for i, measurement in ipairs(measurements) do
		titles[i] = options.titles and options.titles[i] or measurement.label
		smallest = math.min(smallest, measurement.wall.median_ns)
		largest = math.max(largest, measurement.wall.max_ns)
	end
	local unit = units.common(smallest, largest)
	for i, measurement in ipairs(measurements) do
		local said = { comparison(measurement.wall, baseline) }
		if measurement == baseline and #measurements > 1 then
			said[#said + 1] = "baseline"
		end
		said[#said + 1] = words.failure(measurement)
		bars[i] = { measurement = measurement, title = titles[i], wall = measurement.wall,
			value = units.duration(measurement.wall.median_ns, unit), said = table.concat(said, ", ") }
		bars[i].beside = measure_text.width(bars[i].value, frame.size.text, true) +
			(bars[i].said ~= "" and 8 + measure_text.width(bars[i].said, frame.size.text) or 0)
	end
	return { titles = titles, bars = bars, largest = largest, unit = unit, baseline = baseline,
		id = frame.id(options.id or "bars") }
end

local function describe(figure)
	local out = { "Median wall times, bars from zero." }
	for _, bar in ipairs(figure.bars) do
		local wall = bar.wall
		out[#out + 1] = string.format("%s: %s, %s%s%s.", bar.title, bar.value, units.count(wall.n, "run"),
			wall.n > 1 and " from " .. units.duration(wall.min_ns, figure.unit) .. " to " ..
			units.duration(wall.max_ns, figure.unit) or "", bar.said ~= "" and ", " .. bar.said or "")
	end
	return table.concat(out, " ")
end

-- Rows a dot may stand on, in the order they are tried, in dot heights from the middle of the bar.
local STACK = { 0, -1, 1, -2, 2 }

-- Dots that would touch are stacked: each, from quick to slow, takes the first row on which no earlier dot is in its
-- way, so that the same sample always gives the same picture. Where all rows are taken dots lie over each other.
local function dots(canvas, bar, y)
	local sorted, out, ends = {}, {}, {}
	for i, run in ipairs(bar.measurement.runs) do
		sorted[i] = run.wall_ns
	end
	table.sort(sorted)
	for _, wall_ns in ipairs(sorted) do
		local x, row = canvas.position(wall_ns), 1
		while row < #STACK and ends[row] and x - ends[row] < DOT_PITCH do
			row = row + 1
		end
		ends[row] = x
		out[#out + 1] = svg.element("circle", { "class", "lp-dot", "cx", x, "cy", y + STACK[row] * DOT_PITCH,
			"r", RADIUS }, svg.element("title", {}, svg.text(units.duration(wall_ns, canvas.unit))))
	end
	canvas:add(table.concat(out, "\n"))
end

local function draw_bar(canvas, bar, y)
	local n, middle = svg.number, y + BAR / 2
	local median, low, high = canvas.position(bar.wall.median_ns), canvas.position(bar.wall.min_ns),
		canvas.position(bar.wall.max_ns)
	canvas:add(svg.element("rect", { "class", "lp-run", "x", canvas.left, "y", y,
		"width", math.max(1, median - canvas.left), "height", BAR }))
	if bar.wall.n > 1 then
		local line = "M" .. n(low) .. " " .. n(middle) .. "H" .. n(high)
		canvas:add(svg.element("path", { "class", "lp-spread-edge", "d", line }))
		canvas:add(svg.element("path", { "class", "lp-spread", "d", line }))
	end
	dots(canvas, bar, middle)
end

local function draw_value(canvas, bar, x, y)
	canvas:add(frame.text(x, y, bar.value, "lp-finish-text lp-halo"))
	if bar.said ~= "" then
		canvas:add(frame.text(x + measure_text.width(bar.value, frame.size.text, true) + 8, y, bar.said, "lp-quiet lp-halo"))
	end
end

local function draw_row(canvas, bar)
	local size = frame.size.text
	if canvas.narrow then
		local name = measure_text.fit(bar.title, math.max(60, canvas.width - bar.beside - 10), size)
		canvas:add(frame.text(0, canvas.y + 13, name))
		draw_value(canvas, bar, canvas.width - bar.beside, canvas.y + 13)
		draw_bar(canvas, bar, canvas.y + 20)
		canvas.y = canvas.y + 58
		return
	end
	local name, cut = measure_text.fit(bar.title, canvas.left - 8, size)
	canvas:add(svg.element("text", { "x", canvas.left - 8, "y", canvas.y + 17.5, "text-anchor", "end" },
		svg.text(name) .. (cut and svg.element("title", {}, svg.text(bar.title)) or "")))
	draw_bar(canvas, bar, canvas.y)
	draw_value(canvas, bar, math.max(canvas.position(bar.wall.median_ns), canvas.position(bar.wall.max_ns) + RADIUS) + 8,
		canvas.y + 17.5)
	canvas.y = canvas.y + 38
end

local function draw_axis(canvas, top)
	local path, n = {}, svg.number
	for _, mark in ipairs(canvas.marks) do
		local x = canvas.position(mark.ns)
		path[#path + 1] = "M" .. n(x) .. " " .. n(top) .. "V" .. n(canvas.y)
		local half = measure_text.width(mark.label, frame.size.slice) / 2
		local at = math.max(half, math.min(x, canvas.width - half))
		canvas:add(frame.text(at, canvas.y + 15, mark.label, "lp-tick", "middle"))
	end
	table.insert(canvas.parts, 1, svg.element("path", { "class", "lp-grid", "d", table.concat(path) }))
	canvas:add(svg.element("path", { "class", "lp-axis", "d",
		"M" .. n(canvas.left) .. " " .. n(top) .. "V" .. n(canvas.y) }))
	canvas.y = canvas.y + 22
end

-- Says what bar, line and dots are; the line and the dots only where there are several runs.
local function draw_key(canvas, figure)
	local most = 0
	for _, bar in ipairs(figure.bars) do
		most = math.max(most, bar.wall.n)
	end
	local said = most > 1 and "bar: median; dots: every run; line: quickest to slowest" or "bar and dot: the single run"
	if not canvas.narrow then
		canvas:add(frame.text(canvas.width, 14, said, "lp-key", "end"))
		canvas.y = 26
		return
	end
	local y = 14
	for _, line in ipairs(measure_text.wrap(said, canvas.width, frame.size.slice)) do
		canvas:add(frame.text(0, y, line, "lp-key"))
		y = y + 16
	end
	canvas.y = y - 4
end

local function draw(figure, geometry, drawing)
	local canvas = { y = 0, parts = {}, width = geometry.width, narrow = geometry.name == "narrow", unit = figure.unit }
	function canvas:add(part)
		self.parts[#self.parts + 1] = part
	end
	local widest, beside = 0, 0
	for _, bar in ipairs(figure.bars) do
		widest = math.max(widest, measure_text.width(bar.title, frame.size.text))
		beside = math.max(beside, bar.beside)
	end
	canvas.left = canvas.narrow and 1 or math.min(geometry.label_most, widest) + 8
	canvas.right = canvas.width - (canvas.narrow and RADIUS + 1 or math.min(beside, 320) + RADIUS + 10)
	canvas.position = scale.linear(figure.largest, canvas.left, canvas.right)
	canvas.marks = units.ticks(figure.largest, canvas.narrow and 4 or 6, figure.unit)
	draw_key(canvas, figure)
	local top = canvas.y - 4
	for _, bar in ipairs(figure.bars) do
		draw_row(canvas, bar)
	end
	canvas.y = canvas.y - 4
	draw_axis(canvas, top)
	drawing.geometry, drawing.height = geometry, canvas.y + 2
	drawing.id = drawing.id .. (canvas.narrow and "-narrow" or "")
	drawing.body = table.concat(canvas.parts, "\n")
	return frame.wrap(drawing)
end

-- Returns the figure as markup, as timeline.draw does. options (all may be left out): baseline, the label of the
-- measurement the others are compared to; id, titles, alt, standalone as for the timeline. Raises an error for no
-- measurements and for a baseline that is not among them.
function M.draw(measurements, options)
	options = options or {}
	if #measurements == 0 then
		error("bars need at least one measurement", 2)
	end
	local figure = plan(measurements, options)
	local function drawing()
		return { id = figure.id, standalone = options.standalone, description = describe(figure),
			title = options.alt or "Wall times of " .. table.concat(figure.titles, ", ") }
	end
	local wide = draw(figure, frame.geometries[1], drawing())
	return options.standalone and wide or wide .. draw(figure, frame.geometries[2], drawing())
end

local function cells(figure, bar)
	local wall, out = bar.wall, {}
	for _, ns in ipairs { wall.median_ns, wall.min_ns, wall.q1_ns, wall.q3_ns, wall.max_ns } do
		out[#out + 1] = svg.element("td", {}, svg.text(units.cell(ns, figure.unit)))
	end
	if figure.baseline then
		local ratio = statistics.ratio(figure.baseline.wall, wall)
		out[#out + 1] = svg.element("td", {}, svg.text(ratio and units.ratio(ratio) or "–"))
	end
	local runs = {}
	for i, run in ipairs(bar.measurement.runs) do
		runs[i] = units.cell(run.wall_ns, figure.unit):match("^%S+")
	end
	out[#out + 1] = svg.element("td", { "class", "lp-runs" },
		svg.text(table.concat(runs, ", ") .. " " .. figure.unit.name))
	return out
end

-- Returns the same data as an HTML table; options.baseline and options.titles as above.
function M.table(measurements, options)
	local figure = plan(measurements, options or {})
	local head = { "program", "median", "quickest", "lower quartile", "upper quartile", "slowest" }
	head[#head + 1] = figure.baseline and "times as fast" or nil
	head[#head + 1] = "runs in order"
	local headings, rows = {}, {}
	for i, content in ipairs(head) do
		headings[i] = svg.element("th", { "scope", "col" }, content)
	end
	for i, bar in ipairs(figure.bars) do
		rows[i] = svg.element("tr", {}, svg.element("th", { "scope", "row" }, svg.text(bar.title)) ..
			table.concat(cells(figure, bar))) .. "\n"
	end
	return svg.element("div", { "class", "lp-scroll", "tabindex", 0, "role", "group", "aria-label", "Data of the bars" },
		"\n" .. svg.element("table", { "class", "lp-data" }, { "\n",
			svg.element("thead", {}, svg.element("tr", {}, headings)), "\n",
			svg.element("tbody", {}, { "\n", table.concat(rows) }), "\n" }) .. "\n") .. "\n"
end

return M
