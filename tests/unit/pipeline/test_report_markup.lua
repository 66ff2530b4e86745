-- How reports of sanitizers and refusals of compilers stand in a page.

local report_markup = require "page.report_markup"
local tap = require "tap"

local function place(path, line)
	if path == "posts/a.md" then return ("line %d"):format(line - 10), ("#x-line-%d"):format(line - 10) end
	return ("%s, line %d"):format(path, line)
end

local function measured(trial)
	return { label = "x", sanitizers = { trial } }
end

tap.test("a race: what raced, how often it was seen, and links to both sides", function()
	tap.same(report_markup.of(measured { sanitizer = "thread", runs = 4, reported = 1, reports = { {
		word = "race", text = "data race on `counter`", sides = {
			{ does = "write of 4 bytes", ["in"] = "add", thread = "cook", path = "posts/a.md", line = 14 },
			{ does = "read of 4 bytes", ["in"] = "main", path = "examples/k.h", line = 3, column = 9 },
		} } } }, place), '<div class="report"><p><strong>ThreadSanitizer: data race</strong> on <code>counter</code>, '
		.. '<span class="seen">in 1 of 4 runs beside those that are timed</span></p>\n<ul>\n'
		.. '<li>write of 4 bytes in <code>add</code>, in the thread of <code>cook</code>: <a href="#x-line-4">line 4</a></li>\n'
		.. '<li>read of 4 bytes in <code>main</code>: examples/k.h, line 3</li>\n</ul>\n</div>\n')
end)

tap.test("undefined behaviour names its line alone", function()
	tap.same(report_markup.of(measured { sanitizer = "undefined", runs = 1, reported = 1, reports = { { word = "undefined",
		text = "shift exponent 41 is too large", sides = { { does = "is here", path = "posts/a.md", line = 12, column = 3 } } } } }, place),
		'<div class="report"><p><strong>UndefinedBehaviorSanitizer: undefined behaviour</strong>: shift exponent 41 is too large, '
		.. '<span class="seen">in a run beside those that are timed</span></p>\n<ul>\n<li><a href="#x-line-2">line 2</a></li>\n</ul>\n</div>\n')
end)

tap.test("what a compiler says of a cell that is not to compile", function()
	tap.same(report_markup.of({ label = "x", refused = { { path = "posts/a.md", line = 15, column = 9, message = "‘a’ undeclared", details = "return a;\n       ^" },
		{ path = "posts/a.md", line = 16, message = "no", details = "" } } }, place),
		'<div class="report"><p><strong>Does not compile</strong>, as it should:</p>\n<p><a href="#x-line-5">line 5</a>: ‘a’ undeclared</p>\n'
		.. '<pre tabindex="0"><samp>return a;\n       ^</samp></pre>\n<p><a href="#x-line-6">line 6</a>: no</p>\n</div>\n')
end)

tap.test("points of a sweep are named; nothing reported is nothing shown", function()
	local trial = { sanitizer = "address", runs = 1, reported = 1, reports = { { word = "leak", text = "leak of 8 bytes", sides = {} } } }
	local markup = report_markup.of({ label = "x", sweep = { "n" }, points = {
		{ label = "x", at = { n = 1 } }, { label = "x", at = { n = 2 }, sanitizers = { trial } } } }, place)
	tap.holds(markup, "<strong>AddressSanitizer: leak</strong> (n = 2): leak of 8 bytes")
	local _, reports = markup:gsub("<div", "")
	tap.same(reports, 1)
	tap.same(report_markup.of({ label = "x" }, place), "")
	tap.same(report_markup.of(nil, place), "")
end)

tap.test("no name in a program becomes markup", function()
	local evil = '<img src=x onerror="1">`</code><script>'
	local markup = report_markup.of(measured { sanitizer = "thread", runs = 1, reported = 1, reports = { { word = "race",
		text = evil, sides = { { does = evil, ["in"] = evil, thread = evil, path = evil, line = 1 } } } } },
		function(path) return path, '#"><script>' end)
	assert(not markup:find("<img", 1, true) and not markup:find("<script", 1, true), markup)
	markup = report_markup.of({ label = "x", refused = { { path = "p", line = 1, message = evil, details = evil } } }, place)
	assert(not markup:find("<img", 1, true) and not markup:find("<script", 1, true), markup)
end)

tap.test("every line that is named can be linked to", function()
	local lines = {}
	report_markup.each_line(measured { sanitizer = "thread", runs = 1, reported = 1, reports = { { word = "race", text = "",
		sides = { { does = "", path = "a", line = 3 }, { does = "", path = "b", line = 5 } } } } }, function(path, line)
		lines[#lines + 1] = path .. line
	end)
	tap.same(table.concat(lines, " "), "a3 b5")
end)

tap.done()
