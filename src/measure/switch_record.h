/* Reads the kernel's switch records out of a trace and brings the rings of all CPUs into one order by time. Trusts no
   byte of them. Knows nothing of lanes. */
#ifndef LIVEPOST_MEASURE_SWITCH_RECORD_H
#define LIVEPOST_MEASURE_SWITCH_RECORD_H

#include "base/error.h"
#include "measure/trace.h"

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every record carries at its end; the recorder asks for exactly this, the reader expects exactly this:

	+--------+--------+-----------------+
	| pid 32 | tid 32 | time 64         |   16 bytes
	+--------+--------+-----------------+ */
#define SWITCH_RECORD_SAMPLE_TYPE (PERF_SAMPLE_TID | PERF_SAMPLE_TIME)

/* In the order in which records of the same instant from different CPUs are taken: a thread is created before it
   does anything, leaves one CPU before it comes to another, and the old bearer of a tid is gone before the new one. */
enum switch_kind {
	SWITCH_FORK,          /* pid and tid are new, made by parent_tid */
	SWITCH_OUT,           /* left its CPU because it had to wait */
	SWITCH_OUT_PREEMPTED, /* left its CPU though it could have gone on (taken off, or sched_yield) */
	SWITCH_EXIT,
	SWITCH_COMM,          /* was given a name, by itself or by another thread */
	SWITCH_EXEC,          /* executed another program, which gives its name */
	SWITCH_IN,            /* came to its CPU */
	SWITCH_LOST,          /* records of this CPU are missing from time_ns to until_ns */
	SWITCH_OTHER,         /* a record of a type that says nothing about threads; never comes out of a merge */
};

struct switch_event {
	uint64_t time_ns;  /* CLOCK_MONOTONIC */
	uint64_t until_ns; /* LOST: UINT64_MAX when they are missing to the end */
	uint64_t lost;     /* LOST: how many */
	uint32_t pid, tid; /* whom it is about */
	uint32_t parent_pid, parent_tid; /* FORK */
	const char *name;  /* COMM, EXEC: name_size bytes of the trace, any bytes but NUL */
	size_t name_size;
	size_t ring;       /* which of the trace's rings */
	int cpu;
	enum switch_kind kind;
};

/* Decodes the record at *offset of `size` bytes and moves *offset behind it; ring and cpu are left 0, and a LOST has
   its own time as until_ns and time_ns. False with *err, which names the byte, when what stands there is no whole
   record. */
bool switch_record_decode(const void *bytes, size_t size, size_t *offset, struct switch_event *event,
                          struct error *err);

/* All rings of a trace as one sequence. It points into the trace, which has to outlive it. */
struct switch_merge;

/* Reads every record once; the caller frees what it returns. NULL with *err, which names CPU and byte, when a ring
   holds something that is no record. Linear in the records, n log n where a ring is out of order. */
struct switch_merge *switch_merge_new(const struct trace *trace, struct error *err);
/* The next event: by time, records of one CPU at one time in the order of its ring, those of several CPUs in the
   order of enum switch_kind, then of their rings. A LOST comes at the time of the record in front of it in its ring.
   False at the end. */
bool switch_merge_next(struct switch_merge *merge, struct switch_event *event);
uint64_t switch_merge_lost(const struct switch_merge *merge); /* how many records are missing from the trace */
void switch_merge_free(struct switch_merge *merge); /* takes NULL */

#endif
