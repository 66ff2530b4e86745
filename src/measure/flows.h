/* Who let whom go on: creations, ends that were waited for, and what the resources tell. */
#ifndef LIVEPOST_MEASURE_FLOWS_H
#define LIVEPOST_MEASURE_FLOWS_H

#include "measure/join.h"

/* Adds one, unless it leads from a lane to itself, backwards, or out of one of its lanes. */
void flow_add(struct join *join, const struct flow *flow);
/* Adds those that need no resource: of creation, where the kernel's records do not tell them, and of joins. */
void flows_of_threads(struct join *join);
void flows_sort(struct timeline *timeline);

#endif
