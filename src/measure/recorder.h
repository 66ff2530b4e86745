/* Records what the kernel writes about a child's threads into a trace, as the observer of that child. Knows how to
   open, map and empty the rings; knows nothing of what stands in the records. */
#ifndef LIVEPOST_MEASURE_RECORDER_H
#define LIVEPOST_MEASURE_RECORDER_H

#include "base/error.h"
#include "measure/trace.h"
#include "system/child.h"

#include <stdbool.h>

struct recorder;

/* Tries the methods on this process and settles on one. `method` is "auto" (or NULL, or ""), "switch-records" or
   "getrusage". The caller frees the recorder. Returns NULL with *err for any other word, and where "switch-records"
   is asked for and refused; "auto" then takes getrusage and keeps the reason. */
struct recorder *recorder_new(const char *method, struct error *err);

/* What to put into the child's plan; owned by the recorder. NULL when there is nothing to observe (getrusage).
   One recorder observes one child at a time, and any number of them one after the other. */
const struct child_observer *recorder_observer(struct recorder *recorder);

/* Hands what was recorded of the child that just ended to *trace, which the caller frees (an earlier content is not
   freed), with start, end and pid from `result`; the recorder can observe the next child then. False with *err, and
   *trace left empty, when "switch-records" was asked for and the child was refused; "auto" makes that a getrusage
   trace. */
bool recorder_finish(struct recorder *recorder, const struct child_result *result, struct trace *trace,
                     struct error *err);

void recorder_free(struct recorder *recorder); /* takes NULL */

#endif
