/* Records what the kernel and the probe write about a child's threads into a trace, as the observer of that child. Knows
   how to open, map and empty the rings and which rung of the ladder to stand on; knows nothing of what is in the records. */
#ifndef LIVEPOST_MEASURE_RECORDER_H
#define LIVEPOST_MEASURE_RECORDER_H

#include "base/error.h"
#include "measure/trace.h"
#include "system/child.h"

#include <stdbool.h>

struct recorder;

/* Tries the methods on this process and settles on one. `method` is "auto" (or NULL, or ""): the best there is of
   "switch-records", "schedstat" and "getrusage"; or one of these, "probe" or "none". The caller frees the recorder.
   Returns NULL with *err for any other word, and where the one that is asked for is refused; "auto" keeps the reason why
   it had to take a lower one. */
struct recorder *recorder_new(const char *method, struct error *err);

/* The rung it settled on. A child may be refused what was granted here: its trace says which one it was. */
enum trace_method recorder_method(const struct recorder *recorder);

/* Whether the runs from here on are sampled: beside its records each thread leaves a note of where in the code it was, at
   every millisecond that it spent on a CPU. That costs about 14 us a sample, so a run that is timed is not sampled. No
   matter on the lower rungs, which cannot; off in a new recorder. */
void recorder_sample(struct recorder *recorder, bool sampled);

/* What to put into the child's plan, to be asked for before each run; owned by the recorder. NULL when there is nothing to
   observe (none). One recorder observes one child at a time, and any number of them one after the other. */
const struct child_observer *recorder_observer(struct recorder *recorder);

/* Hands what was recorded of the child that just ended to *trace, which the caller frees (an earlier content is not
   freed), with start, end and pid from `result`; the recorder can observe the next child then. False with *err, and
   *trace left empty, when "switch-records" was asked for and the child was refused; "auto" makes that a trace of
   the next rung. */
bool recorder_finish(struct recorder *recorder, const struct child_result *result, struct trace *trace,
                     struct error *err);

/* From the next run on: rings of at most so many bytes for each CPU, rounded down to a power of two and never less than
   16 KiB. Small ones lose records, which are counted. */
void recorder_limit_rings(struct recorder *recorder, size_t bytes);

void recorder_free(struct recorder *recorder); /* takes NULL */

#endif
