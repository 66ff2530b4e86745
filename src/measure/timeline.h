/* Makes a trace's switch records into lanes of slices. Knows nothing of how they were recorded, nor what is drawn. */
#ifndef LIVEPOST_MEASURE_TIMELINE_H
#define LIVEPOST_MEASURE_TIMELINE_H

#include "base/error.h"
#include "measure/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lane_state {
	LANE_RUNNING,
	LANE_WAITING_CPU, /* preempted, or gave way (sched_yield), or created and not yet on a CPU */
	LANE_BLOCKED,     /* left its CPU to wait; the last part of it may be waiting for a CPU, which no record tells */
	LANE_UNKNOWN,     /* only where records were lost: it may have been anything */
};

/* All times in nanoseconds from the trace's start. */
struct slice {
	uint64_t start_ns, end_ns; /* start < end */
	enum lane_state state;
	int cpu; /* of a running slice; -1 otherwise */
};

/* One thread, from its creation to its exit or the trace's end. Its slices tile it: the first starts at start_ns, each
   starts where the one before ended, the last ends at end_ns; there are none where start and end are the same. Two
   neighbours never have the same state, except running on different CPUs. The program's main thread starts where it
   executed the program, a thread whose creation was lost at its first record.

   name is valid UTF-8 without control characters: what the thread was named while it ran, or the program that it
   executed; else "main" for the program's main thread, "thread 2" for the second thread it made, "process 1" for the
   first process, "process 1 thread 2" (or, where that process has a name, "sh thread 2"). */
struct lane {
	char *name;
	uint32_t pid, tid;
	uint64_t start_ns, end_ns;
	uint64_t cpu_ns; /* what its running slices come to */
	struct slice *slices;
	size_t slice_count;
};

/* One lane created another; lanes are indexes. */
struct flow {
	size_t from, to;
	uint64_t from_ns, to_ns;
};

struct timeline {
	uint64_t wall_ns;
	uint64_t lost; /* records missing from the trace */
	struct lane *lanes; /* in the order in which they began: a lane stands behind the one that created it */
	size_t lane_count;
	struct flow *flows;
	size_t flow_count;
};

const char *lane_state_name(enum lane_state state); /* static: "running", "waiting-cpu", "blocked", "unknown" */

/* Fills *timeline, which the caller frees. False with *err, and nothing to free, when the trace has no switch records
   (its method is getrusage), when it ends before it starts, or when its bytes are no records.

   Where records are missing the lanes still tile: what lies between two records of a thread that do not fit together
   is unknown, and so is every stretch that a gap of one CPU's records could have changed, until the next record of
   that thread. Without losses nothing is unknown. */
bool timeline_make(const struct trace *trace, struct timeline *timeline, struct error *err);
void timeline_free(struct timeline *timeline); /* what it owns, not itself; takes NULL; leaves {0} */

#endif
