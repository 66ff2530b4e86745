/* Follows a thread from one coroutine to the next. Knows ucontexts by their addresses; knows nothing of slices. */
#ifndef LIVEPOST_MEASURE_COROUTINES_H
#define LIVEPOST_MEASURE_COROUTINES_H

#include "measure/story_reader.h"

/* Takes a record of a ucontext that was made, or that the thread switches to: from then on r->lane is its lane, which is
   added to the timeline when it runs for the first time. */
void coroutines_take(struct reader *r, const struct probe_event *event, uint64_t ns);

#endif
