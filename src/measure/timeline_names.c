/* What states, kinds and calls of a timeline are called, and which state a wait is. Knows nothing of how timelines are made. */
#include "measure/timeline.h"

#include "measure/syscall_name.h"
#include "probe/record.h"

const char *lane_state_name(enum lane_state state)
{
	static const char *const names[LANE_STATES] = {
		[LANE_RUNNING] = "running", [LANE_WAITING_CPU] = "waiting-cpu", [LANE_WAITING_LOCK] = "waiting-lock",
		[LANE_WAITING_COND] = "waiting-cond", [LANE_SLEEPING] = "sleeping", [LANE_WAITING_IO] = "waiting-io",
		[LANE_JOINING] = "joining", [LANE_WAITING_CHILD] = "waiting-child", [LANE_BLOCKED] = "blocked",
		[LANE_UNKNOWN] = "unknown",
	};
	return names[state];
}

const char *resource_kind_name(enum resource_kind kind)
{
	static const char *const names[RESOURCE_KINDS] = {
		[RESOURCE_MUTEX] = "mutex", [RESOURCE_RWLOCK] = "rwlock", [RESOURCE_SPINLOCK] = "spinlock",
		[RESOURCE_SEMAPHORE] = "semaphore", [RESOURCE_COND] = "condition", [RESOURCE_BARRIER] = "barrier",
		[RESOURCE_PIPE] = "pipe", [RESOURCE_LOCK] = "lock",
	};
	return names[kind];
}

const char *flow_kind_name(enum flow_kind kind)
{
	static const char *const names[] = {
		[FLOW_CREATE] = "create", [FLOW_JOIN] = "join", [FLOW_HAND_OFF] = "hand-off", [FLOW_WAKE_UP] = "wake-up",
	};
	return names[kind];
}

const char *wait_call_name(const struct wait *wait)
{
	static const char *const names[PROBE_CALLS] = {
		[PROBE_READ_CALL] = "read", [PROBE_WRITE_CALL] = "write", [PROBE_SEND_CALL] = "send",
		[PROBE_RECV_CALL] = "recv", [PROBE_ACCEPT_CALL] = "accept", [PROBE_CONNECT_CALL] = "connect",
		[PROBE_POLL_CALL] = "poll", [PROBE_SELECT_CALL] = "select", [PROBE_EPOLL_CALL] = "epoll",
		[PROBE_STDIO_CALL] = "stdio", [PROBE_OPEN_CALL] = "open", [PROBE_FLOCK_CALL] = "flock",
		[PROBE_FSYNC_CALL] = "fsync", [PROBE_SIGNAL_CALL] = "signal",
		[PROBE_RESOLVE_CALL] = "resolve", [PROBE_AIO_CALL] = "aio",
	};
	if (wait->kind == WAIT_SYSCALL)
		return syscall_name(wait->object);
	if (wait->kind == WAIT_TURN)
		return "swapcontext";
	bool has_call = wait->kind == WAIT_IO || wait->kind == WAIT_POLL;
	return has_call && wait->call < PROBE_CALLS ? names[wait->call] : NULL;
}

enum lane_state wait_state(const struct wait *wait)
{
	switch ((enum wait_kind)wait->kind) {
	case WAIT_LOCK:
	case WAIT_SEMAPHORE:
		return LANE_WAITING_LOCK;
	case WAIT_COND:
	case WAIT_BARRIER:
		return LANE_WAITING_COND;
	case WAIT_JOIN:
		return LANE_JOINING;
	case WAIT_CHILD:
		return LANE_WAITING_CHILD;
	case WAIT_SLEEP:
		return LANE_SLEEPING;
	case WAIT_IO:
	case WAIT_POLL:
		if (wait->call == PROBE_FLOCK_CALL)
			return LANE_WAITING_LOCK;
		if (wait->call == PROBE_SIGNAL_CALL)
			return LANE_WAITING_COND;
		/* Nothing to wait for but the time: how programs slept before there was nanosleep. */
		if (wait->kind == WAIT_POLL && !wait->object && wait->call != PROBE_EPOLL_CALL)
			return LANE_SLEEPING;
		return LANE_WAITING_IO;
	case WAIT_TURN:
	case WAIT_SYSCALL:
		break;
	}
	return LANE_BLOCKED;
}
