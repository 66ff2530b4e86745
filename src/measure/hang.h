/* Says of a timeline that ended while lanes still waited who waits for whom, and whether that is a deadlock. */
#ifndef LIVEPOST_MEASURE_HANG_H
#define LIVEPOST_MEASURE_HANG_H

#include "measure/timeline.h"

/* A lane that waits to the end, or that was there when the program was stopped. */
struct stuck {
	size_t lane;
	uint32_t wait;   /* TIMELINE_NO_WAIT: it ran, or waited for nobody knows what */
	enum lane_state state;
	uint64_t start_ns; /* since when, so far as is known */
	size_t *holders; /* lanes that have what it waits for, or that it waits for to end; themselves maybe ended */
	size_t holder_count;
};

struct hang {
	struct stuck *stuck; /* in the order of their lanes */
	size_t stuck_count;
	/* A deadlock: each waits, without a time limit, for something that only the next can give, and the last one for
	   the first; indexes of `stuck`. One that waits for itself is a deadlock, too. A semaphore, which
	   anybody may post, counts only where another lane took it and nobody is left who does not wait for lanes himself.
	   None where cycle_count is 0. */
	size_t *cycle;
	size_t cycle_count;
};

/* Fills *hang, which the caller frees; empty where nothing still waited and the program was not stopped. */
void hang_find(const struct timeline *timeline, struct hang *hang);
void hang_free(struct hang *hang); /* what it owns; takes NULL */

#endif
