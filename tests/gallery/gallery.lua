-- Writes a page with every figure in every shape, light and dark, wide and narrow: gallery.lua FOLDER. Run from the
-- repository's root by tests/lua-host. The same every time.

local bars = require "figure.bars"
local lines = require "figure.lines"
local machine = require "figure.machine"
local machines = require "figure.machines"
local outcomes = require "figure.outcomes"
local scaling = require "figure.scaling"
local slider = require "figure.slider"
local states_figure = require "figure.states"
local table_figure = require "figure.table"
local reader_style = require "drawing.reader_style"
local stored = require "stored".measurement
local style = require "drawing.figure_style"
local svg = require "drawing.svg"
local synthetic = require "synthetic"
local timeline = require "figure.timeline"

local folder = arg[1]

local shapes = {}

-- code: what a figure may ask of the code of cells, where it does.
local function shape(title, figure, measurements, options, code)
	shapes[#shapes + 1] = { title = title, figure = figure, measurements = measurements, options = options or {}, code = code }
end

local made = synthetic.measurement

local function with(measurement, changes)
	for key, value in pairs(changes) do
		measurement[key] = value
	end
	return measurement
end

local roast = { stored "roast-serial", stored "roast-threads", stored "roast-processes" }

shape("Three programs on one scale", timeline, roast, { finish = "dinner" })
shape("A lock, hand-offs, the critical path", timeline, { stored "kitchen" })
shape("The same without the critical path, lanes picked and ordered", timeline, { stored "kitchen" },
	{ path = false, lanes = { "gravy", "chicken", "pot*" } })
shape("A window with the whole above it", timeline, { stored "kitchen" }, { from = 100, to = "330ms" })
shape("A window of two panels", timeline, { stored "roast-threads", stored "roast-serial" }, { from = 600 })
shape("No locks", timeline, { stored "kitchen" }, { locks = 0 })
shape("Deadlocked", timeline, { stored "deadlock" })
shape("Lossy, and killed by a signal", timeline, { stored "roast-lost" })
shape("Preempted", timeline, { stored "crunch-preempted" })
shape("Every rung", timeline, { stored "kitchen", stored "kitchen-schedstat", stored "kitchen-getrusage",
	stored "kitchen-probe", stored "kitchen-none" })
shape("Refused", timeline, { stored "roast-refused", stored "crunch-refused" })
shape("Empty: no lane at all", timeline, { made { lanes = 0 } })
shape("Empty: one slice of no length", timeline, { with(made { lanes = 1, slices = 1, wall_ns = 0 }, {}) })
shape("One lane, one slice", timeline, { made { lanes = 1, slices = 1 } })
shape("Failed: exit 3, timeout", timeline, { with(made { lanes = 2 }, { exit = { code = 3 } }),
	with(made { lanes = 2, seed = 2 }, { exit = { ending = "timeout" } }) })
shape("Two microseconds", timeline, { made { wall_ns = 2000, lock = "oven" } })
shape("Two hours", timeline, { made { wall_ns = 7200000000000, lock = "oven" } })
shape("A very short one beside a long one", timeline, { made { label = "short", wall_ns = 30000000 },
	made { label = "long", wall_ns = 2000000000 } })
shape("Names of 1 and of 60 characters", timeline, { made { label = ("Long "):rep(20), lock = ("kettle_lock_"):rep(5),
	name = function(i) return i % 2 == 0 and ("x"):rep(60) or string.char(96 + i) end } }, { finish = ("served "):rep(9) })
shape("Right to left, combining, wide, hostile names", timeline, { made { lanes = 6, lock = "תנור", spans = 2,
	name = function(i)
		return ({ "שולחן ערוך", "مطبخ", "café\u{301}\u{302}\u{303}", "厨师一号", "<b>&\"\0\27[1m", "👩‍🍳 chef" })[i]
	end } })
shape("Spans nested, marks", timeline, { made { lanes = 3, slices = 20, spans = 6, marks = 5 } })
shape("Hundreds of spans and marks", timeline, { made { lanes = 2, slices = 200, spans = 300, marks = 200 } })
local coroutines = made { lanes = 5, slices = 9, name = function(i) return i % 2 == 1 and "thread " .. i or "coroutine" .. i end }
coroutines.timeline.lanes[2].thread, coroutines.timeline.lanes[4].thread = 1, 3
shape("Coroutines", timeline, { coroutines })
shape("Processes of several lanes", timeline, { made { lanes = 8, pid = function(i) return i // 3 + 10 end } })
local folded = made { lanes = 2, slices = 4 }
for _, lane in ipairs(folded.timeline.lanes) do
	local slice = lane.slices[2]
	slice.count, slice.mix = 5000, { running = (slice.end_ns - slice.start_ns) // 4 * 3,
		["waiting-lock"] = (slice.end_ns - slice.start_ns) // 4 }
end
folded.timeline.left_out = { flows = 120, spans = 3 }
shape("Told in fewer pieces when it was recorded", timeline, { folded })
for _, count in ipairs { 16, 17, 40 } do
	shape(count .. " lanes", timeline, { made { lanes = count, slices = 30, lock = "chef" } })
end
local function guests(i)
	return i == 1 and "main" or i <= 75 and "guest " .. i - 1 or i <= 120 and "cook" or "waiter[" .. i .. "]"
end
shape("200 lanes", timeline, { made { lanes = 200, slices = 40, name = guests, lock = "chef" } })
shape("200 processes", timeline, { made { lanes = 200, slices = 10, pid = function(i) return i end } })
shape("90 lanes of 90 names", timeline, { made { lanes = 90, slices = 9, name = function(i)
	return string.char(97 + i % 26, 97 + i // 26, 97 + i * 7 % 26)
end } })
for _, count in ipairs { 100, 1000, 10000, 100000 } do
	shape(count .. " slices in 8 lanes", timeline, { made { lanes = 8, slices = count // 8, lock = "chef", holds = count } })
end
shape("10,000 slices in 32 lanes", timeline, { made { lanes = 32, slices = 312 } })

local failed, near = stored "roast-lost", stored "roast-threads"
near.label = "near"
local sweep, ovens = stored "sweep-pool".points, stored "sweep-ovens".points
shape("Bars", bars, roast, { baseline = "roast-serial" })
shape("Bars: a single run that failed, runs that overlap", bars, { stored "roast-threads", near, failed },
	{ baseline = "roast-threads" })
shape("Bars: 2 µs beside 2 hours, a name of 60 characters", bars, { made { label = ("x"):rep(60), wall_ns = 2000 },
	made { label = "long", wall_ns = 7200000000000 } })
shape("Machines", machines, { stored "roast-threads", made { label = "roast@pi", wall_ns = 1700000000 } },
	{ titles = { "this page's", "pi" } })
shape("Scaling", scaling, sweep)
shape("Scaling: two points", scaling, { sweep[1], sweep[2] })
shape("Scaling: what does not scale", scaling, ovens)
shape("Where the time went, by lane", states_figure, { stored "kitchen" })
shape("Where the time went, by cell", states_figure, roast, { by = "cell" })
shape("Where the time went, 200 lanes", states_figure, { made { lanes = 200, slices = 20, name = guests } })
local tossed = made { lanes = 1 }
tossed.outcomes = { { output = "beef\n", errors = "", exit = { code = 0 }, count = 83 },
	{ output = "chicken\n", errors = "", exit = { code = 0 }, count = 14 },
	{ output = "", errors = "burnt\n", exit = { signal = "SIGSEGV" }, count = 2 },
	{ output = ("a long menu, "):rep(30), errors = "", exit = { ending = "timeout" }, count = 1 } }
shape("Outcomes", outcomes, { tossed })

-- A listing in which one line ran, one waited for a lock and slept, and much was in a library.
local function listed(count, blind)
	local code = {}
	for i = 1, count do code[i] = ("\tstep_%d(oven); /* %s */"):format(i, ("and on "):rep(i % 7)) end
	local hot = made { lanes = 2, slices = 40 }
	hot.lines = blind and { own = {}, elsewhere = {}, on_cpu_why = "no samples could be taken", off_cpu_why = "no timeline" } or {
		period_ns = 1000000, samples = 55, unknown_samples = 2, lost = 0, cpu_ns = 60000000, unattributed_ns = 5000000,
		own = { { file = "posts/a.md", line = 12, samples = 40, on_cpu_ns = 40000000, off_cpu = {} },
			{ file = "posts/a.md", line = 14, samples = 0, on_cpu_ns = 0,
				off_cpu = { ["waiting-lock"] = 90000000, sleeping = 8000000 } } },
		elsewhere = { { module = "libc.so.6", ["function"] = "qsort", samples = 10, on_cpu_ns = 10000000, off_cpu = {} } },
		unplaced = { ["waiting-cpu"] = 2000000 } }
	return { hot }, {}, {
		code_of = function() return { code = table.concat(code, "\n"), line = 10, path = "posts/a.md", language = "c" } end,
		file_of = function() return nil end }
end
shape("Lines", lines, listed(8))
shape("Lines: 400 of them", lines, listed(400))
shape("Lines: nobody could look", lines, listed(8, true))
shape("Slider, without the script: small multiples", slider.of(timeline), sweep)
shape("Slider: two points", slider.of(timeline), { ovens[1], ovens[2] })
shape("Table", table_figure, { roast[1], roast[2], sweep[1] })
shape("Machine", machine, { roast[1], sweep[1] })

local function read_scheme(media)
	return style.css:match("@media %(" .. media .. "%) {%s*:root (%b{})")
end

local STYLE = [[
body { margin: 1rem; font: 16px/1.4 system-ui, sans-serif; background: #888; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.row { display: grid; grid-template-columns: 860px 320px 860px 320px; gap: 1px; align-items: start; width: max-content; }
.box { padding: 8px 0; color: var(--lp-ink); background: var(--lp-paper); font-size: 14px; overflow-wrap: anywhere; }
.box > * { margin: 0 8px; }
.light { color-scheme: light; }
.dark { color-scheme: dark; }
]]

local function box(item, index, place)
	local options = { id = string.format("g%d-%s-%s", index, place.scheme, place.width) }
	for key, value in pairs(item.options) do
		options[key] = value
	end
	local story = item.figure.story and item.figure.story(item.measurements, options, item.code)
	return string.format('<div class="box %s"><div class="drawing">%s</div>%s</div>', place.scheme,
		item.figure.draw(item.measurements, options, item.code), story and "<p>" .. svg.text(story) .. "</p>" or ""), options
end

local function write(path, content)
	local file = assert(io.open(path, "wb"))
	assert(file:write(content))
	assert(file:close())
end

local out = { '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Gallery of figures</title><style>\n', style.css,
	reader_style.css,
	".light ", style.css:match(":root (%b{})"), "\n.dark ", read_scheme "prefers%-color%-scheme: dark", "\n", STYLE,
	"</style></head><body>\n<h1>Every figure in every shape</h1>\n" }
for index, item in ipairs(shapes) do
	out[#out + 1] = string.format('<section id="s%d"><h2>%d. %s</h2>\n<div class="row">', index, index, svg.text(item.title))
	for _, scheme in ipairs { "light", "dark" } do
		for _, width in ipairs { "wide", "narrow" } do
			out[#out + 1] = box(item, index, { scheme = scheme, width = width })
		end
	end
	local words = item.figure.draw(item.measurements, item.options, item.code):match "<desc[^>]*>(.-)</desc>"
	local data = item.figure.table and item.figure.table(item.measurements, item.options, item.code)
	out[#out + 1] = string.format('</div><p>%s</p>%s</section>\n', words or "",
		data and "<details><summary>Data</summary>" .. data .. "</details>" or "")
end
out[#out + 1] = "</body></html>\n"
local page = table.concat(out)
write(folder .. "/index.html", page)
print(string.format("  GALLERY %s/index.html: %d shapes, %d bytes", folder, #shapes, #page))
