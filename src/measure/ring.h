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
   locked and CPUs are few, a ring is larger, so that a tool that does not get a core for a while loses nothing either. */
#define RING_SIZE ((size_t)512 * 1024)
#define RING_SIZE_MOST ((size_t)2 * 1024 * 1024)
#define RINGS_SIZE_MOST ((size_t)8 * 1024 * 1024)
#define RING_SIZE_LEAST ((size_t)16 * 1024) /* with less nothing is recorded */

struct ring {
	int own;   /* the event behind which it is mapped: of this process, never enabled */
	int event; /* of the child at hand, which writes into it; -1 for none. Belongs to whoever opened it */
	int cpu;
	struct perf_event_mmap_page *page;
	const char *data;
	size_t size;
	bool was_full; /* when something was last taken from it there may have been no room for one record more */
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

/* Maps a ring of *size bytes (0: of ring_size_for) for each CPU that is switched on, which takes 0.2 ms a MiB: so they
   stay for one child after the other. Smaller ones, all of one size, which is then *size, where the memory that may be
   locked does not suffice. `event` is as the children's will be but for what it counts; its read_format becomes 0 where
   the kernel does not know it. False with errno, and nothing mapped; *call is then the call that failed. */
bool rings_map(struct rings *rings, struct perf_event_attr *event, size_t *size, const char **call);
void rings_unmap(struct rings *rings); /* leaves {0} */

/* Has the child's events, which have to stay open, write into the rings of their CPUs, and forgets what is in there. False
   with errno where it is refused or there is no such ring. */
bool rings_join(struct rings *rings, const int *events, const int *cpus, size_t count);
/* The child's events are about to be closed. */
void rings_part(struct rings *rings);

/* Moves what is in the ring behind what `into` has, as long as that is no more than `room` bytes; what is more is
   counted as dropped, and once anything was dropped everything is, so that the gap has no end. Returns the bytes that
   were kept. */
size_t ring_empty(struct ring *ring, size_t room, struct trace_ring *into);
/* Notes how many records the kernel could not write so far of the child at hand. Only for events with PERF_FORMAT_LOST and
   nothing else in their read_format. */
void ring_count_lost(const struct ring *ring, struct trace_ring *into);

#endif
