/* Says of what no record explains in which system call the thread was seen. Knows samples and slices; knows nothing of
   how either came about. */
#ifndef LIVEPOST_MEASURE_SAMPLED_CALLS_H
#define LIVEPOST_MEASURE_SAMPLED_CALLS_H

#include "measure/join.h"

/* Makes every blocked slice that is part of no wait one of a wait for the system call that a sample inside it names, and
   sets what lanes did when they were stopped: one that waited then, and of which no other wait is unfinished, gets an
   unfinished wait. After all slices are made. */
void sampled_calls_join(struct join *join);

#endif
