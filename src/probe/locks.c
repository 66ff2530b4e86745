/* Mutexes, read-write locks and spin locks. A free lock leaves one record, for it is tried first; only one that is taken
   is a wait, and then its owner is known. Whatever trying says but that it has the lock, the call itself is made, so that
   every other answer is its own. */
#include "probe/log.h"
#include "probe/real.h"

#include <limits.h>

static void note_lock(uint16_t kind, const void *lock, uint64_t caller, uint16_t type)
{
	log_note((struct note){ .kind = kind, .object = (uintptr_t)lock, .caller = caller, .detail = type });
}

/* A robust mutex whose owner died is locked all the same. */
static bool is_locked(int error)
{
	return error == 0 || error == EOWNERDEAD;
}

/* As its owner a robust mutex that was left behind has one of the two largest numbers. Such a one is not tried: glibc's
   pthread_mutex_trylock leaves it locked for ever where it says that it is not recoverable. */
static bool is_marked(const pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED) >= INT_MAX - 1;
}

static uint32_t mutex_owner(const pthread_mutex_t *mutex)
{
	int owner = __atomic_load_n(&mutex->__data.__owner, __ATOMIC_RELAXED);
	return owner > 0 && owner < INT_MAX - 1 ? (uint32_t)owner : 0;
}

/* glibc marks a robust mutex as it marks one between processes. */
static uint16_t mutex_type(const pthread_mutex_t *mutex)
{
	enum { BETWEEN_PROCESSES = 128 };
	_Static_assert(BETWEEN_PROCESSES * 2 == PROBE_SHARED, "one becomes the other by a shift");
	return (uint16_t)(PROBE_MUTEX | (mutex->__data.__kind & BETWEEN_PROCESSES) << 1);
}

/* Of one of the plain types unlocking succeeds whatever it is. */
static bool is_plain(const pthread_mutex_t *mutex)
{
	enum { TYPES = 127 };
	int type = mutex->__data.__kind & TYPES;
	return type == PTHREAD_MUTEX_NORMAL || type == PTHREAD_MUTEX_ADAPTIVE_NP;
}

enum { NOT_TRIED = -1 };

/* What comes of an attempt that ended with `error`. */
#define TAKE_MUTEX(wait, timed) \
	bool tries = error != NOT_TRIED; \
	if (!tries) \
		error = wait; \
	if (LIKELY(is_locked(error))) { \
		note_lock(PROBE_ACQUIRE, mutex, caller, mutex_type(mutex)); \
		return error; \
	} \
	if (error != EBUSY) \
		return tries ? wait : error; \
	struct pair pair; \
	pair_begin(&pair, (struct note){ .kind = PROBE_LOCK, .object = (uintptr_t)mutex, .caller = caller, \
	                                 .value = mutex_owner(mutex), \
	                                 .detail = (uint16_t)(mutex_type(mutex) | (timed)) }); \
	error = wait; \
	pair_end(&pair, error); \
	if (is_locked(error) && probe_on()) \
		note_lock(PROBE_ACQUIRE, mutex, caller, mutex_type(mutex)); \
	return error

static int try_mutex(pthread_mutex_t *mutex)
{
	return LIKELY(!is_marked(mutex)) ? real.pthread_mutex_trylock(mutex) : NOT_TRIED;
}

__attribute__((noinline)) static int wait_for_mutex(pthread_mutex_t *mutex, uint64_t caller, int error)
{
	TAKE_MUTEX(real.pthread_mutex_lock(mutex), 0);
}

WRAP int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!probe_on())
		return real.pthread_mutex_lock(mutex);
	int error = try_mutex(mutex);
	if (UNLIKELY(error))
		return wait_for_mutex(mutex, CALLER, error);
	note_lock(PROBE_ACQUIRE, mutex, CALLER, mutex_type(mutex));
	return 0;
}

WRAP int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	if (!probe_on())
		return real.pthread_mutex_timedlock(mutex, until);
	uint64_t caller = CALLER;
	int error = try_mutex(mutex);
	TAKE_MUTEX(real.pthread_mutex_timedlock(mutex, until), PROBE_TIMED);
}

static bool is_clock(clockid_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

WRAP int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict until)
{
	/* A clock that is none is refused even when the mutex is free: nothing is tried. */
	if (!probe_on() || !is_clock(clock))
		return real.pthread_mutex_clocklock(mutex, clock, until);
	uint64_t caller = CALLER;
	int error = try_mutex(mutex);
	TAKE_MUTEX(real.pthread_mutex_clocklock(mutex, clock, until), PROBE_TIMED);
}

__attribute__((noinline)) static int note_locked(const pthread_mutex_t *mutex, uint64_t caller, int error)
{
	note_lock(PROBE_ACQUIRE, mutex, caller, mutex_type(mutex));
	return error;
}

/* A plain mutex that somebody has, whoever it is: then there is no other answer than EBUSY, and no call is needed for it. */
static bool is_plainly_taken(const pthread_mutex_t *mutex)
{
	int kind = mutex->__data.__kind;
	return (kind == PTHREAD_MUTEX_NORMAL || kind == PTHREAD_MUTEX_ADAPTIVE_NP)
	       && __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) != 0;
}

WRAP int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	if (is_plainly_taken(mutex))
		return EBUSY;
	if (!probe_on())
		return real.pthread_mutex_trylock(mutex);
	int error = real.pthread_mutex_trylock(mutex);
	return is_locked(error) ? note_locked(mutex, CALLER, error) : error;
}

/* One that may be refused, and then was not let go. */
__attribute__((noinline)) static int unlock_owned(pthread_mutex_t *mutex, uint64_t caller)
{
	struct probe_record *record = log_note((struct note){ .kind = PROBE_RELEASE, .object = (uintptr_t)mutex,
	                                                      .caller = caller, .detail = mutex_type(mutex) });
	int error = real.pthread_mutex_unlock(mutex);
	if (UNLIKELY(error && record))
		log_take_back(record);
	return error;
}

WRAP int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!probe_on())
		return real.pthread_mutex_unlock(mutex);
	if (UNLIKELY(!is_plain(mutex)))
		return unlock_owned(mutex, CALLER);
	note_lock(PROBE_RELEASE, mutex, CALLER, mutex_type(mutex));
	return real.pthread_mutex_unlock(mutex);
}

/* C11 has its own words for the same mutexes. */
static int from_threads(int result)
{
	return result == thrd_success ? 0 : result == thrd_busy ? EBUSY : result == thrd_timedout ? ETIMEDOUT : EINVAL;
}

static int take_c11(mtx_t *mutex, uint64_t caller, const struct timespec *until)
{
	int result = real.mtx_trylock(mutex);
	if (result == thrd_busy) {
		struct pair pair;
		pair_begin(&pair, (struct note){ .kind = PROBE_LOCK, .object = (uintptr_t)mutex, .caller = caller,
		                                 .value = mutex_owner((pthread_mutex_t *)mutex),
		                                 .detail = until ? PROBE_MUTEX | PROBE_TIMED : PROBE_MUTEX });
		result = until ? real.mtx_timedlock(mutex, until) : real.mtx_lock(mutex);
		pair_end(&pair, from_threads(result));
	}
	if (result == thrd_success && probe_on())
		note_lock(PROBE_ACQUIRE, mutex, caller, PROBE_MUTEX);
	return result;
}

WRAP int mtx_lock(mtx_t *mutex)
{
	return probe_on() ? take_c11(mutex, CALLER, NULL) : real.mtx_lock(mutex);
}

WRAP int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until)
{
	return probe_on() ? take_c11(mutex, CALLER, until) : real.mtx_timedlock(mutex, until);
}

WRAP int mtx_trylock(mtx_t *mutex)
{
	bool on = probe_on();
	int result = real.mtx_trylock(mutex);
	if (on && result == thrd_success)
		note_lock(PROBE_ACQUIRE, mutex, CALLER, PROBE_MUTEX);
	return result;
}

WRAP int mtx_unlock(mtx_t *mutex)
{
	if (!probe_on())
		return real.mtx_unlock(mutex);
	struct probe_record *record = log_note((struct note){ .kind = PROBE_RELEASE, .object = (uintptr_t)mutex,
	                                                      .caller = CALLER, .detail = PROBE_MUTEX });
	int result = real.mtx_unlock(mutex);
	if (UNLIKELY(result != thrd_success && record))
		log_take_back(record);
	return result;
}

static uint32_t rwlock_owner(const pthread_rwlock_t *lock)
{
	int owner = __atomic_load_n(&lock->__data.__cur_writer, __ATOMIC_RELAXED);
	return owner > 0 ? (uint32_t)owner : 0;
}

static uint16_t rwlock_type(const pthread_rwlock_t *lock, uint16_t type)
{
	return lock->__data.__shared ? type | PROBE_SHARED : type;
}

#define TAKE_RWLOCK(type, attempt, wait, timed) \
	uint64_t caller = CALLER; \
	int error = attempt; \
	if (UNLIKELY(error)) { \
		struct pair pair; \
		pair_begin(&pair, (struct note){ .kind = PROBE_LOCK, .object = (uintptr_t)lock, .caller = caller, \
		                                 .value = rwlock_owner(lock), \
		                                 .detail = (uint16_t)(rwlock_type(lock, type) | (timed)) }); \
		error = wait; \
		pair_end(&pair, error); \
	} \
	if (error == 0 && probe_on()) \
		note_lock(PROBE_ACQUIRE, lock, caller, rwlock_type(lock, type)); \
	return error

WRAP int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	if (!probe_on())
		return real.pthread_rwlock_rdlock(lock);
	TAKE_RWLOCK(PROBE_READ, real.pthread_rwlock_tryrdlock(lock), real.pthread_rwlock_rdlock(lock), 0);
}

WRAP int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	if (!probe_on())
		return real.pthread_rwlock_wrlock(lock);
	TAKE_RWLOCK(PROBE_WRITE, real.pthread_rwlock_trywrlock(lock), real.pthread_rwlock_wrlock(lock), 0);
}

/* Of these glibc refuses a wrong time or clock even when the lock is free: what may be refused is not tried. */
static bool is_time(const struct timespec *until)
{
	return !until || (until->tv_nsec >= 0 && until->tv_nsec < 1000000000);
}

#define WRAP_TIMED_RWLOCK(type, name, attempt, parameters, arguments, refused) \
	WRAP int name parameters \
	{ \
		if (!probe_on() || (refused) || !is_time(until)) \
			return real.name arguments; \
		TAKE_RWLOCK(type, real.attempt(lock), real.name arguments, PROBE_TIMED); \
	}
#define TIMED (pthread_rwlock_t *restrict lock, const struct timespec *restrict until)
#define CLOCKED (pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict until)
WRAP_TIMED_RWLOCK(PROBE_READ, pthread_rwlock_timedrdlock, pthread_rwlock_tryrdlock, TIMED, (lock, until), false)
WRAP_TIMED_RWLOCK(PROBE_READ, pthread_rwlock_clockrdlock, pthread_rwlock_tryrdlock, CLOCKED, (lock, clock, until),
                  !is_clock(clock))
WRAP_TIMED_RWLOCK(PROBE_WRITE, pthread_rwlock_timedwrlock, pthread_rwlock_trywrlock, TIMED, (lock, until), false)
WRAP_TIMED_RWLOCK(PROBE_WRITE, pthread_rwlock_clockwrlock, pthread_rwlock_trywrlock, CLOCKED, (lock, clock, until),
                  !is_clock(clock))

WRAP int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	bool on = probe_on();
	int error = real.pthread_rwlock_tryrdlock(lock);
	if (on && error == 0)
		note_lock(PROBE_ACQUIRE, lock, CALLER, rwlock_type(lock, PROBE_READ));
	return error;
}

WRAP int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	bool on = probe_on();
	int error = real.pthread_rwlock_trywrlock(lock);
	if (on && error == 0)
		note_lock(PROBE_ACQUIRE, lock, CALLER, rwlock_type(lock, PROBE_WRITE));
	return error;
}

WRAP int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	if (probe_on())
		note_lock(PROBE_RELEASE, lock, CALLER,
		          rwlock_type(lock, rwlock_owner(lock) == log_tid() ? PROBE_WRITE : PROBE_READ));
	return real.pthread_rwlock_unlock(lock);
}

WRAP int pthread_spin_lock(pthread_spinlock_t *lock)
{
	if (!probe_on())
		return real.pthread_spin_lock(lock);
	uint64_t caller = CALLER;
	int error = real.pthread_spin_trylock(lock);
	if (error == EBUSY) {
		struct pair pair;
		pair_begin(&pair, (struct note){ .kind = PROBE_LOCK, .object = (uintptr_t)lock, .caller = caller,
		                                 .detail = PROBE_SPIN });
		error = real.pthread_spin_lock(lock);
		pair_end(&pair, error);
	}
	if (error == 0 && probe_on())
		note_lock(PROBE_ACQUIRE, (const void *)lock, caller, PROBE_SPIN);
	return error;
}

WRAP int pthread_spin_trylock(pthread_spinlock_t *lock)
{
	bool on = probe_on();
	int error = real.pthread_spin_trylock(lock);
	if (on && error == 0)
		note_lock(PROBE_ACQUIRE, (const void *)lock, CALLER, PROBE_SPIN);
	return error;
}

WRAP int pthread_spin_unlock(pthread_spinlock_t *lock)
{
	if (probe_on())
		note_lock(PROBE_RELEASE, (const void *)lock, CALLER, PROBE_SPIN);
	return real.pthread_spin_unlock(lock);
}

/* The names that libc and libraries built against glibc before 2.34 call the same functions by. */
ALIAS(__pthread_mutex_lock, pthread_mutex_lock)
ALIAS(__pthread_mutex_trylock, pthread_mutex_trylock)
ALIAS(__pthread_mutex_unlock, pthread_mutex_unlock)
ALIAS(__pthread_rwlock_rdlock, pthread_rwlock_rdlock)
ALIAS(__pthread_rwlock_tryrdlock, pthread_rwlock_tryrdlock)
ALIAS(__pthread_rwlock_wrlock, pthread_rwlock_wrlock)
ALIAS(__pthread_rwlock_trywrlock, pthread_rwlock_trywrlock)
ALIAS(__pthread_rwlock_unlock, pthread_rwlock_unlock)
