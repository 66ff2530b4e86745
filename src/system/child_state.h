/* One child on its way, as the files that start it, hear its launcher and serve it share it. Not for others. */
#ifndef LIVEPOST_SYSTEM_CHILD_STATE_H
#define LIVEPOST_SYSTEM_CHILD_STATE_H

#include "base/error.h"
#include "system/child.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For the launcher to answer when it is told to stop: among hundreds it waits for its turn. */
#define CHILD_STOP_NS UINT64_C(10000000000)

/* Descriptors are -1 while closed. */
struct child {
	const struct child_plan *plan;
	struct child_result *result;
	pid_t bwrap;
	int socket, out, err;
	int logs[CHILD_SERVICES]; /* of its services */
	int process; /* pidfd of the launcher: when it is readable, the whole sandbox is gone */
	int *events, *cpus;
	bool *event_quiet; /* hung up: polled no more, drained at the end */
	size_t event_count;
	uint64_t deadline_ns; /* 0: none */
	bool helloed, started, closing, ended, stopping, killed, over, failed;
	struct error error;
};

/* Starts it. False with child->error where it cannot be, and then nothing of it is left running. */
bool child_start(struct child *child);
/* Takes one message of the launcher from the socket, if one is there; closes the socket when the launcher has closed it. */
void child_receive(struct child *child);
/* Asks the launcher to count what is alive and end; the deadline kills it if it does not answer. */
void child_stop(struct child *child, enum child_end why);
void child_kill(struct child *child);
/* Notes that child->error says why there is no result; returns false. */
bool child_fail(struct child *child);
/* Closes it, if it is open, and notes that. */
void child_close_descriptor(int *descriptor);

#endif
