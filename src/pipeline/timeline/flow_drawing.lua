-- Draws how lanes depend on each other: who created, handed on to, woke and waited for whom as arrows, as many as a
-- reader can follow, and the critical path as a thin line under the slices it runs through.

local svg = require "drawing.svg"
local units = require "base.units"

local M = {}

-- How each kind is drawn, how many of it at most in one panel, and what to call those that are not.
local KINDS = {
	create = { class = "lp-flow", head = "lp-flow-head", most = 24, rest = { "creation of lanes", "creations of lanes" } },
	join = { class = "lp-thin", most = 24, rest = { "join", "joins" }, quiet = true },
	["hand-off"] = { class = "lp-hand-off", head = "lp-hand-off-head", most = 48, rest = { "hand-off", "hand-offs" }, crowds = true },
	["wake-up"] = { class = "lp-wake", head = "lp-wake-head", most = 48, rest = { "wake-up", "wake-ups" }, crowds = true },
}
local ORDER = { "create", "join", "hand-off", "wake-up" }
-- Two arrows between the same lanes nearer than this are one to the eye.
local LEAST_PITCH = 5

-- The slice of a lane at an instant; nil outside of it.
local function slice_at(lane, ns)
	local low, high = 1, #lane.slices
	while low < high do
		local middle = (low + high + 1) // 2
		if lane.slices[middle].start_ns <= ns then
			low = middle
		else
			high = middle - 1
		end
	end
	local slice = lane.slices[low]
	return slice and slice.start_ns <= ns and ns <= slice.end_ns and slice or nil
end

-- A join that did not keep its lane waiting tells nothing.
local function ended_wait(flow, panel)
	local slice = slice_at(panel.by_id[flow.to.lane].lane, flow.from.ns)
	return slice and slice.state == "joining" and slice.owner_lane == flow.from.lane
end

-- Sorts the panel's flows by kind; leaves out those of lanes that are not shown, and counts those too near to another, and
-- all once they are too many to be drawn.
local function sorted(canvas, panel, row_of)
	local found, last = {}, {}
	for _, kind in ipairs(ORDER) do
		found[kind], last[kind] = { near = 0, most = KINDS[kind].most }, {}
	end
	for _, flow in ipairs(panel.flows) do
		local kind, ns = flow.kind, flow.to.ns
		local list, from, to = found[kind], row_of[flow.from.lane], row_of[flow.to.lane]
		if list and ns >= panel.from and ns <= panel.to and from and to and from ~= to and
				(kind ~= "join" or ended_wait(flow, panel)) then
			if #list > list.most then
				list.near = list.near + 1
			else
				local x, of_kind = canvas.position(ns), last[kind]
				-- where the same two rows met last
				local between = of_kind[from] or {}
				of_kind[from] = between
				local before = between[to]
				if before and x - before < LEAST_PITCH and (kind ~= "create" or to.band) then
					list.near = list.near + 1
				else
					between[to] = x
					list[#list + 1] = { flow = flow, from = from, to = to }
				end
			end
		end
	end
	return found
end

-- A path whose steps are told from the point before, in tenths: most are short.
local function new_steps()
	local path, at_x, at_y = {}, 0, 0
	local function short(tenths)
		return (svg.number(tenths / 10):gsub("^(-?)0%.", "%1."))
	end
	return {
		path = path,
		-- command: "m" or "l".
		to = function(command, x, y)
			x, y = math.floor(x * 10 + 0.5), math.floor(y * 10 + 0.5)
			local across, along = short(x - at_x), short(y - at_y)
			path[#path + 1] = command .. across .. (along:sub(1, 1) == "-" and "" or " ") .. along
			at_x, at_y = x, y
		end,
	}
end

-- An arrow from the edge of one lane to the edge of another, at the moments it left and arrived.
local function add_arrow(canvas, lines, heads, arrow, has_head)
	local down = arrow.to.y > arrow.from.y and 1 or -1
	local x = canvas.position(arrow.flow.to.ns)
	local start = arrow.flow.kind == "create" and x or canvas.position(arrow.flow.from.ns)
	local tip = arrow.to.y - down * arrow.to.half
	lines.to("m", start, arrow.from.y + down * arrow.from.half)
	lines.to("l", x, has_head and tip - down * 4 or tip)
	if has_head then
		heads.to("m", x - 3, tip - down * 5)
		heads.path[#heads.path + 1] = down > 0 and "h6l-3 5z" or "h6l-3-5z"
	end
end

-- Draws the panel's flows between lanes; row_of maps a lane's id to its row, { y = the middle,
-- half = half its height, band = whether it is several lanes }. Returns what to say of those
-- that are not drawn, a list.
function M.draw(canvas, panel, row_of)
	local found, notes = sorted(canvas, panel, row_of), {}
	for _, name in ipairs(ORDER) do
		local kind, list = KINDS[name], found[name]
		local left_out = list.near
		-- across many thin rows arrows are a net that nobody can read
		if #list > kind.most or #list > 0 and kind.crowds and not panel.rows.labels then
			left_out = left_out + #list
		elseif #list > 0 then
			local lines, heads = new_steps(), new_steps()
			for _, arrow in ipairs(list) do
				add_arrow(canvas, lines, heads, arrow, kind.head)
			end
			canvas:add(svg.element("path", { "class", kind.class, "d", table.concat(lines.path) }))
			if kind.head then
				canvas:add(svg.element("path", { "class", kind.head, "d", table.concat(heads.path) }))
			end
		end
		if left_out > 0 and not kind.quiet then
			notes[#notes + 1] = units.count(left_out, kind.rest[1], kind.rest[2]) .. " not drawn as " ..
				(left_out == 1 and "an arrow" or "arrows")
		end
	end
	return notes
end

-- Returns whether a panel has a critical path to draw: several lanes, one of which ended last, or, where it is asked for,
-- any that is known.
function M.has_path(panel, asked)
	return #panel.path > 0 and (asked or #panel.all > 1 and not panel.stuck)
end

-- Draws a line under each stretch of the critical path. Stretches that touch at the drawing's resolution are one.
function M.draw_path(canvas, panel, row_of)
	local ends, order, data = {}, {}, {}
	for _, stretch in ipairs(panel.path) do
		local row = row_of[stretch.lane]
		local from, to = canvas.position(stretch.start_ns), canvas.position(stretch.end_ns)
		if row then
			local last = ends[row]
			if last and from - last.to < 1 then
				last.to = math.max(last.to, to)
			else
				ends[row] = { from = from, to = to, y = row.y + row.half + 2 }
				order[#order + 1] = ends[row]
			end
		end
	end
	for _, one in ipairs(order) do
		if one.to - one.from >= 0.5 then
			data[#data + 1] = "M" .. svg.number(svg.tenth(one.from)) .. " " .. svg.number(one.y) .. "H" .. svg.number(svg.tenth(one.to))
		end
	end
	if #data > 0 then
		canvas:add(svg.element("path", { "class", "lp-path", "d", table.concat(data) }))
	end
end

return M
