/* What the tests of the probe share: a program is run bare, with the probe but no log, and with both; it must behave the same. */
#ifndef LIVEPOST_TEST_PROBE_CASE_H
#define LIVEPOST_TEST_PROBE_CASE_H

#include "trace_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATH = 1024 };
static char folder[PATH], probe[PATH + 32], subject_path[PATH + 64];

struct log {
	struct traced traced;
	struct seen *seen;
	size_t count;
};

static inline struct log take_log(const struct trace_plan *plan)
{
	struct log log = { .traced = trace_program(plan) };
	bool sound = false;
	log.seen = read_log(&log.traced, &log.count, &sound);
	if (!sound)
		print_error("%s", log.traced.output);
	assert_true(sound);
	return log;
}

static inline void free_log(struct log *log)
{
	free(log->seen);
	traced_free(&log->traced);
}

static inline size_t count_kind(const struct log *log, uint16_t kind)
{
	size_t count = 0;
	for (size_t i = 0; i < log->count; i++)
		count += log->seen[i].record->kind == kind;
	return count;
}

static inline size_t count_detail(const struct log *log, uint16_t kind, uint16_t detail)
{
	size_t count = 0;
	for (size_t i = 0; i < log->count; i++)
		count += log->seen[i].record->kind == kind && log->seen[i].record->detail == detail;
	return count;
}

/* The text behind a record. */
static inline const char *text_of(const struct log *log, size_t at)
{
	static char text[4096];
	size_t size = log->seen[at].record->value, used = 0;
	const struct probe_record *record = log->seen[at].record + 1;
	while (used < size && record->kind == PROBE_TEXT) {
		assert_true(record->detail <= 28 && used + record->detail < sizeof text);
		memcpy(text + used, record, record->detail);
		used += record->detail;
		record++;
	}
	assert_int_equal(used, size);
	text[used] = '\0';
	return text;
}

static inline size_t count_module(const struct log *log, const char *name)
{
	size_t count = 0;
	for (size_t i = 0; i < log->count; i++)
		if (log->seen[i].record->kind == PROBE_MODULE && strstr(text_of(log, i), name))
			count++;
	return count;
}

/* One process with the same kinds of invariants, whatever it did. */
static inline void check_records(const struct log *log)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct seen *seen = &log->seen[i];
		uint16_t kind = seen->record->kind & (uint16_t)~PROBE_END;
		if (kind == PROBE_TEXT)
			continue;
		if (log->traced.header->tsc[0]) {
			assert_int_equal(log->traced.header->clock, PROBE_CLOCK_TSC);
			assert_in_range(seen->record->time, log->traced.header->tsc[0], log->traced.header->tsc[1]);
		} else {
			assert_int_equal(log->traced.header->clock, PROBE_CLOCK_MONOTONIC);
		}
	}
}

/* Only the first line that differs is worth reading. */
static inline void check_output(const char *way, const char *found, const char *expected)
{
	size_t at = 0, line = 0;
	for (; found[at] && found[at] == expected[at]; at++)
		line = found[at] == '\n' ? at + 1 : line;
	if (found[at] != expected[at])
		fail_msg("%s: %.*s instead of %.*s", way, (int)strcspn(found + line, "\n"), found + line,
		         (int)strcspn(expected + line, "\n"), expected + line);
}

static inline void check_same(const char *const *argv, const char *extra, struct log *kept)
{
	struct trace_plan plan = { .argv = argv, .extra = extra };
	struct traced bare = trace_program(&plan);
	plan.probe = probe;
	plan.no_log = true;
	struct traced off = trace_program(&plan);
	plan.no_log = false;
	plan.pages = 24 * 1024;
	struct log on = take_log(&plan);
	check_output("without a log", off.output, bare.output);
	check_output("with a log", on.traced.output, bare.output);
	assert_int_equal(off.status, bare.status);
	assert_int_equal(on.traced.status, bare.status);
	assert_int_equal(on.traced.header->lost, 0);
	check_records(&on);
	traced_free(&bare);
	traced_free(&off);
	if (kept)
		*kept = on;
	else
		free_log(&on);
}

/* The path of a program beside the test; good until the next. */
static inline const char *subject(const char *name)
{
	snprintf(subject_path, sizeof subject_path, "%s/%s", folder, name);
	return subject_path;
}

#define SUBJECT(program, mode) ((const char *const[]){ subject(program), mode, NULL })
#define SHELL(text) ((const char *const[]){ "bash", "-c", text, NULL })

static inline int run_probe_tests(const struct CMUnitTest *tests, size_t count)
{
	ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
	if (length < 0)
		return 1;
	folder[length] = '\0';
	*strrchr(folder, '/') = '\0';
	snprintf(probe, sizeof probe, "%s/../../libprobe.so", folder);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	cmocka_set_test_filter(getenv("CMOCKA_TEST_FILTER"));
	return _cmocka_run_group_tests("probe", tests, count, NULL, NULL);
}

/* Per lock and lane: how often it was got, less how often it was let go. */
static inline long balance(const struct log *log)
{
	long balance = 0;
	for (size_t i = 0; i < log->count; i++) {
		balance += log->seen[i].record->kind == PROBE_ACQUIRE;
		balance -= log->seen[i].record->kind == PROBE_RELEASE;
	}
	return balance;
}

#endif
