/* Conditions, semaphores and barriers. */
#include "probe/log.h"
#include "probe/python.h"
#include "probe/real.h"

/* glibc has no public word for what an object was initialised as: these are the places where it keeps it, the same in
   2.25 to 2.41. A wrong answer would make one resource out of several, or several out of one, and no more. */
static uint16_t mutex_type(const void *mutex)
{
	enum { BETWEEN_PROCESSES = 128 };
	return ((const pthread_mutex_t *)mutex)->__data.__kind & BETWEEN_PROCESSES ? PROBE_MUTEX | PROBE_SHARED : PROBE_MUTEX;
}

static uint16_t condition_type(const void *condition)
{
	return ((const pthread_cond_t *)condition)->__data.__wrefs & 1 ? PROBE_SHARED : 0;
}

static uint16_t semaphore_type(const sem_t *semaphore)
{
	const struct {
		uint64_t value;
		int shared;
	} *inside = (const void *)semaphore;
	return inside->shared ? PROBE_SHARED : 0;
}

static uint16_t barrier_type(const pthread_barrier_t *barrier)
{
	const struct {
		unsigned in, round, count;
		int shared;
	} *inside = (const void *)barrier;
	return inside->shared ? PROBE_SHARED : 0;
}

/* The mutex is let go inside the wait: without these two its holder would be wrong all the while. */
static void leave_mutex(struct pair *pair, const void *condition, const void *mutex, uint64_t caller, uint16_t timed)
{
	log_note((struct note){ .kind = PROBE_RELEASE, .object = (uintptr_t)mutex, .caller = caller,
	                        .detail = mutex_type(mutex) });
	pair_begin(pair, (struct note){ .kind = PROBE_COND, .object = (uintptr_t)condition, .caller = caller,
	                                .detail = condition_type(condition) | timed });
}

static void have_mutex(struct pair *pair, const void *mutex, int error)
{
	pair_end(pair, error);
	if (error != ENOTRECOVERABLE && probe_on())
		log_note((struct note){ .kind = PROBE_ACQUIRE, .object = (uintptr_t)mutex, .caller = pair->note.caller,
		                        .detail = mutex_type(mutex) });
}

static void note_signal(const void *condition, uint64_t caller, uint32_t broadcast)
{
	log_note((struct note){ .kind = PROBE_SIGNAL, .object = (uintptr_t)condition, .caller = caller, .value = broadcast,
	                        .detail = condition_type(condition) });
}

WRAP int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
	if (!probe_on())
		return real.pthread_cond_wait(condition, mutex);
	struct pair pair;
	leave_mutex(&pair, condition, mutex, CALLER, 0);
	int error = real.pthread_cond_wait(condition, mutex);
	have_mutex(&pair, mutex, error);
	return error;
}

WRAP int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                                const struct timespec *restrict until)
{
	if (!probe_on())
		return real.pthread_cond_timedwait(condition, mutex, until);
	struct pair pair;
	leave_mutex(&pair, condition, mutex, CALLER, PROBE_TIMED);
	int error = real.pthread_cond_timedwait(condition, mutex, until);
	have_mutex(&pair, mutex, error);
	return error;
}

WRAP int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
                                const struct timespec *restrict until)
{
	if (!probe_on())
		return real.pthread_cond_clockwait(condition, mutex, clock, until);
	struct pair pair;
	leave_mutex(&pair, condition, mutex, CALLER, PROBE_TIMED);
	int error = real.pthread_cond_clockwait(condition, mutex, clock, until);
	have_mutex(&pair, mutex, error);
	return error;
}

WRAP int pthread_cond_signal(pthread_cond_t *condition)
{
	if (probe_on())
		note_signal(condition, CALLER, 0);
	return real.pthread_cond_signal(condition);
}

WRAP int pthread_cond_broadcast(pthread_cond_t *condition)
{
	if (probe_on())
		note_signal(condition, CALLER, 1);
	return real.pthread_cond_broadcast(condition);
}

WRAP int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
	if (!probe_on())
		return real.cnd_wait(condition, mutex);
	struct pair pair;
	leave_mutex(&pair, condition, mutex, CALLER, 0);
	int result = real.cnd_wait(condition, mutex);
	have_mutex(&pair, mutex, result == thrd_success ? 0 : EINVAL);
	return result;
}

WRAP int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until)
{
	if (!probe_on())
		return real.cnd_timedwait(condition, mutex, until);
	struct pair pair;
	leave_mutex(&pair, condition, mutex, CALLER, PROBE_TIMED);
	int result = real.cnd_timedwait(condition, mutex, until);
	have_mutex(&pair, mutex, result == thrd_success ? 0 : result == thrd_timedout ? ETIMEDOUT : EINVAL);
	return result;
}

WRAP int cnd_signal(cnd_t *condition)
{
	if (probe_on())
		note_signal(condition, CALLER, 0);
	return real.cnd_signal(condition);
}

WRAP int cnd_broadcast(cnd_t *condition)
{
	if (probe_on())
		note_signal(condition, CALLER, 1);
	return real.cnd_broadcast(condition);
}

/* One that was free. */
static void note_taken(const sem_t *semaphore, uint64_t caller)
{
	log_note((struct note){ .kind = PROBE_SEM_WAIT | PROBE_END, .object = (uintptr_t)semaphore, .caller = caller,
	                        .value = UINT32_MAX, .detail = semaphore_type(semaphore) });
}

/* True when the semaphore was free and is now taken. Keeps errno. */
static bool take_semaphore(sem_t *semaphore, uint64_t caller)
{
	/* Waiting is a point of cancellation even when there is nothing to wait for. */
	real.pthread_testcancel();
	int kept = errno;
	bool taken = real.sem_trywait(semaphore) == 0;
	errno = kept;
	if (taken)
		note_taken(semaphore, caller);
	return taken;
}

#define WAIT_SEMAPHORE(wait, timed) \
	uint64_t caller = CALLER; \
	if (take_semaphore(semaphore, caller)) \
		return 0; \
	struct pair pair; \
	pair_begin(&pair, (struct note){ .kind = PROBE_SEM_WAIT, .object = (uintptr_t)semaphore, .caller = caller, \
	                                 .detail = semaphore_type(semaphore) | (timed) }); \
	int result = wait; \
	pair_end(&pair, result < 0 ? errno : 0); \
	return result

WRAP int sem_wait(sem_t *semaphore)
{
	if (!probe_on())
		return real.sem_wait(semaphore);
	WAIT_SEMAPHORE(real.sem_wait(semaphore), 0);
}

WRAP int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until)
{
	/* A wrong time is refused even when the semaphore is free. */
	if (!probe_on() || until->tv_nsec < 0 || until->tv_nsec >= 1000000000)
		return real.sem_timedwait(semaphore, until);
	WAIT_SEMAPHORE(real.sem_timedwait(semaphore, until), PROBE_TIMED);
}

WRAP int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until)
{
	if (!probe_on() || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || until->tv_nsec < 0
	    || until->tv_nsec >= 1000000000)
		return real.sem_clockwait(semaphore, clock, until);
	WAIT_SEMAPHORE(real.sem_clockwait(semaphore, clock, until), PROBE_TIMED);
}

WRAP int sem_trywait(sem_t *semaphore)
{
	bool on = probe_on();
	if (on)
		python_try(CALLER);
	int result = real.sem_trywait(semaphore);
	if (on && result == 0)
		note_taken(semaphore, CALLER);
	return result;
}

WRAP int sem_post(sem_t *semaphore)
{
	if (probe_on())
		log_note((struct note){ .kind = PROBE_SEM_POST, .object = (uintptr_t)semaphore, .caller = CALLER,
		                        .detail = semaphore_type(semaphore) });
	return real.sem_post(semaphore);
}

WRAP int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	if (!probe_on())
		return real.pthread_barrier_wait(barrier);
	struct pair pair;
	pair_begin(&pair, (struct note){ .kind = PROBE_BARRIER, .object = (uintptr_t)barrier, .caller = CALLER,
	                                 .detail = barrier_type(barrier) });
	int result = real.pthread_barrier_wait(barrier);
	pair_end(&pair, result > 0 ? result : 0);
	return result;
}
