-- Draws a deadlock as a ring of arrows beside the lanes: from each lane that waits to the one that holds what it waits
-- for, with the lock's name. Knows rows and names only.

local frame = require "drawing.frame"
local measure_text = require "drawing.measure_text"
local printable = require "base.printable"
local svg = require "drawing.svg"

local M = {}

-- A ring of more lanes than this is told in words.
local MOST_EDGES = 12
local INNER = 12 -- from the lanes' right edge to the first track
local TRACK = 9 -- between tracks
local APART = 4 -- a row's outgoing arrow from its incoming one

-- The edges of the ring, { from, to (ids), what }.
local function edges_of(panel)
	local edges = {}
	for i, id in ipairs(panel.deadlock) do
		local stuck = panel.stuck[id]
		edges[i] = { from = id, to = panel.deadlock[i % #panel.deadlock + 1], what = stuck and stuck.what or "?" }
	end
	return edges
end

local function is_drawn(panel)
	return panel.deadlock and #panel.deadlock > 0 and #panel.deadlock <= MOST_EDGES
end

local function label_width(panel, most)
	local widest = 0
	for _, edge in ipairs(edges_of(panel)) do
		widest = math.max(widest, measure_text.width(printable.text(edge.what), frame.size.slice))
	end
	return math.min(widest, most)
end

local function most_label(canvas)
	return canvas.narrow and 54 or 90
end

-- Returns how much room a panel needs at the right of its lanes; 0 where there is no ring to draw.
function M.width(canvas, panel)
	if not is_drawn(panel) then
		return 0
	end
	-- at most every second edge runs outside the others
	return INNER + label_width(panel, most_label(canvas)) + 12 + TRACK * ((#panel.deadlock + 1) // 2)
end

-- Gives each edge a track: neighbours that go down share the inner one, all others run outside, each on its own.
local function track(edges, row_of)
	local inner, outer = {}, 0
	for _, edge in ipairs(edges) do
		local from, to = row_of[edge.from], row_of[edge.to]
		if not from or not to then
			return false
		end
		edge.a, edge.b = from.y, to.y
		edge.low, edge.high = math.min(edge.a, edge.b), math.max(edge.a, edge.b)
		local free = edge.b >= edge.a
		for _, other in ipairs(inner) do
			free = free and (edge.low >= other.high or edge.high <= other.low)
		end
		if free then
			inner[#inner + 1] = edge
			edge.track = 0
		else
			outer = outer + 1
			edge.track = outer
		end
	end
	return true
end

-- Draws the ring; row_of maps a lane's id to its row, { y = its middle }. Draws nothing where a lane of it is not shown.
function M.draw(canvas, panel, row_of)
	if not is_drawn(panel) then
		return
	end
	local edges, n = edges_of(panel), svg.number
	if not track(edges, row_of) then
		return
	end
	local width, x = label_width(panel, most_label(canvas)), canvas.right + 2
	local lines, heads, labels = {}, {}, {}
	for _, edge in ipairs(edges) do
		local inner = edge.track == 0
		local side = inner and 1 or -1
		local down = edge.b >= edge.a and 1 or -1
		local from, to = edge.a + APART * down * side, edge.b - APART * down * side
		if edge.a == edge.b then
			from, to = edge.a - APART, edge.a + APART
		end
		local right = x + INNER + (inner and 0 or width + 6 + TRACK * edge.track)
		lines[#lines + 1] = "M" .. n(x) .. " " .. n(from) .. "H" .. n(right) .. "V" .. n(to) .. "H" .. n(x + 5)
		heads[#heads + 1] = "M" .. n(x) .. " " .. n(to) .. "l6 -3v6z"
		local name = measure_text.fit_ends(printable.text(edge.what), width, frame.size.slice)
		local at = inner and edge.a ~= edge.b and edge.a + panel.rows.pitch / 2 or edge.a
		labels[#labels + 1] = frame.text(inner and right + 6 or x + INNER + 4, (inner and at or from) + 3.5, name, "lp-on-line")
	end
	canvas:add(svg.element("path", { "class", "lp-ring", "d", table.concat(lines) }))
	canvas:add(svg.element("path", { "class", "lp-ring-head", "d", table.concat(heads) }))
	for _, label in ipairs(labels) do
		canvas:add(label)
	end
end

return M
