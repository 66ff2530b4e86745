/* Finds which records of a thread belong together as the beginning and the end of a call that waits. */
#include "measure/wait_pairs.h"

#include "base/memory.h"
#include "probe/record.h"

#include <stdlib.h>

/* An end is sought among so many beginnings: handlers do not nest deeper. */
enum { NESTING_MOST = 64 };

bool wait_pairs_has(uint16_t kind)
{
	switch (kind) {
	case PROBE_LOCK:
	case PROBE_COND:
	case PROBE_SEM_WAIT:
	case PROBE_BARRIER:
	case PROBE_JOIN:
	case PROBE_CHILD:
	case PROBE_SLEEP:
	case PROBE_IO:
	case PROBE_POLL:
	case PROBE_SYSCALL:
		return true;
	default:
		return false;
	}
}

/* What a signal's handler may call, or what stands in a call that makes other calls (system, stdio). */
static bool stands_inside(const struct probe_event *event)
{
	switch (event->kind) {
	case PROBE_MODULE:
	case PROBE_FORK:
	case PROBE_EXEC:
	case PROBE_SEM_POST:
	case PROBE_CHILD:
	case PROBE_SLEEP:
	case PROBE_IO:
	case PROBE_POLL:
	case PROBE_SYSCALL:
		return true;
	default:
		return false;
	}
}

void wait_pairs_find(const struct probe_event *events, size_t count, size_t *ends, bool *matched)
{
	size_t *stack = memory_resize(NULL, count, sizeof *stack), depth = 0, outside = 0;
	for (size_t i = 0; i < count; i++) {
		const struct probe_event *event = &events[i];
		if (wait_pairs_has(event->kind) && !event->end)
			stack[depth++] = i;
		if (wait_pairs_has(event->kind) && event->end)
			for (size_t at = depth; at > 0 && depth - at < NESTING_MOST; at--) {
				const struct probe_event *begin = &events[stack[at - 1]];
				if (begin->kind != event->kind || (begin->object != event->object && event->kind != PROBE_CHILD))
					continue;
				/* A semaphore that was free leaves an end alone, which is not that of a wait left long ago. */
				if (event->kind == PROBE_SEM_WAIT && stack[at - 1] < outside)
					break;
				ends[stack[at - 1]] = i;
				matched[i] = matched[stack[at - 1]] = true;
				depth = at - 1;
				break;
			}
		if (!stands_inside(event) && !matched[i])
			outside = i;
	}
	free(stack);
	for (size_t i = count, next = count; i-- > 0;) {
		if (wait_pairs_has(events[i].kind) && !events[i].end && !matched[i])
			ends[i] = next;
		if (!stands_inside(&events[i]))
			next = i;
	}
}
