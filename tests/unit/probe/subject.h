/* What the programs share that are run with and without the probe: saying what a call gave, and a rest. */
#ifndef LIVEPOST_PROBE_SUBJECT_H
#define LIVEPOST_PROBE_SUBJECT_H

#include <errno.h>
#include <stdio.h>
#include <time.h>

/* errno is set before, so that a call that leaves it alone is told from one that sets it. */
#define SAY(call) \
	do { \
		errno = 77; \
		long said = (long)(call); \
		int error = errno; \
		printf("%s = %ld, errno %d\n", #call, said, error); \
		fflush(stdout); \
	} while (0)

static inline void rest(long ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

#endif
