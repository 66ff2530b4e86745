/* A lock that a program made of a mutex and a condition, as interpreters do: who had it when. */
#include "measure/compound_lock.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

#include <errno.h>

enum { MUTEX = 64, COND = 128, OTHER_MUTEX = 65, OTHER_COND = 129 };

/* lock; unlock: taken while it was free */
static void take(struct log_thread *thread, uint64_t ns)
{
	PUT(thread, ns, PROBE_ACQUIRE, .object = MUTEX, .detail = PROBE_MUTEX);
	PUT(thread, ns + 2, PROBE_RELEASE, .object = MUTEX, .detail = PROBE_MUTEX);
}

/* lock; say so; unlock */
static void drop(struct log_thread *thread, uint64_t ns)
{
	PUT(thread, ns, PROBE_ACQUIRE, .object = MUTEX, .detail = PROBE_MUTEX);
	PUT(thread, ns + 1, PROBE_SIGNAL, .object = COND);
	PUT(thread, ns + 2, PROBE_RELEASE, .object = MUTEX, .detail = PROBE_MUTEX);
}

static void begin_wait(struct log_thread *thread, uint64_t ns)
{
	PUT(thread, ns, PROBE_RELEASE, .object = MUTEX, .detail = PROBE_MUTEX);
	PUT(thread, ns + 1, PROBE_COND, .object = COND, .detail = PROBE_TIMED);
}

static void end_wait(struct log_thread *thread, uint64_t ns, uint16_t error)
{
	PUT_END(thread, ns, PROBE_COND, .object = COND, .detail = error);
	PUT(thread, ns + 1, PROBE_ACQUIRE, .object = MUTEX, .detail = PROBE_MUTEX);
}

static void test_interpreter(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 1000, 2000, 2);
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3);
	add_exec(&trace.rings[0].records, 1000, 2, 2, "python");
	add_fork(&trace.rings[0].records, 1010, 2, 3, 2, 2);
	add_in(&trace.rings[1].records, 1010, 2, 3);
	add_comm(&trace.rings[1].records, 1011, 2, 3, "A");
	take(m, 1100);
	/* A wants it, gives up once and asks again, and gets it when main drops it. */
	PUT(a, 1200, PROBE_ACQUIRE, .object = MUTEX, .detail = PROBE_MUTEX);
	begin_wait(a, 1202);
	add_out(&trace.rings[1].records, 1204, 2, 3);
	add_in(&trace.rings[1].records, 1300, 2, 3);
	end_wait(a, 1310, ETIMEDOUT);
	begin_wait(a, 1320);
	add_out(&trace.rings[1].records, 1324, 2, 3);
	drop(m, 1400);
	add_in(&trace.rings[1].records, 1405, 2, 3);
	end_wait(a, 1410, 0);
	PUT(a, 1420, PROBE_RELEASE, .object = MUTEX, .detail = PROBE_MUTEX);
	/* Main waits for the change to be taken note of, which is another condition of the same lock. */
	PUT(m, 1403, PROBE_ACQUIRE, .object = OTHER_MUTEX, .detail = PROBE_MUTEX);
	PUT(m, 1404, PROBE_RELEASE, .object = OTHER_MUTEX, .detail = PROBE_MUTEX);
	PUT(m, 1405, PROBE_COND, .object = OTHER_COND);
	PUT_END(m, 1425, PROBE_COND, .object = OTHER_COND);
	PUT(m, 1426, PROBE_ACQUIRE, .object = OTHER_MUTEX, .detail = PROBE_MUTEX);
	PUT(m, 1427, PROBE_RELEASE, .object = OTHER_MUTEX, .detail = PROBE_MUTEX);
	drop(a, 1500);
	take(m, 1600);
	take(m, 1700); /* it has it already */

	struct timeline timeline;
	trace.probe = log_finish(&log);
	assert_true(timeline_make(&trace, &timeline, NULL));
	size_t parts[8], count = 0;
	for (size_t i = 0; i < timeline.resource_count; i++)
		parts[count++] = i;
	assert_int_equal(count, 4);
	size_t index = compound_lock_make(&timeline, parts, count);
	check_timeline(&timeline);
	const struct resource *lock = &timeline.resources[index];
	assert_int_equal(lock->address, COND);
	assert_int_equal(lock->kind, RESOURCE_LOCK);
	assert_int_equal(lock->hold_count, 3);
	static const struct hold holds[] = {
		{0, 102, 401, false, false}, {1, 420, 501, false, false}, {0, 602, 1000, false, true},
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(lock->holds[i].lane, holds[i].lane);
		assert_int_equal(lock->holds[i].start_ns, holds[i].start_ns);
		assert_int_equal(lock->holds[i].end_ns, holds[i].end_ns);
		assert_int_equal(lock->holds[i].open, holds[i].open);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(timeline.resources[i].part_of, i == index ? TIMELINE_NONE : index);
	/* The mutex's own holds are where they were. */
	assert_int_equal(timeline.resources[lock->mutex].holds[0].start_ns, 100);
	const struct lane *lane = &timeline.lanes[1];
	size_t waits = 0;
	for (size_t i = 0; i < lane->slice_count; i++)
		if (lane->slices[i].state == LANE_WAITING_LOCK) {
			assert_int_equal(timeline.waits[lane->slices[i].wait].owner, 0);
			waits++;
		}
	assert_int_equal(waits, 2);
	size_t hand_offs = 0;
	for (size_t i = 0; i < timeline.flow_count; i++)
		if (timeline.flows[i].kind == FLOW_HAND_OFF) {
			assert_int_equal(timeline.flows[i].from, 0);
			assert_int_equal(timeline.flows[i].to_ns, 410);
			hand_offs++;
		}
	assert_int_equal(hand_offs, 1);
	timeline_free(&timeline);
	trace_free(&trace);
}

static void test_nothing_to_make_it_of(void **state)
{
	(void)state;
	struct trace trace = new_trace(1, 1000, 2000, 2);
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2);
	add_exec(&trace.rings[0].records, 1000, 2, 2, "python");
	take(m, 1100);
	drop(m, 1200); /* nobody ever waited: whose mutex it is, nobody said */
	struct timeline timeline;
	trace.probe = log_finish(&log);
	assert_true(timeline_make(&trace, &timeline, NULL));
	size_t mutex = timeline.resources[0].kind == RESOURCE_MUTEX ? 0 : 1, condition = 1 - mutex;
	assert_int_equal(compound_lock_make(&timeline, &mutex, 1), TIMELINE_NONE);
	assert_int_equal(compound_lock_make(&timeline, NULL, 0), TIMELINE_NONE);
	assert_int_equal(timeline.resources[mutex].part_of, TIMELINE_NONE);
	/* One name is one lock all the same. */
	assert_int_equal(compound_lock_make(&timeline, (size_t[]){0, 1}, 2), condition);
	assert_int_equal(timeline.resources[mutex].part_of, condition);
	assert_int_equal(timeline.resources[condition].kind, RESOURCE_LOCK);
	assert_int_equal(timeline.resources[condition].hold_count, 0);
	check_timeline(&timeline);
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interpreter),
		cmocka_unit_test(test_nothing_to_make_it_of),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("compound locks", tests, NULL, NULL);
}
