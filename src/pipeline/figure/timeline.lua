-- Draws measurements as timelines, one panel each and all on one scale, so that length is the argument. Work is drawn
-- as mass, waiting for a core as a hatched outline, being blocked as a mere line: each differs in shape, not only in
-- colour. Knows no files and no page.

local columns = require "lib.columns"
local frame = require "lib.frame"
local lanes = require "lib.lanes"
local measure_text = require "lib.measure_text"
local scale = require "lib.scale"
local states = require "lib.states"
local svg = require "lib.svg"
local timeline_table = require "lib.timeline_table"
local units = require "lib.units"
local words = require "lib.timeline_words"

local M = {}

local MOST_LANES = 64
local MOST_FLOWS = 24
-- A lane of up to this many pieces draws each as an element that says its time under the pointer; a busier lane draws
-- one path for each state.
local MOST_TITLES = 40

-- Heights for panels of up to `lanes` lanes; levels is how finely a mixed piece shows a share.
local ROWS = {
	{ lanes = 16, pitch = 28, mass = 20, wait = 12, line = 1.5, levels = 8, size = "text", labels = true },
	{ lanes = 40, pitch = 18, mass = 12, wait = 8, line = 1.25, levels = 4, size = "text" },
	{ lanes = math.huge, pitch = 14, mass = 9, wait = 6, line = 1, levels = 3, size = "small" },
}
local GROUP_GAP = 8

local function rows_for(count)
	for _, rows in ipairs(ROWS) do
		if count <= rows.lanes then
			return rows
		end
	end
end

-- What both drawings of a figure share.
local function plan(measurements, options)
	local titles, panels, largest, smallest = {}, {}, options.scale_ns or 0, math.huge
	for i, measurement in ipairs(measurements) do
		titles[i] = options.titles and options.titles[i] or measurement.label
		local panel = { measurement = measurement, title = titles[i], finish = words.finish(measurement) }
		largest = math.max(largest, panel.finish)
		smallest = math.min(smallest, panel.finish)
		if measurement.timeline then
			panel.all = lanes.arrange(measurement.timeline)
			panel.shown = table.move(panel.all, 1, math.min(#panel.all, MOST_LANES), 1, {})
			panel.rows = rows_for(#panel.shown)
			for _, entry in ipairs(panel.all) do
				largest = math.max(largest, entry.lane.end_ns)
			end
		end
		panels[i] = panel
	end
	return { titles = titles, panels = panels, largest = largest, unit = units.common(math.min(smallest, options.least_ns or smallest), largest),
		word = options.finish or "done", id = frame.id(options.id or "timeline") }
end

local function swatch(canvas, state, x, y)
	if state == "running" then
		return svg.element("rect", { "class", "lp-run", "x", x, "y", y - 6, "width", 18, "height", 12, "rx", 1.5 })
	elseif state == "waiting-cpu" then
		return svg.element("rect", { "class", "lp-wait", "fill", canvas.hatch, "x", x + 0.5, "y", y - 4.5,
			"width", 17, "height", 9 })
	elseif state == "unknown" then
		return svg.element("rect", { "class", "lp-unknown", "x", x + 0.5, "y", y - 4.5, "width", 17, "height", 9 })
	end
	return svg.element("rect", { "class", "lp-blocked", "x", x, "y", y - 0.75, "width", 18, "height", 1.5 })
end

-- One row that says what each style means, of the states that occur; more rows where it is narrow.
local function draw_key(canvas, figure)
	local occurs = {}
	for _, panel in ipairs(figure.panels) do
		for _, entry in ipairs(panel.shown or {}) do
			for _, slice in ipairs(entry.lane.slices) do
				occurs[slice.state] = true
			end
		end
	end
	local items, width = {}, 0
	for _, state in ipairs(states.order) do
		if occurs[state] then
			local item = { state = state, text = states.of(state).key }
			item.width = 18 + 5 + measure_text.width(item.text, frame.size.slice)
			width = width + item.width + (#items > 0 and 14 or 0)
			items[#items + 1] = item
		end
	end
	if #items == 0 then
		return
	end
	local x, y = canvas.narrow and 0 or canvas.width - width, 10
	for _, item in ipairs(items) do
		if canvas.narrow and x > 0 and x + item.width > canvas.width then
			x, y = 0, y + 17
		end
		canvas:add(swatch(canvas, item.state, x, y))
		canvas:add(frame.text(x + 23, y + 4, item.text, "lp-key"))
		x = x + item.width + 14
	end
	canvas.y = canvas.narrow and y + 18 or canvas.y
	canvas.key_from = canvas.width - width
end

-- The panel's title, and what the reader came for at the end of the finish line.
local function draw_title(canvas, figure, panel, first)
	local x = canvas.position(panel.finish)
	local said = (words.failure(panel.measurement) or figure.word) .. " at " .. units.duration(panel.finish, figure.unit)
	local said_width = measure_text.width(said, frame.size.text, true)
	local room = canvas.width
	if first and canvas.key_from and not canvas.narrow then
		room = math.max(canvas.key_from - 16, 200)
	end
	local title, cut = measure_text.fit(panel.title, room, frame.size.title, true)
	local title_width = measure_text.width(title, frame.size.title, true)
	canvas:add(svg.element("text", { "class", "lp-title", "x", 0, "y", canvas.y + 15 },
		svg.text(title) .. (cut and svg.element("title", {}, svg.text(panel.title)) or "")))
	-- under the key the right end of the first title row is taken
	local right = first and canvas.key_from and not canvas.narrow and canvas.key_from - 16 or canvas.width
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

local function draw_grid(canvas, figure, top, bottom)
	local path = {}
	for _, mark in ipairs(canvas.marks) do
		path[#path + 1] = "M" .. svg.number(canvas.position(mark.ns)) .. " " .. svg.number(top) .. "V" .. svg.number(bottom)
	end
	canvas:add(svg.element("path", { "class", "lp-grid", "d", table.concat(path) }))
	if figure.largest > 0 then
		canvas:add(svg.element("path", { "class", "lp-axis", "d", "M" .. svg.number(canvas.left) .. " " ..
			svg.number(bottom) .. "H" .. svg.number(canvas.right) }))
	end
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

-- The word for a state stands on its first slice in the panel that has room for it; later ones say only their time.
local function draw_label(canvas, figure, panel, piece, y)
	local width = piece.to - piece.from
	local time = units.duration(piece.times[piece.state], figure.unit)
	local full = states.of(piece.state).label .. " " .. time
	local label = not panel.named[piece.state] and full or time
	local room = width - (piece.state == "running" and 10 or 28)
	if measure_text.width(label, frame.size.slice) > room then
		label = time
		if measure_text.width(label, frame.size.slice) > room then
			return
		end
	else
		panel.named[piece.state] = true
	end
	canvas:add(frame.text((piece.from + piece.to) / 2, y + 4.25, label,
		piece.state == "running" and "lp-on-run" or "lp-on-line", "middle"))
end

local function box_of(piece, rows, y)
	local from, width = piece.from, piece.to - piece.from
	if piece.state == "running" then
		return from, y - rows.mass / 2, math.max(1, width), rows.mass
	elseif piece.state == "waiting-cpu" or piece.state == "unknown" then
		return from + 0.5, y - rows.wait / 2 + 0.5, math.max(0.5, width - 1), rows.wait - 1
	end
	return from, y - rows.line / 2, math.max(1, width), rows.line
end

local function draw_piece(canvas, figure, name, piece, rows, y)
	local state = states.of(piece.state)
	local x, top, width, height = box_of(piece, rows, y)
	local said = string.format("%s: %s, from %s to %s", name, words.totals(piece.times, figure.unit),
		units.duration(piece.start_ns, figure.unit), units.duration(piece.end_ns, figure.unit))
	canvas:add(svg.element("rect", { "class", state.class, "fill", piece.state == "waiting-cpu" and canvas.hatch,
		"x", x, "y", top, "width", width, "height", height,
		"rx", piece.state == "running" and width > 4 and 1.5 }, svg.element("title", {}, svg.text(said))))
end

-- Adds to path one shape around neighbouring columns that are not empty: low(column) … high(column) above the floor.
local function add_shape(path, piece, floor, low, high)
	local n, there, back = svg.number, {}, {}
	for i, column in ipairs(piece.columns) do
		local filled = high(column) > low(column)
		if filled then
			there[#there + 1] = (#there == 0 and "M" .. n(column.from) .. " " or "V") .. n(floor - high(column)) ..
				"H" .. n(column.to)
			table.insert(back, 1, "V" .. n(floor - low(column)) .. "H" .. n(column.from))
		end
		if #there > 0 and (not filled or i == #piece.columns) then
			path[#path + 1] = table.concat(there) .. table.concat(back) .. "z"
			there, back = {}, {}
		end
	end
end

-- A mixed piece stands on the lane's floor: the share that ran as mass, on it the share that waited, the rest empty.
local function add_mixed(paths, piece, rows, y)
	local level, floor = rows.mass / piece.levels, y + rows.mass / 2
	local function run(column) return column.running * level end
	local function wait(column) return (column.running + column.waiting) * level end
	add_shape(paths.running, piece, floor, function() return 0 end, run)
	add_shape(paths["waiting-cpu"], piece, floor, run, wait)
	for _, column in ipairs(piece.columns) do
		if column.unknown then
			table.insert(paths.unknown, svg.box(column.from, y - rows.wait / 2, column.to - column.from, rows.wait))
		elseif column.running + column.waiting == 0 then
			table.insert(paths.blocked, svg.box(column.from, y - rows.line / 2, column.to - column.from, rows.line))
		end
	end
end

local function draw_lane(canvas, figure, panel, entry, y)
	local rows, lane = panel.rows, entry.lane
	local pieces = columns.pieces(lane.slices, canvas.position, canvas.column, rows.levels)
	local paths = { running = {}, ["waiting-cpu"] = {}, blocked = {}, unknown = {} }
	for _, piece in ipairs(pieces) do
		if piece.kind == "mixed" then
			add_mixed(paths, piece, rows, y)
			canvas.mixed = true
		elseif #pieces <= MOST_TITLES then
			draw_piece(canvas, figure, entry.name, piece, rows, y)
		else
			table.insert(paths[piece.state], svg.box(box_of(piece, rows, y)))
		end
	end
	for _, state in ipairs(states.order) do
		if #paths[state] > 0 then
			canvas:add(svg.element("path", { "class", states.of(state).class,
				"fill", state == "waiting-cpu" and canvas.hatch, "d", table.concat(paths[state]) }))
		end
	end
	if #pieces == 0 then
		local x = canvas.position(lane.start_ns)
		canvas:add(svg.element("rect", { "class", "lp-blocked", "x", x, "y", y - rows.wait / 2, "width", 1,
			"height", rows.wait }))
	end
	if rows.labels then
		for _, piece in ipairs(pieces) do
			if piece.kind == "slice" and #pieces <= MOST_TITLES then
				draw_label(canvas, figure, panel, piece, y)
			end
		end
	end
end

local function draw_name(canvas, rows, entry, y)
	local size = frame.size[rows.size]
	local name, cut = measure_text.fit(entry.name, canvas.left - 16, size)
	canvas:add(svg.element("text", { "class", rows.size == "small" and "lp-small", "x", canvas.left - 8, "y",
		y + size * 0.35, "text-anchor", "end" },
		svg.text(name) .. (cut and svg.element("title", {}, svg.text(entry.name)) or "")))
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

-- Who created whom: a line from the creating lane down (or up) to where the new lane begins.
local function draw_flows(canvas, panel, at)
	local row_of, drawn, heads, lines = {}, 0, {}, {}
	for i, entry in ipairs(panel.shown) do
		row_of[entry.lane.tid] = at[i]
	end
	local n, half = svg.number, panel.rows.mass / 2
	for _, flow in ipairs(panel.measurement.timeline.flows or {}) do
		local from, to = row_of[flow.from.lane], row_of[flow.to.lane]
		if flow.kind == "create" and from and to and from ~= to then
			local x, down = canvas.position(flow.to.ns), to > from and 1 or -1
			local tip = to - down * half
			lines[#lines + 1] = "M" .. n(x) .. " " .. n(from + down * half) .. "V" .. n(tip - down * 4)
			heads[#heads + 1] = "M" .. n(x - 3) .. " " .. n(tip - down * 5) .. "h6l-3 " .. n(down * 5) .. "z"
			drawn = drawn + 1
		end
	end
	if drawn > MOST_FLOWS then
		return units.count(drawn, "creation") .. " of lanes not drawn as arrows"
	elseif drawn > 0 then
		canvas:add(svg.element("path", { "class", "lp-flow", "d", table.concat(lines) }))
		canvas:add(svg.element("path", { "class", "lp-flow-head", "d", table.concat(heads) }))
	end
	return nil
end

local function draw_finish(canvas, panel, top, bottom)
	local x = canvas.position(panel.finish)
	canvas:add(svg.element("path", { "class", "lp-finish", "d",
		"M" .. svg.number(x) .. " " .. svg.number(top) .. "V" .. svg.number(bottom) }))
end

local function draw_lanes(canvas, figure, panel)
	local rows, at, notes = panel.rows, {}, {}
	local top, y = canvas.y, canvas.y + 2
	for i, entry in ipairs(panel.shown) do
		if entry.first and i > 1 then
			y = y + (rows.labels and GROUP_GAP or GROUP_GAP / 2)
		end
		at[i] = y + rows.pitch / 2
		y = y + rows.pitch
	end
	local bottom = y + 2
	draw_grid(canvas, figure, top, bottom)
	draw_brackets(canvas, panel, at)
	panel.named = {}
	for i, entry in ipairs(panel.shown) do
		draw_name(canvas, rows, entry, at[i])
		draw_lane(canvas, figure, panel, entry, at[i])
	end
	notes[1] = draw_flows(canvas, panel, at)
	draw_finish(canvas, panel, top - 5, bottom)
	canvas.y = bottom
	if #panel.all > #panel.shown then
		local more = units.count(#panel.all - #panel.shown, "more lane")
		table.insert(notes, 1, string.format("and %s, which together %s", more,
			words.totals(words.sum(panel.all, #panel.shown + 1)):gsub("was blocked", "were blocked")))
	elseif #panel.all == 0 then
		notes[#notes + 1] = "no lane was recorded"
	end
	return notes
end

-- What is known without switch records: how long, and how much of it on a core. Not when, so no lanes are drawn.
local function draw_totals(canvas, figure, panel)
	local known, top = words.without_order(panel.measurement), canvas.y
	local bottom, y = top + 32, top + 16
	draw_grid(canvas, figure, top, bottom)
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
	for _, note in ipairs(notes) do
		canvas:note(note, "lp-quiet", room)
	end
	local lost = panel.shown and words.lost(panel.measurement.timeline)
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
			widest = math.max(widest, measure_text.width(entry.name, frame.size[panel.rows.size]))
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
	local id = drawing.id .. (canvas.narrow and "-narrow" or "")
	canvas.hatch = "url(#" .. id .. "-hatch)"
	canvas.left = label_width(figure, geometry.label_most)
	canvas.right = canvas.width - 2
	canvas.position = scale.linear(figure.largest, canvas.left, canvas.right)
	canvas.marks = units.ticks(figure.largest, geometry.ticks, figure.unit)
	canvas:add(svg.element("defs", {}, svg.element("pattern", { "id", id .. "-hatch", "width", 5, "height", 5,
		"patternUnits", "userSpaceOnUse", "patternTransform", "rotate(45)" },
		svg.element("path", { "class", "lp-hatch", "d", "M2.5 0v5" }))))
	draw_key(canvas, figure)
	for index in ipairs(figure.panels) do
		draw_panel(canvas, figure, index)
	end
	if canvas.mixed then
		canvas:note("Where slices are too short to draw, height is the share of time.", "lp-quiet",
			canvas.width - canvas.left)
	end
	drawing.geometry, drawing.id, drawing.height = geometry, id, canvas.y + 4
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
			description = words.describe(measurements, figure.titles, figure.word, figure.unit) }
	end
	local wide = draw(figure, frame.geometries[1], drawing())
	return options.standalone and wide or wide .. draw(figure, frame.geometries[2], drawing())
end

-- Returns the same data as an HTML table with every lane, for a disclosure below the figure. options.titles as above.
function M.table(measurements, options)
	local figure = plan(measurements, options or {})
	return timeline_table.html(measurements, figure.titles, figure.unit)
end

return M
