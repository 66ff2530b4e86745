-- Places in code that has moved since it was measured.
local places = require "measurement.places"
local tap = require "tap"

local BEFORE = { { path = "posts/a.md", line = 5, count = 2 }, { path = "posts/a.md", line = 20, count = 10 },
	{ path = "examples/x.c", line = 1, count = 3 } }
local NOW = { { path = "posts/b.md", line = 7, count = 2 }, { path = "posts/b.md", line = 40, count = 10 },
	{ path = "examples/x.c", line = 1, count = 3 } }

local function measurement(errors)
	return {
		errors = errors, outcomes = { { errors = errors } },
		timeline = { lanes = { { slices = { { where = "posts/a.md:6" }, { where = "posts/a.md:29" }, { where = "posts/a.md:30" },
			{ where = "examples/x.c:2" }, { where = "libc's sleep" } } } } },
		lines = { own = { { file = "posts/a.md", line = 20 } } },
	}
end

tap.test("each piece moves on its own, and what lies outside of all stays", function()
	local moved = measurement("")
	places.move(moved, BEFORE, NOW)
	local said = {}
	for i, slice in ipairs(moved.timeline.lanes[1].slices) do said[i] = slice.where end
	tap.same(said, { "posts/b.md:8", "posts/b.md:49", "posts/a.md:30", "examples/x.c:2", "libc's sleep" })
	tap.same(moved.lines.own, { { file = "posts/b.md", line = 40 } })
end)

tap.test("what a program said of its lines moves in the same way, in the form of each language", function()
	local said = "posts/a.md:6: main\n  File \"posts/a.md\", line 20, in f\nposts/a.md: 21: salt\nposts/a.md: line 5: x\n"
		.. "posts/a.md:31 posts/axmd:6 posts/a.md\n"
	local wanted = "posts/b.md:8: main\n  File \"posts/b.md\", line 40, in f\nposts/b.md: 41: salt\nposts/b.md: line 7: x\n"
		.. "posts/a.md:31 posts/axmd:6 posts/a.md\n"
	local moved = measurement(said)
	places.move(moved, BEFORE, NOW)
	tap.same(moved.errors, wanted)
	tap.same(moved.outcomes[1].errors, wanted)
end)

tap.test("a line that is moved onto another's old place is moved once", function()
	local moved = measurement("posts/a.md:5 posts/a.md:6")
	places.move(moved, { { path = "posts/a.md", line = 5, count = 1 }, { path = "posts/a.md", line = 6, count = 1 } },
		{ { path = "posts/a.md", line = 6, count = 1 }, { path = "posts/a.md", line = 5, count = 1 } })
	tap.same(moved.errors, "posts/a.md:6 posts/a.md:5")
end)

tap.test("lists that do not fit, and those that are the same, change nothing", function()
	for _, now in ipairs { {}, BEFORE, { BEFORE[1], BEFORE[2] } } do
		local moved = measurement("posts/a.md:6")
		places.move(moved, BEFORE, now)
		tap.same(moved, measurement("posts/a.md:6"))
	end
end)

tap.test("the pieces of a cell: headers, what it depends on, its own", function()
	tap.same(places.pieces { code = "a\nb\n", code_path = "posts/a.md", code_line = 9, pieces = { { code = "x", path = "p", line = 3 } },
		headers = { { code = "", path = "h", line = 1 } } },
		{ { path = "h", line = 1, count = 1 }, { path = "p", line = 3, count = 1 }, { path = "posts/a.md", line = 9, count = 3 } })
end)

tap.done()
