# Filters, shipped and of a site; a site's stages; the limits of what authors write in Lua; posts that are large or broken.

# shellcheck disable=SC2016
load support/posts

# What a filter's body makes of a post: filter BODY, the post on standard input.
filter() {
	echo "return { filters = { { $1 } } }" >pipeline.lua
	run -0 html
}

# The same where it must fail.
filter_fails() {
	echo "return { filters = { { $1 } } }" >pipeline.lua
	fails
}

only() { # FILTERS
	echo "return { filters = { $1 } }" >pipeline.lua
}

# Tables

@test "a table: head, alignment, markup, rows that are too short and too long" {
	run -0 html <<-'END'
		| a | *b* | c |
		| :-- | --: | :-: |
		| 1 | `2` |
		| [r] | <b>x</b> | 3 | 4 |

		[r]: /u "t"
	END
	assert_output - <<-'END'
		<table>
		<thead>
		<tr>
		<th style="text-align: left" scope="col">a</th>
		<th style="text-align: right" scope="col"><em>b</em></th>
		<th style="text-align: center" scope="col">c</th>
		</tr>
		</thead>
		<tbody>
		<tr>
		<td style="text-align: left">1</td>
		<td style="text-align: right"><code>2</code></td>
		<td style="text-align: center"></td>
		</tr>
		<tr>
		<td style="text-align: left"><a href="/u" title="t">r</a></td>
		<td style="text-align: right"><b>x</b></td>
		<td style="text-align: center">3</td>
		</tr>
		</tbody>
		</table>
	END
}

@test "a table's escaped pipes, also in code; marks that do not close in their cell do not reach the next" {
	run -0 html <<-'END'
		a | b
		--|--
		x \| y | `p\|q`
		*open | close*
		`open | close`
	END
	assert_line '<td>x | y</td>'
	assert_line '<td><code>p|q</code></td>'
	assert_line '<td>*open</td>'
	assert_line '<td>close*</td>'
	assert_line '<td>`open</td>'
}

@test "a table behind a paragraph's text, in a list, in a quote, and what is lazy is not of it" {
	run -0 html <<-'END'
		Text *before*:
		| a |
		|---|
		| 1 |

		- item
		  | b | c |
		  |---|---|
		  | 2 | 3 |

		> | d | e |
		> |---|---|
		> | 4 | 5 |
		lazy | text
	END
	assert_line '<p>Text <em>before</em>:</p>'
	assert_line '<td>1</td>'
	assert_line '<li>item'
	assert_line '<td>3</td>'
	assert_line '<td>5</td>'
	assert_line '<p>lazy | text</p>'
	assert_equal "$(grep -c '<table>' <<<"$output")" 3
}

@test "a table's caption has its id, and numbers in cells are measured at their place" {
	run -0 html <<-'END'
		| what | how many |
		|---|---|
		| sum | `{lua} 2 + 3` |

		: Sums, *all* {#tbl-sums .wide}
	END
	assert_line '<table class="wide" id="tbl-sums">'
	assert_line '<caption><span class="number">Table 1:</span> Sums, <em>all</em></caption>'
	assert_line '<td><span class="measured">5</span></td>'
	refute_line --partial 'tbl-sums}'
	make_post 2021-03-10-a.md <<-'END'
		| what | how many |
		|---|---|
		| sum \| é | `{lua} nothing("x")` |
	END
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:7:14: '
}

@test "what is no table stays a paragraph" {
	run -0 html <<-'END'
		a | b
		--- | --- | ---
		c | d

		| a |
		| b |

		\| a | b
		no | rows
	END
	refute_output --partial '<table'
	assert_line '<p>a | b'
}

# Footnotes

@test "footnotes are numbered by first use, with a way back for each reference" {
	run -0 html <<-'END'
		One[^b], two[^a], again[^b].

		[^a]: First.
		[^b]: Second *one*[^c].

		[^c]: Of a note.
	END
	assert_line --partial 'One<sup><a class="footnote-ref" id="fnref-1" role="doc-noteref" href="#fn-1">1</a></sup>, two<sup>'
	assert_line --partial 'again<sup><a class="footnote-ref" id="fnref-1-2"'
	assert_line --partial '<p>Second <em>one</em><sup><a class="footnote-ref" id="fnref-3" role="doc-noteref" href="#fn-3">3</a></sup>. <a'
	assert_line --partial '<p>Of a note. <a aria-label="Back to reference 3"'
	assert_equal "$(grep -c '<li id="fn-' <<<"$output")" 3
	assert_equal "$(grep -o 'href="#fnref-1[^"]*"' <<<"$output" | tr '\n' ' ')" 'href="#fnref-1" href="#fnref-1-2" '
	assert_line '<section class="footnotes" role="doc-endnotes">'
	assert_line '<ol>'
	# Every way back leads to what is there.
	local id
	for id in $(grep -o 'href="#[^"]*"' <<<"$output" | cut -d '#' -f 2 | tr -d '"'); do
		grep -q "id=\"$id\"" <<<"$output" || fail "nothing has the id $id"
	done
}

@test "a footnote has paragraphs, code and lists; a word alone is no link" {
	run -0 html <<-'END'
		x[^1] y[^2]

		[^1]: Word
		[^2]: Lines that
		go on

		    a second paragraph

		        code

		    - a list

		Behind.
	END
	assert_line --partial '<p>Word <a'
	assert_line '<p>Lines that'
	assert_line 'go on</p>'
	assert_line '<p>a second paragraph</p>'
	assert_line '<pre><code>code'
	assert_line '<li>a list</li>'
	assert_line '<p>Behind.</p>'
	refute_output --partial 'livepost-footnote'
}

@test "what looks like a footnote in code, behind a backslash or in a fence is none" {
	run -0 html <<-'END'
		`[^1]` \[^1] [^9] x[^1]

		```
		[^1]: in code
		```

		[^1]: note
	END
	assert_line --partial '<code>[^1]</code> [^1] [^9] x<sup>'
	assert_line --partial '[^1]: in code'
	assert_line --partial '<p>note <a'
}

@test "positions stay the post's where footnotes are, in them and behind them" {
	make_post 2021-03-10-a.md <<-'END'
		x[^1]

		[^1]: A note with `{lua} nothing("x")`.

		    and `{lua} nothing("y")`

		Behind `{lua} nothing("z")`
	END
	run -1 "$LIVEPOST" build
	assert_output --partial '2021-03-10-a.md:7:19: '
	assert_output --partial '2021-03-10-a.md:9:9: '
	assert_output --partial '2021-03-10-a.md:11:8: '
}

@test "a footnote that is there twice is an error, one that nothing refers to a warning" {
	make_post 2021-03-10-a.md <<-'END'
		x[^1]

		[^1]: a
		[^1]: b
	END
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:8:1: footnote `[^1]` is there twice: the first is in line 7'
	run -0 html <<<$'[^[^ [^x\n\n[^lost]: a'
	assert_output '<p>[^[^ [^x</p>'
	run -0 cat log
	assert_output --partial '7:1: warning: footnote `[^lost]` is not referred to'
}

@test "an excerpt has what Lua said in it" {
	sed -i 's/{% block content %}/&<p class="excerpt">{{ post.excerpt }}<\/p>/' templates/post.html
	make_post 2021-03-10-a.md <<-'END'
		Tea for `{lua} 1 + 1` and `{lua} "<" .. 3`; `{lua` and `lua` are words.

		Not `{lua} 4`.
	END
	run -0 "$LIVEPOST" build
	grep -qF '<p class="excerpt">Tea for 2 and &lt;3; {lua and lua are words.</p>' "$(page a)"
}

@test "an excerpt has no numbers of footnotes" {
	sed -i 's/{% block content %}/&<p class="excerpt">{{ post.excerpt }}<\/p>/' templates/post.html
	make_post 2021-03-10-a.md <<<$'Water boils[^1] ~~soon~~.\n\n[^1]: Yes'
	run -0 "$LIVEPOST" build
	grep -qF '<p class="excerpt">Water boils soon.</p>' "$(page a)"
}

# Marks in text

@test "task lists have boxes; what is behind a backslash, no item or a link is none" {
	run -0 html <<-'END'
		- [ ] open
		- [x] *done*
		- \[x] text
		- [y] text

		[ ] no item
	END
	assert_line '<ul class="tasks">'
	assert_line '<li class="task"><input aria-label="To do" disabled="" type="checkbox"> open</li>'
	assert_line '<li class="task"><input aria-label="Done" checked="" disabled="" type="checkbox"> <em>done</em></li>'
	assert_line '<li>[x] text</li>'
	assert_line '<li>[y] text</li>'
	assert_line '<p>[ ] no item</p>'
}

@test "strikethrough follows the rules of emphasis" {
	run -0 html <<-'END'
		~~a *b* `c`~~ x~~y~~z ~~ no ~~ \~~no~~ ~one~ ~~~three~~~ ~~open *x ~~ y* [~~in~~](u)
	END
	assert_output '<p><del>a <em>b</em> <code>c</code></del> x<del>y</del>z ~~ no ~~ ~~no~~ ~one~ ~~~three~~~ ~~open <em>x ~~ y</em> <a href="u"><del>in</del></a></p>'
}

@test "bare links end where the sentence goes on" {
	only '"links"'
	run -0 html <<-'END'
		See http://a.org/x_y?z=1&b, (https://b.org/c(d)). www.c.org/? a@b.org. http://localhost xhttp://d.org `www.e.org`
		[http://f.org](/g) <http://h.org> www\.i.org j\@k.org http://a_b.c_d http://l.org/&amp; **www.m.org**
	END
	assert_line --partial 'See <a href="http://a.org/x_y?z=1&amp;b">http://a.org/x_y?z=1&amp;b</a>, (<a href="https://b.org/c(d)">https://b.org/c(d)</a>). <a href="http://www.c.org/">www.c.org/</a>? <a href="mailto:a@b.org">a@b.org</a>. http://localhost xhttp://d.org <code>www.e.org</code>'
	assert_line --partial '<a href="/g">http://f.org</a> <a href="http://h.org">http://h.org</a> www.i.org j@k.org http://a_b.c_d <a href="http://l.org/&amp;">http://l.org/&amp;</a> <strong><a href="http://www.m.org">www.m.org</a></strong>'
}

@test "emoji and typographic marks come when they are asked for, never in code" {
	run -0 html <<<'"It is 10:30:15" -- :tada: ...'
	assert_output '<p>&quot;It is 10:30:15&quot; -- :tada: ...</p>'
	only '"default", "emoji", "smart"'
	run -0 html <<<'"It'"'"'s 10:30:15" -- :tada: \:tada: `":tada:" --` :nothing: www.a.org/b--c'
	assert_output '<p>“It’s 10:30:15” – 🎉 :tada: <code>&quot;:tada:&quot; --</code> :nothing: <a href="http://www.a.org/b--c">www.a.org/b--c</a></p>'
}

@test "headings have ids of their words, each once, and none that a cell or HTML has" {
	run -0 html <<-'END'
		# Who waits, & *why*?

		# Who waits, & why?

		## Über Größe_2

		## roast

		## ?!

		<b id="raw">x</b>

		### Raw

		```{c}
		//| label: roast
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	assert_line '<h1 id="who-waits--why">Who waits, &amp; <em>why</em>?</h1>'
	assert_line '<h1 id="who-waits--why-1">Who waits, &amp; why?</h1>'
	assert_line '<h2 id="über-größe_2">Über Größe_2</h2>'
	assert_line '<h2 id="roast-1">roast</h2>'
	assert_line '<h2 id="section">?!</h2>'
	assert_line '<h3 id="raw-1">Raw</h3>'
	assert_equal "$(grep -o ' id="[^"]*"' <<<"$output" | sort | uniq -d)" ""
}

@test "a table of contents, where [toc] stands or in front" {
	run -0 html <<-'END'
		[toc]

		## A `b`

		#### C

		## D
	END
	assert_output - <<-'END'
		<nav aria-label="Contents" class="toc" role="doc-toc">
		<ul>
		<li><a href="#a-b">A b</a>
		<ul>
		<li><a href="#c">C</a></li>
		</ul>
		</li>
		<li><a href="#d">D</a></li>
		</ul>
		</nav>
		<h2 id="a-b">A <code>b</code></h2>
		<h4 id="c">C</h4>
		<h2 id="d">D</h2>
	END
	printf -- '---\ntitle: A post\ntoc: true\n---\ntext\n\n# E `{lua} 2 + 3`\n' >posts/2021-03-10-a.md
	run -0 "$LIVEPOST" build
	grep -q '<nav aria-label="Contents"' "$(page a)"
	grep -qF '<li><a href="#e">E <span class="measured">5</span></a></li>' "$(page a)"
	grep -qF '<h1 id="e">E <span class="measured">5</span></h1>' "$(page a)"
	printf -- '---\ntitle: A post\n---\ntext\n\n[toc]\n' >posts/2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:6:1: a table of contents of nothing: the post has no headings'
}

@test "with filters off the same comes as from cmark alone" {
	command -v cmark >/dev/null || skip "cmark, the program, is not installed"
	only ''
	cat >post.md <<-'END'
		# H *e*

		a | b
		--|--
		x[^1] ~~s~~ www.a.org \~ \: \. \@ \/ <http://a\.b/\~> "q" -- ... :tada:

		[^1]: note
		[a\.b]: /u\~x 't\.t'

		- [ ] task

		  loose [a\.b] ![i \~ *e*](u\@v "w\:")
		- > quote
		1. one
		1. two

		***

		```c a\.b
		\~~ \:x
		```

		    indented \.

		<div>\~ *raw*</div>

		&amp; &copy; <b title="\.">x</b> `\~` a\
		b  
		c
	END
	cmark --unsafe post.md >expected
	# What has an info is coloured: that is not cmark's.
	run -0 html <post.md
	diff -B <(grep -v 'pre' expected) <(grep -v pre <<<"$output") || fail "$output"
	assert_output --partial '\~~ \:x'
}

# A site's own filters

@test "a filter keeps, takes away and replaces, in the order of the list" {
	echo 'return { filters = {
		{ emph = function() return false end, strong = function() return {} end, code = function(node) return node.text:upper() end },
		{ text = function(node, context) if node.text == "x " then return { "y", context.new("sup", "2"), " " } end end },
		"headings" } }' >pipeline.lua
	run -0 html <<<$'x *a* **b** `c`\n\n# T'
	assert_line '<p>y<sup>2</sup>   C</p>'
	assert_line '<h1 id="t">T</h1>'
}

@test "pre comes before what is in a node and passes it over where it is told to; post behind it" {
	filter 'order = "pre", block_quote = function(node) node:set("class", "first") end,
		emph = function() return nil, true end, text = function(node) return node.text:upper() end' <<<'> a *b* c'
	assert_output $'<blockquote class="first">\n<p>A <em>b</em> C</p>\n</blockquote>'
	filter 'emph = function(node) node:set("title", node:plain()) end, text = function(node) return node.text:upper() end' <<<'*b*'
	assert_output '<p><em title="B">B</em></p>'
}

@test "a node's fields and attributes; what they hold is escaped" {
	filter 'list = function(node) node.ordered, node.start, node.tight = true, 3, false; node:set("data-x", "<\"&>") end,
		link = function(node) node.url, node.title = node.url .. "?a\"b", "t<"; node:set("rel", "nofollow") end,
		image = function(node) node:set("width", 3) end,
		code_block = function(node) node.text = "<new>\n"; node:set("id", "code") end,
		thematic_break = function(node) node:set("class", "r") end' <<-'END'
		- a [b](c) ![d *e*](f "g")

		---

		    old
	END
	assert_output - <<-'END'
		<ol start="3" data-x="&lt;&quot;&amp;&gt;">
		<li>
		<p>a <a rel="nofollow" href="c?a%22b" title="t&lt;">b</a> <img width="3" src="f" alt="d e" title="g" /></p>
		</li>
		</ol>
		<hr class="r" />
		<pre id="code"><code>&lt;new&gt;
		</code></pre>
	END
}

@test "positions of nodes are the post's" {
	filter 'document = function(root, context)
		for _, node in ipairs(context.find { "heading", "code", "list", "paragraph" }) do
			context.warn(("%s %s:%s-%s:%s"):format(node.kind, node.line, node.column, node.end_line, node.end_column), node) end
		end' <<-'END'
		# A

		> - é `b`
		>   c
	END
	run -0 cat log
	assert_output --partial 'a.md:5:1: warning: heading 5:1-5:3'
	assert_output --partial 'a.md:7:3: warning: list 7:3-8:5'
	assert_output --partial 'a.md:7:5: warning: paragraph 7:5-8:5'
	assert_output --partial 'a.md:7:7: warning: code 7:7-7:nil'
}

@test "a filter makes cells, takes cells away, and changes their code" {
	filter 'code_block = function(node, context)
			if node.info == "{gone}" then return false end
			if node.info == "again" then return context.new("code_block", { info = "{c}", text = node.text }) end
		end,
		code = function(node) node.text = node.text:gsub("two", "2") end' <<-'END'
		```{gone}
		```

		```again
		//| runs: 1
		#include <stdio.h>
		int main(void) { puts("made by a filter"); }
		```

		`{lua} two + two`
	END
	assert_output --partial 'made by a filter'
	assert_output --partial '<span class="measured">4</span>'
}

@test "source decides what is parsed; places stay the post's" {
	filter 'source = function(context)
			local from = context.text:find("HIDE", 1, true)
			return { { from = from + 5, to = #context.text }, { text = "\n\n*added*\n", at = from } }
		end,
		emph = function(node, context) context.warn("here", node) end' <<-'END'
		HIDE
		a
		*b*
	END
	assert_output --partial '<p><em>added</em></p>'
	refute_output --partial HIDE
	run -0 cat log
	assert_output --partial 'a.md:7: warning: here'
	assert_output --partial 'a.md:5:1: warning: here'
}

@test "Markdown in a filter knows the post's links, and those only once" {
	filter 'paragraph = function(node, context)
		if node.first.text == "here" then return context.blocks("see [r] and [s]\n\n- list") end end' <<-'END'
		here

		[r]: /first
		[r]: /second

		> [s]: /quoted
		> 'title'
	END
	assert_line '<p>see <a href="/first">r</a> and <a href="/quoted" title="title">s</a></p>'
	assert_line '<li>list</li>'
}

@test "each mistake in a filter is told at its line, with the post and what called it" {
	cat >pipeline.lua <<-'END'
		local function deeper(node)
			return node.zebra
		end
		return { filters = { { name = "stripes", text = function(node)
			local found = deeper(node)
			return found
		end } } }
	END
	make_post 2021-03-10-a.md <<<'text'
	run -1 "$LIVEPOST" build
	assert_line 'pipeline.lua:2: filter `stripes`: a node has no `zebra`'
	assert_line '    at posts/2021-03-10-a.md:5'
	assert_line '    called from pipeline.lua:5'
}

@test "what a node cannot be, hold or be told is an error" {
	local case
	while IFS='|' read -r body said; do
		filter_fails "paragraph = function(node, context) $body end" <<<'text'
		assert_output --partial "pipeline.lua:1: filter \`filter 1\`: $said"
	done <<-'END'
		node:append(context.new("paragraph"))|a paragraph cannot stand in a paragraph
		node.parent:append("x")|a text cannot stand in a document: put it into a paragraph
		node:append(node)|a paragraph cannot be put into or beside itself
		local q = context.new("block_quote"); q:append(node); node:append(q)|a block_quote cannot be put into or beside itself
		node:append(context.root())|the document cannot be moved
		node.level = 2|a paragraph cannot have this `level`
		node.text = "x"|a paragraph has no text
		node.other = "x"|a node has no `other` that can be set
		node:set("on click", "x")|`on click` is no name of an attribute
		node.first:set("id", "x")|a text has no attributes: put it into a span
		context.new("zebra")|no node is called `zebra`
		context.new("emph", { zebra = 1 })|a emph has no `zebra`
		context.new("script")|no node is called `script`
		context.new("heading", { level = 7 })|a heading cannot have this `level`
		context.new("text", "a\0b")|bad argument
		return 5|a function of a filter returns nil, false, a node, a text or a list of these, not a number
		return { x = 1 }|a function of a filter returns nil, false, a node, a text or a list of these
		context.find { "zebra" }|no kind of node is called `zebra`
		context.inlines { { text = "a\nb" } }|a line has no end of a line in it
		error({})|error() was called with a table: give it a text
		node:append(io)|a node or a string is expected, not a nil
	END
}

@test "a filter that is none is an error" {
	local setting column said
	while IFS='|' read -r setting column said; do
		only "$setting"
		run -1 "$LIVEPOST" build
		assert_output --partial "pipeline.lua:1:$column: setting \`filters\`$said"
	done <<-'END'
		"tabels"|22|, entry 1: no filter is called `tabels`: did you mean `tables`?
		"zebra"|22|, entry 1: no filter is called `zebra`: there are default, emoji,
		"default", "tables"|33|, entry 2: `tables` is there twice
		5|22|, entry 1: a name or a table of functions is expected, not a number
		{ paragraf = function() end }|24|, entry 1: no kind of node is called `paragraf`: did you mean `paragraph`?
		{ text = 5 }|31|, entry 1: `text` is a function(node, context), not a number
		{ order = "up" }|32|, entry 1: `order` is "pre" or "post", not "up"
		{ when = 5 }|31|, entry 1: `when` is a string, not a number
		tables = true|20|: it is a list of names and filters
	END
	echo 'return { filters = "tables" }' >pipeline.lua
	run -1 "$LIVEPOST" build
	assert_output --partial 'pipeline.lua:1:20: setting `filters`: a table is expected, not a string'
	only '"tabels", "links", 5, { text = 5, order = 5 }'
	run -1 "$LIVEPOST" build
	assert_equal "$(grep -c '^pipeline.lua:1:[0-9]*: setting `filters`, entry' <<<"$output")" 4
}

# Stages

@test "a stage of the site stands where it says, sees what comes before it, and can be dumped" {
	cat >pipeline.lua <<-'END'
		return { stages = {
			{ name = "shout", before = "cells", run = function(values, context)
				assert(values.text.body and values.cells == nil and context.path)
				values.document.title = values.document.title:upper()
				return { said = values.document.title }
			end },
			{ name = "count", after = "page", scope = "site", run = function(posts)
				for _, post in ipairs(posts) do post.page.html = post.page.html:gsub("</body>", "<i>" .. #posts .. " " .. post.shout.said .. "</i>%0") end
			end },
		} }
	END
	make_post 2021-03-10-a.md <<<'text'
	make_post 2021-03-11-b.md <<<'text'
	run -0 "$LIVEPOST" build
	grep -q '<h1>A POST</h1>' "$(page a)"
	grep -q '<i>2 A POST</i></body>' "$(page a)"
	run -0 "$LIVEPOST" dump shout posts/2021-03-10-a.md
	assert_output --partial '"said": "A POST"'
}

@test "a stage that cannot stand or fails is told" {
	local stage said
	while IFS='|' read -r stage said; do
		echo "return { stages = { $stage } }" >pipeline.lua
		make_post 2021-03-10-a.md <<<'text'
		run -1 "$LIVEPOST" build
		assert_output --partial "pipeline.lua$said"
		assert_file_not_exists site/index.html
	done <<-'END'
		{ name = "x", after = "documnet", run = print }|:1:21: setting `stages`, entry 1: it needs a function `run`
		{ name = "x", after = "documnet", run = error }|:1:43: stage `x`: it stands after `documnet`, and there is no such stage: did you mean `document`?
		{ name = "x", after = "site", run = error }|:1:43: stage `x`: nothing comes after `site`
		{ name = "page", after = "text", run = error }|:1:30: stage `page`: there is a stage of that name already
		{ name = "x", run = error }|:1:21: setting `stages`, entry 1: say where it stands
		{ name = "x", after = "text", before = "page", run = error }|:1:60: setting `stages`, entry 1: say where it stands
		{ nam = "x" }|:1:23: setting `stages`, entry 1: unknown part `nam`: did you mean `name`?
		{ name = "x", after = "text", scope = "all", run = error }|:1:59: setting `stages`, entry 1: `scope` is "post" or "site"
		5|:1:21: setting `stages`, entry 1: a table is expected, not a number
		{ name = "x", after = "text", run = function(values) return values.zebra.x end }|:1: stage `x`: attempt to index a nil value
		{ name = "x", after = "text", run = function() while true do end end }|:1: stage `x`: stopped after 200 million instructions
	END
	echo 'return { stages = { { name = "x", after = "text", run = function(_, context) context.report("no", { line = 2, column = 3 }) end } } }' >pipeline.lua
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:2:3: no'
}

# Limits

@test "Lua that takes all memory is stopped, wherever it stands" {
	local greedy='local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(100000) .. i end'
	echo "$greedy return {}" >pipeline.lua
	run -1 "$LIVEPOST" build
	assert_output --partial 'pipeline.lua:1: stopped: it takes more than 256 MiB of memory'
	filter_fails "text = function() $greedy end" <<<'a'
	assert_output --partial 'pipeline.lua:1: filter `filter 1`: stopped: it takes more than 256 MiB of memory'
	assert_output --partial 'at posts/2021-03-10-a.md:5'
	echo 'return {}' >pipeline.lua
	printf '```{lua}\nlocal x = 1\n%s\n```\n' "$greedy" | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:7: Lua: stopped: it takes more than 256 MiB of memory'
	# Long strings at once: no way around by a single call.
	printf '```{lua}\nlocal t = {}\nfor i = 1, 64 do t[i] = ("x"):rep(16 << 20) end\nreturn table.concat(t)\n```\n' | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'stopped: it takes more than 256 MiB of memory'
	# What other posts need is there again.
	make_post 2021-03-10-a.md <<<'`{lua} 1 + 1`'
	run -0 "$LIVEPOST" build
}

@test "a filter cannot make nodes without end" {
	filter_fails 'document = function(root, context) while true do context.new("emph") end end' <<<'a'
	assert_output --partial 'more than 1000000 nodes were made for this post'
}

@test "where a filter of ours may make no more nodes, the post is told, and its line where one is at work" {
	cat >pipeline.lua <<-'END'
		return { filters = {
			{ document = function(_, context) for _ = 1, 999999 do context.new("emph") end end },
			"strikethrough",
		} }
	END
	printf 'text\n\nand ~~this~~ and ~~that~~ www.a.org www.b.org\n' | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_line 'posts/2021-03-10-a.md: filter `strikethrough`: more than 1000000 nodes were made for this post: make several posts of it'
	refute_output --partial 'traceback'
	sed -i s/strikethrough/links/ pipeline.lua
	run -1 "$LIVEPOST" build
	assert_line 'posts/2021-03-10-a.md:7: filter `links`: more than 1000000 nodes were made for this post: make several posts of it'
}

@test "an error in a cell's Lua names what called it" {
	make_post 2021-03-10-a.md <<-'END'
		```{lua}
		local function inner() error("no") end
		local function outer() inner() return 1 end
		outer()
		```
	END
	run -1 "$LIVEPOST" build
	assert_line --partial 'posts/2021-03-10-a.md:6: Lua: no'
	assert_line '    called from posts/2021-03-10-a.md:7'
	assert_line '    called from posts/2021-03-10-a.md:8'
}

# Bad input

@test "invalid UTF-8 and NUL are told at their place; CRLF, CR and a byte order mark change nothing" {
	printf -- '---\ntitle: A post\n---\nok\nb\xff\n' >posts/2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:5:2: '
	printf -- '---\ntitle: A post\n---\nok\nb\0\n' >posts/2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:5:2: '
	local text='---\ntitle: A post\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n\nx[^1]\n\n[^1]: note\n\n    more\n\n- [x] y\n'
	printf -- "$text" >posts/2021-03-10-a.md
	run -0 "$LIVEPOST" build
	cp "$(page a)" expected
	local end
	for end in '\r\n' '\r'; do
		printf -- "\xef\xbb\xbf${text//'\n'/$end}" >posts/2021-03-10-a.md
		run -0 "$LIVEPOST" build
		cmp expected "$(page a)"
	done
}

# seconds of CPU that a build of the post on standard input takes, in hundredths; it may fail, and says how in `log`.
cost() {
	make_post 2021-03-10-a.md
	local before after self=$BASHPID
	before=$(awk '{ print $16 + $17 }' "/proc/$self/stat")
	"$LIVEPOST" build >log 2>&1 || true
	after=$(awk '{ print $16 + $17 }' "/proc/$self/stat")
	grep -qv 'stage .*: ' log || fail "$(head -5 log)"
	echo $((after - before))
}

flood() { # KIND COUNT
	awk -v kind="$1" -v n="$2" 'BEGIN {
		if (kind == "fences") for (i = 0; i < n; i++) print "```c\nint x;\n```\n"
		if (kind == "text") for (i = 0; i < n; i++) print "Some words, a [link](u), *more* and `code`.\n"
		if (kind == "rows") { print "| a | b |\n|---|---|"; for (i = 0; i < n; i++) print "| x | *y* |" }
		if (kind == "notes") for (i = 0; i < n; i++) print "x[^" i "]\n\n[^" i "]: y\n"
		if (kind == "deep") { for (i = 0; i < n; i++) printf "**a "; for (i = 0; i < n; i++) printf "b**"; print "" }
		if (kind == "quotes") { for (i = 0; i < n; i++) printf "> "; print "x" }
	}'
}

@test "what is four times as large takes about four times as long" {
	local kind count small large
	for kind in fences:5000 text:10000 rows:5000 notes:3000 deep:10000 quotes:10000; do
		count=${kind#*:} kind=${kind%:*}
		small=$(flood "$kind" "$count" | cost)
		large=$(flood "$kind" $((4 * count)) | cost)
		echo "# $kind: $small and $large hundredths of a second" >&3
		# A square would be sixteen times; a few hundredths are the program itself.
		((large > 0)) || fail "$kind: nothing was measured"
		((large <= 10 * (small + 10))) || fail "$kind: $small, then $large hundredths of a second"
	done
}

@test "nested ten thousand deep is told where, and so are emphases" {
	flood quotes 10000 | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:5:2001: more than 1000 lists and quotes in one another: write it flatter'
	{ echo text; echo; flood deep 10000; } | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'posts/2021-03-10-a.md:7:1: more than 500 emphases and links in one another: write it flatter'
}

# Markdown of cells and captions

@test "what cells return and print, and captions, pass the filters" {
	echo 'return { filters = { "default", "smart", "emoji" } }' >pipeline.lua
	run -0 html <<-'END'
		```{lua}
		--| label: made
		--| lst-cap: '~~Old~~ :tada:'
		return "| a | b |\n|---|--:|\n| 1 | `x\\|y` |\n\n: Sums {#tbl-made}\n\nSee www.example.org, \"so\".\n"
		```

		```{c}
		//| label: tea
		//| echo: false
		//| output: asis
		//| fig-cap: A ~~cup~~ www.example.com
		#include <stdio.h>
		int main(void) { return puts("- [x] done\n\n| c |\n|---|\n| 3 |") < 0; }
		```

		```{.c lst-cap="A ~~block~~"}
		int x;
		```
	END
	assert_line '<td style="text-align: right"><code>x|y</code></td>'
	assert_line '<caption><span class="number">Table 1:</span> Sums</caption>'
	assert_line '<p>See <a href="http://www.example.org">www.example.org</a>, “so”.</p>'
	assert_line --partial '<del>Old</del> 🎉'
	assert_line '<td>3</td>'
	assert_line --partial '<input aria-label="Done" checked="" disabled="" type="checkbox"> done'
	assert_line --partial 'A <del>cup</del> <a href="http://www.example.com">www.example.com</a>'
	assert_line --partial 'A <del>block</del>'
}

@test "without filters Markdown of cells is CommonMark" {
	only ''
	run -0 html <<-'END'
		```{lua}
		--| echo: false
		return "| a |\n|---|\n\n~~x~~"
		```
	END
	assert_line '<p>~~x~~</p>'
	refute_output --partial '<table'
}

@test "ids of headings and footnotes are each once in a page, whichever text they are of" {
	run -0 html <<-'END'
		# Results

		Text[^1].

		[^1]: Of the post.

		```{lua}
		--| label: made
		--| echo: false
		local text = "# Results\n\n# Results\n\nText[^1] and[^1].\n\n[^1]: Of the cell.\n"
		return { text, text }
		```

		```{c}
		//| label: tea
		//| echo: false
		//| output: asis
		//| fig-cap: "A[^1].\n\n[^1]: Of the caption."
		#include <stdio.h>
		int main(void) { return puts("# Timeline\n\n# Results") < 0; }
		```
	END
	local ids
	ids=$(grep -oE '<[a-z0-9]+( [a-z-]+="[^"]*")* id="[^"]*"' <<<"$output" | sed 's/.* id="//; s/"$//')
	assert_equal "$(sort <<<"$ids" | uniq -d)" ""
	local id
	for id in results fn-1 made.results made.results-1 made.2.results fn-made.1 fnref-made.1-2 fn-made.2.1 tea.timeline tea-timeline \
		tea.results fn-tea.fig-cap.1; do
		grep -qxF -- "$id" <<<"$ids" || fail "no $id among $ids"
	done
	# What leads to a footnote finds it.
	for id in $(grep -oE 'href="#fn[^"]*"' <<<"$output" | sed 's/href="#//; s/"//'); do
		grep -qxF -- "$id" <<<"$ids" || fail "no $id among $ids"
	done
}

@test "a table of contents is the post's; one in a cell's Markdown has that text's headings" {
	make_post 2021-03-11-b.md <<-'END'
		# Post

		```{lua}
		--| label: made
		--| echo: false
		return "[toc]\n\n# Of the cell\n"
		```
	END
	run -0 html <<-'END'
		[toc]

		# Post

		```{lua}
		--| label: made
		--| echo: false
		return "# Of the cell\n"
		```
	END
	assert_line '<li><a href="#post">Post</a></li>'
	refute_output --partial '<li><a href="#made.of-the-cell"'
	run -0 grep -c '<li><a href="#' "$(page b)"
	assert_output 1
	grep -q '<li><a href="#made.of-the-cell">Of the cell</a></li>' "$(page b)"
	sed -i 's/^title: .*/&\ntoc: true/; /^\[toc\]$/d' posts/2021-03-10-a.md
	run -0 "$LIVEPOST" build
	assert_equal "$(grep -c '<nav' "$(page a)")" 1
	assert_equal "$(grep -c '<li><a href="#' "$(page a)")" 1
}

@test "what a filter says of a cell's Markdown is told of the cell, with the line of the text" {
	cat >pipeline.lua <<-'END'
		return { filters = { "default", {
			name = "house",
			text = function(node, context)
				assert(context.path == "posts/2021-03-10-a.md" and context.front.title == "A post")
				if node.text == "bad" then context.report("a bad word", node) end
				if node.text == "prefix" then return context.prefix end
			end,
			strong = function()
				local nothing = nil
				return nothing.here
			end,
		} } }
	END
	make_post 2021-03-10-a.md <<-'END'
		```{lua}
		--| label: made
		return "one\n\ntwo\n\nbad\n\n[^x]: nobody\n"
		```

		```{c}
		//| label: tea
		//| eval: false
		//| fig-cap: bad
		int main(void) { return 0; }
		```
	END
	run -1 "$LIVEPOST" build
	assert_line 'posts/2021-03-10-a.md:5:1: cell `made`: what it returns, line 5: a bad word'
	assert_line 'posts/2021-03-10-a.md:5:1: warning: cell `made`: what it returns, line 7: footnote `[^x]` is not referred to, and not shown: refer to it, or take it out'
	assert_line 'posts/2021-03-10-a.md:13:14: cell `tea`: `fig-cap`, line 1: a bad word'
	make_post 2021-03-10-a.md <<-'END'
		```{lua}
		--| label: made
		return "one\n\n**two**\n"
		```
	END
	run -1 "$LIVEPOST" build
	assert_line "pipeline.lua:10: filter \`house\`: attempt to index a nil value (local 'nothing')"
	assert_line '    at posts/2021-03-10-a.md:5: cell `made`: what it returns, line 3'
	run -0 html <<-'END'
		prefix

		```{lua}
		--| label: made
		--| echo: false
		return "prefix"
		```
	END
	assert_line '<p>made.</p>'
	assert_line '<p></p>'
}
