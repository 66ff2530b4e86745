# Every mistake an author can make: the build ends with 1, tells it as file:line:column: what: why, and what to do, at its
# own line and column in the author's own file, and publishes nothing.

load support/posts

# The one post of the site, whole, from standard input.
whole_post() {
	rm -rf posts/*
	cat >posts/2021-03-10-a.md
}

# The same behind the front matter of make_post, which fills lines 1 to 4.
post() {
	rm -rf posts/*
	make_post 2021-03-10-a.md
}

# A line of what was told below a problem.
assert_detail() {
	grep -qxF -- "    $1" <<<"$stderr" || fail "no line \`    $1\` in: $stderr"
}

# ---- front matter

@test "front matter without an end" {
	printf -- '---\ntitle: x\n\nHello\n' | whole_post
	refused '1:1: front matter has no end: `---` opens it here, so close it with a line `---` of its own'
}

@test "front matter that is no YAML" {
	printf -- '---\ntags:\n\t- a\n---\n' | whole_post
	refused '3:1: a tab cannot indent: YAML counts spaces, so put spaces in its place'
	printf -- '---\ntitle: Tea: a history\n---\n' | whole_post
	refused '2:11: a second `: ` in one value: put the value in quotes'
	printf -- '---\ndate: 2021-03-10\ntitle: "Tea\n---\n' | whole_post
	refused '3:8: the quote that begins here is never closed'
	printf -- '---\ntags: [a, b\n---\n' | whole_post
	refused '2:7: a list that begins here has no end: separate its items by `,` and close it with `]`'
}

@test "front matter with a key twice, and with what only YAML has" {
	printf -- '---\ntitle: x\ndate: 2021-03-10\ntitle: y\n---\n' | whole_post
	refused '4:1: `title` is given twice: it stands at line 2, column 1 already; remove one'
	printf -- '---\ntitle: &name x\n---\n' | whole_post
	refused '2:8: an anchor (`&name`) is not read here: if this is text, put it in quotes'
	printf -- '---\ntitle: *name\n---\n' | whole_post
	refused '2:8: an alias (`*name`) is not read here: if this is text, put it in quotes'
	printf -- '---\ntitle: !important x\n---\n' | whole_post
	refused '2:8: a tag (`!name`) is not read here: if this is text, put it in quotes'
	printf -- '---\n- a\n---\n' | whole_post
	refused '2:1: found a list where keys are expected: write each as `key: value`'
}

@test "misspelt keys and wrong types of front matter are told together" {
	whole_post <<-'END'
		---
		titel: x
		title: [x, y]
		published: maybe
		tags: [a, [b]]
		categories: {a: b}
		date: 2021-02-30
		---
	END
	refused '2:1: unknown key `titel`: did you mean `title`?' \
		'3:8: `title` takes text: found a list' \
		'4:12: `published` takes `true` or `false`: found `maybe`' \
		'5:11: `tags` takes a list of texts: found a list' \
		'6:13: `categories` takes a text or a list of texts: found a map' \
		'7:7: `date` takes a date, February 2021 has no day 30: write `2021-03-10`, or `2021-03-10 20:58:00 +0100`: found `2021-02-30`'
}

@test "a post without a date, and with impossible ones" {
	printf -- '---\ndate: yesterday\n---\n' | whole_post
	refused '2:7: `date` takes a date, write `2021-03-10`, or `2021-03-10 20:58:00 +0100`: found `yesterday`'
	rm -rf posts/*
	echo Hello >posts/tea.md
	refused 'posts/tea.md:1:1: no date: name the file YYYY-MM-DD-title.md, or give it a `date:`'
	rm -rf posts/*
	echo Hello >posts/2021-13-01-tea.md
	refused "posts/2021-13-01-tea.md: the file's name begins with an impossible date: there is no month 13: write \`2021-03-10\`, or \`2021-03-10 20:58:00 +0100\`"
}

@test "a post that is no text" {
	printf 'Hello\nw\0rld\n' | whole_post
	refused '2:2: a NUL character: a post is text, so remove it'
	printf -- '---\ntitle: x\n---\nna\357ve caf\351\n' | whole_post
	refused '4:3: byte 0xef is not UTF-8 here: save the file as UTF-8'
}

@test "columns count characters, not bytes" {
	printf -- '---\ntitle: "é"\nété: [a, b\n---\n' | whole_post
	refused '3:6: a list that begins here has no end: separate its items by `,` and close it with `]`'
	post <<-'END'
		Ça coûte `{lua} prix()`.
	END
	refused "5:10: Lua: attempt to call a nil value (global 'prix')"
}

@test "a permalink that cannot be, and pages in one place" {
	printf -- '---\ntitle: x\npermalink: /:yaer/x.html\n---\n' | whole_post
	refused '3:12: permalink `/:yaer/x.html`: no such part `:yaer`: use :year, :month, :day, :title or :categories'
	printf -- '---\npermalink: /a/../../x.html\n---\n' | whole_post
	refused '2:12: permalink `/a/../../x.html`: `..` is no name for a page or folder of the site'
	printf -- '---\npermalink: /style.css\n---\n' | whole_post
	refused '2:12: its page would be style.css, which already is that of the site itself: give it another `permalink`'
	echo Hello | post
	printf -- '---\ndate: 2021-03-10\npermalink: /2021/03/10/a.html\n---\n' >posts/b.md
	refused 'posts/b.md:3:12: its page would be 2021/03/10/a.html, which already is that of posts/2021-03-10-a.md: give it another `permalink`'
}

@test "a permalink of the site that cannot be is told of pipeline.lua" {
	echo Hello | post
	echo 'return { site = { permalink = "/:tilte.html" } }' >pipeline.lua
	refused 'pipeline.lua:1:31: permalink `/:tilte.html`: no such part `:tilte`: use :year, :month, :day, :title or :categories'
}

@test "a layout that does not exist" {
	printf -- '---\ntitle: x\nlayout: psot\n---\n' | whole_post
	refused '3:9: layout `psot`: there is no templates/psot.html: write it, or choose another layout'
	printf -- '---\nlayout: ../pipeline\n---\n' | whole_post
	touch pipeline.html
	refused "templates/../pipeline.html: '../pipeline.html' cannot be the name of a template: it is a path inside the templates' folder"
}

# ---- options

@test "unknown options offer the nearest, or say where they are to be had" {
	post <<-'END'
		```{c}
		//| lable: x
		//| colour: red
		int main(void) { return 0; }
		```

		```{lua}
		--| runs: 3
		return "x"
		```
	END
	refused '6:5: unknown option `lable`: did you mean `label`?' \
		'7:5: unknown option `colour`: none is called nearly so: livepost(5) has all options' \
		'12:5: `runs` is an option of cells that run a program, and of no other: remove it here'
}

@test "options of a wrong type" {
	post <<-'END'
		```{c}
		//| label: [a]
		//| file: {a: b}
		//| echo: "true"
		//| output: perhaps
		//| fig-cap: [a]
		//| runs: many
		//| timeout: 5
		//| claim: {a: b, c: d}
		//| code-line-numbers: 3-1
		//| code-fold: hide
		//| code-overflow: cut
		int main(void) { return 0; }
		```
	END
	refused '6:12: `label` takes text: found a list' \
		'7:11: `file` takes a text or a list of texts: found a map' \
		'8:11: `echo` takes one of `true`, `false`, `fenced`, without quotes: found `true`' \
		'9:13: `output` takes one of `true`, `false`, `asis`: found `perhaps`' \
		'10:14: `fig-cap` takes text: found a list' \
		'11:11: `runs` takes a whole number: found `many`' \
		'12:14: `timeout` takes a duration such as `5s` or `300 ms`, with its unit: found `5`' \
		'13:12: `claim` takes a condition, or a list of conditions, each with a name in front or without: found a map' \
		'14:24: `code-line-numbers` takes `true`, `false`, or lines such as `1,3-5`, each from its first to its last line: found `3-1`' \
		'15:16: `code-fold` takes one of `true`, `false`, `show`: found `hide`' \
		'16:20: `code-overflow` takes one of `scroll`, `wrap`: found `cut`'
}

@test "options out of their range" {
	post <<-'END'
		```{c}
		//| runs: 0
		//| timeout: 10 us
		int main(void) { return 0; }
		```

		```{c}
		//| runs: 1001
		//| timeout: 2h
		int main(void) { return 0; }
		```
	END
	refused '6:11: `runs` takes at least 1: found `0`' \
		'7:14: `timeout` takes at least 1 ms: found `10 us`' \
		'12:11: `runs` takes at most 1000: found `1001`' \
		'13:14: `timeout` takes at most 1 h: found `2h`'
}

@test "options that stand in a wrong place or twice" {
	post <<-'END'
		```{c}
		int x;
		//| runs: 3
		int main(void) { return 0; }
		```

		```{c}
		//| runs: 3
		/*| runs: 4 */
		int main(void) { return 0; }
		```

		```{c}
		/*| runs: 3
		 */
		int main(void) { return 0; }
		```

		```{c}
		/*| runs: 3 */ int x;
		int main(void) { return 0; }
		```
	END
	refused '7:1: an option behind code: options stand at the head of a cell, so move the line up, or put a space before the `|` if it is a comment' \
		'13:5: `runs` is given twice: it stands at line 12, column 5 already; remove one' \
		"18:1: the option's comment does not close on its line: write one line for each option" \
		'24:16: code behind an option: put it on a line of its own'
}

@test "options that are no YAML, also in a list in a quote" {
	post <<-'END'
		```{c}
		//| fig-cap: "The tea
		int main(void) { return 0; }
		```

		> - Tea:
		>
		>   ```{c}
		>   //| runs: 3
		>   //| fig-cap: Tea: a history
		>   int main(void) { return 0; }
		>   ```
	END
	refused '6:14: the quote that begins here is never closed' \
		'14:21: a second `: ` in one value: put the value in quotes'
}

# ---- cells

@test "fences that are no cells" {
	post <<-'END'
		```{rust}
		fn main() {}
		```

		```{c} numbered
		int main(void) { return 0; }
		```

		```{c, echo=false}
		int main(void) { return 0; }
		```

		```{}
		```

		```{lua
		return "x"
		```
	END
	refused '5:1: `{rust}`: no such language: cells can be {c}, {cpp}, {lua}; without braces a block is only shown' \
		'9:1: `{c} numbered`: only the language stands behind the fence: options are `//| key: value` lines in the cell' \
		'13:1: `{c, echo=false}`: only the language stands behind the fence: options are `//| key: value` lines in the cell' \
		'17:1: `{}`: no such language: cells can be {c}, {cpp}, {lua}; without braces a block is only shown' \
		'20:1: `{lua`: the brace is not closed: write the language as in `{c}`'
}

@test "an empty cell, and one that is never closed" {
	post <<-'END'
		```{c}
		//| label: tea
		```

		1. ```{c}
		   int main(void) { return 0; }
	END
	refused '5:1: cell `tea` is empty: write code in it, or name a file with `file:`' \
		'9:4: this cell is never closed: end it with a fence of its own'
}

@test "files that cannot be taken" {
	echo 'int main(void) { return 0; }' >examples/tea.c
	printf 'int main(void) { return 0; } // \377\n' >examples/latin.c
	mkdir examples/pots
	post <<-'END'
		```{c}
		//| file: coffee.c
		```

		```{c}
		//| file: ../pipeline.lua
		```

		```{c}
		//| file: /etc/passwd
		```

		```{c}
		//| file: tea.c
		int main(void) { return 0; }
		```

		```{c}
		//| file: latin.c
		```

		```{c}
		//| file: pots
		```
	END
	refused '6:11: file `coffee.c`: cannot read examples/coffee.c: No such file or directory: name a file below examples/' \
		'10:11: file `../pipeline.lua`: a path below examples/ is expected' \
		'14:11: file `/etc/passwd`: a path below examples/ is expected' \
		'18:11: file `tea.c`: the cell has code of its own, too: keep one of them' \
		'23:11: file `latin.c`: it is not UTF-8 text' \
		'27:11: file `pots`: there is no Makefile in examples/pots: write one, or list the files to build'
}

@test "labels that cannot be, and one twice" {
	post <<-'END'
		```{c}
		//| label: 1st
		int main(void) { return 0; }
		```

		```{c}
		//| label: tea time
		int main(void) { return 0; }
		```

		```{c}
		//| label: tea
		int main(void) { return 0; }
		```

		```{lua}
		--| label: tea
		return "x"
		```

		```{lua}
		--| label: tea-timeline
		return "x"
		```
	END
	refused '6:12: label `1st`: a label starts with a letter, then letters, digits, - and _, 64 at most' \
		'11:12: label `tea time`: a label starts with a letter, then letters, digits, - and _, 64 at most' \
		'21:12: label `tea`: `tea` is already taken by the cell in line 15: each needs its own' \
		'26:12: label `tea-timeline`: `tea-timeline` is already taken by the cell in line 15: each needs its own'
}

# ---- compiling

@test "each error of the compiler stands at the post's own line and column" {
	post <<'END'
```{c}
//| label: tea
//| runs: 1

int main(void)
{
	int cups = none;
	return /* é */ nothing;
}
```

```{c}
//| label: pot
#include "pot.h"
int main(void) { return 0; }
```
END
	refused '11:13: cell `tea` does not compile: ‘none’ undeclared (first use in this function)' \
		'12:17: cell `tea` does not compile: ‘nothing’ undeclared (first use in this function)' \
		'18:10: cell `pot` does not compile: pot.h: No such file or directory'
	assert_detail '   11 |  int cups = none;'
	assert_detail '      |             ^~~~'
}

@test "in a list or a quote, too" {
	post <<-'END'
		> - Tea:
		>
		>   ```{c}
		>   int main(void) { return none; }
		>   ```

		12. Tea:

		    ```{c}
		    int main(void)
		    {
		    	return none;
		    }
		    ```
	END
	refused '8:29: cell `cell-1` does not compile: ‘none’ undeclared (first use in this function)' \
		'16:13: cell `cell-2` does not compile: ‘none’ undeclared (first use in this function)'
	assert_detail '    8 | >   int main(void) { return none; }'
	assert_detail '      |                             ^~~~'
}

@test "in a file of examples/ and in a header, with the cell it is for" {
	mkdir examples/lib
	printf 'int main(void)\n{\n\treturn none;\n}\n' >examples/tea.c
	printf '\nstatic inline int pot(void) { return none; }\n' >examples/lib/pot.h
	post <<-'END'
		```{c}
		//| file: tea.c
		```

		```{c}
		//| label: pot
		#include "lib/pot.h"
		int main(void) { return pot(); }
		```
	END
	refused 'examples/tea.c:3:9: cell `cell-1` does not compile: ‘none’ undeclared (first use in this function)' \
		'examples/lib/pot.h:2:38: cell `pot` does not compile: ‘none’ undeclared (first use in this function)'
	assert_detail 'for the cell at posts/2021-03-10-a.md:9:1'
}

@test "what the linker misses stands at the post's own line" {
	post <<-'END'
		```{c}
		//| label: tea
		void brew(void);

		int main(void)
		{
			brew();
		}
		```

		```{c}
		//| label: pot
		int cups;
		```
	END
	refused "11: cell \`tea\` does not compile: undefined reference to \`brew': define it, or name its library with \`libs\`" \
		'15:1: cell `pot` does not compile: the linker or the compiler said:'
	assert_regex "$stderr" "
    .*undefined reference to .main'"
}

@test "a warning is told with its place, again when the cell is kept, and fails nothing" {
	post <<'END'
Tea.

```{c}
//| runs: 1
int main(void)
{
	int unused;
	return 0;
}
```
END
	run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_equal "$(told | head -1)" 'posts/2021-03-10-a.md:11:6: warning: unused variable ‘unused’ [-Wunused-variable]'
	assert_exists "$(page a)"
	sed -i 's/^Tea\.$/Tea.\n\nMore tea./' posts/2021-03-10-a.md
	run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_equal "$(told | head -1)" 'posts/2021-03-10-a.md:13:6: warning: unused variable ‘unused’ [-Wunused-variable]'
}

# ---- running

@test "programs that do not end well are told of their cell, with what they said" {
	post <<-'END'
		```{c}
		//| label: three
		#include <stdio.h>
		int main(void) { fprintf(stderr, "the tea is cold\n"); return 3; }
		```

		```{c}
		//| label: segv
		int main(void) { int *volatile none = 0; return *none; }
		```

		- ```{c}
		  //| label: hangs
		  //| timeout: 100 ms
		  #include <unistd.h>
		  int main(void) { for (;;) pause(); }
		  ```

		```{c}
		//| label: floods
		#include <stdio.h>
		int main(void) { for (;;) puts("tea"); }
		```
	END
	refused '5:1: cell `three`: exit code 3 after TIME: a cell that works ends with 0' \
		'11:1: cell `segv`: killed by SIGSEGV (segmentation fault) after TIME: run it in a debugger, or build it with -fsanitize=address' \
		'16:3: cell `hangs`: stopped after TIME, its timeout, with one thread alive: does it hang? If it needs longer, say so with `timeout:`' \
		'23:1: cell `floods`: wrote more than 1 MiB of output and was stopped: print less'
	assert_detail 'the tea is cold'
}

# ---- Lua

@test "errors of Lua cells stand at their lines" {
	post <<-'END'
		```{lua}
		local cups = 3
		return ("%d cups"):format(cups
		```

		```{lua}
		local cups = 3

		return pots.first
		```

		- ```{lua}
		  error("the tea is cold")
		  ```
	END
	refused "7:31: Lua: ')' expected near <eof>" \
		"13: Lua: attempt to index a nil value (global 'pots')" \
		'17: Lua: the tea is cold'
}

@test "what is no Lua stands at its column where its line has it once" {
	post <<-'END'
		- ```{lua}
		  local tea = 5
		  tèa = tea tea = = 3
		  ```

		```{lua}
		retrun bars("x")
		```

		```{lua}
		x = = y == z = =
		```
	END
	refused "7: Lua: syntax error near '<\\195>'" "11:8: Lua: syntax error near 'bars'" "15: Lua: unexpected symbol near '='"
	echo 'return { site = { title = "a", "b" } c = 3 }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(head -1 <<<"$stderr")" "pipeline.lua:1:38: '}' expected near 'c'"
}

@test "Lua cells that return nothing to show" {
	post <<-'END'
		```{lua}
		--| label: none
		local cups = 3
		```

		```{lua}
		return 5
		```

		```{lua}
		return {}
		```

		```{lua}
		return { "tea", 5 }
		```
	END
	refused '5:1: cell `none` returns nothing: return a figure, a list of figures, or Markdown as a string' \
		'10:1: cell `cell-2` returns a number: return a figure, a list of figures, or Markdown as a string' \
		'14:1: cell `cell-3` returns an empty list: return a figure, a list of figures, or Markdown as a string' \
		'18:1: cell `cell-4`: item 2 of what it returns is a number: return figures and Markdown only'
}

@test "what is said of a figure where a cell returns text" {
	post <<-'END'
		```{lua}
		--| label: a
		--| fig-cap: "Tea."
		--| fig-alt: "A cup."
		return "tea"
		```

		```{lua}
		--| fig-cap: "Tea."
		return { "tea", table("b") }
		```

		```{lua}
		return "Neither caption nor figure."
		```

		```{c}
		//| label: b
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	refused '7:14: `fig-cap`: the cell returns text and no figure: remove it; below a table a line `: caption` says what it is' \
		'8:14: `fig-alt`: the cell returns text and no figure: remove it; below a table a line `: caption` says what it is'
}

@test "one call of Lua's own that does not end, ends livepost, and the next build is none the worse" {
	post <<-'END'
		```{lua}
		return ("a"):rep(30000):find(".-.-.-.-b") and "never" or "never"
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$stderr" "$POST:6: Lua: stopped after 20 s in one call: a pattern with so many repetitions on so long a text does not end; make one of them smaller
livepost: the site is as it was"
	assert_not_exists site
	post <<<'Tea.'
	run -0 "$LIVEPOST" build
}

@test "an endless loop in Lua ends" {
	post <<-'END'
		```{lua}
		while true do
		end
		```
	END
	run --separate-stderr timeout 100 "$LIVEPOST" build
	assert_failure 1
	assert_regex "$stderr" '^posts/2021-03-10-a\.md:[67]: Lua: stopped after 200 million instructions: does it loop for ever\?'
}

@test "Lua reaches no file, no process and no other code" {
	local name
	for name in io os require load loadfile dofile debug package coroutine collectgarbage getmetatable setmetatable rawset pcall print; do
		post <<<"Tea \`{lua} $name.x\`."
		refused "5:5: Lua: attempt to index a nil value (global '$name')"
	done
	post <<<'Tea `{lua} _G.x`, `{lua} string.dump(wall)` and `{lua} _ENV.io.x`.'
	refused "5:5: Lua: attempt to index a nil value (global '_G')" \
		"5:19: Lua: attempt to call a nil value (field 'dump')" \
		"5:49: Lua: attempt to index a nil value (global 'io')"
}

@test "cells that are not there or misnamed" {
	post <<-'END'
		```{c}
		//| label: tea
		//| runs: 1
		int main(void) { return 0; }
		```

		```{lua}
		return timeline("tae")
		```

		```{lua}
		return bars("tea", "breakfast")
		```

		```{lua}
		return timeline()
		```

		```{lua}
		return bars("tea", 5)
		```

		```{lua}
		return bars("tea", { base_line = "tea" })
		```

		```{lua}
		--| label: compared
		return bars("tea", { baseline = "coffee" })
		```

		Took `{lua} wall("tae")`, `{lua} cpu("breakfast")`, `{lua} runs()` or
		`{lua} speedup("tea", "pot")`.
	END
	refused '12: Lua: no cell `tae` was measured in this post: did you mean `tea`?' \
		'16: Lua: no cell `breakfast` was measured in this post: known are `tea`' \
		'20: Lua: timeline: name at least one cell' \
		'24: Lua: bars: argument 2 is a number: labels of cells and one table of options are expected' \
		'28: Lua: bars: unknown option `base_line`: did you mean `baseline`?' \
		"31:1: cell \`compared\`: bars: the baseline 'coffee' is not among the measurements" \
		'36:6: Lua: no cell `tae` was measured in this post: did you mean `tea`?' \
		'36:27: Lua: no cell `breakfast` was measured in this post: known are `tea`' \
		'36:53: Lua: the label of a cell is expected, in quotes, not a nil' \
		'37:1: Lua: no cell `pot` was measured in this post: known are `tea`'
}

@test "inline code that says nothing a sentence can hold" {
	post <<-'END'
		A `{lua} nil`, `{lua} {}`, `{lua} true`, `{lua} 1 +`, `{lua} 1 2`, `{lua} ms(5) + 1`, `{lua} error("cold")`
		and `{lua} error({})`.
	END
	refused '5:3: Lua: `nil` is nothing: a number or a string is expected in a sentence' \
		'5:16: Lua: `{}` is a table: a number or a string is expected in a sentence' \
		'5:28: Lua: `true` is a boolean: a number or a string is expected in a sentence' \
		'5:42: Lua: unexpected symbol near <eof>' \
		"5:55: Lua: <eof> expected near '2'" \
		'5:68: Lua: cannot add a time and a number: write a time as ms(5) or s(1.2)' \
		'5:87: Lua: cold' \
		'6:5: Lua: error() was called with a table: give it a text'
}

@test "captions and alternative texts whose Lua is wrong" {
	post <<-'END'
		```{c}
		//| label: tea
		//| runs: 1
		//| fig-cap: "Took `{lua} wall('tae')`."
		//| fig-alt: "A `{lua} {}`."
		int main(void) { return 0; }
		```
	END
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_equal "$(told | sort)" "$(sort <<-'END'
		livepost: the site is as it was: nothing was published
		posts/2021-03-10-a.md:8:14: Lua: no cell `tae` was measured in this post: did you mean `tea`?
		posts/2021-03-10-a.md:9:14: Lua: `{}` is a table: a number or a string is expected here
	END
	)"
	assert_not_exists site
}

# ---- claims

@test "claims that the measurements contradict, and that are none" {
	post <<-'END'
		```{c}
		//| label: tea
		//| runs: 1
		//| claim:
		//|   - wall("tea") < ms(0)
		//|   - wall("tea")
		//|   - runs("tea") == 1
		//|   - speedup("tea", "tae") > 1
		//|   - wall("tea") > 5
		//|   - 1 +
		//|   - 2 < 1
		int main(void) { return 0; }
		```

		```{lua}
		--| claim: runs("tea") > 1
		return "Tea."
		```
	END
	refused '9:9: claim `wall("tea") < ms(0)`: the measurements contradict it: wall("tea") is TIME, from a single run: correct the claim and the prose around it, or the program' \
		'10:9: claim `wall("tea")`: it is a time, neither true nor false: compare something' \
		'12:9: Lua: no cell `tae` was measured in this post: did you mean `tea`?' \
		'13:9: Lua: cannot compare a number and a time: write a time as ms(5) or s(1.2)' \
		'14:9: Lua: unexpected symbol near <eof>' \
		'15:9: claim `2 < 1`: the measurements contradict it: it is false: correct the claim and the prose around it, or the program' \
		'20:12: claim `runs("tea") > 1`: the measurements contradict it: runs("tea") is 1: correct the claim and the prose around it, or the program'
}

# ---- all of them

@test "all posts are looked at: what is wrong in several is told in one build" {
	make_post 2021-03-10-good.md <<<'Good tea.'
	make_post 2021-03-11-option.md <<-'END'
		```{c}
		//| run: 3
		int main(void) { return 0; }
		```
	END
	make_post 2021-03-12-compile.md <<-'END'
		```{c}
		int main(void) { return none; }
		```
	END
	make_post 2021-03-13-run.md <<-'END'
		```{c}
		//| runs: 1
		int main(void) { return 1; }
		```
	END
	mkdir posts/more
	make_post more/2021-03-14-lua.md <<<'Tea `{lua} nil`.'
	printf -- '---\ntitle\n---\n' >posts/2021-03-15-front.md
	# Whatever is wrong early is told before anything is run; within that the order is not promised.
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_equal "$(told | sort)" "$(printf '%s\n' 'livepost: the site is as it was: nothing was published' \
		'posts/2021-03-15-front.md:2:1: found `title` where keys are expected: write each as `key: value`' \
		'posts/2021-03-11-option.md:6:5: unknown option `run`: did you mean `runs`?' \
		'posts/2021-03-12-compile.md:6:25: cell `cell-1` does not compile: ‘none’ undeclared (first use in this function)' \
		'posts/2021-03-13-run.md:5:1: cell `cell-1`: exit code 1 after TIME: a cell that works ends with 0' \
		'posts/more/2021-03-14-lua.md:5:5: Lua: `nil` is nothing: a number or a string is expected in a sentence' | sort)"
	assert_not_exists site
}

@test "a folder given by name stands before every path" {
	mkdir site-of-mine
	mv posts templates examples pipeline.lua site-of-mine/
	cd site-of-mine
	echo 'int main(void) { return none; }' >examples/tea.c
	post <<-'END'
		```{c}
		int main(void) { return none; }
		```

		```{c}
		//| file: tea.c
		```
	END
	cd ..
	run --separate-stderr "$LIVEPOST" build site-of-mine/
	assert_failure 1
	assert_equal "$(told)" 'site-of-mine/posts/2021-03-10-a.md:6:25: cell `cell-1` does not compile: ‘none’ undeclared (first use in this function)
site-of-mine/examples/tea.c:1:25: cell `cell-2` does not compile: ‘none’ undeclared (first use in this function)
livepost: the site is as it was: nothing was published'
	assert_not_exists site-of-mine/site
}

@test "an error leaves what was published as it was" {
	echo 'Good tea.' | post
	run "$LIVEPOST" build
	assert_success
	cp -r site before
	echo 'Bad `{lua} nil`.' | post
	make_post 2021-03-11-b.md <<<'Good tea.'
	run "$LIVEPOST" build
	assert_failure 1
	run diff -r before site
	assert_success
}

# ---- the line that a problem is about

# What stands below a problem that begins with these words: the lines of it that are indented.
below() { # WORDS
	awk -v words="$1" 'index($0, words) == 1 { on = 1; next } !/^    / { on = 0 } on' <<<"$stderr"
}

@test "below a problem stands its line, with a caret below its column" {
	post <<-'END'
		> - ```{c}
		>   //| lable: x
		>   int main(void) { return 0; }
		>   ```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(below 'posts/2021-03-10-a.md:6:9: unknown option')" '        6 | >   //| lable: x
          |         ^'
}

@test "tabs, wide and combining characters, and orders to a terminal in the line: the caret stands below the right one" {
	printf -- '---\ntitle: x\ndate: 2021-03-10\n---\n\t`a` 日本e\xcc\x81 \x1b[31m `{lua} nil` x\n' >posts/2021-03-10-a.md
	sed -i '5s/^\t//' posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	# 日本 are four columns, é with its accent one; of the escape only a sign is left, which is a column.
	local line
	line=$(below 'posts/2021-03-10-a.md:5:' | head -n 1)
	assert_equal "$(below 'posts/2021-03-10-a.md:5:' | wc -l)" 2
	refute grep -q $'\033' <<<"$stderr"
	assert_regex "$line" '^        5 \| `a` 日本'$'e\u0301 \ufffd''\[31m `\{lua\} nil` x$'
	assert_equal "$(below 'posts/2021-03-10-a.md:5:' | tail -n 1)" '          |                 ^'
}

@test "a long line is cut around the caret, and a line of a megabyte as quickly as any" {
	{ printf '%0200d' 0; printf ' `{lua} nil` '; printf '%0200d' 0; } | post
	run -1 --separate-stderr "$LIVEPOST" build
	local line caret
	line=$(below 'posts/2021-03-10-a.md:5:202: ' | head -n 1)
	caret=$(below 'posts/2021-03-10-a.md:5:202: ' | tail -n 1)
	assert_regex "$line" '^        5 \| …0+ `\{lua\} nil` 0+…$'
	assert [ "${#line}" -le 120 ]
	assert_equal "${line:${#caret}-1:1}" '`'
	{ printf '%01000000d' 0; printf ' `{lua} nil` '; printf '%01000000d' 0; } | post
	run -1 --separate-stderr "$LIVEPOST" build
	line=$(below 'posts/2021-03-10-a.md:5:1000002: ' | head -n 1)
	caret=$(below 'posts/2021-03-10-a.md:5:1000002: ' | tail -n 1)
	assert_regex "$line" '^        5 \| …0+ `\{lua\} nil` 0+…$'
	assert [ "${#line}" -le 120 ]
	assert_equal "${line:${#caret}-1:1}" '`'
}

@test "lines of pipeline.lua, templates and examples are shown, too; without a column there is no caret" {
	echo 'return { site = { title = } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(below 'pipeline.lua:1: ')" '        1 | return { site = { title = } }'
	echo 'return {}' >pipeline.lua
	post <<<'Text.'
	echo '{{ post.title' >templates/post.html
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$(below 'templates/post.html:1:')" '^        1 \| \{\{ post\.title'
	cd ..
	run -1 --separate-stderr "$LIVEPOST" build "$BATS_TEST_TMPDIR"
	assert_regex "$(below "$BATS_TEST_TMPDIR/templates/post.html:1:")" '^        1 \| \{\{ post\.title'
}

@test "the compiler's own line is not said twice, and no line of a file that is not the site's" {
	echo 'secret' >outside.c
	post <<-'END'
		```{c}
		int main(void) { return x; }
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -c 'int main' <<<"$stderr")" 1
	post <<-END
		\`\`\`{c}
		#line 1 "$BATS_TEST_TMPDIR/outside.c"
		int main(void) { return x; }
		\`\`\`

		\`\`\`{c}
		#line 1 "/site/posts/../outside.c"
		int main(void) { return x; }
		\`\`\`
	END
	run -1 --separate-stderr "$LIVEPOST" build
	refute grep -q secret <<<"$stderr"
	assert_regex "$stderr" 'outside\.c:1'
}

@test "pages in one place are told of each post, at its own line" {
	post <<<'One.'
	printf -- '---\ndate: 2021-03-11\npermalink: /index.html\n---\n' >posts/b.md
	printf -- '---\ndate: 2021-03-12\npermalink: /index.html\n---\n' >posts/c.md
	refused 'posts/b.md:3:12: its page would be index.html, which already is that of the site itself: give it another `permalink`' \
		'posts/c.md:3:12: its page would be index.html, which already is that of the site itself: give it another `permalink`'
}

@test "output and Markdown of Lua that cannot be read as Markdown are told of their cell" {
	post <<-'END'
		```{c}
		//| label: deep
		//| runs: 1
		//| output: asis
		#include <stdio.h>
		int main(void) { for (int i = 0; i < 20000; i++) putchar('>'); puts("x"); }
		```

		```{lua}
		return ("> "):rep(20000)
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'a\.md:5:1: cell `deep`: what it printed cannot be read as Markdown: '
	assert_regex "$stderr" 'a\.md:13:1: cell `cell-2`: what it returns cannot be read as Markdown: '
}
