-- Draws a lane for each lock that kept lanes waiting: who held it when. Knows no lanes of threads but their names.

local columns = require "timeline.columns"
local frame = require "drawing.frame"
local lane_drawing = require "timeline.lane_drawing"
local measure_text = require "drawing.measure_text"
local path_data = require "drawing.path_data"
local printable = require "base.printable"
local svg = require "drawing.svg"
local units = require "base.units"
local words = require "timeline.timeline_words"

local M = {}

-- So many locks have a lane of their own, those that were waited for longest; so many more are named in words.
local MOST_LOCKS = 5
local MOST_WORDS = 3
-- From so many pieces on a lock's lane is one path, without words under the pointer.
local MOST_APART = 60

local function holder_of(panel, piece)
	return piece.holder and panel.name_of(piece.holder) or string.format("%d at once", piece.holders or 0)
end

-- A hold in a drawing that is a file of its own: in a page the script and a table say who, and from when to when.
local function titled_hold(figure, found, piece, holder, box)
	return svg.element("rect", box, svg.element("title", {}, svg.text(string.format("%s: held by %s for %s, from %s to %s",
		found.resource.name, holder, units.duration(piece.times.held, figure.unit), units.duration(piece.start_ns, figure.unit),
		units.duration(piece.end_ns, figure.unit)))))
end

local function draw_lock(canvas, figure, panel, found, rows, y)
	local pieces = columns.pieces(found.stretches, canvas.position,
		{ column = canvas.column, pooled = panel.pooled, levels = rows.levels, kinds = columns.locks })
	local paths, labels = { held = path_data.new() }, {}
	for _, piece in ipairs(pieces) do
		if piece.kind == "mixed" then
			lane_drawing.add_mixed(paths, piece, columns.locks, rows.wait, y)
			canvas.mixed = true
		elseif piece.state == "held" then
			local holder = holder_of(panel, piece)
			local width = math.max(1, piece.to - piece.from - (#pieces <= MOST_APART and piece.to - piece.from > 3 and 1 or 0))
			if canvas.standalone and #pieces <= MOST_APART then
				canvas:add(titled_hold(figure, found, piece, holder, { "class", "lp-held", "x", piece.from, "y", y - rows.wait / 2,
					"width", width, "height", rows.wait }))
			else
				paths.held:box(piece.from, y - rows.wait / 2, width, rows.wait)
			end
			-- a name that is cut would name several
			if rows.labels and #pieces <= MOST_APART and measure_text.width(holder, frame.size.slice) <= width - 6 then
				labels[#labels + 1] = frame.text((piece.from + piece.to) / 2, y + 4.25, holder, "lp-on-held", "middle")
			end
		end
	end
	local data = paths.held:data()
	if data then
		canvas:add(svg.element("path", { "class", "lp-held", "d", data }))
	end
	for _, label in ipairs(labels) do canvas:add(label) end
end

-- Returns the locks of a panel that get a lane; most is how many, nil for a handful.
function M.shown(panel, most)
	return table.move(panel.locks, 1, math.min(#panel.locks, most or MOST_LOCKS), 1, {})
end

-- Returns how wide the widest name of them is.
function M.label_width(panel, size, most)
	local widest = 0
	for _, found in ipairs(M.shown(panel, most)) do
		widest = math.max(widest, measure_text.width(found.resource.name, size))
	end
	return widest
end

-- Draws the lock lanes from y on; returns the y below, what to say of the locks that got none, or nil, and where each
-- stands, { { index (in the timeline's resources), top, bottom }, … }.
function M.draw(canvas, figure, panel, y)
	local rows, places = panel.rows, {}
	local size, pitch, shown = frame.size[rows.size], rows.wait + 8, M.shown(panel, figure.locks)
	y = y + (#shown > 0 and 4 or 0)
	for _, found in ipairs(shown) do
		local middle = y + pitch / 2
		local name, cut = measure_text.fit_ends(printable.text(found.resource.name), canvas.left - 16, size)
		canvas:beside(svg.element("text", { "class", "lp-lock-name" .. (rows.size == "small" and " lp-small" or ""),
			"x", canvas.left - 8, "y", middle + size * 0.35, "text-anchor", "end" },
			svg.text(name) .. (cut and svg.element("title", {}, svg.text(found.resource.name)) or "")))
		draw_lock(canvas, figure, panel, found, rows, middle)
		places[#places + 1] = { index = found.index, top = y, bottom = y + pitch }
		y = y + pitch
	end
	if #panel.locks == #shown then
		return y, nil, places
	end
	local rest = {}
	for i = #shown + 1, math.min(#panel.locks, #shown + MOST_WORDS) do
		rest[#rest + 1] = words.lock(panel.locks[i], panel, figure.unit)
	end
	local more = #panel.locks - #shown - #rest
	return y, (#shown > 0 and "also " or "") .. table.concat(rest, "; ") .. (more > 0 and "; and " .. units.count(more, "more lock") or ""), places
end

return M
