/* The memory through which the kernel hands over its records: one ring for each CPU. Knows how to map and empty them;
   knows nothing of what the records say. */
#ifndef LIVEPOST_MEASURE_RING_H
#define LIVEPOST_MEASURE_RING_H

#include "measure/trace.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For each CPU. At 300,000 switches a second RING_SIZE lasts 36 ms: enough for who is woken at a quarter of it on a machine
   that is not busy, and twice this is refused (EPERM) where only kernel.perf_event_mlock_kb is granted. Where more may be
   locked and CPUs are few enough that mapping it costs no more than a millisecond, a ring is larger, so that a tool that
   does not get a core for a while loses nothing either. */
#define RING_SIZE ((size_t)512 * 1024)
#define RING_SIZE_MOST ((size_t)2 * 1024 * 1024)
#define RINGS_SIZE_MOST ((size_t)8 * 1024 * 1024)
#define RING_SIZE_LEAST ((size_t)16 * 1024) /* with less nothing is recorded */

struct ring {
	int descriptor, cpu;
	struct perf_event_mmap_page *page;
	const char *data;
	size_t size;
	bool was_full; /* when it was last emptied there may have been no room for one record more */
};

/* {0} is no ring. */
struct rings {
	struct ring *rings;
	size_t count;
};

/* The bytes that each of `count` rings should have. */
size_t ring_size_for(size_t count);
/* How many bytes a ring of this size gathers before it calls for us: what is left is for until we come. */
uint32_t ring_watermark(size_t size);

/* Maps a ring of *size bytes behind each event descriptor, which has to stay open; smaller ones, all of one size,
   which is then *size, where the memory that may be locked does not suffice. False with errno, and nothing mapped. */
bool rings_map(struct rings *rings, const int *descriptors, const int *cpus, size_t count, size_t *size);
void rings_unmap(struct rings *rings); /* leaves {0} */

/* Moves what is in the ring behind what `into` has, as long as that is no more than `room` bytes; what is more is
   counted as dropped, and once anything was dropped everything is, so that the gap has no end. Returns the bytes that
   were kept. */
size_t ring_empty(struct ring *ring, size_t room, struct trace_ring *into);
/* Notes how many records the kernel could not write so far. Only for events with PERF_FORMAT_LOST and nothing else in
   their read_format. */
void ring_count_lost(const struct ring *ring, struct trace_ring *into);

#endif
