-- Writes on a lane what its slices are: what each waits for and how long it took, the program's own spans as brackets
-- above it, its marks as flags. A label that does not fit is shortened, stands outside or is left out; none overlap.

local frame = require "drawing.frame"
local measure_text = require "drawing.measure_text"
local printable = require "base.printable"
local states = require "timeline.states"
local svg = require "drawing.svg"
local units = require "base.units"

local M = {}

-- How much higher a lane is for each row of brackets.
M.span_pitch = 13

local MOST_SPANS = 60
local MOST_SPAN_ROWS = 3
local MOST_LABELS = 40
local PAD = 6
-- Flags nearer to each other than this are one.
local FLAG_PITCH = 4
-- A name cut to fewer letters than this says nothing.
local LEAST_LETTERS = 3

local CLASSES = { mass = "lp-on-run", tint = "lp-on-sleep", line = "lp-on-line", outline = "lp-on-line" }

-- The stretches of a lane's row that bear a label.
local function new_row()
	local row = { taken = {} }
	function row.is_free(from, to)
		for _, one in ipairs(row.taken) do
			if from < one[2] and to > one[1] then
				return false
			end
		end
		return true
	end
	function row.take(from, to)
		row.taken[#row.taken + 1] = { from - 2, to + 2 }
	end
	return row
end

-- The first of the texts that fits into `room`, and its width; nil where none does.
local function first_fit(texts, room, size)
	for _, text in ipairs(texts) do
		local width = measure_text.width(text, size)
		if width <= room then
			return text, width
		end
	end
	return nil
end

local function shortened(text, room, size)
	local cut = measure_text.fit(text, room, size)
	return utf8.len(cut) > LEAST_LETTERS and measure_text.width(cut, size) <= room and cut or nil
end

-- Writes left-aligned text behind a lane's end where it crosses neither the edge nor the finish.
local function write_outside(canvas, row, text, class, size, x, y, finish)
	local width = measure_text.width(text, size)
	if x + width > canvas.right or (x - PAD < finish and x + width + 3 > finish) or not row.is_free(x, x + width) then
		return false
	end
	row.take(x, x + width)
	canvas:add(frame.text(x, y + 4.25, text, class))
	return true
end

-- Returns the lane's spans that are wide enough to see, each in a row above its slices, the outer over the inner, as
-- { { from, to, row, span }, … } and how many rows there are. Spans nested deeper than the rows go are left out, and all
-- where they are too many to be read.
function M.spans(canvas, panel, entry)
	local spans = {}
	for order, span in ipairs(panel.rows.labels and entry.lane.spans or {}) do
		local from, to = canvas.position(span.start_ns), canvas.position(span.end_ns)
		if to - from >= 2 then
			spans[#spans + 1] = { from = from, to = to, span = span, order = order }
		end
	end
	if #spans > MOST_SPANS then
		return {}, 0
	end
	table.sort(spans, function(a, b)
		if a.from ~= b.from then
			return a.from < b.from
		elseif a.to ~= b.to then
			return a.to > b.to
		end
		return a.order < b.order
	end)
	local shown, ends = {}, {}
	for _, one in ipairs(spans) do
		for row = 1, MOST_SPAN_ROWS do
			if not ends[row] or ends[row] <= one.from + 0.5 then
				one.row, ends[row] = row, one.to
				shown[#shown + 1] = one
				break
			end
		end
	end
	return shown, #ends
end

-- A span's name stands in its bracket, with its time where both fit; shortened where it does not, or behind the bracket
-- where nothing else stands. Returns from where to where it takes the bracket's place; nothing where it does not.
local function draw_span_name(canvas, figure, panel, one, rows, y)
	local name, size = printable.text(one.span.name), frame.size.slice
	local room = one.to - one.from - 2 * PAD
	local text, width = first_fit({ name .. " " .. units.duration(one.span.end_ns - one.span.start_ns, figure.unit), name },
		room, size)
	text = text or shortened(name, room, size)
	local row = rows[one.row]
	if text then
		width = width or measure_text.width(text, size)
		row.take(one.from + PAD, one.from + PAD + width)
		canvas:add(frame.text(one.from + PAD, y + 3.5, text, "lp-span-name"))
		return one.from + PAD - 3, one.from + PAD + width + 3
	else
		write_outside(canvas, row, name, "lp-span-name", size, one.to + 4, y - 0.75, canvas.position(panel.finish))
	end
end

-- Draws spans, as from M.spans, as brackets above the slices, whose upper edge is at y.
function M.draw_spans(canvas, figure, panel, spans, count, y)
	local lines, rows, n = {}, {}, svg.number
	local function middle(one)
		return y - 3 - (count - one.row + 0.5) * M.span_pitch
	end
	for row = 1, count do
		rows[row] = new_row()
	end
	for _, one in ipairs(spans) do
		rows[one.row].take(one.from, one.to)
	end
	for _, one in ipairs(spans) do
		local first, last = draw_span_name(canvas, figure, panel, one, rows, middle(one))
		lines[#lines + 1] = "M" .. n(one.from + 0.5) .. " " .. n(middle(one) + 3.5) .. "v-3.5" ..
			(first and "H" .. n(first) .. "M" .. n(last) .. " " .. n(middle(one)) or "") ..
			"H" .. n(math.max(one.from + 1, one.to - 0.5)) .. "v3.5"
	end
	if #lines > 0 then
		canvas:add(svg.element("path", { "class", "lp-span", "d", table.concat(lines) }))
	end
end

-- What may be written on a piece, the best first.
local function texts_of(panel, piece, time)
	local state = states.of(piece.state)
	if piece.what and state.waits then
		local what = printable.text(piece.what)
		return { state.waits .. what .. " " .. time, what .. " " .. time, what, time }
	elseif panel.named[piece.state] then
		return { time }
	end
	return { state.label .. " " .. time, time }
end

-- The word for a state stands on its first slice in the panel that has room for it; later ones say only their time.
local function draw_piece(canvas, figure, panel, piece, row, y)
	local kind = states.of(piece.state).shape
	local room = piece.to - piece.from - (kind == "mass" and 10 or kind == "tint" and 2 * PAD or 24)
	local texts = texts_of(panel, piece, units.duration(piece.times[piece.state], figure.unit))
	local text, width = first_fit(texts, room, frame.size.slice)
	local middle = (piece.from + piece.to) / 2
	if not text or not row.is_free(middle - width / 2, middle + width / 2) then
		return
	end
	if text == texts[1] then
		panel.named[piece.state] = true
	end
	row.take(middle - width / 2, middle + width / 2)
	canvas:add(frame.text(middle, y + 4.25, text, CLASSES[kind], "middle"))
end

local function draw_flag(canvas, row, marks, pieces, entry, rows, y, finish)
	local x, n = canvas.position(marks[1].ns), svg.number
	local top = y - rows.mass / 2 - 2
	local names = {}
	for i, mark in ipairs(marks) do
		names[i] = printable.text(mark.name) .. " at " .. units.duration(mark.ns)
		if i == 8 and #marks > 8 then
			names[9] = string.format("%d more", #marks - 8)
			break
		end
	end
	canvas:add(svg.element("path", { "class", "lp-flag", "d", "M" .. n(x) .. " " .. n(y + rows.mass / 2) .. "V" .. n(top) ..
		(x + 6 > canvas.width and "l-5 2.5l5 2.5" or "l5 2.5l-5 2.5") }, svg.element("title", {}, svg.text(entry.name .. ": " .. table.concat(names, ", ")))))
	if not rows.labels or #marks > 1 then
		return
	end
	local text, start = printable.text(marks[1].name), x + PAD + 2
	local width = measure_text.width(text, frame.size.slice)
	for _, piece in ipairs(pieces) do
		local kind = piece.kind == "slice" and states.of(piece.state).shape or "mass"
		if (kind == "mass" or kind == "tint") and piece.from < start + width and piece.to > start then
			return
		end
	end
	write_outside(canvas, row, text, "lp-mark", frame.size.slice, start, y, finish)
end

local function draw_marks(canvas, panel, entry, pieces, row, y)
	local group
	local function flush()
		if group then
			draw_flag(canvas, row, group, pieces, entry, panel.rows, y, canvas.position(panel.finish))
		end
	end
	for _, mark in ipairs(entry.lane.marks or {}) do
		if mark.ns < panel.from or mark.ns > panel.to then -- luacheck: ignore 542
			-- outside of what is drawn
		elseif group and canvas.position(mark.ns) - canvas.position(group[1].ns) < FLAG_PITCH then
			group[#group + 1] = mark
		else
			flush()
			group = { mark }
		end
	end
	flush()
end

-- Writes on the lane that was drawn as `pieces` around y. panel.named keeps which states the panel has named already.
function M.draw(canvas, figure, panel, entry, pieces, y)
	local row = new_row()
	if panel.rows.labels then
		local count = 0
		for _, piece in ipairs(pieces) do
			count = count + (piece.kind == "slice" and piece.to - piece.from > 20 and 1 or 0)
		end
		for _, piece in ipairs(pieces) do
			if piece.kind == "slice" and count <= MOST_LABELS then
				draw_piece(canvas, figure, panel, piece, row, y)
			end
		end
	end
	draw_marks(canvas, panel, entry, pieces, row, y)
end

return M
