-- What a program printed against what it was to print.

local output_match = require "cell.output_match"
local tap = require "tap"

local function matches(wanted, output)
	return output_match.miss({ wanted }, output) == nil
end

tap.test("a literal is the whole output, but for the ends of lines at its end", function()
	assert(matches({ is = "42" }, "42\n"))
	assert(matches({ is = "a\nb\n" }, "a\nb"))
	assert(matches({ is = "" }, "\n\n"))
	assert(not matches({ is = "42" }, "42 "))
	assert(not matches({ is = "42" }, "\n42"))
	assert(not matches({ is = "4" }, "42"))
end)

tap.test("a pattern's … stands for anything in a line, {number} for a number, a line of … for any lines", function()
	assert(matches({ pattern = "took ... ms" }, "took 17.5 ms\n"))
	assert(matches({ pattern = "took {number} ms" }, "took -17.5e3 ms"))
	assert(matches({ pattern = "took {number}ms" }, "took 17ms"))
	assert(not matches({ pattern = "took {number} ms" }, "took 17. ms"))
	assert(not matches({ pattern = "took {number} ms" }, "took long ms"))
	assert(not matches({ pattern = "took ... ms" }, "took 1\n2 ms"))
	assert(matches({ pattern = "first\n...\nlast" }, "first\nlast\n"))
	assert(matches({ pattern = "first\n...\nlast" }, "first\na\nlast\nlast\n"))
	assert(not matches({ pattern = "first\n...\nlast" }, "first\nlast\nmore"))
	assert(matches({ pattern = "..." }, ""))
	assert(not matches({ pattern = "{number}{number}" }, "12"), "a number is taken whole")
	assert(matches({ pattern = "a...b...c" }, "aXbYbZc"))
	assert(not matches({ pattern = "%d+" }, "12"), "nothing else is special")
end)

tap.test("lines in any order, each as often as it is named", function()
	assert(matches({ lines = { "a", "b", "a" } }, "b\na\na\n"))
	assert(not matches({ lines = { "a", "b" } }, "b\na\na\n"))
	local words, difference = output_match.miss({ { lines = { "a", "b" } } }, "b\nc\nc\n")
	tap.same(words, "other lines")
	tap.same(difference, "- a\n+ c\n+ c")
end)

tap.test("several ways in one all have to hold, of a list one is enough", function()
	assert(matches({ contains = "b", pattern = "a...c" }, "abc"))
	assert(not matches({ contains = "x", pattern = "a...c" }, "abc"))
	tap.same(output_match.miss({ { is = "heads" }, { is = "tails" } }, "tails\n"), nil)
	assert(output_match.miss({ { is = "heads" }, { is = "tails" } }, "edge\n"))
end)

tap.test("a difference shows what changed with a line around it, and says where it goes on", function()
	local wanted, came = {}, {}
	for i = 1, 30 do wanted[i], came[i] = "line " .. i, "line " .. i end
	came[15] = "line fifteen"
	local words, difference = output_match.miss({ { is = table.concat(wanted, "\n") } }, table.concat(came, "\n"))
	tap.same(words, "something else")
	tap.same(difference, "  line 14\n- line 15\n+ line fifteen\n  line 16")
	came[3] = "line three"
	words, difference = output_match.miss({ { is = table.concat(wanted, "\n") } }, table.concat(came, "\n"))
	tap.same(difference, "  line 2\n- line 3\n+ line three\n  line 4\n  …\n  line 14\n- line 15\n+ line fifteen\n  line 16")
	tap.same(words, "something else")
	for i = 1, 30 do came[i] = "x" end
	words, difference = output_match.miss({ { is = table.concat(wanted, "\n") } }, table.concat(came, "\n"))
	assert(words and difference:match("and 48 more lines that differ$"), difference)
end)

tap.test("the difference to a pattern leaves out what `...` stands for", function()
	local _, difference = output_match.miss({ { pattern = "one\n...\nthree\n...\nfive" } }, "one\na\nb\nthree\nc\nsix\n")
	tap.same(difference, "  three\n- five\n+ c\n+ six")
end)

tap.test("very long outputs and lines take no time that grows faster than they do", function()
	local long = ("a"):rep(20000)
	assert(not matches({ pattern = "...a...a...a...b" }, long))
	assert(not matches({ is = ("line\n"):rep(100000) }, ("line\n"):rep(99999) .. "end\n"))
	local _, difference = output_match.miss({ { is = "b" } }, long)
	assert(#difference < 400, #difference)
end)

tap.test("bytes that are no text are compared as they are shown", function()
	assert(matches({ is = "a\u{FFFD}b" }, "a\xFFb\n"))
end)

tap.done()
