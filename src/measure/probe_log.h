/* Reads the log that the probe left, trusting no byte of it. Knows the shape of the log and its clock; knows nothing of
   lanes, nor of what the records mean for them. */
#ifndef LIVEPOST_MEASURE_PROBE_LOG_H
#define LIVEPOST_MEASURE_PROBE_LOG_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_LOG_NONE UINT32_MAX

/* One record, and the text behind it. */
struct probe_event {
	uint64_t ns; /* from the trace's start, at most its end */
	uint64_t object, caller;
	uint32_t value;
	uint16_t kind;   /* enum probe_kind, never PROBE_NOTHING or PROBE_TEXT */
	uint16_t detail;
	uint32_t text, text_size; /* bytes at probe_events.texts.data + text */
	bool end;        /* PROBE_END was there */
};

/* The records of one thread by time; those of one instant in the order in which they were written. */
struct probe_events {
	struct probe_event *events;
	size_t count, capacity;
	struct buffer texts;
};

/* One thread in one program, from its first record to its last: a tid that is used again, or that executes another
   program, is another one. */
struct probe_thread {
	uint32_t pid, tid;           /* never 0 nor UINT32_MAX */
	uint32_t first_run, last_run; /* indexes of runs */
	uint32_t serial;             /* of the last run */
};

/* What a thread was seen in. */
struct probe_sample {
	uint64_t ns;     /* from the trace's start, at most its end */
	uint64_t number; /* of the system call, PROBE_IN_NO_CALL or PROBE_RUNS */
	uint64_t caller;
	uint32_t tid;    /* never 0 nor UINT32_MAX */
	bool stopped;    /* everything was stopped then */
};

struct probe_log_run {
	uint32_t page, pages;
	uint32_t next; /* the thread's next run, PROBE_LOG_NONE for the last */
};

struct probe_log {
	const unsigned char *bytes;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	bool counts;               /* times are of a counter: the calibration below */
	uint64_t counter, counter_length, counter_ns, counter_length_ns;
	bool delays;               /* ends of pairs bear delay and CPU time */
	uint64_t lost;             /* records that found no room */
	uint64_t refused;          /* records that were left out so far, by probe_log_read */
	uint64_t refused_samples, refused_runs; /* the same, by probe_log_open; of runs only their heads are known */
	struct probe_thread *threads; /* in the order in which they took their first page */
	size_t thread_count;
	struct probe_log_run *runs;
	size_t run_count;
	struct probe_sample *samples; /* by tid, those of one tid by time */
	size_t sample_count;
};

/* Finds the threads in the log, `size` bytes that have to outlive it; the times are those of the trace. False with
   *err, and nothing to free, when the first page is none of the probe's or its clock makes no sense. A log cut
   anywhere is a shorter one. */
bool probe_log_open(const void *bytes, size_t size, uint64_t start_ns, uint64_t end_ns, struct probe_log *log,
                    struct error *err);
/* Replaces what is in *events (which may be {0}) with the records of one thread. Those of an impossible kind or time
   are left out and counted in log->refused. */
void probe_log_read(struct probe_log *log, size_t thread, struct probe_events *events);
void probe_events_free(struct probe_events *events); /* takes NULL */
void probe_log_free(struct probe_log *log);          /* what it owns, not the bytes; takes NULL */

#endif
