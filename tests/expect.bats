#!/usr/bin/env bats
# How a cell's program is to end, said with `expect:`, and what an author is told where it hung.

load support/livepost

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	make_site
}

# cell NAME OPTIONS CODE: a post with one cell.
cell() {
	printf '```{c}\n//| label: %s\n' "$1" >body
	if [ -n "$2" ]; then printf '//| %s\n' "$2" >>body; fi
	printf '%s\n```\n' "$3" >>body
	make_post 2021-03-10-a.md <body
}

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
	cell dinner 'timeout: 200ms' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'posts/2021-03-10-a\.md:5:1: cell `dinner`: stopped after 200 ms, its timeout, in a deadlock: .*`expect: deadlock`'
	assert_regex "$stderr" 'deadlock: alice waits for `tray`, held by bob \(posts/2021-03-10-a\.md:15\); bob waits for `oven`, held by alice \(posts/2021-03-10-a\.md:22\)'
	assert_regex "$stderr" 'main waits for the end of `alice` \(posts/2021-03-10-a\.md:31\), for '
	assert_not_exists site/2021
}

@test "expect: deadlock passes on a real one, is kept, and is not run again" {
	cell dinner $'expect: deadlock\n//| timeout: 200ms' "$DEADLOCK"
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
	cell lost $'expect: deadlock\n//| timeout: 100ms' '#include <semaphore.h>
static sem_t done;
int main(void) { sem_init(&done, 0, 0); sem_wait(&done); }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `lost`: expected a deadlock, but no threads wait for each other in a circle: use `expect: timeout`'
	assert_regex "$stderr" 'main waits for `done` \(posts/2021-03-10-a\.md:11\), for '
}

@test "expect: deadlock fails on two that wait for each other no longer than a given time" {
	cell timed $'expect: deadlock\n//| timeout: 200ms' '#include <pthread.h>
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
	cell dinner $'expect: deadlock\n//| timeout: 100ms' "$DEADLOCK"
	LIVEPOST_METHOD=none run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected a deadlock, but it was measured without a timeline'
}

@test "an ending that is expected passes, and any other fails and is told" {
	cell three 'expect: exit 3' 'int main(void) { return 3; }'
	run -0 "$LIVEPOST" build
	cell three 'expect: exit 4' 'int main(void) { return 3; }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'posts/2021-03-10-a\.md:5:1: cell `three`: expected exit code 4, but it ended with exit code 3 after '
	cell three 'expect: exit 3' 'int main(void) { return 0; }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected exit code 3, but it ended with exit code 0'
	cell dies 'expect: signal SIGSEGV' '#include <signal.h>
int main(void) { raise(SIGSEGV); }'
	run -0 "$LIVEPOST" build
	cell dies 'expect: signal ABRT' '#include <signal.h>
int main(void) { raise(SIGSEGV); }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected SIGABRT, but it ended with SIGSEGV'
	cell hangs $'expect: timeout\n//| timeout: 50ms' '#include <unistd.h>
int main(void) { pause(); }'
	run -0 "$LIVEPOST" build
	cell hangs $'expect: timeout\n//| timeout: 50ms' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'expected a timeout, but it ended with exit code 0'
}

@test "an expectation that is none is an error at its place" {
	for wrong in 'exit' 'exit 256' 'exit -1' 'signal' 'signal FOO' 'deadlocks' 'timeout 3s' 'success'; do
		cell x "expect: $wrong" 'int main(void) { }'
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" '^posts/2021-03-10-a\.md:7:13: `expect` takes .*: found `'"$wrong"'`'
	done
}

@test "names: an author's name for a variable, in the timeline and in what is told" {
	cell dinner $'timeout: 100ms\n//| names: { oven: the oven, tray: the tray }' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'alice waits for `the tray`, held by bob'
	cell dinner $'names: [oven]' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^posts/2021-03-10-a\.md:7:12: `names` takes a map of `key: text`'
	cell dinner $'names: { oven: [a] }' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '`names` takes a map of `key: text`, with a text behind every key'
}

@test "names for the whole site stand in pipeline.lua, and a cell's own come first" {
	echo 'return { names = { oven = "the stove", tray = "the tray" } }' >pipeline.lua
	cell dinner $'timeout: 100ms\n//| names: { tray: a tin }' "$DEADLOCK"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'alice waits for `a tin`.*bob waits for `the stove`'
	echo 'return { names = { oven = 3 } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^pipeline\.lua: setting `names\.oven`: a string is expected, not a number'
	echo 'return { names = { "oven" } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '^pipeline\.lua: setting `names`: its keys are names'
}

@test "<livepost.h> is there for every cell: lanes, spans and marks bear the program's own names" {
	cell named '' '#include <livepost.h>
int main(void)
{
	lane_name("chef");
	span("prep") { mark("half way"); }
}'
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -r '.named.timeline.lanes[0] | .name, .spans[0].name, .marks[0].name' <<<"$output"
	assert_output $'chef\nprep\nhalf way'
}
