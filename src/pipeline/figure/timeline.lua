-- Draws measurements as timelines, one panel each and all on one scale, so that length is the argument: lanes, the locks
-- they waited for, who let whom go on, and where it ended. Knows no files and no page.

local band_drawing = require "timeline.band_drawing"
local critical_path = require "timeline.critical_path"
local deadlock_ring = require "timeline.deadlock_ring"
local flow_drawing = require "timeline.flow_drawing"
local frame = require "drawing.frame"
local lane_drawing = require "timeline.lane_drawing"
local lane_labels = require "timeline.lane_labels"
local lane_rows = require "timeline.lane_rows"
local lock_lanes = require "timeline.lock_lanes"
local measure_text = require "drawing.measure_text"
local overview = require "timeline.overview"
local panels = require "timeline.panels"
local provenance = require "measurement.provenance"
local reader_data = require "timeline.reader_data"
local scale = require "base.scale"
local states = require "timeline.states"
local svg = require "drawing.svg"
local timeline_options = require "timeline.timeline_options"
local timeline_table = require "timeline.timeline_table"
local totals_drawing = require "timeline.totals_drawing"
local units = require "base.units"
local words = require "timeline.timeline_words"

local M = {}

-- What an author may say of it, and what it is drawn from.
M.options = timeline_options.names
M.takes = "any"

-- Heights for panels of up to `lanes` rows; levels is how finely a mixed piece shows a share.
local ROWS = {
	{ lanes = 16, pitch = 28, mass = 20, wait = 14, levels = 8, size = "text", heading = 18, labels = true },
	{ lanes = math.huge, pitch = 18, mass = 12, wait = 8, levels = 4, size = "text", heading = 16 },
}
local GROUP_GAP = 8
local INDENT = 12
local LEAST_POOLED = 8
-- What a drawing may take, for each unit of its width: so many pieces drawn exactly, and so many shares of columns.
local MOST_PIECES = 4
local MOST_SHARES = 4.5

-- How fine a panel can be drawn so that it stays small: the narrowest slice that is drawn exactly, and the width of the
-- columns in which narrower ones are told as shares, of so many states at most.
local function set_resolution(panel, width, column, states_of_column)
	local pieces, columns
	panel.column = column
	repeat
		pieces, columns = 0, 0
		for _, row in ipairs(panel.shown) do
			local slices = row.entry and #row.entry.lane.slices or 0
			pieces = pieces + math.min(slices, width / panel.column)
			columns = columns + (row.entries and 2 or slices > width / LEAST_POOLED and 1 or 0) * width / LEAST_POOLED
		end
		panel.column = pieces > MOST_PIECES * width and panel.column * 2 or panel.column
	until pieces <= MOST_PIECES * width or panel.column >= 32
	panel.pooled = math.max(LEAST_POOLED, panel.column,
		math.ceil(LEAST_POOLED * columns * states_of_column / (MOST_SHARES * width)))
end

-- What both drawings of a figure share.
local function plan(measurements, options)
	local figure = panels.of(measurements, options)
	figure.id, figure.measurements = frame.id(options.id or "timeline"), measurements
	for _, panel in ipairs(figure.panels) do
		if panel.all then
			panel.shown = lane_rows.of(panel, panel.picked)
			panel.rows = #panel.shown <= ROWS[1].lanes and ROWS[1] or ROWS[2]
		end
	end
	return figure
end

local function has_path(figure, panel)
	return figure.path ~= false and flow_drawing.has_path(panel, figure.path)
end

-- What the key names: the states that fill half a unit of some lane, and the line under the critical path where there is one.
local function key_items(canvas, figure)
	local items, least = {}, 0.5 / (canvas.right - canvas.left)
	for _, name in ipairs(figure.shown) do
		if figure.most[name] >= least then
			items[#items + 1] = { text = states.of(name).key, swatch = function(x, y)
				return lane_drawing.swatch(canvas, name, x, y)
			end }
		end
	end
	for _, panel in ipairs(figure.panels) do
		if panel.shown and has_path(figure, panel) then
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
	local at_finish = " at " .. units.duration(panel.finish, figure.unit)
	local said = measure_text.fit(words.ending(panel, figure.word),
		canvas.width * 0.9 - measure_text.width(at_finish, frame.size.text, true), frame.size.text, true) .. at_finish
	local said_width = measure_text.width(said, frame.size.text, true)
	local room = canvas.width
	if first and canvas.key_from then
		room = math.max(canvas.key_from - 16, 200)
	end
	local behind = panel.times > 1 and " (scale: " .. string.format("%d", panel.times) .. "×)" or ""
	local title, cut = measure_text.fit(panel.title, room - measure_text.width(behind, frame.size.title, true),
		frame.size.title, true)
	title = title .. behind
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

-- Marks whose labels would touch the one before are left without.
local function draw_ticks(canvas)
	local last, ticks = -math.huge, {}
	for _, mark in ipairs(canvas.marks) do
		local x, width = canvas.position(mark.ns), measure_text.width(mark.label, frame.size.slice)
		local over = x + width / 2 > canvas.width
		local from = over and canvas.width - width or x - width / 2
		if from > last + 4 then
			ticks[#ticks + 1] = frame.text(over and canvas.width or x, canvas.y + 14, mark.label, "lp-tick",
				over and "end" or "middle")
			last = from + width
		end
	end
	canvas:add(canvas.standalone and table.concat(ticks, "\n") or svg.element("g", { "class", "lp-ticks" }, ticks))
	canvas.y = canvas.y + 20
end

local function draw_name(canvas, rows, row, y)
	local size = frame.size[rows.size]
	local name, cut = measure_text.fit_ends(row.name, canvas.left - 16 - (row.indented and INDENT or 0), size)
	local middle = row.entries and y - 7 or y
	canvas:beside(svg.element("text", { "x", canvas.left - 8, "y", middle + size * 0.35, "text-anchor", "end" },
		svg.text(name) .. (cut and svg.element("title", {}, svg.text(row.name)) or "")))
	if row.entries then
		canvas:beside(frame.text(canvas.left - 8, y + 11, units.count(#row.entries, "lane"), "lp-tick", "end"))
	elseif row.indented then -- a coroutine hangs on its thread above
		local x = math.max(4, canvas.left - 8 - measure_text.width(name, size) - INDENT)
		canvas:beside(svg.element("path", { "class", "lp-bracket", "d", "M" .. svg.number(x) .. " " ..
			svg.number(y - rows.pitch / 2 + 2) .. "V" .. svg.number(y) .. "h6" }))
	end
end

-- Joins the rows of each process that has a heading.
local function draw_brackets(canvas, panel, at)
	local span
	local function flush()
		if span then
			canvas:beside(svg.element("path", { "class", "lp-bracket", "d", string.format("M5 %sH1.5V%sH5",
				svg.number(span.from - 6), svg.number(span.to + 6)) }))
		end
	end
	for i, row in ipairs(panel.shown) do
		if row.first then
			flush()
			span = nil
		end
		if row.heading then
			span = { from = at[i].y }
			canvas:beside(frame.text(0, at[i].heading, measure_text.fit(row.heading, canvas.width, frame.size.slice), "lp-tick lp-halo"))
		end
		if span then
			span.to = at[i].y
		end
	end
	flush()
end

local function draw_finish(canvas, panel, top, bottom)
	if panel.finish < panel.from or panel.finish > panel.to then
		return
	end
	local x = canvas.position(panel.finish)
	canvas:add(svg.element("path", { "class", "lp-finish", "d",
		"M" .. svg.number(x) .. " " .. svg.number(top) .. "V" .. svg.number(bottom) }))
end

-- Where each row stands, { y = its middle, half = half the height of what is drawn, top, bottom, heading = the baseline of
-- what stands above it }, by index; the same by lane's id; and the y below. above[i] is how many rows of brackets stand on
-- row i.
local function place_rows(panel, y, above)
	local rows, at, row_of = panel.rows, {}, {}
	for i, row in ipairs(panel.shown) do
		local place = { top = y }
		if row.first and i > 1 then
			y = y + (rows.labels and GROUP_GAP or GROUP_GAP / 2)
		end
		if row.heading then
			place.heading, y = y + rows.heading - 5, y + rows.heading
		end
		y = y + above[i] * lane_labels.span_pitch
		local height = row.entries and band_drawing.height(#row.entries) + rows.pitch - rows.mass or rows.pitch
		place.y, place.half, place.bottom = y + height / 2, (height - rows.pitch + rows.mass) / 2, y + height
		place.band = row.entries
		at[i] = place
		for _, id in ipairs(lane_rows.ids(row)) do
			row_of[id] = place
		end
		y = y + height
	end
	return at, row_of, y
end

-- What is not drawn as a lane, in words.
local function note_rest(panel, notes)
	if #panel.rest > 0 then
		local more = units.count(#panel.rest, "more lane")
		table.insert(notes, 1, string.format("and %s, which %s%s", more, #panel.rest > 1 and "together " or "",
			#panel.rest > 1 and words.totals_together(words.sum(panel.rest, 1)) or words.totals(panel.rest[1].totals)))
	elseif #panel.all == 0 then
		notes[#notes + 1] = "no lane was recorded"
	end
end

local function draw_lanes(canvas, figure, panel)
	local rows, top = panel.rows, canvas.y
	local spans, above = {}, {}
	for i, row in ipairs(panel.shown) do
		spans[i], above[i] = {}, 0
		if row.entry then
			spans[i], above[i] = lane_labels.spans(canvas, panel, row.entry)
		end
	end
	local at, row_of, lanes_end = place_rows(panel, top + 2, above)
	canvas:open_plot()
	local under = #canvas.parts + 1
	draw_brackets(canvas, panel, at)
	local notes = flow_drawing.draw(canvas, panel, row_of)
	panel.named = {}
	local pieces, all = {}, 0
	for i, row in ipairs(panel.shown) do
		pieces[i] = row.entry and lane_drawing.pieces(canvas, panel, row.entry) or {}
		all = all + #pieces[i]
	end
	for i, row in ipairs(panel.shown) do
		draw_name(canvas, rows, row, at[i].y)
		if row.entry then
			lane_drawing.draw(canvas, figure, panel, { entry = row.entry, pieces = pieces[i], y = at[i].y, all = all })
			lane_labels.draw_spans(canvas, figure, panel, spans[i], above[i], at[i].y - rows.mass / 2)
			lane_labels.draw(canvas, figure, panel, row.entry, pieces[i], at[i].y)
		else
			band_drawing.draw(canvas, row.entries, at[i].y, 2 * at[i].half, math.max(4, panel.pooled / 2))
			canvas.folded = true
		end
	end
	local below, other_locks, locks = lock_lanes.draw(canvas, figure, panel, lanes_end)
	local bottom = below + 2
	-- the grid lies under all, but only now is it known how far down it goes
	table.insert(canvas.parts, under, grid(canvas, figure, top, bottom))
	if has_path(figure, panel) then
		flow_drawing.draw_path(canvas, panel, row_of)
	elseif figure.path and #panel.path == 0 then
		notes[#notes + 1] = "which lanes decided the finish is not known"
	end
	draw_finish(canvas, panel, top - 5, bottom)
	canvas:close_plot()
	deadlock_ring.draw(canvas, panel, row_of)
	canvas.y = bottom
	notes[#notes + 1] = other_locks
	note_rest(panel, notes)
	return notes, { top = top, bottom = bottom, at = at, locks = locks }
end

local function draw_totals(canvas, figure, panel)
	local top = canvas.y
	local bottom = top + 32
	canvas:open_plot()
	canvas:add(grid(canvas, figure, top, bottom))
	local note = totals_drawing.draw(canvas, figure, panel, top + 16)
	draw_finish(canvas, panel, top - 5, bottom)
	canvas:close_plot()
	canvas.y = bottom
	return { note }, { top = top, bottom = bottom }
end

-- Returns the opening tag of a panel's group: where in the drawing which lanes and times are, for a page's script.
local function panel_tag(canvas, panel, index, places)
	local n, rows, locks = svg.number, {}, {}
	for i, row in ipairs(panel.shown or {}) do
		rows[i] = table.concat(lane_rows.ids(row), "+") .. " " .. n(places.at[i].top) .. " " .. n(places.at[i].bottom)
	end
	for i, lock in ipairs(places.locks or {}) do
		locks[i] = string.format("%d %s %s", lock.index - 1, n(lock.top), n(lock.bottom))
	end
	return "<g" .. svg.attributes { "class", "lp-panel", "data-panel", string.format("%d", index - 1),
		"data-cell", panel.measurement.label, "data-ns", n(panel.from) .. " " .. n(panel.to),
		"data-x", n(canvas.left) .. " " .. n(canvas.right), "data-y", n(places.top) .. " " .. n(places.bottom),
		"data-lanes", panel.shown and table.concat(rows, ",") or false, "data-locks", #locks > 0 and table.concat(locks, ",") } .. ">"
end

-- Sets what maps this panel's time to the drawing.
local function set_scale(canvas, figure, panel)
	canvas.position = scale.window(panel.from, panel.to, canvas.left, canvas.right)
	local most = math.max(1, math.floor(canvas.ticks * (canvas.right - canvas.left) / (canvas.width - canvas.left)))
	local length = panel.to - panel.from
	local unit = (panel.times > 1 or figure.window) and units.common(length, panel.to) or figure.unit
	canvas.marks = panel.from > 0 and units.ticks_within(panel.from, panel.to, most, unit)
		or units.ticks(panel.to, most, unit)
	if panel.shown then
		set_resolution(panel, canvas.right - canvas.left, canvas.narrowest, #figure.shown)
		canvas.column = panel.column
	end
end

-- Whether the axis below a panel is not that of the next.
local function has_axis(figure, index)
	local panel, after = figure.panels[index], figure.panels[index + 1]
	return not after or after.from ~= panel.from or after.to ~= panel.to
end

local function draw_notes(canvas, figure, panel, notes)
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

local function draw_panel(canvas, figure, index)
	local panel = figure.panels[index]
	if index > 1 then
		canvas.y = canvas.y + 14
	end
	set_scale(canvas, figure, panel)
	local first = #canvas.parts + 1
	draw_title(canvas, figure, panel, index == 1)
	if figure.window and panel.shown then
		overview.draw(canvas, figure, panel)
	end
	local draw_body = panel.shown and draw_lanes or draw_totals
	local notes, places = draw_body(canvas, figure, panel)
	if has_axis(figure, index) then
		draw_ticks(canvas)
	else
		canvas.y = canvas.y + 4
	end
	draw_notes(canvas, figure, panel, notes)
	if not canvas.standalone then
		table.insert(canvas.parts, first, panel_tag(canvas, panel, index, places))
		canvas:add("</g>")
	end
end

local function label_width(figure, most)
	local widest = 0
	for _, panel in ipairs(figure.panels) do
		if not panel.shown then
			widest = math.max(widest, measure_text.width("totals", frame.size.text))
		elseif figure.window then
			widest = math.max(widest, measure_text.width("all of it", frame.size.text))
		end
		for _, row in ipairs(panel.shown or {}) do
			widest = math.max(widest, measure_text.width(row.name, frame.size[panel.rows.size]) +
				(row.indented and INDENT or 0), row.entries and measure_text.width("1000 lanes", frame.size.slice) or 0)
		end
		if panel.shown then
			widest = math.max(widest, lock_lanes.label_width(panel, frame.size[panel.rows.size], figure.locks))
		end
	end
	return math.min(most, widest + 17)
end

local function draw(figure, geometry, drawing)
	local canvas = { y = 0, parts = {}, width = geometry.width, narrow = geometry.name == "narrow",
		narrowest = geometry.column, ticks = geometry.ticks }
	function canvas:add(part)
		self.parts[#self.parts + 1] = part
	end
	-- The plot is what moves when time is zoomed; what stands beside it is drawn over it.
	function canvas:open_plot()
		self.aside = {}
		if not self.standalone then
			self:add '<g class="lp-plot">'
		end
	end
	function canvas:beside(part)
		self.aside[#self.aside + 1] = part
	end
	function canvas:close_plot()
		if not self.standalone then
			self:add "</g>"
		end
		table.move(self.aside, 1, #self.aside, #self.parts + 1, self.parts)
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
	local patterns = lane_drawing.patterns(canvas.id, figure.shown)
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
	if canvas.folded then
		canvas:note("Where lanes are folded into one, height is how many are in each state.", "lp-quiet",
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
-- duration the unit has to suit, so that several figures share both; alt, the figure's name for those who do not see it;
-- standalone; from and to, a window of time ("20ms", a number of ms, a quantity), under an overview of the whole; lanes,
-- names or patterns ("guest *") of those to draw, in this order; locks, how many have a lane (5); path, whether the critical
-- path is drawn: where there are several lanes and it is known, unless it is false. Raises an error, a sentence without a
-- place, where an author's option is wrong.
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

-- Returns the same for a script in the page, as JSON (timeline.reader_data); nil where there is no timeline. options as above.
function M.data(measurements, options)
	return reader_data.encode(panels.of(measurements, options or {}))
end

-- Of what is frozen without one nothing is drawn.
M.needs_timeline = true

return M
