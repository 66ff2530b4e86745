# Cells in other languages than C: C++, what a site's own settings describe, and what is wrong with such a description.

# shellcheck disable=SC2016
load support/posts

# The site's settings are those that this project's own site is made with.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
	cp "$PROJECT/pipeline.lua" .
}

# A language of the site, described by the fields in FIELDS.
language() { # NAME FIELDS
	echo "return { languages = { [\"$1\"] = { $2 } } }" >pipeline.lua
}

@test "C++: its own compiler and flags, sweeps, errors at the post's lines" {
	measured '.a.points[] | [.output, .timeline.lanes[0].name]' <<-'END'
		```{cpp}
		//| label: a
		//| runs: 1
		//| sweep: { N: [2, 3] }
		#include <iostream>
		#include <vector>
		int main() { std::vector<int> pots(N); std::cout << pots.size() << '\n'; }
		```
	END
	assert_output '["2\n","main"]
["3\n","main"]'
	post_fails "$POST:6:14: cell \`cell-1\` does not compile: " <<-'END'
		```{cpp}
		int main() { salt(); }
		```
	END
	echo 'return { cpp = { flags = { "-std=c++98" } } }' >pipeline.lua
	measured '."cell-1".output' <<-'END'
		```{cpp}
		//| runs: 1
		#include <cstdio>
		int main() { std::printf("%ld", __cplusplus); }
		```
	END
	assert_output 199711
}

@test "Python: output, arguments, input; lanes with the names of its threads; the GIL by its name" {
	measured '.a | .output, .exit.code, ([.timeline.lanes[].name] | sort), ([.timeline.resources[] | select(.name == "GIL")] | length)' <<-'END'
		```{python}
		#| label: a
		#| runs: 1
		#| args: [salt]
		#| stdin: pepper
		#| env: { HERB: basil }
		import os, sys, threading
		def cook():
		    sum(range(2000000))
		threads = [threading.Thread(target=cook, name=name) for name in ("onions", "carrots")]
		for t in threads: t.start()
		for t in threads: t.join()
		print(sys.argv[1:], input(), os.environ["HERB"])
		```
	END
	assert_output "['salt'] pepper basil

0
[\"carrots\",\"onions\",\"python3\"]
1"
}

@test "an error of a script stands at the post's own line, also of one told in pieces; what it says names the post" {
	post_fails "$POST:8: cell \`b\`: exit code 1" "File \"$POST\", line 14, in <module>" "File \"$POST\", line 8, in taste" <<-'END'
		```{python}
		#| eval: false
		def taste(n):
		    return 1 / n
		```

		```{python}
		#| label: b
		#| depends-on: cell-1
		taste(0)
		```
	END
	refute grep -q /site <<<"$stderr"
	post_fails "$POST:8: cell \`c\`: exit code 127" "$POST: 8: salt: not found" <<-'END'
		```{sh}
		#| label: c

		salt
		```
	END
}

@test "a script that is a file, and files beside it" {
	mkdir examples/lib
	printf 'import helper\nprint(helper.pots())\n' >examples/main.py
	printf 'def pots(): return 3\n' >examples/helper.py
	post() {
		make_post 2021-03-10-a.md <<-'END'
			```{python}
			#| label: a
			#| runs: 1
			#| file: [main.py, helper.py]
			```
		END
	}
	post
	assert_equal "$(ran)" 'a;'
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	assert_equal "$(jq -r .a.output <<<"$output")" 3
	assert_equal "$(ran)" ''
	echo 'def pots(): return nothing' >examples/helper.py
	run -1 --separate-stderr "$LIVEPOST" build
	grep -qF 'File "examples/helper.py", line 1' <<<"$stderr" || fail "$stderr"
}

@test "sh: sweeps over arguments and the environment, hidden lines with its own comment mark; no macros" {
	measured '.a.points[] | [.at, .output]' <<-'END'
		```{sh}
		#| label: a
		#| runs: 1
		#| args: "{n}"
		#| sweep: { args.n: [1, 2], env.HERB: [basil] }
		set -e # hide
		echo "$1 $HERB"
		```
	END
	assert_output '[{"HERB":"basil","n":1},"1 basil\n"]
[{"HERB":"basil","n":2},"2 basil\n"]'
	mkdir examples/x
	post_fails "$POST:6:13: \`sweep\`: \`{sh}\` has no macros: sweep an argument, \`args.n\`, or a variable of the environment, \`env.n\`" \
		"$POST:11:13: \`defines\`: \`{sh}\` is not compiled like C, and has no such thing: remove it" \
		"$POST:16:10: \`libs\`: \`{sh}\` is not compiled like C" \
		"$POST:21:10: file \`x/\`: \`{sh}\` is not built: name files, the first of which is run" <<-'END'
		```{sh}
		#| sweep: { n: [1, 2] }
		echo
		```

		```{sh}
		#| defines: { A: 1 }
		echo
		```

		```{sh}
		#| libs: m
		echo
		```

		```{sh}
		#| file: x/
		```
	END
}

@test "a language with a compiler of its own: built, run, its messages read in their own form" {
	language salt 'extension = "salt", comment = "#", build = { "sh", "/site/cells/a.salt", "{source}", "{program}" }'
	# A compiler that is the program itself: it copies itself, or complains in three forms.
	measured '.a | .output' <<-'END'
		```{salt}
		#| label: a
		#| runs: 1
		[ "$0" = /cell/a ] || { { echo '#!/bin/sh'; cat "$1"; } >"$2"; chmod +x "$2"; exit; }
		echo "salted"
		```
	END
	assert_output salted
	local form said
	while IFS='|' read -r form said; do
		language salt "extension = \"salt\", comment = \"#\", package = \"saltc\", messages = \"$form\",
			build = { \"sh\", \"{source}\", \"{program}\" }"
		post_fails "$said" <<-'END'
			```{salt}
			#| label: a

			echo "$0:3:5: bad grain"
			printf 'error[7]: too fine\n  --> %s:2:1\n' "$0"
			exit 1
			```
		END
	done <<-END
		{path}:{line}:{column}: {message}|$POST:9:5: cell \`a\` does not compile: bad grain
		error{any}: {message}\\n{any}--> {path}:{line}:{column}|$POST:8:1: cell \`a\` does not compile: too fine
	END
	language salt 'extension = "salt", comment = "#", build = { "sh", "{source}", "{program}" }'
	post_fails "$POST:5:1: cell \`a\` does not compile: the linker or the compiler said:" "    not today" <<-'END'
		```{salt}
		#| label: a
		echo not today; exit 1
		```
	END
}

@test "a language that is like C takes gcc's options" {
	language c90 'extension = "c", like = "c", compiler = "gcc", flags = { "-std=c90", "-DPOTS=1" }, libraries = { "-lm" }'
	measured '.a | .output' <<-'END'
		```{c90}
		//| label: a
		//| runs: 1
		//| defines: { N: 2 }
		//| includes: <math.h>
		#include <stdio.h>
		int main(void) { volatile double x = 4; printf("%d %d %g %d", POTS, N, sqrt(x), __LINE__); return 0; }
		```
	END
	assert_output '1 2 2 11'
}

@test "a language's table is in the key, and so are the flags of its cells" {
	post() {
		make_post 2021-03-10-a.md <<-END
			\`\`\`{lang}
			//| label: a
			//| runs: 1
			$1
			\`\`\`
		END
	}
	fields='extension = "py", comment = "//", run = { "python3", "{flags}", "-c", "print(1)", "{source}" }'
	language lang "$fields"
	post '1'
	assert_equal "$(ran)" 'a;'
	assert_equal "$(ran)" ''
	language lang "${fields/print(1)/print(2)}"
	assert_equal "$(ran)" 'a;'
	language lang "$fields, environment = { \"A=1\" }"
	assert_equal "$(ran)" 'a;'
	language lang "$fields, flags = { \"-O\" }"
	assert_equal "$(ran)" 'a;'
	language lang "$fields, package = \"python3\""
	assert_equal "$(ran)" ''
	post $'//| flags: -B\n1'
	assert_equal "$(ran)" 'a;'
}

@test "a language whose tool is missing: the cell's place, and the package; nothing else is kept from being told" {
	language salt 'extension = "salt", comment = "#", run = { "saltrun", "{source}" }, package = "salt-tools"'
	post_fails "$POST:5:1: cell \`a\`: \`saltrun\`, which \`{salt}\` needs, is not in /usr/local/bin, /usr/bin, /bin: install the package salt-tools" \
		"$POST:10:1: cell \`b\`: \`saltrun\`" "$POST:17:9: cell \`c\` does not compile" <<-'END'
		```{salt}
		#| label: a
		1
		```

		```{salt}
		#| label: b
		2
		```

		```{c}
		//| label: c
		int x = ;
		```
	END
	echo 'return { c = { compiler = "no-such-cc" } }' >pipeline.lua
	post_fails "$POST:5:1: cell \`cell-1\`: \`no-such-cc\`, which \`{c}\` needs, is not in" <<-'END'
		```{c}
		int main(void) { return 0; }
		```
	END
}

@test "fences of languages: what is not known offers the nearest; flags where no command has room for them" {
	post_fails "$POST:5:1: \`{pyton}\`: no such language: did you mean \`{python}\`?" \
		"$POST:8:1: \`{fortran}\`: no such language: cells can be {c}, {cpp}, {livepost}, {lua}, {python}, {sh}; without braces a block is only shown" <<-'END'
		```{pyton}
		```

		```{fortran}
		```
	END
	language salt 'extension = "salt", comment = "#", run = { "sh", "{source}" }'
	post_fails "$POST:6:11: \`flags\`: no command of \`{salt}\` has room for flags: write {flags} where they are to stand, in \`languages.salt\`" <<-'END'
		```{salt}
		#| flags: -x
		echo
		```
	END
}

@test "languages that are none: each fault is told, where it stands" {
	local fields said stands
	while IFS='|' read -r fields said stands; do
		language salt "$fields"
		run -1 --separate-stderr "$LIVEPOST" build
		assert_equal "$(head -1 <<<"$stderr" | sed 's/:1:[0-9]*:/:/')" "pipeline.lua: setting \`languages.salt\`: $said"
		assert_regex "$(at_caret <<<"$stderr")" "^${stands:-\\[\"salt}"
	done <<-'END'
		|it has no `extension`, what its files end in, such as "py"
		extension = "x"|it has no `comment`, the mark that its comments, and so a cell's options, begin with
		extension = ".x"|`extension` is letters and digits, without the dot|"\.x"
		extension = "x", comment = "#"|it has neither `build` nor `run`: { "python3", "{source}" }
		extension = "x", comment = "a b", run = { "sh" }|`comment` takes a mark such as "#", or the three of C, { "//", "/*", "*/" }|"a b"
		extension = "x", comment = { "//", "/*" }, run = { "sh" }|`comment` takes a mark such as "#", or the three of C, { "//", "/*", "*/" }|\{ "//"
		extension = "x", comment = "#", run = "sh"|`run` takes a list of texts|"sh"
		extension = "x", comment = "#", run = {}|a command has a program at least: { "python3", "{source}" }|\{} }
		extension = "x", comment = "#", run = { "sh" }|`run` is to run {source}|\{ "sh" }
		extension = "x", comment = "#", run = { "sh", "{source}", "{program}" }|`run` has {program}, and no `build` makes one|\{ "sh",
		extension = "x", comment = "#", run = { "sh", "{sourc}" }|`run` has `{sourc}`: there are {source}, {program} and {flags}|"\{sourc}"
		extension = "x", comment = "#", build = { "sh", "{source}" }|`build` is to make {program} of {source}: both stand in it|\{ "sh", "\{source
		extension = "x", comment = "#", build = { "sh", "{source}", "{program}" }, run = { "sh" }|`run` is to run the {program} that `build` made|\{ "sh" }
		extension = "x", comment = "#", run = { "sh", "{source}" }, flags = { "-x" }|`flags` are given, and {flags} stands in no command|\{ "-x"
		extension = "x", comment = "#", run = { "sh", "{source}" }, messages = "{path}"|`messages` are those of a compiler, and it has no `build`|"\{path}"
		extension = "x", comment = "#", build = { "{source}", "{program}" }, messages = "{path}:{row}"|`messages` has `{row}`: there are {any}, {column}, {line}, {message}, {path}, {severity}|"\{path
		extension = "x", comment = "#", build = { "{source}", "{program}" }, messages = "{path}:{line}"|`messages` has no {message}|"\{path
		extension = "x", comment = "#", run = { "sh", "{source}" }, environment = { "A=1", "A" }|`environment` has `A`: write each as "NAME=value"|"A" }
		extension = "x", comment = "#", run = { "sh", "{source}" }, names = { 1 }|`names` takes a table of texts by name|\{ 1
		extension = "x", like = "d"|`like` takes "c": for a compiler that takes gcc's options|"d"
		extension = "x", like = "c"|it is like C, and has no `compiler`|"c"
		extension = "x", like = "c", compiler = "cc", run = { "{program}" }|it is like C, where `build` and `run` are known: leave them out|\{ "\{program
		extension = "x", compiler = "cc"|`compiler` and `libraries` are for what is `like = "c"`: write them into `build`|"cc"
		extention = "x"|unknown field `extention`: did you mean `extension`?|extention =
	END
	local name
	for name in c lua program 'a b' 1; do
		language "$name" ''
		run -1 --separate-stderr "$LIVEPOST" build
		grep -q '^pipeline.lua:1:24: setting `languages' <<<"$stderr" || fail "$name: $stderr"
	done
	echo 'return { languages = { salt = 3 } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(head -1 <<<"$stderr")" 'pipeline.lua:1:31: setting `languages.salt`: a table is expected, not a number'
}

@test "of a language all fields that are wrong are told, and all languages" {
	echo 'return { languages = { salt = { extension = 3, coment = "#", run = "sh" }, c = {}, pepper = { extension = "p" } } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(without_source <<<"$stderr" | head -n -1)" 'pipeline.lua:1:45: setting `languages.salt`: `extension` takes a text
pipeline.lua:1:48: setting `languages.salt`: unknown field `coment`: did you mean `comment`?
pipeline.lua:1:68: setting `languages.salt`: `run` takes a list of texts
pipeline.lua:1:76: setting `languages.c`: it is built in: its compiler and flags are the setting `c`
pipeline.lua:1:84: setting `languages.pepper`: it has no `comment`, the mark that its comments, and so a cell'"'"'s options, begin with'
}

@test "tools: what cells call is part of the key, and has to be there" {
	language shell 'extension = "sh", comment = "#", run = { "sh", "{source}" }, package = "dash", tools = { "sort", "no-such-tool" }'
	post_fails "$POST:5:1: cell \`a\`: \`no-such-tool\`, which \`{shell}\` needs, is not in /usr/local/bin, /usr/bin, /bin: install the package dash" <<-'END'
		```{shell}
		#| label: a
		#| runs: 1
		echo salt | sort
		```
	END
	sed -i 's/, "no-such-tool"//' pipeline.lua
	run ran
	assert_output 'a;'
	run ran
	assert_output ''
	sed -i 's/"sort"/"sort", "uniq"/' pipeline.lua
	run -3 "$LIVEPOST" explain
	assert_output --partial 'a: would run: '
	language shell 'extension = "sh", comment = "#", run = { "sh", "{source}" }, tools = "sort"'
	run -1 "$LIVEPOST" build
	assert_output --partial '`tools` takes a list of texts'
}

@test "tools: livepost itself builds a site in a sandbox, and its stages are spans" {
	language livepost 'extension = "sh", comment = "#", run = { "sh", "{source}" }, tools = { "livepost" }'
	mkdir -p examples/small/posts
	cp -r templates examples/small/
	echo 'return {}' >examples/small/pipeline.lua
	printf -- '---\ntitle: Tea\n---\nOne cup.\n' >examples/small/posts/2021-03-12-tea.md
	measured '.a | (.output | gsub("[0-9.]+ m?s"; "T")), ([.timeline.lanes[].spans[].name] | join(" "))' <<-'END'
		```{livepost}
		#| label: a
		#| runs: 1
		#| workdir: small
		livepost build 2>&1 && test -s site/2021/03/12/tea.html && echo there
		```
	END
	assert_output --partial 'published 1 post'
	assert_output --partial 'there'
	assert_line --regexp '^text document cells kept builds runs timelines measurements figures page site'
}
