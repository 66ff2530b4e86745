/* Where threads were when they were sampled, read out of a trace. */
#include "measure/code_sample.h"

#include "base/memory.h"
#include "measure/grow.h"
#include "measure/lane_index.h"
#include "measure/switch_record.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

/* What a process ran from one fork or exec to the next. */
struct stay {
	uint32_t pid, parent; /* parent: whose code it goes on with; 0 after an exec */
	uint64_t start_ns;
	size_t image;
};

struct stays {
	struct stay *stays; /* by the time they began */
	size_t count, capacity;
	struct lane_index by_pid;
};

static void add_stay(struct stays *stays, const struct stay *stay)
{
	stays->stays = grow(stays->stays, stays->count, &stays->capacity, sizeof *stays->stays);
	stays->stays[stays->count] = *stay;
	lane_index_add(&stays->by_pid, &(struct lane_entry){0, stay->pid, stay->start_ns, stays->count++});
}

/* The image in which each process was at each time. Between an exec and the probe's first record the loader is at work,
   and so it is the new program's; a child that never said anything has its parent's code where its parent had it. */
static bool find_stays(const struct trace *trace, const struct timeline *timeline, struct stays *stays,
                       struct error *err)
{
	struct switch_event event = {0};
	struct switch_merge *merge = switch_merge_new(trace, err);
	if (!merge)
		return false;
	add_stay(stays, &(struct stay){.pid = trace->pid, .image = TIMELINE_NONE});
	while (switch_merge_next(merge, &event)) {
		uint64_t ns = event.time_ns > trace->start_ns ? event.time_ns - trace->start_ns : 0;
		if (event.kind == SWITCH_EXEC)
			add_stay(stays, &(struct stay){.pid = event.pid, .start_ns = ns, .image = TIMELINE_NONE});
		else if (event.kind == SWITCH_FORK && event.pid != event.parent_pid)
			add_stay(stays, &(struct stay){.pid = event.pid, .parent = event.parent_pid, .start_ns = ns,
			                               .image = TIMELINE_NONE});
	}
	switch_merge_free(merge);
	lane_index_sort(&stays->by_pid);
	for (size_t i = 0; i < timeline->image_count; i++) {
		const struct image *image = &timeline->images[i];
		size_t stay = lane_index_find(&stays->by_pid, 0, image->pid, image->start_ns);
		if (stay != SIZE_MAX && stays->stays[stay].image == TIMELINE_NONE)
			stays->stays[stay].image = i;
	}
	for (size_t i = 0; i < stays->count; i++) {
		struct stay *stay = &stays->stays[i];
		if (stay->image != TIMELINE_NONE || !stay->parent)
			continue;
		size_t parent = lane_index_find(&stays->by_pid, 0, stay->parent, stay->start_ns);
		if (parent < i) /* they stand by time: its own image is known */
			stay->image = stays->stays[parent].image;
	}
	return true;
}

/* What lies between the header and the next record:

	address 64 | pid 32 | tid 32 | time 64 */
enum { SAMPLE_SIZE = 24 };

static void read_ring(const struct trace *trace, const struct trace_ring *ring, const struct stays *stays,
                      struct code_samples *samples, size_t *capacity)
{
	const struct buffer *records = &ring->records;
	struct perf_event_header header = {0};
	for (size_t at = 0; records->size - at >= sizeof header; at += header.size) {
		memcpy(&header, records->data + at, sizeof header);
		if (header.size < sizeof header || header.size > records->size - at)
			return;
		if (header.type != PERF_RECORD_SAMPLE || header.size < sizeof header + SAMPLE_SIZE)
			continue;
		struct {
			uint64_t address;
			uint32_t pid, tid;
			uint64_t time_ns;
		} sample;
		_Static_assert(sizeof sample == SAMPLE_SIZE, "as the kernel writes it");
		memcpy(&sample, records->data + at + sizeof header, sizeof sample);
		uint64_t ns = sample.time_ns > trace->start_ns ? sample.time_ns - trace->start_ns : 0;
		size_t stay = lane_index_find(&stays->by_pid, 0, sample.pid, ns);
		samples->samples = grow(samples->samples, samples->count, capacity, sizeof *samples->samples);
		samples->samples[samples->count++] =
			(struct code_sample){sample.address, stay == SIZE_MAX ? TIMELINE_NONE : stays->stays[stay].image};
	}
}

bool code_samples_read(const struct trace *trace, const struct timeline *timeline, struct code_samples *samples,
                       struct error *err)
{
	struct stays stays = {0};
	size_t capacity = 0;
	*samples = (struct code_samples){0};
	bool ok = find_stays(trace, timeline, &stays, err);
	for (size_t i = 0; ok && i < trace->ring_count; i++)
		read_ring(trace, &trace->rings[i], &stays, samples, &capacity);
	lane_index_free(&stays.by_pid);
	free(stays.stays);
	return ok;
}

void code_samples_free(struct code_samples *samples)
{
	if (!samples)
		return;
	free(samples->samples);
	*samples = (struct code_samples){0};
}
