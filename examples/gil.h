/* A model of CPython's global interpreter lock, made as Python/ceval_gil.c makes it: a
 * mutex that is held for moments only, a condition for those who wait, and a request to
 * let go. With -DGIL=0 there is none, as in a free-threaded build. */
#ifndef GIL_H
#define GIL_H
#include "checked.h"
#include <stdatomic.h>
#include <stdbool.h>

#ifndef GIL
#define GIL 1
#endif
#define SWITCH_INTERVAL (5 * MILLISECOND) /* sys.getswitchinterval() */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t dropped;
	bool held;
	unsigned long changes;     /* how often another thread than before took it */
	atomic_bool drop_request;
	_Atomic(pthread_t) holder; /* the last one */
	pthread_mutex_t switch_mutex;
	pthread_cond_t switched;   /* to another holder */
} gil = { .mutex = PTHREAD_MUTEX_INITIALIZER, .dropped = PTHREAD_COND_INITIALIZER,
	  .switch_mutex = PTHREAD_MUTEX_INITIALIZER, .switched = PTHREAD_COND_INITIALIZER };

static inline void take_gil(void)
{
	if (!GIL)
		return;
	must(pthread_mutex_lock(&gil.mutex), "lock");
	while (gil.held) {
		unsigned long changes = gil.changes;
		struct timespec until = timespec_of(time_on(CLOCK_REALTIME) + SWITCH_INTERVAL);
		int error = pthread_cond_timedwait(&gil.dropped, &gil.mutex, &until);
		if (error != ETIMEDOUT)
			must(error, "timedwait");
		else if (gil.held && gil.changes == changes) /* waited in vain: ask */
			atomic_store(&gil.drop_request, true);
	}
	gil.held = true;
	gil.changes += !pthread_equal(gil.holder, pthread_self());
	must(pthread_mutex_lock(&gil.switch_mutex), "lock");
	gil.holder = pthread_self();
	must(pthread_cond_signal(&gil.switched), "signal");
	must(pthread_mutex_unlock(&gil.switch_mutex), "unlock");
	atomic_store(&gil.drop_request, false);
	must(pthread_mutex_unlock(&gil.mutex), "unlock");
}

/* Whoever was asked to let go waits until another has it: else the asker, who has yet to
 * wake up, would find it taken again. */
static inline void drop_gil(void)
{
	if (!GIL)
		return;
	must(pthread_mutex_lock(&gil.mutex), "lock");
	gil.held = false;
	must(pthread_cond_signal(&gil.dropped), "signal");
	must(pthread_mutex_unlock(&gil.mutex), "unlock");

	must(pthread_mutex_lock(&gil.switch_mutex), "lock");
	while (atomic_load(&gil.drop_request) && pthread_equal(gil.holder, pthread_self()))
		must(pthread_cond_wait(&gil.switched, &gil.switch_mutex), "wait");
	must(pthread_mutex_unlock(&gil.switch_mutex), "unlock");
}

/* What the interpreter does between two of its instructions. */
static inline void between_instructions(void)
{
	if (atomic_load_explicit(&gil.drop_request, memory_order_relaxed)) {
		drop_gil();
		take_gil();
	}
}

#endif
