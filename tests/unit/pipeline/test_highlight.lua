-- Code as lines of HTML: the words that are marked, the lines that stay whole, and code that means harm.

local tap = require "tap"
local before = {}
for name in pairs(_G) do before[name] = true end
local highlight = require "page.highlight"

-- One line a line, `[kind:word]` for a span; checks on the way that each line closes what it opens.
local function marked(code, language)
	local lines = highlight.lines(code, language)
	for i, line in ipairs(lines) do
		local opened, closed = select(2, line:gsub("<span ", "")), select(2, line:gsub("</span>", ""))
		tap.same(opened, closed, line)
		tap.same(line:find("\n", 1, true), nil, line)
		lines[i] = line:gsub('<span class="hl%-(%l+)">', "[%1:"):gsub("</span>", "]")
	end
	return table.concat(lines, "\n")
end

-- The lines without their marks and entities.
local function plain(code, language)
	local text = table.concat(highlight.lines(code, language), "\n"):gsub("<[^>]*>", "")
	return (text:gsub("&(#?%w+);", { lt = "<", gt = ">", amp = "&", quot = '"', ["#39"] = "'" }))
end

tap.test("the lexers are here", function()
	local there, why = highlight.available()
	tap.same(there, true, why)
end)

tap.test("C: words, types, numbers, strings, calls, macros", function()
	tap.same(marked('static const uint64_t n = 0x1f; /* a < b */', "c"),
		"[keyword:static] [keyword:const] [type:uint64_t] n = [number:0x1f]; [comment:/* a &lt; b */]")
	tap.same(marked('int main(void) { return puts("<hé>"); }', "c"),
		"[type:int] [function:main]([type:void]) { [keyword:return] [function:puts]([string:&quot;&lt;hé&gt;&quot;]); }")
	tap.same(marked("pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;", "C"),
		"[type:pthread_mutex_t] chef = [constant:PTHREAD_MUTEX_INITIALIZER];")
	tap.same(marked("if (x == NULL) return EXIT_FAILURE;", "c"),
		"[keyword:if] (x == [constant:NULL]) [keyword:return] [constant:EXIT_FAILURE];")
end)

tap.test("C11 and C23: what the lexer does not know by itself", function()
	tap.same(marked("_Atomic int a; atomic_int b; thread_local constexpr auto p = nullptr;", "c"),
		"[keyword:_Atomic] [type:int] a; [type:atomic_int] b; [keyword:thread_local] [keyword:constexpr] [keyword:auto] p = "
		.. "[constant:nullptr];")
	tap.same(marked("struct timespec t; n = sizeof(t) + alignof(int);", "c"),
		"[keyword:struct] [type:timespec] t; n = [keyword:sizeof](t) + [keyword:alignof]([type:int]);")
	tap.same(marked("int s1, f32x, i2_total; u8 v; FILE *f;", "c"), "[type:int] s1, f32x, i2_total; [type:u8] v; [type:FILE] *f;")
	tap.same(marked("x = n-1;", "c"), "x = n-[number:1];")
end)

tap.test("C: preprocessor lines, indented too", function()
	tap.same(marked("#include <stdio.h>\n#if X > 1\n  #  define N 3\n#endif\na # define", "c"),
		"[preprocessor:#include] [string:&lt;stdio.h&gt;]\n[preprocessor:#if] X &gt; [number:1]\n"
		.. "  [preprocessor:#]  [preprocessor:define] N [number:3]\n[preprocessor:#endif]\na # define")
end)

tap.test("what runs over several lines is opened again on each", function()
	tap.same(marked("/* one\n\n   two */ int x;", "c"), "[comment:/* one]\n\n[comment:   two */] [type:int] x;")
	tap.same(marked("'''a\nb'''", "python"), "[string:&#39;&#39;&#39;a]\n[string:b&#39;&#39;&#39;]")
end)

tap.test("Python: prefixes belong to strings, self is a whole word, print is called", function()
	tap.same(marked('print(f"{x}", selfish, self, True)', "py"),
		"[function:print]([string:f&quot;{x}&quot;], selfish, [constant:self], [constant:True])")
	tap.same(marked("n-1 if -1", "python"), "n-[number:1] [keyword:if] -[number:1]")
	tap.same(marked("@wraps\nasync def cook(): pass  # slowly", "python"),
		"[preprocessor:@wraps]\n[keyword:async] [keyword:def] [function:cook](): [keyword:pass]  [comment:# slowly]")
end)

tap.test("the other languages of a site", function()
	tap.same(marked('echo "$x" # c', "sh"), "echo [string:&quot;$x&quot;] [comment:# c]")
	tap.same(marked("-a\n+b\n c", "diff"), "[removed:-a]\n[added:+b]\n c")
	tap.same(marked("local x = 1 -- c", "lua"), "[keyword:local] x = [number:1] [comment:-- c]")
	tap.same(marked("let x = `a`;", "js"), "[keyword:let] x = [string:`a`];")
	tap.same(marked("a { margin: 1px }", "css"), "a { [keyword:margin]: [number:1px] }")
	tap.same(marked("<b>&amp;</b>", "html"), "[tag:&lt;b&gt;][constant:&amp;amp;][tag:&lt;/b&gt;]")
	tap.same(marked("k: 1 # c", "yaml"), "[keyword:k]: [number:1] [comment:# c]")
	tap.holds(marked("$(CC) -o $@ $<", "make"), "[variable:$(CC)]")
	tap.holds(marked("auto x = std::move(y);", "c++"), "[function:move](y)")
	for _, language in ipairs { "h", "cpp", "json", "xml", "bash", "rust", "go", "sql", "toml", "javascript" } do
		tap.holds(marked('"a" <b> 1', language), "[")
	end
end)

tap.test("an unknown language and none at all are escaped and unmarked", function()
	tap.same(marked("int x < 1;\n'&'", "brainfood"), "int x &lt; 1;\n&#39;&amp;&#39;")
	tap.same(highlight.lines("a\nb"), { "a", "b" })
	tap.same(highlight.lines("a", "../../../etc/passwd"), { "a" })
end)

tap.test("lines are counted as an editor counts them", function()
	tap.same(highlight.lines("", "c"), {})
	tap.same(highlight.lines("\n", "c"), { "" })
	tap.same(highlight.lines("a\n\nb\n", "c"), { "a", "", "b" })
	tap.same(highlight.lines("a\r\nb\r\n", "c"), { "a", "b" })
end)

tap.test("no byte is lost or added, whatever the code", function()
	local odd = { "é\255\0x", "'", '"\\', "/*", "#", "'''", "`${", "<!--", "<script>", "\t \t", "0x", "1e", "L'", "$(", "\226\128", "s1é" }
	local languages = { "c", "cpp", "lua", "python", "sh", "make", "html", "xml", "css", "json", "js", "yaml", "diff", "rust", "go" }
	for _, language in ipairs(languages) do
		for _, code in ipairs(odd) do tap.same(plain(code .. "\nx " .. code, language), code .. "\nx " .. code, language) end
		tap.same(plain(table.concat(odd, " "), language), table.concat(odd, " "), language)
	end
end)

tap.test("no mark is set inside a character", function()
	tap.same(marked("%€x€y", "ruby"), "[string:%€x€]y")
	for _, language in ipairs { "c", "sh", "html", "css", "yaml", "make", "lua" } do
		for _, line in ipairs(highlight.lines("é$é &é; @é #é 'é' é1 !é", language)) do
			tap.same(utf8.len(line) ~= nil, true, language .. ": " .. line)
		end
	end
end)

tap.test("the caller may change what it was given", function()
	highlight.lines("int changed;", "c")[1] = "harm"
	tap.same(marked("int changed;", "c"), "[type:int] changed;")
end)

tap.test("code that means harm is bounded", function()
	tap.same(highlight.lines(("int "):rep(20000), "c"), { ("int "):rep(20000) }, "beyond 64 KiB")
	for language, code in pairs { c = "#", make = "$(", html = "a", sh = "<", xml = "=[=", lua = "[[" } do
		code = code:rep(65536 // #code)
		local start = os.clock()
		tap.same(plain(code, language), code, language)
		-- A second for the lexer and what it overruns it by; without an end to it, the HTML takes seven.
		tap.same(os.clock() - start < 4, true, language)
	end
	tap.same(plain(("{"):rep(60000), "js"), ("{"):rep(60000))
end)

tap.test("the lexers leave nothing in this Lua state", function()
	for name in pairs(_G) do tap.same(before[name], true, name) end
	for _, name in ipairs { "lexer", "ansi_c", "lua", "text" } do tap.same(package.loaded[name], nil, name) end
end)

tap.test("without lexers code is escaped and unmarked, and it is said why", function()
	highlight.configure { path = "/nonexistent" }
	local there, why = highlight.available()
	tap.same(there, false)
	tap.holds(why, "/nonexistent/lexer.lua")
	tap.same(highlight.lines("int x = '<';", "c"), { "int x = &#39;&lt;&#39;;" })
	highlight.configure { path = "/usr/share/vis/lexers/" }
	tap.same(marked("int x;", "c"), "[type:int] x;")
end)

tap.done()
