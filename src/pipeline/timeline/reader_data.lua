-- What a timeline's drawing shows, as compact JSON for a script in the page: enough to say what is under the pointer and to
-- draw a part of it larger, and never more than 30 KB. Knows no drawing and no page.
--
-- All times are integers in the unit `u` (ns). One object for each figure:
--   u   the unit
--   s   states that occur: [key, class, shape, pattern or "", class of what is written on it], also that of a held lock;
--       shape is 0 for a line, 1 for an outline, 2 for a tint, 3 for mass
--   k   kinds of slices: [state, what, words, where], what and later left out where empty; or, of a stretch in which slices
--       are told as one, [-1, state, percent, state, percent, …]
--   p   panels: { t: title, f: finish, w: how it ended, e: the most thrifty stretch that is told exactly, where some are not,
--       i: keys of rows ("7" a lane's id, "l0" the first of timeline.resources), n: their names,
--       l: rows: [start, length, kind, length, kind, …] (kind -1: nothing),
--       x: spans [row, start, length, name, level from 0 = nearest to the slices], m: marks [row, at, name],
--       a: arrows [class, row, at, row, at], c: critical path [row, start, length] }

local json = require "livepost.json"
local printable = require "base.printable"
local resources = require "timeline.resources"
local states = require "timeline.states"
local words = require "timeline.timeline_words"

local M = {}

local MOST_BYTES = 30 * 1000
local MOST_ROWS = 1000
local MOST_LOCKS = 8
local MOST_HOLDS = 3000
local MOST_SPANS, MOST_MARKS, MOST_PATH = 240, 120, 240
-- Of each kind of flow all are drawn or none.
local MOST_FLOWS = 160
local FLOW_CLASSES = { create = "lp-flow", ["hand-off"] = "lp-hand-off", ["wake-up"] = "lp-wake" }
local SHAPES = { line = 0, outline = 1, tint = 2, mass = 3 }
local ON_SHAPES = { mass = "lp-on-run", tint = "lp-on-sleep" }
local SHARE = 5 -- percent, to which shares are rounded

-- The largest power of ten that tells ten million parts of the scale apart.
local function unit_for(largest)
	local unit = 1
	while largest // unit > 10000000 do
		unit = unit * 10
	end
	return unit
end

-- Gives each different value of a list one index, from 0.
local function new_index()
	local index = { list = json.array {}, of = {} }
	function index.add(key, value)
		if not index.of[key] then
			index.list[#index.list + 1] = value
			index.of[key] = #index.list - 1
		end
		return index.of[key]
	end
	return index
end

local function kind_of(slice, panel, kinds, state_of)
	local what, where = slice.what and printable.text(slice.what) or "", slice.where and printable.text(slice.where) or ""
	local said = slice.state == "held" and "by " .. slice.what or words.wait(slice, panel)
	said = said and printable.text(said) or ""
	local value = json.array { state_of(slice.state), what, said, where }
	while #value > 1 and value[#value] == "" do
		value[#value] = nil
	end
	return kinds.add(slice.state .. "\0" .. what .. "\0" .. said .. "\0" .. where, value)
end

-- The kind of a stretch of `length` in which each state had the times of `mix`.
local function mixed_kind(mix, length, kinds, state_of)
	local value, key = json.array { -1 }, { "mixed" }
	for _, name in ipairs(mix.order or states.order) do
		local percent = mix[name] and (mix[name] * 100 / length / SHARE + 0.5) // 1 * SHARE | 0 or 0
		if mix[name] and mix[name] > 0 then
			percent = math.max(percent, 1)
			table.move({ state_of(name), percent }, 1, 2, #value + 1, value)
			key[#key + 1] = name .. percent
		end
	end
	return kinds.add(table.concat(key, "\0"), value)
end

-- A row as [start, length, kind, …]. Stretches shorter than `least` that stand together are told as one, up to four times
-- as long.
local LEAST_PAIR = 4 -- bytes: two digits, two commas
local function encode_row(slices, unit, least, of)
	if #slices == 0 then return json.array {} end
	local at = (slices[1].start_ns + unit // 2) // unit
	local row = json.array { at }
	local pool, pool_start = {}, at
	local function emit(to, kind)
		if to > at then
			of.left = of.left - LEAST_PAIR
			row[#row + 1], row[#row + 2] = to - at, kind
			at = to
		end
	end
	local function flush(to)
		if #pool == 1 and not pool[1].mix then
			emit(to, of.kind(pool[1]))
		elseif #pool > 0 then
			emit(to, of.mixed(pool))
		end
		pool, pool_start = {}, to
	end
	local last = at
	for _, slice in ipairs(slices) do
		local to = (slice.end_ns + unit // 2) // unit
		local is_short = slice.mix or (slice.end_ns - slice.start_ns) < least
		if to > last then
			if not is_short then
				flush(last)
				emit(to, of.kind(slice))
				pool_start = to
			else
				pool[#pool + 1] = slice
				if to - pool_start >= 4 * least // unit then flush(to) end
			end
			last = to
			if of.left < 0 then break end -- it is too large already
		end
	end
	flush(last)
	return row
end

local function held_stretches(found, panel)
	local out = {}
	-- what a drawing tells together may be seen apart where it is zoomed
	local exact = #found.resource.holds <= MOST_HOLDS
	for i, stretch in ipairs(exact and resources.stretches(found.resource) or found.stretches) do
		out[i] = { start_ns = stretch.start_ns, end_ns = stretch.end_ns, state = stretch.state, mix = stretch.mix,
			what = stretch.state == "held" and (stretch.holder and panel.name_of(stretch.holder) or
				string.format("%d at once", stretch.holders or 0)) or nil }
	end
	return out
end

local function longest_first(list, most)
	if #list <= most then return list end
	local sorted = table.move(list, 1, #list, 1, {})
	for i, one in ipairs(sorted) do one.order = i end
	table.sort(sorted, function(a, b)
		if a.length ~= b.length then return a.length > b.length end
		return a.order < b.order
	end)
	local kept = table.move(sorted, 1, most, 1, {})
	table.sort(kept, function(a, b) return a.order < b.order end)
	return kept
end

-- Adds spans and marks of all lanes; a span's level is how many of the lane's spans lie in it at most.
local function add_named(out, panel, row_of, at)
	local spans, marks = {}, json.array {}
	for _, entry in ipairs(panel.all) do
		local row = row_of[entry.id]
		local list = {}
		for i, span in ipairs(row and entry.lane.spans or {}) do
			list[i] = { row = row, start_ns = span.start_ns, end_ns = span.end_ns, length = span.end_ns - span.start_ns,
				name = printable.text(span.name) }
		end
		local ends = {}
		table.sort(list, function(a, b)
			if a.start_ns ~= b.start_ns then return a.start_ns < b.start_ns end
			return a.length > b.length
		end)
		local rows = 0
		for _, span in ipairs(list) do
			local depth = 1
			while ends[depth] and ends[depth] > span.start_ns do depth = depth + 1 end
			ends[depth], span.depth = span.end_ns, depth
			rows = math.max(rows, depth)
		end
		for _, span in ipairs(list) do
			span.level = rows - span.depth
			spans[#spans + 1] = span
		end
		for _, mark in ipairs(row and entry.lane.marks or {}) do
			if #marks < MOST_MARKS then
				marks[#marks + 1] = json.array { row, at(mark.ns), printable.text(mark.name) }
			end
		end
	end
	out.x = json.array {}
	for i, span in ipairs(longest_first(spans, MOST_SPANS)) do
		out.x[i] = json.array { span.row, at(span.start_ns), at(span.end_ns) - at(span.start_ns), span.name, span.level }
	end
	out.m = marks
end

local function add_flows(out, panel, row_of, at)
	local by_kind = {}
	for _, flow in ipairs(panel.flows) do
		local class, from, to = FLOW_CLASSES[flow.kind], row_of[flow.from.lane], row_of[flow.to.lane]
		if class and from and to and from ~= to then
			by_kind[flow.kind] = by_kind[flow.kind] or {}
			table.insert(by_kind[flow.kind], json.array { class, from, at(flow.kind == "create" and flow.to.ns or flow.from.ns),
				to, at(flow.to.ns) })
		end
	end
	out.a = json.array {}
	for _, kind in ipairs { "create", "hand-off", "wake-up" } do
		local list = by_kind[kind] or {}
		if #list <= MOST_FLOWS then table.move(list, 1, #list, #out.a + 1, out.a) end
	end
	out.c = json.array {}
	for _, stretch in ipairs(#panel.all > 1 and #panel.path <= MOST_PATH and not panel.stuck and panel.path or {}) do
		local row = row_of[stretch.lane]
		if row then
			table.insert(out.c, json.array { row, at(stretch.start_ns), at(stretch.end_ns) - at(stretch.start_ns) })
		end
	end
end

-- One panel, its stretches shorter than `least` ns told together and only its first `most` lanes; nil where all cannot fit.
local function encode_panel(panel, figure, shared, least, most)
	local unit = shared.unit
	local function at(ns) return (ns + unit // 2) // unit end
	local out = { t = printable.text(panel.title), f = at(panel.finish), w = words.ending(panel, figure.word),
		i = json.array {}, n = json.array {}, l = json.array {}, e = least > 0 and at(least) or nil }
	local row_of = {}
	local of = { left = shared.left }
	function of.kind(slice)
		if slice.state == "free" then return -1 end
		return kind_of(slice, of.panel, shared.kinds, shared.state_of)
	end
	function of.mixed(slices)
		local mix, length = { order = of.order }, 0
		for _, slice in ipairs(slices) do
			length = length + slice.end_ns - slice.start_ns
			for name, ns in pairs(slice.mix or { [slice.state] = slice.end_ns - slice.start_ns }) do
				mix[name] = (mix[name] or 0) + ns
			end
		end
		return mixed_kind(mix, length, shared.kinds, shared.state_of)
	end
	of.panel = panel
	for i = 1, math.min(#panel.all, most) do
		local entry = panel.all[i]
		if of.left < 0 then break end
		row_of[entry.id] = i - 1
		out.i[i], out.n[i] = string.format("%d", entry.id), entry.name
		out.l[i] = encode_row(entry.lane.slices, unit, least, of)
	end
	of.order = { "held" }
	for i = 1, math.min(#panel.locks, MOST_LOCKS) do
		local found = panel.locks[i]
		out.i[#out.i + 1], out.n[#out.n + 1] = string.format("l%d", found.index - 1), printable.text(found.resource.name)
		out.l[#out.l + 1] = encode_row(held_stretches(found, panel), unit, least, of)
	end
	shared.left = of.left
	if shared.left < 0 then return nil end
	add_named(out, panel, row_of, at)
	add_flows(out, panel, row_of, at)
	return out
end

-- nil where it is too large for sure.
local function encode_all(figure, least, most)
	local shared = { unit = unit_for(figure.largest), kinds = new_index(), left = MOST_BYTES }
	local list = new_index()
	function shared.state_of(name)
		if name == "held" then return list.add(name, json.array { "held", "lp-held", SHAPES.tint, "", "lp-on-held" }) end
		local state = states.of(name)
		return list.add(name, json.array { state.key, state.class, SHAPES[state.shape], state.pattern or "",
			ON_SHAPES[state.shape] or "lp-on-line" })
	end
	local shown = json.array {}
	for i, panel in ipairs(figure.panels) do
		shown[i] = panel.all and encode_panel(panel, figure, shared, least, most) or
			{ t = printable.text(panel.title), f = (panel.finish + shared.unit // 2) // shared.unit, i = json.array {} }
		if shared.left < 0 then return nil end
	end
	return json.encode({ u = shared.unit, s = list.list, k = shared.kinds.list, p = shown })
end

-- encode(figure) → the JSON of a figure as from timeline.panels; short stretches are told together, and then lanes left out at
-- the end, until it is small enough. nil where no panel has a timeline.
function M.encode(figure)
	local count = 0
	for _, panel in ipairs(figure.panels) do
		for _, entry in ipairs(panel.all or {}) do
			count = count + #entry.lane.slices
		end
		for _, found in ipairs(panel.locks or {}) do
			count = count + #found.stretches
		end
	end
	if count == 0 then return nil end
	-- a stretch takes five bytes at least: no need to try what cannot fit
	local least, most = count * 5 > MOST_BYTES and figure.largest // 20000 or 0, MOST_ROWS
	while true do
		local encoded = encode_all(figure, least, most)
		if encoded and #encoded <= MOST_BYTES then return encoded end
		if least > figure.largest then
			most = most // 2
			if most == 0 then return nil end
		end
		least = math.max(least * 2, figure.largest // 50000 + 1)
	end
end

return M
