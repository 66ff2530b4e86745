-- Draws what is known of a run without switch records: how long, and how much of it on a core. Not when, so no lanes.

local frame = require "drawing.frame"
local measure_text = require "drawing.measure_text"
local svg = require "drawing.svg"
local units = require "base.units"
local words = require "timeline.timeline_words"

local M = {}

-- Draws the bar around y from the canvas's left on; returns what did not fit on it and why there is no more, as a sentence.
function M.draw(canvas, figure, panel, y)
	local known = words.without_order(panel.measurement)
	canvas:beside(frame.text(canvas.left - 8, y + 4.5, "totals", "lp-quiet", "end"))
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
	outside[#outside + 1] = words.refusal(panel.measurement)
	return table.concat(outside, "; ")
end

return M
