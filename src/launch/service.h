/* Services: processes that are there before the program starts, and gone when it has ended. Knows ports and processes;
   knows nothing of what is recorded. */
#ifndef LIVEPOST_LAUNCH_SERVICE_H
#define LIVEPOST_LAUNCH_SERVICE_H

#include "launch/message.h"

#include <stdbool.h>
#include <sys/types.h>

struct services {
	struct service {
		const char *directory;
		char **argv, **variables; /* of the launcher's own arguments: not NULL-terminated */
		pid_t process;            /* 0 before it starts and after it was reaped; the leader of a session of its own */
	} all[LAUNCH_SERVICES];
	uint32_t count;
	uint32_t failed; /* which, and its wait status: once something was wrong */
	int32_t status;
};

/* Finds the services' words in the launcher's arguments, which begin at `words`. Returns where the program's own begin;
   NULL where there are fewer than the plan says. */
char **services_read(struct services *services, const struct launch_plan *plan, char **words);

/* Starts one after the other, each when the port of the one before listens. children: a signalfd of SIGCHLD. False with
   *fault where one failed. */
bool services_start(struct services *services, const struct launch_plan *plan, int children, enum launch_fault *fault);

/* Whether the process that was just reaped is a service. */
bool services_take(struct services *services, pid_t reaped, int status);

/* Whether a service ended before the program, which ended just now: its connections close before its parent hears of it, so
   one that is on its way is waited for. */
bool services_ended(struct services *services);

/* Asks those that are left to end and waits for half a second at most; then kills them. */
void services_stop(struct services *services, int children);

/* Kills those that are left, at once. */
void services_kill(struct services *services);

#endif
