/* Says of what no record explains in which system call the thread was seen. */
#include "measure/sampled_calls.h"

#include "measure/grow.h"
#include "probe/record.h"

#include <stdlib.h>

/* The first sample of the tid at or after `ns`. */
static size_t find_sample(const struct probe_log *log, uint32_t tid, uint64_t ns)
{
	size_t low = 0, high = log->sample_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct probe_sample *sample = &log->samples[middle];
		if (sample->tid < tid || (sample->tid == tid && sample->ns < ns))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Which program each lane was in since when, by the lane's index. */
static struct lane_index index_images(const struct join *join)
{
	struct lane_index images = {0};
	for (size_t i = 0; i < join->log.thread_count; i++) {
		const struct probe_facts *facts = &join->facts[i];
		if (!facts->empty && facts->lane != TIMELINE_NONE)
			lane_index_add(&images, &(struct lane_entry){0, facts->lane, facts->first_ns, facts->image});
	}
	lane_index_sort(&images);
	return images;
}

static uint32_t add_wait(struct join *join, const struct probe_sample *sample, struct wait wait)
{
	struct timeline *timeline = join->timeline;
	timeline->waits = grow(timeline->waits, timeline->wait_count, &join->wait_capacity, sizeof *timeline->waits);
	wait.kind = WAIT_SYSCALL;
	wait.object = sample->number;
	wait.caller = wait.image == TIMELINE_NONE ? 0 : sample->caller;
	wait.resource = wait.owner = TIMELINE_NONE;
	timeline->waits[timeline->wait_count] = wait;
	return (uint32_t)timeline->wait_count++;
}

static void name_slices(struct join *join, const struct lane_index *images, size_t index)
{
	const struct probe_log *log = &join->log;
	struct lane *lane = &join->timeline->lanes[index];
	size_t thread = lane->thread == TIMELINE_NONE ? index : lane->thread;
	size_t at = find_sample(log, lane->tid, lane->start_ns);
	for (size_t i = 0; i < lane->slice_count; i++) {
		struct slice *slice = &lane->slices[i];
		while (at < log->sample_count && log->samples[at].tid == lane->tid && log->samples[at].ns <= slice->start_ns)
			at++;
		if (at == log->sample_count || log->samples[at].tid != lane->tid)
			return;
		const struct probe_sample *sample = &log->samples[at];
		if (slice->state != LANE_BLOCKED || slice->wait != TIMELINE_NO_WAIT || sample->ns > slice->end_ns ||
		    sample->number == PROBE_IN_NO_CALL || sample->number == PROBE_RUNS)
			continue;
		slice->wait = add_wait(join, sample, (struct wait){
			.start_ns = slice->start_ns, .end_ns = slice->end_ns, .lane = index,
			.image = lane_index_find(images, 0, thread, sample->ns),
			.unfinished = slice->end_ns == lane->end_ns && lane->stopped == LANE_STOPPED_WAITING});
	}
}

/* Sets what lanes did when they were stopped. */
static void find_stopped(struct join *join)
{
	for (size_t i = 0; i < join->log.sample_count; i++) {
		const struct probe_sample *sample = &join->log.samples[i];
		size_t lane = sample->stopped ? lane_index_find(&join->by_tid, 0, sample->tid, sample->ns) : SIZE_MAX;
		if (lane != SIZE_MAX && join->timeline->lanes[lane].end_ns >= sample->ns)
			join->timeline->lanes[lane].stopped =
				sample->number == PROBE_RUNS ? LANE_STOPPED_RUNNING : LANE_STOPPED_WAITING;
	}
}

/* Lanes that waited when they were stopped, in a call that nothing else tells of. */
static void add_last_waits(struct join *join, const struct lane_index *images)
{
	struct timeline *timeline = join->timeline;
	bool *known = memory_zero(timeline->lane_count, sizeof *known);
	for (size_t i = 0; i < timeline->wait_count; i++)
		if (timeline->waits[i].unfinished)
			known[timeline->waits[i].lane] = true;
	for (size_t i = 0; i < join->log.sample_count; i++) {
		const struct probe_sample *sample = &join->log.samples[i];
		if (!sample->stopped || sample->number == PROBE_RUNS || sample->number == PROBE_IN_NO_CALL)
			continue;
		size_t lane = lane_index_find(&join->by_tid, 0, sample->tid, sample->ns);
		if (lane == SIZE_MAX || known[lane] || timeline->lanes[lane].end_ns < sample->ns)
			continue;
		add_wait(join, sample, (struct wait){.start_ns = sample->ns, .end_ns = timeline->lanes[lane].end_ns, .lane = lane,
		                                     .image = lane_index_find(images, 0, lane, sample->ns),
		                                     .unfinished = true});
		known[lane] = true;
	}
	free(known);
}

void sampled_calls_join(struct join *join)
{
	if (!join->log.sample_count)
		return;
	struct lane_index images = index_images(join);
	find_stopped(join);
	for (size_t i = 0; i < join->timeline->lane_count; i++)
		name_slices(join, &images, i);
	add_last_waits(join, &images);
	lane_index_free(&images);
}
