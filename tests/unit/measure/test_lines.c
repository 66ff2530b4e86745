/* Where in the code time was spent: traces of a program that is this test itself, so that its addresses are true. */
#include "measure/lines.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "system/file.h"

#include <gnu/libc-version.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PERIOD 1000000u
#define MS 1000000u
#define START 5000000u
#define PROGRAM "/cell/kitchen"

static struct buffer program;
static uint64_t program_bias, libc_bias;
static char libc_path[256];

/* Where a call of it returns to. */
static __attribute__((noinline)) uint64_t here(void)
{
	__asm__ volatile(""); /* else several calls may become one */
	return (uint64_t)(uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0));
}

/* An address of a line: what a call from there returns to; one less lies in it for sure. */
struct spot {
	uint64_t address;
	int line;
};
#define SPOT {here(), __LINE__}

static int find_module(struct dl_phdr_info *information, size_t size, void *first)
{
	(void)size;
	if (*(bool *)first)
		program_bias = information->dlpi_addr;
	*(bool *)first = false;
	if (strstr(information->dlpi_name, "/libc.so")) {
		libc_bias = information->dlpi_addr;
		snprintf(libc_path, sizeof libc_path, "%s", information->dlpi_name);
	}
	return 0;
}

static void add_sample(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid, uint64_t address)
{
	add_header(to, PERF_RECORD_SAMPLE, PERF_RECORD_MISC_USER, 32);
	add_64(to, address);
	add_trailer(to, pid, tid, time);
}

/* What the probe says first in each program; `moved`: how far from here it was loaded. */
static struct log_thread *begin_program(struct log_writer *log, uint64_t time, uint32_t pid, uint64_t moved)
{
	struct log_thread *thread = log_thread(log, pid, pid);
	PUT(thread, time, PROBE_THREAD_START, .caller = 70);
	log_text(thread, (struct probe_record){.time = time, .kind = PROBE_MODULE, .object = program_bias + moved}, PROGRAM);
	return thread;
}

static struct trace sampled_trace(size_t rings)
{
	struct trace trace = new_trace(rings, START, START + 100 * MS, 2);
	trace.sample_period_ns = PERIOD;
	add_exec(&trace.rings[0].records, START + 10, 2, 2, "kitchen");
	return trace;
}

static void end_program(struct trace *trace)
{
	add_exit(&trace->rings[0].records, START + 100 * MS, 2, 2);
}

static struct lines make(const struct trace *sampled, const struct trace *waited)
{
	const struct lines_program own = {PROGRAM, program.data, program.size};
	const struct lines_plan plan = {.programs = &own, .program_count = 1, .sampled = sampled, .waited = waited};
	struct lines lines;
	struct error err = {0};
	if (!lines_make(&plan, &lines, &err))
		fail_msg("%s", err.text);
	for (size_t i = 1; i < lines.own_count; i++)
		assert_true(strcmp(lines.own[i - 1].file, lines.own[i].file) < 0 || lines.own[i - 1].line < lines.own[i].line);
	return lines;
}

/* The row of a line of this file; fails where there is none. */
static const struct line_time *row_of(const struct lines *lines, int line)
{
	for (size_t i = 0; i < lines->own_count; i++) {
		const struct line_time *row = &lines->own[i];
		size_t length = strlen(row->file);
		if (row->line == line && length >= 12 && !strcmp(row->file + length - 12, "test_lines.c"))
			return row;
	}
	fail_msg("no row for line %d", line);
	return NULL;
}

/* One thread that computes in two lines and waits in two others. */
static void test_places(void **state)
{
	(void)state;
	const struct spot hot = SPOT;
	const struct spot warm = SPOT;
	const struct spot sleeping = SPOT;
	const struct spot locking = SPOT;
	struct trace trace = sampled_trace(2);
	struct log_writer log = {0};
	struct log_thread *m = begin_program(&log, START + 20, 2, 0);
	struct buffer *first = &trace.rings[0].records, *second = &trace.rings[1].records;
	for (int i = 1; i <= 30; i++)
		add_sample(first, START + (uint64_t)i * MS, 2, 2, hot.address - 1);
	add_out(first, START + 31 * MS, 2, 2);
	add_in(second, START + 41 * MS, 2, 2);
	add_sample(second, START + 42 * MS, 2, 2, warm.address - 1);
	add_sample(second, START + 43 * MS, 2, 2, warm.address - 1);
	add_sample(second, START + 44 * MS, 2, 2, 0x1000);              /* in nothing that is known */
	add_sample(second, START + 45 * MS, 77, 77, hot.address - 1);   /* of nobody */
	add_preempted(second, START + 50 * MS, 2, 2);
	add_in(second, START + 53 * MS, 2, 2);
	add_out(second, START + 60 * MS, 2, 2);
	add_in(second, START + 90 * MS, 2, 2);
	PUT(m, START + 31 * MS, PROBE_SLEEP, .object = 10 * MS, .caller = sleeping.address);
	PUT_END(m, START + 41 * MS, PROBE_SLEEP, .object = 10 * MS, .caller = sleeping.address);
	PUT(m, START + 60 * MS, PROBE_LOCK, .object = 4711, .detail = PROBE_MUTEX, .caller = locking.address);
	PUT_END(m, START + 90 * MS, PROBE_LOCK, .object = 4711, .caller = locking.address);
	add_exit(second, START + 100 * MS, 2, 2);
	trace.probe = log_finish(&log);

	struct lines lines = make(&trace, &trace);
	assert_true(lines.sampled && lines.waited);
	assert_int_equal(lines.own_count, 4);
	assert_int_equal(lines.other_count, 0);
	assert_int_equal(lines.samples, 34);
	assert_int_equal(lines.unknown_samples, 2);
	assert_int_equal(lines.period_ns, PERIOD);
	assert_int_equal(lines.lost, 0);
	assert_int_equal(lines.cpu_ns, 57 * MS - 10);
	assert_int_equal(lines.unattributed_ns, 57 * MS - 10 - 34 * PERIOD);
	assert_int_equal(lines.unplaced_ns[LANE_WAITING_CPU], 3 * MS);
	assert_int_equal(row_of(&lines, hot.line)->samples, 30);
	assert_int_equal(row_of(&lines, hot.line)->on_cpu_ns, 30 * PERIOD);
	assert_int_equal(row_of(&lines, warm.line)->samples, 2);
	assert_int_equal(row_of(&lines, warm.line)->off_cpu_ns[LANE_SLEEPING], 0);
	assert_int_equal(row_of(&lines, sleeping.line)->off_cpu_ns[LANE_SLEEPING], 10 * MS);
	assert_int_equal(row_of(&lines, sleeping.line)->samples, 0);
	assert_int_equal(row_of(&lines, locking.line)->off_cpu_ns[LANE_WAITING_LOCK], 30 * MS);
	lines_free(&lines);

	/* Each half alone says why the other is missing. */
	lines = make(&trace, NULL);
	assert_true(lines.sampled && !lines.waited);
	assert_string_equal(lines.wait_why, "no run's waits were asked for");
	assert_int_equal(lines.own_count, 2);
	assert_int_equal(lines.unplaced_ns[LANE_WAITING_CPU], 0);
	lines_free(&lines);
	lines = make(NULL, &trace);
	assert_true(!lines.sampled && lines.waited);
	assert_string_equal(lines.why, "no run was sampled");
	assert_int_equal(lines.own_count, 2);
	assert_int_equal(lines.cpu_ns, 0);
	lines_free(&lines);

	/* Two runs: what ran is of one, what waited of the other, and neither is counted twice. */
	struct trace other = trace;
	other.sample_period_ns = 0;
	lines = make(&trace, &other);
	assert_int_equal(lines.own_count, 4);
	assert_int_equal(lines.samples, 34);
	assert_int_equal(row_of(&lines, sleeping.line)->off_cpu_ns[LANE_SLEEPING], 10 * MS);
	lines_free(&lines);
	lines = make(&other, &trace);
	assert_false(lines.sampled);
	assert_string_equal(lines.why, "the run was not sampled");
	lines_free(&lines);
	trace_free(&trace);
}

/* An address means something only in the program that the process ran at the time. */
static void test_processes(void **state)
{
	(void)state;
	enum { MOVED = 1 << 24 };
	const struct spot parent = SPOT;
	const struct spot child = SPOT;
	const struct spot loaded = SPOT;
	const struct spot again = SPOT;
	const struct spot gone = SPOT;
	struct trace trace = sampled_trace(1);
	struct log_writer log = {0};
	struct buffer *r = &trace.rings[0].records;
	begin_program(&log, START + 20, 2, 0);
	add_sample(r, START + 1 * MS, 2, 2, parent.address - 1);
	add_fork(r, START + 2 * MS, 5, 5, 2, 2);
	add_out(r, START + 3 * MS, 2, 2);
	add_in(r, START + 3 * MS, 5, 5);
	/* It wrote no record of its own: its code is its parent's. */
	add_sample(r, START + 4 * MS, 5, 5, child.address - 1);
	add_exec(r, START + 10 * MS, 5, 5, "moved");
	/* The new program's loader is at work, and the probe has not woken yet. */
	add_sample(r, START + 11 * MS, 5, 5, loaded.address - 1 + MOVED);
	begin_program(&log, START + 15 * MS, 5, MOVED);
	add_sample(r, START + 16 * MS, 5, 5, loaded.address - 1 + MOVED);
	add_sample(r, START + 17 * MS, 5, 5, gone.address - 1); /* where the old program was */
	add_exec(r, START + 20 * MS, 5, 5, "silent"); /* has no probe: nobody knows its code */
	add_sample(r, START + 21 * MS, 5, 5, gone.address - 1);
	add_sample(r, START + 22 * MS, 5, 5, gone.address - 1 + MOVED);
	add_exit(r, START + 30 * MS, 5, 5);
	add_in(r, START + 31 * MS, 2, 2);
	add_fork(r, START + 40 * MS, 5, 5, 2, 2); /* the number is used again */
	add_out(r, START + 41 * MS, 2, 2);
	add_in(r, START + 41 * MS, 5, 5);
	add_sample(r, START + 42 * MS, 5, 5, again.address - 1);
	add_exit(r, START + 50 * MS, 5, 5);
	add_in(r, START + 51 * MS, 2, 2);
	end_program(&trace);
	trace.probe = log_finish(&log);

	struct lines lines = make(&trace, NULL);
	assert_int_equal(lines.samples, 8);
	assert_int_equal(lines.unknown_samples, 3);
	assert_int_equal(lines.own_count, 4);
	assert_int_equal(row_of(&lines, parent.line)->samples, 1);
	assert_int_equal(row_of(&lines, child.line)->samples, 1);
	assert_int_equal(row_of(&lines, loaded.line)->samples, 2);
	assert_int_equal(row_of(&lines, again.line)->samples, 1);
	lines_free(&lines);
	trace_free(&trace);
}

/* What is not the author's has a row by its library's name, and the code that the kernel gives one by its own. */
static void test_elsewhere(void **state)
{
	(void)state;
	const struct spot own = SPOT;
	const uint64_t vdso = 0x7fff00000000u;
	struct trace trace = sampled_trace(1);
	struct log_writer log = {0};
	struct log_thread *m = begin_program(&log, START + 20, 2, 0);
	struct buffer *r = &trace.rings[0].records;
	log_text(m, (struct probe_record){.time = START + 30, .kind = PROBE_MODULE, .object = libc_bias}, libc_path);
	log_text(m, (struct probe_record){.time = START + 40, .kind = PROBE_MODULE, .object = vdso}, "linux-vdso.so.1");
	add_sample(r, START + 1 * MS, 2, 2, (uint64_t)(uintptr_t)gnu_get_libc_version);
	add_sample(r, START + 2 * MS, 2, 2, (uint64_t)(uintptr_t)gnu_get_libc_version + 1);
	add_sample(r, START + 3 * MS, 2, 2, vdso + 0x800);
	add_sample(r, START + 4 * MS, 2, 2, vdso + 0x100000);
	add_sample(r, START + 5 * MS, 2, 2, own.address - 1);
	end_program(&trace);
	trace.probe = log_finish(&log);
	struct lines lines = make(&trace, NULL);
	assert_int_equal(lines.own_count, 1);
	assert_int_equal(lines.other_count, 2);
	assert_int_equal(lines.unknown_samples, 1);
	assert_string_equal(lines.other[0].module, "libc.so.6");
	assert_non_null(strstr(lines.other[0].function, "gnu_get_libc_version"));
	assert_int_equal(lines.other[0].samples, 2);
	assert_string_equal(lines.other[1].module, "linux-vdso.so.1");
	assert_null(lines.other[1].function);
	assert_null(lines.other[1].file);
	lines_free(&lines);
	trace_free(&trace);
}

/* Records that are missing are counted, and CPU time that no sample stands for is not made up. */
static void test_lost(void **state)
{
	(void)state;
	const struct spot own = SPOT;
	struct trace trace = sampled_trace(1);
	struct log_writer log = {0};
	struct buffer *r = &trace.rings[0].records;
	begin_program(&log, START + 20, 2, 0);
	add_sample(r, START + 1 * MS, 2, 2, own.address - 1);
	add_lost(r, START + 50 * MS, 12);
	for (int i = 0; i < 200; i++) /* more than there was time for */
		add_sample(r, START + 60 * MS, 2, 2, own.address - 1);
	end_program(&trace);
	trace.probe = log_finish(&log);
	struct lines lines = make(&trace, NULL);
	assert_int_equal(lines.lost, 12);
	assert_int_equal(lines.samples, 201);
	assert_int_equal(lines.unattributed_ns, 0);
	lines_free(&lines);
	trace_free(&trace);
}

/* On the lower rungs nothing is sampled; waits are known as long as there is a log. */
static void test_lower_rungs(void **state)
{
	(void)state;
	const struct spot sleeping = SPOT;
	struct trace trace = {.method = TRACE_SCHEDSTAT, .why = "refused", .start_ns = START, .end_ns = START + 100 * MS,
	                      .pid = 2};
	struct log_writer log = {0};
	struct log_thread *m = begin_program(&log, START + 20, 2, 0);
	PUT(m, START + 31 * MS, PROBE_SLEEP, .object = 10 * MS, .caller = sleeping.address);
	PUT_END(m, START + 41 * MS, PROBE_SLEEP, .object = 10 * MS, .caller = sleeping.address);
	trace.probe = log_finish(&log);
	struct lines lines = make(&trace, &trace);
	assert_false(lines.sampled);
	assert_string_equal(lines.why, "refused");
	assert_int_equal(row_of(&lines, sleeping.line)->off_cpu_ns[LANE_SLEEPING], 10 * MS);
	lines_free(&lines);
	trace_free(&trace);

	trace = (struct trace){.method = TRACE_NONE, .why = "as asked"};
	lines = make(&trace, &trace);
	assert_false(lines.sampled);
	assert_false(lines.waited);
	assert_string_equal(lines.wait_why, "no timeline: the run was measured by none: as asked");
	assert_int_equal(lines.own_count + lines.other_count, 0);
	lines_free(&lines);
}

/* Bytes that no kernel wrote. */
static void test_hostile(void **state)
{
	(void)state;
	struct trace trace = sampled_trace(1);
	struct log_writer log = {0};
	struct buffer *r = &trace.rings[0].records;
	struct lines lines;
	struct error err = {0};
	begin_program(&log, START + 20, 2, 0);
	add_header(r, PERF_RECORD_SAMPLE, 0, 8); /* nothing in it */
	add_header(r, PERF_RECORD_SAMPLE, 0, 24);
	add_trailer(r, 2, 2, START + MS);
	add_sample(r, UINT64_MAX, 2, 2, UINT64_MAX);
	add_sample(r, 0, 2, 2, 0);
	trace.probe = log_finish(&log);
	const struct lines_plan plan = {.sampled = &trace, .waited = &trace};
	assert_true(lines_make(&plan, &lines, &err));
	assert_int_equal(lines.samples, 2);
	assert_int_equal(lines.unknown_samples, 2);
	lines_free(&lines);
	add_header(r, PERF_RECORD_SAMPLE, 0, 0);
	assert_false(lines_make(&plan, &lines, &err));
	assert_non_null(strstr(err.text, "a size of 0 bytes is less than its head"));
	trace_free(&trace);
}

int main(void)
{
	struct error err = {0};
	bool first = true;
	dl_iterate_phdr(find_module, &first);
	if (!file_read("/proc/self/exe", (size_t)256 << 20, &program, &err))
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_lower_rungs),
		cmocka_unit_test(test_hostile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests_name("lines", tests, NULL, NULL);
	buffer_free(&program);
	return failed;
}
