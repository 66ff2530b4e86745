/* Brings waits and slices together. Knows nothing of where either came from. */
#ifndef LIVEPOST_MEASURE_WAIT_SLICES_H
#define LIVEPOST_MEASURE_WAIT_SLICES_H

#include "measure/resources.h"
#include "measure/waits.h"

/* Makes the blocked slices of a lane that lie inside a wait slices of that wait; as much of its end as the run-queue
   delay accounts for becomes waiting-cpu. What was preempted in a wait is marked as part of it. */
void wait_slices_overlay(struct timeline *timeline, size_t lane, const struct story *story);
/* Makes the slices of a lane that no switch records tell of: its waits, and between them running where the CPU time
   bears that out to 95 % or 20 µs, else unknown. Sets cpu_ns. */
void wait_slices_make(struct timeline *timeline, size_t lane, const struct story *story);
/* Hands each coroutine the slices of its thread from one turn to the next; meanwhile it is blocked. Adds the flows
   between them. */
void wait_slices_split(struct join *join, size_t thread_lane, const struct story *story);
/* Whoever was woken from a condition may have had to wait for its mutex: makes such slices of waiting-cond a wait of
   their own, for the lock. `wakes` as resources_make returned them. */
void wait_slices_refine(struct join *join, const struct wake *wakes);

#endif
