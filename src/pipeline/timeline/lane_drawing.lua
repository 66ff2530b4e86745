-- Draws the slices of one lane: work as mass, waiting as an outline with a pattern, sleep as a tint, the rest as lines.
-- Each state differs in shape, not only in colour. Knows neither where the lane stands nor what is written on it.

local columns = require "timeline.columns"
local path_data = require "drawing.path_data"
local states = require "timeline.states"
local svg = require "drawing.svg"
local units = require "base.units"
local words = require "timeline.timeline_words"

local M = {}

-- Up to so many pieces in a lane, and in all lanes of a panel, are each an element that says its time under the pointer;
-- a busier lane draws one path for each state.
local MOST_TITLES = 40
local MOST_TITLES_OF_ALL = 240

-- What fills an outline, drawn so that no two look alike in grey.
local PATTERNS = {
	cpu = { size = 5, turn = 45, path = "M2.5 0v5" },
	lock = { size = 7, turn = -45, path = "M3.5 0v7" },
	cond = { size = 6, turn = 45, path = "M3 3h0.01" },
	io = { size = 4, turn = 0, path = "M2 0v4" },
}

-- Returns the patterns of the given states as markup for <defs>; id is the drawing's.
function M.patterns(id, occurring)
	local out = {}
	for _, name in ipairs(occurring) do
		local pattern = states.of(name).pattern
		local made = PATTERNS[pattern]
		if made then
			out[#out + 1] = svg.element("pattern", { "id", id .. "-" .. pattern, "width", made.size, "height", made.size,
				"patternUnits", "userSpaceOnUse",
				"patternTransform", made.turn ~= 0 and "rotate(" .. svg.number(made.turn) .. ")" },
				svg.element("path", { "class", "lp-pattern-" .. pattern, "d", made.path }))
		end
	end
	return #out > 0 and svg.element("defs", {}, out) or nil
end

local function fill_of(canvas, state)
	return state.pattern and "url(#" .. canvas.id .. "-" .. state.pattern .. ")" or false
end

-- The element of one state between two positions; open leaves its right end open, as nothing ended it.
local function shape(canvas, name, from, to, rows, y, open, content)
	local state = states.of(name)
	local width = math.max(1, to - from)
	if state.shape == "mass" then
		return svg.element("rect", { "class", state.class, "x", from, "y", y - rows.mass / 2, "width", width,
			"height", rows.mass, "rx", width > 4 and 1.5 }, content)
	elseif state.shape == "tint" then
		return svg.element("rect", { "class", state.class, "x", from, "y", y - rows.wait / 2, "width", width,
			"height", rows.wait }, content)
	elseif state.shape == "line" then
		return svg.element("path", { "class", state.class, "d", "M" .. svg.number(from) .. " " .. svg.number(y) .. "h" ..
			svg.number(width) }, content)
	elseif open then
		local n = svg.number
		return svg.element("path", { "class", state.class, "fill", fill_of(canvas, state), "d", "M" .. n(to) .. " " ..
			n(y - rows.wait / 2 + 0.5) .. "H" .. n(from + 0.5) .. "v" .. n(rows.wait - 1) .. "H" .. n(to) }, content)
	end
	return svg.element("rect", { "class", state.class, "fill", fill_of(canvas, state), "x", from + 0.5,
		"y", y - rows.wait / 2 + 0.5, "width", math.max(0.5, width - 1), "height", rows.wait - 1 }, content)
end

-- Adds the same to path data, for lanes that draw one path for each state.
local function add_to(path, name, from, to, rows, y)
	local kind, width = states.of(name).shape, math.max(1, to - from)
	if kind == "mass" then
		path:box(from, y - rows.mass / 2, width, rows.mass)
	elseif kind == "line" then
		path:level(from, y, width)
	elseif kind == "tint" then
		path:box(from, y - rows.wait / 2, width, rows.wait)
	else
		path:box(from + 0.5, y - rows.wait / 2 + 0.5, math.max(0.5, width - 1), rows.wait - 1)
	end
end

-- The path of a state among those of a lane.
local function path_of(paths, name)
	paths[name] = paths[name] or path_data.new()
	return paths[name]
end

-- Returns a small sample of a state for the key, 18 wide, around y.
function M.swatch(canvas, name, x, y)
	return shape(canvas, name, x, x + 18, { mass = 12, wait = 10 }, y)
end

-- Adds to path one shape around neighbouring columns that are not empty: low … high of each above the floor.
local function add_shapes(path, list, floor)
	local first = 1
	for i, one in ipairs(list) do
		if not list[i + 1] or list[i + 1].from ~= one.to then
			path:shape(table.move(list, first, i, 1, {}), floor)
			first = i + 1
		end
	end
end

-- A mixed piece stands on the lane's floor: each state's share on the one before it, the rest empty. Adds to paths[state],
-- of drawing.path_data; returns the columns in which nothing stands.
function M.add_mixed(paths, piece, kinds, height, y)
	local level, floor, filled, empty = height / piece.levels, y + height / 2, {}, {}
	for _, column in ipairs(piece.columns) do
		local low = 0
		for _, name in ipairs(kinds.stack) do
			local share = column.shares[name]
			if share then
				local high = low + share * level
				filled[name] = filled[name] or {}
				table.insert(filled[name], { from = column.from, to = column.to, low = low, high = high })
				low = high
			end
		end
		if low == 0 then
			empty[#empty + 1] = column
		end
	end
	for _, name in ipairs(kinds.stack) do
		if filled[name] then
			add_shapes(path_of(paths, name), filled[name], floor)
		end
	end
	return empty
end

-- Draws the paths of a lane, by state.
local function draw_paths(canvas, paths)
	for _, name in ipairs(states.order) do
		if paths[name] then
			canvas:add(svg.element("path", { "class", states.of(name).class, "fill", fill_of(canvas, states.of(name)),
				"d", paths[name]:data() }))
		end
	end
end

local function title_of(figure, panel, entry, piece)
	local wait = words.wait(piece, panel)
	return string.format("%s: %s%s%s, from %s to %s", entry.name, words.totals(piece.times, figure.unit),
		wait and ", " .. wait or "", piece.where and " at " .. piece.where or "", units.duration(piece.start_ns, figure.unit),
		units.duration(piece.end_ns, figure.unit))
end

-- A lane that is stuck was woken only to be killed: its wait goes on to the lane's end.
local function open_last(pieces, stuck, column)
	local last, before = pieces[#pieces], pieces[#pieces - 1]
	if before and last.kind == "slice" and last.state ~= stuck.state and last.to - last.from < column then
		pieces[#pieces] = nil
		before.to, last = last.to, before
	end
	last.open = last.state == stuck.state
end

-- Returns the pieces of an arranged lane at this drawing's resolution.
function M.pieces(canvas, panel, entry)
	local pieces = columns.pieces(entry.lane.slices, canvas.position,
		{ column = canvas.column, pooled = panel.pooled, levels = panel.rows.levels, kinds = columns.lanes })
	local stuck = panel.stuck and panel.stuck[entry.id]
	if stuck and #pieces > 0 then
		open_last(pieces, stuck, canvas.column)
	end
	return pieces
end

-- Draws many lanes as one, a mixed piece of timeline.columns' band, `height` high around y.
function M.draw_band(canvas, piece, height, y)
	local paths = {}
	M.add_mixed(paths, piece, columns.bands, height, y)
	draw_paths(canvas, paths)
end

-- Draws a lane, { entry, pieces, y = the middle of its row, all = how many pieces the panel has }.
function M.draw(canvas, figure, panel, lane)
	local entry, pieces, y, rows, paths = lane.entry, lane.pieces, lane.y, panel.rows, {}
	-- In a page the script says what is under the pointer, and a table says it to all: a drawing that is a file of its own
	-- has neither.
	local titled = canvas.standalone and #pieces <= MOST_TITLES and lane.all <= MOST_TITLES_OF_ALL
	for _, piece in ipairs(pieces) do
		if piece.kind == "mixed" then
			for _, column in ipairs(M.add_mixed(paths, piece, columns.lanes, rows.mass, y)) do
				path_of(paths, "blocked"):level(column.from, y, column.to - column.from)
			end
			canvas.mixed = true
		elseif titled or piece.open then
			canvas:add(shape(canvas, piece.state, piece.from, piece.to, rows, y, piece.open,
				titled and svg.element("title", {}, svg.text(title_of(figure, panel, entry, piece))) or nil))
		else
			add_to(path_of(paths, piece.state), piece.state, piece.from, piece.to, rows, y)
		end
	end
	draw_paths(canvas, paths)
	if #pieces == 0 and entry.lane.start_ns >= panel.from and entry.lane.start_ns <= panel.to then
		canvas:add(svg.element("path", { "class", "lp-blocked", "d", "M" .. svg.number(canvas.position(entry.lane.start_ns)) ..
			" " .. svg.number(y - rows.wait / 2) .. "v" .. svg.number(rows.wait) }))
	end
end

return M
