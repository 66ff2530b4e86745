-- Draws the whole of a timeline small, above a window of it, with the window marked: all lanes in one band.

local band_drawing = require "timeline.band_drawing"
local frame = require "drawing.frame"
local measure_text = require "drawing.measure_text"
local scale = require "base.scale"
local svg = require "drawing.svg"
local units = require "base.units"

local M = {}

local HEIGHT = 24
local GAP = 12
local POOLED = 4

-- Draws it from canvas.y on and sets canvas.y below it; figure.largest is when the longest panel ends.
function M.draw(canvas, figure, panel)
	local top, bottom, n = canvas.y, canvas.y + HEIGHT, svg.number
	local shown = canvas.position
	canvas.position = scale.linear(figure.largest, canvas.left, canvas.right)
	local from, to = canvas.position(panel.from), canvas.position(panel.to)
	local at = #canvas.parts + 1
	canvas:add(svg.element("path", { "class", "lp-axis", "d", "M" .. n(canvas.left) .. " " .. n(bottom) .. "H" .. n(canvas.right) }))
	band_drawing.draw(canvas, panel.all, top + HEIGHT / 2, HEIGHT, POOLED)
	canvas:add(svg.element("rect", { "class", "lp-window", "x", from, "y", top - 3, "width", math.max(2, to - from),
		"height", HEIGHT + 6 }))
	-- from the window's corners down to the drawing of it
	canvas:add(svg.element("path", { "class", "lp-window-edge", "d", "M" .. n(from) .. " " .. n(bottom + 3) .. "L" ..
		n(canvas.left) .. " " .. n(bottom + GAP) .. "M" .. n(math.max(from + 2, to)) .. " " .. n(bottom + 3) .. "L" ..
		n(canvas.right) .. " " .. n(bottom + GAP) }))
	local name, room = "all of it", canvas.left - 16
	local longer = "all, " .. units.duration(panel.finish, figure.unit)
	canvas:add(frame.text(canvas.left - 8, top + HEIGHT / 2 + 4.5, measure_text.fit(
		measure_text.width(longer, frame.size.text) <= room and longer or name, room, frame.size.text), "lp-quiet", "end"))
	if not canvas.standalone then
		table.insert(canvas.parts, at, string.format('<g class="lp-overview" data-ns="0 %s" data-x="%s %s" data-y="%s %s">',
			n(figure.largest), n(canvas.left), n(canvas.right), n(top), n(bottom)))
		canvas:add("</g>")
	end
	canvas.position = shown
	canvas.y = bottom + GAP
end

return M
