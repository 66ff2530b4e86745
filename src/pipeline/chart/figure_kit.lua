-- What a chart is made of, ours and those of a site's pipeline.lua: a canvas with scales, axes and marks, and the words
-- and statistics that go with them. Whatever is given to it as text is escaped, whatever as a number is checked, colours
-- and styles are names: so that no figure can put markup into a page. livepost(3lua) says it for authors. Knows no figure.

local chart_scale = require "chart.chart_scale"
local chart_style = require "drawing.chart_style"
local figure_words = require "measurement.figure_words"
local frame = require "drawing.frame"
local measure_text = require "drawing.measure_text"
local nearest = require "base.nearest"
local sorted_keys = require "base.sorted_keys"
local states = require "timeline.states"
local svg = require "drawing.svg"
local units = require "base.units"

local M = {}

-- So many marks a drawing may have: more would be no figure, and a loop gone wrong fills no disk.
M.MOST_MARKS = 20000
local MONO = 0.6025 -- the width of a letter of DejaVu Sans Mono, the widest that systems use, in its size

local Kit = { __metatable = false }
Kit.__index = Kit
for name, say in pairs(figure_words) do
	Kit[name] = say
end
Kit.linear = chart_scale.linear
Kit.log = chart_scale.log

-- kit → what only this file may touch.
local drawings = setmetatable({}, { __mode = "k" })

local function of(kit)
	return drawings[kit] or error("call this as kit:NAME(…), with a colon", 3)
end

-- Returns the entry of `known` by its name; what is asked for may be misspelt.
local function named(known, name, what)
	if known[name] then
		return known[name]
	end
	local names = sorted_keys(known)
	local close = type(name) == "string" and nearest.of(name, names)
	error(("unknown %s `%s`: %s"):format(what, tostring(name),
		close and ("did you mean `%s`?"):format(close) or "known are " .. table.concat(names, ", ")), 0)
end

local COLOURS = {}
for _, name in ipairs(chart_style.colours) do COLOURS[name] = name end

local function number(value, what)
	if type(value) ~= "number" then
		error(("%s is a %s: a number of the drawing's units is expected"):format(what, type(value)), 0)
	elseif value ~= value then
		error(what .. " is not a number: was something divided by 0?", 0)
	elseif math.abs(value) >= 1e6 then
		error(what .. " is far outside of the drawing", 0)
	end
	return value
end

local function words(value)
	if type(value) ~= "string" and type(value) ~= "number" then
		error(("a %s stands where a text is expected"):format(type(value)), 0)
	end
	return tostring(value)
end

-- Checks the names of what was given to a mark: a misspelt one must not be passed over.
local function options_of(given, ...)
	local known = {}
	for _, name in ipairs { ... } do known[name] = true end
	for name in pairs(given or {}) do named(known, name, "option") end
	return given or {}
end

local function add(drawing, markup, below)
	if #drawing.parts >= M.MOST_MARKS then
		error(("more than %d marks in one drawing"):format(M.MOST_MARKS), 0)
	end
	drawing.parts[#drawing.parts + 1] = markup
	drawing.bottom = math.max(drawing.bottom, below)
end

local function title_of(given)
	return given.title and svg.element("title", {}, svg.text(words(given.title)))
end

-- How wide a text is in a style.
local function width_of(text, style)
	if style.mono then
		return utf8.len(text) and utf8.len(text) * MONO * style.size or #text * MONO * style.size
	end
	return measure_text.width(text, style.size, style.bold)
end

local function fitted(text, width, style)
	if style.mono then
		local most = math.max(1, math.floor(width / (MONO * style.size)))
		if (utf8.len(text) or 0) <= most then return text, false end
		return text:sub(1, utf8.offset(text, most) - 1) .. "…", true
	end
	return measure_text.fit(text, width, style.size, style.bold)
end

-- kit.text_width(text, style) → how wide it is drawn, in the drawing's units; it errs to the wide side.
function Kit.text_width(text, style)
	return width_of(words(text), named(chart_style.texts, style or "plain", "style"))
end

-- kit.fit(text, width, style) → the text, its end made "…" where it is wider, and whether that was done.
function Kit.fit(text, width, style)
	return fitted(words(text), number(width, "the width"), named(chart_style.texts, style or "plain", "style"))
end

-- kit:text(x, y, text, { style, anchor, width, halo, colour }) → how wide it is. y is the line that letters stand on; anchor
-- is "start", "middle" or "end"; longer than `width` it is shortened, and whole under the pointer; halo keeps what lies
-- below it off.
function Kit:text(x, y, text, given)
	local drawing = of(self)
	given = options_of(given, "style", "anchor", "width", "halo", "colour")
	local style = named(chart_style.texts, given.style or "plain", "style")
	local anchor = named({ start = "start", middle = "middle", ["end"] = "end" }, given.anchor or "start", "anchor")
	local whole = words(text)
	local shown, cut = whole, false
	if given.width then
		shown, cut = fitted(whole, number(given.width, "the width"), style)
	end
	local class = { style.class, given.halo and "lp-edge" or nil,
		given.colour and "lp-f-" .. named(COLOURS, given.colour, "colour") or nil }
	local names = {}
	for i = 1, 3 do names[#names + 1] = class[i] end
	add(drawing, svg.element("text", { "class", #names > 0 and table.concat(names, " "), "x", number(x, "x"), "y", number(y, "y"),
		"text-anchor", anchor ~= "start" and anchor },
		{ svg.text(shown), cut and svg.element("title", {}, svg.text(whole)) or "" }), y + 4)
	return width_of(shown, style)
end

-- kit:paragraph(x, y, text, { style, width, colour }) → the y of a line that would follow. Broken at blanks.
function Kit:paragraph(x, y, text, given)
	given = options_of(given, "style", "width", "colour")
	local style = named(chart_style.texts, given.style or "plain", "style")
	local room = number(given.width or of(self).geometry.width - number(x, "x"), "the width")
	for _, line in ipairs(measure_text.wrap(words(text), room, style.size, style.bold)) do
		self:text(x, y, line, { style = given.style, colour = given.colour, halo = true })
		y = y + style.size + 4
	end
	return y
end

-- The pattern of a hatch in a colour, made once a drawing.
local function hatch_of(drawing, hatch, colour)
	local pattern = named(chart_style.hatches, hatch, "hatch")
	local id = drawing.id .. "-" .. hatch .. "-" .. colour
	if not drawing.hatches[id] then
		drawing.hatches[id] = true
		drawing.defs[#drawing.defs + 1] = svg.element("pattern", { "id", id, "width", pattern.size, "height", pattern.size,
			"patternUnits", "userSpaceOnUse",
			"patternTransform", pattern.turn ~= 0 and "rotate(" .. svg.number(pattern.turn) .. ")" },
			svg.element("path", { "class", "lp-hatch lp-s-" .. colour, "d", pattern.path }))
	end
	return "url(#" .. id .. ")"
end

-- The looks of a state: mass, outline with its hatch, tint or line.
local STATE_HATCHES = { cpu = "slant", lock = "back", cond = "dots", io = "upright" }
local STATE_COLOURS = { ["waiting-cpu"] = "wait", ["waiting-lock"] = "lock", ["waiting-cond"] = "cond", ["waiting-io"] = "io" }

local function state_bar(drawing, x, y, width, height, given)
	local state = states.of(given.state)
	local title = title_of(given)
	if state.shape == "line" then
		return svg.element("g", {}, { title or "",
			svg.element("rect", { "class", state.class .. " lp-stroke", "x", x + 0.75, "y", y + 0.75,
				"width", math.max(0.5, width - 1.5), "height", math.max(0.5, height - 1.5) }) })
	end
	local hatch = STATE_HATCHES[state.pattern]
	local inset = state.shape == "outline" and 0.5 or 0
	return svg.element("rect", { "class", state.class, "fill", hatch and
		hatch_of(drawing, hatch, STATE_COLOURS[given.state]), "x", x + inset, "y", y + inset,
		"width", math.max(0.5, width - 2 * inset), "height", math.max(0.5, height - 2 * inset) }, title)
end

-- kit:bar(x, y, width, height, { colour, hatch, state, title }). A bar of a state looks as the state does in timelines; with
-- a hatch it is an outline filled with that. title is what the pointer shows.
function Kit:bar(x, y, width, height, given)
	local drawing = of(self)
	given = options_of(given, "colour", "hatch", "state", "title")
	number(x, "x")
	number(y, "y")
	if number(width, "the width") < 0 or number(height, "the height") < 0 then
		error("a bar's width and height are 0 or more", 0)
	end
	if given.state then
		if not states.is_known(given.state) then
			local known = {}
			for _, name in ipairs(states.order) do known[name] = name end
			named(known, given.state, "state")
		end
		return add(drawing, state_bar(drawing, x, y, width, height, given), y + height)
	end
	local colour = named(COLOURS, given.colour or "run", "colour")
	local inset = given.hatch and math.min(0.75, width / 2, height / 2) or 0
	add(drawing, svg.element("rect", { "class", given.hatch and "lp-s-" .. colour or "lp-f-" .. colour,
		"fill", given.hatch and hatch_of(drawing, given.hatch, colour), "x", x + inset, "y", y + inset,
		"width", width - 2 * inset, "height", height - 2 * inset }, title_of(given)), y + height)
end

-- kit:dot(x, y, { radius, colour, hollow, title }).
function Kit:dot(x, y, given)
	local drawing = of(self)
	given = options_of(given, "radius", "colour", "hollow", "title")
	local radius = number(given.radius or 2.25, "the radius")
	local colour = named(COLOURS, given.colour or "ink", "colour")
	add(drawing, svg.element("circle", { "class", given.hollow and "lp-hollow lp-s-" .. colour or
		colour == "ink" and "lp-dot" or "lp-dot lp-f-" .. colour, "cx", number(x, "x"), "cy", number(y, "y"), "r", radius },
		title_of(given)), y + radius)
end

local function path_of(points, what)
	if type(points) ~= "table" or #points < 4 or #points % 2 ~= 0 then
		error(what .. " takes a list of at least two points, { x, y, x, y, … }", 0)
	end
	local out, bottom = {}, -math.huge
	for i = 1, #points, 2 do
		out[#out + 1] = (i == 1 and "M" or "L") .. svg.number(svg.tenth(number(points[i], "x"))) .. " " ..
			svg.number(svg.tenth(number(points[i + 1], "y")))
		bottom = math.max(bottom, points[i + 1])
	end
	return table.concat(out), bottom
end

-- kit:line({ x, y, x, y, … }, { colour, dash, halo, title }) through these points; dash is "dashed" or "dotted".
function Kit:line(points, given)
	local drawing = of(self)
	given = options_of(given, "colour", "dash", "halo", "title")
	local path, bottom = path_of(points, "a line")
	local colour = named(COLOURS, given.colour or "ink", "colour")
	if given.halo then
		add(drawing, svg.element("path", { "class", "lp-spread-edge lp-stroke", "d", path }), bottom)
	end
	add(drawing, svg.element("path", { "class", "lp-stroke lp-s-" .. colour, "stroke-dasharray",
		given.dash and named(chart_style.dashes, given.dash, "dash"), "d", path }, title_of(given)), bottom + 1)
end

-- kit:area({ x, y, x, y, … }, { colour, title }): what lies within these points, lightly filled.
function Kit:area(points, given)
	local drawing = of(self)
	given = options_of(given, "colour", "title")
	local path, bottom = path_of(points, "an area")
	add(drawing, svg.element("path", { "class", "lp-area lp-f-" .. named(COLOURS, given.colour or "run", "colour"),
		"d", path .. "z" }, title_of(given)), bottom)
end

-- The values that an axis marks, each with its label.
local function marks_of(scale, given, most)
	if type(scale) ~= "table" or not scale.ticks then
		error("an axis takes a scale, made by kit.linear or kit.log", 0)
	end
	local out = {}
	if given.unit then
		for i, mark in ipairs(units.ticks(scale.to, given.most or most, given.unit)) do
			out[i] = { value = mark.ns, label = mark.label }
		end
		return out
	end
	-- What is round in bytes is no round number: the steps are of the unit that the largest is said in.
	local bytes = given.format == Kit.bytes and not given.marks and math.log(math.max(1, scale.to), 1024) // 1 | 0 or 0
	local marks = given.marks or bytes > 0 and chart_scale.linear(scale.from / 1024 ^ bytes, scale.to / 1024 ^ bytes, 0, 1)
		:ticks(given.most or most) or scale:ticks(given.most or most)
	for i, mark in ipairs(marks) do
		local value = mark * 1024 ^ bytes
		out[i] = { value = value, label = words((given.format or Kit.number)(value)) }
	end
	return out
end

local function grid(drawing, path)
	-- Below all marks, whatever was drawn before it.
	table.insert(drawing.parts, 1, svg.element("path", { "class", "lp-grid lp-stroke", "d", table.concat(path) }))
end

-- kit:axis_x(scale, top, bottom, { format, unit, most, marks, label }): lines from top to bottom at round values of the
-- scale, what they are below them. format(value) → text; unit: one of kit.unit's, for times in ns from 0; most: how many
-- parts; marks: the values to mark; label: what is counted, below at the right. Returns the y below it.
function Kit:axis_x(scale, top, bottom, given)
	local drawing = of(self)
	given = options_of(given, "format", "unit", "most", "marks", "label")
	local path, n, taken = {}, svg.number, -math.huge
	local width = drawing.geometry.width
	number(top, "the top")
	number(bottom, "the bottom")
	for _, mark in ipairs(marks_of(scale, given, drawing.geometry.name == "narrow" and 4 or 7)) do
		local x = number(scale(mark.value), "x")
		path[#path + 1] = "M" .. n(x) .. " " .. n(top) .. "V" .. n(bottom)
		local half = measure_text.width(mark.label, 12) / 2
		local at = math.max(half, math.min(x, width - half))
		if at - half >= taken then -- one that would touch the one before is left out
			self:text(at, bottom + 15, mark.label, { style = "small", anchor = "middle" })
			taken = at + half + 4
		end
	end
	grid(drawing, path)
	if given.label then
		self:text(math.max(scale.first, scale.last), bottom + 32, given.label, { style = "small", anchor = "end" })
	end
	return bottom + (given.label and 38 or 21)
end

-- kit:axis_y(scale, left, right, { format, most, marks, label }): the same for a scale from bottom to top, its values
-- written before `left`.
function Kit:axis_y(scale, left, right, given)
	local drawing = of(self)
	given = options_of(given, "format", "unit", "most", "marks", "label")
	local path, n = {}, svg.number
	number(left, "the left")
	number(right, "the right")
	for _, mark in ipairs(marks_of(scale, given, 5)) do
		local y = number(scale(mark.value), "y")
		path[#path + 1] = "M" .. n(left) .. " " .. n(y) .. "H" .. n(right)
		self:text(left - 6, y + 4, mark.label, { style = "small", anchor = "end" })
	end
	grid(drawing, path)
	if given.label then
		self:text(0, math.min(scale.first, scale.last) - 10, given.label, { style = "small" })
	end
end

-- kit:say { title, description, story }: the figure's name, what it shows in words for those who do not see it, and what
-- stands under it, a sentence without its full stop.
function Kit:say(given)
	local drawing = of(self)
	for name, value in pairs(options_of(given, "title", "description", "story")) do
		drawing.said[name] = words(value)
	end
end

-- kit:table { head = { … }, rows = { { … }, … } }: the data, the first cell of a row being what the row is of. Texts and
-- numbers.
function Kit:table(given)
	local drawing = of(self)
	options_of(given, "head", "rows")
	local function texts(list)
		local out = {}
		if type(list) ~= "table" then error("a table takes lists: head = { … }, rows = { { … }, … }", 0) end
		for i, value in ipairs(list) do out[i] = type(value) == "number" and Kit.number(value) or words(value) end
		return out
	end
	drawing.head, drawing.rows = texts(given.head), {}
	if type(given.rows) ~= "table" then error("a table takes lists: head = { … }, rows = { { … }, … }", 0) end
	for i, row in ipairs(given.rows) do
		drawing.rows[i] = texts(row)
		if #drawing.rows[i] ~= #drawing.head then
			error(("row %d of the table has %d cells, its head %d"):format(i, #drawing.rows[i], #drawing.head), 0)
		end
	end
end

-- kit:below(y) makes the drawing reach down to y at least.
function Kit:below(y)
	local drawing = of(self)
	drawing.bottom = math.max(drawing.bottom, number(y, "y"))
end

-- new(geometry, id) → a kit with an empty canvas of this geometry (drawing.frame); kit.width and kit.narrow say it to figures.
function M.new(geometry, id)
	local narrow = geometry.name == "narrow"
	local kit = setmetatable({ width = geometry.width, narrow = narrow }, Kit)
	drawings[kit] = { geometry = geometry, id = id .. (narrow and "-narrow" or ""), parts = {}, defs = {}, hatches = {},
		bottom = 0, said = {} }
	return kit
end

-- finish(kit, options) → the svg element; options: alt, instead of the figure's own title, and standalone. what: how
-- the figure is called where it did not say.
function M.finish(kit, options, what)
	local drawing = drawings[kit]
	local defs = #drawing.defs > 0 and svg.element("defs", {}, drawing.defs) .. "\n" or ""
	return frame.wrap { geometry = drawing.geometry, id = drawing.id, standalone = options.standalone, charts = true,
		height = drawing.bottom + 2, title = options.alt or drawing.said.title or what,
		description = drawing.said.description or drawing.said.title or what, body = defs .. table.concat(drawing.parts, "\n") }
end

-- said(kit) → what kit:say was given; rows(kit) → head and rows of kit:table, nil without one.
function M.said(kit)
	return drawings[kit].said
end

function M.rows(kit)
	return drawings[kit].head, drawings[kit].rows
end

return M
