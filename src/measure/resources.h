/* Makes what lanes did to resources into holds, owners of waits, hand-offs and wake-ups. Knows nothing of slices. */
#ifndef LIVEPOST_MEASURE_RESOURCES_H
#define LIVEPOST_MEASURE_RESOURCES_H

#include "measure/join.h"

/* Who let a wait go on; lane is UINT32_MAX where nobody is known. */
struct wake {
	uint64_t ns;
	uint32_t lane;
};

/* Fills holds, the owners of waits for locks, and flows. Returns who woke each of the timeline's waits (an array the
   caller frees): of conditions, semaphores, barriers and pipes. */
struct wake *resources_make(struct join *join);
/* The lane that held the resource at `ns`, other than `but`; TIMELINE_NONE for none. Of a resource whose holds do not
   overlap. */
size_t resource_holder(const struct resource *resource, uint64_t ns, size_t but);
/* The last hold of another lane that ended from `from_ns` to `to_ns`; NULL for none. Of such a resource, too. */
const struct hold *resource_let_go(const struct resource *resource, uint64_t from_ns, uint64_t to_ns, size_t but);
/* Gives each resource its waits and its number, when there will be no more waits. */
void resources_finish(struct timeline *timeline);

#endif
