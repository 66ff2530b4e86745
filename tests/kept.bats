# Measurements are kept: a cell runs again when, and only when, something changed that its measurement depends on.

# shellcheck disable=SC1112,SC2016
load support/kept

@test "a second build runs nothing and changes no byte" {
	{ cell one; cell two '#include <math.h>'; printf 'It took `{lua} wall("one")`.\n'; } | make_post 2021-03-10-x.md
	builds_running one two
	first=$(number x one)
	second=$(number x two)
	assert_not_equal "$first" "$second"
	cp -a site before
	sleep 1.1 # a page that bore the time of its build would show it
	touch now
	builds_running
	diff -r before site
	assert_equal "$(find site -newer now)" ''
	assert_equal "$(number x one) $(number x two)" "$first $second"
}

@test "what was measured keeps its time" {
	cell one | make_post 2021-03-10-x.md
	SOURCE_DATE_EPOCH=1000000000 builds_running one
	run cat .livepost/measurements/*.json
	assert_output --partial '2001-09-09T01:46:40Z'
	cp -a .livepost/measurements before
	SOURCE_DATE_EPOCH=1200000000 builds_running
	diff -r before .livepost/measurements
}

@test "prose around a cell is no reason to run it" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	first=$(number x)
	{ printf '# A title\n\nMore prose.\n\n'; cell one; printf '\nAnd more.\n'; } | make_post 2021-03-10-x.md
	builds_running
	assert_equal "$(number x)" "$first"
	assert grep -q 'And more' "$(page x)"
}

@test "the file's time is no reason to run it" {
	cell one '#include "a.h"' | make_post 2021-03-10-x.md
	echo '#define A 1' >examples/a.h
	builds_running one
	touch -d '1 hour' posts/* examples/* pipeline.lua
	builds_running
}

@test "warnings of a kept cell are told again, at the lines where it stands now" {
	cell one 'static int unused;' | make_post 2021-03-10-x.md
	build
	assert_line --partial 'posts/2021-03-10-x.md:10:12: warning: ‘unused’ defined but not used'
	builds_running
	assert_line --partial 'posts/2021-03-10-x.md:10:12: warning: ‘unused’ defined but not used'
	{ printf 'Three\nlines\nmore.\n'; cell one 'static int unused;'; } | make_post 2021-03-10-x.md
	builds_running
	assert_line --partial 'posts/2021-03-10-x.md:13:12: warning: ‘unused’ defined but not used'
}

@test "warnings in a header stay at its own lines" {
	printf '\nstatic int unused;\n' >examples/a.h
	cell one '#include "a.h"' | make_post 2021-03-10-x.md
	build
	assert_line --partial 'examples/a.h:2:12: warning: ‘unused’ defined but not used'
	{ printf 'A line.\n\n'; cell one '#include "a.h"'; } | make_post 2021-03-10-x.md
	builds_running
	assert_line --partial 'examples/a.h:2:12: warning: ‘unused’ defined but not used'
}

@test "only the cell whose code changed runs again" {
	{ cell one; cell two '/* a */'; } | make_post 2021-03-10-x.md
	cell three '/* three */' | make_post 2021-03-10-y.md
	builds_running one three two
	first=$(number x one)
	second=$(number x two)
	{ cell one; cell two '/* b */'; } | make_post 2021-03-10-x.md
	builds_running two
	assert_equal "$(number x one)" "$first"
	assert_not_equal "$(number x two)" "$second"
	# What it was before is kept still.
	{ cell one; cell two '/* a */'; } | make_post 2021-03-10-x.md
	builds_running
	assert_equal "$(number x two)" "$second"
}

@test "a file of examples/ that changed runs again" {
	number_program >examples/n.c
	printf '```{c}\n//| label: one\n//| runs: 1\n//| file: n.c\n```\n' | make_post 2021-03-10-x.md
	builds_running one
	builds_running
	number_program '/* changed */' >examples/n.c
	builds_running one
}

@test "a header that changed, and a header of a header, run it again" {
	mkdir examples/deep
	echo '#include "deep/b.h"' >examples/a.h
	echo '#include "../c.h"' >examples/deep/b.h
	echo '#define C 1' >examples/c.h
	echo '#define OTHER 1' >examples/other.h
	{ cell one '#include "a.h"'; cell two; } | make_post 2021-03-10-x.md
	builds_running one two
	builds_running
	echo '#define C 2' >examples/c.h
	builds_running one
	echo '#include "deep/b.h" /* a */' >examples/a.h
	builds_running one
	printf '#include "../c.h"\n\n' >examples/deep/b.h
	builds_running one
	echo '#define OTHER 2' >examples/other.h
	builds_running
}

@test "a header that comes to stand in front of another runs it again" {
	cell one '#include "limits.h"' | make_post 2021-03-10-x.md
	builds_running one
	echo '#include_next <limits.h>' >examples/limits.h
	builds_running one
	builds_running
	rm examples/limits.h
	builds_running one
}

@test "settings of the compiler that changed run everything again" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	for settings in 'flags = { "-O1", "-Wall" }' 'flags = { "-O1" }' 'libraries = {}' 'compiler = "gcc"'; do
		echo "return { site = { title = 'Test site' }, c = { $settings } }" >pipeline.lua
		builds_running one
		builds_running
	done
	echo 'return { site = { title = "Another title" } }' >pipeline.lua
	builds_running
	assert grep -q 'Another title' site/index.html
}

@test "a number of runs that changed runs it again" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	sed -i 's/runs: 1/runs: 2/' posts/*.md
	builds_running one
	builds_running
}

@test "a cell with another label is the same cell, under its new label" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	first=$(number x one)
	{ cell renamed; printf 'It took `{lua} wall("renamed")`.\n'; } | make_post 2021-03-10-x.md
	builds_running
	assert_equal "$(number x renamed)" "$first"
	refute grep -q '"fig-one"' "$(page x)"
}

@test "options that change only what is shown run nothing" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	cell one '' 'echo: false' 'timeout: 3s' 'fig-cap: A caption.' 'claim: wall("one") > ms(0)' | make_post 2021-03-10-x.md
	builds_running
	assert grep -q 'A caption' "$(page x)"
	assert grep -q 'class="claim"' "$(page x)"
}

@test "the same code twice is measured twice, and stays so" {
	{ cell one; cell two; } | make_post 2021-03-10-x.md
	cell three | make_post 2021-03-10-y.md
	builds_running one three two
	assert_not_equal "$(number x one)" "$(number x two)"
	cp -a site before
	builds_running
	diff -r before site
}

# change_kept FILTER: changes the one kept measurement by a jq filter.
change_kept() {
	local changed
	changed=$(jq -c "$1" "$(echo .livepost/measurements/*.json)")
	echo "$changed" >"$(echo .livepost/measurements/*.json)"
}

@test "a kept measurement that cannot be read is taken again" {
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	builds_running one
	file=$(echo .livepost/measurements/*.json)
	cp "$file" whole
	size=$(stat -c %s "$file")
	for length in 0 1 2 $((size / 2)) $((size - 2)); do
		head -c "$length" whole >"$file"
		builds_running one
		assert_line "$file: warning: this kept measurement is damaged: measured again"
	done
	for bytes in '[]' '{}' 'null' '"x"' '1e999' '{"headers":{},"measurement":[]}' '{"headers":[],"measurement":"x"}' $'\xff\xfe' \
		"$(printf '[%.0s' {1..100000})"; do
		printf %s "$bytes" >"$file"
		builds_running one
	done
	rm "$file"
	mkdir "$file"
	run "$LIVEPOST" build
	refute_output --partial traceback
	rmdir "$file"
	builds_running one
	builds_running
}

@test "a kept measurement in which something is missing is taken again" {
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	builds_running one
	cp .livepost/measurements/*.json whole
	while read -r filter; do
		cp whole .livepost/measurements/*.json
		change_kept "$filter"
		run "$LIVEPOST" build
		[ "$status" = 0 ] && grep -q ': one: .* done$' <<<"$output" || fail "$filter: $output"
		assert_line --regexp '^\.livepost/measurements/[0-9a-f]+\.json: warning: this kept measurement is damaged: measured again$'
		builds_running
		refute_output --partial damaged
	done <<-'END'
		del(.measurement.runs)
		.measurement.runs = []
		.measurement.runs = {}
		.measurement.runs[0] = 5
		.measurement.runs[0].wall_ns = "long"
		del(.measurement.runs[0].max_rss_bytes)
		del(.measurement.wall)
		.measurement.wall = 5
		del(.measurement.wall.median_ns)
		.measurement.median_run = 2
		.measurement.median_run = "1"
		.measurement.median_run = 0
		del(.measurement.machine)
		del(.measurement.machine.cpu)
		.measurement.machine.cores = "many"
		del(.measurement.method)
		.measurement.method = "guessed"
		del(.measurement.measured_at)
		.measurement.output = 5
		del(.measurement.output)
		del(.measurement.exit)
		del(.measurement.timeline)
		.measurement.timeline = 5
		.measurement.timeline.lanes = 5
		.measurement.timeline.lanes[0].slices[0].state = "dreaming"
		.measurement.timeline.lanes[0].slices[0].start_ns = "early"
		del(.measurement.timeline.lanes[0].name)
		.measurement.timeline.flows = [{"kind":"create"}]
		.headers = 5
		del(.headers)
		.warnings = 5
		.warnings = [5]
		.warnings = [{"path":"examples/x.h"}]
	END
}

@test "no kept measurement brings markup into a page" {
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	builds_running one
	bad='<script>alert(1)</script>'
	change_kept ".measurement.output = \"$bad\" | .measurement.machine.cpu = \"$bad\" | .measurement.measured_at = \"$bad\"
		| .measurement.machine.kernel = \"$bad\" | .measurement.method_why = \"$bad\" | .measurement.label = \"$bad\"
		| .measurement.timeline.lanes[0].name = \"$bad\""
	run "$LIVEPOST" build
	refute_output --partial traceback
	refute grep -q '<script>' "$(page x)"
}

@test "the measurements of the good cells are kept when another one fails" {
	{
		cell good
		printf '```{c}\n//| label: bad\nint main(void) { return 9; }\n```\n'
	} | make_post 2021-03-10-x.md
	cell other '/* other */' | make_post 2021-03-10-y.md
	printf '```{c}\n//| label: broken\nint main(void) { return }\n```\n' | make_post 2021-03-10-z.md
	run "$LIVEPOST" build
	assert_failure 1
	assert_output --partial 'exit code 9'
	assert_output --partial 'does not compile'
	cell good | make_post 2021-03-10-x.md
	rm posts/2021-03-10-z.md
	builds_running
}

@test "a cell that failed is run again" {
	printf '```{c}\n//| label: one\nint main(void) { return 9; }\n```\n' | make_post 2021-03-10-x.md
	for _ in 1 2; do
		run "$LIVEPOST" build
		assert_failure 1
		assert_output --partial 'exit code 9'
	done
}

@test "an interrupted build keeps what it measured" {
	cell one | make_post 2021-03-10-a.md
	printf '```{c}\n//| label: slow\n//| runs: 1\n//| timeout: 60s\nint main(void) { for (;;) ; }\n```\n' | make_post 2021-03-10-b.md
	env --default-signal=INT "$LIVEPOST" build >log 2>&1 3>&- &
	process=$!
	for _ in {1..200}; do
		[ -n "$(find .livepost -name '*.json' 2>/dev/null)" ] && break
		sleep 0.05
	done
	kill -INT "$process"
	code=0
	wait "$process" || code=$?
	assert_equal "$code" 130
	rm posts/2021-03-10-b.md
	builds_running
}

@test "without any records a page is built, says so, and its measurement is kept apart" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	first=$(number x)
	assert grep -q '<svg' "$(page x)"
	LIVEPOST_METHOD=none builds_running one
	assert_not_equal "$(number x)" "$first"
	assert grep -q 'without switch records' "$(page x)"
	second=$(number x)
	LIVEPOST_METHOD=none builds_running
	assert_equal "$(number x)" "$second"
	builds_running
	assert_equal "$(number x)" "$first"
	refute grep -q 'without switch records' "$(page x)"
}

@test "where switch records are refused a page is built, says why, and is built again without a run" {
	cc -o without_perf "$PROJECT/tests/fixtures/programs/without_perf.c"
	cell one | make_post 2021-03-10-x.md
	run ./without_perf 1 "$LIVEPOST" build
	assert_success
	assert grep -q 'around each call that waits (perf_event_open: Operation not permitted' "$(page x)"
	cp "$(page x)" before
	run ./without_perf 1 "$LIVEPOST" build
	assert_success
	refute_line --partial compiling
	cmp before "$(page x)"
}

@test "a timeline that there is, is not given up where switch records are refused" {
	cc -o without_perf "$PROJECT/tests/fixtures/programs/without_perf.c"
	cell one | make_post 2021-03-10-x.md
	builds_running one
	cp "$(page x)" before
	run ./without_perf 1 "$LIVEPOST" build
	assert_success
	refute_line --partial compiling
	cmp before "$(page x)"
}

@test "a program that prints any bytes is kept like others" {
	cp "$PROJECT/tests/fixtures/programs/bytes.c" examples/
	printf '```{c}\n//| label: one\n//| runs: 1\n//| file: bytes.c\n```\n' | make_post 2021-03-10-x.md
	builds_running one
	cp -a site before
	builds_running
	diff -r before site
}

@test "places in the code move with the text around a cell that is kept, and with the post's name" {
	local sleeper=$'```{c}\n//| label: one\n//| runs: 1\n#include <unistd.h>\nint main(void)\n{\n\tusleep(2000);\n}\n```\n'
	places() {
		run -0 --separate-stderr "$LIVEPOST" dump measurements "$1"
		run -0 jq -r '.one | .timeline.lanes[].slices[] | select(.state == "sleeping").where' <<<"$output"
	}
	make_post 2021-03-10-x.md <<<"$sleeper"
	builds_running one
	places posts/2021-03-10-x.md
	assert_output posts/2021-03-10-x.md:11
	make_post 2021-03-10-y.md <<<$'Two more\nlines.\n'"$sleeper"
	rm posts/2021-03-10-x.md
	builds_running
	places posts/2021-03-10-y.md
	assert_output posts/2021-03-10-y.md:13
}

@test "a measurement that had to do without switch records is taken again where they are granted, once" {
	cc -o without_perf "$PROJECT/tests/fixtures/programs/without_perf.c"
	cell one | make_post 2021-03-10-x.md
	run -0 ./without_perf 1 "$LIVEPOST" build
	builds_running one
	builds_running
}
