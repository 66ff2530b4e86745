/* Timelines of the probe's log alone, on each of the lower rungs: what they say, and what they leave open. */
#include "measure/timeline.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

#include <errno.h>

/* From 1000 to 2,001,000, so that what is below 20 µs does not matter. */
static void check(enum trace_method method, struct log_writer *log, enum trace_method found, unsigned blind,
                  const char *expected)
{
	struct trace trace = {.method = method, .why = "refused", .start_ns = 1000, .end_ns = 2001000, .pid = 2};
	struct timeline timeline;
	struct error err = {0};
	trace.probe = log_finish(log);
	if (!timeline_make(&trace, &timeline, &err))
		fail_msg("%s", err.text);
	check_timeline(&timeline);
	assert_int_equal(timeline.method, found);
	assert_int_equal(timeline.blind, blind);
	char *text = timeline_text(&timeline);
	assert_string_equal(text, expected);
	free(text);
	timeline_free(&timeline);
	trace_free(&trace);
}

/* The main thread makes A at 100 µs and joins it; A computes, sleeps, computes. `cpu`: ends bear the CPU time. */
static void write_two(struct log_writer *log, bool ends, bool thread_ends, uint64_t second_cpu)
{
	struct log_thread *m = log_thread(log, 2, 2), *a = log_thread(log, 2, 3);
	uint32_t delay = ends ? 625 : UINT32_MAX; /* 40 µs */
	PUT(m, 51000, PROBE_THREAD_START, .caller = 70);
	PUT(m, 100000, PROBE_CREATE, .object = 4711, .detail = 1);
	PUT(a, 101000, PROBE_THREAD_START, .object = 4711, .value = 2, .detail = 1, .caller = 71);
	PUT(m, 111000, PROBE_JOIN, .object = 71, .value = 3);
	PUT(a, 301000, PROBE_SLEEP, .object = 500000);
	log_record(a, (struct probe_record){.time = 841000, .kind = PROBE_SLEEP | PROBE_END, .object = 500000, .value = delay,
	                                    .caller = ends ? 199000 : 0});
	PUT(a, 1041000, PROBE_SLEEP, .object = 100000);
	log_record(a, (struct probe_record){.time = 1141000, .kind = PROBE_SLEEP | PROBE_END, .object = 100000,
	                                    .value = ends ? 0 : UINT32_MAX, .caller = ends ? 199000 + second_cpu : 0});
	PUT(a, 1201000, PROBE_THREAD_END, .object = thread_ends ? 199000 + second_cpu + 60000 : 0);
	log_record(m, (struct probe_record){.time = 1211000, .kind = PROBE_JOIN | PROBE_END, .object = 71,
	                                    .value = ends ? 0 : UINT32_MAX, .caller = ends ? 110000 : 0});
	PUT(m, 1301000, PROBE_THREAD_END, .object = thread_ends ? 200000 : 0);
}

static const unsigned always = BLIND_CPUS | BLIND_PREEMPTION | BLIND_UNWRAPPED;

static void test_schedstat(void **state)
{
	(void)state;
	struct log_writer log = {.flags = PROBE_WANT_DELAY};
	write_two(&log, true, true, 195000);
	check(TRACE_SCHEDSTAT, &log, TRACE_SCHEDSTAT, always,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) r-1300000\n"
	      "thread 1 100000-1200000: r-300000 s-800000() w-840000 r-1040000 s-1140000() r-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
	/* CPU time that does not bear out that it ran there. */
	log.flags = PROBE_WANT_DELAY;
	write_two(&log, true, true, 100000);
	check(TRACE_SCHEDSTAT, &log, TRACE_SCHEDSTAT, always,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) r-1300000\n"
	      "thread 1 100000-1200000: r-300000 s-800000() w-840000 ?-1040000 s-1140000() r-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
	/* Nothing after the last sample is known. */
	log.flags = PROBE_WANT_DELAY;
	write_two(&log, true, false, 195000);
	check(TRACE_SCHEDSTAT, &log, TRACE_SCHEDSTAT, always,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) ?-1300000\n"
	      "thread 1 100000-1200000: r-300000 s-800000() w-840000 r-1040000 s-1140000() ?-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
}

static void test_getrusage(void **state)
{
	(void)state;
	struct log_writer log = {0};
	write_two(&log, false, true, 195000);
	check(TRACE_GETRUSAGE, &log, TRACE_GETRUSAGE, always | BLIND_DELAY,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) r-1300000\n"
	      "thread 1 100000-1200000: r-300000 s-840000() r-1040000 s-1140000() r-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
	/* One number for the whole lane: where it falls short, all of it is open. */
	write_two(&log, false, true, 100000);
	check(TRACE_GETRUSAGE, &log, TRACE_GETRUSAGE, always | BLIND_DELAY,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) r-1300000\n"
	      "thread 1 100000-1200000: ?-300000 s-840000() ?-1040000 s-1140000() ?-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
	/* No schedstat after all; the rung that was asked for is the best that is told. */
	write_two(&log, false, true, 195000);
	check(TRACE_SCHEDSTAT, &log, TRACE_GETRUSAGE, always | BLIND_DELAY,
	      "main 0-1300000: r-110000 j-1210000(<thread 1) r-1300000\n"
	      "thread 1 100000-1200000: r-300000 s-840000() r-1040000 s-1140000() r-1200000\n"
	      "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n");
}

static void test_probe_alone(void **state)
{
	(void)state;
	const char *expected = "main 0-1300000: ?-110000 j-1210000(<thread 1) ?-1300000\n"
	                       "thread 1 100000-1200000: ?-300000 s-840000() ?-1040000 s-1140000() ?-1200000\n"
	                       "create main>thread 1 100000-100000\njoin thread 1>main 1200000-1210000\n";
	struct log_writer log = {0};
	write_two(&log, false, false, 0);
	check(TRACE_GETRUSAGE, &log, TRACE_PROBE, always | BLIND_DELAY | BLIND_CPU_TIME, expected);
	/* Forced, it takes no better source. */
	log.flags = PROBE_WANT_DELAY;
	write_two(&log, true, true, 195000);
	check(TRACE_PROBE, &log, TRACE_PROBE, always | BLIND_DELAY | BLIND_CPU_TIME, expected);
}

static void test_threads_killed(void **state)
{
	(void)state;
	/* Still there at the end; a process whose parent reaped it; a thread that ended with its process. */
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *c = log_thread(&log, 5, 5), *t = log_thread(&log, 5, 6);
	PUT(m, 1000, PROBE_THREAD_START);
	PUT(m, 101000, PROBE_FORK, .value = 5);
	PUT(c, 91000, PROBE_THREAD_START);
	PUT(c, 151000, PROBE_CREATE, .detail = 1);
	PUT(t, 161000, PROBE_THREAD_START, .value = 5, .detail = 1);
	PUT(t, 171000, PROBE_COND, .object = 64);
	PUT(c, 181000, PROBE_MARK);
	PUT(m, 200000, PROBE_CHILD, .value = 5);
	log_record(m, (struct probe_record){.time = 301000, .kind = PROBE_CHILD | PROBE_END, .object = 5, .value = UINT32_MAX});
	PUT(m, 401000, PROBE_IO, .detail = PROBE_READ_CALL);
	check(TRACE_PROBE, &log, TRACE_PROBE, always | BLIND_DELAY | BLIND_CPU_TIME,
	      "main 0-2000000: ?-199000 k-300000(<process 1) ?-400000 i-2000000(read0!)\n"
	      "process 1 90000-300000: ?-300000 =180000\n"
	      "process 1 thread 1 160000-300000: ?-170000 c-300000(condition1!)\n"
	      "condition1:\n"
	      "create main>process 1 90000-90000\ncreate process 1>process 1 thread 1 160000-160000\n"
	      "join process 1>main 300000-300000\n");
}

static void test_exec(void **state)
{
	(void)state;
	/* One lane over both programs; another thread of the first one ends with it; a third program has no probe. */
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *t = log_thread(&log, 2, 3), *again = log_thread(&log, 2, 2);
	PUT(m, 2000, PROBE_THREAD_START);
	PUT(t, 101000, PROBE_THREAD_START, .value = 2, .detail = 1);
	PUT(t, 111000, PROBE_SLEEP, .object = 1);
	PUT(m, 151000, PROBE_IO, .object = 1, .detail = PROBE_WRITE_CALL);
	PUT(m, 201000, PROBE_EXEC);
	PUT(again, 301000, PROBE_THREAD_START);
	PUT(again, 401000, PROBE_SLEEP, .object = 1);
	PUT_END(again, 501000, PROBE_SLEEP, .object = 1);
	PUT(again, 601000, PROBE_EXEC);
	check(TRACE_PROBE, &log, TRACE_PROBE, always | BLIND_DELAY | BLIND_CPU_TIME,
	      "main 0-2000000: ?-150000 i-200000(write1) ?-400000 s-500000() ?-2000000\n"
	      "thread 1 100000-200000: ?-110000 s-200000(!)\n"
	      "create main>thread 1 100000-100000\n");
}

static void test_lost(void **state)
{
	(void)state;
	struct log_writer log = {.lost = 1};
	struct log_thread *m = log_thread(&log, 2, 2);
	PUT(m, 1000, PROBE_THREAD_START);
	PUT(m, 101000, PROBE_SLEEP, .object = 1);
	PUT_END(m, 201000, PROBE_SLEEP, .object = 1);
	PUT(m, 301000, PROBE_SLEEP, .object = 1);
	check(TRACE_PROBE, &log, TRACE_PROBE, always | BLIND_DELAY | BLIND_CPU_TIME,
	      "main 0-2000000: ?-100000 s-200000() ?-2000000\n");
}

static void test_no_log(void **state)
{
	(void)state;
	struct trace trace = {.method = TRACE_GETRUSAGE, .why = "perf_event_open: Permission denied", .end_ns = 1000, .pid = 2};
	struct timeline timeline;
	struct error err = {0};
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_string_equal(err.text, "no timeline: the run was measured by getrusage: perf_event_open: Permission denied");
	struct log_writer log = {0};
	trace.probe = log_finish(&log);
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_string_equal(err.text, "no timeline: no process wrote anything into the probe's log");
	trace.method = TRACE_NONE;
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_null(timeline.lanes);
	trace_free(&trace);
	/* Beside switch records a log that makes no sense is left out. */
	trace = new_trace(1, 1000, 2000, 2);
	add_exec(&trace.rings[0].records, 1010, 2, 2, "roast");
	buffer_add_string(&trace.probe, "no log");
	assert_true(timeline_make(&trace, &timeline, &err));
	check_timeline(&timeline);
	assert_string_equal(timeline.probe_problem, "the probe's log: cut off after 6 bytes");
	assert_int_equal(timeline.blind, BLIND_DELAY | BLIND_REASONS);
	assert_int_equal(timeline.lane_count, 1);
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedstat),
		cmocka_unit_test(test_getrusage),
		cmocka_unit_test(test_probe_alone),
		cmocka_unit_test(test_threads_killed),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_no_log),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("lanes of the probe", tests, NULL, NULL);
}
