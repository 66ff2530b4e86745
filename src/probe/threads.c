/* Threads: who creates whom, who waits for whose end, what they are called. */
#include "probe/log.h"
#include "probe/python.h"
#include "probe/real.h"
#include "probe/start.h"

#include <stdlib.h>
#include <string.h>

/* Handed from the creator to the thread, which frees it. */
struct beginning {
	union {
		void *(*posix)(void *);
		thrd_start_t c11;
	} start;
	void *argument;
	uint64_t address; /* of the start function */
	uint32_t creator;
	uint16_t number;
	struct python_name name;
};

static uint32_t creations;

static struct beginning begin_thread(struct beginning *allocated)
{
	struct beginning beginning = *allocated;
	free(allocated);
	if (probe_on()) {
		log_know(beginning.address);
		log_put((struct note){ .kind = PROBE_THREAD_START, .object = beginning.address, .caller = (uint64_t)pthread_self(),
		                       .value = beginning.creator, .detail = beginning.number });
		python_say_name(&beginning.name);
		probe_watch_end();
	}
	return beginning;
}

static void *run_posix(void *allocated)
{
	struct beginning beginning = begin_thread(allocated);
	return beginning.start.posix(beginning.argument);
}

static int run_c11(void *allocated)
{
	struct beginning beginning = begin_thread(allocated);
	return beginning.start.c11(beginning.argument);
}

/* NULL when there is no memory: the thread then starts without us. */
static struct beginning *prepare(struct pair *pair, uint64_t address, void *argument, uint64_t caller)
{
	struct beginning *beginning = malloc(sizeof *beginning);
	uint16_t number = (uint16_t)__atomic_add_fetch(&creations, 1, __ATOMIC_RELAXED);
	if (beginning)
		*beginning = (struct beginning){ .argument = argument, .address = address, .creator = log_tid(), .number = number,
		                                  .name = python_take_name() };
	pair_begin(pair, (struct note){ .kind = PROBE_CREATE, .object = address, .caller = caller, .detail = number });
	return beginning;
}

static void finish(struct pair *pair, struct beginning *beginning, int error)
{
	struct note note = pair->note;
	note.kind |= PROBE_END;
	note.detail = (uint16_t)error;
	if (error)
		free(beginning);
	if (probe_on()) {
		if (probe_page.flags & PROBE_WANT_CPU_TIME)
			note.caller = log_cpu_ns();
		log_put(note);
	}
}

WRAP int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*start)(void *),
                        void *restrict argument)
{
	bool on = probe_on();
	if (!real.pthread_create) /* glibc before 2.34: libpthread may have come later than we looked */
		real_find();
	if (!on)
		return real.pthread_create(thread, attributes, start, argument);
	struct pair pair;
	struct beginning *beginning = prepare(&pair, (uintptr_t)start, argument, CALLER);
	if (beginning)
		beginning->start.posix = start;
	int error = beginning ? real.pthread_create(thread, attributes, run_posix, beginning)
	                      : real.pthread_create(thread, attributes, start, argument);
	finish(&pair, beginning, error);
	return error;
}

WRAP int thrd_create(thrd_t *thread, thrd_start_t start, void *argument)
{
	if (!probe_on())
		return real.thrd_create(thread, start, argument);
	struct pair pair;
	struct beginning *beginning = prepare(&pair, (uintptr_t)start, argument, CALLER);
	if (beginning)
		beginning->start.c11 = start;
	int result = beginning ? real.thrd_create(thread, run_c11, beginning) : real.thrd_create(thread, start, argument);
	finish(&pair, beginning, result == thrd_success ? 0 : result == thrd_nomem ? ENOMEM : EAGAIN);
	return result;
}

/* The id of a thread that may be joined; 0 when it has ended. */
static uint32_t thread_id(pthread_t thread)
{
	/* The clock's number has the id in it, which is the one public way to it. Nothing is called in the kernel. */
	clockid_t clock = 0;
	if (!real.pthread_getcpuclockid || real.pthread_getcpuclockid(thread, &clock))
		return 0;
	return ~((uint32_t)clock) >> 3 | (clock < 0 ? 0 : 0xe0000000u);
}

static void begin_join(struct pair *pair, pthread_t thread, uint64_t caller, uint16_t timed)
{
	pair_begin(pair, (struct note){ .kind = PROBE_JOIN, .object = (uint64_t)thread, .caller = caller,
	                                .value = thread_id(thread), .detail = timed });
}

WRAP int pthread_join(pthread_t thread, void **result)
{
	if (!probe_on())
		return real.pthread_join(thread, result);
	struct pair pair;
	begin_join(&pair, thread, CALLER, 0);
	int error = real.pthread_join(thread, result);
	pair_end(&pair, error);
	return error;
}

WRAP int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *until)
{
	if (!probe_on())
		return real.pthread_timedjoin_np(thread, result, until);
	struct pair pair;
	begin_join(&pair, thread, CALLER, until ? PROBE_TIMED : 0);
	int error = real.pthread_timedjoin_np(thread, result, until);
	pair_end(&pair, error);
	return error;
}

WRAP int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *until)
{
	if (!probe_on())
		return real.pthread_clockjoin_np(thread, result, clock, until);
	struct pair pair;
	begin_join(&pair, thread, CALLER, until ? PROBE_TIMED : 0);
	int error = real.pthread_clockjoin_np(thread, result, clock, until);
	pair_end(&pair, error);
	return error;
}

WRAP int pthread_tryjoin_np(pthread_t thread, void **result)
{
	bool on = probe_on();
	int error = real.pthread_tryjoin_np(thread, result);
	if (on && error == 0)
		log_note((struct note){ .kind = PROBE_JOIN | PROBE_END, .object = (uint64_t)thread, .caller = CALLER,
		                        .value = UINT32_MAX });
	return error;
}

WRAP int thrd_join(thrd_t thread, int *result)
{
	if (!probe_on())
		return real.thrd_join(thread, result);
	struct pair pair;
	begin_join(&pair, (pthread_t)thread, CALLER, 0);
	int status = real.thrd_join(thread, result);
	pair_end(&pair, status == thrd_success ? 0 : EINVAL);
	return status;
}

WRAP int pthread_setname_np(pthread_t thread, const char *name)
{
	int error = real.pthread_setname_np(thread, name);
	if (probe_on() && error == 0) {
		uint64_t caller = CALLER;
		log_know(caller);
		log_text((struct note){ .kind = PROBE_NAME, .caller = caller,
		                        .object = pthread_equal(thread, pthread_self()) ? 0 : (uint64_t)thread }, name, strlen(name));
	}
	return error;
}
