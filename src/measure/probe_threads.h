/* Looks over a probe's log before its waits are looked at: which thread is which lane, which program it was in. Knows
   nothing of slices. */
#ifndef LIVEPOST_MEASURE_PROBE_THREADS_H
#define LIVEPOST_MEASURE_PROBE_THREADS_H

#include "measure/join.h"

/* Fills join->facts (all but `lane`) and makes the timeline's images, without their modules. */
void probe_threads_survey(struct join *join);
/* Finds each thread's lane among those that switch records made. */
void probe_threads_match(struct join *join);
/* Makes a lane for each thread where there are no switch records, without slices, and gives them numbers for names. */
void probe_threads_make_lanes(struct join *join);
/* Fills by_tid and by_pthread, and lanes' start functions and images. */
void probe_threads_index(struct join *join);

#endif
