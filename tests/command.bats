# The command line: what each command takes, what it says where, and what it ends with.

load support/posts

# As refuses, but for the lines of sources below the messages.
refuses_at_place() { # CODE MESSAGE ARGUMENTS…
	ends_silently "$1" "${@:3}"
	assert_equal "$(without_source <<<"$stderr")" "$2"
}

# A post with one short cell.
cell_post() {
	make_post 2021-03-10-a.md <<-'END'
		Tea.

		```{c}
		//| label: tea
		//| runs: 2
		#include <stdio.h>
		int main(void) { puts("tea"); }
		```

		It took `{lua} wall("tea")`.
	END
}

@test "--version and --help go to standard output" {
	run --separate-stderr "$LIVEPOST" --version
	assert_success
	assert_output --regexp '^livepost [0-9]+\.[0-9]+\.[0-9]+$'
	assert_equal "$stderr" ""
	local words
	for words in --help -h "build --help" "dump --help"; do
		# shellcheck disable=SC2086
		run --separate-stderr "$LIVEPOST" $words
		assert_success
		assert_equal "$stderr" ""
		assert_output --partial "livepost build [DIR]"
		assert_output --partial "livepost run [OPTIONS] FILE [ARGUMENTS…]"
		assert_output --partial "livepost dump STAGE POST"
		assert_output --partial "Exit codes: 0 done; 1 "
	done
	assert_output --partial "text, document, cells, kept, builds, runs, timelines, measurements, figures, page"
}

@test "what cannot be printed is an error" {
	local words
	cell_post
	for words in --version --help "dump text posts/2021-03-10-a.md"; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$@" >/dev/full' bash "$LIVEPOST" $words
		assert_failure 1
		assert_equal "$stderr" "livepost: standard output: No space left on device"
	done
}

@test "no command, and commands that there are not" {
	misuses "a command is needed: there are build, check, compare, dump, explain, measure and run"
	misuses 'no command `biuld`: did you mean `build`?' biuld
	misuses 'no command `--verison`: there are build, check, compare, dump, explain, measure and run' --verison
	misuses 'no command `publish`: there are build, check, compare, dump, explain, measure and run' publish
}

@test "build: wrong usage" {
	misuses "build takes one folder at most" build . posts
	misuses 'build has no option `--fast`' build --fast
	assert_not_exists site
}

@test "run: wrong usage" {
	misuses "run needs a program: a C file, a script, a binary, or a name in PATH" run
	misuses "run needs a program: a C file, a script, a binary, or a name in PATH" run --json
	misuses 'run has no option `--jsno`' run --jsno tea.c
	misuses 'run has no option `--json`' run --json=yes tea.c
	misuses "--svg needs a value" run --svg
	misuses "--timeout needs a value" run --timeout= tea.c
	misuses '--timeout `5`: a time such as 500ms, 5s or 2m is expected' run --timeout 5 tea.c
	misuses '--timeout `0s`: a time such as 500ms, 5s or 2m is expected' run --timeout=0s tea.c
	refuses 1 "tea.c: cannot read tea.c: No such file or directory" run tea.c
}

@test "dump: wrong usage" {
	misuses "dump takes a stage and a post" dump
	misuses "dump takes a stage and a post" dump text
	misuses "dump takes a stage and a post" dump text a b
	misuses 'no stage `cell`: did you mean `cells`?' dump cell posts/2021-03-10-a.md
	misuses 'no stage `traces`: stages are text, document, cells, kept, builds, runs, timelines, measurements, figures, page' \
		dump traces posts/2021-03-10-a.md
	misuses 'no stage `site`: stages are text, document, cells, kept, builds, runs, timelines, measurements, figures, page' \
		dump site posts/2021-03-10-a.md
	refuses 1 "./posts/b.md: no such post: name a file below posts/" dump text ./posts/b.md
	refuses 1 "posts/b.md: no such post: name a file below posts/" dump text posts/b.md
}

@test "dump prints the value of each stage as JSON, and publishes nothing" {
	cell_post
	local stage
	for stage in text document cells builds runs timelines measurements figures page; do
		run --separate-stderr "$LIVEPOST" dump "$stage" posts/2021-03-10-a.md
		assert_success
		assert_equal "$stderr" ""
		jq -e 'type == "object" or type == "array"' <<<"$output" >/dev/null || fail "$stage is no JSON: $output"
		echo "$output" >"$stage.json"
	done
	assert_not_exists site
	# Each is what the stage is there for, not just any JSON.
	assert_equal "$(jq -r .body_line text.json)" 5
	assert_equal "$(jq -r '.title, .path, .date.iso' document.json)" $'A post\n2021/03/10/a.html\n2021-03-10T00:00:00+00:00'
	assert_equal "$(jq -r '.[0] | .label, .language, .runs, .line, .code_line' cells.json)" $'tea\nc\n2\n7\n10'
	assert_equal "$(jq -r '.[1] | .language, .code, .line, .column' cells.json)" $'inline\nwall("tea")\n14\n9'
	assert_equal "$(jq -r '.tea.headers | has("/usr/include/stdio.h")' builds.json)" true
	assert_equal "$(jq -r '.tea | length, .[0].ending, .[0].out' runs.json)" $'2\nexit\ntea'
	assert_equal "$(jq -r '.tea.wall.n' timelines.json)" 2
	assert_equal "$(jq -r '.tea | .exit.code, .wall.n, .output' measurements.json)" $'0\n2\ntea'
	assert_equal "$(jq -r '.cells.tea.figures[0].svg | startswith("<svg")' figures.json)" true
	assert_equal "$(jq -r '.path, (.html | startswith("<!DOCTYPE html>"))' page.json)" $'2021/03/10/a.html\ntrue'
}

@test "dump takes the post's path as it is typed" {
	mkdir posts/more
	echo 'Tea.' >posts/more/2021-03-10-b.md
	local path
	for path in posts/more/2021-03-10-b.md ./posts/more/2021-03-10-b.md more/2021-03-10-b.md "$PWD/posts/more/2021-03-10-b.md"; do
		run --separate-stderr "$LIVEPOST" dump text "$path"
		assert_success
		assert_equal "$(jq -r .body <<<"$output")" "Tea."
	done
	cd posts
	run --separate-stderr "$LIVEPOST" dump text ../posts/more/2021-03-10-b.md
	assert_success
	assert_equal "$(jq -r .body <<<"$output")" "Tea."
}

@test "dump tells what is wrong up to its stage, and no more" {
	make_post 2021-03-10-a.md <<<'Tea `{lua} nil`.'
	run --separate-stderr "$LIVEPOST" dump cells posts/2021-03-10-a.md
	assert_success
	assert_equal "$stderr" ""
	refuses_at_place 1 'posts/2021-03-10-a.md:5:5: Lua: `nil` is nothing: a number or a string is expected in a sentence' \
		dump figures posts/2021-03-10-a.md
}

@test "build publishes the current folder, or the one that is named" {
	make_post 2021-03-10-a.md <<<'Tea.'
	run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_output ""
	assert_regex "$stderr" '^published 1 post: 5 files, 5 changed, in [0-9.]+ s$'
	assert_exists "$(page a)"
	rm -r site
	cd ..
	run --separate-stderr "$LIVEPOST" build "${BATS_TEST_TMPDIR##*/}/"
	assert_success
	assert_exists "$BATS_TEST_TMPDIR/$(page a)"
	rm -r "$BATS_TEST_TMPDIR/site"
	run --separate-stderr "$LIVEPOST" build "$BATS_TEST_TMPDIR"
	assert_success
	assert_exists "$BATS_TEST_TMPDIR/$(page a)"
}

@test "posts are what ends in .md below posts/ and is not hidden or unpublished" {
	make_post 2021-03-10-a.md <<<'Tea.'
	mkdir posts/more posts/.hidden
	make_post more/2021-03-11-b.md <<<'Tea.'
	make_post .2021-03-12-c.md <<<'Tea.'
	make_post .hidden/2021-03-13-d.md <<<'Tea.'
	make_post 2021-03-14-e.txt <<<'Tea.'
	printf -- '---\npublished: false\n---\n```{rust}\nunfinished\n```\n' >posts/2021-03-15-f.md
	run "$LIVEPOST" build
	assert_success
	assert_output --partial "published 2 posts: 6 files"
	run find site -name '*.html' -printf '%P\n'
	assert_equal "$(sort <<<"$output")" $'2021/03/10/a.html\n2021/03/10/b.html\nindex.html'
	refute grep -q f.html site/index.html
}

@test "a folder that is no site" {
	mkdir empty
	refuses 1 "empty/pipeline.lua: cannot read empty/pipeline.lua: No such file or directory: a site is a folder with a pipeline.lua, posts/ and templates/; name its folder: livepost build DIR" \
		build empty
	refuses 1 "nowhere/pipeline.lua: cannot read nowhere/pipeline.lua: No such file or directory: a site is a folder with a pipeline.lua, posts/ and templates/; name its folder: livepost build DIR" \
		build nowhere
	assert_not_exists nowhere
	assert_not_exists empty/.livepost
}

@test "a site without posts/, templates/ or one of the templates" {
	local end=$'\nlivepost: the site is as it was: nothing was published'
	make_post 2021-03-10-a.md <<<'Tea.'
	mv posts away
	refuses 1 "livepost: cannot list ./posts: No such file or directory: a site has its posts in posts/" build
	mv away posts
	mv templates away
	refuses 1 "posts/2021-03-10-a.md: layout \`post\`: there is no templates/post.html: write it, or choose another layout
templates/index.html: cannot read the template 'index.html': No such file or directory$end" build
	mv away templates
	rm templates/base.html
	refuses_at_place 1 "templates/post.html:1:1: cannot read the template 'base.html': No such file or directory
templates/index.html:1:1: cannot read the template 'base.html': No such file or directory$end" build
	make_site
	rm templates/index.html
	refuses 1 "templates/index.html: cannot read the template 'index.html': No such file or directory$end" build
	assert_not_exists site
}

# pipeline.lua from standard input is refused with this message.
settings_refused() { # MESSAGE
	cat >pipeline.lua
	refuses_at_place 1 "$1" build
	assert_not_exists site
}

@test "a pipeline.lua that is no Lua or fails" {
	settings_refused "pipeline.lua:4: '}' expected (to close '{' at line 1) near <eof>" <<<$'return {\n\tsite = {}\n'
	settings_refused "pipeline.lua:2: attempt to index a nil value (global 'setings')" <<<$'\nreturn setings.site'
	settings_refused "pipeline.lua:1: no tea" <<<'error("no tea")'
	settings_refused "pipeline.lua: it returns nothing: return a table of settings, { site = { title = … } }" <<<''
	settings_refused "pipeline.lua: it returns a number: return a table of settings, { site = { title = … } }" <<<'return 5'
}

@test "a pipeline.lua that does not end is stopped" {
	printf '\nwhile true do end\n' >pipeline.lua
	run --separate-stderr timeout 100 "$LIVEPOST" build
	assert_failure 1
	assert_equal "$(without_source <<<"$stderr")" "pipeline.lua:2: stopped after 200 million instructions: does it loop for ever?"
}

@test "a pipeline.lua reaches no file and no process" {
	local name
	for name in io os require load loadfile dofile debug package; do
		settings_refused "pipeline.lua:1: attempt to index a nil value (global '$name')" <<<"return { site = { title = $name.x } }"
	done
}

@test "settings that there are not or that are of a wrong type" {
	local end=$'\nlivepost: the site is as it was: nothing was published'
	local there='there are c, cpp, execute, figures, filters, functions, languages, names, services, site, stages'
	settings_refused "pipeline.lua:1:10: unknown setting \`sites\`: did you mean \`site\`?$end" <<<'return { sites = {} }'
	settings_refused "pipeline.lua:1:10: unknown setting \`theme\`: $there$end" <<<'return { theme = {} }'
	settings_refused "pipeline.lua:1:10: unknown setting \`1\`: $there$end" <<<'return { {} }'
	settings_refused "pipeline.lua:1:19: unknown setting \`site.titel\`: did you mean \`site.title\`?$end" <<<'return { site = { titel = "Tea" } }'
	settings_refused "pipeline.lua:1:17: setting \`site\`: a table is expected, not a string$end" <<<'return { site = "Tea" }'
	settings_refused "pipeline.lua:1:27: setting \`site.title\`: a string is expected, not a number$end" <<<'return { site = { title = 5 } }'
	settings_refused "pipeline.lua:1:24: setting \`c.flags\`: a list of strings is expected, not a string$end" <<<'return { c = { flags = "-O2" } }'
	settings_refused "pipeline.lua:1:30: setting \`c.libraries\`: a list of strings is expected, not a table$end" <<<'return { c = { libraries = { 5 } } }'
	settings_refused "pipeline.lua:1:31: permalink \`/:yaer\`: no such part \`:yaer\`: use :year, :month, :day, :title or :categories$end" \
		<<<'return { site = { permalink = "/:yaer" } }'
}

@test "all that is wrong with settings is told at once, in the order of the text, with what is wrong in posts" {
	cat >pipeline.lua <<-'END'
		local flags = { "-O2", 5 }
		return {
			sites = {},
			c = { flags = flags },
			languages = { salt = { extension = "salt", comment = "#", run = "sh" } },
			services = { api = { file = "api.c", prot = 80 } },
			execute = { evall = true, runs = 0 },
		}
	END
	# Neither the salt nor the service is called unknown, and nothing was built.
	make_post 2021-03-10-a.md <<-'END'
		See @fig-tae and @fig-salt.

		```{salt}
		#| label: salt
		```

		```{c}
		//| label: tea
		//| service: api
		//| timeot: 5s
		int main(void) { return 0 }
		```
	END
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_equal "$(without_source <<<"$stderr")" "pipeline.lua:3:1: unknown setting \`sites\`: did you mean \`site\`?
pipeline.lua:4:15: setting \`c.flags\`: a list of strings is expected, not a table
pipeline.lua:5:65: setting \`languages.salt\`: \`run\` takes a list of texts
pipeline.lua:6:38: unknown setting \`services.api.prot\`: did you mean \`port\`?
pipeline.lua:7:13: setting \`execute\`: unknown option \`evall\`: did you mean \`eval\`?
pipeline.lua:7:34: setting \`execute\`: \`runs\` takes at least 1: found \`0\`
posts/2021-03-10-a.md:14:5: unknown option \`timeot\`: did you mean \`timeout\`?
posts/2021-03-10-a.md:5:5: \`@fig-tae\`: nothing on this page is called that: did you mean \`@fig-tea\`?
livepost: the site is as it was: nothing was published"
	assert_equal "$(at_caret <<<"$stderr" | head -2)" 'sites = {},
flags },'
	assert_not_exists site
	assert_not_exists .livepost/measurements
}

@test "every command ends with what is wrong with settings, and check counts it" {
	echo 'return { sites = {} }' >pipeline.lua
	cell_post
	local wrong='pipeline.lua:1:10: unknown setting `sites`: did you mean `site`?'
	run --separate-stderr "$LIVEPOST" check
	assert_failure 1
	assert_equal "$(without_source <<<"$stderr")" "$wrong"$'\nchecked 0 cells and no links, as pages are missing: 1 problem; nothing was published'
	run --separate-stderr "$LIVEPOST" check --json
	assert_failure 1
	assert_equal "$(jq -c '.ok, [.problems[] | .path, .line, .column]' <<<"$output")" $'false\n["pipeline.lua",1,10]'
	local command
	for command in explain "dump cells posts/2021-03-10-a.md" "measure here"; do
		# shellcheck disable=SC2086
		run --separate-stderr "$LIVEPOST" $command
		assert_failure 1
		assert_output ''
		assert_equal "$(head -1 <<<"$stderr")" "$wrong"
	done
	assert_not_exists .livepost/measurements
}

@test "settings are used: title, permalink, the compiler's flags and libraries" {
	cat >pipeline.lua <<-'END'
		return {
			site = { title = "Tea & cake", language = "de", permalink = "/notes/:title/" },
			c = { flags = { "-std=gnu17", "-DCUPS=3" }, libraries = {} },
		}
	END
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| runs: 1
		#include <stdio.h>
		int main(void) { printf("%d cups\n", CUPS); }
		```
	END
	run "$LIVEPOST" build
	assert_success
	assert_file_contains site/notes/a/index.html '<samp>3 cups'
	assert_file_contains site/index.html '<title>Tea &amp; cake</title>'
	assert_file_contains site/index.html '<html lang="de">'
}

@test "a compiler that is not there, and a way to measure that there is not" {
	cell_post
	LIVEPOST_METHOD=stopwatch run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_regex "$stderr" 'measuring method "stopwatch": unknown; LIVEPOST_METHOD is auto, switch-records, schedstat, getrusage, probe or none'
	refute_regex "$output" compiling
	echo 'return { c = { compiler = "teacc" } }' >pipeline.lua
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_regex "$stderr" '^posts/2021-03-10-a\.md:7:1: cell `tea`: `teacc`, which `\{c\}` needs, is not in /usr/local/bin, /usr/bin, /bin: install it \(package gcc or clang\), or name another as `c\.compiler` in pipeline\.lua'
	assert_not_exists site
}

@test "LIVEPOST_LUA replaces the Lua inside the binary" {
	cp -r "$PROJECT/src/pipeline" lua
	sed -i 's/^M.VERSION = .*/M.VERSION = "of my own"/' lua/command/context.lua
	LIVEPOST_LUA=lua run "$LIVEPOST" --version
	assert_success
	assert_output "livepost of my own"
	LIVEPOST_LUA=nowhere run --separate-stderr "$LIVEPOST" --version
	assert_failure 1
	assert_regex "$stderr" "no file 'nowhere/main.lua'"
	LIVEPOST_LUA='' run "$LIVEPOST" --version
	assert_success
	refute_output "livepost of my own"
}

@test "a site's folder cannot put code of its own into the pipeline" {
	make_post 2021-03-10-a.md <<<'Tea.'
	mkdir base stage
	echo 'error("mine")' | tee main.lua settings.lua base/problem.lua stage/cells.lua lpeg.lua >/dev/null
	printf '\177ELF' | tee lpeg.so main.so >/dev/null
	run "$LIVEPOST" build
	assert_success
}

@test "progress away from a terminal is plain lines: each cell, how long, cells done of all" {
	cell_post
	make_post 2021-03-11-b.md <<-'END'
		```{c}
		//| label: pot
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_output ""
	[[ $stderr != *[$'\r\e']* ]] || fail "control characters in: $stderr"
	assert_equal "$(sed -E 's/[0-9.]+(–[0-9.]+)? (µs|ms|s)/TIME/' <<<"$stderr")" "compiling 2 cells
posts/2021-03-10-a.md: tea: 2 runs, TIME, 1 of 2 cells done
posts/2021-03-11-b.md: pot: TIME, 2 of 2 cells done
published 2 posts: 12 files, 12 changed, in TIME"
	run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_equal "$(sed -E 's/[0-9.]+ s$/TIME/' <<<"$stderr")" "published 2 posts: 12 files, 0 changed, in TIME"
}

@test "progress on a terminal is one line that changes and fits, with problems on lines of their own" {
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: tea
		//| runs: 2
		int main(void) { return 0; }
		```

		```{c}
		//| label: a-pot-with-a-long-name-that-no-narrow-terminal-can-hold
		//| runs: 1
		int main(void) { return 3; }
		```
	END
	run script -qec "stty cols 50; '$LIVEPOST' build" /dev/null
	assert_failure 1
	local screen=$output escape=$'\e'
	assert_regex "$screen" $'\r\e\\[Kcompiling 2 cells'
	assert_regex "$screen" $'\r\e\\[K0 of 2 cells done in [^;]*; running tea, run 1'
	assert_regex "$screen" $'\r\e\\[K1 of 2 cells done in [^;]*; running tea, run 2'
	assert_regex "$screen" $'\r\e\\[Kposts/2021-03-10-a\\.md: tea: 2 runs, '
	assert_regex "$screen" $'posts/2021-03-10-a\\.md:11:1: cell `a-pot-[a-z-]*`: exit code 3'
	# Nothing that changes fills the terminal's last column, where it would wrap.
	local line
	while read -r line; do
		((${#line} < 50)) || fail "too long for the terminal: $line"
	done < <(tr '\r' '\n' <<<"$screen" | grep -aE "^$escape\\[K(compiling|[0-9]+ of)" | sed "s/^$escape\\[K//; s/$escape.*//")
	# In the end the changing line is gone.
	refute grep -q 'cells done$' <<<"$(tail -1 <<<"$screen")"
}
