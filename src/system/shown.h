/* Which folders of this machine a sandbox can show, and what in them no program in there may reach. Knows nothing of
   which folders ought to be shown. */
#ifndef LIVEPOST_SYSTEM_SHOWN_H
#define LIVEPOST_SYSTEM_SHOWN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SHOWN_FOLDERS = 16,     /* in one sandbox */
	SHOWN_ENTRIES = 200000, /* a folder with more in it is not looked through, and so not shown */
	SHOWN_COVERED = 256,    /* nor one with more than so many sockets and pipes */
};

/* A folder that is mounted read-only under its own path. Read-only holds for files and folders: who may open a socket
   or a named pipe that lies there can speak to whoever listens behind it, so these are covered. */
struct shown_folder {
	char *path;     /* absolute, without links */
	char **covered; /* absolute paths of the sockets and pipes below it */
	size_t covered_count;
};

/* Looks through the folder, without following links. Fills *folder, which the caller
   frees; false with *err when the user that programs run as (the caller's, 65534 for root) could not read it, when it
   is no folder, or when there is too much in it. */
bool shown_look(const char *path, struct shown_folder *folder, struct error *err);

/* Whether the user that programs run as may read, and with `execute` execute, the file. */
bool shown_serves(const char *path, bool execute);
void shown_free(struct shown_folder *folder); /* what it owns, not itself; takes NULL */

#endif
