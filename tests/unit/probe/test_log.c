/* What the probe writes where its log is small, odd or not there, and what an author says in it. */
#include "probe_case.h"

static void check_author(const struct log *log)
{
	assert_int_equal(count_kind(log, PROBE_SPAN), 10);
	assert_int_equal(count_kind(log, PROBE_SPAN | PROBE_END), 10);
	size_t marks = 0;
	for (size_t i = 0; i < log->count; i++) {
		const struct probe_record *record = log->seen[i].record;
		if (record->kind == PROBE_NAME)
			assert_string_equal(text_of(log, i), "chicken");
		if (record->kind == PROBE_MARK) {
			static const char *const names[] = { "a name that is longer than the twenty-eight bytes of one record", "", "served" };
			assert_true(marks < 3);
			assert_string_equal(text_of(log, i), names[marks++]);
		}
	}
	assert_int_equal(marks, 3);
}

static void test_author(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "author"), NULL, &log);
	check_author(&log);
	free_log(&log);
}

/* The header in C and C++, strict, and as a program that is not position-independent: the names are found there, too. */
static void test_header(void **state)
{
	(void)state;
	static const char *const ways[] = {
		"gcc -std=c99 -pedantic -Wall -Wextra -Wshadow -Werror -x c",
		"gcc -std=c11 -no-pie -fno-pie -O2 -Wall -Werror -x c",
		"clang-14 -std=c11 -Weverything -Wno-padded -Wno-c++98-compat -Wno-declaration-after-statement -Werror -x c",
		"g++ -std=c++11 -pedantic -Wall -Wextra -Wshadow -Werror -x c++",
	};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		char command[2 * PATH + 1024], compiler[16];
		sscanf(ways[i], "%15s", compiler);
		snprintf(command, sizeof command, "command -v %s >/dev/null", compiler);
		if (system(command))
			continue;
		snprintf(command, sizeof command,
		         "printf '#include <livepost.h>\\nint main(void)\\n{\\n\\tlane_name(\"chicken\");\\n"
		         "\\tspan(\"a\") {\\n\\t\\tspan(\"b\") {\\n\\t\\t\\tmark(\"served\");\\n\\t\\t\\treturn 3;\\n\\t\\t}\\n\\t}\\n"
		         "\\treturn 0;\\n}\\n' | %s -I%s/include -o %s/header - 2>&1", ways[i], folder, folder);
		assert_int_equal(system(command), 0);
		char program[PATH + 32];
		snprintf(program, sizeof program, "%s/header", folder);
		struct log log;
		check_same((const char *const[]){ program, NULL }, NULL, &log);
		assert_int_equal(WEXITSTATUS(log.traced.status), 3);
		assert_int_equal(count_kind(&log, PROBE_SPAN), 2);
		assert_int_equal(count_kind(&log, PROBE_SPAN | PROBE_END), 2);
		assert_int_equal(count_kind(&log, PROBE_MARK), 1);
		free_log(&log);
	}
}

static void test_killed(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct trace_plan plan = { .argv = SUBJECT("subject_processes", "forever"), .probe = probe, .pages = 16 * 1024,
		                           .kill_after_ms = 5 + i * 7 };
		struct log log = take_log(&plan);
		assert_true(WIFSIGNALED(log.traced.status) && WTERMSIG(log.traced.status) == SIGKILL);
		free_log(&log);
	}
}

static void test_full(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 2, 3, 20, 300 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct trace_plan plan = { .argv = SUBJECT("subject_processes", "wide"), .probe = probe, .pages = sizes[i] };
		struct log log = take_log(&plan);
		assert_int_equal(log.traced.status, 0);
		/* But for the end of it, where a long text had no room. */
		assert_in_range(log.traced.header->next_page, log.traced.header->pages - 3, log.traced.header->pages);
		/* Nothing is lost without being counted: modules and text may share one count. */
		uint64_t wanted = 200 * 600 + 200 * 2 + 200 * 2;
		assert_true(log.traced.header->lost + log.count >= wanted);
		assert_true(log.traced.header->lost > 1000);
		free_log(&log);
	}
}

static void test_nothing_there(void **state)
{
	(void)state;
	struct trace_plan plan = { .argv = SUBJECT("subject_processes", "author"), .probe = probe, .wrong_magic = true };
	struct traced traced = trace_program(&plan);
	assert_int_equal(traced.status, 0);
	assert_int_equal(traced.header->next_page, 1);
	assert_int_equal(traced.header->clock, 0);
	traced_free(&traced);
	/* Without the counter. */
	struct trace_plan slow = { .argv = SUBJECT("subject_processes", "author"), .probe = probe, .monotonic = true };
	uint64_t start = monotonic_ns();
	struct log log = take_log(&slow);
	assert_int_equal(log.traced.header->clock, PROBE_CLOCK_MONOTONIC);
	check_author(&log);
	for (size_t i = 0; i < log.count; i++)
		if (log.seen[i].record->kind != PROBE_TEXT)
			assert_in_range(log.seen[i].record->time, start, monotonic_ns());
	free_log(&log);
}

/* It needs libc alone, and of libc nothing newer than 2.31 has; it shows the names that it wraps, and the author's. */
static void test_library(void **state)
{
	(void)state;
	static const char *const checks[] = {
		"test \"$(readelf -d \"$P\" | grep NEEDED | grep -o '\\[.*\\]')\" = '[libc.so.6]'",
		"test \"$( (echo 2.31; objdump -T \"$P\" | grep -o 'GLIBC_2[0-9.]*' | sed 's/GLIBC_//') | sort -V | tail -n 1)\" = 2.31",
		"libc=$(ldd \"$P\" | awk '/libc.so/ { print $3 }');"
		"nm -D --defined-only \"$libc\" | awk '{ sub(/@.*/, \"\", $3); print $3 }' | sort -u >\"$P.libc\";"
		"test -z \"$(nm -D --defined-only \"$P\" | awk '{ print $3 }' | sort | comm -23 - \"$P.libc\""
		" | grep -v '^livepost_\\|^__asan_default_options$\\|^__isoc23_')\"",
	};
	setenv("P", probe, 1);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		assert_int_equal(system(checks[i]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_author),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_library),
	};
	return run_probe_tests(tests, sizeof tests / sizeof *tests);
}
