/* Looks now and then at what every thread in the sandbox waits in, and writes that into the probe's log as samples. Knows
   /proc and the place of the samples (probe/record.h); knows nothing of what is run. */
#ifndef LIVEPOST_LAUNCH_WATCH_H
#define LIVEPOST_LAUNCH_WATCH_H

#include "probe/record.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

enum { WATCH_SEEN = 2048, WATCH_FOLLOWED = 32, WATCH_BATCH = 64 };

/* {.log = -1} watches nothing. */
struct watch {
	int log;            /* descriptor of the log, which is never mapped here: the program may cut it */
	DIR *processes;     /* /proc; kept open, as to read it again takes a fifth of the time; NULL: not yet */
	uint64_t due_ns;    /* CLOCK_MONOTONIC: when to look next */
	uint64_t search_ns; /* and when to look for threads, too */
	uint64_t moved_ns;  /* when a thread was last seen to have begun a wait */
	uint32_t clock;     /* enum probe_clock, 0 while it is not settled */
	uint32_t count;     /* samples written */
	struct watch_thread {
		uint32_t tid;
		uint64_t turns; /* how often it had had a CPU when it was last looked at */
	} seen[WATCH_SEEN]; /* by tid; who has not had a CPU since still waits in the same call */
	struct watch_files {
		uint32_t tid;
		int turns, call; /* its schedstat and its syscall, below /proc */
	} followed[WATCH_FOLLOWED]; /* threads whose files are kept open: to look at one takes a seventh of the time then */
	uint32_t followed_count, batched;
	struct probe_record batch[WATCH_BATCH]; /* samples that are not written yet */
};

/* Begins to watch: the first look is a little later. Takes the descriptor. */
void watch_start(struct watch *watch, int log);
/* How many milliseconds poll may wait before the next look, -1 for ever. */
int watch_wait_ms(const struct watch *watch);
/* Looks, if it is time for it; `stopped`: in any case, and for the last time, also at threads that run. All looks together
   take a two-hundredth of a core at most. */
void watch_look(struct watch *watch, bool stopped);
/* The program has ended: writes the last samples. */
void watch_end(struct watch *watch);

#endif
