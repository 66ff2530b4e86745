#!/usr/bin/env bats
# Programs that are run with a sanitizer beside the timed runs: what it reports, and whether that was expected.

load support/posts

# The post is one cell, x, whose options begin in line 7.
run_once() { # OPTIONS CODE
	one_cell x "runs: 1${1:+$'\n//| '}$1" "$2"
}

RACE='#include <pthread.h>
static int counter;
static void *cook(void *x)
{
	for (int i = 0; i < 100; i++)
		__atomic_store_n(&counter, counter + 1, __ATOMIC_RELAXED);
	return x;
}
int main(void)
{
	pthread_t a, b;
	pthread_create(&a, NULL, cook, NULL);
	pthread_create(&b, NULL, cook, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}'

@test "a race that nobody expected fails the build, with both its sides in the post's lines" {
	run_once 'sanitize: thread' "$RACE"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'posts/2021-03-10-a\.md:14: cell `x`: ThreadSanitizer found data race on `counter`: mend it, or say that it is to be so with `expect: race`'
	assert_regex "$stderr" '
    atomic write of 4 bytes in `cook`: posts/2021-03-10-a\.md:14
    read of 4 bytes in `cook`: posts/2021-03-10-a\.md:14'
	refute_regex "$stderr" '0x|pid'
	assert_not_exists site/2021
}

@test "expect: race passes on one, shows it with links into the listing, and is kept" {
	run_once 'expect: race' "$RACE"
	run -0 --separate-stderr "$LIVEPOST" build
	dumped measurements '.x | (.runs | length), (.sanitizers[] | .sanitizer, .runs >= 1, .reported, .reports[0].word, .reports[0].text, (.reports[0].sides | map(.line) | join(" ")))'
	assert_output $'1\nthread\ntrue\n1\nrace\ndata race on `counter`\n14 14'
	run -0 grep -o '<a href="#x-line-14">line 6</a>' "$(page a)"
	run -0 grep -o '<span class="line" id="x-line-14">' "$(page a)"
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
	sed -i '5i A line above.\n' posts/2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
	dumped measurements '.x.sanitizers[0].reports[0].sides[0].line'
	assert_output 16
}

@test "a race that is expected and does not come fails, after so many runs" {
	run_once $'expect: race\n//| sanitize-runs: 3' 'int main(void) { }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" ':8:13: cell `x`: expected a data race, but ThreadSanitizer saw none in 3 runs'
	run_once 'expect: race other' "$RACE"
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `x`: ThreadSanitizer found data race on `counter`'
	run_once 'expect: race counter' "$RACE"
	run -0 --separate-stderr "$LIVEPOST" build
}

@test "the timed program is never the instrumented one" {
	run_once 'sanitize: [thread, address, undefined]' '#include <stdio.h>
int main(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	puts("slow");
#else
	puts("fast");
#endif
}'
	run -0 --separate-stderr "$LIVEPOST" build
	dumped measurements '.x | .output, .exit.code, (.runs | length), (.sanitizers | map(.sanitizer) | join(" ")), ([.sanitizers[] | .runs, .reported] | join(" "))'
	assert_output $'fast\n\n0\n1\naddress thread undefined\n1 0 1 0 1 0'
}

@test "sanitizers, and how often they run, are in the cell's key" {
	run_once '' 'int main(void) { }'
	run -0 --separate-stderr "$LIVEPOST" build
	run_once 'sanitize: undefined' 'int main(void) { }'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" compiling
	run_once $'sanitize: undefined\n//| sanitize-runs: 3' 'int main(void) { }'
	dumped measurements '.x.sanitizers[0].runs'
	assert_output 3
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
}

@test "memory: what is used after it was freed, and what is never freed" {
	run_once 'sanitize: address' '#include <stdlib.h>
int main(void)
{
	volatile int *p = malloc(4 * sizeof *p);
	free((void *)p);
	p[1] = 3;
}'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" ':14: cell `x`: AddressSanitizer found heap-use-after-free: .*`expect: address-error`.*
    write of 4 bytes in `main`: posts/2021-03-10-a\.md:14
    frees it in `main`: posts/2021-03-10-a\.md:13
    allocates it in `main`: posts/2021-03-10-a\.md:12'
	sed -i 's/sanitize: address/expect: address-error heap-use-after-free/' posts/2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" build
	run_once 'expect: leak' '#include <stdlib.h>
int *volatile p;
int main(void)
{
	p = malloc(100);
	p = NULL;
}'
	run -0 --separate-stderr "$LIVEPOST" build
	dumped measurements '.x.sanitizers[0].reports[0] | .text, .sides[0].line'
	assert_output $'leak of 100 bytes in 1 block never freed\n13'
}

@test "undefined behaviour, with its column" {
	run_once 'sanitize: undefined' 'int main(int argc, char **argv)
{
	int shift = argc + 40;
	return argv ? (1 << shift) & 0 : 0;
}'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" ':12:19: cell `x`: UndefinedBehaviorSanitizer found shift exponent 41 is too large'
	sed -i 's/sanitize: undefined/expect: undefined/' posts/2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" build
}

@test "locks taken in two orders, though nothing hangs" {
	run_once 'expect: lock-order' '#include <pthread.h>
static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER, tray = PTHREAD_MUTEX_INITIALIZER;
static void take(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}
int main(void)
{
	take(&oven, &tray);
	take(&tray, &oven);
}'
	run -0 --separate-stderr "$LIVEPOST" build
	dumped measurements '.x.sanitizers[0].reports[0].word'
	assert_output lock-order
}

@test "a program that ends otherwise with the sanitizer fails, and one that uses too much memory or hangs is stopped" {
	run_once 'sanitize: undefined' '#include <stdio.h>
int main(void) { FILE *maps = fopen("/proc/self/maps", "r"); char line[4096]; while (fgets(line, sizeof line, maps)) if (__builtin_strstr(line, "libubsan")) return 9; }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `x`: with UndefinedBehaviorSanitizer it ended with exit code 9, which nobody expects'
	run_once $'timeout: 100ms\n//| sanitize: thread' '#include <unistd.h>
extern void __tsan_read1(void *p) __attribute__((weak));
int main(void) { if (__tsan_read1) pause(); }'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `x`: with ThreadSanitizer it ended with a timeout'
	run_once $'memory: 32MB\n//| sanitize: thread' '#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern void __tsan_read1(void *p) __attribute__((weak));
int main(void)
{
	for (int i = 0; __tsan_read1 && i < 100; i++) {
		char *volatile some = malloc(8 << 20);
		memset(some, 1, 8 << 20);
		usleep(1000);
	}
}'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `x`: with ThreadSanitizer it used more memory than it may, and was killed'
}

@test "wrong uses of sanitize are errors at their places" {
	local option message
	while IFS='|' read -r option message; do
		run_once "$option" 'int main(void) { }'
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" "^posts/2021-03-10-a\.md:$message"
	done <<'END'
sanitize: memory|8:15: `sanitize` takes `address`, `thread`, `undefined`: found `memory`
sanitize: [thread, thread]|8:24: `sanitize` names `thread` twice
sanitize-runs: 3|8:20: `sanitize-runs` says how often .* and there is none
sanitize: { thread: 1 }|8:15: `sanitize` takes a text or a list of texts
END
}

@test "a sanitizer that is not installed is an error that says so" {
	sed -i 's/^return { /return { c = { compiler = "gcc", flags = { "-g", "-B\/nowhere", "-nostdlib++" } }, /' pipeline.lua
	run_once 'sanitize: thread' 'int main(void) { }'
	sed -i 's/return { c = .*/return { c = { flags = { "-g", "-static" } } }/' pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" ':8:15: cell `x` does not compile with ThreadSanitizer: install it'
}

@test "a kept measurement whose report is damaged is measured again" {
	run_once $'expect: race\n//| freeze: false' "$RACE"
	run -0 --separate-stderr "$LIVEPOST" build
	sed -i 's/"word":"race"}\],"runs"/"word":7}],"runs"/' .livepost/measurements/*.json
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'damaged: measured again'
}

@test "a post with all that may be expected builds, and its page has each report once" {
	cp -r "$PROJECT/templates" .
	cp "$PROJECT/tests/fixtures/posts/2021-03-13-expectations.md" posts/
	run -0 --separate-stderr "$LIVEPOST" build
	run -0 grep -c '<div class="report">' site/2021/03/13/expectations.html
	assert_output 3
	local id
	for id in $(grep -o 'href="#[^"]*-line-[0-9]*"' site/2021/03/13/expectations.html | sed 's/.*#//; s/"//'); do
		grep -q "id=\"$id\"" site/2021/03/13/expectations.html || fail "nothing has the id $id"
	done
}
