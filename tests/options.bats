# The options of cells that say what is compiled and run: each does what it says, reaches the key, and is refused where it
# says nothing.

# shellcheck disable=SC2016
load support/posts

@test "args, stdin, env, defines, includes, libs and flags reach compiler and program" {
	measured '.a.output' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| args: [eggs, two words, "--", "$HOME"]
		//| stdin: |
		//|   salt
		//|   pepper
		//| env: { HERB: basil, EMPTY: }
		//| defines: { POTS: 4, DEBUG: }
		//| includes: [<stdio.h>, "<stdlib.h>", <math.h>]
		//| libs: m
		//| flags: -O1 -funsigned-char
		int main(int argc, char **argv)
		{
			for (int i = 1; i < argc; i++) printf("[%s]", argv[i]);
			for (int c; (c = getchar()) != EOF;) putchar(c == '\n' ? ';' : c);
			volatile double four = POTS;
			printf(" %s '%s' %d %g %d\n", getenv("HERB"), getenv("EMPTY"), DEBUG, sqrt(four), (char)-1 > 0);
		}
		```
	END
	assert_output "[eggs][two words][--][\$HOME]salt;pepper; basil '' 1 2 1"
}

@test "defines and env as lists; words of args between blanks; stdin from a file" {
	printf 'onions' >examples/list.txt
	measured '.a.output' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| args: one two
		//| stdin: { file: list.txt }
		//| env: [A=1=2, B]
		//| defines: [N=3, FLAG]
		#include <stdio.h>
		#include <stdlib.h>
		int main(int argc, char **argv)
		{
			char word[20];
			printf("%d %s %d %d %s '%s' %s\n", argc, argv[2], N, FLAG, getenv("A"), getenv("B"), fgets(word, 20, stdin));
		}
		```
	END
	assert_output "3 two 3 1 1=2 '' onions"
}

@test "workdir: the program starts among the files of a folder, and may write beside them" {
	mkdir -p examples/pantry/shelf
	echo flour >examples/pantry/shelf/top
	measured '.a.output' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| workdir: pantry
		#include <stdio.h>
		int main(void)
		{
			char word[20];
			fscanf(fopen("shelf/top", "r"), "%19s", word);
			FILE *made = fopen("made", "w");
			printf("%s %d %d\n", word, made != NULL, fopen("shelf/top", "w") != NULL);
		}
		```
	END
	assert_output 'flour 1 0'
}

@test "memory: what a program may have" {
	local limit
	for limit in '64 MiB' '1GB'; do
		measured '.a.output' <<-END
			\`\`\`{c}
			//| label: a
			//| runs: 1
			//| memory: $limit
			#include <stdio.h>
			#include <stdlib.h>
			int main(void) { printf("%d", malloc(100000000) != NULL); }
			\`\`\`
		END
		assert_output "$([ "$limit" = 1GB ] && echo 1 || echo 0)"
	done
}

@test "each option that changes what is measured measures again; prose, captions and what is only shown do not" {
	mkdir examples/pantry
	echo a >examples/pantry/file
	printf 'int main(void) { return 0; }\n' >examples/tea.c
	post() { # OPTION…
		{
			printf 'Prose %s.\n\n' "$RANDOM"
			printf '```{c}\n//| label: a\n//| runs: 1\n'
			[ $# -eq 0 ] || printf '//| %s\n' "$@"
			printf 'int main(void) { return 0; }\n```\n'
		} | make_post 2021-03-10-a.md
	}
	post
	assert_equal "$(ran)" 'a;'
	post
	assert_equal "$(ran)" ''
	local option
	for option in 'args: x' 'args: y' 'stdin: x' 'env: { A: 1 }' 'env: { A: 2 }' 'defines: { A: 1 }' 'flags: -O1' 'libs: m' \
		'includes: <math.h>' 'workdir: pantry' 'memory: 1 GB' 'error: true'; do
		post "$option"
		assert_equal "$option: $(ran)" "$option: a;"
		post "$option"
		assert_equal "$option: $(ran)" "$option: "
	done
	for option in 'echo: false' 'output: false' 'timeline: false' 'include: false' 'fig-cap: Soup' 'timeout: 9s'; do
		post "$option"
		assert_equal "$option: $(ran)" "$option: "
	done
	post 'workdir: pantry'
	echo b >examples/pantry/file
	assert_equal "$(ran)" 'a;'
	post 'cache: false'
	assert_equal "$(ran)" 'a;'
	assert_equal "$(ran)" 'a;'
}

@test "execute: pipeline.lua's defaults, over them those of front matter, over these the cell's own" {
	echo 'return { site = {}, execute = { runs = 2, env = { A = "site", B = 1 }, timeout = "3s", warmup = false } }' >pipeline.lua
	cat >"$POST" <<-'END'
		---
		title: A post
		execute:
		  runs: 3
		  flags: [-O1]
		---

		```{c}
		int main(void) { return 0; }
		```

		```{c}
		//| runs: 4
		//| env: { C: own }
		//| warmup: true
		int main(void) { return 0; }
		```

		```{c}
		//| expect: timeout
		int main(void) { for (;;); }
		```

		```{lua}
		return "text"
		```
	END
	run -0 --separate-stderr "$LIVEPOST" dump cells "$POST"
	run -0 jq -cr '.[] | [.runs, .timeout_ns, .warmup, .environment, .flags]' <<<"$output"
	assert_output '[3,3000000000,false,["A=site","B=1"],["-O1"]]
[4,3000000000,true,["C=own"],["-O1"]]
[1,2000000000,false,["A=site","B=1"],["-O1"]]
[null,null,null,null,null]'
}

@test "execute: what is wrong in it is said at its own place" {
	cat >"$POST" <<-'END'
		---
		title: A post
		execute:
		  runs: many
		  label: tea
		  evall: false
		---

		```{c}
		int main(void) { return 0; }
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -v '^    ' <<<"$stderr")" "$POST:4:9: \`execute\`: \`runs\` takes a whole number: found \`many\`
$POST:5:3: \`execute\`: unknown option \`label\`: none is called nearly so: livepost(5) has all options
$POST:6:3: \`execute\`: unknown option \`evall\`: did you mean \`eval\`?
livepost: the site is as it was: nothing was published"
	cat >"$POST" <<-'END'
		---
		execute: fast
		---
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(head -1 <<<"$stderr")" "$POST:2:10: \`execute\` takes a map of \`key: value\` lines: found \`fast\`"
	local given said
	while IFS='|' read -r given said; do
		echo "return { execute = $given }" >pipeline.lua
		run -1 --separate-stderr "$LIVEPOST" build
		grep -qF "pipeline.lua:1:$said" <<<"$stderr" || fail "$given: $stderr"
	done <<-'END'
		{ runs = "many" }|29: setting `execute`: `runs` takes a whole number: found `many`
		{ rums = 3 }|22: setting `execute`: unknown option `rums`: did you mean `runs`?
		{ env = { A = {} } }|34: setting `execute`: `env` takes a map of `NAME: text`, or a list of `NAME=text`: found a list
		{ 1, 2 }|22: setting `execute`: a table of cells' options is expected, { runs = 3 }
		{ env = pairs }|28: setting `execute`: `env` takes texts, numbers, `true` and `false`, and lists and tables of these
		{ runs = 3, env = { A = pairs }, eval = 3 }|38: setting `execute`: `env` takes texts
		{ runs = 3, env = { A = pairs }, eval = 3 }|60: setting `execute`: `eval` takes `true` or `false`: found `3`
	END
}

@test "eval: false is shown and not run, and can be called by nobody" {
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: a
		//| eval: false
		this is no C
		```

		```{lua}
		--| label: b
		--| eval: false
		this is no Lua
		```
	END
	run -0 --separate-stderr "$LIVEPOST" build
	refute_output --partial compiling
	run -0 --separate-stderr xmllint --html --xpath 'string(//div[@id="a"]//code) = "this is no C" and string(//div[@id="b"]//code) = "this is no Lua"' \
		"$(page a)"
	assert_output true
	assert_equal "$(xmllint --html --xpath 'count(//svg)' "$(page a)" 2>/dev/null)" 0
}

@test "timeline: false draws none, and the measurement is there for Lua" {
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: a
		//| runs: 2
		//| timeline: false
		int main(void) { return 0; }
		```

		`{lua} runs("a")` runs.
	END
	run -0 "$LIVEPOST" build
	assert_equal "$(xmllint --html --xpath 'count(//figure[@class="figure"])' "$(page a)" 2>/dev/null)" 0
	grep -qF '<span class="measured">2</span> runs.' "$(page a)"
}

@test "error: true shows how a program failed, and measures it only up to there" {
	measured '.[] | [.label, .exit.code, .exit.signal, .exit.ending, (.runs | length), .wall.n, .errors]' <<-'END'
		```{c}
		//| label: code
		//| error: true
		#include <stdio.h>
		int main(void) { fputs("no <salt>\n", stderr); return 3; }
		```

		```{c}
		//| label: crash
		//| error: true
		#include <stdlib.h>
		int main(void) { abort(); }
		```

		```{c}
		//| label: fine
		//| error: true
		//| runs: 2
		int main(void) { return 0; }
		```

		```{c}
		//| label: slow
		//| error: true
		//| timeout: 20ms
		#include <unistd.h>
		int main(void) { pause(); }
		```
	END
	assert_output '["code",3,null,null,1,1,"no <salt>\n"]
["crash",null,"ABRT","signal",1,1,""]
["fine",0,null,null,2,2,""]
["slow",null,null,"timeout",1,1,""]'
	run -0 "$LIVEPOST" build
	ending() { xmllint --html --xpath "string(//div[@id='$1']/div[@class='report failure'])" "$(page a)" 2>/dev/null; }
	assert_equal "$(ending code)" 'Failed: exit code 3no <salt>'
	assert_equal "$(ending crash)" 'Failed: killed by SIGABRT'
	assert_equal "$(ending fine)" ''
	assert_equal "$(ending slow)" 'Failed: stopped at its timeout'
	# What is kept is shown again.
	rm -r site
	run -0 "$LIVEPOST" build
	refute_output --partial compiling
	assert_equal "$(ending code)" 'Failed: exit code 3no <salt>'
}

@test "error: true shows the run that failed, whatever those before it did" {
	# One in eight fails.
	measured '.a | .exit.code, (.runs | length) == .median_run, .output' <<-'END'
		```{c}
		//| label: a
		//| error: true
		//| runs: 200
		#include <stdio.h>
		#include <stdlib.h>
		#include <sys/random.h>
		int main(void)
		{
			unsigned char drawn = 0;
			getrandom(&drawn, 1, 0);
			puts(drawn < 32 ? "burnt" : "done");
			return drawn < 32;
		}
		```
	END
	assert_output '1
true
burnt'
}

@test "error: true is not for what does not compile" {
	post_fails '7:18: cell `a` does not compile: ' <<-'END'
		```{c}
		//| label: a
		int main(void) { salt; }
		```
	END
}

@test "a program told in pieces: the code of earlier cells in front, each once, at its own lines" {
	measured '.supper.output, .dinner.output' <<-'END'
		```{c}
		//| label: kitchen
		//| eval: false
		#include <stdio.h>
		static int pots = 2;
		```

		- In a list:

		  ```{c}
		  //| label: cook
		  //| depends-on: kitchen
		  //| eval: false
		  static int cook(void) { return pots * 2; }
		  static int cook_line = __LINE__;
		  ```

		```{c}
		//| label: dinner
		//| depends-on: cook
		//| runs: 1
		int main(void) { printf("%d %d %d %s\n", cook(), cook_line, __LINE__, __FILE__); }
		```

		```{c}
		//| label: supper
		//| depends-on: [cook, kitchen]
		//| runs: 1
		int main(void) { printf("%d", cook()); }
		```
	END
	assert_output "4
4 19 26 $POST"
	post_fails '10:5: cell `soup` does not compile: size' '16:36: cell `soup` does not compile: ' <<-'END'
		```{c}
		//| label: piece
		//| eval: false

		int
		    salt[-1];
		```

		```{c}
		//| label: soup
		//| depends-on: piece
		int main(void) { pepper(); return 0 }
		```
	END
}

@test "pieces: a change to one measures again those that it stands in, and none other; prose between moves nothing" {
	post() { # PROSE PIECE
		make_post 2021-03-10-a.md <<-END
			\`\`\`{c}
			//| label: piece
			//| eval: false
			#include <assert.h>
			static void taste(int n) { assert(n $2); }
			\`\`\`

			$1

			\`\`\`{c}
			//| label: soup
			//| depends-on: piece
			//| error: true
			int main(void) { taste(0); }
			\`\`\`

			\`\`\`{c}
			//| label: tea
			//| runs: 1
			int main(void) { return 0; }
			\`\`\`
		END
	}
	post 'A line.' '> 1'
	assert_equal "$(ran)" 'soup;tea;'
	grep -qF "$POST:9: taste: Assertion" "$(page a)"
	{ echo; echo; } >gap
	post "Several$(printf '\n\nlines\n\nof prose.')" '> 1'
	sed -i '5i Prose above.\n' "$POST"
	assert_equal "$(ran)" ''
	# What the program said of its lines moves with them.
	grep -qF "$POST:11: taste: Assertion" "$(page a)"
	post 'A line.' '> 2'
	assert_equal "$(ran)" 'soup;'
}

@test "depends-on: cells that are not there, that stand below, circles, other languages" {
	post_fails '7:17: `depends-on`: there is no cell `kitchn`: did you mean `kitchen`?' \
		'14:17: `depends-on`: cell `last` stands below, in line 40: only earlier cells stand in front' \
		'20:18: `depends-on`: `b`, `c` depend on each other in a circle' \
		'27:17: `depends-on`: `c`, `b` depend on each other in a circle' \
		'33:17: `depends-on`: a cell cannot stand in front of itself' \
		'36:1: cell `kitchen` is empty' <<-'END'
		```{c}
		//| label: a
		//| depends-on: kitchn
		int main(void) { return 0; }
		```

		```{c}
		//| label: aa
		//|
		//| depends-on: last
		int main(void) { return 0; }
		```

		```{c}
		//| label: b
		//| depends-on: [c]
		//| eval: false
		int b;
		```

		```{c}
		//| label: c
		//| depends-on: b
		int main(void) { return 0; }
		```

		```{c}
		//| label: d
		//| depends-on: d
		int main(void) { return 0; }
		```
		```{c}
		//| label: kitchen
		```

		```{c}
		//| label: last
		//| eval: false
		int last;
		```
	END
}

@test "a cell that is a header: included by other cells and by files, at its own lines, and its change measures them again" {
	printf '#include "kitchen.h"\n#include <stdio.h>\nint main(void) { printf("%%d\\n", pots); }\n' >examples/soup.c
	post() {
		make_post 2021-03-10-a.md <<-END
			\`\`\`{c}
			//| label: soup
			//| runs: 1
			//| file: soup.c
			\`\`\`

			$2

			\`\`\`{c}
			//| label: kitchen
			//| filename: kitchen.h
			//| eval: false
			enum { pots = $1 };
			static const int line = __LINE__;
			\`\`\`

			\`\`\`{c}
			//| label: tea
			//| runs: 1
			#include "kitchen.h"
			#include <stdio.h>
			int main(void) { printf("%d %d\n", pots, line); }
			\`\`\`

			\`\`\`{c}
			//| label: other
			//| runs: 1
			int main(void) { return 0; }
			\`\`\`
		END
	}
	post 3 ''
	assert_equal "$(ran)" 'soup;tea;other;'
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	run -0 jq -r '.soup.output + .tea.output' <<<"$output"
	assert_output '3
3 18'
	post 3 'Prose above the header.'
	assert_equal "$(ran)" ''
	post 4 ''
	assert_equal "$(ran)" 'soup;tea;'
	post '3 +' ''
	run -1 --separate-stderr "$LIVEPOST" build
	assert_output ''
	grep -qF "$POST:17:19: cell" <<<"$stderr" || fail "$stderr"
}

@test "headers: two of one name, names that are none, pieces in front" {
	post_fails '6:15: `filename`: `../pot.h` is no name of a header: such as `kitchen.h`' \
		'14:17: `depends-on`: a header stands alone: let it include what it needs' \
		'19:15: `filename`: `a.h` is a header already, in line 11' <<-'END'
		```{c}
		//| filename: ../pot.h
		//| eval: false
		int a;
		```

		```{c}
		//| filename: a.h
		//| eval: false
		//| depends-on: cell-1
		int b;
		```

		```{c}
		//| filename: a.h
		//| eval: false
		int c;
		```
	END
}

@test "file: several files are built together, all of them shown, and each is in the key" {
	mkdir examples/lib
	printf '#include "lib/pot.h"\nint pots(void) { return POTS; }\n' >examples/lib/pot.c
	echo '#define POTS 3' >examples/lib/pot.h
	printf '#include "lib/pot.h"\n#include <stdio.h>\nint pots(void);\nint main(void) { printf("%%d %%d\\n", pots(), POTS); }\n' >examples/main.c
	cells '.[0] | .code_path, .shown, (.others[] | [.code_path, .code_line, .shown.lines])' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| file: [main.c, lib/pot.c]
		```
	END
	assert_output 'examples/main.c
{"lines":[1,2,3,4]}
["examples/lib/pot.c",1,[1,2]]'
	assert_equal "$(ran)" 'a;'
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	assert_equal "$(jq -r .a.output <<<"$output")" '3 3'
	assert_equal "$(ran)" ''
	echo '#define POTS 4' >examples/lib/pot.h
	assert_equal "$(ran)" 'a;'
	sed -i 's/return POTS/return POTS + 0/' examples/lib/pot.c
	assert_equal "$(ran)" 'a;'
	# The errors of all files are told, each in its own.
	echo 'int pots(void) { return none; }' >examples/lib/pot.c
	echo 'int main(void) { return nothing; }' >examples/main.c
	run -1 --separate-stderr "$LIVEPOST" build
	grep -qF 'examples/lib/pot.c:1:25: cell `a` does not compile' <<<"$stderr" || fail "$stderr"
	grep -qF 'examples/main.c:1:25: cell `a` does not compile' <<<"$stderr" || fail "$stderr"
	echo 'int pots(void);int main(void) { return pots(); }' >examples/main.c
	echo >examples/lib/pot.c
	run -1 --separate-stderr "$LIVEPOST" build
	grep -qF 'examples/main.c:1: cell `a` does not compile: undefined reference to' <<<"$stderr" || fail "$stderr"
}

# A project in examples/stove/ whose Makefile, from standard input, makes what is said.
project() {
	mkdir -p examples/stove
	cat >examples/stove/Makefile
	printf '#include "heat.h"\n#include <stdio.h>\nint main(void) { printf("%%d\\n", heat()); }\n' >examples/stove/main.c
	printf '#include "heat.h"\nint heat(void) { return HEAT; }\n' >examples/stove/heat.c
	printf 'int heat(void);\n' >examples/stove/heat.h
}

STOVE='```{c}
//| label: stove
//| runs: 1
//| file: stove/
//| defines: { HEAT: 7 }
```'

@test "file: a folder with its own Makefile is built by make in the sandbox" {
	project <<<'stove: main.o heat.o; $(CC) $(CFLAGS) -o $@ $^'
	# What was built outside stands for nothing.
	echo 'no object' >examples/stove/heat.o
	cells '.[0] | .code_path, .project.program, [.project.files[].path]' <<<"$STOVE"
	assert_output 'examples/stove/main.c
stove
["examples/stove/Makefile","examples/stove/heat.c","examples/stove/heat.h","examples/stove/main.c"]'
	assert_equal "$(ran)" 'stove;'
	assert_equal "$(ran)" ''
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	assert_equal "$(jq -r .stove.output <<<"$output")" 7
	# Headers of the system are known, and those of the folder in the key.
	run -0 jq -r '.headers | keys[]' .livepost/measurements/*.json
	assert_line '/usr/include/stdio.h'
	refute_line --partial stove
	assert_file_not_exists examples/stove/stove
	assert_file_not_exists examples/stove/main.o
	echo '# a comment' >>examples/stove/Makefile
	assert_equal "$(ran)" 'stove;'
}

@test "a folder's faults: no Makefile, a goal that makes something else, errors in its files and in make itself" {
	project <<<'stove: main.o heat.o'
	rm examples/stove/Makefile
	post_fails '8:11: file `stove/`: there is no Makefile in examples/stove: write one, or list the files to build' <<<"$STOVE"
	project <<<'oven: main.o heat.o; $(CC) -o $@ $^'
	post_fails '5:1: cell `stove` does not compile: make made no program `stove`: let the first goal' <<<"$STOVE"
	project <<<'stove: main.o none.o'
	post_fails '5:1: cell `stove` does not compile: make said:' <<<"$STOVE"
	grep -qF "No rule to make target 'none.o'" <<<"$stderr" || fail "$stderr"
	project <<<'stove: main.o heat.o; $(CC) $(CFLAGS) -o $@ $^'
	echo 'int heat(void) { return cold; }' >examples/stove/heat.c
	make_post 2021-03-10-a.md <<<"$STOVE"
	run -1 --separate-stderr "$LIVEPOST" build
	grep -qF 'examples/stove/heat.c:1:25: cell `stove` does not compile' <<<"$stderr" || fail "$stderr"
	rm examples/stove/main.c
	post_fails '8:11: file `stove/`: there is no Makefile' <<<"${STOVE/stove\//stove/none}" || true
	printf 'a' >examples/stove/b.c
	post_fails '8:11: file `stove/`: which of its files is shown is not clear: call one main.c, or name a `region`' <<<"$STOVE"
}

@test "regions and hidden lines: the whole file is compiled, what is shown is listed" {
	cat >examples/soup.c <<-'END'
		#include <stdio.h>
		// ANCHOR: outer
		static int pots = 2; // hide
		int main(void)
		{
			// ANCHOR: inner
			printf("%d\n", pots);

			// ANCHOR_END: inner
		}
		// ANCHOR_END: outer
	END
	cells '.[] | [.label, .shown.lines]' <<-'END'
		```{c}
		//| label: all
		//| file: soup.c
		```

		```{c}
		//| label: outer
		//| file: soup.c
		//| region: outer
		```

		```{c}
		//| label: inner
		//| file: soup.c
		//| region: inner
		```

		```{c}
		//| label: own
		//| region: mine
		// ANCHOR: mine
		int main(void) { return 0; }
		/* ANCHOR_END: mine */
		```

		```{lua}
		--| label: lua
		local x = 1 -- hide

		return "y"
		```
	END
	assert_output '["all",[1,4,5,7,8,10]]
["outer",[4,5,7,8,10]]
["inner",[7]]
["own",[26]]
["lua",[34]]'
}

@test "regions that are missing, open, closed twice, opened twice" {
	printf '// ANCHOR: salt\nint a;\n// ANCHOR_END: salt\n// ANCHOR_END: salt\n// ANCHOR: open\n// ANCHOR_END: before\n// ANCHOR: before\nint main(void) { return 0; }\n' >examples/r.c
	make_post 2021-03-10-a.md <<<"$(for region in slat salt open before pepper; do
		printf '```{c}\n//| file: r.c\n//| region: %s\n```\n\n' "$region"
	done)"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -v '^    ' <<<"$stderr")" "$POST:7:13: in examples/r.c there is no region \`slat\`: did you mean \`salt\`?
examples/r.c:4:1: region \`salt\` ends here a second time: keep one of its ends
examples/r.c:5:1: region \`open\` has no end: write \`// ANCHOR_END: open\` below
examples/r.c:6:1: region \`before\` ends here, and did not begin: write \`ANCHOR: before\` above
$POST:27:13: in examples/r.c there is no region \`pepper\`: there are salt, open, before
livepost: the site is as it was: nothing was published"
	post_fails '8:1: region `a` begins here a second time: give each region a name of its own' \
		'15:13: there is no region `b`: mark it with `// ANCHOR: b` and `// ANCHOR_END: b`' <<-'END'
		```{c}
		//| region: a
		// ANCHOR: a
		// ANCHOR: a
		int main(void) { return 0; }
		```

		```{c}
		//| label: x

		//| region: b
		int main(void) { return 0; }
		```
	END
}

@test "options that say nothing where they stand" {
	printf 'int main(void) { return 0; }\n' >examples/r.c
	post_fails '6:14: `fig-cap`: the cell has no figure, as `timeline` is false' \
		'13:12: `error`: `expect` says already how it is to end' \
		'19:12: `error`: with `outcomes` every ending is shown already' \
		'24:12: `env`: `LD_PRELOAD` loads what measures the program' \
		'24:27: `env`: `2x` is no name' \
		'29:16: `defines`: `a b` is no name' \
		'34:16: `includes` takes headers, `<math.h>` or `kitchen.h`: found `<math.h`' \
		'39:14: workdir `none`: examples/none is no folder: name a folder' \
		'44:20: `stdin`: file `none.txt`: cannot read' \
		'49:13: `memory` takes a size such as `64 MB` or `1 GiB`, with its unit: found `64`' \
		'54:13: `memory` takes at least 16 MiB: found `1 MB`' \
		'59:12: `stdin` takes text, or `{ file: path }`: found a list' \
		'64:20: `defines` takes' \
		'69:17: file `r.c`: it is named twice' \
		'73:11: `file` names nothing' <<-'END'
		```{c}
		//| fig-cap: Tea
		//| timeline: false
		int main(void) { return 0; }
		```
		.
		```{c}
		//| expect: exit 3
		//| error: true
		int main(void) { return 0; }
		```
		.
		```{c}
		//| outcomes: true
		//| error: true
		int main(void) { return 0; }
		```

		```{c}
		//| env: { LD_PRELOAD: x, 2x: 1 }
		int main(void) { return 0; }
		```

		```{c}
		//| defines: { "a b": 1 }
		int main(void) { return 0; }
		```

		```{c}
		//| includes: [<math.h]
		int main(void) { return 0; }
		```

		```{c}
		//| workdir: none
		int main(void) { return 0; }
		```

		```{c}
		//| stdin: { file: none.txt }
		int main(void) { return 0; }
		```

		```{c}
		//| memory: 64
		int main(void) { return 0; }
		```

		```{c}
		//| memory: 1 MB
		int main(void) { return 0; }
		```

		```{c}
		//| stdin: [a]
		int main(void) { return 0; }
		```

		```{c}
		//| defines: [N=1, N=2]
		int main(void) { return 0; }
		```

		```{c}
		//| file: [r.c, r.c]
		```

		```{c}
		//| file: []
		```
	END
}

@test "a file of 4 MiB is taken, a larger one refused; one that is nearly there is offered" {
	# Lines of 64 bytes, the last of them the program.
	{
		yes '/* salt and pepper, thyme and basil, and a little more of it */' | head -n 65535
		printf '%-63s\n' 'int main(void) { return 0; }'
	} >examples/large.c
	assert_equal "$(stat -c %s examples/large.c)" $((4 << 20))
	measured '.a.runs | length' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| file: large.c
		```
	END
	assert_output 1
	echo >>examples/large.c
	post_fails '7:11: file `large.c`: cannot read examples/large.c:' '12:11: file `larg.c`: cannot read examples/larg.c: No such file or directory: did you mean `large.c`?' <<-'END'
		```{c}
		//| label: a
		//| file: large.c
		```

		```{c}
		//| label: b
		//| file: larg.c
		```
	END
}

@test "sweep: arguments and variables of the environment, beside macros" {
	measured '.a | .sweep, (.points[] | [.at.N, .at.pots, .at.HERB, .output])' <<-'END'
		```{c}
		//| label: a
		//| runs: 1
		//| args: ["{pots}{pots}", x]
		//| sweep: { args.pots: [1, 20], env.HERB: [basil, 0.5], N: [3] }
		#include <stdio.h>
		#include <stdlib.h>
		int main(int argc, char **argv) { printf("%d %s %s %s", N, argv[1], argv[2], getenv("HERB")); }
		```
	END
	assert_output '["pots","HERB","N"]
[3,1,"basil","3 11 x basil"]
[3,1,0.5,"3 11 x 0.5"]
[3,20,"basil","3 2020 x basil"]
[3,20,0.5,"3 2020 x 0.5"]'
	post_fails '6:14: `sweep`: `args` has no {n}: write where it stands, `args: ["{n}"]`' \
		'11:29: `sweep`: `n` is swept twice' '16:14: `sweep`: `a-b` is no name in C' <<-'END'
		```{c}
		//| sweep: { args.n: [1] }
		int main(void) { return 0; }
		```

		```{c}
		//| sweep: { env.n: [1, 2], n: [1, 2] }
		int main(void) { return 0; }
		```

		```{c}
		//| sweep: { env.a-b: [1] }
		int main(void) { return 0; }
		```
	END
}

COMPARED='```{c}
//| label: a
//| runs: 4
//| compare: b
#include <unistd.h>
int main(void) { usleep(2000); }
```

```{c}
//| label: x
//| runs: 4
int main(void) { return 0; }
```

```{c}
//| label: b
//| runs: 4
#include <unistd.h>
int main(void) { usleep(90000); }
```'

@test "compare: the runs of a pair follow each other, in either order, and are compared one by one" {
	make_post 2021-03-10-a.md <<<"$COMPARED"
	run -0 script -qec "$LIVEPOST build" /dev/null
	run -0 bash -c 'tr "\r" "\n" | sed -n "s/.*running \([abx]\), run \([0-9]\) of 4.*/\1/p" | tr -d "\n"' <<<"$output"
	assert_output 'abxbaxabxbaxabx'
	run -0 --separate-stderr xmllint --html --xpath 'string(//div[@id="a"]/p[@class="compared"])' "$(page a)"
	assert_output --regexp '^Run by run: [0-9.]+× as fast as b \([0-9.]+–[0-9.]+×\), quicker in 4 of 4 pairs of runs\.$'
	assert_equal "$(xmllint --html --xpath 'count(//p[@class="compared"])' "$(page a)" 2>/dev/null)" 1
}

@test "compare: what is compared is measured together or not at all" {
	make_post 2021-03-10-a.md <<<"$COMPARED"
	assert_equal "$(ran)" 'a;b;x;'
	assert_equal "$(ran)" ''
	make_post 2021-03-10-a.md <<<"${COMPARED/90000/90001}"
	assert_equal "$(ran)" 'a;b;'
	make_post 2021-03-10-a.md <<<"${COMPARED/return 0/return +0}"
	assert_equal "$(ran)" 'x;'
	# One that is to be measured again takes the other with it.
	run -0 --separate-stderr "$LIVEPOST" build --remeasure b
	[[ $stderr == *': a: '* && $stderr == *': b: '* && $stderr != *': x: '* ]] || fail "$stderr"
}

@test "compare: cells that are not there, not run, run otherwise, swept otherwise" {
	post_fails '7:14: `compare`: there is no cell `bb`: did you mean `b`?' '14:15: `compare`: a cell is not compared with itself' \
		'14:18: `compare`: cell `c` is not run (`eval: false`)' '14:21: `compare`: cell `d` has 3 runs and this one 5' \
		'14:24: `compare`: cell `e` is not swept as this one is' <<-'END'
		```{c}
		//| label: a
		//| compare: bb
		int main(void) { return 0; }
		```

		```{c}
		//| label: b
		//|
		//| compare: [b, c, d, e]
		int main(void) { return 0; }
		```

		```{c}
		//| label: c
		//| eval: false
		int c;
		```

		```{c}
		//| label: d
		//| runs: 3
		int main(void) { return 0; }
		```

		```{c}
		//| label: e
		//| sweep: { n: [1, 2] }
		int main(void) { return n - n; }
		```
	END
}

@test "flags that ask for something else than a program, and lines that only the author's own compiler would know" {
	post_fails '5:1: cell `a` does not compile: its compiler ended well and made no program: do its flags ask for something else' <<-'END'
		```{c}
		//| label: a
		//| flags: -fsyntax-only
		int main(void) { return 0; }
		```
	END
	post_fails '5:1: cell `a` does not compile: the linker or the compiler said:' <<-'END'
		```{c}
		//| label: a
		//| flags: "-O2; touch /tmp/x"
		int main(void) { return 0; }
		```
	END
}
