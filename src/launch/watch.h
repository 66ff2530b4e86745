/* Looks now and then at what every thread in the sandbox waits in, and writes that into the probe's log as samples. Knows
   /proc and the place of the samples (probe/record.h); knows nothing of what is run. */
#ifndef LIVEPOST_LAUNCH_WATCH_H
#define LIVEPOST_LAUNCH_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum { WATCH_SEEN = 2048 };

/* {.log = -1} watches nothing. */
struct watch {
	int log;            /* descriptor of the log, which is never mapped here: the program may cut it */
	uint64_t due_ns;    /* CLOCK_MONOTONIC: when to look next */
	uint32_t clock;     /* enum probe_clock, 0 while it is not settled */
	uint32_t count;     /* samples written */
	struct watch_thread {
		uint32_t tid;
		uint64_t turns; /* how often it had had a CPU when it was last looked at */
	} seen[WATCH_SEEN]; /* by tid; who has not had a CPU since still waits in the same call */
};

/* Begins to watch: the first look is a little later. Takes the descriptor. */
void watch_start(struct watch *watch, int log);
/* How many milliseconds poll may wait before the next look, -1 for ever. */
int watch_wait_ms(const struct watch *watch);
/* Looks, if it is time for it; `stopped`: in any case, and for the last time, also at threads that run. A look is never
   followed by another one before 200 times what it took has passed. */
void watch_look(struct watch *watch, bool stopped);

#endif
