/* The one clock of all measurements. */
#ifndef LIVEPOST_SYSTEM_CLOCK_H
#define LIVEPOST_SYSTEM_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in nanoseconds: what the kernel's records are stamped with, too. */
static inline uint64_t clock_now_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
