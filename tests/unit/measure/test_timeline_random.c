/* Timelines of random runs against what really happened: a small scheduler runs threads on a few CPUs, keeps the truth
   of each of them, and records it as the kernel would; then some of the records are lost. */
#include "measure/timeline.h"
#include "record_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

enum { CPUS = 4, STEPS = 600, THREADS = 64, SEEDS = 300, START = 1000 };

/* One change of a thread: it is in `state` from `ns` on. */
struct change {
	uint64_t ns;
	enum lane_state state;
	int cpu;
};

struct thread {
	uint32_t pid, tid;
	bool alive;
	int parent; /* index of the thread that made it, -1 for the first */
	struct change changes[STEPS + 2];
	size_t change_count;
	uint64_t end_ns;
};

/* One record, in a ring of its own, so that records can be left out. */
struct record {
	uint64_t ns;
	struct buffer bytes;
};

struct world {
	uint32_t random;
	uint64_t now, recorded[CPUS];     /* when each CPU recorded last */
	struct thread threads[THREADS];
	int thread_count;
	int running[CPUS];                /* index of a thread, or -1 */
	struct record records[CPUS][STEPS + 2];
	size_t record_count[CPUS];
	uint64_t end_ns;
};

static uint32_t roll(struct world *world, uint32_t sides)
{
	world->random = world->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(world->random >> 8) * sides >> 24);
}

static struct buffer *record(struct world *world, int cpu)
{
	struct record *made = &world->records[cpu][world->record_count[cpu]++];
	made->ns = world->now;
	world->recorded[cpu] = world->now;
	return &made->bytes;
}

static void change(struct world *world, int index, enum lane_state state, int cpu)
{
	struct thread *thread = &world->threads[index];
	thread->changes[thread->change_count++] = (struct change){world->now, state, cpu};
}

static int living(const struct world *world, uint32_t tid)
{
	for (int i = 0; i < world->thread_count; i++)
		if (world->threads[i].tid == tid && world->threads[i].alive)
			return i;
	return -1;
}

static void fork_one(struct world *world, int cpu)
{
	const struct thread *parent = &world->threads[world->running[cpu]];
	/* Few ids, so that they are used again; never one that was in use at this instant. */
	uint32_t tid = 3 + roll(world, 40);
	bool process = roll(world, 3) == 0;
	if (world->thread_count == THREADS || living(world, tid) >= 0)
		return;
	for (int i = 0; i < world->thread_count; i++)
		if ((world->threads[i].tid == tid && world->threads[i].end_ns >= world->now) ||
		    (world->threads[i].pid == tid && world->threads[i].alive))
			return;
	int index = world->thread_count++;
	world->threads[index] = (struct thread){.pid = process ? tid : parent->pid, .tid = tid, .alive = true,
	                                        .parent = world->running[cpu]};
	add_fork(record(world, cpu), world->now, world->threads[index].pid, tid, parent->pid, parent->tid);
	change(world, index, LANE_WAITING_CPU, -1);
}

static void step(struct world *world)
{
	int cpu = (int)roll(world, CPUS);
	/* Two CPUs may record at one instant, one CPU does so only once. */
	if (world->recorded[cpu] == world->now || roll(world, 4))
		world->now += 1 + roll(world, 100);
	int index = world->running[cpu];
	if (index < 0) {
		index = (int)roll(world, (uint32_t)world->thread_count);
		struct thread *thread = &world->threads[index];
		if (!thread->alive || thread->changes[thread->change_count - 1].state == LANE_RUNNING)
			return;
		world->running[cpu] = index;
		add_in(record(world, cpu), world->now, thread->pid, thread->tid);
		change(world, index, LANE_RUNNING, cpu);
		return;
	}
	struct thread *thread = &world->threads[index];
	switch (roll(world, 8)) {
	case 0:
	case 1:
		fork_one(world, cpu);
		return;
	case 2:
		if (!index)
			return;
		add_exit(record(world, cpu), world->now, thread->pid, thread->tid);
		thread->alive = false;
		thread->end_ns = world->now;
		break;
	case 3:
	case 4:
		add_preempted(record(world, cpu), world->now, thread->pid, thread->tid);
		change(world, index, LANE_WAITING_CPU, -1);
		break;
	default:
		add_out(record(world, cpu), world->now, thread->pid, thread->tid);
		change(world, index, LANE_BLOCKED, -1);
	}
	world->running[cpu] = -1;
}

static struct world *run_world(uint32_t seed)
{
	struct world *world = memory_zero(1, sizeof *world);
	world->random = seed;
	world->now = START + 5;
	world->thread_count = 1;
	world->threads[0] = (struct thread){.pid = 2, .tid = 2, .alive = true, .parent = -1};
	for (int cpu = 0; cpu < CPUS; cpu++)
		world->running[cpu] = -1;
	world->running[0] = 0;
	add_exec(record(world, 0), world->now, 2, 2, "random");
	change(world, 0, LANE_RUNNING, 0);
	for (int i = 0; i < STEPS; i++)
		step(world);
	world->end_ns = world->now + roll(world, 50);
	for (int i = 0; i < world->thread_count; i++)
		if (world->threads[i].alive)
			world->threads[i].end_ns = world->end_ns;
	return world;
}

static void free_world(struct world *world)
{
	for (int cpu = 0; cpu < CPUS; cpu++)
		for (size_t i = 0; i < world->record_count[cpu]; i++)
			buffer_free(&world->records[cpu][i].bytes);
	free(world);
}

/* The trace of the world, of which about one record in `rate` begins a stretch that is lost (0: none). */
static struct trace record_world(struct world *world, uint32_t rate, uint64_t *lost)
{
	struct trace trace = new_trace(CPUS, START, world->end_ns, 2);
	*lost = 0;
	for (int cpu = 0; cpu < CPUS; cpu++) {
		uint64_t missing = 0, here = 0;
		size_t left = 0;
		for (size_t i = 0; i < world->record_count[cpu]; i++) {
			const struct record *made = &world->records[cpu][i];
			if (rate && !left && !roll(world, rate))
				left = 1 + roll(world, 8);
			if (left) {
				left--;
				missing++;
				here++;
				continue;
			}
			if (missing)
				add_lost(&trace.rings[cpu].records, made->ns, missing);
			missing = 0;
			buffer_add(&trace.rings[cpu].records, made->bytes.data, made->bytes.size);
		}
		/* A gap at the end is in the kernel's count, or in ours. */
		if (roll(world, 2))
			trace.rings[cpu].dropped = missing;
		else
			trace.rings[cpu].lost = here;
		*lost += here;
	}
	return trace;
}

static void check_shape(const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		uint64_t at = lane->start_ns, cpu_ns = 0;
		for (size_t j = 0; j < lane->slice_count; j++) {
			const struct slice *slice = &lane->slices[j];
			assert_int_equal(slice->start_ns, at);
			assert_true(slice->end_ns > at);
			assert_true(!j || slice[-1].state != slice->state || slice[-1].cpu != slice->cpu);
			assert_int_equal(slice->cpu >= 0, slice->state == LANE_RUNNING);
			if (slice->state == LANE_RUNNING)
				cpu_ns += slice->end_ns - slice->start_ns;
			at = slice->end_ns;
		}
		assert_int_equal(at, lane->end_ns);
		assert_int_equal(cpu_ns, lane->cpu_ns);
		assert_true(at <= timeline->wall_ns);
	}
	for (size_t i = 0; i < timeline->flow_count; i++) {
		const struct flow *flow = &timeline->flows[i];
		assert_true(flow->from < timeline->lane_count && flow->to < timeline->lane_count);
		assert_int_equal(flow->to_ns, timeline->lanes[flow->to].start_ns);
		assert_in_range(flow->from_ns, timeline->lanes[flow->from].start_ns, timeline->lanes[flow->from].end_ns);
	}
}

/* No two lanes run on one CPU at once. */
static void check_cpus(const struct timeline *timeline)
{
	for (size_t a = 0; a < timeline->lane_count; a++)
		for (size_t b = a + 1; b < timeline->lane_count; b++) {
			const struct lane *left = &timeline->lanes[a], *right = &timeline->lanes[b];
			for (size_t i = 0, j = 0; i < left->slice_count && j < right->slice_count;) {
				const struct slice *x = &left->slices[i], *y = &right->slices[j];
				assert_false(x->state == LANE_RUNNING && y->state == LANE_RUNNING && x->cpu == y->cpu &&
				             x->start_ns < y->end_ns && y->start_ns < x->end_ns);
				if (x->end_ns <= y->end_ns)
					i++;
				else
					j++;
			}
		}
}

/* Whether a slice is what the thread did from its start to its end. */
static bool is_true(const struct thread *thread, const struct slice *slice)
{
	if (slice->end_ns + START > thread->end_ns)
		return false;
	for (size_t i = 0; i < thread->change_count; i++) {
		const struct change *change_made = &thread->changes[i];
		uint64_t until = i + 1 < thread->change_count ? change_made[1].ns : thread->end_ns;
		if (until <= slice->start_ns + START || change_made->ns >= slice->end_ns + START || until == change_made->ns)
			continue;
		if (change_made->state != slice->state || (slice->state == LANE_RUNNING && change_made->cpu != slice->cpu))
			return false;
	}
	return slice->start_ns + START >= thread->changes[0].ns;
}

static void test_whole_traces(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = run_world(seed);
		struct timeline timeline;
		uint64_t lost = 0;
		struct trace trace = record_world(world, 0, &lost);
		assert_true(timeline_make(&trace, &timeline, NULL));
		assert_int_equal(timeline.lost, 0);
		check_shape(&timeline);
		check_cpus(&timeline);
		/* Lanes come in the order of their creation, but for those of one instant. */
		assert_int_equal(timeline.lane_count, world->thread_count);
		assert_int_equal(timeline.flow_count, world->thread_count - 1);
		for (size_t i = 0; i < timeline.lane_count; i++) {
			const struct lane *lane = &timeline.lanes[i];
			const struct thread *thread = NULL;
			for (int j = 0; j < world->thread_count; j++)
				if (world->threads[j].tid == lane->tid && world->threads[j].changes[0].ns == lane->start_ns + START)
					thread = &world->threads[j];
			assert_non_null(thread);
			assert_int_equal(lane->pid, thread->pid);
			assert_int_equal(lane->end_ns + START, thread->end_ns);
			for (size_t j = 0; j < lane->slice_count; j++)
				assert_true(is_true(thread, &lane->slices[j]));
			for (size_t j = 0; j < timeline.flow_count; j++)
				if (timeline.flows[j].to == i)
					assert_int_equal(timeline.lanes[timeline.flows[j].from].tid, world->threads[thread->parent].tid);
		}
		timeline_free(&timeline);
		trace_free(&trace);
		free_world(world);
	}
}

/* Whatever is lost, what is said is true. */
static void test_lost_records(void **state)
{
	(void)state;
	uint64_t said = 0, unknown = 0;
	for (uint32_t seed = 1; seed <= SEEDS; seed++) {
		struct world *world = run_world(seed);
		struct timeline timeline;
		uint64_t lost = 0;
		struct trace trace = record_world(world, 5 + seed, &lost);
		assert_true(timeline_make(&trace, &timeline, NULL));
		assert_int_equal(timeline.lost, lost);
		check_shape(&timeline);
		check_cpus(&timeline);
		for (size_t i = 0; i < timeline.lane_count; i++) {
			const struct lane *lane = &timeline.lanes[i];
			for (size_t j = 0; j < lane->slice_count; j++) {
				const struct slice *slice = &lane->slices[j];
				bool found = slice->state == LANE_UNKNOWN;
				*(found ? &unknown : &said) += slice->end_ns - slice->start_ns;
				for (int k = 0; k < world->thread_count && !found; k++)
					found = world->threads[k].tid == lane->tid && is_true(&world->threads[k], slice);
				if (!found)
					fail_msg("seed %u: tid %u was not in state %s from %llu to %llu", seed, lane->tid,
					         lane_state_name(slice->state), (unsigned long long)slice->start_ns + START,
					         (unsigned long long)slice->end_ns + START);
			}
		}
		timeline_free(&timeline);
		trace_free(&trace);
		free_world(world);
	}
	assert_true(unknown > 0);
	assert_true(said > unknown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_traces),
		cmocka_unit_test(test_lost_records),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("random timelines", tests, NULL, NULL);
}
