-- The template compiler: what it writes, and that every mistake is told with its template, line, column and remedy.

local tap = require "tap"
local problem = require "base.problem"
local template = require "page.template"

-- An engine over templates given as a table by name, and how often each was read.
local function engine_of(files)
	local reads = {}
	return template.new(function(name)
		reads[name] = (reads[name] or 0) + 1
		return files[name], "No such file or directory"
	end), reads
end

local function render(files, variables)
	if type(files) == "string" then files = { ["page.html"] = files } end
	return (engine_of(files):render("page.html", variables or {}))
end

-- The message that rendering ends with.
local function told(files, variables)
	local done, err = pcall(render, files, variables)
	if done then error("rendered without a problem: " .. err, 2) end
	if not problem.is(err) then error("no problem but: " .. tostring(err), 2) end
	return tostring(err)
end

tap.test("a value is escaped, a raw one is not", function()
	tap.same(render("{{ x }}|{{x | raw}}", { x = [[<a href="x">'&'</a>]] }),
		[[&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;|<a href="x">'&'</a>]])
end)

tap.test("numbers are written, expressions are Lua", function()
	tap.same(render("{{ 1 + 2 }} {{ ('ab'):upper() }} {{ #list }} {{ missing or 'none' }} {{ math.max(1, 2.5) }}",
		{ list = { 1, 2 } }), "3 AB 2 none 2.5")
end)

tap.test("braces, quotes and brackets inside an expression do not close the tag", function()
	tap.same(render([==[{{ "}}" }} {{ ({ a = { 1 } }).a[1] }} {{ '%}' }} {{ "\"}}" }} {{ [[}}]] }} {{ "{{" }}]==]),
		"}} 1 %} &quot;}} }} {{")
end)

tap.test("text stays as it is, with its odd bytes", function()
	local odd = "a\r\n\t\\n \0 \"quoted\" [[x]] é % { } {x} \226\128\168 }}"
	tap.same(render(odd), odd)
	tap.same(render(""), "")
end)

tap.test("if, elseif and else choose one branch", function()
	local choose = "{% if x == 1 %}one{% elseif x == 2 %}two{% elseif x %}more{% else %}none{% end %}"
	tap.same(render(choose, { x = 1 }) .. render(choose, { x = 2 }) .. render(choose, { x = 3 }) .. render(choose),
		"onetwomorenone")
end)

tap.test("for walks lists, with an index, iterators, and pairs in the order of keys", function()
	tap.same(render("{% for x in list %}{{ x }};{% end %}", { list = { "a", "b" } }), "a;b;")
	tap.same(render("{% for i, x in list %}{{ i }}{{ x }};{% end %}", { list = { "a", "b" } }), "1a;2b;")
	tap.same(render("{% for k, v in pairs(t) %}{{ k }}{{ v }};{% end %}", { t = { b = 2, a = 1, [3] = 0, [1] = 9 } }),
		"19;30;a1;b2;")
	tap.same(render("{% for x in list %}never{% end %}", { list = {} }), "")
	tap.same(render("{% for word in ('a b'):gmatch('%a') %}{{ word }}{% end %}"), "ab")
end)

tap.test("the name of a loop ends with it and hides an outer one", function()
	tap.same(render("{{ x }} {% for x in list %}{{ x }}({% for x in list %}{{ x }}{% end %}){{ x }} {% end %}{{ x }}",
		{ x = "o", list = { 1, 2 } }), "o 1(12)1 2(12)2 o")
end)

tap.test("a line that holds one tag leaves no line", function()
	tap.same(render("a\n  {% if true %}\n  b\n\t{# a\n comment #}  \n{% end %}\r\nc {% if true %} d{% end %}\n{% if true %}\n{% end %}"),
		"a\n  b\nc  d\n")
end)

tap.test("blocks are replaced by a template that extends, at any depth", function()
	tap.same(render({
		["base.html"] = "<{% block head %}base{% block inner %}i{% end %}{% end %}|{% block main %}m{% end %}>",
		["middle.html"] = "{% extends 'base.html' %}\n{# kept: head #}\n{% block main %}middle {% block new %}n{% end %}{% end %}\n",
		["page.html"] = "{% extends \"middle.html\" %}{% block new %}{{ x }}{% end %}{% block inner %}I{% end %}",
	}, { x = "&" }), "<baseI|middle &amp;>")
end)

tap.test("an included template sees the variables and the loop around it, and has blocks of its own", function()
	tap.same(render({
		["page.html"] = "{% block b %}page{% end %}{% for x in list %}{% include 'part.html' %}{% end %}{% include 'late.html' %}",
		["part.html"] = "[{{ x }}{{ y }}{% block b %}part{% end %}]",
		["late.html"] = "{% extends 'part.html' %}{% block b %}late{% end %}",
	}, { list = { 1, 2 }, x = 0, y = "y" }), "page[1ypart][2ypart][0ylate]")
end)

tap.test("dates are written in English", function()
	tap.same(render("{{ date(d) }}|{{ date(d, '%A %a %d %b %B %m %Y %H:%M %%') }}|{{ date('2000-02-29', '%A') }}",
		{ d = "2021-03-04T09:05:00Z" }), "4 March 2021|Thursday Thu 04 Mar March 03 2021 09:05 %|Tuesday")
	tap.holds(told "{{ date('soon') }}", "templates/page.html:1:1: date('soon'): date: 'soon' is not a date")
	tap.holds(told "{{ date('2021-13-01') }}", "is not a date")
	tap.holds(told "{{ date('2021-01-01', '%Q') }}", "there is no %Q")
end)

tap.test("nothing but text and numbers is written", function()
	local post = { date = { iso = "2021", text = "then" } }
	tap.same(told("\n  {{ post.titel }}", { post = post }), "templates/page.html:2:3: post.titel is nil: it is misspelt or not "
		.. 'set for this page; where it may be missing write {{ post.titel or "" }}')
	tap.same(told("{{ post.titel | raw }}", { post = post }):match("^%S+ %S+ is nil"), "templates/page.html:1:1: post.titel is nil")
	tap.holds(told("{{ post.date }}", { post = post }), "is a table, which cannot be written: name one of its fields (iso, text)")
	tap.holds(told "{{ true }}", "true is a boolean")
	tap.holds(told "{{ tostring }}", "is a function")
end)

tap.test("a variable that does not exist is named", function()
	tap.same(told("{{ psot.title }}", { post = {}, site = {} }),
		"templates/page.html:1:1: psot.title: there is no variable 'psot': the variables are post, site")
	tap.holds(told "{% for x in posts %}{% end %}", "posts is nil, not a list: where it may be missing write {% for … in posts or {} %}")
	tap.holds(told("{% for x in n %}{% end %}", { n = 3 }), "n is a number, not a list")
end)

tap.test("templates reach no files, processes or code", function()
	for _, name in ipairs { "io", "os", "require", "load", "loadfile", "dofile", "debug", "package", "setmetatable", "_G",
		"getmetatable", "rawset", "collectgarbage", "print", "string.dump", "table.insert", "table.sort" } do
		tap.same(render("{{ type(" .. name .. ") }}"), "nil", name)
	end
	local site = { title = "t" }
	render("{% if (function() site2 = 1; string = nil; return true end)() %}{% end %}", { site = site })
	tap.same(render("{{ type(string) }}{{ type(site2) }}"), "tablenil")
	tap.holds(told "{{ __lp.engine }}", "names with __lp in them belong to livepost")
end)

tap.test("what is not one expression is refused", function()
	for code, why in pairs {
		["a b"] = "a b is not a Lua expression: <eof> expected near 'b'",
		["a +"] = "unexpected symbol near <eof>",
		["a, b"] = "a, b is not one Lua expression",
		["a;"] = "not one Lua expression",
		["..."] = "not one Lua expression",
		["x) or (y"] = "not a Lua expression",
		["x end, function() return y"] = "not a Lua expression",
		[""] = "there is no expression",
		["-- x"] = "not one Lua expression",
		["x | safe"] = "there is no filter 'safe': | raw is the only one",
	} do
		tap.holds(told("{{ " .. code .. " }}"), why)
	end
	tap.same(render("{{ x -- a comment\n }}", { x = 1 }), "1")
	tap.holds(told "{% if x = 1 %}{% end %}", "<eof> expected near '='")
end)

tap.test("tags that do not fit together are told with what to do", function()
	for source, message in pairs {
		["a\n b {{ x"] = "templates/page.html:2:4: a {{ is opened here, and it is not closed: close it with }}",
		["{% if x"] = "a {% is opened here",
		["{# x"] = "a {# is opened here, and it is not closed: close it with #}",
		["{{ 'x }}"] = "a ' in it is not closed on its line",
		["{{ [[x }}"] = "a [[ in it is not closed",
		["\n{% if x %}\n{% for y in z %}{% end %}"] = "templates/page.html:2:1: this if is not closed: write {% end %} where it ends",
		["x {% end %}"] = "templates/page.html:1:3: an end that closes nothing",
		["{% endif %}"] = "there is no tag 'endif': write {% end %}",
		["{% elif x %}"] = "there is no tag 'elif': write {% elseif %}",
		["{% set x = 1 %}"] = "there is no tag 'set': the tags are if, elseif,",
		["{% %}"] = "there is no tag ''",
		["{% else %}"] = "an else without an if before it",
		["{% elseif x %}"] = "an elseif without an if before it",
		["{% for x in y %}{% else %}{% end %}"] = "an else without an if",
		["{% if x %}{% else %}{% elseif y %}{% end %}"] = "an elseif without an if",
		["{% if x %}{% else if y %}{% end %}"] = "there is no tag 'else if': write {% elseif … %}",
		["{% if x %}{% end if %}"] = "'if' stands behind an end",
		["{% if x %}{% else x %}{% end %}"] = "'x' stands behind an else",
		["{% for x of y %}{% end %}"] = "cannot read 'for x of y': write {% for x in list %}",
		["{% for a, b, c in y %}{% end %}"] = "cannot read 'for a, b, c in y'",
		["{% for end in y %}{% end %}"] = "'end' cannot be the name of a variable",
		["{% block %}{% end %}"] = "'' cannot be the name of a block",
		["{% block a %}{% end %}\n{% block a %}{% end %}"] = "templates/page.html:2:1: there is a block 'a' in line 1 already",
		["{% include part %}"] = "cannot read 'include part': write {% include \"name.html\" %}",
	} do
		tap.holds(told(source), message)
	end
end)

tap.test("a missing template is told where it is asked for", function()
	tap.same(told({}), "templates/page.html: cannot read the template 'page.html': No such file or directory")
	tap.same(told "\n{% include 'x.html' %}",
		"templates/page.html:2:1: cannot read the template 'x.html': No such file or directory")
	tap.holds(told "{% extends '../secret' %}", "'../secret' cannot be the name of a template")
	tap.holds(told "{% include '/etc/passwd' %}", "cannot be the name of a template")
end)

tap.test("templates that need each other are refused", function()
	tap.same(told { ["page.html"] = "{% include 'a.html' %}", ["a.html"] = "\n {% extends 'b.html' %}", ["b.html"] = "{% include 'a.html' %}" },
		"templates/b.html:1:1: templates need each other in a circle (a.html → b.html → a.html): take one of them out")
	tap.holds(told "{% include 'page.html' %}", "(page.html → page.html)")
end)

tap.test("a template that extends has blocks only, and blocks that there are", function()
	local base = "{% block main %}{% end %}{% block head %}{% end %}"
	tap.same(told { ["base.html"] = base, ["page.html"] = "{% extends 'base.html' %}\n{% block mian %}{% end %}" },
		"templates/page.html:2:1: there is no block 'mian' in base.html: its blocks are head, main")
	for source, message in pairs {
		["\n\n  lost {{ x }}"] = "templates/page.html:3:3: 'lost' stands outside the blocks",
		["{{ x }}"] = "a value stands outside the blocks, where a template that extends base.html shows nothing",
		["{% if x %}{% end %}"] = "an if stands outside the blocks",
		["{% for x in y %}{% end %}"] = "a for stands outside the blocks",
		["{% include 'base.html' %}"] = "an include stands outside the blocks",
	} do
		tap.holds(told { ["base.html"] = base, ["page.html"] = "{% extends 'base.html' %}" .. source }, message)
	end
	tap.holds(told { ["base.html"] = base, ["page.html"] = "x\n{% extends 'base.html' %}" }, "templates/page.html:2:1: extends comes too late")
	tap.holds(told { ["base.html"] = base, ["page.html"] = "{% extends 'base.html' %}{% extends 'base.html' %}" }, "comes too late")
end)

tap.test("a mistake at run time is told with the template that holds it", function()
	local files = {
		["base.html"] = "{% block a %}{% end %}\n{{ last.x }}",
		["page.html"] = "{% extends 'base.html' %}\n\n{% block a %}\n  {% if true %}{{ x.y.z }}{% end %}{% end %}",
		["part.html"] = "\n\n\n {{ 1 + {} }}",
	}
	tap.same(told(files, { x = {} }), "templates/page.html:4:16: x.y.z: attempt to index a nil value (field 'y')")
	tap.holds(told(files, { x = { y = { z = 1 } } }), "templates/base.html:2:1: last.x: there is no variable 'last'")
	files["page.html"] = "{% include 'part.html' %}"
	tap.same(told(files), "templates/part.html:4:2: 1 + {}: attempt to perform arithmetic on a table value")
	tap.holds(told("\n{% if false %}\n{% elseif x.y %}\n{% end %}"), "templates/page.html:3:1: x.y:")
	tap.holds(told("{{ f() }}", { f = function() error("broken", 0) end }), "templates/page.html:1:1: f(): broken")
	tap.holds(told("{{ f() }}", { f = function() error({}) end }), "templates/page.html:1:1: f(): table")
end)

tap.test("a problem has its place as numbers", function()
	local _, err = pcall(render, "\n  {{ x }}")
	tap.same({ err.path, err.line, err.column }, { "templates/page.html", 2, 3 })
	_, err = pcall(render, {})
	tap.same({ err.path, err.line == nil }, { "templates/page.html", true })
end)

tap.test("each template is read once, and after an error again", function()
	local files = { ["page.html"] = "{% include 'part.html' %}{% include 'part.html' %}", ["part.html"] = "{{ x" }
	local engine, reads = engine_of(files)
	tap.same(pcall(engine.render, engine, "page.html", {}), false)
	files["part.html"] = "{{ x }}"
	for i = 1, 100 do tap.same(engine:render("page.html", { x = i }), i .. "" .. i) end
	tap.same(reads, { ["page.html"] = 2, ["part.html"] = 2 })
end)

tap.test("depth is bounded, length is not", function()
	local function nested(depth) return ("{% if true %}"):rep(depth) .. "x" .. ("{% end %}"):rep(depth) end
	tap.same(render(nested(100)), "x")
	tap.holds(told(nested(101)), "more than 100 tags are open inside each other")
	tap.same(render("{% if false %}" .. ("{% elseif false %}"):rep(2000) .. "{% else %}x{% end %}"), "x")
	tap.same(#render(("{{ 1 }}\n"):rep(50000)), 100000)
end)

tap.done()
