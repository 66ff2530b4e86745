/* Waiting for any of several descriptors. A call that only looks, with a timeout of 0, leaves nothing. */
#include "probe/log.h"
#include "probe/real.h"

#define WRAP_POLL(name, parameters, arguments, object_, call, looks, timed) \
	WRAP int name parameters \
	{ \
		if (!probe_on() || (looks)) \
			return real.name arguments; \
		struct pair pair; \
		pair_begin(&pair, (struct note){ .kind = PROBE_POLL, .object = (uint64_t)(object_), .caller = CALLER, \
		                                 .detail = (call) | ((timed) ? PROBE_TIMED : 0) }); \
		int result = real.name arguments; \
		pair_end_if_long(&pair, result < 0 ? errno : 0); \
		return result; \
	}

#define NO_TIME(time) ((time) && (time)->tv_sec == 0 && (time)->tv_nsec == 0)

WRAP_POLL(poll, (struct pollfd *descriptors, nfds_t count, int timeout), (descriptors, count, timeout), count,
          PROBE_POLL_CALL, timeout == 0, timeout > 0)
WRAP_POLL(__poll_chk, (struct pollfd *descriptors, nfds_t count, int timeout, size_t room),
          (descriptors, count, timeout, room), count, PROBE_POLL_CALL, timeout == 0, timeout > 0)
WRAP_POLL(ppoll, (struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
          (descriptors, count, timeout, mask), count, PROBE_POLL_CALL, NO_TIME(timeout), timeout)
WRAP_POLL(__ppoll_chk, (struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
          size_t room), (descriptors, count, timeout, mask, room), count, PROBE_POLL_CALL, NO_TIME(timeout), timeout)
WRAP_POLL(select, (int most, fd_set *restrict in, fd_set *restrict out, fd_set *restrict error,
          struct timeval *restrict timeout), (most, in, out, error, timeout), most, PROBE_SELECT_CALL,
          timeout && timeout->tv_sec == 0 && timeout->tv_usec == 0, timeout)
WRAP_POLL(pselect, (int most, fd_set *restrict in, fd_set *restrict out, fd_set *restrict error,
          const struct timespec *restrict timeout, const sigset_t *restrict mask), (most, in, out, error, timeout, mask),
          most, PROBE_SELECT_CALL, NO_TIME(timeout), timeout)
WRAP_POLL(epoll_wait, (int epoll, struct epoll_event *events, int most, int timeout), (epoll, events, most, timeout),
          epoll, PROBE_EPOLL_CALL, timeout == 0, timeout > 0)
WRAP_POLL(epoll_pwait, (int epoll, struct epoll_event *events, int most, int timeout, const sigset_t *mask),
          (epoll, events, most, timeout, mask), epoll, PROBE_EPOLL_CALL, timeout == 0, timeout > 0)

WRAP int epoll_pwait2(int epoll, struct epoll_event *events, int most, const struct timespec *timeout,
                      const sigset_t *mask)
{
	/* glibc has it since 2.35; who asks whether it is there must hear no before. */
	bool on = probe_on();
	if (!real.epoll_pwait2) {
		errno = ENOSYS;
		return -1;
	}
	/* libc itself looks at the times of the others. */
	if (!on || (raw_can_read(timeout, sizeof *timeout) && NO_TIME(timeout)))
		return real.epoll_pwait2(epoll, events, most, timeout, mask);
	struct pair pair;
	pair_begin(&pair, (struct note){ .kind = PROBE_POLL, .object = (uint64_t)epoll, .caller = CALLER,
	                                 .detail = timeout ? PROBE_EPOLL_CALL | PROBE_TIMED : PROBE_EPOLL_CALL });
	int result = real.epoll_pwait2(epoll, events, most, timeout, mask);
	pair_end_if_long(&pair, result < 0 ? errno : 0);
	return result;
}

ALIAS(__poll, poll)
ALIAS(__select, select)
