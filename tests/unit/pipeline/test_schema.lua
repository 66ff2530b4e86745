-- YAML nodes typed by declared fields, from real YAML.
local tap = require "tap"
local post = require "livepost.post"
local schema = require "base.schema"

local FIELDS = {
	label = { type = "string" },
	echo = { type = "boolean" },
	runs = { type = "integer", min = 1, max = 1000 },
	timeout = { type = "duration", min = 1000000, max = 3600 * 1000000000 },
	claim = { type = "strings" },
	tags = { type = "list" },
	output = { type = "choice", choices = { true, false, "asis" } },
	date = { type = "date" },
	extra = { type = "map" },
	sweep = { type = "lists" },
	permalink = { type = "string" },
	memory = { type = "size", min = 16 << 20, max = 1 << 40 },
	env = { type = "named" },
	stdin = { type = "text_or_file" },
}

local function read(yaml, open)
	local errors = {}
	local parts = assert(post.split("---\n" .. yaml .. "\n---\n"))
	local values = schema.read(parts.front, { fields = FIELDS, open = open, what = "option" },
		function(line, column, message)
			errors[#errors + 1] = ("%d:%d: %s"):format(line, column, message)
		end)
	return values, errors
end

local function accepts(yaml, wanted, open)
	local values, errors = read(yaml, open)
	tap.same(errors, {}, yaml)
	tap.same(values, wanted, yaml)
end

local function refuses(yaml, message, open)
	local values, errors = read(yaml, open)
	tap.same(#errors, 1, yaml .. " " .. table.concat(errors, " / "))
	tap.holds(errors[1], message)
	tap.same(values, {}, yaml)
end

tap.test("nothing at all is no value and no error", function()
	tap.same(schema.read(nil, { fields = FIELDS, what = "option" }, error), {})
end)

tap.test("a string is text whatever it looks like", function()
	accepts("label: roast", { label = "roast" })
	accepts("label: 12:30", { label = "12:30" })
	accepts("label: yes", { label = "yes" })
	accepts('label: ""', { label = "" })
	refuses("label: [a]", "2:8: `label` takes text: found a list")
end)

tap.test("booleans have four words", function()
	accepts("echo: true", { echo = true })
	accepts("echo: false", { echo = false })
	accepts("echo: yes", { echo = true })
	accepts("echo: No", { echo = false })
	refuses("echo: maybe", "2:7: `echo` takes `true` or `false`: found `maybe`")
	refuses('echo: "true"', "without quotes")
	refuses("echo:", "2:6: `echo` takes `true` or `false`: it has no value")
	refuses("echo: {a: 1}", "found a map")
end)

tap.test("whole numbers have bounds", function()
	accepts("runs: 5", { runs = 5 })
	accepts("runs: +1000", { runs = 1000 })
	accepts("runs: 007", { runs = 7 })
	refuses("runs: 0", "2:7: `runs` takes at least 1: found `0`")
	refuses("runs: 1001", "at most 1000")
	refuses("runs: 5.0", "a whole number")
	refuses("runs: five", "a whole number: found `five`")
	refuses("runs: 0x10", "a whole number")
	refuses("runs: 99999999999999999999999", "a whole number, of fewer digits")
	refuses('runs: "5"', "without quotes")
end)

tap.test("durations have a unit and come as whole nanoseconds", function()
	for text, ns in pairs {
		["5s"] = 5000000000, ["300 ms"] = 300000000, ["2m"] = 120000000000, ["0.5s"] = 500000000,
		["1.5 s"] = 1500000000, ["1000us"] = 1000000, ["1000000 ns"] = 1000000, ["1h"] = 3600000000000,
		["2 min"] = 120000000000, ["1000µs"] = 1000000, ["0.1s"] = 100000000, ["2.01s"] = 2010000000, ["4.35s"] = 4350000000, ["1.001 ms"] = 1001000,
	} do
		local values, errors = read("timeout: " .. text)
		tap.same(errors, {}, text)
		tap.same(values.timeout, ns, text)
		tap.same(math.type(values.timeout), "integer", text)
	end
	refuses("timeout: 5", "2:10: `timeout` takes a duration such as `5s` or `300 ms`, with its unit: found `5`")
	refuses("timeout: soon", "a duration such as")
	refuses("timeout: 5 sec", "in `ns`, `us`, `ms`, `s`, `m` or `h`")
	refuses("timeout: -5s", "a duration")
	refuses("timeout: 1us", "at least 1 ms")
	refuses("timeout: 2h", "at most 1 h")
	refuses("timeout: " .. ("9"):rep(400) .. "h", "a hundred days")
	refuses("timeout: [5s]", "found a list")
	tap.same(schema.duration("500ms"), 500000000)
	tap.same(schema.duration("500"), nil)
	tap.same(schema.duration(""), nil)
end)

tap.test("a claim is one or a list of them", function()
	accepts("claim: wall('a') < wall('b')", { claim = { "wall('a') < wall('b')" } })
	accepts("claim:\n  - a < b\n  - b < c", { claim = { "a < b", "b < c" } })
	accepts("claim: []", { claim = {} })
	refuses("claim:\n  - a\n  - [b]", "4:5: `claim` takes a list of texts: found a list")
	refuses("claim:\n  - a\n  -", "with something behind every `-`: it has no value")
	refuses("claim: {a: b}", "a text or a list of texts: found a map")
end)

tap.test("tags are a list or words", function()
	accepts("tags: c  threads", { tags = { "c", "threads" } })
	accepts("tags: [c, two words]", { tags = { "c", "two words" } })
end)

tap.test("a choice is one of its words", function()
	accepts("output: asis", { output = "asis" })
	accepts("output: yes", { output = true })
	accepts("output: false", { output = false })
	refuses("output: html", "2:9: `output` takes one of `true`, `false`, `asis`: found `html`")
end)

tap.test("a date is read, and its error handed on", function()
	tap.same(read("date: 2021-03-10 20:58:00 +0100").date.epoch, 1615406280)
	refuses("date: 2021-02-30", "2:7: `date` takes a date, February 2021 has no day 30")
end)

tap.test("a map holds plain values", function()
	accepts("extra:\n  a: 1\n  b: [true, '1', 1.5, ~]\n  c: {d: no, e: 0, f: 007}",
		{ extra = { a = 1, b = { true, "1", "1.5" }, c = { d = "no", e = 0, f = "007" } } })
	accepts("extra: {a: 999999999999999, b: 99999999999999999999}",
		{ extra = { a = 999999999999999, b = "99999999999999999999" } })
	refuses("extra: 1", "a map of `key: value` lines")
end)

tap.test("an unknown option offers the nearest, or all there are", function()
	refuses("timout: 5s", "2:1: unknown option `timout`: did you mean `timeout`?")
	refuses("  Label: x", "2:3: unknown option `Label`: did you mean `label`?")
	refuses("TIMEOUT: 5s", "did you mean `timeout`?")
	refuses("parmalonks: x", "did you mean `permalink`?")
	refuses("tmieout: 5s", "did you mean `timeout`?")
	refuses("colour: red", "unknown option `colour`: none is called nearly so: livepost(5) has all options")
	refuses(("x"):rep(900) .. ": 1", "none is called nearly so")
end)

tap.test("open: unknown keys pass, slips do not", function()
	accepts("author: Ada\nhero: {image: a.png}", { author = "Ada", hero = { image = "a.png" } }, true)
	refuses("tag: x", "2:1: unknown option `tag`: did you mean `tags`?", true)
	refuses("timeuot: 5s", "did you mean `timeout`?", true)
	refuses("Date: 2021-03-10", "did you mean `date`?", true)
	accepts("parmalonks: x", { parmalonks = "x" }, true)
	accepts("able: 1\nextrasize: 2", { able = 1, extrasize = 2 }, true)
	accepts("label:\ntags: ~\nother:", {}, true)
end)

tap.test("all errors are reported, each in its place, and what is right is kept", function()
	local values, errors = read("timout: 5s\nruns: x\nlabel: a\necho: 3")
	tap.same(values, { label = "a" })
	tap.same(#errors, 3)
	tap.holds(errors[1], "2:1: ")
	tap.holds(errors[2], "3:7: ")
	tap.holds(errors[3], "5:7: ")
end)

tap.test("options that are no map are an error where they stand", function()
	refuses("timeout 5s", "2:1: found `timeout 5s` where options are expected: write each as `key: value`")
	refuses("- a", "2:1: found a list where options are expected")
end)

tap.test("a long value is shown in part, in whole characters", function()
	local _, errors = read("runs: " .. ("é"):rep(500))
	tap.holds(errors[1], "found `" .. ("é"):rep(39) .. "…`")
end)

tap.test("lists by key keep their order, their types, their words and their places", function()
	accepts("sweep:\n  threads: [1, -2, 0.5, 1e2, 010, '4', \"int x\", true, 12345678901234567890]\n  a: [b]", { sweep = {
		{ name = "threads", line = 3, column = 3, values = {
			{ value = 1, text = "1", line = 3, column = 13 }, { value = -2, text = "-2", line = 3, column = 16 },
			{ value = 0.5, text = "0.5", line = 3, column = 20 }, { value = 100.0, text = "1e2", line = 3, column = 25 },
			{ value = "010", text = "010", line = 3, column = 30 }, { value = "4", text = "4", line = 3, column = 35 },
			{ value = "int x", text = "int x", line = 3, column = 40 }, { value = "true", text = "true", line = 3, column = 49 },
			{ value = "12345678901234567890", text = "12345678901234567890", line = 3, column = 55 } } },
		{ name = "a", line = 4, column = 3, values = { { value = "b", text = "b", line = 4, column = 7 } } },
	} })
	accepts("sweep: {}", { sweep = {} })
	refuses("sweep: [1]", "2:8: `sweep` takes a map of `name: [values]`: found a list")
	refuses("sweep: { a: 1 }", "2:13: `sweep` takes a list of values behind every name: found `1`")
	refuses("sweep: { a: [{b: 1}] }", "2:14: `sweep` takes a list of numbers and texts behind every name: found a map")
	refuses("sweep: { a: [1, ] , b: [~] }", "`sweep` takes a list of numbers and texts behind every name: it has no value")
	refuses("sweep: { a: [-1e999] }", "2:14: `sweep` takes numbers that a computer can hold: found `-1e999`")
end)

tap.test("sizes", function()
	accepts("memory: 64 MB", { memory = 64000000 })
	accepts("memory: 1.5GiB", { memory = 3 << 29 })
	accepts("memory: 16 MiB", { memory = 16 << 20 })
	accepts("memory: 1024GiB", { memory = 1 << 40 })
	refuses("memory: 64", "2:9: `memory` takes a size such as `64 MB` or `1 GiB`, with its unit: found `64`")
	refuses("memory: 64 mb", "in `B`, `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`: found `64 mb`")
	refuses("memory: 15 MiB", "2:9: `memory` takes at least 16 MiB: found `15 MiB`")
	refuses("memory: 1025 GiB", "2:9: `memory` takes at most 1024 GiB: found `1025 GiB`")
	refuses("memory: 99999999999999999999999 GiB", "at most 1024 GiB")
	refuses("memory: [1]", "found a list")
end)

tap.test("named texts keep their order and their places", function()
	accepts("env: { B: 2, A: , C: 'x=y' }", { env = { { name = "B", text = "2", line = 2, column = 8 },
		{ name = "A", line = 2, column = 14 }, { name = "C", text = "x=y", line = 2, column = 19 } } })
	accepts("env: [B=2=3, A, C=]", { env = { { name = "B", text = "2=3", line = 2, column = 7 }, { name = "A", line = 2, column = 14 },
		{ name = "C", text = "", line = 2, column = 17 } } })
	accepts("env: A=1", { env = { { name = "A", text = "1", line = 2, column = 6 } } })
	refuses("env: { A: [1] }", "2:11: `env` takes a map of `NAME: text`, or a list of `NAME=text`: found a list")
	refuses("env: [A=1, A=2]", "2:12: `env` takes a map of `NAME: text`, or a list of `NAME=text`, each name once: found `A=2`")
	refuses("env: [~]", "it has no value")
end)

tap.test("a text or the file that has it", function()
	accepts("stdin: ''", { stdin = { text = "" } })
	accepts("stdin: |\n  a\n  b", { stdin = { text = "a\nb\n" } })
	accepts("stdin: { file: a b }", { stdin = { file = "a b", line = 2, column = 16 } })
	refuses("stdin: { path: a }", "2:16: `stdin` takes text, or `{ file: path }`: found `a`")
	refuses("stdin: { file: a, b: c }", "2:8: `stdin` takes text, or `{ file: path }`: found a map")
	refuses("stdin: { file: }", "it has no value")
end)

tap.test("values of Lua as the nodes that YAML would have given", function()
	local function typed(value)
		local errors = {}
		local values = schema.read(schema.node(value), { fields = FIELDS, what = "option" }, function(_, _, message) errors[#errors + 1] = message end)
		return values, errors
	end
	local values, errors = typed { runs = 3, echo = false, timeout = "5s", env = { A = 1.5, B = "x" }, tags = { "a", "b" } }
	tap.same(errors, {})
	tap.same(values, { runs = 3, echo = false, timeout = 5000000000, env = { { name = "A", text = "1.5" }, { name = "B", text = "x" } },
		tags = { "a", "b" } })
	values, errors = typed { runs = 1.5, echo = "maybe" }
	tap.same(values, {})
	tap.same(#errors, 2)
	tap.same({ schema.node(print), schema.node { print }, schema.node { [true] = 1 }, schema.node { a = { print } } }, {})
end)

tap.done()
