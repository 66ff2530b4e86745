# How code is shown: fences, folds, numbers, marked lines, captions, file names, annotations, warnings, output as Markdown.

load support/posts

@test "echo: fenced shows the fence and all options but itself" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| echo: fenced
		//| runs: 1

		$QUICK
		\`\`\`

		\`\`\`{lua}
		--| echo: fenced
		return "\`\`\`"
		\`\`\`
	END
	assert_equal "$(at "//div[@id='tea']/figure[@class='listing']/pre")" "\`\`\`{c}
//| label: tea
//| runs: 1
$QUICK
\`\`\`"
	assert_equal "$(at "(//div[@class='cell'])[2]/figure[@class='listing']/pre")" '````{lua}
return "```"
````'
	# The page's script finds the program's own line; the fence and the options are none of it.
	assert_equal "$(at "//div[@id='tea']//code/@data-lines")" "0 0 0 10 0"
}

@test "include: false shows nothing of a cell, which is measured and tested all the same" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		//| include: false
		//| claim: runs("tea") == 2
		$QUICK
		\`\`\`

		Runs: \`{lua} runs("tea")\`.
	END
	assert_equal "$(count "//div[@class='cell'] | //figure | //*[@class='claim']")" 0
	assert_equal "$(at "//p")" "Runs: 2."
	refute grep -q 'return 0' "$(page a)"
	assert_not_exists site/2021/03/10/a/tea-timeline.svg
	make_post 2021-03-10-a.md <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		//| include: false
		//| claim: runs("tea") == 3
		$QUICK
		\`\`\`
	END
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_regex "$stderr" 'the measurements contradict it'
}

@test "output: asis is Markdown of the page, with its HTML, and stands at each point of a sweep" {
	publish <<-'END'
		```{c}
		//| runs: 1
		//| output: asis
		#include <stdio.h>
		int main(void) { puts("| *tea* & <b>pot</b>\n\n- one\n- `two`"); }
		```

		```{c}
		//| label: swept
		//| runs: 1
		//| output: asis
		//| sweep: { N: [1, 2] }
		#include <stdio.h>
		int main(void) { printf("**%d**\n", N); }
		```
	END
	assert_equal "$(at "//div[@class='asis']/p/em")" "tea"
	assert_equal "$(at "//div[@class='asis']/p/b")" "pot"
	assert_equal "$(count "(//div[@class='asis'])[1]/ul/li")" 2
	assert_equal "$(count "//samp")" 0
	assert_equal "$(at "(//div[@id='swept']//p[@class='point'])[2]")" "N = 2"
	assert_equal "$(at "(//div[@id='swept']//strong)[2]")" "2"
}

@test "what the compiler warns of stands below the listing, linked with its line; warning: false keeps it to the build" {
	publish <<-'END'
		Text.

		```{c}
		//| label: tea
		//| runs: 1
		#include <stdio.h>

		int main(void)
		{
		  int cup; // <1>
		}
		```

		1. unused
	END
	assert_regex "$stderr" 'posts/2021-03-10-a.md:14:7: warning: unused variable'
	assert_regex "$(at "//div[@class='warnings']//li")" '^line 5: unused variable .cup. \[-Wunused-variable\]$'
	assert_equal "$(at "//div[@class='warnings']//a/@href")" "#tea-line-14"
	assert_equal "$(at "//span[@id='tea-line-14']")" "  int cup; 1"
	# Kept, it is still shown, where the cell is then.
	sed -i 's/^Text\.$/Text.\n\nMore./' posts/*.md
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" 'compiling'
	assert_equal "$(at "//div[@class='warnings']//a/@href")" "#tea-line-16"
	assert_equal "$(count "//span[@id='tea-line-16']")" 1
	publish <<-'END'
		Text.

		```{c}
		//| label: tea
		//| runs: 1
		//| warning: false
		int main(void) { int cup; }
		```
	END
	assert_regex "$stderr" 'warning: unused variable'
	assert_equal "$(count "//div[@class='warnings']")" 0
}

@test "code-fold, code-summary, code-overflow, filename and lst-cap" {
	printf '%s\n' "$QUICK" >examples/pot.c
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 1
		//| code-fold: true
		//| code-summary: "Show <it>"
		//| code-overflow: wrap
		//| filename: "tea & co.c"
		//| lst-cap: "The *whole* of it, \`{lua} runs('tea')\`."
		$QUICK
		\`\`\`

		\`\`\`{c}
		//| label: pot
		//| file: pot.c
		//| runs: 1
		//| code-fold: show
		\`\`\`

		\`\`\`{lua}
		--| code-fold: false
		return "x"
		\`\`\`
	END
	assert_equal "$(count "//div[@id='tea']/figure[@class='listing']/details[@class='fold'][not(@open)]/pre[@class='wrapped']")" 1
	assert_equal "$(at "//div[@id='tea']//summary[1]")" "Show <it>"
	assert_equal "$(at "//div[@id='tea']/figure[@class='listing']/figcaption/code")" "tea & co.c"
	assert_equal "$(at "//div[@id='tea']//figcaption/span[@class='title']")" "Listing 1: The whole of it, 1."
	assert_equal "$(count "//div[@id='tea']//span[@class='title']/em")" 1
	assert_equal "$(count "//div[@id='pot']/figure/details[@open]")" 1
	assert_equal "$(at "//div[@id='pot']//details/summary")" "Code"
	assert_equal "$(at "//div[@id='pot']/figure[@class='listing']/figcaption")" "examples/pot.c"
	assert_equal "$(count "(//div[@class='cell'])[3]//details")" 0
}

@test "code-line-numbers: numbers that are no text, and lines that are marked" {
	publish <<-'END'
		```{c}
		//| label: all
		//| runs: 1
		//| code-line-numbers: true
		int main(void) { return 0; }
		```

		```{c}
		//| label: some
		//| runs: 1
		//| code-line-numbers: 1, 3-4
		int a;
		int b;
		int c;
		int main(void) { return a + b + c; }
		```
	END
	assert_equal "$(count "//div[@id='all']//pre[@class='numbered']")" 1
	assert_equal "$(count "//div[@id='all']//mark")" 0
	assert_equal "$(at "//div[@id='all']//pre")" "int main(void) { return 0; }"
	assert_equal "$(count "//div[@id='some']//pre[@class='numbered']//mark[@class='line']")" 3
	assert_equal "$(at "//div[@id='some']//span[@class='line']")" "int b;"
}

@test "annotations: marks and list are linked both ways, the comments are gone, and marks of one number share an item" {
	publish <<-'END'
		```{c}
		//| label: tea
		//| runs: 1
		#include <stdio.h> /* <2> */
		int main(void) { // <1> <2>
		  puts("// <1>");
		  return 0; //<1>
		}
		```

		1. Starts *here*.
		2. Needs

		   - this

		A paragraph.

		1. Another list.
	END
	assert_equal "$(at "//div[@id='tea']/figure[@class='listing']/pre")" '#include <stdio.h> 2
int main(void) { 1 2
  puts("// <1>");
  return 0; 1
}'
	assert_equal "$(at "//a[@id='tea-mark-1']/@href")" "#tea-note-1"
	assert_equal "$(at "//a[@id='tea-mark-1']/@aria-label")" "Note 1"
	assert_equal "$(count "//div[@id='tea']/ol[@class='notes']/li")" 2
	assert_equal "$(at "//li[@id='tea-note-1']" | tr -d '\n')" "Starts here. (lines 2, 4)"
	assert_equal "$(at "//li[@id='tea-note-1']//a[2]/@href")" "#tea-mark-1-2"
	assert_equal "$(count "//a[@id='tea-mark-1-2'] | //a[@id='tea-mark-2'] | //a[@id='tea-mark-2-2']")" 3
	assert_regex "$(at "//li[@id='tea-note-2']" | tr -s '\n ' ' ')" 'Needs this ?\(lines 1, 2\)'
	assert_equal "$(count "//ol[not(@class)]/li[not(@id)]")" 1
	# Nothing of it reaches the compiler otherwise than as it was written.
	assert_equal "$(at "//samp")" "// <1>"
}

@test "annotations that do not fit their list are errors at their places" {
	make_post 2021-03-10-a.md <<-'END'
		> ```{c}
		> //| runs: 1
		> int main(void) { return 0; } // <1>
		> ```
		>
		> No list.
	END
	refused '7:32: annotation `<1>`: no numbered list stands right behind the cell: write there what it is, `1. …`, or remove the mark'
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: tea
		//| runs: 1
		int x; // <1>
		int main(void) { return x; } // <3>
		```

		1. One
		2. Two
	END
	refused '9:30: annotation `<3>`: the list behind the cell has no item 3: add it, or correct the mark' \
		'5:1: cell `tea`: item 2 of the list behind it says what no line has: mark the line with `<2>`, or put a paragraph between cell and list'
	grep -qF '    9 | int main(void) { return x; } // <3>' <<<"$stderr"
	grep -qxF '          |                              ^' <<<"$stderr"
	printf 'int main(void) { return 0; } // <1>\n' >examples/pot.c
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| file: pot.c
		//| runs: 1
		```
	END
	run --separate-stderr "$LIVEPOST" build
	grep -qF 'examples/pot.c:1:30: annotation `<1>`' <<<"$stderr" || fail "$stderr"
}

@test "blocks that are only shown: attributes as Pandoc has them, and annotations where a list says what they are" {
	publish <<-'END'
		Listing: @lst-pot.

		```{#lst-pot .c filename="pot.c" lst-cap='A *pot*' code-line-numbers="2" code-fold=true code-summary="See"}
		int a;
		int b; // <1>
		```

		1. The pot

		```python
		x = 1 # <1>
		```

		1. one

		```python
		x = 1 # <1>
		```

		Nothing.

		``` { .unknown }
		<&>
		```
	END
	assert_equal "$(at "//p[1]")" $'Listing: Listing\u00a01.'
	assert_equal "$(at "//p[1]/a/@href")" "#lst-pot"
	assert_equal "$(at "//figure[@id='lst-pot']/figcaption" | tr -d '\n')" "Listing 1: A pot pot.c"
	assert_equal "$(at "//figure[@id='lst-pot']//mark")" "int b; 1"
	assert_equal "$(at "//figure[@id='lst-pot']//summary")" "See"
	assert_equal "$(count "//figure[@id='lst-pot']//code[@class='language-c']")" 1
	assert_equal "$(at "//li[@id='lst-pot-note-1']")" "The pot (line 2)"
	assert_equal "$(at "(//pre/code[@class='language-python'])[1]")" "x = 1 1"
	assert_equal "$(at "(//pre/code[@class='language-python'])[2]")" "x = 1 # <1>"
	assert_equal "$(count "//ol[@class='notes']")" 2
	assert_equal "$(at "//code[@class='language-unknown']")" "<&>"
	assert_equal "$(count "//div[@class='cell']")" 0
}

@test "attributes that cannot be" {
	local said
	while IFS='|' read -r said; do
		IFS= read -r expected
		printf '```%s\nx\n```\n' "$said" | make_post 2021-03-10-a.md
		refused "5:1: $expected"
	done <<-'END'
		{.c filename="x"
		`{.c filename="x"`: the brace is not closed, or something stands behind it: write `{.c filename="roast.c"}`
		{.c flename="x"}
		unknown attribute `flename`: did you mean `filename`?
		{.c code-fold="maybe"}
		`code-fold` takes one of `true`, `false`, `show`: found `maybe`
		{#fig-x .c}
		`{#fig-x .c}`: `#fig-x`: a listing is called `#lst-…`, with letters, digits, `-` and `_`
		{.c .d}
		`{.c .d}`: `.d` is no attribute: write `.language`, `#lst-name` or `key="value"`
		{.c filename="x" filename="y"}
		`{.c filename="x" filename="y"}`: `filename` is given twice
		{.c code-line-numbers="2"}
		`code-line-numbers` names line 2: the listing has 1 line
	END
}

@test "options of listings that say nothing are errors" {
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| echo: false
		//| code-fold: true
		//| lst-cap: x
		int main(void) { return 0; }
		```

		```{c}
		//| code-summary: x
		int main(void) { return 0; }
		```

		```{c}
		//| lst-label: fig-x
		int main(void) { return 0; }
		```
	END
	refused '8:14: `lst-cap` is said of code that `echo: false` does not show: remove one of them' \
		'7:16: `code-fold` is said of code that `echo: false` does not show: remove one of them' \
		'13:19: `code-summary` names what is folded, and nothing is: add `code-fold: true`' \
		'18:16: lst-label `fig-x`: a listing is called `lst-…`, with letters, digits, - and _'
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| code-line-numbers: 1-3
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	refused '6:24: `code-line-numbers` names line 3: the listing has 1 line'
}
