-- Figures from stored measurements: the same bytes as the goldens, and what must hold for any measurement. Run from the
-- repository's root; with ACCEPT=1 the goldens are written instead of compared.

local tap = require "tap"
local drawn = require "drawn"
local columns = require "timeline.columns"
local measure_text = require "drawing.measure_text"
local bars = require "figure.bars"
local provenance = require "measurement.provenance"
local states = require "timeline.states"
local style = require "drawing.figure_style"
local svg = require "drawing.svg"
local timeline = require "figure.timeline"

local stored = require "stored".measurement
local has = tap.holds
local same_as_golden, has_not, count, well_formed =
	drawn.same_as_golden, drawn.has_not, drawn.count, drawn.well_formed

local function ids_are_unique(text)
	local seen = {}
	for id in text:gmatch(' id="([^"]+)"') do
		tap.same(seen[id], nil, "id " .. id)
		seen[id] = true
	end
	for id in text:gmatch('url%(#([^)]+)%)') do
		tap.same(seen[id], true, "reference to " .. id)
	end
	for id in text:gmatch('aria%-%w+="(%S-)"') do
		tap.same(seen[id], true, "reference to " .. id)
	end
end

local function three()
	return { stored "roast-serial", stored "roast-threads", stored "roast-processes" }
end

-- A measurement of one process with the given lanes, each { name, state, length, state, length, … } in ms.
local function crafted(...)
	local lanes, wall = {}, 0
	for i, spec in ipairs { ... } do
		local slices, at = {}, 0
		for k = 2, #spec, 2 do
			local stop = at + math.floor(spec[k + 1] * 1000000)
			slices[#slices + 1] = { state = spec[k], start_ns = at, end_ns = stop }
			at = stop
		end
		lanes[i] = { name = spec[1], pid = 1, tid = i, start_ns = 0, end_ns = at, cpu_ns = 0, slices = slices }
		wall = math.max(wall, at)
	end
	return { label = "crafted", method = "switch-records", machine = { cores = 2 }, runs = { { wall_ns = wall, user_ns = 0,
		system_ns = 0 } }, wall = { n = 1, median_ns = wall, min_ns = wall, max_ns = wall, q1_ns = wall, q3_ns = wall },
		median_run = 1, exit = { code = 0 }, timeline = { wall_ns = wall, lost = 0, lanes = lanes, flows = {} } }
end

local function rungs()
	return { stored "kitchen-schedstat", stored "kitchen-getrusage", stored "kitchen-probe", stored "kitchen-none" }
end

tap.test("timelines are drawn as in the goldens", function()
	same_as_golden("timeline-roast.svg", timeline.draw(three(), { id = "fig-roast", finish = "dinner", standalone = true,
		titles = { "One dish after another", "Four threads, one chef", "Two chefs" } }))
	same_as_golden("timeline-roast-page.svg", timeline.draw(three(), { id = "fig-roast", finish = "dinner" }))
	same_as_golden("timeline-refused.svg", timeline.draw({ stored "roast-refused", stored "crunch-refused" },
		{ standalone = true }))
	same_as_golden("timeline-lost.svg", timeline.draw({ stored "roast-lost" }, { standalone = true }))
	same_as_golden("timeline-kitchen.svg", timeline.draw({ stored "kitchen" }, { standalone = true }))
	same_as_golden("timeline-kitchen-page.svg", timeline.draw({ stored "kitchen" }, { id = "fig-kitchen" }))
	same_as_golden("timeline-rungs.svg", timeline.draw(rungs(), { standalone = true,
		titles = { "schedstat", "getrusage", "probe", "none" } }))
	same_as_golden("timeline-deadlock.svg", timeline.draw({ stored "deadlock" }, { standalone = true }))
	same_as_golden("timeline-preempted.svg", timeline.draw({ stored "crunch-preempted" }, { standalone = true }))
end)

tap.test("bars are drawn as in the goldens", function()
	same_as_golden("bars-roast.svg", bars.draw(three(), { id = "fig-bars", baseline = "roast-serial", standalone = true }))
	same_as_golden("bars-roast-page.svg", bars.draw(three(), { id = "fig-bars", baseline = "roast-serial" }))
end)

tap.test("tables say the same as in the goldens", function()
	same_as_golden("timeline-roast.html", timeline.table(three()))
	same_as_golden("timeline-kitchen.html", timeline.table { stored "kitchen", stored "kitchen-none" })
	same_as_golden("bars-roast.html", bars.table(three(), { baseline = "roast-serial" }))
end)

tap.test("the same measurement gives the same bytes", function()
	tap.same(timeline.draw(three()) == timeline.draw(three()), true, "timeline")
	tap.same(bars.draw(three()) == bars.draw(three()), true, "bars")
end)

tap.test("every figure is well formed, its ids are its own", function()
	local all = { stored "roast-lost", stored "roast-refused", stored "crunch-preempted", stored "roast-processes" }
	for _, text in ipairs {
		timeline.draw(all, { id = "fig-a" }), timeline.draw(all, { standalone = true }),
		bars.draw(all, { id = "fig-b" }), timeline.table(all), bars.table(all),
	} do
		well_formed(text)
		ids_are_unique(text)
	end
	ids_are_unique(timeline.draw(three(), { id = "a" }) .. timeline.draw(three(), { id = "b" }))
end)

tap.test("a page gets a wide and a narrow drawing, a file only the wide one with its style", function()
	local page = timeline.draw(three())
	tap.same(count(page, "<svg "), 2, "two drawings")
	has_not(page, "<style")
	has(page, 'display="none"')
	local alone = timeline.draw(three(), { standalone = true })
	tap.same(count(alone, "<svg "), 1, "one drawing")
	has(alone, 'xmlns="http://www.w3.org/2000/svg"')
	has(alone, "prefers-color-scheme: dark")
	has(alone, "medians of 5 runs each, ")
	has_not(page, "medians of 5 runs each, ")
	has(alone, "fill: #0b6e99; fill: var(--lp-run);")
end)

tap.test("a figure says in words what it shows", function()
	local text = timeline.draw(three(), { finish = "dinner" })
	has(text, 'role="img"')
	has(text, "roast-threads: 5 lanes, dinner at 724 ms.")
	has(text, "Together they ran 640 ms, waited 8.50 ms for a core and were blocked 2555 ms.")
	has(text, "roast-processes: 7 lanes in 3 processes, dinner at 701 ms.")
	has(text, "roast-processes finished first.")
	has(text, ">dinner at 1439 ms</text>")
end)

tap.test("figures on one scale draw the same time at the same length", function()
	local alone = timeline.draw({ stored "roast-threads" }, { scale_ns = 1439264000, standalone = true })
	local function finish(text)
		return text:match('class="lp%-finish" d="M(%S+) ')
	end
	local beside = timeline.draw({ stored "roast-threads", stored "roast-serial" }, { standalone = true })
	tap.same(finish(alone), finish(beside), "the finish line")
	tap.same(finish(alone) ~= finish(timeline.draw({ stored "roast-threads" }, { standalone = true })), true, "it matters")
end)

tap.test("panels that finish together have no first", function()
	has_not(timeline.draw { stored "roast-threads", stored "roast-threads" }, "finished first")
end)

tap.test("hostile names stay text", function()
	local text = timeline.draw({ crafted({ '<script>"&\0\27[1m\xc3', "running", 10 }) },
		{ titles = { "</title><b>" }, id = 'x" onload="y', alt = "<i>\27\xff" })
	well_formed(text)
	has(text, ' id="x--onload--y-title"')
	has_not(text, "<script")
	has_not(text, "<b>")
	has_not(text, "\27")
	has_not(text, 'x"')
	well_formed(timeline.table { crafted({ "<b>\u{202e}x", "running", 10 }) })
	has_not(timeline.table { crafted({ "a\u{202e}x", "running", 10 }) }, "\u{202e}")
end)

tap.test("refused switch records are never drawn as a timeline", function()
	local text = timeline.draw { stored "roast-refused" }
	has(text, "order unknown: measured without switch records (perf_event_open: Permission denied)")
	has(text, "on CPU 656 ms")
	has(text, "not on CPU 68.3 ms")
	has_not(text, "blocked")
	has(timeline.draw { stored "crunch-refused" }, "on CPU 985 ms, over several cores")
	has(timeline.table { stored "roast-refused" }, "<td>68.3 ms</td>")
	has(timeline.table { stored "crunch-refused" }, "<td>not known</td>")
end)

tap.test("what nobody saw is drawn as such and has a column, and only then", function()
	has(timeline.draw { stored "roast-lost" }, 'class="lp-unknown"')
	has(timeline.draw { stored "roast-lost" }, "went unseen for 180 ms")
	has(timeline.table { stored "roast-lost" }, "not known</th>")
	has_not(timeline.table { stored "roast-threads" }, "not known</th>")
	-- Too short to draw each: what nobody saw is a share like any other.
	local slices, at = {}, 0
	for i = 1, 4000 do
		slices[i] = { start_ns = at, end_ns = at + 1000, state = i % 2 == 0 and "unknown" or "running" }
		at = at + 1000
	end
	local pooled = columns.pieces(slices, function(ns) return ns / at * 100 end,
		{ column = 1, levels = 8, kinds = columns.lanes })
	tap.same(pooled[1].columns[1].shares, { running = 4, unknown = 4 }, "half of it was seen")
end)

tap.test("lost records are said in the figure and in the table", function()
	has(timeline.draw { stored "roast-lost" }, ">12 records lost: ")
	has(timeline.table { stored "roast-lost" }, "12 records lost")
end)

tap.test("a run that failed does not say done", function()
	local text = timeline.draw({ stored "roast-lost" }, { finish = "dinner" })
	has(text, ">SIGSEGV at 724 ms</text>")
	has_not(text, "dinner")
	has(bars.draw { stored "roast-lost" }, "SIGSEGV")
	local stopped = crafted({ "main", "blocked", 5 })
	for _, case in ipairs {
		{ { ending = "timeout", signal = "KILL" }, "timeout" }, { { ending = "signal", signal = "SIGABRT" }, "SIGABRT" },
		{ { code = 3 }, "exit 3" }, { nil, "done" },
	} do
		stopped.exit = case[1]
		has(timeline.draw { stopped }, ">" .. case[2] .. " at 5.00 ms</text>")
	end
end)

tap.test("two hundred lanes are a band in which each has its share, in a picture of bounded height", function()
	local specs = {}
	for i = 1, 200 do
		specs[i] = { "worker", "running", 10, "blocked", i }
	end
	specs[1][1] = "main"
	local many = crafted(table.unpack(specs))
	local text = timeline.draw({ many }, { standalone = true })
	has(text, ">main</text>")
	has(text, ">worker</text>")
	has(text, ">199 lanes</text>")
	has_not(text, "more lane")
	has(text, "height is how many are in each state")
	tap.same(tonumber(text:match('viewBox="%-16 %-16 892 (%d+)"')) < 300, true, "height")
	has(timeline.table { many }, ">worker (200)</th>")
	-- names that count on say so, and a lane of a deadlock stays one
	for i, lane in ipairs(many.timeline.lanes) do
		lane.name = "guest " .. i
	end
	has(timeline.draw { many }, ">guest 1–200</text>")
	many.timeline.lanes[7].name = "guest 999"
	has(timeline.draw { many }, ">guest</text>")
	many.exit = { ending = "timeout" }
	many.timeline.hang = { deadlock = { 5, 9 }, stuck = { { lane = 5, state = "waiting-lock", what = "a" },
		{ lane = 9, state = "waiting-lock", what = "b" } } }
	local stuck = timeline.draw { many }
	has(stuck, ">guest 5</text>")
	has(stuck, ">guest 9</text>")
	has(stuck, ">198 lanes</text>")
end)

tap.test("the band of many lanes is as high in a state as there are lanes in it", function()
	local lists = {}
	for i = 1, 8 do
		lists[i] = { { start_ns = 0, end_ns = 40, state = "running" }, { start_ns = 40, end_ns = i <= 2 and 80 or 60, state = "blocked" } }
	end
	local band = columns.band(lists, function(ns) return ns end, { pooled = 4, levels = 8 })
	local seen = {}
	for i, column in ipairs(band.columns) do
		seen[i] = { column.from, column.to, column.shares }
	end
	tap.same(seen, { { 0, 40, { running = 8 } }, { 40, 60, { blocked = 8 } }, { 60, 80, { blocked = 2 } } }, "eight, eight, two")
	tap.same(columns.band({ {} }, function(ns) return ns end, { pooled = 4, levels = 8 }), nil, "nothing")
end)

tap.test("a hundred thousand slices do not make a large picture", function()
	local specs = {}
	for lane = 1, 8 do
		local spec, seed = { "worker " .. lane }, lane
		for _ = 1, 12500 do
			seed = (seed * 1103515245 + 12345) % 2147483648
			spec[#spec + 1], spec[#spec + 2] = "running", 0.01 + seed % 97 / 1000
			seed = (seed * 1103515245 + 12345) % 2147483648
			spec[#spec + 1], spec[#spec + 2] = seed % 3 == 0 and "blocked" or "waiting-cpu", 0.01 + seed % 89 / 1000
		end
		specs[lane] = spec
	end
	local text = timeline.draw { crafted(table.unpack(specs)) }
	tap.same(#text < 100000, true, "bytes: " .. #text)
	has(text, "height is the share of time")
end)

tap.test("nothing to show is shown as nothing, not as an error", function()
	has(timeline.draw { crafted() }, "no lane was recorded")
	well_formed(timeline.draw { crafted({ "main" }) })
	well_formed(timeline.draw { crafted({ "main", "running", 0 }) })
	well_formed(bars.draw { crafted({ "main", "running", 0 }) })
	well_formed(timeline.table { crafted() })
	local nameless = crafted({ "", "running", 5 })
	nameless.timeline.lanes[1].name, nameless.timeline.flows, nameless.timeline.lost = nil, nil, nil
	has(timeline.draw { nameless }, ">thread 1</text>")
end)

tap.test("misuse is raised", function()
	tap.same((pcall(timeline.draw, {})), false, "no measurement")
	tap.same((pcall(bars.draw, {})), false, "no measurement")
	tap.same((pcall(bars.draw, three(), { baseline = "toast" })), false, "an unknown baseline")
	local _, why = pcall(timeline.draw, { crafted({ "a", "dreaming", 5 }) })
	has(tostring(why), "unknown state 'dreaming'")
	tap.same((pcall(svg.number, 0 / 0)), false, "not a number")
end)

tap.test("an arrow for each lane created, unless there are too many", function()
	has(timeline.draw { stored "roast-threads" }, 'class="lp-flow"')
	local specs = {}
	for i = 1, 40 do
		specs[i] = { "w" .. i, "running", 10 }
	end
	local busy = crafted(table.unpack(specs))
	for i = 2, 40 do
		busy.timeline.flows[i - 1] = { kind = "create", from = { lane = 1, ns = i }, to = { lane = i, ns = i } }
	end
	local text = timeline.draw { busy }
	has_not(text, 'class="lp-flow"')
	has(text, "39 creations of lanes not drawn as arrows")
	busy.timeline.flows = { { kind = "create", from = { lane = 99, ns = 1 }, to = { lane = 1, ns = 1 } } }
	has_not(timeline.draw { busy }, 'class="lp-flow"')
end)

local ALL_STATES = { "running", "waiting-cpu", "waiting-lock", "waiting-cond", "sleeping", "waiting-io", "joining",
	"waiting-child", "blocked", "unknown" }

tap.test("every state has a look of its own, a word in the key and a column, and only where it occurs", function()
	local spec, looks = { "main" }, {}
	for _, state in ipairs(ALL_STATES) do
		spec[#spec + 1], spec[#spec + 2] = state, 10
	end
	local measurement = crafted(spec)
	local text, html = timeline.draw({ measurement }, { standalone = true }), timeline.table { measurement }
	well_formed(text)
	ids_are_unique(text)
	for _, state in ipairs(ALL_STATES) do
		local is = states.of(state)
		has(text, ">" .. is.key .. "</text>")
		has(html, ">" .. is.key .. "</th>")
		-- without colour: the shape, the pattern in it and the dashes around it
		local look = is.shape .. " " .. tostring(is.pattern) .. " " ..
			(style.css:match("%." .. is.class:gsub("%-", "%%-") .. " {[^}]*stroke%-dasharray: ([^;]+)") or "")
		tap.same(looks[look], nil, state .. " looks like no other: " .. look)
		looks[look] = state
		has(style.css, "." .. is.class)
	end
	local one = timeline.draw({ crafted({ "main", "running", 5, "waiting-io", 5 }) })
	has(one, ">waiting for I/O</text>")
	has_not(one, ">waiting for a lock</text>")
	has_not(one, "-lock\"")
	has_not(timeline.table { crafted({ "main", "running", 5 }) }, "blocked")
end)

tap.test("a slice says what it waits for, who holds it, where", function()
	local text = timeline.draw({ stored "kitchen" }, { standalone = true })
	has(text, ">waits for chef 289 ms</text>")
	has(text, "waits for chef, held by chicken at kitchen.c:")
	has(text, ">oven 480 ms</text>")
	has(text, ">joins chicken ")
end)

tap.test("a lock that was waited for has a lane that says who held it; hand-offs are arrows", function()
	local text = timeline.draw({ stored "kitchen" }, { standalone = true })
	has(text, '<text class="lp-lock-name"')
	tap.same(count(text, '<rect class="lp%-held"'), 8, "eight holds")
	has(text, ">chef: held by potatoes for 192 ms, from 122 ms to 314 ms<")
	tap.same(count(text:match('class="lp%-hand%-off" d="([^"]+)"'), "m"), 4, "four hand-offs")
	has(timeline.table { stored "kitchen" }, "<th scope=\"row\">chef</th><td>mutex</td>")
	has(text, "gravy waited 360 ms for chef, held by chicken (4 waits, 806 ms together).")
	has_not(timeline.draw { stored "roast-threads" }, "lp-held")
end)

tap.test("of many locks a handful have lanes, the rest is said", function()
	local measurement = crafted({ "a", "running", 10 }, { "b", "waiting-lock", 10 })
	local all = {}
	for i = 1, 12 do
		all[i] = { name = "lock " .. i, kind = "mutex", holds = { { lane = 1, start_ns = 0, end_ns = 1000 } },
			waits = { { lane = 2, start_ns = 0, end_ns = i * 100000 } } }
	end
	measurement.timeline.resources = all
	local text = timeline.draw({ measurement }, { standalone = true })
	tap.same(count(text, 'class="lp%-lock%-name"'), 5, "five lanes")
	has(text, ">lock 12</text>")
	has_not(text, ">lock 7</text>")
	has(text, "also 1 wait for lock 7, 0.700 ms together; ")
	has(text, "and 4 more locks")
end)

tap.test("thousands of hand-offs are no arrows, and said", function()
	local busy = crafted({ "a", "running", 1000 }, { "b", "running", 1000 })
	for i = 1, 5000 do
		busy.timeline.flows[i] = { kind = "hand-off", what = "baton", from = { lane = i % 2 + 1, ns = i * 200000 },
			to = { lane = 2 - i % 2, ns = i * 200000 } }
	end
	local text = timeline.draw({ busy }, { standalone = true })
	has_not(text, "lp-hand-off\"")
	has(text, "5000 hand-offs not drawn as arrows")
	tap.same(#text < 20000, true, "and cost nothing: " .. #text)
end)

tap.test("the critical path is a line under its slices, and said in words", function()
	local text = timeline.draw({ stored "kitchen" }, { standalone = true })
	has(text, 'class="lp-path"')
	has(text, ">decides the finish</text>")
	has(text, ">chicken decides; broccoli and gravy have 168 ms to spare</text>")
	tap.same(timeline.story { stored "kitchen" }, "chicken decides; broccoli and gravy have 168 ms to spare", "the story")
	has(timeline.story { stored "kitchen", stored "kitchen-probe" }, "kitchen: chicken decides")
	has_not(timeline.draw { stored "roast-serial" }, "lp-path")
	tap.same(timeline.story { stored "roast-serial" }, nil, "one lane decides nothing")
	has_not(timeline.draw { stored "kitchen" }, ">chicken decides; ")
end)

tap.test("a deadlock is a ring with the locks' names, and each stuck lane waits to its end", function()
	local text = timeline.draw({ stored "deadlock" }, { standalone = true })
	well_formed(text)
	has(text, ">deadlock, SIGALRM at 1.00 s</text>")
	tap.same(count(text:match('class="lp%-ring" d="([^"]+)"'), "M"), 5, "five arrows")
	for i = 0, 4 do
		has(text, ">forks[" .. i .. "]</text>")
	end
	tap.same(count(text, '<path class="lp%-lock" fill="url%(#timeline%-lock%)"'), 5, "five open waits")
	has(text, "philosopher 3 waits for forks[4], held by philosopher 4")
	has(timeline.story { stored "deadlock" }, "deadlock: philosopher 0 waits for forks[1], held by philosopher 1; ")
	has_not(text, "lp-path\"")
	-- a lane that waits for itself, and one of which the hang names a lane that is not shown
	local alone = crafted({ "main", "waiting-lock", 10 })
	alone.exit = { ending = "timeout" }
	alone.timeline.hang = { deadlock = { 1 }, stuck = { { lane = 1, name = "main", state = "waiting-lock", what = "oven",
		owner = "main", owner_lane = 1, start_ns = 0, end_ns = 10000000, holders = { 1 } } } }
	well_formed(timeline.draw { alone })
	tap.same(timeline.story { alone }, "deadlock: main waits for oven, held by main", "itself")
	-- who still waits when the program ends well was not stuck
	alone.exit, alone.timeline.hang.deadlock = { code = 0 }, nil
	has_not(timeline.draw { alone }, "stuck")
	alone.exit = { ending = "timeout" }
	tap.same(timeline.story { alone }, "stuck: main waits for oven, held by main", "stuck")
end)

tap.test("no two labels of a drawing overlap", function()
	for _, name in ipairs { "kitchen", "deadlock", "kitchen-schedstat", "roast-threads", "crunch-preempted" } do
		local boxes, sizes = {}, { ["lp-on-run"] = 12, ["lp-on-sleep"] = 12, ["lp-on-line"] = 12, ["lp-on-held"] = 12,
			["lp-mark"] = 12, ["lp-span-name"] = 12 }
		for drawing in timeline.draw({ stored(name) }):gmatch "<svg .-</svg>" do
			for class, x, y, anchor, said in drawing:gmatch '<text class="(lp%-[%w-]+)" x="([%d.]+)" y="([%d.]+)"( ?[^>]*)>([^<]*)' do
				if sizes[class] then
					local width = measure_text.width(said, sizes[class])
					local from = anchor:find "middle" and x - width / 2 or tonumber(x)
					for _, box in ipairs(boxes[drawing] or {}) do
						tap.same(math.abs(box.y - y) > 8 or from >= box.to or from + width <= box.from, true,
							name .. ": " .. said .. " and " .. box.said)
					end
					boxes[drawing] = boxes[drawing] or {}
					table.insert(boxes[drawing], { from = from, to = from + width, y = tonumber(y), said = said })
				end
			end
		end
	end
end)

tap.test("a span that does not fit is shortened, stands outside, or is left out", function()
	local function with_span(name, from, to)
		local measurement = crafted({ "a", "running", 30 }, { "b", "blocked", 100 })
		measurement.timeline.lanes[1].spans = { { name = name, start_ns = from * 1000000, end_ns = to * 1000000 } }
		return timeline.draw({ measurement }, { standalone = true })
	end
	has(with_span("preparation", 0, 30), ">preparation 30.0 ms</text>")
	has(with_span("preparation", 0, 12), ">preparation</text>")
	has(with_span("preparation of every dish there is", 0, 20), "preparation of e")
	has_not(with_span("preparation of every dish there is", 0, 20), ">preparation of every dish")
	has(with_span("preparation", 29, 30), ">preparation</text>")
	has_not(with_span("preparation", 0, 0.1), "preparation")
	-- the outer one stands over the inner ones, the fourth has no row, none overlaps
	local nested = crafted({ "a", "running", 100 })
	local spans = {}
	for i = 1, 4 do
		spans[i] = { name = "level " .. i, start_ns = i * 2000000, end_ns = 90000000 - i }
	end
	spans[5] = { name = "next", start_ns = 91000000, end_ns = 99000000 }
	nested.timeline.lanes[1].spans = spans
	local text = timeline.draw({ nested }, { standalone = true })
	local heights = {}
	for i = 1, 3 do
		heights[i] = tonumber(text:match('y="([%d.]+)">level ' .. i))
	end
	tap.same(heights[1] < heights[2] and heights[2] < heights[3], true, "outer over inner")
	has_not(text, "level 4")
	tap.same(tonumber(text:match 'y="([%d.]+)">next'), heights[1], "in the first row that is free")
end)

tap.test("marks are flags with their names, those at one place one flag", function()
	local measurement = crafted({ "a", "running", 30 }, { "b", "blocked", 100 })
	measurement.timeline.lanes[1].marks = { { name = "served", ns = 30000000 } }
	measurement.timeline.lanes[2].marks = { { name = "x", ns = 50000000 }, { name = "<y>", ns = 50000001 } }
	local text = timeline.draw({ measurement }, { standalone = true })
	tap.same(count(text, 'class="lp%-flag"'), 2, "two flags")
	has(text, ">served</text>")
	has(text, "b: x at 50.0 ms, &lt;y&gt; at 50.0 ms")
end)

tap.test("coroutines stand under their thread, indented", function()
	local measurement = crafted({ "a", "running", 30 }, { "b", "running", 30 }, { "cooking", "running", 30 })
	local cooking = measurement.timeline.lanes[3]
	cooking.thread, cooking.tid, cooking.id = 1, 1, 9
	local text = timeline.draw({ measurement }, { standalone = true })
	local function at(name) return (text:find(">" .. name .. "</text>", 1, true)) end
	tap.same(at "a" < at "cooking" and at "cooking" < at "b", true, "in this order")
	tap.same(count(text, ">cooking</text>"), 1, "once")
	has(text, '<path class="lp-bracket"')
	measurement.timeline.lanes[3].thread = 77 -- nobody's
	well_formed(timeline.draw { measurement })
end)

tap.test("a rung says what it is and what it cannot see", function()
	has(provenance.text { stored "kitchen-probe" }, "the calls that wait, alone (LIVEPOST_METHOD is probe), none lost; " ..
		"not seen: which core ran what, waiting for a core between calls that wait, waiting for a core at the end of a wait, waits in other " ..
		"calls, whether anything ran between calls that wait; measured")
	has(provenance.text { stored "kitchen-schedstat" }, "the scheduler's counts around each call that waits (LIVEPOST_METHOD")
	has(timeline.draw { stored "kitchen-probe" }, ">not known</text>")
	local odd = stored "kitchen"
	odd.timeline.refused, odd.timeline.problem, odd.timeline.blind = 3, "it ends in a record", { "reasons" }
	has(provenance.text { odd }, "none lost, 3 left out that made no sense, without the probe's log (it ends in a record); " ..
		"not seen: why anything waited")
	has(timeline.draw { odd }, "3 records of the probe made no sense and were left out; the probe")
end)

tap.test("ten thousand slices with as many waits for one lock stay a small picture", function()
	local specs, flows = { { "a" }, { "b" } }, {}
	for i = 1, 5000 do
		for lane = 1, 2 do
			local spec = specs[lane]
			spec[#spec + 1], spec[#spec + 2] = (i + lane) % 2 == 0 and "running" or "waiting-lock", 0.05 + i % 7 / 100
		end
	end
	local busy = crafted(specs[1], specs[2])
	local lock = { name = "baton", kind = "mutex", holds = {}, waits = {} }
	for lane = 1, 2 do
		for i, slice in ipairs(busy.timeline.lanes[lane].slices) do
			slice.what = slice.state == "waiting-lock" and "baton" or nil
			if lane == 1 then
				table.insert(lock.holds, { lane = slice.state == "running" and 1 or 2, start_ns = slice.start_ns, end_ns = slice.end_ns })
				flows[i] = { kind = "hand-off", from = { lane = i % 2 + 1, ns = slice.end_ns }, to = { lane = 2 - i % 2, ns = slice.end_ns } }
			end
			table.insert(lock.waits, { lane = lane, start_ns = slice.start_ns, end_ns = slice.end_ns })
		end
	end
	busy.timeline.resources, busy.timeline.flows = { lock }, flows
	local text = timeline.draw { busy }
	tap.same(#text < 60000, true, "bytes: " .. #text)
	has(text, "height is the share of time")
end)

tap.test("what was folded is a share of its stretch, not a slice of one state", function()
	local folded = crafted({ "a", "running", 100 })
	folded.timeline.lanes[1].slices = {
		{ start_ns = 0, end_ns = 80000000, state = "running", count = 5000,
			mix = { running = 60000000, ["waiting-lock"] = 20000000 } },
		{ start_ns = 80000000, end_ns = 100000000, state = "running" } }
	folded.timeline.resources = { { name = "oven", kind = "mutex",
		holds = { { lane = 1, start_ns = 0, end_ns = 80000000, count = 2500, held_ns = 20000000 } },
		waits = { { lane = 1, start_ns = 0, end_ns = 80000000, count = 2500, waited_ns = 20000000 } } } }
	folded.timeline.left_out = { flows = 12, spans = 1 }
	local text = timeline.draw({ folded }, { standalone = true })
	has(text, "ran 80.0 ms and waited 20.0 ms for locks")
	has(text, "(2500 waits, 20.0 ms together)")
	has(text, "height is the share of time")
	has(text, "12 arrows not kept; 1 span not kept")
	has(timeline.table { folded }, "<td>mutex</td><td>20.0 ms</td><td>2500</td>")
	local piece = columns.pieces(folded.timeline.lanes[1].slices, function(ns) return ns / 1000000 end,
		{ column = 2, levels = 8, kinds = columns.lanes })[1]
	tap.same(piece.columns[1].shares, { running = 6, ["waiting-lock"] = 2 }, "three quarters and one")
end)

-- What timeline.draw says is wrong with these options.
local function refusal(options)
	local ok, why = pcall(timeline.draw, { stored "kitchen" }, options)
	tap.same(ok, false, "refused")
	return why
end

tap.test("a window of time is drawn under the whole, with it marked", function()
	local text = timeline.draw({ stored "kitchen" }, { from = 100, to = "330ms" })
	well_formed(text)
	ids_are_unique(text)
	tap.same(count(text, 'class="lp%-overview"'), 2, "one in each drawing")
	tap.same(count(text, 'class="lp%-window"'), 2, "marked in each")
	has(text, 'data-ns="100000000 330000000"')
	has(text, ">100 ms</text>")
	has(text, ">300 ms</text>")
	has_not(text, ">0</text>")
	has_not(text, 'class="lp-finish"') -- at 688 ms
	has(text, "Drawn from 100 ms to 330 ms.")
	-- what ended before or begins after is not there, what goes on says how long it is in all
	has(text, ">waits for chef 360 ms</text>")
	has_not(text, ">serve</text>")
	has_not(text, "joining a thread at")
	-- the window is at the place in the overview at which it is in time
	local x, width = text:match 'class="lp%-window" x="([%d.]+)" y="[%d.]+" width="([%d.]+)"'
	local from, left, right = text:match 'lp%-overview" data%-ns="0 (%d+)" data%-x="(%S+) (%S+)"'
	tap.same(math.abs((x - left) / (right - left) * from - 1e8) < 1e6, true, "it begins at 100 ms")
	tap.same(math.abs(width / (right - left) * from - 2.3e8) < 1e6, true, "and is 230 ms long")
	has(timeline.draw({ stored "kitchen" }, { from = 600 }), 'class="lp-finish"')
	has_not(timeline.draw { stored "kitchen" }, "lp-overview")
end)

tap.test("what an author asks of a timeline and cannot have is said", function()
	has(refusal { from = "soon" }, '`from` is a time, such as "20ms", or a number of milliseconds')
	has(refusal { to = {} }, "`to` is a time")
	has(refusal { from = -1 }, "`from` is a time")
	has(refusal { from = 0 / 0 }, "`from` is a time")
	has(refusal { from = math.huge }, "`from` is a time")
	has(refusal { from = 300, to = 200 }, "`from` (300 ms) is not before `to` (200 ms)")
	has(refusal { from = 20, to = 20 }, "is not before")
	has(refusal { from = "2s" }, "nothing was measured from 2.00 s on: it ends at 688 ms")
	has(refusal { lanes = { "chiken" } }, "`lanes`: no lane is called `chiken`: did you mean `chicken`?")
	has(refusal { lanes = {} }, "`lanes` is a list")
	has(refusal { lanes = { 3 } }, "`lanes`: item 1 is a number")
	has(refusal { locks = -1 }, "`locks` is how many locks have a lane, 0 to 40")
	has(refusal { locks = 1.5 }, "`locks`")
	has(refusal { path = "no" }, "`path` is true or false")
	has(refusal { scale_ns = "1s" }, "`scale_ns` is a number of nanoseconds")
end)

tap.test("lanes are picked and ordered by name and pattern, and the rest is said", function()
	local text = timeline.draw({ stored "kitchen" }, { lanes = { "gravy", "*s" }, standalone = true })
	local function at(name) return text:find('text-anchor="end">' .. name .. "</text>", 1, true) or math.huge end
	tap.same(at "gravy" < at "guests" and at "guests" < at "potatoes", true, "in this order")
	tap.same(at "broccoli", math.huge, "not asked for")
	has(text, "and 2 more lanes, which together ran ")
	local magic = crafted({ "a.b", "running", 5 }, { "axb", "running", 5 })
	has_not(timeline.draw({ magic }, { lanes = "a.b" }), ">axb</text>")
end)

tap.test("locks and the critical path are there when they are asked for", function()
	local text = timeline.draw({ stored "kitchen" }, { locks = 0, path = false })
	has_not(text, "lp-lock-name")
	has_not(text, "lp-path")
	has_not(text, "decides the finish</text>")
	has(text, ">4 waits for chef, 806 ms together")
	local one = crafted({ "main", "running", 5 })
	one.timeline.path = { { lane = 1, start_ns = 0, end_ns = 5000000 } }
	has_not(timeline.draw { one }, "lp-path")
	has(timeline.draw({ one }, { path = true }), "lp-path")
	one.timeline.path = {}
	has(timeline.draw({ one }, { path = true }), "which lanes decided the finish is not known")
end)

tap.test("a panel under a tenth of the width has a scale of its own, a round one, and says so", function()
	local function scales(long, short)
		local text = timeline.draw({ crafted({ "a", "running", short }), crafted({ "b", "running", long }) }, { standalone = true })
		return text:match "crafted %(scale: (%d+)×%)", text
	end
	tap.same(scales(2000, 250), nil, "an eighth")
	tap.same(scales(2000, 150), "10", "a thirteenth")
	tap.same(scales(2000, 30), "50", "a sixty-seventh")
	tap.same(scales(2000, 1), "2000", "a two-thousandth fills it")
	local _, text = scales(2000, 30)
	has(text, ">40 ms</text>") -- marks of its own below it
	has(text, ">2000 ms</text>")
	-- beside the other cells of a post, too
	has(timeline.draw({ crafted({ "a", "running", 5 }) }, { scale_ns = 200000000 }), "crafted (scale: 20×)")
end)

tap.test("the lanes of a process stand under its heading where there are several", function()
	local text = timeline.draw { stored "roast-processes" }
	has(text, ">process 2, 3 lanes</text>")
	tap.same(count(text, ">process %d+, "), 4, "two in each drawing, none for a single lane")
	has_not(timeline.draw { stored "roast-threads" }, ">process ")
end)

tap.test("a lock held very often is told in shares that add up", function()
	local resources = require "timeline.resources"
	local lock = { holds = {}, waits = {} }
	for i = 1, 5000 do
		lock.holds[i] = { lane = i % 3 + 1, start_ns = i * 1000, end_ns = i * 1000 + 250 + i % 7 * 100 }
	end
	lock.holds[2500].end_ns = 2500 * 1000 + 999
	lock.holds[5001] = { lane = 2, start_ns = 6000000, end_ns = 9000000 }
	local function held(stretches)
		local sum, last = 0, 0
		for _, one in ipairs(stretches) do
			tap.same(one.start_ns, last, "no gap")
			last = one.end_ns
			sum = sum + (one.mix and one.mix.held or one.state == "held" and one.end_ns - one.start_ns or 0)
			if one.mix then
				tap.same(one.mix.held + one.mix.free, one.end_ns - one.start_ns, "the mix is all of it")
			end
		end
		return sum
	end
	local fine, coarse = resources.stretches(lock), resources.stretches(lock, 20000)
	tap.same(held(coarse), held(fine), "as long in all")
	tap.same(#coarse < 300 and #fine > 9000, true, #coarse .. " of " .. #fine)
	tap.same({ coarse[#coarse].holder, coarse[#coarse].end_ns - coarse[#coarse].start_ns }, { 2, 3000000 }, "the long one")
end)

tap.test("numbers are exact to a hundredth, whatever the locale", function()
	tap.same(svg.number(1.006), "1.01", "rounded")
	tap.same(svg.number(-0.001), "0", "no minus zero")
	tap.same(svg.number(-2.5), "-2.5", "negative")
	tap.same(svg.number(12.10), "12.1", "trimmed")
	tap.same(svg.number(100), "100", "integer")
end)

tap.test("provenance says runs, spread, machine, method and day", function()
	tap.same(provenance.text { stored "roast-threads" }, "median of 5 runs, 721–739 ms; 2 cores, Intel Xeon Processor @ " ..
		"2.80GHz, Linux 6.18 (KVM); kernel switch records, none lost; measured 22 November 2026", "one")
	tap.same(provenance.text(three()), "medians of 5 runs each, every run within 2.0 % of its median; 2 cores, Intel Xeon " ..
		"Processor @ 2.80GHz, Linux 6.18 (KVM); kernel switch records, none lost; measured 22 November 2026", "three")
	has(provenance.text { stored "roast-refused" },
		"without switch records (perf_event_open: Permission denied): totals only, order unknown")
	local numbers = stored "roast-threads"
	numbers.timeline, numbers.numbers_only = nil, true
	has(provenance.text { numbers }, "; kernel switch records, totals only; ")
	has_not(provenance.text { numbers }, "without switch records")
	has(provenance.text { stored "roast-lost" }, "a single run, 724 ms; ")
	has(provenance.text { stored "roast-lost" }, "kernel switch records, 12 lost")
	local mixed = { stored "roast-threads", stored "roast-lost" }
	mixed[2].machine = { cores = 1 }
	mixed[2].measured_at = "2026-12-01T00:00:00Z"
	has(provenance.text(mixed), "medians of 1 to 5 runs")
	has(provenance.text(mixed), "roast-lost: 1 core;")
	has(provenance.text(mixed), "roast-threads: kernel switch records, none lost; roast-lost: kernel switch records, 12 lost")
	has(provenance.text(mixed), "measured 22 November 2026 to 1 December 2026")
	has(provenance.text { crafted({ "a", "running", 1 }) }, "; 2 cores; kernel switch records, none lost")
	mixed[1].measured_at, mixed[2].measured_at = nil, "yesterday"
	has_not(provenance.text(mixed), "measured")
end)

tap.done()
