/* The walls: how bubblewrap is called. Knows nothing of what runs inside or how long it may.

   Inside there are /usr (read-only) and its links, a few files of /etc, /dev, /proc of its own pid namespace, a tmpfs
   on /tmp, and the plan's files and folders; no home, no other folder of the host, no network but an empty loopback, no
   user but 1000. Outside, the processes have an ordinary uid: the caller's, or 65534 when the caller is root. */
#ifndef LIVEPOST_SYSTEM_SANDBOX_H
#define LIVEPOST_SYSTEM_SANDBOX_H

#include "base/error.h"
#include "system/child.h"

#include <stdbool.h>
#include <stddef.h>

struct sandbox {
	char **argv;        /* of bwrap; NULL-terminated */
	char **environment; /* NULL-terminated */
	int *descriptors;   /* close-on-exec; bwrap shall inherit them under the same numbers */
	size_t descriptor_count;
	const struct shown_folder *folders; /* as root: the plan's, which whom we become may not be able to get to */
	size_t folder_count;
};

/* Prepares the call of bwrap that will execute the launcher with `outside` as its socket. Fails when bwrap is not
   installed or descriptors run out. */
bool sandbox_prepare(const struct child_plan *plan, int outside, struct sandbox *sandbox, struct error *err);

/* For the forked child: drops root, then executes bwrap. Returns only when that failed (errno). Async-signal-safe. */
void sandbox_enter(const struct sandbox *sandbox);

void sandbox_free(struct sandbox *sandbox); /* closes the descriptors; takes NULL */

#endif
