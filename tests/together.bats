# What is wrong is told together: one mistake hides no other, and none is told that only follows from another.

# shellcheck disable=SC2016
load support/livepost

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
}

# Builds: exactly these problems are told, in this order; one that begins with a number is in the post.
refused() { # PROBLEM…
	local expected='' one
	for one in "$@"; do
		[[ $one != [0-9]* ]] || one="posts/2021-03-10-a.md:$one"
		expected+="$one"$'\n'
	done
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -vE '^(    |compiling |.*, [0-9]+ of [0-9]+ cells done$)' <<<"$stderr")" \
		"${expected}livepost: the site is as it was: nothing was published"
	assert_not_exists site
}

@test "front matter: each wrong field, a missing date, an address that cannot be, and cells" {
	cat >posts/tea.md <<-'END'
		---
		title: [Tea]
		permalink: /:titel.html
		tgas: x
		published: perhaps
		layout: psot
		---

		```{c}
		//| runs: many
		int main(void) { return 0; }
		```
	END
	refused 'posts/tea.md:2:8: `title` takes text: found a list' \
		'posts/tea.md:4:1: unknown key `tgas`: did you mean `tags`?' \
		'posts/tea.md:5:12: `published` takes `true` or `false`: found `perhaps`' \
		'posts/tea.md:1:1: no date: name the file YYYY-MM-DD-title.md, or give it a `date:`' \
		'posts/tea.md:10:11: `runs` takes a whole number: found `many`' \
		'posts/tea.md:6:9: layout `psot`: there is no templates/psot.html: write it, or choose another layout'
	# A date that is wrong is not missing, and an address that is wrong is wrong on any day.
	printf -- '---\ndate: 2021-13-10\nexcerpt: [a]\n---\n' >posts/tea.md
	refused 'posts/tea.md:2:7: `date` takes a date, there is no month 13: write `2021-03-10`, or `2021-03-10 20:58:00 +0100`: found `2021-13-10`' \
		'posts/tea.md:3:10: `excerpt` takes text: found a list'
	printf -- '---\npermalink: /:titel.html\ntgas: x\n---\n' >posts/2021-03-10-a.md
	rm posts/tea.md
	refused '3:1: unknown key `tgas`: did you mean `tags`?' \
		'2:12: permalink `/:titel.html`: no such part `:titel`: use :year, :month, :day, :title or :categories'
}

@test "front matter that is no YAML hides neither its own layout nor what is wrong behind it" {
	rm templates/post.html
	printf -- '---\ndate: 2021-03-10\nlayout: base\ntitle: Tea: a history\n---\n\n@fig-pot `{lua} 1 +`\n\n```{c}\n//| runs: 0\n```\n' >posts/a.md
	refused 'posts/a.md:4:11: a second `: ` in one value: put the value in quotes' \
		'posts/a.md:10:11: `runs` takes at least 1: found `0`' \
		'posts/a.md:9:1: cell `cell-1` is empty: write code in it, or name a file with `file:`' \
		'posts/a.md:7:10: Lua: unexpected symbol near <eof>' \
		'posts/a.md:7:1: `@fig-pot`: nothing on this page is called that: give it to a cell as its label, or write `\@fig-pot` if it is text'
}

@test "beside a wrong option: the Lua that is none, references, blocks, annotations, the template" {
	sed -i 's/{% end %}$/{% if %}/' templates/post.html
	make_post 2021-03-10-a.md <<-'END'
		`{lua} 1 +` and @fig-pto, [see](#claim-tae), @lst-soup.

		```{c}
		//| label: pot
		//| runs: many
		//| evall: true
		//| claim: { tea: 'wall("pot") >' }
		//| fig-cap: See @fig-nowhere, `{lua} 2 2`.
		int main(void) { return 0; } // <1>
		```

		```{lua}
		return timeline(
		```

		``` {.c code-fold=perhaps}
		int soup;
		```
	END
	refused '9:11: `runs` takes a whole number: found `many`' \
		'10:5: unknown option `evall`: did you mean `eval`?' \
		'5:1: Lua: unexpected symbol near <eof>' \
		'11:19: Lua: unexpected symbol near <eof>' \
		"12:14: Lua: <eof> expected near '2'" \
		'17:17: Lua: unexpected symbol near <eof>' \
		'20:1: `code-fold` takes one of `true`, `false`, `show`: found `perhaps`' \
		'13:30: annotation `<1>`: no numbered list stands right behind the cell: write there what it is, `1. …`, or remove the mark' \
		'12:18: `@fig-nowhere`: nothing on this page is called that: known are `@fig-pot`, `@lst-pot`; text is written `\@fig-nowhere`' \
		'5:17: `@fig-pto`: nothing on this page is called that: did you mean `@fig-pot`?' \
		'5:33: `#claim-tae`: no claim on this page is called that: did you mean `#claim-tea`?' \
		'5:46: `@lst-soup`: nothing on this page is called that: known are `@fig-pot`, `@lst-pot`; text is written `\@lst-soup`' \
		'templates/post.html:2:34: there is no expression: write one, or remove the tag'
}

@test "what a wrong cell would have been called, claimed or made is not called unknown" {
	make_post 2021-03-10-a.md <<-'END'
		@fig-pot, @lst-pan, @fig-lid, @fig-own, @fig-own-2, @tbl-made, [hot](#claim-hot), @lst-known, @lst-header.

		```{cc}
		//| label: pot
		```

		```{c}
		//| label: [pan]
		//| claim: { hot: [1] }
		int main(void) { return 0; }
		```

		```{c}
		//| label: lid
		//| file: lid.c
		```

		```{lua}
		--| label: fig-own
		--| evall: true
		return made, bars("pan"), bars("pan")
		```

		```{lua}
		--| include: false
		made = '<table id="tbl-made"></table>'
		```

		```{c}
		//| label: fig-known
		//| lst-label: lst-known
		//| region: [nothing]
		int main(void) { return 0; }
		```

		```{c}
		//| label: header
		    - never: closed
	END
	refused '7:1: `{cc}`: no such language: did you mean `{c}`?' \
		'12:12: `label` takes text: found a list' \
		'13:12: `claim` takes a condition, or a list of conditions, each with a name in front or without: found a map' \
		'19:11: file `lid.c`: cannot read examples/lid.c: No such file or directory: name a file below examples/' \
		'24:5: unknown option `evall`: did you mean `eval`?' \
		'36:13: `region` takes text: found a list' \
		'40:1: this cell is never closed: end it with a fence of its own'
}

@test "a program that fails or does not compile hides nothing of what is wrong beside it" {
	local code
	for code in 'int main(void) { return 3; }' 'int main(void) { return 3 }'; do
		make_post 2021-03-10-a.md <<-END
			@fig-pto and @fig-pot, \`{lua} 1 +\`

			\`\`\`{c}
			//| label: pot
			//| claim: wall("pot"
			$code
			\`\`\`
		END
		run -1 --separate-stderr "$LIVEPOST" build
		assert_equal "$(grep -c '^posts.*md:[0-9]' <<<"$stderr")" 4
		assert_regex "$stderr" $'posts/2021-03-10-a\.md:(7:1: cell `pot`|10:[0-9]+: ).*
posts/2021-03-10-a.md:5:24: Lua: unexpected symbol near <eof>.*
posts/2021-03-10-a.md:9:12: Lua: \'\)\' expected near <eof>.*
posts/2021-03-10-a.md:5:1: `@fig-pto`: nothing'
	done
}

@test "templates are told beside posts, each mistake once" {
	echo '{% for post %}' >templates/index.html
	sed -i 's/post.title/post.title +/' templates/post.html
	make_post 2021-03-10-a.md <<<'```{pot}'
	make_post 2021-03-11-b.md <<<'Tea.'
	make_post 2021-03-12-c.md <<<'Tea.'
	refused '5:1: `{pot}`: no such language: cells can be {c}, {cpp}, {lua}; without braces a block is only shown' \
		'templates/post.html:2:18: post.title + is not a Lua expression: unexpected symbol near <eof>' \
		"templates/index.html:1:1: cannot read 'for post': write {% for x in list %} or {% for i, x in list %}"
	# What index.html does with the posts that are left is told, too; not what it does without any.
	make_site
	echo '{{ posts[1].titel.x }}' >templates/index.html
	refused '5:1: `{pot}`: no such language: cells can be {c}, {cpp}, {lua}; without braces a block is only shown' \
		"templates/index.html:1:1: posts[1].titel.x: attempt to index a nil value (field 'titel')"
	rm posts/2021-03-1[12]-*
	refused '5:1: `{pot}`: no such language: cells can be {c}, {cpp}, {lua}; without braces a block is only shown'
}

@test "a draft is not looked at, and what a command does not come to is not told" {
	make_post 2021-03-10-a.md <<<'@fig-pot'
	sed -i 's/^title.*/published: false\ntgas: x/' posts/2021-03-10-a.md
	refused '3:1: unknown key `tgas`: did you mean `tags`?'
	make_post 2021-03-10-a.md <<-'END'
		@fig-pot

		```{c}
		//| runs: 0
		int main(void) { return 0; }
		```
	END
	run -1 --separate-stderr "$LIVEPOST" explain
	assert_equal "$(grep -c '^posts' <<<"$stderr")" 1
}

@test "a settings group that is none hides its names, not what is wrong otherwise" {
	echo 'return { languages = "python", services = 3, filters = 5 }' >pipeline.lua
	make_post 2021-03-10-a.md <<-'END'
		@tbl-pot

		```{python}
		print()
		```

		```{c}
		//| service: api
		//| tiemout: 5s
		int main(void) { return 0; }
		```
	END
	refused 'pipeline.lua:1:22: setting `languages`: a table is expected, not a string' \
		'pipeline.lua:1:43: setting `services`: a table is expected, not a number' \
		'pipeline.lua:1:56: setting `filters`: a table is expected, not a number' \
		'13:5: unknown option `tiemout`: did you mean `timeout`?'
}
