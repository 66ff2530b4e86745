/* Timelines of records written here: one test for each thing the kernel does to a thread, and to its records. */
#include "measure/timeline.h"
#include "record_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The timeline as text, a line for each lane: name pid/tid start-end cpu: slices. A slice is its state (r and the CPU,
   w, b, ?) and its end. Then the flows: from>to@ns, by index. */
static char *render(const struct timeline *timeline)
{
	struct buffer text = {0};
	buffer_add(&text, "", 0);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		uint64_t at = lane->start_ns;
		buffer_add_format(&text, "%s %u/%u %llu-%llu %llu:", lane->name, lane->pid, lane->tid,
		                  (unsigned long long)lane->start_ns, (unsigned long long)lane->end_ns,
		                  (unsigned long long)lane->cpu_ns);
		for (size_t j = 0; j < lane->slice_count; j++) {
			const struct slice *slice = &lane->slices[j];
			assert_int_equal(slice->start_ns, at);
			assert_true(slice->end_ns > at);
			at = slice->end_ns;
			if (slice->state == LANE_RUNNING)
				buffer_add_format(&text, " r%d", slice->cpu);
			else
				buffer_add_format(&text, " %c", "rwlcsijkb?"[slice->state]);
			buffer_add_format(&text, "-%llu", (unsigned long long)at);
		}
		assert_int_equal(at, lane->end_ns);
		buffer_add_string(&text, "\n");
	}
	for (size_t i = 0; i < timeline->flow_count; i++) {
		const struct flow *flow = &timeline->flows[i];
		buffer_add_format(&text, "%zu>%zu@%llu\n", flow->from, flow->to, (unsigned long long)flow->to_ns);
		assert_int_equal(flow->from_ns, flow->to_ns);
		assert_int_equal(flow->to_ns, timeline->lanes[flow->to].start_ns);
	}
	return buffer_take(&text);
}

static void check(struct trace *trace, uint64_t lost, const char *expected)
{
	struct timeline timeline;
	struct error err = {0};
	if (!timeline_make(trace, &timeline, &err))
		fail_msg("%s", err.text);
	char *text = render(&timeline);
	assert_string_equal(text, expected);
	assert_int_equal(timeline.lost, lost);
	assert_int_equal(timeline.wall_ns, trace->end_ns - trace->start_ns);
	free(text);
	timeline_free(&timeline);
	trace_free(trace);
}

/* Two CPUs from 1000 to 2000; the program is 2 and was executed at 1010 on CPU 0. */
static struct trace kitchen(void)
{
	struct trace trace = new_trace(2, 1000, 2000, 2);
	add_exec(&trace.rings[0].records, 1010, 2, 2, "roast");
	return trace;
}

#define CPU0 (&trace.rings[0].records)
#define CPU1 (&trace.rings[1].records)

static void test_one_thread(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_out(CPU0, 1100, 2, 2);
	add_in(CPU1, 1300, 2, 2);
	add_preempted(CPU1, 1350, 2, 2);
	add_in(CPU0, 1400, 2, 2);
	add_exit(CPU0, 1900, 2, 2);
	check(&trace, 0, "main 2/2 10-900 640: r0-100 b-300 r1-350 w-400 r0-900\n");
}

static void test_never_switched(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_exit(CPU0, 1900, 2, 2);
	check(&trace, 0, "main 2/2 10-900 890: r0-900\n");
}

static void test_nothing_recorded(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 1000, 2000, 2);
	check(&trace, 0, "");
	trace = new_trace(0, 5, 5, 2);
	check(&trace, 0, "");
}

static void test_threads(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_fork(CPU0, 1030, 2, 4, 2, 2);
	add_in(CPU1, 1040, 2, 3);
	add_comm(CPU1, 1041, 2, 3, "chicken");
	add_out(CPU0, 1050, 2, 2);
	add_in(CPU0, 1051, 2, 4);
	add_fork(CPU0, 1060, 2, 5, 2, 4); /* a thread's thread */
	add_exit(CPU1, 1100, 2, 3);
	add_exit(CPU0, 1200, 2, 4);
	add_in(CPU0, 1210, 2, 5);
	add_exit(CPU0, 1220, 2, 5);
	add_in(CPU0, 1230, 2, 2);
	add_exit(CPU0, 1300, 2, 2);
	check(&trace, 0, "main 2/2 10-300 110: r0-50 b-230 r0-300\n"
	                 "chicken 2/3 20-100 60: w-40 r1-100\n"
	                 "thread 2 2/4 30-200 149: w-51 r0-200\n"
	                 "thread 3 2/5 60-220 10: w-210 r0-220\n"
	                 "0>1@20\n0>2@30\n2>3@60\n");
}

static void test_processes(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 3, 3, 2, 2);
	add_fork(CPU0, 1030, 4, 4, 2, 2);
	add_in(CPU1, 1040, 3, 3);
	add_fork(CPU1, 1050, 3, 5, 3, 3);
	add_out(CPU1, 1055, 3, 3);
	add_in(CPU1, 1060, 4, 4);
	add_exec(CPU1, 1070, 4, 4, "sh");
	add_fork(CPU1, 1080, 4, 6, 4, 4);
	add_exit(CPU1, 1090, 4, 4);
	add_exit(CPU0, 1900, 2, 2);
	check(&trace, 0, "main 2/2 10-900 890: r0-900\n"
	                 "process 1 3/3 20-1000 15: w-40 r1-55 b-1000\n"
	                 "sh 4/4 30-90 30: w-60 r1-90\n"
	                 "process 1 thread 1 3/5 50-1000 0: w-1000\n"
	                 "sh thread 1 4/6 80-1000 0: w-1000\n"
	                 "0>1@20\n0>2@30\n1>3@50\n2>4@80\n");
}

static void test_names(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_comm(CPU0, 1020, 2, 2, "one \303\266ven \001");
	add_fork(CPU0, 1030, 2, 3, 2, 2); /* bears main's name, but was not given it */
	add_comm(CPU0, 1040, 2, 3, "oven");
	add_comm(CPU0, 1050, 2, 3, "   ");  /* no name */
	add_comm(CPU0, 1060, 2, 99, "nobody");
	add_exit(CPU0, 1100, 2, 2);
	check(&trace, 0, "one \303\266ven ? 2/2 10-100 90: r0-100\nthread 1 2/3 30-1000 0: w-1000\n0>1@30\n");
	trace = kitchen();
	add_exec(CPU0, 1020, 2, 2, "cat"); /* the program executes another */
	add_comm(CPU0, 1030, 2, 2, "dog");
	check(&trace, 0, "dog 2/2 10-1000 990: r0-1000\n");
	trace = kitchen();
	add_exec(CPU0, 1020, 2, 2, "cat");
	check(&trace, 0, "cat 2/2 10-1000 990: r0-1000\n");
}

static void test_still_alive_at_the_end(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1030, 2, 3);
	add_fork(CPU1, 1040, 2, 4, 2, 3);
	add_out(CPU0, 1050, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 40: r0-50 b-1000\nthread 1 2/3 20-1000 970: w-30 r1-1000\n"
	                 "thread 2 2/4 40-1000 0: w-1000\n0>1@20\n1>2@40\n");
}

static void test_outside_of_the_run(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 1000, 2000, 2);
	add_fork(CPU0, 400, 2, 2, 1, 1);
	add_in(CPU0, 500, 2, 2);
	add_lost(CPU0, 600, 3); /* counted, but of no effect */
	add_exec(CPU0, 1010, 2, 2, "roast");
	add_fork(CPU0, 1020, 3, 3, 2, 2);
	add_exit(CPU0, 1900, 2, 2);
	add_in(CPU1, 1999, 3, 3);
	add_exit(CPU1, 2001, 3, 3);
	add_fork(CPU1, 2002, 4, 4, 2, 2);
	add_lost(CPU1, 2050, 1);
	check(&trace, 4, "main 2/2 10-900 890: r0-900\nprocess 1 3/3 20-1000 1: w-999 r1-1000\n0>1@20\n");
}

static void test_nobodys_ids(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_in(CPU1, 1020, 0, 0);
	add_out(CPU1, 1030, UINT32_MAX, UINT32_MAX);
	add_exit(CPU1, 1040, 2, 77);
	add_fork(CPU0, 1050, 2, 3, 0, 0);
	check(&trace, 0, "main 2/2 10-1000 990: r0-1000\nthread 1 2/3 50-1000 0: w-1000\n");
}

static void test_tid_used_again(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1030, 2, 3);
	add_comm(CPU1, 1031, 2, 3, "first");
	add_exit(CPU1, 1040, 2, 3);
	add_out(CPU1, 1041, 2, 3); /* should a kernel record its last step */
	add_fork(CPU0, 1050, 2, 3, 2, 2);
	add_in(CPU1, 1060, 2, 3);
	add_exit(CPU1, 1070, 2, 3);
	add_fork(CPU0, 1080, 3, 3, 2, 2); /* and as a process */
	add_in(CPU1, 1090, 3, 3);
	add_exit(CPU1, 1100, 3, 3);
	add_fork(CPU0, 1110, 3, 3, 2, 2); /* whose pid is used again too */
	check(&trace, 0, "main 2/2 10-1000 990: r0-1000\n"
	                 "first 2/3 20-40 10: w-30 r1-40\n"
	                 "thread 2 2/3 50-70 10: w-60 r1-70\n"
	                 "process 1 3/3 80-100 10: w-90 r1-100\n"
	                 "process 2 3/3 110-1000 0: w-1000\n"
	                 "0>1@20\n0>2@50\n0>3@80\n0>4@110\n");
}

/* A thread that is not the main one executes a program: all others end, it becomes the main thread, tid and all. */
static void test_exec_by_a_thread(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_fork(CPU0, 1030, 2, 4, 2, 2);
	add_in(CPU1, 1040, 2, 3);
	add_exit(CPU0, 1050, 2, 2);
	add_in(CPU0, 1060, 2, 4);
	add_exit(CPU0, 1070, 2, 4);
	add_exec(CPU1, 1080, 2, 2, "cat");
	add_out(CPU1, 1090, 2, 2);
	add_in(CPU0, 1100, 2, 2);
	add_exit(CPU0, 1110, 2, 2);
	check(&trace, 0, "main 2/2 10-50 40: r0-50\nthread 1 2/3 20-80 40: w-40 r1-80\nthread 2 2/4 30-70 10: w-60 r0-70\n"
	                 "cat 2/2 80-110 20: r1-90 b-100 r0-110\n0>1@20\n0>2@30\n");

	/* It may have to wait between taking the tid and the record of its exec. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1040, 2, 3);
	add_exit(CPU0, 1050, 2, 2);
	add_out(CPU1, 1060, 2, 2);
	add_in(CPU0, 1070, 2, 2);
	add_exec(CPU0, 1080, 2, 2, "cat");
	add_exit(CPU0, 1090, 2, 2);
	check(&trace, 0, "main 2/2 10-50 40: r0-50\nthread 1 2/3 20-60 20: w-40 r1-60\n"
	                 "cat 2/2 60-90 20: b-70 r0-90\n0>1@20\n");
}

static void test_clocks_of_two_cpus(void **state)
{
	(void)state;
	/* A thread's first step a moment before the record of its creation. */
	struct trace trace = kitchen();
	add_fork(CPU0, 1022, 2, 3, 2, 2);
	add_in(CPU1, 1020, 2, 3);
	add_exit(CPU1, 1100, 2, 3);
	add_exit(CPU0, 1200, 2, 2);
	check(&trace, 0, "main 2/2 10-200 190: r0-200\nthread 1 2/3 20-100 80: r1-100\n0>1@20\n");
	/* A move within one instant leaves no slice of no length. */
	trace = kitchen();
	add_preempted(CPU0, 1100, 2, 2);
	add_in(CPU1, 1100, 2, 2);
	add_out(CPU1, 1200, 2, 2);
	add_in(CPU1, 1200, 2, 2);
	add_exit(CPU1, 1300, 2, 2);
	check(&trace, 0, "main 2/2 10-300 290: r0-100 r1-300\n");
	/* A ring that is out of order. */
	trace = kitchen();
	add_in(CPU0, 1200, 2, 2);
	add_out(CPU0, 1100, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 890: r0-100 b-200 r0-1000\n");
}

static void test_missing_records(void **state)
{
	(void)state;
	/* No OUT before the second IN. */
	struct trace trace = kitchen();
	add_in(CPU1, 1100, 2, 2);
	add_exit(CPU1, 1200, 2, 2);
	check(&trace, 0, "main 2/2 10-200 100: ?-100 r1-200\n");
	/* No IN before the second OUT, on the same CPU and on another. */
	trace = kitchen();
	add_out(CPU0, 1100, 2, 2);
	add_preempted(CPU0, 1200, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 90: r0-100 ?-200 w-1000\n");
	trace = kitchen();
	add_out(CPU1, 1100, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 0: ?-100 b-1000\n");
	/* No IN before the exit. */
	trace = kitchen();
	add_out(CPU0, 1100, 2, 2);
	add_exit(CPU0, 1200, 2, 2);
	check(&trace, 0, "main 2/2 10-200 90: r0-100 ?-200\n");
	/* Another thread on its CPU: no OUT. Nobody knows where it is until it is seen again. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU0, 1100, 2, 3);
	add_in(CPU1, 1200, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 800: ?-200 r1-1000\nthread 1 2/3 20-1000 900: w-100 r0-1000\n0>1@20\n");
	/* No exit before the tid is used again. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_fork(CPU0, 1100, 3, 3, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 990: r0-1000\nthread 1 2/3 20-100 0: ?-100\nprocess 1 3/3 100-1000 0: w-1000\n"
	                 "0>1@20\n0>2@100\n");
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_fork(CPU0, 1100, 2, 3, 2, 2);
	check(&trace, 0, "main 2/2 10-1000 990: r0-1000\nthread 1 2/3 20-100 0: ?-100\nthread 2 2/3 100-1000 0: w-1000\n"
	                 "0>1@20\n0>2@100\n");
	/* No exit before the program executes another, which leaves one thread. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1030, 2, 3);
	add_out(CPU1, 1040, 2, 3);
	add_exec(CPU0, 1100, 2, 2, "cat");
	check(&trace, 0, "cat 2/2 10-1000 990: r0-1000\nthread 1 2/3 20-100 10: w-30 r1-40 ?-100\n0>1@20\n");
	/* No creation, and no exec. */
	trace = new_trace(2, 1000, 2000, 2);
	add_out(CPU0, 1100, 2, 2);
	add_in(CPU1, 1200, 3, 7);
	add_out(CPU1, 1300, 4, 4);
	check(&trace, 0, "main 2/2 100-1000 0: b-1000\nprocess 1 thread 1 3/7 200-1000 0: ?-1000\n"
	                 "process 2 4/4 300-1000 0: b-1000\n");
}

static void test_gaps(void **state)
{
	(void)state;
	/* CPU 1 lost what it recorded from 100 to 300. Whoever ran on CPU 0 is known; whoever did not may have run. */
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_fork(CPU0, 1030, 2, 4, 2, 2);
	add_in(CPU1, 1040, 2, 3);
	add_out(CPU1, 1100, 2, 3);
	add_lost(CPU1, 1300, 9);
	add_in(CPU1, 1310, 2, 4);
	add_in(CPU0, 1500, 2, 3); /* main's OUT is missing, but not for the gap */
	check(&trace, 9, "main 2/2 10-1000 0: ?-1000\n"
	                 "thread 1 2/3 20-1000 560: w-40 r1-100 ?-500 r0-1000\n"
	                 "thread 2 2/4 30-1000 690: w-100 ?-310 r1-1000\n0>1@20\n0>2@30\n");
	/* What ran on the CPU that lost records may have left it; what begins to wait during the gap may not have stayed;
	   what begins after it is known again. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1030, 2, 3);
	add_comm(CPU1, 1100, 2, 3, "peas");
	add_lost(CPU1, 1300, 1);
	add_exit(CPU1, 1310, 2, 3);
	add_out(CPU0, 1200, 2, 2);
	add_in(CPU0, 1250, 2, 2);
	add_out(CPU0, 1400, 2, 2);
	add_in(CPU0, 1450, 2, 2);
	check(&trace, 1, "main 2/2 10-1000 890: r0-200 ?-250 r0-400 b-450 r0-1000\n"
	                 "peas 2/3 20-310 70: w-30 r1-100 ?-310\n0>1@20\n");
	/* Nothing comes after the gap: the kernel's own count tells. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_in(CPU1, 1030, 2, 3);
	trace.rings[1].lost = 4;
	check(&trace, 4, "main 2/2 10-1000 990: r0-1000\nthread 1 2/3 20-1000 0: w-30 ?-1000\n0>1@20\n");
	/* A gap that is over changes nothing of what comes later. */
	trace = kitchen();
	add_fork(CPU0, 1020, 2, 3, 2, 2);
	add_lost(CPU1, 1040, 2);
	add_in(CPU1, 1050, 2, 3);
	add_out(CPU1, 1060, 2, 3);
	add_out(CPU0, 1070, 2, 2);
	check(&trace, 2, "main 2/2 10-1000 60: r0-70 b-1000\nthread 1 2/3 20-1000 10: ?-50 r1-60 b-1000\n0>1@20\n");
}

static void test_not_a_timeline(void **state)
{
	(void)state;
	struct timeline timeline;
	struct error err = {0};
	struct trace trace = kitchen();
	trace.start_ns = 2001;
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_string_equal(err.text, "no timeline: the trace ends before it starts");
	trace.start_ns = 1000;
	buffer_add(CPU1, "1234567", 7);
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_string_equal(err.text, "CPU 1: switch record at byte 0: cut off after 7 bytes");
	assert_null(timeline.lanes);
	timeline_free(&timeline);
	timeline_free(NULL);
	trace_free(&trace);
	trace_free(NULL);
}

static void test_many_lanes(void **state)
{
	(void)state;
	/* Linear: each exec of a process looks at the lanes of that process that are left, and at no other. */
	struct trace trace = new_trace(1, 0, 10000000, 2);
	struct timeline timeline;
	uint64_t now = 10;
	add_exec(CPU0, now, 2, 2, "roast");
	for (uint32_t i = 0; i < 20000; i++) {
		add_fork(CPU0, now += 10, 2, 10 + i, 2, 2);
		add_exec(CPU0, now += 10, 2, 2, "again");
	}
	assert_true(timeline_make(&trace, &timeline, NULL));
	assert_int_equal(timeline.lane_count, 20001);
	assert_int_equal(timeline.flow_count, 20000);
	assert_string_equal(timeline.lanes[20000].name, "thread 20000");
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_never_switched),
		cmocka_unit_test(test_nothing_recorded),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_still_alive_at_the_end),
		cmocka_unit_test(test_outside_of_the_run),
		cmocka_unit_test(test_nobodys_ids),
		cmocka_unit_test(test_tid_used_again),
		cmocka_unit_test(test_exec_by_a_thread),
		cmocka_unit_test(test_clocks_of_two_cpus),
		cmocka_unit_test(test_missing_records),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_not_a_timeline),
		cmocka_unit_test(test_many_lanes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
