/* Limits of what is executed in the sandbox. Knows nothing of what it is. */
#ifndef LIVEPOST_LAUNCH_LIMITS_H
#define LIVEPOST_LAUNCH_LIMITS_H

#include "launch/message.h"

/* For the forked child: signals as a new program expects them, and the plan's limits but that of memory. Returns NULL, or
   what could not be done ("limit the file size") with errno. */
const char *limits_set(const struct launch_plan *plan);

/* Address space, with room for `beside` bytes that the program did not ask for; memory_bytes 0: no limit. Last of all, as
   memory is needed until then. Returns as limits_set. */
const char *limits_set_memory(uint64_t memory_bytes, uint64_t beside);

/* What is in memory of all processes in here but this one, in bytes; what several share counts for each. */
uint64_t limits_resident(void);

#endif
