/* Decoding and merging of switch records, from bytes written here. */
#include "measure/switch_record.h"
#include "record_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Decodes the one record in `bytes`. */
static struct switch_event decode(const struct buffer *bytes)
{
	struct switch_event event;
	struct error err = {0};
	size_t offset = 0;
	if (!switch_record_decode(bytes->data, bytes->size, &offset, &event, &err))
		fail_msg("%s", err.text);
	assert_int_equal(offset, bytes->size);
	return event;
}

static void check_refused(const void *bytes, size_t size, size_t offset, const char *text)
{
	struct switch_event event;
	struct error err = {0};
	size_t at = offset;
	/* A copy of exactly that size, so that the sanitizer sees every byte read behind it. */
	char *copy = memory_resize(NULL, size, 1);
	if (size)
		memcpy(copy, bytes, size);
	assert_false(switch_record_decode(copy, size, &at, &event, &err));
	assert_string_equal(err.text, text);
	assert_int_equal(at, offset);
	free(copy);
}

static void test_switches(void **state)
{
	(void)state;
	struct buffer bytes = {0};
	add_in(&bytes, 77, 2, 3);
	struct switch_event event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_IN);
	assert_int_equal(event.time_ns, 77);
	assert_int_equal(event.pid, 2);
	assert_int_equal(event.tid, 3);
	bytes.size = 0;
	add_out(&bytes, UINT64_MAX, 2, UINT32_MAX);
	event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_OUT);
	assert_true(event.time_ns == UINT64_MAX);
	assert_true(event.tid == UINT32_MAX);
	bytes.size = 0;
	add_preempted(&bytes, 78, 2, 3);
	assert_int_equal(decode(&bytes).kind, SWITCH_OUT_PREEMPTED);
	buffer_free(&bytes);
}

static void test_fork_and_exit(void **state)
{
	(void)state;
	struct buffer bytes = {0};
	add_fork(&bytes, 50, 5, 6, 2, 3);
	struct switch_event event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_FORK);
	assert_int_equal(event.pid, 5);
	assert_int_equal(event.tid, 6);
	assert_int_equal(event.parent_pid, 2);
	assert_int_equal(event.parent_tid, 3);
	assert_int_equal(event.time_ns, 50);
	bytes.size = 0;
	add_exit(&bytes, 60, 5, 6);
	event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_EXIT);
	assert_int_equal(event.pid, 5);
	assert_int_equal(event.tid, 6);
	buffer_free(&bytes);
}

static void test_names(void **state)
{
	(void)state;
	struct buffer bytes = {0};
	add_comm(&bytes, 50, 5, 6, "gravy");
	struct switch_event event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_COMM);
	assert_int_equal(event.tid, 6);
	assert_int_equal(event.name_size, 5);
	assert_memory_equal(event.name, "gravy", 5);
	bytes.size = 0;
	add_exec(&bytes, 50, 5, 5, "0123456789abcde");
	event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_EXEC);
	assert_int_equal(event.name_size, 15);

	/* A name that no NUL ends, and none at all. */
	bytes.size = 0;
	add_header(&bytes, PERF_RECORD_COMM, 0, 40);
	add_64(&bytes, 5);
	buffer_add(&bytes, "AAAAAAAA", 8);
	add_trailer(&bytes, 5, 5, 1);
	event = decode(&bytes);
	assert_int_equal(event.name_size, 8);
	bytes.size = 0;
	add_header(&bytes, PERF_RECORD_COMM, 0, 32);
	add_64(&bytes, 5);
	add_trailer(&bytes, 5, 5, 1);
	assert_int_equal(decode(&bytes).name_size, 0);

	/* Another thread gave the name: the one that bears it counts. */
	bytes.size = 0;
	add_header(&bytes, PERF_RECORD_COMM, 0, 40);
	add_32(&bytes, 5);
	add_32(&bytes, 6);
	buffer_add(&bytes, "x\0\0\0\0\0\0\0", 8);
	add_trailer(&bytes, 7, 8, 1);
	event = decode(&bytes);
	assert_int_equal(event.pid, 5);
	assert_int_equal(event.tid, 6);
	buffer_free(&bytes);
}

static void test_lost(void **state)
{
	(void)state;
	struct buffer bytes = {0};
	add_lost(&bytes, 99, 12);
	struct switch_event event = decode(&bytes);
	assert_int_equal(event.kind, SWITCH_LOST);
	assert_int_equal(event.lost, 12);
	assert_int_equal(event.until_ns, 99);
	buffer_free(&bytes);
}

static void test_other_types(void **state)
{
	(void)state;
	static const uint32_t types[] = {0, PERF_RECORD_MMAP2, PERF_RECORD_THROTTLE, PERF_RECORD_SWITCH_CPU_WIDE, 4711,
	                                 UINT32_MAX};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct buffer bytes = {0};
		add_header(&bytes, types[i], 0xffff, 8);
		assert_int_equal(decode(&bytes).kind, SWITCH_OTHER);
		buffer_free(&bytes);
	}
}

static void test_larger_records(void **state)
{
	(void)state;
	/* Should a later kernel add to the body, the trailer is still at the end. */
	struct buffer bytes = {0};
	add_header(&bytes, PERF_RECORD_SWITCH, 0, 32);
	add_64(&bytes, UINT64_MAX);
	add_trailer(&bytes, 2, 3, 77);
	struct switch_event event = decode(&bytes);
	assert_int_equal(event.tid, 3);
	assert_int_equal(event.time_ns, 77);
	buffer_free(&bytes);
}

static void test_no_records(void **state)
{
	(void)state;
	struct buffer bytes = {0};
	add_in(&bytes, 77, 2, 3);
	check_refused(bytes.data, 23, 0, "switch record at byte 0: 24 bytes long, but only 23 are there");
	check_refused(bytes.data, 7, 0, "switch record at byte 0: cut off after 7 bytes");
	check_refused("", 0, 0, "switch record at byte 0: cut off after 0 bytes");
	check_refused(bytes.data, 24, 24, "switch record at byte 24: cut off after 0 bytes");
	add_in(&bytes, 78, 2, 3);
	check_refused(bytes.data, 40, 24, "switch record at byte 24: 24 bytes long, but only 16 are there");
	check_refused(bytes.data, 24, 400, "switch record at byte 400: cut off after 0 bytes");
	bytes.size = 0;
	add_header(&bytes, PERF_RECORD_SWITCH, 0, 0);
	check_refused(bytes.data, 8, 0, "switch record at byte 0: a size of 0 bytes is less than its head");
	bytes.size = 0;
	add_header(&bytes, 4711, 0, 7);
	check_refused(bytes.data, 8, 0, "switch record at byte 0: a size of 7 bytes is less than its head");
	bytes.size = 0;
	add_header(&bytes, 4711, 0, 0xffff);
	check_refused(bytes.data, 8, 0, "switch record at byte 0: 65535 bytes long, but only 8 are there");
	buffer_free(&bytes);
}

static void test_too_small_for_its_type(void **state)
{
	(void)state;
	static const struct {
		uint32_t type;
		unsigned least;
	} cases[] = {{PERF_RECORD_SWITCH, 24}, {PERF_RECORD_FORK, 48}, {PERF_RECORD_EXIT, 48}, {PERF_RECORD_COMM, 32},
	             {PERF_RECORD_LOST, 40}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer bytes = {0};
		char text[128];
		add_header(&bytes, cases[i].type, 0, cases[i].least - 8);
		buffer_add(&bytes, (char[64]){0}, cases[i].least - 16);
		snprintf(text, sizeof text, "switch record at byte 0: type %u needs %u bytes and has %u", cases[i].type,
		         cases[i].least, cases[i].least - 8);
		check_refused(bytes.data, bytes.size, 0, text);
		buffer_free(&bytes);
	}
}

/* What the merge gives, as "kind time tid@cpu" joined by blanks; a LOST as "lost time-until count@cpu". */
static char *merged(const struct trace *trace, uint64_t *lost)
{
	static const char *const kinds[] = {"fork", "out", "preempted", "exit", "comm", "exec", "in", "lost", "other"};
	struct buffer text = {0};
	struct error err = {0};
	struct switch_event event;
	struct switch_merge *merge = switch_merge_new(trace, &err);
	if (!merge)
		fail_msg("%s", err.text);
	while (switch_merge_next(merge, &event)) {
		buffer_add_format(&text, "%s%s %llu", text.size ? " " : "", kinds[event.kind],
		                  (unsigned long long)event.time_ns);
		if (event.kind == SWITCH_LOST && event.until_ns == UINT64_MAX)
			buffer_add_format(&text, "-end %llu@%d", (unsigned long long)event.lost, event.cpu);
		else if (event.kind == SWITCH_LOST)
			buffer_add_format(&text, "-%llu %llu@%d", (unsigned long long)event.until_ns,
			                  (unsigned long long)event.lost, event.cpu);
		else
			buffer_add_format(&text, " %u@%d", event.tid, event.cpu);
		assert_int_equal(trace->rings[event.ring].cpu, event.cpu);
	}
	if (lost)
		*lost = switch_merge_lost(merge);
	switch_merge_free(merge);
	return buffer_take(&text);
}

static void check_merged(struct trace *trace, uint64_t expected_lost, const char *expected)
{
	uint64_t lost = 0;
	char *text = merged(trace, &lost);
	assert_string_equal(text, expected);
	assert_int_equal(lost, expected_lost);
	free(text);
	trace_free(trace);
}

static void test_merge(void **state)
{
	(void)state;
	struct trace trace = new_trace(3, 0, 100, 2);
	trace.rings[2].cpu = 7;
	add_in(&trace.rings[0].records, 10, 2, 2);
	add_out(&trace.rings[0].records, 40, 2, 2);
	add_in(&trace.rings[1].records, 5, 2, 3);
	add_header(&trace.rings[1].records, PERF_RECORD_MMAP2, 0, 8);
	add_out(&trace.rings[1].records, 30, 2, 3);
	add_in(&trace.rings[2].records, 20, 2, 4);
	check_merged(&trace, 0, "in 5 3@1 in 10 2@0 in 20 4@7 out 30 3@1 out 40 2@0");
	trace = new_trace(0, 0, 100, 2);
	check_merged(&trace, 0, "");
	trace = new_trace(2, 0, 100, 2);
	check_merged(&trace, 0, "");
}

static void test_merge_sorts_a_ring(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 0, 100, 2);
	static const uint64_t times[] = {9, 3, 7, 3, 1, 8, 2};
	for (uint32_t i = 0; i < sizeof times / sizeof *times; i++)
		add_in(&trace.rings[0].records, times[i], 2, i + 1);
	add_in(&trace.rings[1].records, 5, 2, 50);
	check_merged(&trace, 0, "in 1 5@0 in 2 7@0 in 3 2@0 in 3 4@0 in 5 50@1 in 7 3@0 in 8 6@0 in 9 1@0");
}

static void test_merge_of_one_instant(void **state)
{
	(void)state;
	struct trace trace = new_trace(3, 0, 100, 2);
	/* Created on one CPU, begun on another; left one CPU, come to another. */
	add_in(&trace.rings[0].records, 10, 2, 3);
	add_out(&trace.rings[1].records, 10, 2, 3);
	add_fork(&trace.rings[2].records, 10, 2, 4, 2, 2);
	/* On one CPU the order stays. */
	add_out(&trace.rings[0].records, 10, 2, 3);
	add_in(&trace.rings[0].records, 10, 2, 4);
	check_merged(&trace, 0, "fork 10 4@2 out 10 3@1 in 10 3@0 out 10 3@0 in 10 4@0");
}

static void test_merge_of_gaps(void **state)
{
	(void)state;
	struct trace trace = new_trace(3, 0, 100, 2);
	add_lost(&trace.rings[0].records, 4, 2);
	add_in(&trace.rings[0].records, 10, 2, 2);
	add_lost(&trace.rings[0].records, 30, 5);
	add_out(&trace.rings[0].records, 30, 2, 2);
	add_in(&trace.rings[1].records, 20, 2, 3);
	trace.rings[0].lost = 7; /* all of them reported */
	trace.rings[1].lost = 3; /* none of them reported: behind the last record */
	trace.rings[1].dropped = 100;
	trace.rings[2].dropped = 1;
	check_merged(&trace, 111, "lost 0-4 2@0 lost 0-end 1@2 in 10 2@0 lost 10-30 5@0 in 20 3@1 lost 20-end 103@1 "
	                          "out 30 2@0");
	/* A kernel that does not count: only what the records say. */
	trace = new_trace(1, 0, 100, 2);
	add_lost(&trace.rings[0].records, 30, UINT64_MAX);
	add_lost(&trace.rings[0].records, 31, 5);
	check_merged(&trace, UINT64_MAX, "lost 0-30 18446744073709551615@0 lost 30-31 5@0");
}

static void test_merge_names_the_place(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 0, 100, 2);
	struct error err = {0};
	trace.rings[1].cpu = 12;
	add_in(&trace.rings[1].records, 20, 2, 3);
	buffer_add(&trace.rings[1].records, "xyz", 3);
	assert_null(switch_merge_new(&trace, &err));
	assert_string_equal(err.text, "CPU 12: switch record at byte 24: cut off after 3 bytes");
	trace_free(&trace);
}

static void test_merge_of_many(void **state)
{
	(void)state;
	enum { RINGS = 9, EACH = 500 };
	struct trace trace = new_trace(RINGS, 0, 100, 2);
	struct switch_event event;
	uint32_t random = 1;
	for (size_t ring = 0; ring < RINGS; ring++)
		for (uint32_t i = 0; i < EACH; i++) {
			random = random * 1664525u + 1013904223u;
			add_in(&trace.rings[ring].records, random >> 22, 1, i + 1);
		}
	struct switch_merge *merge = switch_merge_new(&trace, NULL);
	uint64_t last_time = 0;
	uint32_t last_tid[RINGS] = {0};
	size_t last_ring = 0, count = 0;
	while (switch_merge_next(merge, &event)) {
		assert_true(event.time_ns >= last_time);
		if (event.time_ns > last_time)
			memset(last_tid, 0, sizeof last_tid);
		else
			assert_true(event.ring >= last_ring);
		assert_true(event.tid > last_tid[event.ring]);
		last_tid[event.ring] = event.tid;
		last_time = event.time_ns;
		last_ring = event.ring;
		count++;
	}
	assert_int_equal(count, RINGS * EACH);
	switch_merge_free(merge);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_fork_and_exit),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_other_types),
		cmocka_unit_test(test_larger_records),
		cmocka_unit_test(test_no_records),
		cmocka_unit_test(test_too_small_for_its_type),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_merge_sorts_a_ring),
		cmocka_unit_test(test_merge_of_one_instant),
		cmocka_unit_test(test_merge_of_gaps),
		cmocka_unit_test(test_merge_names_the_place),
		cmocka_unit_test(test_merge_of_many),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("switch records", tests, NULL, NULL);
}
