/* What the launcher saw threads wait in, and system calls that the program makes by number. */
#include "measure/hang.h"
#include "measure/timeline.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

#include <sys/syscall.h>

#define CPU0 (&trace.rings[0].records)
#define CPU1 (&trace.rings[1].records)

/* Two CPUs from 1000 to 2000; 2 runs on CPU 0 from 1000; 3, "A", is made at 1010, runs on CPU 1 and is blocked from
   1100 to 1300, and from 1400 to the end. */
static struct trace kitchen(void)
{
	struct trace trace = new_trace(2, 1000, 2000, 2);
	add_exec(CPU0, 1000, 2, 2, "roast");
	add_fork(CPU0, 1010, 2, 3, 2, 2);
	add_in(CPU1, 1010, 2, 3);
	add_comm(CPU1, 1010, 2, 3, "A");
	add_out(CPU1, 1100, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_out(CPU1, 1400, 2, 3);
	return trace;
}

static struct timeline make(struct trace *trace, struct log_writer *log)
{
	struct timeline timeline;
	struct error err = {0};
	trace->probe = log_finish(log);
	if (!timeline_make(trace, &timeline, &err))
		fail_msg("%s", err.text);
	check_timeline(&timeline);
	trace_free(trace);
	return timeline;
}

static void check(struct trace *trace, struct log_writer *log, const char *expected)
{
	struct timeline timeline = make(trace, log);
	char *text = timeline_text(&timeline);
	assert_string_equal(text, expected);
	free(text);
	timeline_free(&timeline);
}

#define SAMPLE(log, at, number, ...) \
	PUT(&(log).samples, at, PROBE_SYSCALL, .object = (number), .value = 3, __VA_ARGS__)

/* The slice that a sample lies in bears its call; one without a sample stays as it was. A number that nobody knows has no
   name, and no address means anything without a probe. */
static void test_blocked_slices(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	SAMPLE(log, 1250, SYS_futex, .caller = 5);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-100 b-300(futex202) r1-400 b-1000\ncreate main>A 10-10\n");
	trace = kitchen();
	log = (struct log_writer){0};
	SAMPLE(log, 1500, 999999);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-100 b-300 r1-400 b-1000()\ncreate main>A 10-10\n");
}

/* Samples of other times, other threads, of running threads and of threads that wait in no call name nothing. */
static void test_samples_of_nothing(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	SAMPLE(log, 1050, SYS_futex);
	SAMPLE(log, 1200, PROBE_IN_NO_CALL);
	SAMPLE(log, 1350, SYS_futex);
	SAMPLE(log, 1500, PROBE_RUNS);
	PUT(&log.samples, 1250, PROBE_SYSCALL, .object = SYS_read, .value = 2);
	PUT(&log.samples, 1250, PROBE_SYSCALL, .object = SYS_read, .value = 77);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-100 b-300 r1-400 b-1000\ncreate main>A 10-10\n");
}

/* What the probe wrapped explains more than a sample does. With a probe the place has a meaning. */
static void test_wraps_come_first(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	PUT(log_thread(&log, 2, 2), 1000, PROBE_THREAD_START);
	struct log_thread *a = log_thread(&log, 2, 3);
	PUT(a, 1010, PROBE_THREAD_START, .value = 2);
	PUT(a, 1095, PROBE_SLEEP, .object = 200, .caller = 7);
	PUT_END(a, 1305, PROBE_SLEEP, .object = 200, .caller = 7);
	SAMPLE(log, 1200, SYS_clock_nanosleep, .caller = 5);
	SAMPLE(log, 1600, SYS_futex, .caller = 5);
	check(&trace, &log,
	      "main 0-1000: r0-1000\nA 10-1000: r1-100 s-300(@7) r1-400 b-1000(futex202@5)\ncreate main>A 10-10\n");
}

/* A call by number that the program made through libc. */
static void test_calls_by_number(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	PUT(log_thread(&log, 2, 2), 1000, PROBE_THREAD_START);
	struct log_thread *a = log_thread(&log, 2, 3);
	PUT(a, 1095, PROBE_SYSCALL, .object = SYS_futex, .caller = 7);
	PUT_END(a, 1305, PROBE_SYSCALL, .object = SYS_futex, .caller = 7);
	check(&trace, &log,
	      "main 0-1000: r0-1000\nA 10-1000: r1-100 b-300(futex202@7) r1-400 b-1000\ncreate main>A 10-10\n");
	trace = new_trace(0, 1000, 2000, 2);
	trace.method = TRACE_PROBE;
	PUT(log_thread(&log, 2, 2), 1000, PROBE_THREAD_START);
	a = log_thread(&log, 2, 3);
	PUT(a, 1010, PROBE_THREAD_START, .value = 2);
	PUT(a, 1095, PROBE_SYSCALL, .object = SYS_futex, .caller = 7);
	PUT_END(a, 1305, PROBE_SYSCALL, .object = SYS_futex, .caller = 7);
	check(&trace, &log, "main 0-1000: ?-1000\nthread 1 10-1000: ?-95 b-305(futex202@7) ?-1000\ncreate main>thread 1 10-10\n");
}

static void check_stuck(const struct timeline *timeline, size_t count, size_t index, enum lane_state state, uint64_t start_ns)
{
	struct hang hang;
	hang_find(timeline, &hang);
	assert_int_equal(hang.stuck_count, count);
	assert_int_equal(hang.cycle_count, 0);
	if (count) {
		assert_int_equal(hang.stuck[index].state, state);
		assert_int_equal(hang.stuck[index].start_ns, start_ns);
		assert_int_equal(hang.stuck[index].holder_count, 0);
	}
	hang_free(&hang);
}

/* The last look tells of every lane that was there, whatever it did; without it a lane that nobody waits for hangs
   nowhere. */
static void test_stopped(void **state)
{
	(void)state;
	for (int stopped = 0; stopped < 2; stopped++) {
		struct trace trace = kitchen();
		struct log_writer log = {0};
		SAMPLE(log, 1990, SYS_futex, .detail = stopped ? PROBE_STOPPED : 0);
		PUT(&log.samples, 1990, PROBE_SYSCALL, .object = PROBE_RUNS, .value = 2, .detail = stopped ? PROBE_STOPPED : 0);
		struct timeline timeline = make(&trace, &log);
		check_stuck(&timeline, stopped ? 2 : 0, 0, LANE_RUNNING, 0);
		check_stuck(&timeline, stopped ? 2 : 0, 1, LANE_BLOCKED, 400);
		timeline_free(&timeline);
	}
}

/* Where nothing but the probe tells, a lane outside of wrapped calls is in the call that was seen, at the end. */
static void test_stopped_without_switches(void **state)
{
	(void)state;
	struct trace trace = new_trace(0, 1000, 2000, 2);
	struct log_writer log = {0};
	trace.method = TRACE_PROBE;
	PUT(log_thread(&log, 2, 2), 1000, PROBE_THREAD_START);
	PUT(log_thread(&log, 2, 3), 1010, PROBE_THREAD_START, .value = 2);
	SAMPLE(log, 1990, SYS_futex, .detail = PROBE_STOPPED);
	PUT(&log.samples, 1990, PROBE_SYSCALL, .object = PROBE_RUNS, .value = 2, .detail = PROBE_STOPPED);
	struct timeline timeline = make(&trace, &log);
	check_stuck(&timeline, 2, 0, LANE_RUNNING, 1000);
	check_stuck(&timeline, 2, 1, LANE_BLOCKED, 1000);
	struct hang hang;
	hang_find(&timeline, &hang);
	assert_string_equal(wait_call_name(&timeline.waits[hang.stuck[1].wait]), "futex");
	hang_free(&hang);
	timeline_free(&timeline);
}

/* Records among the samples that are none are refused and counted; those behind an unwritten one are not looked at. */
static void test_bad_samples(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	PUT(&log.samples, 1250, PROBE_SLEEP, .value = 3);
	PUT(&log.samples, 1250, PROBE_SYSCALL | PROBE_END, .value = 3);
	PUT(&log.samples, 1250, PROBE_SYSCALL, .value = 0);
	PUT(&log.samples, 5000000, PROBE_SYSCALL, .value = 3);
	PUT(&log.samples, 0, 0, .value = 3);
	SAMPLE(log, 1250, SYS_futex);
	struct timeline timeline = make(&trace, &log);
	assert_int_equal(timeline.refused, 4);
	assert_int_equal(timeline.wait_count, 0);
	timeline_free(&timeline);
}

/* A header that claims more pages of samples than there are. */
static void test_too_many_pages(void **state)
{
	(void)state;
	for (uint32_t claimed = 0; claimed < 80; claimed++) {
		struct trace trace = kitchen();
		struct log_writer log = {0};
		struct timeline timeline;
		struct error err = {0};
		PUT(log_thread(&log, 2, 2), 1000, PROBE_THREAD_START);
		SAMPLE(log, 1250, SYS_futex);
		trace.probe = log_finish(&log);
		uint32_t pages = claimed < 79 ? claimed : UINT32_MAX;
		memcpy(trace.probe.data + offsetof(struct probe_header, sample_pages), &pages, sizeof pages);
		assert_true(timeline_make(&trace, &timeline, &err));
		check_timeline(&timeline);
		timeline_free(&timeline);
		trace_free(&trace);
	}
}

/* A log that no process came to is no damaged one. */
static void test_untouched(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct timeline timeline;
	struct error err = {0};
	const struct probe_header header = {.magic = PROBE_MAGIC, .pages = 99, .next_page = 2, .sample_pages = 1};
	memset(buffer_reserve(&trace.probe, 2 * PROBE_PAGE), 0, 2 * PROBE_PAGE);
	trace.probe.size = 2 * PROBE_PAGE;
	memcpy(trace.probe.data, &header, sizeof header);
	assert_true(timeline_make(&trace, &timeline, &err));
	assert_string_equal(timeline.probe_problem, "");
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocked_slices), cmocka_unit_test(test_samples_of_nothing),
		cmocka_unit_test(test_wraps_come_first), cmocka_unit_test(test_calls_by_number), cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_stopped_without_switches), cmocka_unit_test(test_bad_samples),
		cmocka_unit_test(test_too_many_pages), cmocka_unit_test(test_untouched),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("calls that were seen", tests, NULL, NULL);
}
