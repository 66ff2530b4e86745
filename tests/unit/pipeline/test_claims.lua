-- What is said of claims over measurements whose runs are known, and what author's Lua is told of cells and points.

local author = require "author.author"
local claims = require "author.claims"
local sweep = require "measurement.sweep"
local tap = require "tap"

local PATH = "posts/x.md"

-- A measurement of runs that took so many milliseconds.
local function measured(label, times, at)
	local runs, sorted = {}, {}
	for i, ms in ipairs(times) do
		runs[i] = { wall_ns = math.floor(ms * 1000000), user_ns = 2000000, system_ns = 1000000 }
		sorted[i] = runs[i].wall_ns
	end
	table.sort(sorted)
	local n = #sorted
	return { label = label, at = at, runs = runs, median_run = 1,
		wall = { n = n, median_ns = (sorted[(n + 1) // 2] + sorted[n // 2 + 1]) // 2, min_ns = sorted[1], max_ns = sorted[n] } }
end

local function swept(label, names, ...)
	return { label = label, sweep = names, points = { ... } }
end

local CELLS = {
	slow = measured("slow", { 200, 203, 201, 207, 199 }),
	fast = measured("fast", { 100, 104, 101, 99, 102 }),
	wide = measured("wide", { 80, 130, 101, 95, 108 }),
	once = measured("once", { 50 }),
	pool = swept("pool", { "threads" }, measured("pool", { 80, 81, 82 }, { threads = 1 }),
		measured("pool", { 42, 41, 40 }, { threads = 2 }), measured("pool", { 22, 21, 23 }, { threads = 4 })),
	grid = swept("grid", { "size", "kind" }, measured("grid", { 1, 2 }, { size = 0.5, kind = "int" }),
		measured("grid", { 3, 4 }, { size = 0.5, kind = "long" }), measured("grid", { 5, 6 }, { size = 2, kind = "int" }),
		measured("grid", { 7, 8 }, { size = 2, kind = "long" })),
}

local function judge(text, before)
	local environment, session = author.environment(CELLS, {})
	if before then assert(author.run(before, PATH, 3, environment)) end
	return claims.judge({ text = text, line = 7, column = 3 }, PATH, environment, session)
end

local function kind(text)
	local verdict, wrong = judge(text)
	assert(verdict, wrong)
	return verdict.kind, verdict.share
end

-- The claim is refused with this message, at its own line.
local function refused(text, message)
	local verdict, wrong, line = judge(text)
	tap.same(verdict, nil, text)
	assert(wrong:find(message, 1, true), ("%s: %s"):format(text, wrong))
	tap.same(line, 7, text)
end

tap.test("what every resample shows is shown, what none shows is contradicted", function()
	for _, text in ipairs { 'wall("slow") > wall("fast")', 'speedup("slow", "fast") > 1.9', 'difference("slow", "fast") > ms(90)',
		'wall("slow") > wall("fast") and wall("fast") > ms(90)', 'wall("slow") < ms(1) or wall("fast") < s(1)',
		'not (wall("slow") < wall("fast"))', 'wall("slow") - wall("fast") > ms(90)', '2 * wall("fast") > wall("wide")' } do
		local said, share = kind(text)
		tap.same({ said, share }, { "shown", 1.0 }, text)
		said, share = kind(("not (%s)"):format(text))
		tap.same({ said, share }, { "contradicted", 0.0 }, "not " .. text)
	end
end)

tap.test("what some resamples show cannot be told, whether the medians say so or not", function()
	for _, text in ipairs { 'wall("wide") > ms(100)', 'wall("wide") < wall("fast")', 'speedup("wide", "fast") > 1.01',
		'wall("fast") > ms(100.5)', 'wall("wide") > ms(101.5)' } do
		local said, share = kind(text)
		tap.same(said, "untold", text)
		assert(share > 0.025 and share < 0.975, ("%s: %s"):format(text, share))
		local _, other = kind(("not (%s)"):format(text))
		tap.same(math.floor((share + other) * 1000 + 0.5), 1000, "the opposite of " .. text)
	end
end)

tap.test("a share is that of the draws: the median of 3 runs is the least in 7 of 27", function()
	-- 21, 22, 23: two or three of the three draws fall on the least in 7 of 27 cases.
	local _, share = kind('wall("pool", { threads = 4 }) < ms(21.5)')
	assert(math.abs(share - 7 / 27) < 0.04, share)
end)

tap.test("one draw a cell and resample: what is asked twice is the same", function()
	tap.same(kind('wall("wide") == wall("wide")'), "shown")
	tap.same(kind('speedup("wide", "wide") == speedup("fast", "fast")'), "shown")
	tap.same(kind('difference("wide", "wide") <= ms(0)'), "shown")
	-- Of two cells draws are apart: these would be in step if they had one source.
	tap.same(kind('wall("wide") - wall("fast") < wall("wide") - wall("fast") + ms(1)'), "shown")
end)

tap.test("what holds on the medians and on no resample is not shown, and the other way round", function()
	CELLS.even = measured("even", { 10, 20, 30, 40, 50, 60, 70, 80 })
	local said, share = kind('wall("even") == ms(45)')
	tap.same(said, "untold")
	assert(share < 0.975)
	said, share = kind('wall("even") ~= ms(45)')
	tap.same(said, "untold", ("%s"):format(share))
	CELLS.even = nil
end)

tap.test("the number of runs stays as it is; without anything measured nothing is resampled", function()
	local verdict = judge 'runs("slow") == 5'
	tap.same({ verdict.kind, verdict.share, verdict.single }, { "shown", nil, nil })
	tap.same(verdict.evidence, { { text = 'runs("slow")', said = "5" } })
	tap.same(judge("1 < 2").kind, "shown")
	tap.same(judge("2 < 1").kind, "contradicted")
	tap.same(judge("2 < 1").evidence, {})
end)

-- Of the run in the middle, and of resamples: each field's values by run, in the order of the runs' times.
local function with_usage(label, times, usage)
	local one = measured(label, times)
	for i, run in ipairs(one.runs) do
		run.user_ns, run.system_ns = usage.user[i] * 1000000, usage.system[i] * 1000000
		run.voluntary, run.involuntary, run.max_rss_bytes = usage.voluntary[i], usage.involuntary[i], usage.kib[i] * 1024
	end
	one.median_run = 3
	return one
end

tap.test("what each run has is resampled: shown, contradicted, or not to be told", function()
	CELLS.used = with_usage("used", { 10, 11, 12, 13, 14 }, { user = { 1, 2, 3, 4, 5 }, system = { 1, 1, 1, 1, 1 },
		voluntary = { 3, 3, 3, 3, 3 }, involuntary = { 9, 2, 4, 6, 1 }, kib = { 100, 300, 200, 500, 400 } })
	for _, field in ipairs { "user", "system", "cpu" } do
		tap.same({ kind(('m["used"].%s < ms(7)'):format(field)) }, { "shown", 1.0 }, field)
		tap.same({ kind(('m["used"].%s > ms(7)'):format(field)) }, { "contradicted", 0.0 }, field)
	end
	for text, wanted in pairs { ['m["used"].voluntary == 3'] = "shown", ['m["used"].voluntary ~= 3'] = "contradicted",
			['m["used"].involuntary < 10'] = "shown", ['m["used"].involuntary > 9'] = "contradicted",
			['m["used"].memory >= KiB(100)'] = "shown", ['m["used"].memory < KiB(100)'] = "contradicted",
			['m["used"].cores_busy < 1'] = "shown", ['m["used"].cores_busy > 1'] = "contradicted" } do
		local said, share = kind(text)
		tap.same({ said, share }, { wanted, wanted == "shown" and 1.0 or 0.0 }, text)
	end
	for _, text in ipairs { 'cpu("used") > ms(3.5)', 'm["used"].user >= ms(3)', 'm["used"].involuntary > 3', 'm["used"].involuntary <= 4',
			'm["used"].memory <= KiB(200)', 'm["used"].cores_busy > 0.3', 'm["used"].memory > KiB(300)' } do
		local said, share = kind(text)
		tap.same(said, "untold", text)
		assert(share > 0.025 and share < 0.975, ("%s: %s"):format(text, share))
	end
	-- One draw is of all that its runs have: what is so in each run is so in each resample.
	for _, text in ipairs { 'm["used"].user + m["used"].system == cpu("used")', 'm["used"].wall.median - m["used"].user == ms(9)' } do
		tap.same({ kind(text) }, { "shown", 1.0 }, text)
	end
	CELLS.used = nil
end)

tap.test("of an even number of runs a resample has the middle of two; a single run is marked", function()
	CELLS.used = with_usage("used", { 10, 11, 12, 13 }, { user = { 2, 2, 2, 2 }, system = { 0, 0, 0, 0 },
		voluntary = { 1, 1, 2, 2 }, involuntary = { 0, 0, 0, 0 }, kib = { 1, 1, 1, 1 } })
	local said, share = kind 'm["used"].voluntary == 1.5'
	tap.same(said, "untold")
	assert(share > 0.1, tostring(share))
	CELLS.used = nil
	local verdict = judge 'cpu("once") == ms(3)'
	tap.same({ verdict.kind, verdict.share, verdict.single, verdict.of_timeline }, { "shown", nil, true, nil })
end)

tap.test("the evidence of what each run has names its interval, in its unit", function()
	CELLS.used = with_usage("used", { 10, 11, 12, 13, 14 }, { user = { 1, 2, 3, 4, 5 }, system = { 0, 0, 0, 0, 0 },
		voluntary = { 1, 2, 3, 4, 5 }, involuntary = { 7, 7, 7, 7, 7 }, kib = { 100, 200, 300, 400, 500 } })
	local verdict = judge('cpu("used") > ms(0) and m["used"].voluntary > 0 and m["used"].involuntary == 7 and m["used"].memory > KiB(1) '
		.. 'and m["used"].cores_busy > 0')
	tap.same(verdict.evidence, { { text = 'cpu("used")', said = "3.00 ms [1.00, 5.00]" },
		{ text = 'm["used"].voluntary', said = "3 [1, 5]" }, { text = 'm["used"].involuntary', said = "7 [7, 7]" },
		{ text = 'm["used"].memory', said = "300 KiB [100 KiB, 500 KiB]" },
		{ text = 'm["used"].cores_busy', said = "0.25 [0.1, 0.3571]" } })
	CELLS.used = nil
end)

tap.test("what comes from the one timeline is not resampled, and says so", function()
	local function with_timeline(label, times)
		local one = measured(label, times)
		one.timeline = { wall_ns = 10, flows = {}, path = {}, resources = {}, lanes = { { name = "cook", id = 1, start_ns = 0, end_ns = 10,
			slices = { { state = "running", start_ns = 0, end_ns = 10 } }, spans = {}, marks = { { name = "done", ns = 9 } } } } }
		return one
	end
	CELLS.traced, CELLS.traced_once = with_timeline("traced", { 1, 2, 3 }), with_timeline("traced_once", { 1 })
	for _, text in ipairs { 'm["traced"].marks.done > ms(0)', 'm["traced"].states.running > ms(0)', 'm["traced"].lanes.cook.length > ms(0)' } do
		local verdict = judge(text)
		tap.same({ verdict.kind, verdict.share, verdict.single, verdict.of_timeline }, { "shown", nil, nil, true }, text)
	end
	local verdict = judge 'm["traced"].marks.done < wall("traced")'
	tap.same({ verdict.kind, verdict.share, verdict.of_timeline }, { "shown", 1.0, true })
	tap.same(judge('wall("traced") > ms(0)').of_timeline, nil)
	verdict = judge 'm["traced_once"].marks.done > ms(0)'
	tap.same({ verdict.single, verdict.of_timeline }, { true, nil })
	CELLS.traced, CELLS.traced_once = nil, nil
end)

tap.test("a single run is decided as it is, and marked", function()
	local verdict = judge 'wall("once") > ms(40)'
	tap.same({ verdict.kind, verdict.share, verdict.single }, { "shown", nil, true })
	tap.same(verdict.evidence, { { text = 'wall("once")', said = "50.0 ms" } })
	tap.same(judge('wall("once") > ms(60)').kind, "contradicted")
	verdict = judge 'wall("once") < wall("fast")'
	tap.same({ verdict.kind, verdict.share, verdict.single }, { "shown", 1.0, true })
	tap.same(judge('runs("once") == 1').single, nil)
end)

tap.test("the evidence has the interval of each number, once, in the order in which they are asked for", function()
	local verdict = judge 'speedup("slow", "fast") > 1.5 and wall("pool", { threads = 2 }) < wall("slow") and wall("slow") > ms(1)'
	tap.same(verdict.evidence, {
		{ text = 'speedup("slow", "fast")', said = "1.99× [1.93, 2.05]" },
		{ text = 'wall("pool", { threads = 2 })', said = "41.0 ms [40.0, 42.0]" },
		{ text = 'wall("slow")', said = "201 ms [199, 207]" },
	})
	tap.same(judge('difference("slow", "fast") > ms(2)').evidence[1].said, "100 ms [97.0, 106]")
	CELLS.far = measured("far", { 0.04, 0.05, 3, 900, 950 })
	tap.same(judge('wall("far") > ms(0)').evidence[1].said, "3.00 ms [40.0 µs, 950 ms]")
	CELLS.far = nil
	local titles = {}
	for i, one in ipairs(verdict.asked) do titles[i] = sweep.title(one) end
	tap.same(titles, { "fast", "pool, threads = 2", "slow" })
end)

tap.test("== and ~= compare what can be equal, wherever they stand", function()
	for _, text in ipairs { 'runs("slow") == 5', 'runs("slow") ~= 4', '5 == runs("slow")', '"a==b" == "a" .. "==b"', "[[==]] == '=='",
		'1 == 1 == true', '1 ~= 1 == false', '(1 == 2) == (3 == 4)', 'not (1 == 2) == true', '1 + 1 == 2 and 2 * 2 ~= 5',
		'nil == nil', '1 <= 2 == true', '"==" == "==" -- a == b', 'wall("slow") == ms(201) or true', '#"~=" == 2 --[[ == ]]',
		'cpu("slow") == ms(3)', 'cpu("slow") / cpu("fast") == cpu("fast") / cpu("slow")', '(function() return 1 == 1 end)() == true',
		'select("#", 1 == 1, 2 == 3) == 2', '({ 1 == 1 })[1] == true', '{} ~= {}', '1 == 1.0', '("1" == 1) == false',
		"'\\'==' == \"'==\"", 'true == true', 'math.huge ~= -math.huge', '(1 == 1 and 2 or 3) == 2', 'EQUAL == UNEQUAL' } do
		tap.same(kind(text) ~= "contradicted", true, text)
	end
	tap.same(kind("1 == 2"), "contradicted")
	tap.same(kind("1 ~= 1"), "contradicted")
	tap.same(kind("(1 == 2) ~= (3 == 4)"), "contradicted")
end)

tap.test("== of what was measured and what was not is refused, wherever it stands", function()
	for _, text in ipairs { 'wall("slow") == 5', '5 == wall("slow")', 'wall("slow") ~= 5', '5 ~= wall("slow")', 'not (wall("slow") == 5)',
		'true and (wall("slow") == 0.5 or false)', 'wall("slow") == 5 == false', 'runs("slow") == 5 and 200000000 == wall("slow")',
		'(function() return wall("slow") == 5 end)()', '1 == (function() local x = wall("slow") ~= 2 return 1 end)()' } do
		refused(text, "a number")
		refused(text, "which are never equal: use < or >")
	end
	refused('speedup("slow", "fast") == 2', "`==` compares a ratio and a number")
	refused('speedup("slow", "fast") ~= wall("slow")', "`~=` compares a ratio and a time")
	refused('wall("slow") == "201 ms"', "`==` compares a time and a string")
	refused('wall("slow") == nil', "`==` compares a time and a nil")
end)

tap.test("what is no condition, and what Lua does not take, is said with its line", function()
	refused('wall("slow")', 'claim `wall("slow")`: it is a time, neither true nor false')
	refused('5', "it is a number, neither true nor false")
	refused('nil', "it is a nil, neither true nor false")
	refused('1 +', "Lua: unexpected symbol near <eof>")
	refused('1 == ', "Lua: unexpected symbol near <eof>")
	refused('1 = 2', "Lua: ")
	refused('wall("slow") > 5', "cannot compare a number and a time")
	refused('wall("slow") == ms(1) > 5', "attempt to compare number with boolean")
	refused('true < 5', "attempt to compare boolean with number")
	refused('(true < 5) == 7', "attempt to compare boolean with number")
	refused('1 == (true < 5)', "attempt to compare")
	refused('1 == (2 == (true < 3))', "attempt to compare")
	refused('wall("solw") > ms(1)', "no cell `solw` was measured in this post: did you mean `slow`?")
	refused('wall("slow", "fast") > ms(1)', "wall takes one cell")
	refused('speedup("slow") > 1', "the label of a cell is expected, in quotes, not a nil")
	refused('speedup("slow", "fast", "wide") > 1', "speedup takes 2 cells")
	-- A mistake does not stay behind: booleans compare as Lua has them again.
	tap.same(pcall(function() return true < false end), false)
	tap.same(debug.getmetatable(true), nil)
end)

tap.test("a claim that never ends is stopped, and so is one that takes long in each resample", function()
	refused("(function() while true do end end)()", "stopped after 200 million instructions")
	refused('(function() for i = 1, 1000000 do end return wall("slow") > ms(1) end)()', "stopped after 200 million instructions")
end)

tap.test("functions and variables of the post's Lua are there in claims, and are resampled, too", function()
	local verdict = judge("twice('fast') > wall('wide')", "function twice(label) return 2 * wall(label) end")
	tap.same({ verdict.kind, verdict.share }, { "shown", 1.0 })
	verdict = judge("limit('wide')", "function limit(label) return wall(label) > ms(100) end")
	tap.same(verdict.kind, "untold")
end)

tap.test("a thousand runs of each cell are not too much work for a claim", function()
	local many = {}
	for i = 1, 1000 do many[i] = 100 + i % 17 end
	CELLS.a, CELLS.b = measured("a", many), measured("b", many)
	tap.same(kind('wall("a") > ms(50) and wall("b") > ms(50)'), "shown")
	CELLS.a, CELLS.b = nil, nil
end)

tap.test("points of a sweep: by their values, with what there is for what there is not", function()
	tap.same(kind('speedup("pool", { threads = 1 }, "pool", { threads = 4 }) > 3'), "shown")
	tap.same(kind('speedup("pool", { threads = 1 }, { threads = 4 }) > 3'), "shown")
	tap.same(kind('wall("pool", { threads = 2.0 }) < ms(50)'), "shown")
	tap.same(kind('wall("grid", { kind = "int", size = 2 }) > wall("grid", { size = 0.5, kind = "long" })'), "shown")
	refused('wall("pool") > ms(1)', 'cell `pool` is swept: say at which point, as in wall("pool", { threads = 1 }): there are threads = 1; '
		.. "threads = 2; threads = 4")
	refused('wall("pool", { threads = 3 }) > ms(1)', "cell `pool` has no point threads = 3: there are threads = 1; threads = 2; "
		.. "threads = 4; the nearest is threads = 4")
	refused('wall("pool", { threads = "4" }) > ms(1)', "cell `pool` has no point threads = 4: there are")
	refused('wall("pool", { thread = 3 }) > ms(1)', "cell `pool` is not swept over `thread`: did you mean `threads`?")
	refused('wall("pool", { 4 }) > ms(1)', "cell `pool` is not swept over `1`: it is swept over `threads`")
	refused('wall("pool", {}) > ms(1)', "cell `pool` is swept over `threads`, too: say at which value of it")
	refused('wall("grid", { size = 2 }) > ms(1)', "cell `grid` is swept over `kind`, too")
	refused('wall("grid", { size = 2, kind = "lonk" }) > ms(1)', "the nearest is kind = long, size = 2")
	refused('wall("slow", { threads = 1 }) > ms(1)', "cell `slow` is not swept: it has no point { threads = 1 }")
	refused('wall({ threads = 1 }) > ms(1)', "the label of a cell is expected, in quotes, not a table")
end)

tap.test("undecided: the cells that claims depend on and that cannot be told, and no others", function()
	local cells = {
		{ language = "c", claims = { { text = 'wall("wide") < wall("fast")', line = 3 }, { text = 'wall("slow") > ms(1)', line = 4 } } },
		{ language = "lua", kind = "lua", eval = true, code = "function near(a) return wall(a, { threads = 2 }) > ms(40.5) end\nreturn bars('fast')", code_line = 9,
			claims = {} },
		{ language = "inline", code = "nonsense(", line = 11 },
		{ language = "c", claims = { { text = 'near("pool")', line = 12 }, { text = "nonsense(", line = 13 } } },
	}
	tap.same(claims.undecided(cells, CELLS, PATH), { fast = true, wide = true, ["pool, threads = 2"] = true })
	tap.same(claims.undecided({ cells[2], cells[3] }, CELLS, PATH), {})
end)

tap.test("figures get points in the place of swept cells, with their titles", function()
	local function figure(takes)
		return { draw = {}, options = { "by", "titles" }, takes = takes }
	end
	local environment = author.environment(CELLS, { any = figure(), cells = figure "cells", points = figure "points",
		table = { draw = {}, takes = "any" } })
	local function made(code)
		local ok, values = author.run(code, PATH, 1, environment, true)
		if not ok then return values end
		local labels = {}
		for i, one in ipairs(values[1].measurements) do labels[i] = sweep.title(one) end
		return labels, values[1].options
	end
	local titles = { "slow", "pool, threads = 1", "pool, threads = 2", "pool, threads = 4" }
	local labels, options = made 'any("slow", "pool")'
	tap.same({ labels, options }, { titles, { titles = titles } })
	labels, options = made 'any("slow", "fast", { by = 1 })'
	tap.same({ labels, options }, { { "slow", "fast" }, { by = 1 } })
	labels, options = made 'any("pool", { threads = 4 }, "slow", { titles = { "a" } })'
	tap.same({ labels, options }, { { "pool, threads = 4", "slow" }, { titles = { "a" } } })
	tap.same(made 'cells("pool", { threads = 2 })', { "pool, threads = 2" })
	assert(made('cells("pool")'):find('cell `pool` is swept: say at which point, as in cells("pool", { threads = 1 })', 1, true))
	tap.same(made 'points("pool", { by = 2 })', { "pool, threads = 1", "pool, threads = 2", "pool, threads = 4" })
	assert(made('points("slow")'):find("points: cell `slow` is not swept", 1, true))
	assert(made('points("pool", "grid")'):find("points: one swept cell is expected", 1, true))
	assert(made('any("pool", { threds = 4 })'):find("any: unknown option `threds`", 1, true))
	assert(made('any("pool", { threads = 3 })'):find("cell `pool` has no point threads = 3", 1, true))
	assert(made('any()'):find("any: name at least one cell", 1, true))
	tap.same(made 'table("slow", { whatever = table.concat({ "a" }) })', { "slow" })
end)

tap.done()
