-- Draws measurements as timelines, one panel each and all on one scale, so that length is the argument: lanes, the locks
-- they waited for, who let whom go on, and where it ended. Knows no files and no page.

local critical_path = require "lib.critical_path"
local deadlock_ring = require "lib.deadlock_ring"
local flow_drawing = require "lib.flow_drawing"
local frame = require "lib.frame"
local lane_drawing = require "lib.lane_drawing"
local lane_labels = require "lib.lane_labels"
local lock_lanes = require "lib.lock_lanes"
local measure_text = require "lib.measure_text"
local panels = require "lib.panels"
local provenance = require "lib.provenance"
local scale = require "lib.scale"
local states = require "lib.states"
local svg = require "lib.svg"
local timeline_table = require "lib.timeline_table"
local units = require "lib.units"
local words = require "lib.timeline_words"

local M = {}

local MOST_LANES = 64

-- Heights for panels of up to `lanes` lanes; levels is how finely a mixed piece shows a share.
local ROWS = {
	{ lanes = 16, pitch = 28, mass = 20, wait = 14, levels = 8, size = "text", labels = true },
	{ lanes = 40, pitch = 18, mass = 12, wait = 8, levels = 4, size = "text" },
	{ lanes = math.huge, pitch = 14, mass = 9, wait = 6, levels = 3, size = "small" },
}
local GROUP_GAP = 8
local INDENT = 12

local function rows_for(count)
	for _, rows in ipairs(ROWS) do
		if count <= rows.lanes then
			return rows
		end
	end
end

-- What both drawings of a figure share.
local function plan(measurements, options)
	local figure = panels.of(measurements, options)
	figure.id, figure.measurements = frame.id(options.id or "timeline"), measurements
	for _, panel in ipairs(figure.panels) do
		if panel.all then
			panel.shown = table.move(panel.all, 1, math.min(#panel.all, MOST_LANES), 1, {})
			panel.rows = rows_for(#panel.shown)
		end
	end
	return figure
end

-- What the key names: the states that fill half a unit of some lane, and the line under the critical path where there is one.
local function key_items(canvas, figure)
	local items, least = {}, figure.largest / (canvas.right - canvas.left) / 2
	for _, name in ipairs(figure.occurring) do
		if figure.most[name] >= least then
			items[#items + 1] = { text = states.of(name).key, swatch = function(x, y)
				return lane_drawing.swatch(canvas, name, x, y)
			end }
		end
	end
	for _, panel in ipairs(figure.panels) do
		if panel.shown and flow_drawing.has_path(panel) then
			items[#items + 1] = { text = "decides the finish", swatch = function(x, y)
				return svg.element("path", { "class", "lp-path", "d", "M" .. svg.number(x) .. " " .. svg.number(y + 2) .. "h18" })
			end }
			break
		end
	end
	return items
end

-- One row that says what each style means; more rows where it is narrow, and a row of its own where it is long.
local function draw_key(canvas, figure)
	local items, width = key_items(canvas, figure), 0
	for i, item in ipairs(items) do
		item.width = 18 + 5 + measure_text.width(item.text, frame.size.slice)
		width = width + item.width + (i > 1 and 14 or 0)
	end
	if #items == 0 then
		return
	end
	local beside = not canvas.narrow and width <= canvas.width * 0.6
	local x, y = beside and canvas.width - width or 0, 10
	for _, item in ipairs(items) do
		if not beside and x > 0 and x + item.width > canvas.width then
			x, y = 0, y + 17
		end
		canvas:add(item.swatch(x, y))
		canvas:add(frame.text(x + 23, y + 4, item.text, "lp-key"))
		x = x + item.width + 14
	end
	canvas.y = beside and canvas.y or y + 18
	canvas.key_from = beside and canvas.width - width or nil
end

-- The panel's title, and what the reader came for at the end of the finish line.
local function draw_title(canvas, figure, panel, first)
	local x = canvas.position(panel.finish)
	local said = words.ending(panel, figure.word) .. " at " .. units.duration(panel.finish, figure.unit)
	local said_width = measure_text.width(said, frame.size.text, true)
	local room = canvas.width
	if first and canvas.key_from then
		room = math.max(canvas.key_from - 16, 200)
	end
	local title, cut = measure_text.fit(panel.title, room, frame.size.title, true)
	local title_width = measure_text.width(title, frame.size.title, true)
	canvas:add(svg.element("text", { "class", "lp-title", "x", 0, "y", canvas.y + 15 },
		svg.text(title) .. (cut and svg.element("title", {}, svg.text(panel.title)) or "")))
	-- under the key the right end of the first title row is taken
	local right = first and canvas.key_from and canvas.key_from - 16 or canvas.width
	local anchor, at = "end", math.max(x, said_width)
	if at - said_width < title_width + 14 or at > right then
		if at - said_width >= title_width + 14 or x - 1 < title_width + 14 or x + said_width > right then
			canvas.y = canvas.y + 20
			if x < said_width then
				anchor, at = "start", math.min(x, canvas.width - said_width)
			end
		else
			anchor, at = "start", x
		end
	end
	canvas:add(frame.text(at, canvas.y + 15, said, "lp-finish-text", anchor))
	canvas.y = canvas.y + 24
end

-- Returns the grid between two heights as markup.
local function grid(canvas, figure, top, bottom)
	local path = {}
	for _, mark in ipairs(canvas.marks) do
		path[#path + 1] = "M" .. svg.number(canvas.position(mark.ns)) .. " " .. svg.number(top) .. "V" .. svg.number(bottom)
	end
	return svg.element("path", { "class", "lp-grid", "d", table.concat(path) }) .. (figure.largest > 0 and "\n" ..
		svg.element("path", { "class", "lp-axis", "d", "M" .. svg.number(canvas.left) .. " " .. svg.number(bottom) .. "H" ..
			svg.number(canvas.right) }) or "")
end

local function draw_ticks(canvas)
	for _, mark in ipairs(canvas.marks) do
		local x = canvas.position(mark.ns)
		local half = measure_text.width(mark.label, frame.size.slice) / 2
		local over = x + half > canvas.width
		canvas:add(frame.text(over and canvas.width or x, canvas.y + 14, mark.label, "lp-tick", over and "end" or "middle"))
	end
	canvas.y = canvas.y + 20
end

local function draw_name(canvas, rows, entry, y)
	local size = frame.size[rows.size]
	local name, cut = measure_text.fit_ends(entry.name, canvas.left - 16 - (entry.indented and INDENT or 0), size)
	canvas:add(svg.element("text", { "class", rows.size == "small" and "lp-small", "x", canvas.left - 8, "y",
		y + size * 0.35, "text-anchor", "end" },
		svg.text(name) .. (cut and svg.element("title", {}, svg.text(entry.name)) or "")))
	if entry.indented then -- a coroutine hangs on its thread above
		local x = math.max(4, canvas.left - 8 - measure_text.width(name, size) - INDENT)
		canvas:add(svg.element("path", { "class", "lp-bracket", "d", "M" .. svg.number(x) .. " " ..
			svg.number(y - rows.pitch / 2 + 2) .. "V" .. svg.number(y) .. "h6" }))
	end
end

-- Joins the lanes of each process that has several, where there are several processes.
local function draw_brackets(canvas, panel, at)
	local spans, groups = {}, 0
	for i, entry in ipairs(panel.shown) do
		groups = math.max(groups, entry.group)
		local span = spans[entry.group] or { from = at[i], count = 0 }
		span.to, span.count = at[i], span.count + 1
		spans[entry.group] = span
	end
	for _, span in ipairs(spans) do
		if groups > 1 and span.count > 1 then
			canvas:add(svg.element("path", { "class", "lp-bracket", "d", string.format("M5 %sH1.5V%sH5",
				svg.number(span.from - 6), svg.number(span.to + 6)) }))
		end
	end
end

local function draw_finish(canvas, panel, top, bottom)
	local x = canvas.position(panel.finish)
	canvas:add(svg.element("path", { "class", "lp-finish", "d",
		"M" .. svg.number(x) .. " " .. svg.number(top) .. "V" .. svg.number(bottom) }))
end

-- Where each lane stands: the middles of the rows by index, the same by the lane's id, and the y below. above[i] is how
-- many rows of brackets stand on lane i.
local function place_rows(panel, y, above)
	local rows, at, row_of = panel.rows, {}, {}
	for i, entry in ipairs(panel.shown) do
		if entry.first and i > 1 then
			y = y + (rows.labels and GROUP_GAP or GROUP_GAP / 2)
		end
		y = y + above[i] * lane_labels.span_pitch
		at[i] = y + rows.pitch / 2
		row_of[entry.id] = at[i]
		y = y + rows.pitch
	end
	return at, row_of, y
end

local function draw_lanes(canvas, figure, panel)
	local rows, top = panel.rows, canvas.y
	local spans, above = {}, {}
	for i, entry in ipairs(panel.shown) do
		spans[i], above[i] = lane_labels.spans(canvas, panel, entry)
	end
	local at, row_of, lanes_end = place_rows(panel, top + 2, above)
	local under = #canvas.parts + 1
	draw_brackets(canvas, panel, at)
	local notes = flow_drawing.draw(canvas, panel, row_of)
	panel.named = {}
	local pieces, all = {}, 0
	for i, entry in ipairs(panel.shown) do
		pieces[i] = lane_drawing.pieces(canvas, panel, entry)
		all = all + #pieces[i]
	end
	for i, entry in ipairs(panel.shown) do
		draw_name(canvas, rows, entry, at[i])
		lane_drawing.draw(canvas, figure, panel, { entry = entry, pieces = pieces[i], y = at[i], all = all })
		lane_labels.draw_spans(canvas, figure, panel, spans[i], above[i], at[i] - rows.mass / 2)
		lane_labels.draw(canvas, figure, panel, entry, pieces[i], at[i])
	end
	local below, other_locks = lock_lanes.draw(canvas, figure, panel, lanes_end)
	local bottom = below + 2
	-- the grid lies under all, but only now is it known how far down it goes
	table.insert(canvas.parts, under, grid(canvas, figure, top, bottom))
	flow_drawing.draw_path(canvas, panel, row_of)
	deadlock_ring.draw(canvas, panel, row_of)
	draw_finish(canvas, panel, top - 5, bottom)
	canvas.y = bottom
	notes[#notes + 1] = other_locks
	if #panel.all > #panel.shown then
		local more = units.count(#panel.all - #panel.shown, "more lane")
		table.insert(notes, 1, string.format("and %s, which together %s", more,
			words.totals_together(words.sum(panel.all, #panel.shown + 1))))
	elseif #panel.all == 0 then
		notes[#notes + 1] = "no lane was recorded"
	end
	return notes
end

-- What is known without switch records: how long, and how much of it on a core. Not when, so no lanes are drawn.
local function draw_totals(canvas, figure, panel)
	local known, top = words.without_order(panel.measurement), canvas.y
	local bottom, y = top + 32, top + 16
	canvas:add(grid(canvas, figure, top, bottom))
	canvas:add(frame.text(canvas.left - 8, y + 4.5, "totals", "lp-quiet", "end"))
	local from, split = canvas.left, canvas.position(math.min(known.cpu_ns or 0, known.wall_ns))
	local on = "time on CPU not known"
	if known.cpu_ns then
		on = "on CPU " .. units.duration(known.cpu_ns, figure.unit) .. (known.off_ns and "" or ", over several cores")
	end
	local off = known.off_ns and "not on CPU " .. units.duration(known.off_ns, figure.unit)
	local outside = {}
	canvas:add(svg.element("rect", { "class", "lp-run", "x", from, "y", y - 8, "width", split - from, "height", 16 }))
	if measure_text.width(on, frame.size.slice) + 10 <= split - from then
		canvas:add(frame.text((from + split) / 2, y + 4.25, on, "lp-on-run", "middle"))
	else
		outside[#outside + 1] = on
	end
	if off then
		local to = canvas.position(known.wall_ns)
		canvas:add(svg.element("rect", { "class", "lp-outline", "x", split + 0.5, "y", y - 7.5,
			"width", math.max(0, to - split - 1), "height", 15 }))
		if measure_text.width(off, frame.size.slice) + 10 <= to - split then
			canvas:add(frame.text((split + to) / 2, y + 4.25, off, "lp-key", "middle"))
		else
			outside[#outside + 1] = off
		end
	end
	draw_finish(canvas, panel, top - 5, bottom)
	canvas.y = bottom
	outside[#outside + 1] = words.refusal(panel.measurement)
	return { table.concat(outside, "; ") }
end

local function draw_panel(canvas, figure, index)
	local panel = figure.panels[index]
	if index > 1 then
		canvas.y = canvas.y + 14
	end
	draw_title(canvas, figure, panel, index == 1)
	local notes = panel.shown and draw_lanes(canvas, figure, panel) or draw_totals(canvas, figure, panel)
	if index == #figure.panels then
		draw_ticks(canvas)
	else
		canvas.y = canvas.y + 4
	end
	local room = canvas.width - canvas.left
	-- in a page the caption tells what decided, or what hangs
	local story = canvas.standalone and critical_path.text(panel, figure.unit)
	if story then
		canvas:note(story, nil, room)
	end
	for _, note in ipairs(notes) do
		canvas:note(note, "lp-quiet", room)
	end
	if canvas.standalone and panel.stuck then
		canvas:note(words.hang(panel), "lp-warn", room)
	end
	local lost = panel.timeline and words.lost(panel.timeline)
	if lost then
		canvas:note(lost, "lp-warn", room)
	end
end

local function label_width(figure, most)
	local widest = 0
	for _, panel in ipairs(figure.panels) do
		if not panel.shown then
			widest = math.max(widest, measure_text.width("totals", frame.size.text))
		end
		for _, entry in ipairs(panel.shown or {}) do
			widest = math.max(widest, measure_text.width(entry.name, frame.size[panel.rows.size]) +
				(entry.indented and INDENT or 0))
		end
		if panel.shown then
			widest = math.max(widest, lock_lanes.label_width(panel, frame.size[panel.rows.size]))
		end
	end
	return math.min(most, widest + 17)
end

local function draw(figure, geometry, drawing)
	local canvas = { y = 0, parts = {}, width = geometry.width, narrow = geometry.name == "narrow",
		column = geometry.column }
	function canvas:add(part)
		self.parts[#self.parts + 1] = part
	end
	function canvas:note(said, class, room)
		local part
		part, self.y = frame.note(self.left, self.y + 2, said, class, room)
		self:add(part)
	end
	canvas.id = drawing.id .. (canvas.narrow and "-narrow" or "")
	canvas.standalone = drawing.standalone
	canvas.left = label_width(figure, geometry.label_most)
	local beside = 0
	for _, panel in ipairs(figure.panels) do
		beside = math.max(beside, deadlock_ring.width(canvas, panel))
	end
	canvas.right = canvas.width - 2 - beside
	canvas.position = scale.linear(figure.largest, canvas.left, canvas.right)
	canvas.marks = units.ticks(figure.largest,
		math.max(1, math.floor(geometry.ticks * (canvas.right - canvas.left) / (canvas.width - canvas.left))), figure.unit)
	local patterns = lane_drawing.patterns(canvas.id, figure.occurring)
	if patterns then
		canvas:add(patterns)
	end
	draw_key(canvas, figure)
	for index in ipairs(figure.panels) do
		draw_panel(canvas, figure, index)
	end
	if canvas.mixed then
		canvas:note("Where slices are too short to draw, height is the share of time.", "lp-quiet",
			canvas.width - canvas.left)
	end
	if canvas.standalone then -- in a page the caption says where it comes from
		canvas:note(provenance.text(figure.measurements), "lp-quiet", canvas.width - canvas.left)
	end
	drawing.geometry, drawing.id, drawing.height = geometry, canvas.id, canvas.y + 4
	drawing.body = table.concat(canvas.parts, "\n")
	return frame.wrap(drawing)
end

-- Returns the figure as markup: a wide drawing and a narrow one for phones, of which a page's style sheet shows one;
-- or, with options.standalone, the wide one alone with its style, a complete SVG file. measurements: at least one.
-- options (all may be left out): id, prefix of every id inside; titles, one for each panel, else the label; finish, the
-- word before the finish time ("done"); scale_ns, what the scale reaches at least, and least_ns, the shortest
-- duration the unit has to suit, so that several figures share both; alt, the figure's name for those who do not see it; standalone.
function M.draw(measurements, options)
	options = options or {}
	if #measurements == 0 then
		error("a timeline needs at least one measurement", 2)
	end
	local figure = plan(measurements, options)
	local function drawing()
		return { id = figure.id, standalone = options.standalone,
			title = options.alt or "Timeline of " .. table.concat(figure.titles, ", "),
			description = words.describe(figure) }
	end
	local wide = draw(figure, frame.geometries[1], drawing())
	return options.standalone and wide or wide .. draw(figure, frame.geometries[2], drawing())
end

-- Returns the same data as HTML tables with every lane and lock, for a disclosure below the figure. options as above.
function M.table(measurements, options)
	return timeline_table.html(plan(measurements, options or {}))
end

-- Returns what decided each panel's finish, or what hangs, as plain text for the caption; nil where there is nothing to
-- say. options as above.
function M.story(measurements, options)
	return words.story(panels.of(measurements, options or {}))
end

return M
