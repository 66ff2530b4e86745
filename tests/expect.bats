#!/usr/bin/env bats
# How a cell's program is to end, said with `expect:`, and what an author is told where it hung.

load support/posts

DEADLOCK='#include <pthread.h>
static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER, tray = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static void *alice(void *x)
{
	pthread_mutex_lock(&oven);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&tray);
	return x;
}
static void *bob(void *x)
{
	pthread_mutex_lock(&tray);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&oven);
	return x;
}
int main(void)
{
	pthread_t a, b;
	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&a, NULL, alice, NULL);
	pthread_create(&b, NULL, bob, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}'

@test "a deadlock that nobody expected: the build says who waits for what, where, and who holds it" {
	one_cell dinner 'timeout: 200ms' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'posts/2021-03-10-a\.md:5:1: cell `dinner`: stopped after 200 ms, its timeout, in a deadlock: .*`expect: deadlock`'
	assert_regex "$stderr" 'deadlock: alice waits for `tray`, held by bob \(posts/2021-03-10-a\.md:15\); bob waits for `oven`, held by alice \(posts/2021-03-10-a\.md:22\)'
	assert_regex "$stderr" 'main waits for the end of `alice` \(posts/2021-03-10-a\.md:31\), for '
	assert_not_exists site/2021
}

@test "expect: deadlock passes on a real one, is kept, and is not run again" {
	one_cell dinner $'expect: deadlock\n//| timeout: 200ms' "$DEADLOCK"
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '2[0-9][0-9] ms, 1 of 1 cells done'
	assert_file_exists "$(page a)"
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -r '.dinner | .exit.ending, (.runs | length), (.timeline as $t | $t.hang.deadlock | map(. as $id | $t.lanes[] | select(.id == $id) | .name) | sort | join(" "))' <<<"$output"
	assert_output $'timeout\n1\nalice bob'
}

@test "expect: deadlock fails on a program that only hangs, with what it hangs in" {
	one_cell lost $'expect: deadlock\n//| timeout: 100ms' '#include <semaphore.h>
static sem_t done;
int main(void) { sem_init(&done, 0, 0); sem_wait(&done); }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `lost`: expected a deadlock, but no threads wait for each other in a circle: use `expect: timeout`'
	assert_regex "$stderr" 'main waits for `done` \(posts/2021-03-10-a\.md:11\), for '
}

@test "expect: deadlock fails on two that wait for each other no longer than a given time" {
	one_cell timed $'expect: deadlock\n//| timeout: 200ms' '#include <pthread.h>
#include <time.h>
static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER, tray = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(first);
	pthread_barrier_wait(&both);
	pthread_mutex_timedlock(second, &until);
}
static void *bob(void *x) { take(&tray, &oven); return x; }
int main(void)
{
	pthread_t b;
	pthread_barrier_init(&both, NULL, 2);
	pthread_create(&b, NULL, bob, NULL);
	take(&oven, &tray);
}'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected a deadlock, but no threads wait for each other in a circle'
}

@test "expect: deadlock says that it cannot tell where nothing is recorded" {
	one_cell dinner $'expect: deadlock\n//| timeout: 100ms' "$DEADLOCK"
	LIVEPOST_METHOD=none run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected a deadlock, but it was measured without a timeline'
}

@test "an ending that is expected passes, and any other fails and is told" {
	one_cell three 'expect: exit 3' 'int main(void) { return 3; }'
	run -0 "$LIVEPOST" build
	one_cell three 'expect: exit 4' 'int main(void) { return 3; }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'posts/2021-03-10-a\.md:7:13: cell `three`: expected exit code 4, but it ended with exit code 3 after '
	one_cell three 'expect: exit 3' 'int main(void) { return 0; }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected exit code 3, but it ended with exit code 0'
	one_cell dies 'expect: signal SIGSEGV' '#include <signal.h>
int main(void) { raise(SIGSEGV); }'
	run -0 "$LIVEPOST" build
	one_cell dies 'expect: signal ABRT' '#include <signal.h>
int main(void) { raise(SIGSEGV); }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected SIGABRT, but it ended with SIGSEGV'
	one_cell hangs $'expect: timeout\n//| timeout: 50ms' '#include <unistd.h>
int main(void) { pause(); }'
	run -0 "$LIVEPOST" build
	one_cell hangs $'expect: timeout\n//| timeout: 50ms' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected a timeout, but it ended with exit code 0'
}

@test "an expectation that is none is an error at its place" {
	for wrong in 'exit' 'exit 256' 'exit -1' 'signal' 'signal FOO' 'deadlocks' 'timeout 3s' 'success'; do
		one_cell x "expect: $wrong" 'int main(void) { }'
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" '^posts/2021-03-10-a\.md:7:13: `expect` takes .*: found `'"$wrong"'`'
	done
}

@test "names: an author's name for a variable, in the timeline and in what is told" {
	one_cell dinner $'timeout: 100ms\n//| names: { oven: the oven, tray: the tray }' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'alice waits for `the tray`, held by bob'
	one_cell dinner $'names: [oven]' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^posts/2021-03-10-a\.md:7:12: `names` takes a map of `key: text`'
	one_cell dinner $'names: { oven: [a] }' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '`names` takes a map of `key: text`, with a text behind every key'
}

@test "names for the whole site stand in pipeline.lua, and a cell's own come first" {
	echo 'return { names = { oven = "the stove", tray = "the tray" } }' >pipeline.lua
	one_cell dinner $'timeout: 100ms\n//| names: { tray: a tin }' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'alice waits for `a tin`.*bob waits for `the stove`'
	echo 'return { names = { oven = 3 } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^pipeline\.lua:1:27: setting `names\.oven`: a string is expected, not a number'
	echo 'return { names = { "oven" } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^pipeline\.lua:1:20: setting `names`: its keys are names'
}

@test "<livepost.h> is there for every cell: lanes, spans and marks bear the program's own names" {
	one_cell named '' '#include <livepost.h>
int main(void)
{
	lane_name("chef");
	span("prep") { mark("half way"); }
}'
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -r '.named.timeline.lanes[0] | .name, .spans[0].name, .marks[0].name' <<<"$output"
	assert_output $'chef\nprep\nhalf way'
}

@test "expect takes a text, a list of which all hold, and a map; what else there is, it says" {
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: one
//| expect: [exit 3, 'output: three']
#include <stdio.h>
int main(void) { puts("three"); return 3; }
```

```{c}
//| label: two
//| expect:
//|   exit: 3
//|   output: three
//|   errors: { contains: careful }
#include <stdio.h>
int main(void) { puts("three"); fputs("be careful\n", stderr); return 3; }
```
END
	run -0 --separate-stderr "$LIVEPOST" build
	sed -i 's/return 3/return 4/; s/"be careful/"be quick/' posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '7:13: cell `one`: expected exit code 3, but it ended with exit code 4'
	assert_regex "$stderr" '15:7: cell `two`: expected exit code 3, but it ended with exit code 4'
}

@test "an output that is not as expected fails, with what differs" {
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: counts
//| expect:
//|   output: |
//|     one
//|     two
//|     three
#include <stdio.h>
int main(void) { puts("one\nzwei\nthree"); }
```
END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '8:7: cell `counts`: expected other output on standard output, but it printed something else \(- expected, \+ came\)'
	assert_regex "$stderr" $'\n      one\n    - two\n    \\+ zwei\n      three\n'
	sed -i 's/zwei/two/' posts/2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" build
}

@test "outputs by pattern, by what they contain, by lines in any order, and one of several" {
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: any
//| expect:
//|   output:
//|     pattern: |
//|       took {number} ms
//|       ...
//|       done
//|     contains: cook
#include <stdio.h>
int main(void) { puts("took 3.5 ms\ncook\nchef\ndone"); }
```

```{c}
//| label: lines
//| expect: { output: { lines: [b, a] } }
#include <stdio.h>
int main(void) { puts("a\nb"); }
```

```{c}
//| label: coin
//| expect: { output: [heads, tails] }
#include <stdio.h>
int main(void) { puts("tails"); }
```
END
	run -0 --separate-stderr "$LIVEPOST" build
	sed -i 's/puts("tails/puts("edge/; s/puts("a\\nb/puts("a\\nc/; s/took 3\.5/took long/' posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `any`: expected other output on standard output, but it printed what does not follow the pattern.*
    - took \{number\} ms
    \+ took long ms'
	assert_regex "$stderr" 'cell `lines`: .* other lines .*
    - b
    \+ c'
	assert_regex "$stderr" 'cell `coin`: expected one of 2 outputs'
}

@test "every run has to print what is expected, not the median one alone" {
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: odd
//| runs: 9
//| expect: output even
#include <stdio.h>
#include <time.h>
int main(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	puts(now.tv_nsec / 64 % 2 ? "odd" : "even");
}
```
END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '- even
    \+ odd'
}

@test "a share of the runs: what comes sometimes, at least, at most so often" {
	local share
	for share in sometimes '10 % to 90 %' 'at least 10 %' 'at most 90%'; do
		make_post 2021-03-10-a.md <<END
\`\`\`{c}
//| label: odd
//| outcomes: true
//| runs: 60
//| expect: { output: even, share: $share }
#include <stdio.h>
#include <time.h>
int main(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	puts(now.tv_nsec / 64 % 2 ? "odd" : "even");
}
\`\`\`
END
		run -0 --separate-stderr "$LIVEPOST" build
		sed -i 's/\/ 64 % 2 ? "odd"/< 0 ? "odd"/' posts/2021-03-10-a.md
		if [ "$share" = 'at least 10 %' ]; then
			run -0 --separate-stderr "$LIVEPOST" build
			sed -i 's/expect: { output: even/expect: { output: odd/' posts/2021-03-10-a.md
		fi
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" '9:13: cell `odd`: expected this .*, but it came in [06]0? of 60: '
	done
}

@test "expect: compile-error shows what the compiler says, is kept, and moves with the post" {
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: broken
//| expect: compile-error 'counter' undeclared
int main(void)
{
	return counter;
}
```
END
	run -0 --separate-stderr "$LIVEPOST" build
	run -0 grep -c '<a href="#broken-line-10">line 3</a>: ‘counter’ undeclared' "$(page a)"
	run -0 grep -c 'id="broken-line-10"' "$(page a)"
	sed -i '5i A line above.\n' posts/2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -r '.broken.refused[] | .path, .line, .column' <<<"$output"
	assert_output $'posts/2021-03-10-a.md\n12\n9'
	sed -i "s/'counter' undeclared/incompatible/" posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '9:13: cell `broken`: expected a compile error that says `incompatible`, but the compiler says something else.*
    ‘counter’ undeclared'
}

@test "expect: compile-error fails on code that compiles, and is measured again when a header changes" {
	echo 'extern int counter;' >examples/counter.h
	make_post 2021-03-10-a.md <<'END'
```{c}
//| label: broken
//| expect: compile-error
#include "counter.h"
int main(void)
{
	return no_counter;
}
```
END
	run -0 --separate-stderr "$LIVEPOST" build
	echo 'enum { no_counter };' >examples/counter.h
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '7:13: cell `broken`: expected a compile error, but it compiles'
}

@test "what cannot be expected is an error at its place" {
	local expect message
	while IFS='|' read -r expect message; do
		one_cell x "expect: $expect" 'int main(void) { }'
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" "^posts/2021-03-10-a\.md:$message"
	done <<'END'
exit|7:13: `expect` takes `exit` and a number
[exit 3, exit 4]|7:22: `expect` takes one way to end at most
{ exit: 3, timeout: true }|7:33: `expect` takes one way to end at most
{ exits: 3 }|7:15: `expect` knows no `exits`: did you mean `exit`\?
{ exit: [3] }|7:21: `expect` takes a text behind `exit`
{ race: false }|7:21: `expect` takes `true`, or a text that it is to say, behind `race`
{ timeout: soon }|7:24: `expect` takes `true` behind `timeout`
{ output: { equals: 3 } }|7:25: `expect` knows no `equals`: there are `is`, `pattern`
{ output: { contains: '' } }|7:35: `expect` takes what is to be found
{ output: [] }|7:23: `expect` takes at least one output
{ output: { lines: { a: b } } }|7:32: `expect` takes a list of lines
{ output: a, share: often }|7:33: `expect` takes as `share` the word `sometimes`
{ output: a, share: sometimes }|7:13: `expect`: a `share` is of many runs that are counted: add `outcomes: true`
[compile-error, output a]|7:13: `expect`: a program that does not compile does nothing else
[[exit 3]]|7:14: `expect` takes
~|7:13: `expect` takes something: it has no value
END
}

@test "options of runs are refused where the program is not to compile" {
	local option
	for option in 'runs: 3' 'timeout: 1s' 'outcomes: true' 'sanitize: thread' 'claim: 1 > 0' 'stdin: a'; do
		one_cell x $'expect: compile-error\n//| '"$option" 'int main(void) { return y; }'
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" "8:[0-9]*: \`${option%%:*}\` is for a program that runs"
	done
}
