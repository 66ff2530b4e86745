/* What the finish waited for, what lanes have to spare, and who hangs at whom. */
#include "measure/critical_path.h"
#include "measure/hang.h"
#include "measure/timeline.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

#define CPU(i) (&trace.rings[i].records)

static void make(struct trace *trace, struct log_writer *log, struct timeline *timeline)
{
	struct error err = {0};
	trace->probe = log_finish(log);
	if (!timeline_make(trace, timeline, &err))
		fail_msg("%s", err.text);
	check_timeline(timeline);
}

/* The path, and what each lane has to spare: at its end/at the tightest place. */
static char *path_text(const struct timeline *timeline)
{
	struct buffer text = {0};
	for (size_t i = 0; i < timeline->path_count; i++) {
		buffer_add_format(&text, "%s", timeline->lanes[timeline->path[i].lane].name);
		add_number(&text, " ", timeline->path[i].start_ns);
		add_number(&text, "-", timeline->path[i].end_ns);
		buffer_add_string(&text, ", ");
	}
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		buffer_add_format(&text, "%s%s", i ? " " : "", lane->name);
		if (lane->slack_ns == UINT64_MAX)
			buffer_add_string(&text, ":-");
		else
			add_number(&text, ":", lane->slack_ns);
		add_number(&text, "/", lane->least_slack_ns);
	}
	return buffer_take(&text);
}

static void check_path(struct trace *trace, struct log_writer *log, const char *expected)
{
	struct timeline timeline;
	make(trace, log, &timeline);
	char *text = path_text(&timeline);
	assert_string_equal(text, expected);
	/* The path leaves nothing out. */
	uint64_t sum = 0;
	for (size_t i = 0; i < timeline.path_count; i++)
		sum += timeline.path[i].end_ns - timeline.path[i].start_ns;
	assert_int_equal(sum, timeline.lanes[timeline.finish].end_ns - timeline.path[0].start_ns);
	free(text);
	timeline_free(&timeline);
	trace_free(trace);
}

/* main (2) makes A (3) and B (4) at once and joins both; each has a CPU of its own. */
static struct trace kitchen(void)
{
	struct trace trace = new_trace(3, 1000, 3000, 2);
	add_exec(CPU(0), 1000, 2, 2, "roast");
	for (uint32_t i = 1; i < 3; i++) {
		add_fork(CPU(0), 1000 + 10 * i, 2, 2 + i, 2, 2);
		add_in(CPU(i), 1000 + 10 * i, 2, 2 + i);
		add_comm(CPU(i), 1000 + 10 * i, 2, 2 + i, i == 1 ? "A" : "B");
	}
	return trace;
}

static void join(struct log_thread *m, uint64_t begin_ns, uint64_t end_ns, uint32_t tid)
{
	PUT(m, begin_ns, PROBE_JOIN, .object = tid, .value = tid);
	PUT_END(m, end_ns, PROBE_JOIN, .object = tid);
}

/* A and B end at these times, main at 2000. */
static void end_lanes(struct trace *trace, uint64_t a_ns, uint64_t b_ns)
{
	add_exit(&trace->rings[1].records, a_ns, 2, 3);
	add_exit(&trace->rings[2].records, b_ns, 2, 4);
	add_exit(&trace->rings[0].records, 2000, 2, 2);
}

static void test_joins(void **state)
{
	(void)state;
	/* B decides; A, joined first, could have gone on until B was done. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2);
	join(m, 1100, 1510, 3);
	join(m, 1520, 1910, 4);
	end_lanes(&trace, 1500, 1900);
	check_path(&trace, &log, "main 0-20, B 20-900, main 900-1000, main:0/0 A:380/380 B:0/0");
	/* B joined after its end: it is main that decides, then A. */
	trace = kitchen();
	m = log_thread(&log, 2, 2);
	join(m, 1100, 1510, 3);
	join(m, 1520, 1530, 4);
	end_lanes(&trace, 1500, 1300);
	check_path(&trace, &log, "main 0-10, A 10-500, main 500-1000, main:0/0 A:0/0 B:220/220");
	/* Never joined: it has until the finish. */
	trace = kitchen();
	log_thread(&log, 2, 2);
	end_lanes(&trace, 1500, 2300);
	struct timeline timeline;
	make(&trace, &log, &timeline);
	assert_int_equal(timeline.lanes[1].slack_ns, 500);
	assert_true(timeline.lanes[2].slack_ns == UINT64_MAX);
	assert_int_equal(timeline.path_count, 1);
	timeline_free(&timeline);
	trace_free(&trace);
}

static void test_locks(void **state)
{
	(void)state;
	/* B waits for the lock that A has, then decides the finish: A's time with it is on the path, the rest of A is not. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1400, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1200, PROBE_LOCK, .object = 64, .value = 3, .detail = PROBE_MUTEX);
	PUT_END(b, 1410, PROBE_LOCK, .object = 64);
	join(m, 1100, 1610, 3);
	join(m, 1620, 1910, 4);
	end_lanes(&trace, 1600, 1900);
	check_path(&trace, &log, "main 0-10, A 10-400, B 400-900, main 900-1000, main:0/0 A:280/0 B:0/0");
}

/* B waits for a condition, which A signals, and then for its mutex, which `keeper` had meanwhile. */
static void signal_and_keep(struct trace *trace, struct log_thread *a, struct log_thread *b, struct log_thread *keeper)
{
	struct buffer *core = &trace->rings[2].records;
	PUT(b, 1050, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1060, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1061, PROBE_COND, .object = 128);
	add_out(core, 1070, 2, 4);
	PUT(keeper, 1300, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1310, PROBE_SIGNAL, .object = 128);
	add_in(core, 1320, 2, 4);
	add_out(core, 1330, 2, 4);
	PUT(keeper, 1500, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	add_in(core, 1510, 2, 4);
	PUT_END(b, 1520, PROBE_COND, .object = 128);
	PUT(b, 1521, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
}

static void test_condition(void **state)
{
	(void)state;
	/* A signals B while it has the mutex: both the signal and the mutex are A's. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	signal_and_keep(&trace, a, b, a);
	join(m, 1100, 1610, 3);
	join(m, 1620, 1910, 4);
	end_lanes(&trace, 1600, 1900);
	check_path(&trace, &log, "main 0-10, A 10-500, B 500-900, main 900-1000, main:0/0 A:280/0 B:0/0");
}

/* Signalled by one, let go by another later: the signal could have come as late as the lock did. */
static void test_signal_and_lock_of_two(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	signal_and_keep(&trace, a, b, m);
	join(m, 1620, 1910, 4);
	end_lanes(&trace, 1600, 1900);
	check_path(&trace, &log, "main 0-500, B 500-900, main 900-1000, main:0/0 A:400/170 B:0/0");
}

/* Flows as only a hostile log would make them: the walk ends all the same. */
static void test_circular_flows(void **state)
{
	(void)state;
	struct timeline timeline = {.wall_ns = 100, .lane_count = 2, .flow_count = 4, .finish = TIMELINE_NONE};
	timeline.lanes = memory_zero(2, sizeof *timeline.lanes);
	timeline.flows = memory_zero(4, sizeof *timeline.flows);
	for (size_t i = 0; i < 2; i++)
		timeline.lanes[i] = (struct lane){.name = memory_string("x"), .pid = 2, .tid = 2 + (uint32_t)i, .end_ns = 100,
		                                  .thread = TIMELINE_NONE};
	for (size_t i = 0; i < 4; i++)
		timeline.flows[i] = (struct flow){.kind = FLOW_WAKE_UP, .from = i % 2, .to = 1 - i % 2, .from_ns = 50, .to_ns = 50,
		                                  .wait = TIMELINE_NO_WAIT};
	critical_path_find(&timeline, 2);
	assert_int_equal(timeline.finish, 0);
	assert_true(timeline.path_count >= 2);
	timeline_free(&timeline);
}

static char *hang_text(const struct timeline *timeline)
{
	struct hang hang;
	struct buffer text = {0};
	buffer_add(&text, "", 0);
	hang_find(timeline, &hang);
	for (size_t i = 0; i < hang.stuck_count; i++) {
		const struct stuck *stuck = &hang.stuck[i];
		buffer_add_format(&text, "%s %s:", timeline->lanes[stuck->lane].name,
		                  lane_state_name(wait_state(&timeline->waits[stuck->wait])));
		for (size_t j = 0; j < stuck->holder_count; j++)
			buffer_add_format(&text, " %s", timeline->lanes[stuck->holders[j]].name);
		buffer_add_string(&text, "\n");
	}
	for (size_t i = 0; i < hang.cycle_count; i++)
		buffer_add_format(&text, "%s > ", timeline->lanes[hang.stuck[hang.cycle[i]].lane].name);
	hang_free(&hang);
	hang_free(NULL);
	return buffer_take(&text);
}

static void check_hang(struct trace *trace, struct log_writer *log, const char *expected)
{
	struct timeline timeline;
	make(trace, log, &timeline);
	char *text = hang_text(&timeline);
	assert_string_equal(text, expected);
	free(text);
	timeline_free(&timeline);
	trace_free(trace);
}

static void hold(struct log_thread *thread, uint64_t ns, uint64_t lock)
{
	PUT(thread, ns, PROBE_ACQUIRE, .object = lock, .detail = PROBE_MUTEX);
}

static void want(struct log_thread *thread, uint64_t ns, uint64_t lock, uint16_t flags)
{
	PUT(thread, ns, PROBE_LOCK, .object = lock, .detail = PROBE_MUTEX | flags);
}

static void test_hangs(void **state)
{
	(void)state;
	for (int timed = 0; timed < 2; timed++) {
		/* A has 64 and wants 65, B the other way round; main joins A. One of them with a time limit is no deadlock. */
		struct trace trace = kitchen();
		struct log_writer log = {0};
		struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
		hold(a, 1100, 64);
		hold(b, 1110, 65);
		want(a, 1200, 65, 0);
		want(b, 1210, 64, timed ? PROBE_TIMED : 0);
		PUT(m, 1300, PROBE_JOIN, .object = 3, .value = 3);
		check_hang(&trace, &log, timed ? "main joining: A\nA waiting-lock: B\nB waiting-lock: A\n"
		                               : "main joining: A\nA waiting-lock: B\nB waiting-lock: A\nA > B > ");
	}
	/* A lock that is wanted by whoever has it, not by those who had it; what is held by a thread that is gone. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	hold(b, 1050, 64);
	PUT(b, 1060, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	hold(a, 1100, 64);
	want(a, 1200, 64, 0);
	check_hang(&trace, &log, "A waiting-lock: A\nA > ");
	trace = kitchen();
	m = log_thread(&log, 2, 2);
	a = log_thread(&log, 2, 3);
	hold(a, 1100, 64);
	add_exit(CPU(1), 1200, 2, 3);
	want(m, 1300, 64, 0);
	check_hang(&trace, &log, "main waiting-lock: A\n");
	/* A thread that joins one that joins it; a join of a thread that waits for nothing known. */
	trace = kitchen();
	m = log_thread(&log, 2, 2);
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_JOIN, .object = 4, .value = 4);
	PUT(b, 1110, PROBE_JOIN, .object = 3, .value = 3);
	PUT(m, 1110, PROBE_COND, .object = 99);
	check_hang(&trace, &log, "main waiting-cond:\nA joining: B\nB joining: A\nA > B > ");
	/* Readers: whoever wants to write waits for them all. */
	trace = kitchen();
	m = log_thread(&log, 2, 2);
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_READ);
	PUT(b, 1110, PROBE_ACQUIRE, .object = 64, .detail = PROBE_READ);
	PUT(b, 1200, PROBE_LOCK, .object = 64, .detail = PROBE_WRITE);
	check_hang(&trace, &log, "B waiting-lock: A B\nB > ");
	/* A semaphore that two have: either may give it. */
	for (int both = 0; both < 2; both++) {
		trace = kitchen();
		m = log_thread(&log, 2, 2);
		a = log_thread(&log, 2, 3);
		b = log_thread(&log, 2, 4);
		PUT_END(a, 1100, PROBE_SEM_WAIT, .object = 64);
		if (both)
			PUT_END(m, 1110, PROBE_SEM_WAIT, .object = 64);
		PUT(b, 1200, PROBE_SEM_WAIT, .object = 64);
		PUT(a, 1300, PROBE_JOIN, .object = 4, .value = 4);
		check_hang(&trace, &log, both ? "A joining: B\nB waiting-lock: A main\n" : "A joining: B\nB waiting-lock: A\nA > B > ");
	}
	/* Nothing waited. */
	trace = kitchen();
	log_thread(&log, 2, 2);
	check_hang(&trace, &log, "");
}

/* Five philosophers and somebody who waits for one of them. */
static void test_long_cycle(void **state)
{
	(void)state;
	enum { SEATS = 50 };
	struct trace trace = new_trace(1, 1000, 3000, 2);
	struct log_writer log = {0};
	struct timeline timeline;
	struct hang hang;
	add_exec(CPU(0), 1000, 2, 2, "dinner");
	PUT(log_thread(&log, 2, 2), 1500, PROBE_JOIN, .object = 1, .value = 10);
	for (uint32_t i = 0; i < SEATS; i++) {
		struct log_thread *seat = log_thread(&log, 2, 10 + i);
		add_fork(CPU(0), 1001, 2, 10 + i, 2, 2);
		hold(seat, 1100, 64 + i);
		want(seat, 1200, 64 + (i + 1) % SEATS, 0);
	}
	make(&trace, &log, &timeline);
	hang_find(&timeline, &hang);
	assert_int_equal(hang.stuck_count, SEATS + 1);
	assert_int_equal(hang.cycle_count, SEATS);
	for (size_t i = 0; i < SEATS; i++) {
		const struct stuck *stuck = &hang.stuck[hang.cycle[i]], *next = &hang.stuck[hang.cycle[(i + 1) % SEATS]];
		assert_int_equal(stuck->holder_count, 1);
		assert_int_equal(stuck->holders[0], next->lane);
	}
	hang_free(&hang);
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joins),
		cmocka_unit_test(test_locks),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_signal_and_lock_of_two),
		cmocka_unit_test(test_circular_flows),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_long_cycle),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("critical path and hangs", tests, NULL, NULL);
}
