/* Any bytes for the probe's log, beside switch records and without them. The input's first byte says the rung and whether
 * the rest is the log itself, or steps of eight bytes each that a well-formed log and rings are made of:
 * thread, kind, object, value, detail (two), time since the step before, what the kernel records (0: nothing).
 * What comes out has to be an error or a timeline that keeps its word. */
#include "measure/compound_lock.h"
#include "measure/fold.h"
#include "measure/hang.h"
#include "measure/timeline.h"
#include "../unit/measure/log_bytes.h"
#include "../unit/measure/record_bytes.h"
#include "../unit/measure/timeline_text.h"

enum { THREADS = 6, RINGS = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void record_switch(struct trace *trace, unsigned what, uint64_t ns, uint32_t pid, uint32_t tid)
{
	struct buffer *ring = &trace->rings[what / 8 % RINGS].records;
	switch (what % 8) {
	case 1:
		add_in(ring, ns, pid, tid);
		break;
	case 2:
		add_out(ring, ns, pid, tid);
		break;
	case 3:
		add_preempted(ring, ns, pid, tid);
		break;
	case 4:
		add_fork(ring, ns, pid, tid, 2, 2);
		break;
	case 5:
		add_exit(ring, ns, pid, tid);
		break;
	case 6:
		add_exec(ring, ns, pid, tid, "cat");
		break;
	case 7:
		add_lost(ring, ns, 1);
		break;
	default:
		break;
	}
}

static struct buffer make_log(const uint8_t *bytes, size_t size, struct trace *trace)
{
	struct log_writer log = {.run_pages = 1, .lost = bytes[0] >> 6 & 1, .flags = bytes[0] >> 5 & 1};
	static const uint32_t pids[THREADS] = {2, 2, 2, 5, 5, 2}, tids[THREADS] = {2, 3, 4, 5, 6, 3};
	uint64_t ns = 1000;
	add_exec(&trace->rings[0].records, ns, 2, 2, "fuzz");
	for (size_t i = 0; i < THREADS; i++)
		log_thread(&log, pids[i], tids[i]);
	for (size_t at = 1; at + 8 <= size; at += 8) {
		const uint8_t *step = bytes + at;
		size_t thread = step[0] % THREADS;
		uint16_t kind = (uint16_t)(step[1] % PROBE_KINDS | (step[1] & 0x80 ? PROBE_END : 0));
		struct probe_record record = {.time = ns, .kind = kind, .object = step[2], .caller = step[2] * 3u,
		                              .detail = (uint16_t)(step[4] | step[5] << 8),
		                              .value = step[3] == 255 ? UINT32_MAX : step[3]};
		record_switch(trace, step[7], ns, pids[thread], tids[thread]);
		if (kind == PROBE_SYSCALL && step[4] & 0x40) {
			record.value = tids[thread];
			record.object = step[2] < 250 ? step[2] : PROBE_RUNS - step[2] % 2;
			record.detail &= PROBE_STOPPED;
			log_record(&log.samples, record);
		} else if (kind)
			log_record(&log.threads[thread], record);
		ns += step[6];
	}
	return log_finish(&log);
}

/* Pieces stand for everything, in order, and are few. */
static void check_fold(const struct timeline *timeline, size_t most)
{
	uint64_t resolution_ns = fold_choose(timeline, most);
	struct folded piece;
	size_t slices = 0;
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		size_t told = 0;
		for (size_t at = 0; fold_next_slice(lane, resolution_ns, &at, &piece); slices++) {
			if (piece.first != told || piece.start_ns != lane->slices[told].start_ns)
				abort();
			told += piece.count;
			if (piece.end_ns != lane->slices[told - 1].end_ns)
				abort();
		}
		if (told != lane->slice_count)
			abort();
	}
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		size_t holds = 0, waits = 0;
		for (size_t at = 0; fold_next_hold(resource, resolution_ns, &at, &piece);)
			holds += piece.count;
		for (size_t at = 0; fold_next_wait(timeline, resource, resolution_ns, &at, &piece);)
			waits += piece.count;
		if (holds != resource->hold_count || waits != resource->wait_count)
			abort();
	}
	if (!resolution_ns && slices > most)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < 1)
		return 0;
	struct trace trace = new_trace(RINGS, 1000, 3000, 2);
	struct timeline timeline;
	struct hang hang;
	struct error err;
	trace.method = bytes[0] % 4;
	if (bytes[0] & 0x10) {
		trace.probe.data = memory_resize(NULL, size, 1);
		memcpy(trace.probe.data, bytes + 1, size - 1);
		trace.probe.size = trace.probe.capacity = size - 1;
		add_exec(&trace.rings[0].records, 1000, 2, 2, "fuzz");
		add_fork(&trace.rings[0].records, 1010, 2, 3, 2, 2);
		add_out(&trace.rings[0].records, 1100, 2, 2);
	} else {
		trace.probe = make_log(bytes, size, &trace);
	}
	if (timeline_make(&trace, &timeline, &err)) {
		check_timeline(&timeline);
		size_t parts[256], count = 0;
		while (count < 256 && count < timeline.resource_count) {
			parts[count] = count;
			count++;
		}
		compound_lock_make(&timeline, parts, count);
		check_timeline(&timeline);
		hang_find(&timeline, &hang);
		if (hang.cycle_count > hang.stuck_count)
			abort();
		hang_free(&hang);
		check_fold(&timeline, 1 + bytes[0] % 16);
	}
	timeline_free(&timeline);
	trace_free(&trace);
	return 0;
}
