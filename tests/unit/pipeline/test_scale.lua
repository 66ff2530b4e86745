-- Positions and steps, the widths of texts, and how a lane's slices are fitted to a picture.

local tap = require "tap"
local columns = require "timeline.columns"
local measure_text = require "drawing.measure_text"
local resources = require "timeline.resources"
local scale = require "base.scale"

-- Slices from pairs state, length, one after the other from 0.
local function slices_of(...)
	local out, at, items = {}, 0, { ... }
	for i = 1, #items, 2 do
		out[#out + 1] = { state = items[i], start_ns = at, end_ns = at + items[i + 1] }
		at = at + items[i + 1]
	end
	return out
end

local LANES = { column = 2, levels = 8, kinds = columns.lanes }

local function same_position(value)
	return value
end

tap.test("a linear scale maps and holds at its ends", function()
	local position = scale.linear(200, 10, 110)
	tap.same(position(0), 10.0, "start")
	tap.same(position(50), 35.0, "quarter")
	tap.same(position(200), 110.0, "end")
	tap.same(position(300), 110.0, "beyond")
	tap.same(position(-1), 10.0, "before")
	tap.same(scale.linear(0, 10, 110)(5), 10.0, "an empty domain")
end)

tap.test("steps are 1, 2 or 5 times a power of ten", function()
	for _, case in ipairs { { 10, 10, 1.0 }, { 10, 5, 2.0 }, { 10, 4, 5.0 }, { 10, 1, 10.0 }, { 1439, 8, 200.0 }, { 0, 8, 1 } } do
		tap.same(scale.step(case[1], case[2]), case[3], case[1] .. " in " .. case[2])
	end
	tap.same(math.abs(scale.step(1, 5) - 0.2) < 1e-12, true, "a fifth")
end)

tap.test("text widths grow with size and weight and know wide and combining characters", function()
	tap.same(measure_text.width("", 13), 0.0, "nothing")
	tap.same(measure_text.width("mm", 10) > measure_text.width("ii", 10), true, "m over i")
	tap.same(measure_text.width("ab", 20), 2 * measure_text.width("ab", 10), "size")
	tap.same(measure_text.width("ab", 10, true) > measure_text.width("ab", 10), true, "bold")
	tap.same(measure_text.width("e\u{301}", 10), measure_text.width("e", 10), "an accent has no width")
	tap.same(measure_text.width("\u{5b57}", 10) >= 10, true, "an ideograph is square")
	tap.same(measure_text.width("\xff\xfe", 10) > 0, true, "bytes that are no text")
end)

tap.test("a text that does not fit is cut and says so", function()
	local text, cut = measure_text.fit("potatoes", 200, 13)
	tap.same({ text, cut }, { "potatoes", false }, "fits")
	text, cut = measure_text.fit("potatoes with rosemary", 90, 13)
	tap.same(cut, true, "cut")
	tap.same(text:sub(-3), "…", "ends in an ellipsis")
	tap.same(measure_text.width(text, 13) <= 90, true, "and then fits")
	tap.same((measure_text.fit("\u{e9}\u{e9}\u{e9}\u{e9}", 40, 13)), "\u{e9}\u{e9}…", "never inside a character")
	tap.same((measure_text.fit("abc", 0, 13)), "…", "no room at all")
end)

tap.test("wrapped lines fit and lose no word", function()
	local lines = measure_text.wrap("order unknown: switch records were refused", 120, 13)
	tap.same(table.concat(lines, " "), "order unknown: switch records were refused", "every word")
	for _, line in ipairs(lines) do
		tap.same(measure_text.width(line, 13) <= 120, true, line)
	end
	tap.same(#measure_text.wrap("", 120, 13), 0, "nothing")
end)

tap.test("a wide slice stays what and where it was, neighbours of one state become one", function()
	local pieces = columns.pieces(slices_of("running", 20, "running", 10, "blocked", 30), same_position, LANES)
	tap.same(#pieces, 2, "pieces")
	tap.same({ pieces[1].state, pieces[1].from, pieces[1].to }, { "running", 0, 30 }, "running")
	tap.same({ pieces[2].state, pieces[2].from, pieces[2].to }, { "blocked", 30, 60 }, "blocked")
end)

tap.test("a short interruption does not cut work in two, but is counted", function()
	local pieces = columns.pieces(slices_of("running", 30.0, "waiting-cpu", 0.5, "running", 20, "blocked", 9), same_position, LANES)
	tap.same({ #pieces, pieces[1].to }, { 2, 50.5 }, "one stretch of work")
	tap.same({ pieces[1].times.running, pieces[1].times["waiting-cpu"] }, { 50.0, 0.5 }, "what it is made of")
	tap.same(#columns.pieces(slices_of("running", 30, "waiting-cpu", 1, "running", 30), same_position, LANES), 3, "one to see")
	tap.same(#columns.pieces(slices_of("blocked", 30, "running", 0.1, "blocked", 30), same_position, LANES), 3, "not in a wait")
end)

tap.test("many short interruptions do not hide in a stretch of work", function()
	local items = { "running", 40 }
	for _ = 1, 100 do
		items[#items + 1], items[#items + 2] = "waiting-cpu", 0.9
		items[#items + 1], items[#items + 2] = "running", 1
	end
	local pieces = columns.pieces(slices_of(table.unpack(items)), same_position, LANES)
	tap.same(pieces[2].kind, "mixed", "pooled")
	tap.same(pieces[1].to < 43, true, "the stretch ends where they begin")
end)

tap.test("a blip of work in a long wait stays visible", function()
	local pieces = columns.pieces(slices_of("blocked", 50, "running", 0.01, "blocked", 50), same_position, LANES)
	tap.same({ #pieces, pieces[2].state }, { 3, "running" }, "three pieces, the middle one ran")
	pieces = columns.pieces(slices_of("blocked", 50, "waiting-cpu", 0.2, "running", 0.1, "blocked", 50), same_position, LANES)
	tap.same({ #pieces, pieces[2].state }, { 3, "running" }, "running says more than waiting")
end)

tap.test("a long row of short slices is pooled by share", function()
	local items = {}
	for _ = 1, 1000 do
		items[#items + 1], items[#items + 2] = "running", 0.075
		items[#items + 1], items[#items + 2] = "waiting-cpu", 0.025
	end
	local pieces = columns.pieces(slices_of(table.unpack(items)), same_position, LANES)
	tap.same({ #pieces, pieces[1].kind }, { 1, "mixed" }, "one piece")
	for _, column in ipairs(pieces[1].columns) do
		tap.same(column.shares, { running = 6, ["waiting-cpu"] = 2 }, "three quarters and one")
	end
	tap.same(#pieces[1].columns, 1, "equal neighbours are one column")
end)

tap.test("a share that is not zero is seen, and shares never exceed the whole", function()
	local items = {}
	for _ = 1, 500 do
		items[#items + 1], items[#items + 2] = "running", 0.188
		items[#items + 1], items[#items + 2] = "waiting-cpu", 0.012
	end
	local column = columns.pieces(slices_of(table.unpack(items)), same_position, LANES)[1].columns[1]
	tap.same(column.shares, { running = 7, ["waiting-cpu"] = 1 }, "one level for six percent")
end)

tap.test("each state has its share, as many as there are levels, and none leaves a gap that is no wait", function()
	local items, all = {}, { "running", "waiting-cpu", "waiting-lock", "waiting-cond", "sleeping", "waiting-io", "unknown" }
	for _ = 1, 200 do
		for _, state in ipairs(all) do
			items[#items + 1], items[#items + 2] = state, 0.03
		end
	end
	local function shares(levels)
		return columns.pieces(slices_of(table.unpack(items)), same_position,
			{ column = 2, levels = levels, kinds = columns.lanes })[1].columns[1].shares
	end
	local sum = 0
	for _, state in ipairs(all) do
		tap.same((shares(8)[state] or 0) > 0, true, state .. " is seen")
		sum = sum + shares(8)[state]
	end
	tap.same(sum, 8, "all levels are taken")
	local count = 0
	for _, levels in pairs(shares(3)) do
		count = count + levels
	end
	tap.same(count, 3, "three levels have room for three states")
	items = {}
	for _ = 1, 200 do
		for _, item in ipairs { "running", 0.1, "blocked", 0.1, "joining", 0.1, "waiting-child", 0.1 } do
			items[#items + 1] = item
		end
	end
	tap.same(shares(8), { running = 2 }, "what is drawn as a line is what is left empty")
end)

tap.test("waits for different locks stay apart, what differs within one is forgotten", function()
	local slices = slices_of("waiting-lock", 30, "waiting-lock", 30, "waiting-lock", 30)
	slices[1].what, slices[2].what, slices[3].what = "oven", "oven", "chef"
	slices[1].owner_lane, slices[2].owner_lane, slices[3].owner_lane = 1, 2, 3
	slices[1].where, slices[2].where = "a.c:1", "a.c:1"
	local pieces = columns.pieces(slices, same_position, LANES)
	tap.same({ #pieces, pieces[1].what, pieces[1].to, pieces[2].what }, { 2, "oven", 60, "chef" }, "two locks, two pieces")
	tap.same({ pieces[1].owner_lane == nil, pieces[1].where, pieces[2].owner_lane }, { true, "a.c:1", 3 }, "in common")
end)

tap.test("a lock's stretches: who held it when, readers by their number, what is free in between", function()
	local function hold(lane, from, to)
		return { lane = lane, start_ns = from, end_ns = to }
	end
	local function told(holds)
		local out = {}
		for _, one in ipairs(resources.stretches { holds = holds }) do
			out[#out + 1] = one.start_ns .. "-" .. one.end_ns .. " " .. one.state .. " " .. (one.holder or one.holders)
		end
		return out
	end
	tap.same(told { hold(1, 10, 20), hold(2, 20, 30), hold(1, 35, 35), hold(1, 40, 50) },
		{ "0-10 free 0", "10-20 held 1", "20-30 held 2", "30-40 free 0", "40-50 held 1" }, "one at a time")
	tap.same(told { hold(1, 0, 20), hold(2, 10, 30), hold(3, 30, 40) },
		{ "0-10 held 1", "10-20 held 2", "20-30 held 2", "30-40 held 3" }, "readers overlap")
	tap.same(told {}, {}, "never held")
end)

tap.test("the locks that were waited for longest come first, those nobody waited for not at all", function()
	local function lock(name, waited)
		return { name = name, kind = "mutex", holds = { { lane = 1, start_ns = 0, end_ns = 100 } },
			waits = waited > 0 and { { lane = 2, start_ns = 0, end_ns = waited }, { lane = 3, start_ns = 0, end_ns = 1 } } or {} }
	end
	local condition = { name = "c", kind = "condition", holds = {}, waits = { { lane = 2, start_ns = 0, end_ns = 99 } } }
	local found = resources.contended { resources = { lock("a", 5), lock("b", 0), lock("c", 50), condition } }
	tap.same({ #found, found[1].resource.name, found[1].waited_ns, found[1].longest.lane, found[1].held_ns,
		found[2].resource.name }, { 2, "c", 51, 2, 100, "a" }, "two")
end)

tap.test("a name too long loses its middle, so that names that differ at the end still do", function()
	local text, cut = measure_text.fit_ends("philosopher 1", 60, 13)
	tap.same({ cut, text:match("…(.*)$"):sub(-2) }, { true, " 1" }, "the end stays")
	tap.same(measure_text.width(text, 13) <= 60, true, "and it fits")
	tap.same(measure_text.fit_ends("oven", 60, 13), "oven", "fits")
	tap.same(measure_text.fit_ends("oven", 0, 13), "…", "no room at all")
	for width = 20, 120 do -- a mark stays with its letter
		local kept = measure_text.fit_ends(("e\u{301}\u{302}"):rep(30), width, 13):gsub("e\u{301}\u{302}", "")
		tap.same(kept, "…", "at " .. width)
	end
	tap.same(utf8.len((measure_text.fit_ends(("é"):rep(40), 60, 13))) > 3, true, "never inside a character")
end)

tap.test("slices of no length, and no slices, are no pieces", function()
	tap.same(#columns.pieces({}, same_position, LANES), 0, "none")
	tap.same(#columns.pieces(slices_of("running", 0), same_position, LANES), 0, "no length")
end)

tap.done()
