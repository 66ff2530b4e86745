-- Charts from stored measurements: the same bytes as the goldens, what must hold for any measurement, and the figure kit.
-- Run from the repository's root; with ACCEPT=1 the goldens are written instead of compared.

local tap = require "tap"
local drawn = require "drawn"
local amdahl = require "chart.amdahl"
local bars = require "figure.bars"
local chart_scale = require "chart.chart_scale"
local comparison = require "measurement.comparison"
local figure_kit = require "chart.figure_kit"
local frame = require "drawing.frame"
local lines = require "figure.lines"
local machine = require "figure.machine"
local machines = require "figure.machines"
local outcomes = require "figure.outcomes"
local problem = require "base.problem"
local scaling = require "figure.scaling"
local site_figure = require "author.site_figure"
local states = require "figure.states"
local statistics = require "base.statistics"
local table_figure = require "figure.table"
local words = require "measurement.figure_words"

local stored = require "stored".measurement
local same_as_golden, has_not, count, well_formed =
	drawn.same_as_golden, drawn.has_not, drawn.count, drawn.well_formed

local function fails(part, fn, ...)
	local ok, wrong = pcall(fn, ...)
	tap.same(ok, false, "fails")
	tap.holds(tostring(wrong), part)
end

-- A measurement of runs that took these times, in ns.
local function timed(label, ...)
	local runs, sorted = {}, { ... }
	for i, wall_ns in ipairs { ... } do runs[i] = { wall_ns = wall_ns, user_ns = wall_ns, system_ns = 0 } end
	table.sort(sorted)
	return { label = label, method = "none", machine = { cores = 4 }, runs = runs, median_run = 1, exit = { code = 0 },
		wall = { n = #sorted, median_ns = sorted[(#sorted + 1) // 2], min_ns = sorted[1], max_ns = sorted[#sorted],
			q1_ns = sorted[1], q3_ns = sorted[#sorted] } }
end

local function point(n, ...)
	local made = timed("pool", ...)
	made.at = { threads = n }
	return made
end

local function with_outcomes(list)
	local made = timed("race", 1000, 2000)
	made.outcomes = list
	return made
end

local OUTCOMES = { { output = "counter: 2000000\n", errors = "", exit = { code = 0 }, count = 61 },
	{ output = "counter: 1999998\n", errors = "", exit = { code = 0 }, count = 22 },
	{ output = "", errors = "", exit = { signal = "SEGV" }, count = 9 },
	{ output = "a <b>long</b> output of a program that says a great many things\nin two lines, and more\n", errors = "",
		exit = { ending = "timeout" }, count = 5 },
	{ output = "x\n", errors = "", exit = { code = 3 }, count = 3 } }

local HOT = { period_ns = 1000000, samples = 55, unknown_samples = 2, lost = 0, cpu_ns = 60000000, unattributed_ns = 5000000,
	own = { { file = "posts/a.md", line = 12, samples = 40, on_cpu_ns = 40000000, off_cpu = {} },
		{ file = "posts/a.md", line = 14, samples = 0, on_cpu_ns = 0,
			off_cpu = { ["waiting-lock"] = 90000000, sleeping = 8000000, ["waiting-cpu"] = 1000 } },
		{ file = "examples/kitchen.h", line = 2, samples = 3, on_cpu_ns = 3000000, off_cpu = {} } },
	elsewhere = { { module = "libc.so.6", ["function"] = "qsort<x>", samples = 10, on_cpu_ns = 10000000, off_cpu = {} } },
	unplaced = { ["waiting-cpu"] = 2000000 } }

local CODE = { code_of = function() return { code = "\nint a<b;\n\nwork();\n\nlock();\n", line = 9, path = "posts/a.md", language = "c" } end,
	file_of = function(path)
		return path == "examples/kitchen.h" and { code = "/* kitchen */\nint hob;\n", line = 1, path = path, language = "c" } or nil
	end }

local function hot()
	local made = timed("hot", 1000000, 2000000)
	made.lines = HOT
	return made
end

-- The same cell as three machines would have measured it: half as fast, and as fast.
local function on_machines()
	local own, slow, same = stored "roast-threads", stored "roast-threads", stored "roast-threads"
	slow.label, same.label = "roast-threads@pi", "roast-threads@desk"
	for name, ns in pairs(slow.wall) do
		if name ~= "n" then slow.wall[name] = 2 * ns end
	end
	for _, run in ipairs(slow.runs) do run.wall_ns = 2 * run.wall_ns end
	return { own, slow, same }, { id = "fig-machines", titles = { "this page's", "pi", "desk" } }
end

tap.test("charts are drawn as in the goldens", function()
	same_as_golden("machines-page.svg", machines.draw(on_machines()))
	same_as_golden("scaling-pool.svg", scaling.draw(stored "sweep-pool".points, { id = "fig-pool", standalone = true }))
	same_as_golden("scaling-ovens-page.svg", scaling.draw(stored "sweep-ovens".points, { id = "fig-ovens" }))
	same_as_golden("states-kitchen.svg", states.draw({ stored "kitchen" }, { standalone = true }))
	same_as_golden("states-cells-page.svg", states.draw({ stored "roast-serial", stored "kitchen", stored "crunch-preempted",
		stored "kitchen-none" }, { id = "fig-states", by = "cell" }))
	same_as_golden("outcomes-page.svg", outcomes.draw({ with_outcomes(OUTCOMES) }, { id = "fig-outcomes" }))
end)

tap.test("tables of charts say the same as in the goldens", function()
	same_as_golden("scaling-pool.html", scaling.table(stored "sweep-pool".points, {}))
	same_as_golden("states-kitchen.html", states.table({ stored "kitchen" }, {}))
	same_as_golden("outcomes.html", outcomes.table({ with_outcomes(OUTCOMES) }, {}))
	same_as_golden("table.html", table_figure.draw({ stored "roast-serial", stored "roast-threads", stored "sweep-ovens".points[4] }))
	same_as_golden("machines.html", machines.table(on_machines()))
	same_as_golden("machine.html", machine.draw({ stored "roast-serial", stored "sweep-ovens".points[1], stored "sweep-ovens".points[2] }))
end)

tap.test("charts are well formed and give the same bytes again, in both drawings", function()
	local made = {
		function() return bars.draw({ stored "roast-serial", stored "roast-threads" }, { baseline = "roast-serial" }) end,
		function() return scaling.draw(stored "sweep-pool".points, {}) end,
		function() return states.draw({ stored "kitchen" }, {}) end,
		function() return states.draw({ stored "kitchen", stored "crunch-preempted" }, { scale = "share" }) end,
		function() return outcomes.draw({ with_outcomes(OUTCOMES) }, {}) end,
	}
	for _, draw in ipairs(made) do
		local text = draw()
		well_formed(text, "br")
		tap.same(draw() == text, true, "the same bytes")
		tap.same(count(text, "<svg "), 2, "two drawings")
		local ids = {}
		for id in text:gmatch(' id="([^"]+)"') do
			tap.same(ids[id], nil, "id " .. id)
			ids[id] = true
		end
		for id in text:gmatch("url%(#([^)]+)%)") do tap.same(ids[id], true, "reference to " .. id) end
	end
	for _, text in ipairs { lines.draw({ hot() }, {}, CODE), table_figure.draw { hot() }, machine.draw { hot() } } do
		well_formed(text, "br")
	end
end)

tap.test("no drawing stands alone where there is none", function()
	tap.same(lines.draw({ hot() }, { standalone = true }, CODE), nil)
	tap.same(table_figure.draw({ hot() }, { standalone = true }), nil)
	tap.same(machine.draw({ hot() }, { standalone = true }), nil)
end)

tap.test("machines are compared to the page's own, unless another is named", function()
	tap.same(machines.story(on_machines()), "pi is 0.50× as fast (0.49–0.51×); no difference to the baseline is shown for desk")
	local list, options = on_machines()
	options.baseline = "pi"
	tap.holds(machines.draw(list, options), "2.00× as fast")
end)

tap.test("bars name what stands apart, and say no difference where none is shown", function()
	local steady = timed("steady", 100000000, 101000000, 99000000, 100500000, 99500000)
	local odd = timed("odd", 100000000, 101000000, 400000000, 100500000, 99500000)
	local story = bars.story({ steady, odd }, { baseline = "steady" })
	tap.holds(story, "No difference to the baseline is shown for odd")
	local text = bars.draw({ steady, odd }, { baseline = "steady" })
	tap.holds(text, "run 3 (400 ms) stands apart")
	tap.holds(text, "no difference shown")
	tap.holds(text, 'class="lp-hollow lp-s-warn"')
	tap.same(count(text, "<circle "), 20, "every run is a dot, in both drawings")
	local quick = timed("quick", 50000000, 50100000, 50200000, 50300000, 50400000)
	text = bars.draw({ steady, quick }, { baseline = "steady" })
	tap.holds(text, "1.99× as fast (1.97–2.01×)")
	has_not(text, "no difference")
	tap.holds(bars.draw({ stored "roast-serial", stored "roast-threads" }, { baseline = "roast-serial" }), ">baseline</text>")
	tap.holds(bars.draw({ stored "roast-serial", stored "roast-threads" }, { baseline = "roast-threads" }), "0.50× as fast (0.50–0.51×)")
	fails("the baseline 'x' is not among the measurements", bars.draw, { steady }, { baseline = "x" })
	fails("at least one", bars.draw, {}, {})
end)

tap.test("a comparison knows its interval, or that it has none", function()
	local slow, quick = timed("slow", 10, 10, 10), timed("quick", 5, 5, 5)
	tap.same(comparison.of(slow, quick), { ratio = 2.0, low = 2.0, high = 2.0, shown = true, said = "2.00× as fast (2.00–2.00×)" })
	tap.same(comparison.of(timed("one", 10), quick), { ratio = 2.0, shown = false, said = "2.00×, not known how sure" })
	tap.same(comparison.of(timed("none", 0, 0), quick), nil)
end)

tap.test("points of a sweep are called by where they are", function()
	tap.same(words.title(point(4, 1)), "pool, threads = 4")
	local both = point(4, 1)
	both.at.oven = "gas"
	tap.same(words.title(both), "pool, oven = gas, threads = 4")
	tap.same(words.title(timed("a", 1)), "a")
	tap.holds(bars.draw({ point(1, 10, 10), point(2, 5, 5) }, { baseline = "pool, threads = 1" }), "pool, threads = 2")
end)

tap.test("Amdahl's law is found again in times that follow it", function()
	for _, serial in ipairs { 0, 0.05, 0.3, 1 } do
		local points = {}
		for i, n in ipairs { 1, 2, 4, 8 } do
			local time = math.floor(1e9 * (serial + (1 - serial) / n) + 0.5)
			points[i] = { n = n, values = { time, time, time } }
		end
		local law = amdahl.fit(points)
		tap.same(math.abs(law.serial - serial) < 1e-6, true, "the share " .. serial)
		tap.same(law.worst < 1e-6 and not law.misses, true, "it fits")
		tap.same(math.abs(amdahl.speed_up(law, 4, 1) - 1 / (serial + (1 - serial) / 4)) < 1e-6, true, "the speed-up")
	end
end)

tap.test("the serial share's interval holds the truth about as often as it says", function()
	-- 100 experiments of seven runs a point, each run up to 10 % slower than the law says.
	local random, held = statistics.random(20), 0
	for _ = 1, 100 do
		local points = {}
		for i, n in ipairs { 1, 2, 4, 8 } do
			local values = {}
			for k = 1, 7 do values[k] = math.floor(1e8 * (0.2 + 0.8 / n) * (1 + random(1000) / 10000)) end
			points[i] = { n = n, values = values }
		end
		local law = amdahl.fit(points)
		if law.low <= 0.2 and law.high >= 0.2 then held = held + 1 end
	end
	tap.same(held >= 88, true, held .. " of 100")
end)

tap.test("times that leave the law are said to", function()
	local better = amdahl.fit { { n = 1, values = { 1000, 1000 } }, { n = 2, values = { 400, 400 } }, { n = 4, values = { 150, 150 } } }
	tap.same(better.serial == 0 and better.held, "below")
	local worse = amdahl.fit { { n = 1, values = { 1000, 1000 } }, { n = 2, values = { 1500, 1500 } }, { n = 4, values = { 2500, 2500 } } }
	tap.same(worse.serial == 1 and worse.held, "above")
	tap.same(amdahl.fit { { n = 1, values = { 1000, 1000 } }, { n = 2, values = { 600, 600 } } }.worst, nil)
	tap.same(amdahl.fit { { n = 2, values = { 1000, 1000 } }, { n = 2, values = { 600, 600 } } }, nil)
end)

tap.test("scaling says how serial a program is, how sure that is, and what it left out", function()
	local story = scaling.story({ point(1, 1000000, 1001000, 1002000), point(2, 600000, 601000, 602000),
		point(4, 400000, 401000, 402000) }, {})
	tap.holds(story, "2.50× as fast at threads = 4; by Amdahl's law 20 % (20–20 %) of the work is serial")
	local text = scaling.draw(stored "sweep-pool".points, {})
	tap.holds(text, "threads = 4 and 8 left out of the fit, as threads waited for the 2 cores")
	tap.holds(text, "fitted to two points, which any line passes through")
	tap.holds(text, "2 cores</text>")
	-- Threads that sleep need no core: more of them than cores are no reason to leave them out.
	has_not(scaling.draw(stored "sweep-ovens".points, {}), "left out")
	local bad = { point(1, 1000000, 1000000), point(2, 1000000, 1000000), point(3, 300000, 300000), point(4, 290000, 290000) }
	tap.holds(scaling.draw(bad, {}), "but the law does not describe it: the time at threads = ")
	has_not(scaling.draw(bad, {}), "lp-area")
	local slower = { point(1, 100000, 100000), point(2, 150000, 150000), point(4, 250000, 250000) }
	tap.holds(scaling.story(slower, {}), "no speed-up shown; more threads only cost time")
end)

tap.test("scaling refuses what is no sweep over numbers", function()
	fails("at least two points", scaling.draw, { point(1, 5) }, {})
	fails("needs the points of a sweep", scaling.draw, { timed("a", 5), timed("b", 5) }, {})
	local named = { point("few", 5, 5), point("many", 5, 5) }
	fails("needs numbers above 0", scaling.draw, named, {})
	fails("needs numbers above 0", scaling.draw, { point(0, 5, 5), point(1, 5, 5) }, {})
	local both = { point(1, 5, 5), point(2, 5, 5) }
	both[1].at.oven, both[2].at.oven = 1, 2
	fails("varies both `oven` and `threads`", scaling.draw, both, {})
	tap.holds(scaling.draw(both, { over = "threads" }), "threads")
	fails("has no `x`", scaling.draw, both, { over = "x" })
	fails("two points have threads = 1", scaling.draw, { point(1, 5, 5), point(1, 5, 5), point(2, 5, 5) }, {})
	fails("took no time", scaling.draw, { point(1, 0, 0), point(2, 5, 5) }, {})
end)

tap.test("a lane's states add up to its length, and every share is said", function()
	local kitchen = stored "kitchen"
	local _, rows = words.totals(kitchen)
	for _, row in ipairs(rows) do
		local sum = 0
		for _, ns in pairs(row.totals) do sum = sum + ns end
		tap.same(sum, row.length_ns, row.name)
	end
	local text = states.draw({ kitchen }, {})
	for _, name in ipairs { "guests", "chicken", "potatoes", "broccoli", "gravy" } do tap.holds(text, name) end
	tap.holds(states.story({ kitchen }, {}), "Of 2959 ms in 5 lanes: sleeping 961 ms (32 %), waiting for a lock 805 ms (27 %)")
	tap.holds(states.draw({ kitchen, stored "kitchen-none" }, { titles = { "with", "without" } }), "without: not known without a timeline")
	fails("not known without a timeline: kitchen", states.draw, { stored "kitchen-none" }, {})
	fails('"lane" or "cell"', states.draw, { kitchen }, { by = "thread" })
	fails('"time" or "share"', states.draw, { kitchen }, { scale = "log" })
end)

tap.test("outcomes have shares with their intervals, endings in words, and nothing left out", function()
	local text = outcomes.draw({ with_outcomes(OUTCOMES) }, {})
	tap.holds(text, "61 of 100")
	tap.holds(text, "died of SIGSEGV")
	tap.holds(text, "stopped at its timeout")
	tap.holds(text, "exit code 3")
	tap.holds(text, "(no output)")
	tap.holds(text, "61 of 100, 61 % (51–70 % with 95 % confidence)")
	has_not(text, "<b>")
	local many = {}
	for i = 1, 40 do many[i] = { output = ("%d"):format(i), errors = "", exit = { code = 0 }, count = 1 } end
	tap.holds(outcomes.draw({ with_outcomes(many) }, {}), "28 other outcomes")
	tap.same(count(outcomes.table({ with_outcomes(many) }, {}), "<tr>"), 41, "all are in the table")
	tap.holds(outcomes.story({ with_outcomes { { output = "5", exit = { code = 0 }, count = 100 } } }, {}),
		"all 100 runs came out the same; with 95 % confidence anything else comes in less than 3.7 % of runs")
	local apart = { { output = "x", errors = "one", exit = { code = 0 }, count = 1 }, { output = "x", errors = "two", exit = { code = 0 }, count = 1 } }
	tap.holds(outcomes.draw({ with_outcomes(apart) }, {}), "x [two]")
	fails("give it the option `outcomes: true`", outcomes.draw, { timed("a", 1) }, {})
end)

tap.test("a share's interval is Wilson's", function()
	local low, high = statistics.share_interval(0, 100)
	tap.same(low == 0 and math.abs(high - 0.0370) < 0.0001, true, "none of 100")
	low, high = statistics.share_interval(100, 100)
	tap.same(high == 1 and math.abs(low - 0.9630) < 0.0001, true, "all of 100")
	low, high = statistics.share_interval(15, 50) -- 0.1910 and 0.4375 in the textbooks
	tap.same(math.abs(low - 0.1910) < 0.0001 and math.abs(high - 0.4375) < 0.0001, true, "15 of 50")
end)

tap.test("a listing bears the time of each line, and what has no line is told", function()
	local text = lines.draw({ hot() }, {}, CODE)
	tap.holds(text, "40.0 ms")
	tap.holds(text, '90.0 ms <span class="lp-reason">lock</span><br>8.00 ms <span class="lp-reason">asleep</span>')
	tap.holds(text, '<th scope="row">12</th>')
	tap.holds(text, "examples/kitchen.h")
	tap.holds(text, "hob")
	tap.holds(text, "qsort&lt;x&gt; of libc.so.6: on a core 10.0 ms")
	tap.holds(text, "in code of which nothing is known: on a core 2.00 ms")
	tap.holds(text, "on a core, and of no line (in the kernel, or between samples): 5.00 ms")
	tap.holds(text, "off the cores, and of no line: waiting for a core 2.00 ms")
	tap.holds(lines.story { hot() }, "Line 12 of posts/a.md ran longest, 40.0 ms (67 % of the CPU time); line 14 of posts/a.md waited longest, 98.0 ms")
	-- Without the code, the measured lines are there all the same.
	tap.holds(lines.draw({ hot() }, {}), '<th scope="row">14</th>')
	fails("not known where in the code", lines.draw, { timed("a", 1) }, {})
	local blind = hot()
	blind.lines = { own = {}, elsewhere = {}, on_cpu_why = "no right to <sample>", off_cpu_why = "no timeline" }
	tap.holds(lines.draw({ blind }, {}, CODE), "what ran is not known: no right to &lt;sample&gt;")
	tap.same(lines.story { blind }, "No line of hot was seen to run or wait")
end)

tap.test("a long listing is shown around what was measured", function()
	local code = {}
	for i = 1, 200 do code[i] = ("line_%d();"):format(i) end
	local made = hot()
	made.lines = { own = { { file = "p", line = 100, on_cpu_ns = 5000000, samples = 5, off_cpu = {} } }, elsewhere = {} }
	local text = lines.draw({ made }, {}, { code_of = function()
		return { code = table.concat(code, "\n"), line = 1, path = "p", language = "text" }
	end })
	tap.holds(text, "⋯ 96 lines")
	tap.holds(text, "line_97()")
	tap.holds(text, "line_103()")
	has_not(text, "line_96()")
	tap.holds(text, "⋯ 97 lines")
end)

tap.test("machines that differ stand side by side, those that do not together", function()
	local text = machine.draw { stored "roast-serial", stored "roast-threads", stored "sweep-ovens".points[1] }
	tap.holds(text, '<th scope="col">roast-serial and roast-threads</th><th scope="col">ovens</th>')
	tap.holds(text, "5")
	tap.same(count(text, '<th scope="col">'), 3, "two machines")
	tap.holds(machine.draw { timed("a", 1) }, "not recorded")
end)

tap.test("scales hold what lies outside at their ends, and mark round values", function()
	local x = chart_scale.linear(0, 10, 100, 200)
	tap.same({ x(0), x(5), x(10), x(-3), x(11) }, { 100.0, 150.0, 200.0, 100.0, 200.0 })
	tap.same(x:ticks(5), { 0.0, 2.0, 4.0, 6.0, 8.0, 10.0 })
	tap.same(chart_scale.linear(3, 3, 0, 9):ticks(4), { 3 })
	tap.same(chart_scale.linear(-4, 4, 0, 8):ticks(4), { -4.0, -2.0, 0.0, 2.0, 4.0 })
	local y = chart_scale.log(1, 64, 60, 0, 2)
	tap.same({ y(1), math.floor(y(8) + 0.5), y(64) }, { 60.0, 30, 0.0 })
	tap.same(y:ticks(6), { 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0 })
	tap.same(chart_scale.log(1, 1000, 0, 1):ticks(9), { 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0 })
	tap.same(y:holds(65), false)
	fails("smaller value to the larger", chart_scale.linear, 5, 1, 0, 1)
	fails("above 0", chart_scale.log, 0, 1, 0, 1)
	fails("four numbers", chart_scale.linear, 0, "1", 0, 1)
	fails("four numbers", chart_scale.linear, 0, 0 / 0, 0, 1)
end)

local function kit()
	return figure_kit.new(frame.geometries[1], "test")
end

local HOSTILE = '<script>alert("x")</script>\0\u{202E}&'

tap.test("nothing that a figure says becomes markup", function()
	local k = kit()
	k:text(0, 10, HOSTILE)
	k:text(0, 30, HOSTILE, { width = 60 })
	k:paragraph(0, 50, HOSTILE)
	k:bar(0, 70, 10, 10, { title = HOSTILE })
	k:bar(0, 70, 10, 10, { state = "waiting-lock", title = HOSTILE })
	k:dot(0, 90, { title = HOSTILE })
	k:line({ 0, 0, 5, 5 }, { title = HOSTILE })
	k:area({ 0, 0, 5, 5, 5, 0 }, { title = HOSTILE })
	k:axis_x(k.linear(0, 1, 0, 100), 0, 100, { format = function() return HOSTILE end, label = HOSTILE })
	k:axis_y(k.linear(0, 1, 100, 0), 30, 100, { format = function() return HOSTILE end, label = HOSTILE })
	k:say { title = HOSTILE, description = HOSTILE, story = HOSTILE }
	local text = figure_kit.finish(k, {}, "test")
	well_formed(text, "br")
	has_not(text, "<script")
	has_not(text, "\u{202E}")
	has_not(text, "\0")
	-- Whatever stands where a name is expected is refused, not written.
	for _, given in ipairs { { colour = HOSTILE }, { hatch = HOSTILE }, { state = HOSTILE }, { [HOSTILE] = 1 } } do
		fails("unknown", k.bar, k, 0, 0, 1, 1, given)
	end
	fails("unknown style", k.text, k, 0, 0, "x", { style = HOSTILE })
	fails("unknown anchor", k.text, k, 0, 0, "x", { anchor = HOSTILE })
	fails("did you mean `quiet`", k.text, k, 0, 0, "x", { style = "quit" })
	fails("unknown dash", k.line, k, { 0, 0, 1, 1 }, { dash = HOSTILE })
	fails("x is a string", k.bar, k, '1"/><script>', 0, 1, 1)
	fails("x is not a number", k.dot, k, 0 / 0, 0)
	fails("y is far outside", k.dot, k, 0, math.huge)
	fails("0 or more", k.bar, k, 0, 0, -1, 1)
	fails("a table stands where a text", k.text, k, 0, 0, {})
	fails("at least two points", k.line, k, { 1, 2, 3 })
	fails("x is a string", k.line, k, { 0, 0, "M0 0", 1 })
	fails("with a colon", k.text, 0, 0, "x")
	fails("made by kit.linear", k.axis_x, k, {}, 0, 1)
end)

tap.test("axes of bytes are marked in their unit", function()
	local k = kit()
	k:axis_x(k.linear(0, 3.5 * 1048576, 0, 800), 0, 10, { format = k.bytes, most = 4 })
	local text = figure_kit.finish(k, {}, "test")
	for _, said in ipairs { ">0 B<", ">1.00 MiB<", ">2.00 MiB<", ">3.00 MiB<" } do tap.holds(text, said) end
end)

tap.test("a figure's tables hold texts and numbers, as many as their head", function()
	local k = kit()
	fails("row 1 of the table has 2 cells, its head 1", k.table, k, { head = { "a" }, rows = { { "b", "c" } } })
	fails("a table stands where a text", k.table, k, { head = { "a" }, rows = { { {} } } })
	fails("lists", k.table, k, { head = "a", rows = {} })
	fails("lists", k.table, k, { head = { "a" }, rows = 5 })
end)

tap.test("a drawing has an end", function()
	local k = kit()
	fails("more than 20000 marks", function()
		for _ = 1, 30000 do k:dot(1, 1) end
	end)
end)

-- A figure as a site's pipeline.lua has it; the code's first line is line 1.
local function own(code)
	local chunk = assert(load("return function(measurements, options, kit)\n" .. code .. "\nend", "=pipeline.lua", "t",
		{ error = error, math = math, ipairs = ipairs, pairs = pairs, tostring = tostring, coroutine = coroutine }))
	return site_figure.read({ mine = chunk() }, "pipeline.lua").mine
end

local function wrong_of(code, options)
	local ok, wrong = pcall(own(code).draw, { timed("a", 5) }, options or {})
	tap.same(ok, false, "fails")
	tap.same(problem.is(wrong), true, "is told at its place: " .. tostring(wrong))
	return tostring(wrong)
end

tap.test("a site's own figure draws, and its mistakes are told at its own line", function()
	local figure = own [[kit:text(0, 20, measurements[1].label)
		kit:say { title = "mine " .. options.colour, story = "all is well" }
		kit:table { head = { "a" }, rows = { { 1234567 } } } ]]
	local given = { colour = "blue", id = "fig-x" }
	local text = figure.draw({ timed("a<b", 5) }, given)
	well_formed(text, "br")
	tap.holds(text, "a&lt;b")
	tap.holds(text, "mine blue")
	tap.same(figure.story({ timed("a", 5) }, given), "all is well")
	tap.holds(figure.table({ timed("a", 5) }, given), "1,234,567")
	tap.same(own("kit:dot(1, 1)").table({ timed("a", 5) }, {}), nil)
	tap.same(wrong_of "local x = 1\nkit:text(0, 0, nil)", "pipeline.lua:3: figure `mine`: a nil stands where a text is expected")
	tap.holds(wrong_of "\n\nlocal x = nil + 1", "pipeline.lua:4: figure `mine`: attempt to perform arithmetic")
	tap.same(wrong_of "\nkit:bar(0, 0, 1, 1, { color = 'run' })",
		"pipeline.lua:3: figure `mine`: unknown option `color`: did you mean `colour`?")
	tap.same(wrong_of "error('not today')", "pipeline.lua:2: figure `mine`: not today")
	tap.holds(wrong_of "error({})", "error() was called with a table")
	tap.same(wrong_of "while true do end", "pipeline.lua:2: figure `mine`: stopped after 200 million instructions: does it loop for ever?")
	tap.holds(wrong_of "coroutine.yield()", "it yields")
end)

tap.test("a site's own figure gets copies", function()
	local measurement, options = timed("a", 5), { list = { 1 } }
	own([[measurements[1].label = "b"; measurements[1].runs[1].wall_ns = 0; options.list[1] = 2; options.id = "x"
		kit.text = nil]]).draw({ measurement }, options)
	tap.same(measurement, timed("a", 5))
	tap.same(options, { list = { 1 } })
	tap.holds(own("kit:text(0, 9, 'still there')").draw({ measurement }, {}), "still there")
end)

tap.test("what is no figure is refused", function()
	local function refused(part, keys, figures)
		local told = {}
		site_figure.read(figures, "pipeline.lua", function(...) told[#told + 1] = { ... } end)
		tap.same(#told, 1, "told once")
		tap.holds(told[1][2], part)
		tap.same(told[1][1], keys)
	end
	local function draw() end
	refused("a function is expected", { "figures", "a" }, { a = 5 })
	refused("a function is expected", { "figures", "a", "draw" }, { a = { options = {} } })
	refused("unknown part `drow`", { "figures", "a", "drow" }, { a = { draw = draw, drow = 1 } })
	refused("options is a list of names", { "figures", "a", "options" }, { a = { draw = draw, options = { x = true } } })
	refused('"cells", "points" or "any"', { "figures", "a", "takes" }, { a = { draw = draw, takes = "all" } })
	refused("a word of Lua", { "figures", "a b" }, { ["a b"] = draw })
	refused("a word of Lua", { "figures", 1 }, { draw })
	local function never(_, message) error(message) end
	tap.same(site_figure.read({ a = { draw = draw, options = { "x" }, takes = "points" } }, "p", never).a.takes, "points")
end)

tap.done()
