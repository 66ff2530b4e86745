# `livepost explain` says of each cell whether a build would run it, and why; and a build then does what it said.

# shellcheck disable=SC1112,SC2016
load support/kept

said() {
	sed -n 's/^  \([^:]*\): would run: .*/\1/p' <<<"$output" | sort | tr '\n' ' '
}

# What explain says is what the build does, and then nothing more would run. Leaves explain's words in `words`.
agree() { # [VARIABLE=VALUE…]
	run env "$@" "$LIVEPOST" explain
	local told=$output code=$status would
	would=$(said)
	assert_equal "$code" "$([ -n "$would" ] && echo 3 || echo 0)"
	run env "$@" "$LIVEPOST" build
	assert_success
	assert_equal "$would" "$(labels_run)"
	run env "$@" "$LIVEPOST" explain
	assert_success
	words=$told
}

# changed REASON: explain gave it, for the cell `one` and no other.
changed() {
	agree "${@:2}"
	grep -qxF "  one: would run: $1" <<<"$words" || fail "$words"
	assert_equal "$(grep -c 'would run: ' <<<"$words")" 1
}

both() {
	{ cell one "$@"; cell two '/* two */'; } | make_post 2021-03-10-x.md
}

# Both where the last measurement is frozen and where it is only kept.
every_change() { # [OPTION]
	both '/* a */' "$@"
	agree
	[ "$(grep -c 'would run: it was never measured here$' <<<"$words")" = 2 ] || fail "$words"
	agree
	refute grep -q 'would run:' <<<"$words"
	grep -q '^0 of 2 cells would run$' <<<"$words" || fail "$words"

	both '/* b */' "$@"
	changed 'its code changed'
	both '/* b */' 'warmup: false' "$@"
	changed '`warmup`: true → false'
	both '/* b */' 'warmup: false' 'names: { x: y }' "$@"
	changed '`names`: x: nothing → y'
	both '/* b */' 'warmup: false' 'outcomes: true' "$@"
	run -3 "$LIVEPOST" explain
	assert_output --partial '`outcomes` is new: true'
	echo '#define A 1' >examples/a.h
	both '#include "a.h"' "$@"
	agree
	echo '#define A 2' >examples/a.h
	changed 'header examples/a.h changed'
	echo '#include "b.h"' >examples/a.h
	: >examples/b.h
	changed 'header examples/a.h changed'
	echo '/* b */' >examples/b.h
	changed 'header examples/b.h changed'
	printf '#include "c.h"\n' >examples/a.h
	: >examples/c.h
	rm examples/b.h
	agree
	grep -q 'header examples/b.h is gone' <<<"$words" || fail "$words"
	both '#include "limits.h"' "$@"
	agree
	echo '#include_next <limits.h>' >examples/limits.h
	changed 'examples/limits.h is new, and is included instead of another header'
	sed -i 's/runs: 1/runs: 2/' posts/*.md
	agree
	[ "$(grep -c 'would run: `runs`: 1 → 2$' <<<"$words")" = 2 ] || fail "$words"
	echo 'return { site = { title = "Test site" }, c = { flags = { "-O1", "-g" } } }' >pipeline.lua
	agree
	[ "$(grep -c 'would run: `flags` of the language: .*-O2.* → -O1$' <<<"$words")" = 2 ] || fail "$words"
	echo 'return { site = { title = "Test site" }, c = { flags = { "-O1", "-g" }, libraries = {} } }' >pipeline.lua
	agree
	[ "$(grep -c 'would run: `libraries` of the language is gone, it was -lm$' <<<"$words")" = 2 ] || fail "$words"
	echo 'return { site = { title = "Test site" }, c = { flags = { "-O1", "-g" }, libraries = {}, compiler = "gcc" } }' >pipeline.lua
	agree
	[ "$(grep -c 'would run: `compiler`: cc → gcc; tools: cc → gcc$' <<<"$words")" = 2 ] || fail "$words"
	agree LIVEPOST_METHOD=probe
	[ "$(grep -c 'would run: LIVEPOST_METHOD: auto → probe$' <<<"$words")" = 2 ] || fail "$words"
}

@test "what changed is named and is what the build then runs, where it is frozen" {
	every_change
}

@test "what changed is named and is what the build then runs, where it is only kept" {
	every_change 'freeze: false'
}

@test "what is not run is said to be kept or frozen, and from when" {
	{ cell one; cell two '/* two */' 'freeze: false'; } | make_post 2021-03-10-x.md
	run -0 env SOURCE_DATE_EPOCH=1000000000 "$LIVEPOST" build
	run -0 "$LIVEPOST" explain
	assert_line --regexp '^  one: frozen, measured 2001-09-09 on .*, [0-9]+ cores?$'
	assert_line '  two: kept, measured 2001-09-09'
}

@test "rights that came, the compiler that changed and a damaged file are named" {
	cc -o without_perf "$PROJECT/tests/fixtures/programs/without_perf.c"
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	run -0 ./without_perf 1 "$LIVEPOST" build
	agree
	if grep -q 'would run:' <<<"$words"; then
		grep -q 'one: would run: switch-records can be had here now, where it was measured by schedstat' <<<"$words" || fail "$words"
	fi
	cell one | make_post 2021-03-10-x.md
	agree
	file=posts/_measured/2021-03-10-x/one.json
	jq -c '.inputs.tools.cc = "x"' $file >changed
	mv changed $file
	rm -r .livepost
	agree
	grep -q 'one: would run: `cc` is another program than then' <<<"$words" || fail "$words"
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	agree
	echo '{' >"$(echo .livepost/measurements/*.json | cut -d ' ' -f 1)"
	run "$LIVEPOST" explain
	[ "$status" = 0 ] || assert_output --partial 'one: would run: what was kept of it is damaged, or of an earlier livepost'
}

@test "nothing is run or written by it, and other folders and posts can be named" {
	both '/* a */'
	cell three | make_post 2021-03-10-y.md
	run -3 "$LIVEPOST" explain
	assert_line '3 of 3 cells would run'
	assert_not_exist posts/_measured
	assert_not_exist site
	assert_not_exist .livepost/used.json
	run -3 "$LIVEPOST" explain posts/2021-03-10-y.md
	assert_line '1 of 1 cell would run'
	cd ..
	run -3 "$LIVEPOST" explain "$BATS_TEST_TMPDIR"
	assert_line '3 of 3 cells would run'
	run -3 "$LIVEPOST" explain "$BATS_TEST_TMPDIR" 2021-03-10-x.md
	assert_line '2 of 2 cells would run'
	run -3 "$LIVEPOST" explain "$BATS_TEST_TMPDIR/posts/2021-03-10-y.md"
	assert_line '1 of 1 cell would run'
	run -1 "$LIVEPOST" explain "$BATS_TEST_TMPDIR" nothing.md
	assert_output --partial 'no such post'
	run -2 "$LIVEPOST" explain --why
	assert_output --partial 'explain has no option `--why`'
	run -2 "$LIVEPOST" explain a b
}

@test "--json has the same, and a site without cells has nothing that would run" {
	both '/* a */'
	run -0 "$LIVEPOST" build
	both '/* b */'
	run -3 --separate-stderr "$LIVEPOST" explain --json
	run -0 jq -c '.cells[] | [.post, .label, .runs, .why[0], .line]' <<<"$output"
	assert_line --index 0 '["posts/2021-03-10-x.md","one",true,"its code changed",5]'
	assert_line --index 1 --regexp '^\["posts/2021-03-10-x.md","two",false,"frozen, measured .*",13\]$'
	rm posts/*.md
	run -0 --separate-stderr "$LIVEPOST" explain --json
	assert_equal "$(jq -c . <<<"$output")" '{"cells":[]}'
	run -0 "$LIVEPOST" explain
	assert_output 'there is no cell that runs'
}

@test "a point of a sweep is explained by itself" {
	printf '```{c}\n//| label: pool\n//| runs: 1\n//| sweep: { threads: [1, 2] }\nvolatile int used = threads;\nint main(void) { return used > 8; }\n```\n' | make_post 2021-03-10-x.md
	agree
	sed -i 's/\[1, 2\]/[1, 2, 4]/' posts/*.md
	agree
	grep -qx '  pool, threads = 4: would run: it was never measured here' <<<"$words" || fail "$words"
	grep -qx '1 of 3 cells would run' <<<"$words" || fail "$words"
}

@test "what is compared runs together, pieces and headers in cells count, and an interpreter is a tool" {
	cat >pipeline.lua <<-'LUA'
		return { site = { title = "T" }, languages = { sh = { extension = "sh", run = { "sh", "{source}" }, comment = "#", package = "dash" } } }
	LUA
	local first='int first;' piece='static int piece(void) { return 0; }'
	post() {
		printf '```{c}\n//| label: one\n//| runs: 2\n//| compare: two\n%s\nint main(void) { return 0; }\n```\n' "$first"
		printf '```{c}\n//| label: two\n//| runs: 2\nint second;\nint main(void) { return 0; }\n```\n'
		printf '```{c}\n//| label: kitchen\n//| eval: false\n%s\n```\n' "$piece"
		printf '```{c}\n//| label: whole\n//| runs: 1\n//| depends-on: kitchen\nint main(void) { return piece(); }\n```\n'
		printf '```{sh}\n#| label: script\n#| runs: 1\necho tea\n```\n'
	}
	post | make_post 2021-03-10-x.md
	agree
	first='int other;'
	post | make_post 2021-03-10-x.md
	agree
	grep -qx '  one: would run: its code changed' <<<"$words" || fail "$words"
	grep -qx '  two: would run: it is compared with `one`, which has to run' <<<"$words" || fail "$words"
	assert_equal "$(grep -c 'would run: ' <<<"$words")" 2
	piece='static int piece(void) { return 1 - 1; }'
	post | make_post 2021-03-10-x.md
	agree
	grep -q '^  whole: would run: `depends-on`' <<<"$words" || fail "$words"
	assert_equal "$(grep -c 'would run: ' <<<"$words")" 1
	file=posts/_measured/2021-03-10-x/script.json
	jq -c '.inputs.tools.sh = "x"' $file >changed
	mv changed $file
	rm -r .livepost
	agree
	grep -q '^  script: would run: `sh` is another program than then' <<<"$words" || fail "$words"
}

# refused CODE [OPTION…]: a cell that is not to compile.
refused() {
	printf '```{c}\n//| label: refused\n//| expect: compile-error\n'
	[ $# = 1 ] || printf '//| %s\n' "${@:2}"
	printf '%s\n```\n' "$1"
}

@test "a cell that is not to compile would be compiled, never run, and is frozen or kept then" {
	refused 'int main(void) { return }' | make_post 2021-03-10-x.md
	run -3 "$LIVEPOST" explain
	assert_line '  refused: would be compiled: it was never measured here'
	assert_line '0 of 1 cell would run, 1 would be compiled'
	run -3 --separate-stderr "$LIVEPOST" explain --json
	assert_equal "$(jq -c '.cells[0] | [.runs, .compiles]' <<<"$output")" '[false,true]'
	run -0 "$LIVEPOST" build
	run -0 "$LIVEPOST" explain
	assert_line '  refused: frozen: the compiler refuses it, as it is to'
	assert_line '0 of 1 cell would run'
	run -0 --separate-stderr "$LIVEPOST" explain --json
	assert_equal "$(jq -c '.cells[0] | [.runs, .compiles, .kept_in]' <<<"$output")" \
		'[false,null,"posts/_measured/2021-03-10-x/refused.json"]'
	run -0 "$LIVEPOST" check
	refused 'int main(void) { return 1 + }' | make_post 2021-03-10-x.md
	run -3 "$LIVEPOST" explain
	assert_line '  refused: would be compiled: its code changed'
	refused 'int main(void) { return }' 'freeze: false' | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	assert_not_exist posts/_measured/2021-03-10-x
	run -0 "$LIVEPOST" explain
	assert_line '  refused: kept: the compiler refuses it, as it is to'
}
