/* Where in the code time was spent, on a CPU and off it. Knows how to add up; knows nothing of how samples and timelines
   come about, nor of what is drawn. */
#ifndef LIVEPOST_MEASURE_LINES_H
#define LIVEPOST_MEASURE_LINES_H

#include "base/error.h"
#include "measure/timeline.h"
#include "measure/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A program that ran, by its path in the sandbox. */
struct lines_program {
	const char *path;
	const void *bytes; /* the file */
	size_t size;
};

struct lines_plan {
	const struct lines_program *programs; /* what the author built: only their lines are the author's own */
	size_t program_count;
	const char *root;            /* folder that file names are told without; may be NULL */
	const struct trace *sampled; /* of the run whose samples say where CPU time went; NULL for none */
	const struct trace *waited;  /* of the run whose timeline says where it waited; NULL for none, may be the same */
	const struct timeline *timeline; /* that of `waited`; NULL: it is made of the trace */
};

/* What a place came to. Times in nanoseconds. */
struct line_time {
	const char *file;     /* of the author's own line; NULL for a place that is none of the author's */
	int line;             /* from 1; 0 without a file */
	const char *module;   /* without a file: the last part of the path of what was loaded there… */
	const char *function; /* …and the function in it; NULL unknown */
	uint64_t samples;     /* instants at which a thread was there, on a CPU */
	uint64_t on_cpu_ns;   /* samples × the period between them */
	uint64_t off_cpu_ns[LANE_STATES]; /* in calls made from there; 0 for LANE_RUNNING */
};

struct lines {
	struct line_time *own;   /* by file and line */
	size_t own_count;
	struct line_time *other; /* libraries, the loader, the vdso: by module and function */
	size_t other_count;

	bool sampled;            /* what follows is known; else `why` says why it is not */
	char why[256];
	uint64_t period_ns;
	uint64_t samples;        /* all of them */
	uint64_t unknown_samples; /* in no module that is known: code made while the program ran, programs without the probe */
	uint64_t lost;           /* records missing from the sampled trace, samples among them */
	uint64_t cpu_ns;         /* CPU time of all lanes of the sampled run */
	uint64_t unattributed_ns; /* of that, what no sample stands for: time in the kernel gets none, nor does the rest of a
	                             period at a thread's end; 0 where chance gave more samples than time */

	bool waited;             /* what follows is known; else `wait_why` says why it is not */
	char wait_why[256];
	uint64_t unplaced_ns[LANE_STATES]; /* off the CPU outside of calls that are known, such as preempted; no running */

	struct text_pool *texts; /* the memory behind the strings */
};

/* Fills *lines, which the caller frees. Time that a library spent on the CPU is its own: only the innermost address of
   a sample is known, not who called it. Time that it spent waiting belongs to the line that called it.
   False with *err, and nothing to free, when a trace's bytes are no records. */
bool lines_make(const struct lines_plan *plan, struct lines *lines, struct error *err);
void lines_free(struct lines *lines); /* what it owns, not itself; takes NULL; leaves {0} */

#endif
