-- How durations, ranges, ticks, ratios and counts are said.

local tap = require "tap"
local units = require "base.units"

local MS, S = 1000000, 1000000000

local function labels(marks)
	local out = {}
	for i, mark in ipairs(marks) do
		out[i] = mark.label
	end
	return table.concat(out, " | ")
end

tap.test("a duration has three significant digits in its own unit", function()
	for _, case in ipairs {
		{ 0, "0 ns" }, { 5, "5 ns" }, { 999, "999 ns" }, { 1000, "1.00 µs" }, { 12345, "12.3 µs" },
		{ 724371000, "724 ms" }, { 1439264000, "1.44 s" }, { 61000000000, "61.0 s" }, { 119 * S, "119 s" },
		{ 120 * S, "2.00 min" }, { 5400 * S, "90.0 min" }, { 724371000.5, "724 ms" },
	} do
		tap.same(units.duration(case[1]), case[2], "duration of " .. case[1])
	end
end)

tap.test("rounding up takes the next unit, not a fourth digit", function()
	tap.same(units.duration(999600), "1.00 ms", "999.6 µs")
	tap.same(units.duration(999.6), "1.00 µs", "999.6 ns")
	tap.same(units.duration(99960000), "100 ms", "99.96 ms")
	tap.same(units.duration(9996000), "10.0 ms", "9.996 ms")
end)

tap.test("one figure has one unit, that of its shortest finish", function()
	local unit = units.common(724 * MS, 1439 * MS)
	tap.same(unit.name, "ms", "unit")
	tap.same(units.duration(1439264000, unit), "1439 ms", "longest")
	tap.same(units.duration(712000, unit), "0.712 ms", "below one")
	tap.same(units.duration(12000, unit), "12.0 µs", "far below one")
	tap.same(units.duration(0, unit), "0 ms", "nothing")
	tap.same(units.common(1 * MS, 30 * S).name, "s", "never more than five digits")
	tap.same(units.common(0, 0).name, "ns", "nothing at all")
end)

tap.test("a range is said in one unit", function()
	tap.same(units.range(721480000, 739215000), "721–739 ms", "ms")
	tap.same(units.range(1437902000, 1446530000), "1.44–1.45 s", "s")
	tap.same(units.range(724000000, 724300000), "724 ms", "both read the same")
	tap.same(units.range(0, 0), "0 ns", "nothing")
	tap.same(units.range(0, 5 * MS), "0.00–5.00 ms", "from nothing")
end)

tap.test("ticks step by 1, 2 or 5 and the zero bears no unit", function()
	local ms = units.common(MS, 1439 * MS)
	tap.same(labels(units.ticks(1439264000, 8, ms)),
		"0 | 200 ms | 400 ms | 600 ms | 800 ms | 1000 ms | 1200 ms | 1400 ms", "roast")
	tap.same(labels(units.ticks(2400 * MS, 8)), "0 | 0.5 s | 1.0 s | 1.5 s | 2.0 s", "seconds")
	tap.same(labels(units.ticks(1000, 5)), "0 | 0.2 µs | 0.4 µs | 0.6 µs | 0.8 µs | 1.0 µs", "the end is a tick")
	tap.same(labels(units.ticks(0, 5)), "0", "nothing")
	tap.same(labels(units.ticks(360 * S, 8)), "0 | 1 min | 2 min | 3 min | 4 min | 5 min | 6 min", "minutes")
	tap.same(units.ticks(1439264000, 8, ms)[8].ns, 1400000000.0, "a tick lies where it says")
end)

tap.test("a cell of a column has one decimal, and a trace is not nothing", function()
	local ms = units.common(724 * MS, 724 * MS)
	tap.same(units.cell(724371000, ms), "724.4 ms", "usual")
	tap.same(units.cell(12000, ms), "<0.1 ms", "a trace")
	tap.same(units.cell(0, ms), "0 ms", "nothing")
end)

tap.test("ratios, percents and counts", function()
	tap.same(units.ratio(1.9869), "1.99×", "ratio")
	tap.same(units.ratio(0.984), "0.98×", "below one")
	tap.same(units.ratio(12.34), "12.3×", "above ten")
	tap.same(units.ratio(1234.5), "1235×", "above thousand")
	tap.same(units.percent(0.0123), "1.2 %", "percent")
	tap.same(units.percent(0.5), "50 %", "large percent")
	tap.same(units.count(1, "run"), "1 run", "one")
	tap.same(units.count(0, "run"), "0 runs", "none")
	tap.same(units.count(2, "process", "processes"), "2 processes", "own plural")
end)

tap.done()
