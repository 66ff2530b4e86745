/* A thread's records while its story is read out of them: what the steps share that take records of one kind each. Knows
   nothing of the order in which they are called; waits.c does. */
#ifndef LIVEPOST_MEASURE_STORY_READER_H
#define LIVEPOST_MEASURE_STORY_READER_H

#include "measure/waits.h"

struct open_wait {
	uint32_t wait;
	size_t end; /* index of the event that ends it; the number of events when none does */
};

struct open_span {
	size_t lane, span;
};

/* A coroutine that was switched to or made. */
struct target {
	size_t lane; /* TIMELINE_NONE: none yet */
	uint64_t function;
};

struct reader {
	struct join *join;
	struct story *story;
	const struct probe_event *events;
	size_t count;
	size_t *ends;         /* for each beginning of a wait: the index of what ends it */
	bool *matched;        /* for each event: a beginning that has an end, or an end that has a beginning */
	bool goes_on;         /* this lane executes another program behind these records */
	size_t thread_lane, lane, image;
	uint64_t from_ns, to_ns; /* of the thread's lane, as far as this thread may speak of it */
	struct open_wait *open;
	size_t open_count, open_capacity;
	struct open_span *spans;
	size_t span_count, span_capacity;
	uint64_t stretch_ns;  /* since when the innermost wait is what it is */
	uint32_t stretch_wait;
	uint32_t let_go;      /* the mutex that the last record released, UINT32_MAX for none */
	struct object_map contexts; /* ucontext → index of `targets` */
	struct target *targets;
	size_t target_count, target_capacity;
};

#endif
