/* Reads the story of one lane out of the probe's records: which calls waited when, what it did to which resource, what
   it named. Knows nothing of slices, nor of what other lanes did. */
#ifndef LIVEPOST_MEASURE_WAITS_H
#define LIVEPOST_MEASURE_WAITS_H

#include "measure/join.h"

/* From start to end this was the innermost wait. */
struct stretch {
	uint64_t start_ns, end_ns; /* start < end */
	uint32_t wait;
};

/* From here on the thread goes on as `lane`: a coroutine, or the thread's own. */
struct turn {
	uint64_t ns, caller;
	size_t lane, image;
};

/* Up to here the thread had had so much CPU time. */
struct cpu_sample {
	uint64_t ns, cpu_ns;
};

/* What the probe says of one thread's lane. {0} is an empty story. */
struct story {
	struct stretch *stretches; /* by time, without overlap */
	size_t stretch_count, stretch_capacity;
	struct turn *turns;        /* by time */
	size_t turn_count, turn_capacity;
	struct cpu_sample *samples; /* by time, never falling */
	size_t sample_count, sample_capacity;
	unsigned coroutines;       /* how many the thread has */
	uint64_t until_ns;         /* what was added reaches up to here */
	bool cut;                  /* its last records may be among the lost ones */
};

enum { COROUTINES_MOST = 65536 }; /* in one timeline; what is more stays part of the lane it was switched to from */

void story_clear(struct story *story);
void story_free(struct story *story); /* takes NULL */

/* Adds what one thread of the log says to the story of its lane (facts->lane) and to the tables of the join. The threads
   of one lane have to come in the order of their first records. Times are brought within the lane. */
void waits_collect(struct join *join, size_t thread, struct story *story);

#endif
