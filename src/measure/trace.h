/* The raw records of one run, as the recorder and the probe left them. Knows nothing of what they mean. */
#ifndef LIVEPOST_MEASURE_TRACE_H
#define LIVEPOST_MEASURE_TRACE_H

#include "base/buffer.h"

#include <stddef.h>
#include <stdint.h>

/* The rungs of the ladder, the best first: what says where a thread's time went. */
enum trace_method {
	TRACE_SWITCH_RECORDS, /* the kernel's switch records, in rings; with the probe's log they also say why */
	TRACE_SCHEDSTAT,      /* the probe's log, with what /proc/thread-self/schedstat says around calls that wait */
	TRACE_GETRUSAGE,      /* the probe's log, with each thread's CPU time as a whole; without a log no timeline */
	TRACE_PROBE,          /* the probe's log alone */
	TRACE_NONE,           /* nothing: no rings, no log, no timeline */
};

/* What one CPU recorded. */
struct trace_ring {
	int cpu;
	struct buffer records; /* whole records, in the order the kernel wrote them */
	uint64_t lost;         /* records the kernel could not write; 0 where it cannot tell (LOST records still do) */
	uint64_t dropped;      /* records missing behind the last one, beside those: not kept by the recorder */
};

/* {0} is an empty trace. */
struct trace {
	enum trace_method method;
	char why[256]; /* why a lower method than switch records was taken; empty for switch records */
	struct trace_ring *rings;
	size_t ring_count;
	uint64_t sample_period_ns; /* of CPU time between two samples of one thread; 0 where the rings hold no samples */
	struct buffer probe; /* the probe's log (probe/record.h) up to the last page that was taken; empty without a probe */
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC, as are the times in the records */
	uint32_t pid;              /* of the program, as the records name it */
};

const char *trace_method_name(enum trace_method method); /* static: "switch-records", "schedstat" … */
void trace_free(struct trace *trace);                     /* what it owns, not itself; takes NULL; leaves {0} */

#endif
