/* How the probe begins in a process: whether there is a log, which clock, what is wrapped. */
#ifndef LIVEPOST_PROBE_START_H
#define LIVEPOST_PROBE_START_H

#include "probe/record.h"

#include <stdatomic.h>
#include <stdbool.h>

/* The log as this process has mapped it. Not wiped by a fork. */
struct probe_log {
	struct probe_header *header; /* NULL: there is none */
	uint32_t pages;              /* as they were when it was mapped: what the header says later is not trusted */
	uint32_t pid;
	volatile bool full;
};
extern struct probe_log probe_log;

/* The key whose destructor writes PROBE_THREAD_END; -1 where there is none. */
extern int probe_end_key;
/* Lets this thread write PROBE_THREAD_END when it ends. */
void probe_watch_end(void);

#endif
