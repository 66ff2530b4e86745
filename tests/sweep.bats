# A cell that is swept over values: what is compiled, run and kept for each point, how points are asked for, and what is
# no sweep. And cells whose outcomes are counted.

# shellcheck disable=SC2016
load support/posts

# The post is one cell, `pool`, with the code from standard input.
pool() { # OPTION…
	write_cell pool "$@" | make_post 2021-03-10-a.md
}

NAPS='#include <stdio.h>
#include <unistd.h>
int main(void)
{
	usleep(1000 * naps);
	printf("%d naps\n", naps);
}'

@test "a point for each value, each a whole measurement, in the order of the sweep" {
	pool 'sweep: { naps: [4, 1, 2] }' 'runs: 2' <<<"$NAPS"
	dumped measurements '.pool | keys, .label, .sweep, [.points[] | [.label, .at, (.runs | length), .output, .wall.n]]'
	assert_output '["label","points","sweep"]
pool
["naps"]
[["pool",{"naps":4},2,"4 naps\n",2],["pool",{"naps":1},2,"1 naps\n",2],["pool",{"naps":2},2,"2 naps\n",2]]'
	dumped measurements '[.pool.points[] | .wall.min_ns >= .at.naps * 1000000 and .timeline.wall_ns == .runs[.median_run - 1].wall_ns]'
	assert_output '[true,true,true]'
}

@test "several names: all combinations, the first the slowest; numbers, texts and signs reach the compiler as they are written" {
	pool 'sweep:' '  TYPE: [int, "unsigned char"]' '  scale: [0.5, -3, 010, 1e2]' 'runs: 1' <<-'END'
		#include <stdio.h>
		int main(void) { printf("%zu %g\n", sizeof(TYPE), (double)scale); }
	END
	dumped measurements '.pool | .sweep, (.points[] | [.at.TYPE, .at.scale, .output])'
	assert_output '["TYPE","scale"]
["int",0.5,"4 0.5\n"]
["int",-3,"4 -3\n"]
["int","010","4 8\n"]
["int",100,"4 100\n"]
["unsigned char",0.5,"1 0.5\n"]
["unsigned char",-3,"1 -3\n"]
["unsigned char","010","1 8\n"]
["unsigned char",100,"1 100\n"]'
}

@test "points take turns with each other and with other cells, run by run" {
	{
		printf '```{c}\n//| label: pool\n//| runs: 3\n//| warmup: false\n//| sweep: { n: [1, 2] }\nint main(void) { return n - n; }\nint x = n;\n```\n'
		printf '```{c}\n//| label: other\n//| runs: 3\n//| warmup: false\nint main(void) { return 0; }\n```\n'
	} | make_post 2021-03-10-a.md
	# On a terminal each run is announced before it starts.
	run -0 script -qec "$LIVEPOST build" /dev/null
	run -0 bash -c 'tr "\r" "\n" | sed -n "s/.*running \(.*\), run \([0-9]\) of 3.*/\1 \2/p"' <<<"$output"
	assert_output 'pool, n = 1 1
pool, n = 2 1
other 1
pool, n = 1 2
pool, n = 2 2
other 2
pool, n = 1 3
pool, n = 2 3
other 3'
}

@test "a point is kept in a file of its own: another value measures that one alone" {
	pool 'sweep: { naps: [1, 2] }' 'runs: 1' <<<"$NAPS"
	run -0 "$LIVEPOST" build
	assert_output --partial 'a.md: pool, naps = 1: '
	run -0 jq -c '[.version, .measurement.at, .measurement.label]' .livepost/measurements/*.json
	assert_equal "$(sort <<<"$output")" '[4,{"naps":1},"pool"]
[4,{"naps":2},"pool"]'
	pool 'sweep: { naps: [3, 2, 1] }' 'runs: 1' <<<"$NAPS"
	run -0 "$LIVEPOST" build
	assert_output --partial 'pool, naps = 3: '
	refute_output --partial 'naps = 1'
	refute_output --partial 'naps = 2'
	run -0 "$LIVEPOST" build
	refute_output --partial compiling
	dumped measurements '[.pool.points[].output]'
	assert_output '["3 naps\n","2 naps\n","1 naps\n"]'
}

@test "the page: each point's output and panel; output that is the same at every point is shown once" {
	pool 'sweep: { naps: [1, 2] }' 'runs: 1' 'claim: wall("pool", { naps = 2 }) > ms(2)' <<<"$NAPS"
	run -0 "$LIVEPOST" build
	assert_equal "$(at '(//div[@class="output"])[1]/p')" 'naps = 1'
	assert_equal "$(at '(//div[@class="output"])[2]//samp')" '2 naps'
	assert_equal "$(xmllint --html --xpath 'count(//div[@class="output"])' "$(page a)" 2>/dev/null)" 2
	assert_equal "$(at '//figure[@class="figure"]//svg[1]/title')" 'Timeline of pool, naps = 1, pool, naps = 2'
	assert_regex "$(at '//p[@class="claim"]')" '— here [0-9.]+ ms; from a single run$'
	pool 'sweep: { naps: [1, 2] }' 'runs: 1' <<<"${NAPS/'"%d naps\n", naps'/'"done\n"'}"
	run -0 "$LIVEPOST" build
	assert_equal "$(xmllint --html --xpath 'count(//div[@class="output"])' "$(page a)" 2>/dev/null)" 1
	assert_equal "$(at '//div[@class="output"]')" 'done'
}

@test "of a long sweep eight panels are drawn, the first and the last among them, and all is there for Lua" {
	pool "sweep: { n: [$(seq -s, 1 20)] }" 'runs: 1' 'timeout: 5s' <<<'#include <stdio.h>
int main(void) { printf("%d\n", n); }'
	printf '\nRuns: `{lua} runs("pool", { n = 13 })`.\n' >>"$POST"
	run -0 "$LIVEPOST" build
	run -0 at '//figure[@class="figure"]//svg[1]/title'
	assert_equal "$(grep -o 'n = [0-9]*' <<<"$output" | tr '\n' ' ')" 'n = 1 n = 4 n = 6 n = 9 n = 12 n = 15 n = 17 n = 20 '
	assert_equal "$(at '//p[starts-with(., "Runs")]')" 'Runs: 1.'
}

@test "Lua: points by their values, in prose, in claims and in figures" {
	pool 'sweep: { naps: [1, 4] }' 'runs: 3' 'claim: speedup("pool", { naps = 4 }, { naps = 1 }) > 1.2' <<<"$NAPS"
	cat >>"$POST" <<-'END'

		It took `{lua} wall("pool", { naps = 1 })`, `{lua} interval("pool", { naps = 1 })`.

		```{lua}
		--| label: all
		return bars("pool")
		```

		```{lua}
		--| label: one
		return bars("pool", { naps = 4 }, { baseline = "pool" })
		```
	END
	run -0 "$LIVEPOST" build
	assert_regex "$(at '//p[starts-with(., "It took")]')" '^It took [0-9.]+ ms, [0-9.]+(–[0-9.]+)? ms\.$'
	assert_equal "$(at '//figure[@id="all"]//svg[1]/title')" 'Wall times of pool, naps = 1, pool, naps = 4'
	assert_equal "$(at '//figure[@id="one"]//svg[1]/title')" 'Wall times of pool, naps = 4'
	sed -i 's/bars("pool")/bars("pool", { naps = 3 })/; s/wall("pool", { naps = 1 })/wall("pool")/' "$POST"
	run -1 --separate-stderr "$LIVEPOST" build
	grep -qF 'a.md:19:9: Lua: cell `pool` is swept: say at which point, as in wall("pool", { naps = 1 }): there are naps = 1; naps = 4' <<<"$stderr" || fail "$stderr"
	grep -qF 'a.md:23: Lua: cell `pool` has no point naps = 3: there are naps = 1; naps = 4; the nearest is naps = 4' <<<"$stderr" || fail "$stderr"
}

@test "what goes wrong at a point is told with the point, and what goes wrong at all of them once" {
	pool 'sweep: { n: [1, 2, 3] }' 'runs: 1' <<<'int main(void) { return n == 2 ? 7 : 0; }'
	build_fails "$POST:5:1: cell \`pool\`, n = 2: exit code 7 after "
	refute grep -q 'n = [13]: exit' <<<"$stderr"
	pool 'sweep: { n: [1, 2, 3] }' 'runs: 1' <<<$'#if n == 2\n#error not two\n#endif\nint main(void) { return 0; }'
	build_fails "$POST:10:2: cell \`pool\`, n = 2 does not compile: #error not two"
	pool 'sweep: { n: [1, 2, 3] }' 'runs: 1' <<<'int main(void) { return nn; }'
	build_fails "cell \`pool\`, n = 1 does not compile: ‘nn’ undeclared"
	assert_equal "$(grep -c 'does not compile' <<<"$stderr")" 1
	pool 'sweep: { n: [1, 2, 3] }' 'runs: 1' <<<$'static int unused = n;\nint main(void) { return 0; }'
	run --separate-stderr "$LIVEPOST" build
	assert_equal "$(grep -c 'warning:' <<<"$stderr")" 1
}

@test "a name that the code defines itself, or does not use, is an error and not a measurement" {
	pool 'sweep: { n: [1, 2] }' 'runs: 1' <<<$'#define n 3\nint main(void) { return n - n; }'
	build_fails "$POST:9: cell \`pool\`, n = 1: \`n\` is swept, and defined here once more: write #ifndef n"
	pool 'sweep: { n: [1, 2], used: [0, 1] }' 'runs: 1' <<<'int x = used; int main(void) { return 0; }'
	build_fails "$POST:7:12: cell \`pool\`, n = 1, used = 0: \`sweep\` changes nothing: the program is the same for every value of \`n\`"
	refute grep -q 'every value of `used`' <<<"$stderr"
	refute grep -q ' done$' <<<"$stderr"
	# With a default for those who compile by hand it is fine, and so are values that happen to make the same program.
	pool 'sweep: { n: [2, 3, 4] }' 'runs: 1' <<<$'#ifndef n\n#define n 8\n#endif\nint x = n / 2; int main(void) { return 0; }'
	run -0 "$LIVEPOST" build
}

@test "what is no sweep is an error at its place" {
	while IFS='|' read -r option place message; do
		pool "$option" 'runs: 1' <<<'int main(void) { return 0; }'
		build_fails "$POST:$place: $message"
	done <<-'END'
		sweep: 4|7:12|`sweep` takes a map of `name: [values]`: found `4`
		sweep: { n: 4 }|7:17|`sweep` takes a list of values behind every name: found `4`
		sweep: { n: [[1]] }|7:18|`sweep` takes a list of numbers and texts behind every name: found a list
		sweep: { n: [1, ~] }|7:21|`sweep` takes a list of numbers and texts behind every name: it has no value
		sweep: { n: [1e999] }|7:18|`sweep` takes numbers that a computer can hold: found `1e999`
		sweep: { n: [] }|7:14|`sweep`: `n` has no values
		sweep: {}|7:12|`sweep` names nothing
		sweep: { 1n: [1, 2] }|7:14|`sweep`: `1n` is no name in C
		sweep: { "a b": [1, 2] }|7:14|`sweep`: `a b` is no name in C
		sweep: { "n(x)": [1, 2] }|7:14|`sweep`: `n(x)` is no name in C
		sweep: { int: [1, 2] }|7:14|`sweep`: `int` is a word of C's own
		sweep: { defined: [1, 2] }|7:14|`sweep`: `defined` is a word of C's own
		sweep: { __LINE__: [1, 2] }|7:14|`sweep`: `__LINE__` is a word of C's own
		sweep: { n: [1, 2, 1] }|7:24|`sweep`: `n` has the value 1 twice
		sweep: { n: [1, "1"] }|7:21|`sweep`: `n` has the value 1 twice
		sweep: { n: ["a\nb"] }|7:18|`sweep`: `n` takes values of 64 bytes at most, on one line
	END
	pool "sweep: { a: [$(seq -s, 1 9)], b: [$(seq -s, 1 8)] }" <<<'int main(void) { return 0; }'
	build_fails '`sweep` has more than 64 points'
}

@test "a sweep in a cell of Lua is no option of its" {
	printf '```{lua}\n--| sweep: { n: [1] }\nreturn "x"\n```\n' | make_post 2021-03-10-a.md
	build_fails '6:5: `sweep` is an option of cells that run a program, and of no other: remove it here'
}

@test "a value cannot become an option of the compiler, nor markup in the page" {
	pool "sweep: { X: ['\"<b>&\" -include /etc/passwd', '\"y\"'] }" 'runs: 1' <<<$'#include <stdio.h>\n#define first(a, ...) a\nstatic const char *text(const char *s) { return s; }\nint include, etc, passwd;\nint main(void) { puts(text(#X)); }'
	run -1 --separate-stderr "$LIVEPOST" build
	refute grep -q 'root:' <<<"$stderr"
	pool "sweep: { X: ['\"<b>&\"', '\"y\"'] }" 'runs: 1' <<<$'#include <stdio.h>\nint main(void) { puts(X); }'
	run -0 "$LIVEPOST" build
	refute grep -q '<b>' "$(page a)"
	assert grep -qF 'X = &quot;&lt;b&gt;&amp;&quot;' "$(page a)"
}

# ---- outcomes

# A program of three outcomes by chance: the first in 6 of 8 cases.
DICE='#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
int main(void)
{
	unsigned char n = 0;
	if (getrandom(&n, 1, 0) != 1)
		return 9;
	if (n % 8 == 3)
		return 3;
	printf("%d\n", n % 8 == 2);
	fprintf(stderr, "n = %d\n", n);
}'

@test "outcomes: 100 runs, each counted once by output and ending, the most frequent first" {
	pool 'outcomes: true' <<<"$DICE"
	dumped cells '.[0] | [.runs, .timeout_ns, .warmup, .outcomes]'
	assert_output '[100,2000000000,false,true]'
	dumped measurements '.pool | [.wall.n, (.runs | length), ([.outcomes[].count] | add), (.outcomes | length)]'
	assert_output '[100,100,100,3]'
	dumped measurements '.pool.outcomes | [.[] | [.output, .exit.code]] == [["0\n", 0], ["1\n", 0], ["", 3]] or
		[.[] | [.output, .exit.code]] == [["0\n", 0], ["", 3], ["1\n", 0]]'
	assert_output true
	dumped measurements '.pool | [([.outcomes[].count] | . == (sort | reverse)), .outcomes[0].count > 50, .lines,
		(.runs[.median_run - 1].wall_ns == .timeline.wall_ns)]'
	assert_output '[true,true,null,true]'
}

@test "outcomes: however a run ends, that is one; with expect it is an error as ever" {
	pool 'outcomes: true' 'runs: 3' 'timeout: 30ms' 'sweep: { how: [0, 1, 2, 3] }' <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include <unistd.h>
		int main(void)
		{
			for (; how == 1;)
				pause();
			for (; how == 2;)
				puts("0123456789012345678901234567890123456789012345678901234567890123456789");
			if (how == 3)
				abort();
		}
	END
	dumped measurements '.pool.points[] | [.at.how, .exit.ending, .outcomes[0].count, .outcomes[0].exit]'
	assert_output '[0,null,3,{"code":0}]
[1,"timeout",3,{"ending":"timeout"}]
[2,"flood",3,{"ending":"flood"}]
[3,"signal",3,{"ending":"signal","signal":"ABRT"}]'
	run -0 "$LIVEPOST" build
	pool 'outcomes: true' 'runs: 3' 'expect: exit 0' <<<'int main(void) { return 1; }'
	run -1 --separate-stderr "$LIVEPOST" build
	grep -q 'expected exit code 0, but it ended with exit code 1' <<<"$stderr"
}

@test "outcomes are kept, and asking for them measures again" {
	pool 'runs: 3' <<<"${DICE/n % 8 == 3/0}"
	run -0 "$LIVEPOST" build
	pool 'runs: 3' 'outcomes: true' 'warmup: true' <<<"${DICE/n % 8 == 3/0}"
	run -0 "$LIVEPOST" build
	assert_output --partial 'pool: 3 runs'
	dumped measurements .pool.outcomes
	local before=$output
	dumped measurements .pool.outcomes
	assert_output "$before"
	# One that was tampered with is measured again: the sum must be that of the runs, and none cannot be.
	local file change
	for change in '.measurement.outcomes[0].count += 1' 'del(.measurement.outcomes)'; do
		for file in .livepost/measurements/*.json; do
			jq -c "if .measurement.outcomes then $change else . end" "$file" >changed
			mv changed "$file"
		done
		rm -r posts/_measured
		run -0 "$LIVEPOST" build
		assert_output --partial 'pool: 3 runs'
	done
}

@test "of very many runs of long outputs no more is held than a few" {
	pool 'outcomes: true' 'runs: 200' <<<$'#include <stdio.h>\nint main(void) { for (int i = 0; i < 1000000; i++) putchar(\'x\'); }'
	# All of the outputs at once would be 200 MB. The kernel's mark of the most that was resident only rises.
	local peak=0 seen
	ASAN_OPTIONS=quarantine_size_mb=1 "$LIVEPOST" build >log 2>&1 3>&- &
	while seen=$(awk '/^VmHWM:/ { print $2 }' "/proc/$!/status" 2>/dev/null) && [ -n "$seen" ]; do
		peak=$seen
		sleep 0.02
	done
	wait "$!"
	[ "$peak" -gt 1000 ] && [ "$peak" -lt 100000 ] || fail "$peak KiB"
	dumped measurements '.pool | [.wall.n, .outcomes[0].count, (.outcomes[0].output | length), .runs[.median_run - 1].wall_ns == .timeline.wall_ns]'
	assert_output '[200,200,4097,true]'
}
