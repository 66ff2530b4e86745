/* Sleeping, and waiting for a signal. */
#include "probe/log.h"
#include "probe/real.h"

static uint64_t in_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

/* 0 where there is no time: the kernel, which looks at it first, refuses it. */
static uint64_t asked_ns(const struct timespec *time)
{
	return raw_can_read(time, sizeof *time) ? in_ns(time) : 0;
}

static void begin_sleep(struct pair *pair, uint64_t ns, uint64_t caller)
{
	pair_begin(pair, (struct note){ .kind = PROBE_SLEEP, .object = ns, .caller = caller, .detail = PROBE_TIMED });
}

WRAP unsigned sleep(unsigned seconds)
{
	if (!probe_on())
		return real.sleep(seconds);
	struct pair pair;
	begin_sleep(&pair, (uint64_t)seconds * 1000000000u, CALLER);
	unsigned left = real.sleep(seconds);
	pair_end(&pair, left ? EINTR : 0);
	return left;
}

WRAP int usleep(useconds_t microseconds)
{
	if (!probe_on())
		return real.usleep(microseconds);
	struct pair pair;
	begin_sleep(&pair, (uint64_t)microseconds * 1000u, CALLER);
	int result = real.usleep(microseconds);
	pair_end(&pair, result < 0 ? errno : 0);
	return result;
}

WRAP int nanosleep(const struct timespec *time, struct timespec *left)
{
	if (!probe_on())
		return real.nanosleep(time, left);
	struct pair pair;
	begin_sleep(&pair, asked_ns(time), CALLER);
	int result = real.nanosleep(time, left);
	pair_end(&pair, result < 0 ? errno : 0);
	return result;
}

WRAP int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	if (!probe_on())
		return real.clock_nanosleep(clock, flags, time, left);
	uint64_t ns = asked_ns(time);
	struct timespec now = {0};
	if (flags & TIMER_ABSTIME) {
		int kept = errno;
		uint64_t at = clock_gettime(clock, &now) ? ns : in_ns(&now);
		errno = kept;
		ns = ns > at ? ns - at : 0;
	}
	struct pair pair;
	begin_sleep(&pair, ns, CALLER);
	int error = real.clock_nanosleep(clock, flags, time, left);
	pair_end(&pair, error);
	return error;
}

WRAP int thrd_sleep(const struct timespec *time, struct timespec *left)
{
	if (!probe_on())
		return real.thrd_sleep(time, left);
	struct pair pair;
	begin_sleep(&pair, asked_ns(time), CALLER);
	int result = real.thrd_sleep(time, left);
	pair_end(&pair, result == 0 ? 0 : result == -1 ? EINTR : EINVAL);
	return result;
}

ALIAS(__nanosleep, nanosleep)

static void begin_signal(struct pair *pair, uint64_t caller, uint16_t timed)
{
	pair_begin(pair, (struct note){ .kind = PROBE_IO, .object = UINT64_MAX, .caller = caller,
	                                .detail = PROBE_SIGNAL_CALL | timed });
}

WRAP int pause(void)
{
	if (!probe_on())
		return real.pause();
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int result = real.pause();
	pair_end(&pair, errno);
	return result;
}

WRAP int sigsuspend(const sigset_t *mask)
{
	if (!probe_on())
		return real.sigsuspend(mask);
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int result = real.sigsuspend(mask);
	pair_end(&pair, errno);
	return result;
}

ALIAS(__sigsuspend, sigsuspend)

WRAP int __sigpause(int mask_or_number, int is_number)
{
	if (!probe_on())
		return real.__sigpause(mask_or_number, is_number);
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int result = real.__sigpause(mask_or_number, is_number);
	pair_end(&pair, errno);
	return result;
}

WRAP int __xpg_sigpause(int number)
{
	if (!probe_on())
		return real.__xpg_sigpause(number);
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int result = real.__xpg_sigpause(number);
	pair_end(&pair, errno);
	return result;
}

WRAP int sigwait(const sigset_t *restrict set, int *restrict number)
{
	if (!probe_on())
		return real.sigwait(set, number);
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int error = real.sigwait(set, number);
	pair_end(&pair, error);
	return error;
}

WRAP int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict information)
{
	if (!probe_on())
		return real.sigwaitinfo(set, information);
	struct pair pair;
	begin_signal(&pair, CALLER, 0);
	int result = real.sigwaitinfo(set, information);
	pair_end(&pair, result < 0 ? errno : 0);
	return result;
}

WRAP int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict information,
                      const struct timespec *restrict time)
{
	if (!probe_on())
		return real.sigtimedwait(set, information, time);
	struct pair pair;
	begin_signal(&pair, CALLER, time ? PROBE_TIMED : 0);
	int result = real.sigtimedwait(set, information, time);
	pair_end_if_long(&pair, result < 0 ? errno : 0);
	return result;
}
