# What is numbered, what refers to it from the text, from captions and from feeds, and claims that the prose quotes.

load support/posts

# Texts with their no-break spaces as blanks.
plain_at() { # XPATH
	at "$1" | sed 's/\xc2\xa0/ /g'
}

# A cell that needs no time, run once.
quick_cell() { # LABEL [OPTION…]
	write_cell "$1" 'runs: 1' "${@:2}" <<<"$QUICK"
	printf '\n'
}

@test "what has a caption or is referred to has a number, in the order of the page" {
	publish <<-END
		See @fig-third, @lst-first and @tbl-table.

		$(quick_cell first 'lst-cap: "The first"')

		$(quick_cell second 'fig-cap: "The second"')

		$(quick_cell unnamed)

		$(quick_cell third)

		\`\`\`{lua}
		--| label: table
		return table("first", "second")
		\`\`\`

		$(quick_cell fourth 'lst-label: lst-own')

		And @lst-own.
	END
	assert_equal "$(plain_at "//p[1]")" "See Figure 2, Listing 1 and Table 1."
	assert_equal "$(plain_at "//p[1]/a[1]/@href")" "#third-timeline"
	assert_equal "$(plain_at "//p[1]/a[2]/@href")" "#first"
	assert_equal "$(plain_at "//p[1]/a[3]/@href")" "#table"
	assert_equal "$(plain_at "//p[last()]/a[@href='#lst-own']")" "Listing 2"
	assert_equal "$(plain_at "//figure[@id='lst-own']//span[@class='number']")" "Listing 2."
	assert_equal "$(plain_at "//figure[@id='second-timeline']//span[@class='number']")" "Figure 1:"
	assert_equal "$(plain_at "//figure[@id='third-timeline']//span[@class='number']")" "Figure 2."
	assert_equal "$(plain_at "//figure[@id='table']//span[@class='number']")" "Table 1."
	assert_equal "$(count "//div[@id='unnamed']//span[@class='number']")" 0
	# Every reference leads somewhere, once.
	local id
	for id in $(xmllint --html --xpath '//a[@class="reference"]/@href' "$(page a)" 2>/dev/null | sed -E 's/.*#([^"]*)"/\1/'); do
		assert_equal "$(count "//*[@id='$id']")" 1
	done
}

@test "labels that begin with their kind, as in Quarto, and the cell of that name before any other" {
	publish <<-END
		@fig-tea, @lst-tea, @fig-pot, @fig-cups-2, @lst-pot.

		$(quick_cell tea)

		$(quick_cell fig-tea)

		$(quick_cell lst-pot)

		\`\`\`{lua}
		--| label: fig-cups
		return { bars("tea", "lst-pot"), bars("lst-pot", "tea") }
		\`\`\`
	END
	assert_equal "$(plain_at "//p[1]/a[1]/@href")" "#fig-tea-timeline"
	assert_equal "$(plain_at "//p[1]/a[2]/@href")" "#tea"
	assert_equal "$(plain_at "//p[1]/a[3]/@href")" "#lst-pot-timeline"
	assert_equal "$(plain_at "//p[1]/a[4]/@href")" "#fig-cups-2"
	assert_equal "$(plain_at "//p[1]")" "Figure 1, Listing 1, Figure 2, Figure 3, Listing 2."
}

@test "tables, figures and images that stand in the post with an id" {
	publish <<-END
		@tbl-b, @tbl-a, @fig-plan.

		<table id="tbl-a"><caption>First</caption><tr><td>1</td></tr></table>

		\`\`\`{lua}
		return '<table id="tbl-c">\n<caption>Made</caption><tr><td>1</td></tr></table>'
		\`\`\`

		<!-- <table id="tbl-x"><caption>never</caption></table> -->
		<table id="tbl-b"><tr><td>1</td></tr></table>

		<figure id="fig-plan"><img src="x.png" alt=""><figcaption>The plan</figcaption></figure>
	END
	assert_equal "$(plain_at "//p[1]")" "Table 3, Table 1, Figure 1."
	assert_equal "$(plain_at "//table[@id='tbl-a']/caption")" "Table 1: First"
	assert_equal "$(plain_at "//table[@id='tbl-c']/caption")" "Table 2: Made"
	assert_equal "$(plain_at "//figcaption")" "Figure 1: The plan"
	refute grep -q 'Table 1:.*never' "$(page a)"
}

@test "in captions, lists, headings, emphasis and Markdown that is made; in links and images as plain text" {
	publish <<-END
		## About @fig-tea

		- *see @lst-tea* and [the @fig-tea drawn](x.html) and ![the @fig-tea](x.png)

		$(quick_cell tea 'fig-cap: "Its code is @lst-tea."' 'lst-cap: "Drawn in @fig-tea."')

		\`\`\`{lua}
		return "Also in @fig-tea."
		\`\`\`
	END
	assert_equal "$(plain_at "//h2/a[@class='reference']")" "Figure 1"
	assert_equal "$(plain_at "//li/em/a[@class='reference']")" "Listing 1"
	assert_equal "$(plain_at "//li/a[@href='x.html']")" "the Figure 1 drawn"
	assert_equal "$(count "//li/a[@href='x.html']/a")" 0
	assert_equal "$(plain_at "//li/img/@alt")" "the Figure 1"
	assert_equal "$(plain_at "//figure[@id='tea-timeline']/figcaption/a[@class='reference']/@href")" "#tea"
	assert_equal "$(plain_at "//span[@class='title']/a/@href")" "#tea-timeline"
	assert_equal "$(plain_at "//p[a][last()]")" "Also in Figure 1."
}

@test "what only looks like a reference stays text" {
	publish <<-'END'
		\@fig-x, cook@fig-x.example, `@fig-x`, <https://example.org/@fig-x>, @figure, @fig-, @Fig-x, [a](https://example.org/@lst-x),
		\\\@tbl-x, &#64;fig-x, @fig.x

		    @fig-x

		```c
		// @fig-x
		```

		<p title="@fig-x">html</p>
	END
	assert_equal "$(count "//a[@class='reference']")" 0
	assert_regex "$(plain_at "//p[1]")" '^@fig-x, cook@fig-x\.example, @fig-x, https://example\.org/@fig-x, @figure, @fig-, @Fig-x, a,'
	assert_regex "$(plain_at "//p[1]")" '\\@tbl-x, @fig-x, @fig\.x$'
}

@test "brackets that hold nothing but references are theirs, as in Quarto: a word of one's own, the number alone, several" {
	make_post 2021-03-10-a.md <<-'END'
		<table id="tbl-a"><caption>A</caption><tr><td>1</td></tr></table>
		<table id="tbl-b"><caption>B</caption><tr><td>1</td></tr></table>

		1 [@tbl-a]

		2 [-@tbl-a], [ -@tbl-b ]

		3 [Tab. @tbl-a; tab & tray -@tbl-b]

		4 ([@tbl-a; @tbl-b;
		-@tbl-a])

		5 [Tab.
		@tbl-b]

		6 [[@tbl-a]] [[@tbl-b]](https://a.org) ![[@tbl-b]](b.png)
	END
	run -0 "$LIVEPOST" build
	run -0 grep -oP '<p>\K[1-6] .*|^-?<a class.*' "$(page a)"
	local a='<a class="reference" href="#tbl-a">' b='<a class="reference" href="#tbl-b">'
	assert_equal "${output//$'\u00a0'/_}" "1 ${a}Table_1</a></p>
2 ${a}1</a>, ${b}2</a></p>
3 ${a}Tab._1</a>, ${b}tab &amp; tray_2</a></p>
4 (${a}Table_1</a>, ${b}Table_2</a>, ${a}1</a>)</p>
5 ${b}Tab._2</a></p>
6 [${a}Table_1</a>] <a href=\"https://a.org\">Table 2</a> <img src=\"b.png\" alt=\"Table 2\" /></p>"
}

@test "brackets that hold anything else, are escaped or are a link's stay what they are" {
	make_post 2021-03-10-a.md <<-'END'
		<table id="tbl-a"><caption>A</caption><tr><td>1</td></tr></table>

		1 \[@tbl-a] 2 [@tbl-a\] 3 [see @tbl-a for more] 4 [*Tab.* @tbl-a] 5 [a; @tbl-a] 6 `[`@tbl-a] 7 [@tbl-a
		@tbl-a] 8 [(@tbl-a] 9 [a \[ @tbl-a] 10 [a] @tbl-a]

		11 [@tbl-a](https://a.org) [@tbl-a][b] [b @tbl-a; @tbl-a](https://c.org)

		12 [@tbl-a

		@tbl-a]

		[b]: https://b.org
	END
	run -0 "$LIVEPOST" build
	run -0 bash -c 'sed -n "/<p>1 /,\$p" "$1" | sed "s/<a class=.reference. href=.#tbl-a.>Table.1<.a>/@/g; s/\xc2\xa0/~/g"' - "$(page a)"
	assert_output '<p>1 [@] 2 [@] 3 [see @ for more] 4 [<em>Tab.</em> @] 5 [a; @] 6 <code>[</code>@] 7 [@
@] 8 [(@] 9 [a [ @] 10 [a] @]</p>
<p>11 <a href="https://a.org">Table 1</a> <a href="https://b.org">Table 1</a> <a href="https://c.org">b Table 1; Table 1</a></p>
<p>12 [@</p>
<p>@]</p>
</body></html>'
	make_post 2021-03-10-a.md <<<'[see @tbl-a; -@tbl-b]'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -c '^posts/2021-03-10-a.md:5:[0-9]*: `@tbl-[ab]`: nothing on this page' <<<"$stderr")" 2
}

@test "a label with underscores, and what stands around a reference" {
	publish <<-END
		(@fig-tea_2_cups), “@fig-tea_2_cups”; @fig-tea_2_cups's *@fig-tea_2_cups*. @fig-tea_2_cups_ @fig-tea_2_cups-

		$(quick_cell tea_2_cups)
	END
	assert_equal "$(plain_at "//p[1]")" "(Figure 1), “Figure 1”; Figure 1's Figure 1. Figure 1_ Figure 1-"
}

@test "an unknown reference is an error at its place, with the nearest there is, wherever it stands" {
	make_post 2021-03-10-a.md <<-END
		Text \`@fig-tae\` and \\@fig-tae, then
		é @fig-tae and @fig-tae.

		> - in a list, @lst-ocean

		$(quick_cell tea 'fig-cap: "See @fig-te"')

		\`\`\`{lua}
		return "Made: @tbl-none"
		\`\`\`
	END
	refused '13:19: `@fig-te`: nothing on this page is called that: did you mean `@fig-tea`?' \
		'18:15: `@tbl-none`: nothing on this page is called that: known are `@fig-tea`, `@lst-tea`; text is written `\@tbl-none`' \
		'6:3: `@fig-tae`: nothing on this page is called that: did you mean `@fig-tea`?' \
		'6:16: `@fig-tae`: nothing on this page is called that: did you mean `@fig-tea`?' \
		'8:16: `@lst-ocean`: nothing on this page is called that: did you mean `@lst-tea`?'
	grep -qxF '        6 | é @fig-tae and @fig-tae.' <<<"$stderr"
	grep -qxF '          |                ^' <<<"$stderr"
	make_post 2021-03-10-a.md <<<'Nothing but @fig-x.'
	refused '5:13: `@fig-x`: nothing on this page is called that: give it to a cell as its label, or write `\@fig-x` if it is text'
}

@test "code that is not shown and figures that are not drawn cannot be referred to, and a name is given once" {
	make_post 2021-03-10-a.md <<-END
		@lst-tea and @fig-gone

		$(quick_cell tea 'echo: false')

		$(quick_cell gone 'include: false')
	END
	refused '5:1: `@lst-tea`: nothing on this page is called that: known are `@fig-tea`; text is written `\@lst-tea`' \
		'5:14: `@fig-gone`: nothing on this page is called that: known are `@fig-tea`; text is written `\@fig-gone`'
	make_post 2021-03-10-a.md <<-END
		$(quick_cell tea 'lst-label: lst-x')

		$(quick_cell pot 'lst-label: lst-x')
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'a\.md:15:16: `lst-x` is already taken on this page: each figure, listing and table needs its own name'
}

@test "in a feed references, annotations and claims lead to the page, and nothing is folded" {
	cat >pipeline.lua <<-'END'
		return { site = { title = "T", base_url = "https://example.org/blog" } }
	END
	cat >templates/feed.xml.html <<-'END'
		{{ site.title }}
	END
	cat >templates/index.html <<-'END'
		{% for post in posts %}<section>{{ post.feed_content | raw }}</section>{% end %}
	END
	publish <<-END
		@fig-tea is [fast](#claim-tea).

		\`\`\`{c}
		//| label: tea
		//| runs: 1
		//| fig-cap: "Code: @lst-tea"
		//| code-fold: true
		//| claim: runs("tea") == 1
		int main(void) { return 0; } // <1>
		\`\`\`

		1. Returns.
	END
	run xmllint --html --xpath '//section//a[contains(@class, "reference")]/@href' site/index.html
	assert_output --partial 'https://example.org/blog/2021/03/10/a.html#tea-timeline'
	assert_output --partial 'https://example.org/blog/2021/03/10/a.html#tea"'
	refute grep -q 'href="#' <(grep -v tea-mark site/index.html)
	assert_equal "$(xmllint --html --xpath 'count(//section//details[@class="fold"])' site/index.html)" 0
	assert_equal "$(xmllint --html --xpath 'string(//section//pre)' site/index.html)" 'int main(void) { return 0; } (1)'
	assert_equal "$(xmllint --html --xpath 'string(//section//a[@class="claimed"]/@href)' site/index.html)" \
		'https://example.org/blog/2021/03/10/a.html#claim-tea'
}

@test "a claim is quoted by a link: a mark behind the words, its evidence as the title" {
	publish <<-END
		It is [as *fast*](#claim-often) and [so](#claim-tea) [and so](#claim-tea-2 "over").

		\`\`\`{c}
		//| label: tea
		//| runs: 3
		//| claim:
		//|   - often: runs("tea") == 3
		//|   - runs("tea") > 2
		//|   - runs("tea") > 1
		int main(void) { return 0; }
		\`\`\`
	END
	assert_equal "$(plain_at "//p[1]")" "It is as fast ✓ and so ✓ and so ✓."
	assert_equal "$(plain_at "//p[1]/a[1]/@title")" 'Tested: runs("tea") == 3 — here 3'
	assert_equal "$(count "//p[1]/a[@class='claimed']")" 3
	assert_equal "$(count "//p[1]/a[1]/em")" 1
	assert_equal "$(plain_at "//p[1]/a[1]/span/@aria-label")" "tested"
	assert_equal "$(plain_at "//p[@id='claim-often']/code")" 'runs("tea") == 3'
	assert_equal "$(plain_at "//p[@id='claim-tea']/code")" 'runs("tea") > 2'
	assert_equal "$(plain_at "//p[@id='claim-tea-2']/code")" 'runs("tea") > 1'
	assert_equal "$(grep -c 'title="over"' "$(page a)")" 0
}

@test "a quoted claim that is not there, and claims with bad or equal names" {
	make_post 2021-03-10-a.md <<-END
		It is [fast](#claim-tee).

		$(quick_cell tea 'claim: runs("tea") == 1')
	END
	refused '5:14: `#claim-tee`: no claim on this page is called that: did you mean `#claim-tea`?'
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: tea
		//| claim:
		//|   - 1st: runs("tea") == 5
		//|   - pot: runs("tea") > 2
		//|   - pot: runs("tea") > 1
		int main(void) { return 0; }
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" "a\.md:8:9: claim \`1st\`: a claim's name starts with a letter, then letters, digits, - and _, 64 at most"
	assert_regex "$stderr" 'a\.md:10:9: claim `pot`: `claim-pot` is already taken in line 9: give it another name, `- name: condition`'
}

@test "references in a post with footnotes, and in a footnote" {
	publish <<-'END'
		See[^1] @tbl-a and \@tbl-a.

		[^1]: Look at @tbl-a.

		Last @tbl-a.

		| a |
		|---|
		| 1 |

		: First {#tbl-a}
	END
	assert_equal "$(plain_at "//p[1]")" "See1 Table 1 and @tbl-a."
	assert_equal "$(plain_at "//p[2]")" "Last Table 1."
	assert_equal "$(count "//li[@id='fn-1']//a[@class='reference']")" 1
	sed -i 's/Last @tbl-a/Last @tbl-b/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_line --regexp '^posts/[^:]*:9:6: `@tbl-b`: nothing on this page is called that'
}
