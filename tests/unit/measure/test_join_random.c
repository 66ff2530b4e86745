/* Random programs with locks against what really happened in them: a small scheduler runs threads that lock, sleep and
   are preempted, keeps the truth of each, and records it as the kernel and the probe would. */
#include "measure/timeline.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

enum { CPUS = 3, THREADS = 9, LOCKS = 3, STEPS = 700, SEEDS = 200, START = 6400, TICK = 64 };

struct change {
	uint64_t ns;
	enum lane_state state;
	int cpu;   /* of running */
	int owner; /* of waiting-lock: a thread */
};

struct thread {
	struct change changes[2 * STEPS + 4];
	size_t change_count;
	int cpu;            /* it runs there; -1: it does not */
	bool runnable;
	int lock;           /* that it waits for, -1 none */
	uint64_t wake_ns;   /* when it wakes from its sleep, 0: it does not sleep */
	uint64_t delay_ns;  /* waited for a CPU in the call it is in */
	uint64_t since_ns;  /* runnable since */
	bool called;        /* it has to write the end of its call when it runs again */
	uint16_t kind;
	uint64_t object;
	struct log_thread *log;
};

struct truth_hold {
	int lock, thread;
	uint64_t start_ns, end_ns;
};

struct truth_flow {
	int from, to;
	uint64_t from_ns, to_ns;
};

struct world {
	uint32_t random;
	uint64_t now;
	struct thread threads[THREADS];
	int running[CPUS];
	int owner[LOCKS];              /* -1: free */
	uint64_t let_go_ns[LOCKS];     /* by whom it was given to the one that has not written its end yet */
	int let_go_by[LOCKS];
	struct truth_hold holds[STEPS];
	size_t hold_count;
	struct truth_flow flows[STEPS];
	size_t flow_count;
	struct log_writer log;
	struct trace trace;
};

static uint32_t roll(struct world *world, uint32_t sides)
{
	world->random = world->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(world->random >> 8) * sides >> 24);
}

static void change(struct world *world, int index, enum lane_state state, int owner)
{
	struct thread *thread = &world->threads[index];
	thread->changes[thread->change_count++] =
		(struct change){world->now, state, state == LANE_RUNNING ? thread->cpu : -1, owner};
}

static void tick(struct world *world)
{
	world->now += TICK;
}

static struct buffer *ring(struct world *world, int cpu)
{
	return &world->trace.rings[cpu].records;
}

static void make_runnable(struct world *world, int index)
{
	struct thread *thread = &world->threads[index];
	thread->runnable = true;
	thread->since_ns = world->now;
	change(world, index, LANE_WAITING_CPU, -1);
}

static void leave_cpu(struct world *world, int index)
{
	struct thread *thread = &world->threads[index];
	world->running[thread->cpu] = -1;
	thread->cpu = -1;
}

/* Calls and waits. */
static void block(struct world *world, int index, enum lane_state state, int owner)
{
	tick(world);
	add_out(ring(world, world->threads[index].cpu), world->now, 2, 2 + (uint32_t)index);
	leave_cpu(world, index);
	change(world, index, state, owner);
	world->threads[index].called = true;
	world->threads[index].delay_ns = 0;
}

static void begin_hold(struct world *world, int index, int lock)
{
	world->holds[world->hold_count++] = (struct truth_hold){lock, index, world->now, 0};
}

static void come_back(struct world *world, int index)
{
	struct thread *thread = &world->threads[index];
	tick(world);
	thread->called = false;
	log_record(thread->log, (struct probe_record){.time = world->now, .kind = thread->kind | PROBE_END,
	                                              .object = thread->object, .value = (uint32_t)(thread->delay_ns / TICK)});
	if (thread->lock < 0)
		return;
	int lock = thread->lock;
	thread->lock = -1;
	world->flows[world->flow_count++] =
		(struct truth_flow){world->let_go_by[lock], index, world->let_go_ns[lock], world->now};
	begin_hold(world, index, lock);
	tick(world);
	PUT(thread->log, world->now, PROBE_ACQUIRE, .object = 64 + (uint64_t)lock, .detail = PROBE_MUTEX);
}

static void run(struct world *world, int cpu)
{
	int index = (int)roll(world, THREADS);
	struct thread *thread = &world->threads[index];
	if (!thread->runnable)
		return;
	thread->runnable = false;
	thread->cpu = cpu;
	world->running[cpu] = index;
	thread->delay_ns += world->now - thread->since_ns;
	add_in(ring(world, cpu), world->now, 2, 2 + (uint32_t)index);
	change(world, index, LANE_RUNNING, -1);
	/* It may be taken off its CPU again before it is back from its call. */
	if (thread->called && roll(world, 5))
		come_back(world, index);
}

static void take_lock(struct world *world, int index)
{
	struct thread *thread = &world->threads[index];
	int lock = (int)roll(world, LOCKS);
	uint64_t object = 64 + (uint64_t)lock;
	if (world->owner[lock] == index) {
		PUT(thread->log, world->now, PROBE_RELEASE, .object = object, .detail = PROBE_MUTEX);
		for (size_t i = world->hold_count; i-- > 0;)
			if (world->holds[i].lock == lock) {
				world->holds[i].end_ns = world->now;
				break;
			}
		world->owner[lock] = -1;
		world->let_go_ns[lock] = world->now;
		world->let_go_by[lock] = index;
		tick(world);
		int first = (int)roll(world, THREADS);
		for (int i = 0; i < THREADS; i++) {
			int waiter = (first + i) % THREADS;
			if (world->threads[waiter].lock != lock)
				continue;
			world->owner[lock] = waiter;
			make_runnable(world, waiter);
			break;
		}
		return;
	}
	if (world->owner[lock] < 0) {
		world->owner[lock] = index;
		begin_hold(world, index, lock);
		PUT(thread->log, world->now, PROBE_ACQUIRE, .object = object, .detail = PROBE_MUTEX);
		return;
	}
	int owner = world->owner[lock];
	PUT(thread->log, world->now, PROBE_LOCK, .object = object, .detail = PROBE_MUTEX, .value = 2 + (uint32_t)owner);
	thread->lock = lock;
	thread->kind = PROBE_LOCK;
	thread->object = object;
	block(world, index, LANE_WAITING_LOCK, owner);
}

static void go_to_sleep(struct world *world, int index)
{
	struct thread *thread = &world->threads[index];
	thread->kind = PROBE_SLEEP;
	thread->object = 1 + roll(world, 1000);
	PUT(thread->log, world->now, PROBE_SLEEP, .object = thread->object);
	block(world, index, LANE_SLEEPING, -1);
	thread->wake_ns = world->now + TICK * (1 + roll(world, 40));
}

static void step(struct world *world)
{
	int cpu = (int)roll(world, CPUS);
	world->now += TICK * (1 + roll(world, 4));
	for (int i = 0; i < THREADS; i++)
		if (world->threads[i].wake_ns && world->threads[i].wake_ns <= world->now) {
			world->threads[i].wake_ns = 0;
			make_runnable(world, i);
		}
	int index = world->running[cpu];
	if (index < 0) {
		run(world, cpu);
		return;
	}
	if (world->threads[index].called && roll(world, 3)) {
		come_back(world, index);
		return;
	}
	uint32_t choice = roll(world, 8);
	if (choice < 2 || world->threads[index].called) {
		add_preempted(ring(world, cpu), world->now, 2, 2 + (uint32_t)index);
		leave_cpu(world, index);
		make_runnable(world, index);
	} else if (choice < 4) {
		go_to_sleep(world, index);
	} else {
		take_lock(world, index);
	}
}

static struct world *run_world(uint32_t seed)
{
	struct world *world = memory_zero(1, sizeof *world);
	world->random = seed;
	world->now = START;
	world->trace = new_trace(CPUS, START, 0, 2);
	for (int i = 0; i < CPUS; i++)
		world->running[i] = -1;
	for (int i = 0; i < LOCKS; i++)
		world->owner[i] = -1;
	for (int i = 0; i < THREADS; i++) {
		struct thread *thread = &world->threads[i];
		thread->log = log_thread(&world->log, 2, 2 + (uint32_t)i);
		thread->lock = thread->cpu = -1;
		if (i) {
			tick(world);
			add_fork(ring(world, 0), world->now, 2, 2 + (uint32_t)i, 2, 2);
			make_runnable(world, i);
		} else {
			thread->cpu = 0;
			world->running[0] = 0;
			add_exec(ring(world, 0), world->now, 2, 2, "random");
			change(world, 0, LANE_RUNNING, -1);
		}
	}
	for (int i = 0; i < STEPS; i++)
		step(world);
	world->now += TICK;
	world->trace.end_ns = world->now;
	return world;
}

static void free_world(struct world *world)
{
	trace_free(&world->trace);
	free(world);
}

/* The lane's slices against the thread's changes, stretch by stretch. */
static void check_truth(const struct world *world, const struct timeline *timeline, int index)
{
	const struct thread *thread = &world->threads[index];
	const struct lane *lane = &timeline->lanes[index];
	size_t at = 0;
	for (size_t i = 0; i < thread->change_count; i++) {
		const struct change *truth = &thread->changes[i];
		uint64_t until = (i + 1 < thread->change_count ? truth[1].ns : world->now) - START;
		if (until == truth->ns - START)
			continue;
		while (at < lane->slice_count && lane->slices[at].end_ns <= truth->ns - START)
			at++;
		assert_true(at < lane->slice_count);
		const struct slice *slice = &lane->slices[at];
		/* Who is woken and not yet back at the end has written no delay: all of it is the wait. */
		bool unfinished = slice->wait != TIMELINE_NO_WAIT && timeline->waits[slice->wait].unfinished;
		if (unfinished && truth->state == LANE_WAITING_CPU)
			continue;
		if (slice->state != truth->state || slice->cpu != truth->cpu || slice->end_ns < until)
			fail_msg("seed's thread %d: from %llu to %llu it was %s, not %s", index,
			         (unsigned long long)truth->ns - START, (unsigned long long)until,
			         lane_state_name(truth->state), lane_state_name(slice->state));
		if (truth->state == LANE_WAITING_LOCK)
			assert_int_equal(timeline->waits[slice->wait].owner, truth->owner);
	}
}

static void check_locks(const struct world *world, const struct timeline *timeline)
{
	size_t holds = 0, flow = 0;
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		size_t at = 0;
		for (size_t j = 0; j < world->hold_count; j++) {
			const struct truth_hold *truth = &world->holds[j];
			if (truth->lock != (int)(resource->address - 64))
				continue;
			assert_true(at < resource->hold_count);
			const struct hold *hold = &resource->holds[at++];
			assert_int_equal(hold->lane, truth->thread);
			assert_int_equal(hold->start_ns, truth->start_ns - START);
			assert_int_equal(hold->open, !truth->end_ns);
			assert_int_equal(hold->end_ns, (truth->end_ns ? truth->end_ns : world->now) - START);
		}
		assert_int_equal(at, resource->hold_count);
		holds += at;
	}
	assert_int_equal(holds, world->hold_count);
	for (size_t i = 0; i < timeline->flow_count; i++) {
		const struct flow *made = &timeline->flows[i];
		if (made->kind != FLOW_HAND_OFF)
			continue;
		assert_true(flow < world->flow_count);
		const struct truth_flow *truth = &world->flows[flow++];
		assert_int_equal(made->from, truth->from);
		assert_int_equal(made->to, truth->to);
		assert_int_equal(made->from_ns, truth->from_ns - START);
		assert_int_equal(made->to_ns, truth->to_ns - START);
	}
	assert_int_equal(flow, world->flow_count);
}

static void test_whole_traces(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = run_world(seed);
		struct timeline timeline;
		world->log.run_pages = seed % 3;
		world->trace.probe = log_finish(&world->log);
		assert_true(timeline_make(&world->trace, &timeline, NULL));
		check_timeline(&timeline);
		assert_int_equal(timeline.lane_count, THREADS);
		assert_int_equal(timeline.refused, 0);
		for (int i = 0; i < THREADS; i++)
			check_truth(world, &timeline, i);
		check_locks(world, &timeline);
		timeline_free(&timeline);
		free_world(world);
	}
}

/* How long the truth was in a state, and the timeline. */
static uint64_t truth_of(const struct world *world, int index, enum lane_state state)
{
	const struct thread *thread = &world->threads[index];
	uint64_t sum = 0;
	for (size_t i = 0; i < thread->change_count; i++)
		if (thread->changes[i].state == state)
			sum += (i + 1 < thread->change_count ? thread->changes[i + 1].ns : world->now) - thread->changes[i].ns;
	return sum;
}

static uint64_t told_of(const struct lane *lane, enum lane_state state)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < lane->slice_count; i++)
		if (lane->slices[i].state == state)
			sum += lane->slices[i].end_ns - lane->slices[i].start_ns;
	return sum;
}

/* Without switch records: the same sleeps and waits for locks, but for the few ticks of the calls themselves. */
static void test_lower_rung(void **state)
{
	(void)state;
	uint64_t truth = 0, told = 0;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = run_world(seed);
		struct timeline timeline;
		world->trace.method = TRACE_SCHEDSTAT;
		world->trace.probe = log_finish(&world->log);
		assert_true(timeline_make(&world->trace, &timeline, NULL));
		check_timeline(&timeline);
		for (size_t i = 0; i < timeline.lane_count; i++) {
			int thread = (int)timeline.lanes[i].tid - 2;
			for (int s = 0; s < 2; s++) {
				enum lane_state which = s ? LANE_SLEEPING : LANE_WAITING_LOCK;
				uint64_t here = truth_of(world, thread, which), said = told_of(&timeline.lanes[i], which);
				truth += here;
				told += said < here ? here - said : said - here;
			}
		}
		timeline_free(&timeline);
		free_world(world);
	}
	/* What is unfinished at the end has no delay, and a call's own ticks count: far less than a fifth of the waits here,
	   which are a few ticks long themselves. */
	assert_true(told * 5 < truth);
}

/* Records missing, doubled, out of order, and bytes changed at random: it may say less, but stays a timeline. */
static void test_broken_logs(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = run_world(seed);
		struct timeline timeline;
		struct error err;
		world->log.run_pages = 1;
		world->trace.probe = log_finish(&world->log);
		struct buffer *log = &world->trace.probe;
		for (uint32_t i = 1 + roll(world, 200); i > 0; i--) {
			size_t at = PROBE_PAGE + roll(world, (uint32_t)(log->size - PROBE_PAGE) / 32) * 32u;
			size_t from = PROBE_PAGE + roll(world, (uint32_t)(log->size - PROBE_PAGE) / 32) * 32u;
			if (roll(world, 2))
				memmove(log->data + at, log->data + from, 32);
			else
				log->data[at + roll(world, 32)] ^= (char)(1 << roll(world, 8));
		}
		if (roll(world, 2))
			log->size = PROBE_PAGE + roll(world, (uint32_t)(log->size - PROBE_PAGE));
		for (int method = 0; method <= TRACE_PROBE; method++) {
			world->trace.method = (enum trace_method)method;
			if (!timeline_make(&world->trace, &timeline, &err))
				continue;
			check_timeline(&timeline);
			timeline_free(&timeline);
		}
		free_world(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_traces),
		cmocka_unit_test(test_lower_rung),
		cmocka_unit_test(test_broken_logs),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("random joins", tests, NULL, NULL);
}
