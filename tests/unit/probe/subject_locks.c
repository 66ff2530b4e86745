/* A program to run with and without the probe: every kind of lock, condition, semaphore and barrier, and what cancels them.
   Prints what it sees, which must be the same both times. */
#include "subject.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static struct timespec after(clockid_t clock, long ms)
{
	struct timespec time = {0};
	clock_gettime(clock, &time);
	time.tv_nsec += ms * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static pthread_mutex_t *taken;
static volatile int stage;

static void *take_and_hold(void *mutex)
{
	pthread_mutex_lock(mutex);
	stage = 1;
	while (stage == 1)
		rest(1);
	pthread_mutex_unlock(mutex);
	return NULL;
}

static void *take_and_die(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

static void *try_to_unlock(void *mutex)
{
	SAY(pthread_mutex_unlock(mutex));
	return NULL;
}

static void in_thread(void *(*start)(void *), void *argument)
{
	pthread_t thread;
	pthread_create(&thread, NULL, start, argument);
	pthread_join(thread, NULL);
}

static void try_mutex(int type, int protocol, int robust)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t m;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setprotocol(&attributes, protocol);
	pthread_mutexattr_setrobust(&attributes, robust);
	SAY(pthread_mutex_init(&m, &attributes));
	taken = &m;
	printf("type %d, protocol %d, robust %d\n", type, protocol, robust);
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_trylock(&m));
	struct timespec past = {0}, wrong = { .tv_nsec = 2000000000 };
	if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_ADAPTIVE_NP) {
		SAY(pthread_mutex_lock(&m));
		SAY(pthread_mutex_timedlock(&m, &past));
	}
	if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_ADAPTIVE_NP)
		in_thread(try_to_unlock, &m);
	SAY(pthread_mutex_unlock(&m));
	if (type == PTHREAD_MUTEX_RECURSIVE)
		for (int i = 0; i < 3; i++)
			SAY(pthread_mutex_unlock(&m));
	if (type == PTHREAD_MUTEX_ERRORCHECK)
		SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_timedlock(&m, &wrong));
	SAY(pthread_mutex_unlock(&m));
	SAY(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &past));
	SAY(pthread_mutex_unlock(&m));

	pthread_t thread;
	stage = 0;
	pthread_create(&thread, NULL, take_and_hold, &m);
	while (!stage)
		rest(1);
	struct timespec soon = after(CLOCK_REALTIME, 3);
	SAY(pthread_mutex_trylock(&m));
	SAY(pthread_mutex_timedlock(&m, &soon));
	SAY(pthread_mutex_timedlock(&m, &wrong));
	if (protocol == PTHREAD_PRIO_NONE) {
		soon = after(CLOCK_MONOTONIC, 3);
		SAY(pthread_mutex_clocklock(&m, CLOCK_MONOTONIC, &soon));
		SAY(pthread_mutex_clocklock(&m, CLOCK_PROCESS_CPUTIME_ID, &soon));
	}
	stage = 2;
	SAY(pthread_mutex_lock(&m));
	SAY(pthread_mutex_unlock(&m));
	pthread_join(thread, NULL);
	if (robust == PTHREAD_MUTEX_ROBUST) {
		in_thread(take_and_die, &m);
		SAY(pthread_mutex_lock(&m));
		SAY(pthread_mutex_consistent(&m));
		SAY(pthread_mutex_unlock(&m));
		in_thread(take_and_die, &m);
		SAY(pthread_mutex_trylock(&m));
		SAY(pthread_mutex_unlock(&m));
		SAY(pthread_mutex_lock(&m));
		SAY(pthread_mutex_trylock(&m));
	}
	SAY(pthread_mutex_destroy(&m));
}

static void mutexes(void)
{
	for (int robust = 0; robust < 2; robust++)
		for (int protocol = 0; protocol < 2; protocol++)
			for (int type = 0; type < 4; type++)
				try_mutex(type, protocol, robust);
	static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	SAY(pthread_mutex_lock(&plain));
	SAY(pthread_mutex_unlock(&plain));
	SAY(pthread_mutex_lock(&recursive));
	SAY(pthread_mutex_lock(&recursive));
	SAY(pthread_mutex_unlock(&recursive));
	SAY(pthread_mutex_unlock(&recursive));
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void *hold_reading(void *unused)
{
	pthread_rwlock_rdlock(&rwlock);
	stage = 1;
	while (stage == 1)
		rest(1);
	pthread_rwlock_unlock(&rwlock);
	return unused;
}

static void rwlocks(void)
{
	struct timespec past = {0}, wrong = { .tv_nsec = -1 };
	SAY(pthread_rwlock_rdlock(&rwlock));
	SAY(pthread_rwlock_tryrdlock(&rwlock));
	SAY(pthread_rwlock_trywrlock(&rwlock));
	SAY(pthread_rwlock_timedwrlock(&rwlock, &past));
	SAY(pthread_rwlock_unlock(&rwlock));
	SAY(pthread_rwlock_unlock(&rwlock));
	SAY(pthread_rwlock_wrlock(&rwlock));
	SAY(pthread_rwlock_rdlock(&rwlock));
	SAY(pthread_rwlock_wrlock(&rwlock));
	SAY(pthread_rwlock_tryrdlock(&rwlock));
	SAY(pthread_rwlock_timedrdlock(&rwlock, &wrong));
	SAY(pthread_rwlock_unlock(&rwlock));
	SAY(pthread_rwlock_timedrdlock(&rwlock, &wrong));
	SAY(pthread_rwlock_clockwrlock(&rwlock, CLOCK_PROCESS_CPUTIME_ID, &past));
	SAY(pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &past));
	SAY(pthread_rwlock_unlock(&rwlock));
	pthread_t thread;
	stage = 0;
	pthread_create(&thread, NULL, hold_reading, NULL);
	while (!stage)
		rest(1);
	struct timespec soon = after(CLOCK_REALTIME, 3);
	SAY(pthread_rwlock_timedwrlock(&rwlock, &soon));
	stage = 2;
	SAY(pthread_rwlock_wrlock(&rwlock));
	SAY(pthread_rwlock_unlock(&rwlock));
	pthread_join(thread, NULL);
	pthread_spinlock_t spin;
	pthread_spin_init(&spin, 0);
	SAY(pthread_spin_lock(&spin));
	SAY(pthread_spin_trylock(&spin));
	SAY(pthread_spin_unlock(&spin));
	SAY(pthread_spin_trylock(&spin));
	SAY(pthread_spin_unlock(&spin));
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn;

static void *answer(void *rounds)
{
	for (int i = 0; i < *(int *)rounds; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != 1)
			pthread_cond_wait(&condition, &mutex);
		turn = 0;
		pthread_cond_signal(&condition);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static mtx_t c11_mutex;
static cnd_t c11_condition;

static int c11_answer(void *unused)
{
	(void)unused;
	mtx_lock(&c11_mutex);
	turn = 2;
	cnd_signal(&c11_condition);
	mtx_unlock(&c11_mutex);
	return 5;
}

static void conditions(void)
{
	pthread_t thread;
	int rounds = 300;
	pthread_create(&thread, NULL, answer, &rounds);
	for (int i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		turn = 1;
		pthread_cond_broadcast(&condition);
		while (turn == 1)
			pthread_cond_wait(&condition, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	SAY(pthread_join(thread, NULL));
	pthread_mutex_lock(&mutex);
	struct timespec soon = after(CLOCK_REALTIME, 3), wrong = { .tv_nsec = 2000000000 };
	SAY(pthread_cond_timedwait(&condition, &mutex, &soon));
	SAY(pthread_cond_timedwait(&condition, &mutex, &wrong));
	soon = after(CLOCK_MONOTONIC, 3);
	SAY(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &soon));
	SAY(pthread_cond_clockwait(&condition, &mutex, 99, &soon));
	SAY(pthread_mutex_unlock(&mutex));

	mtx_init(&c11_mutex, mtx_timed);
	cnd_init(&c11_condition);
	SAY(mtx_lock(&c11_mutex));
	SAY(mtx_trylock(&c11_mutex));
	soon = after(CLOCK_REALTIME, 3);
	SAY(mtx_timedlock(&c11_mutex, &soon));
	thrd_t c11;
	SAY(thrd_create(&c11, c11_answer, NULL));
	while (turn != 2)
		cnd_wait(&c11_condition, &c11_mutex);
	soon = after(CLOCK_REALTIME, 3);
	SAY(cnd_timedwait(&c11_condition, &c11_mutex, &soon));
	SAY(cnd_broadcast(&c11_condition));
	SAY(mtx_unlock(&c11_mutex));
	int result = 0;
	SAY(thrd_join(c11, &result));
	printf("c11 %d\n", result);
	SAY(thrd_sleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL));
}

static sem_t semaphore;
static pthread_barrier_t barrier;

static void *post_later(void *unused)
{
	rest(3);
	sem_post(&semaphore);
	return unused;
}

static void *arrive(void *unused)
{
	(void)unused;
	return (void *)(long)pthread_barrier_wait(&barrier);
}

static void semaphores(void)
{
	SAY(sem_init(&semaphore, 0, 1));
	SAY(sem_wait(&semaphore));
	SAY(sem_trywait(&semaphore));
	struct timespec soon = after(CLOCK_REALTIME, 3), wrong = { .tv_nsec = 2000000000 };
	SAY(sem_timedwait(&semaphore, &soon));
	SAY(sem_timedwait(&semaphore, &wrong));
	SAY(sem_clockwait(&semaphore, 99, &soon));
	pthread_t thread;
	pthread_create(&thread, NULL, post_later, NULL);
	SAY(sem_wait(&semaphore));
	pthread_join(thread, NULL);
	SAY(sem_post(&semaphore));
	SAY(sem_trywait(&semaphore));
	pthread_barrier_init(&barrier, NULL, 3);
	pthread_t threads[3];
	long serial = 0;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, arrive, NULL);
	for (int i = 0; i < 3; i++) {
		void *result = NULL;
		pthread_join(threads[i], &result);
		serial += (long)result;
	}
	printf("barrier %ld\n", serial);
}

static void say_cancelled(void *what)
{
	printf("cancelled in %s\n", (char *)what);
}

static void unlock_after(void *what)
{
	printf("cancelled in %s, unlock %d\n", (char *)what, pthread_mutex_unlock(&mutex));
}

static void *sleep_in(void *how)
{
	int pipes[2], state = 0;
	char byte = 0;
	if (pipe(pipes))
		return NULL;
	sem_t none;
	sem_init(&none, 0, *(char *)how == 'f');
	if (*(char *)how == 'c') {
		pthread_mutex_lock(&mutex);
		pthread_cleanup_push(unlock_after, how);
		stage = 1;
		pthread_cond_wait(&condition, &mutex);
		pthread_cleanup_pop(0);
	}
	pthread_cleanup_push(say_cancelled, how);
	/* A free semaphore, too, is a point of cancellation: this one is asked for with the request already there. */
	if (*(char *)how == 'f') {
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		stage = 1;
		while (stage != 2)
			rest(1);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		sem_wait(&none);
	}
	if (*(char *)how == 'a') {
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &state);
		stage = 1;
		for (volatile long i = 0;; i++)
			continue;
	}
	stage = 1;
	if (*(char *)how == 'n')
		sleep(100);
	if (*(char *)how == 'r')
		printf("read %zd\n", read(pipes[0], &byte, 1));
	if (*(char *)how == 's')
		sem_wait(&none);
	if (*(char *)how == 'g') {
		FILE *file = fdopen(pipes[0], "r");
		printf("getc %d\n", getc(file));
	}
	if (*(char *)how == 'p')
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancel(void)
{
	const char *const ways[] = { "nanosleep", "read", "cond_wait", "sem_wait", "free semaphore", "getc", "pause", "asynchronous" };
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		pthread_t thread;
		void *result = NULL;
		stage = 0;
		pthread_create(&thread, NULL, sleep_in, (void *)(size_t)ways[i]);
		while (stage != 1)
			rest(1);
		rest(5);
		pthread_cancel(thread);
		stage = 2;
		SAY(pthread_join(thread, &result));
		printf("%s %d, mutex %d\n", ways[i], result == PTHREAD_CANCELED, pthread_mutex_trylock(&mutex));
		pthread_mutex_unlock(&mutex);
	}
}

/* Two threads hand a lock over: whoever waits must be told who has it. Prints every owner as it is. */
static pthread_mutex_t relay = PTHREAD_MUTEX_INITIALIZER;
static volatile int holder;

static void *pass_on(void *rounds)
{
	for (int i = 0; i < *(int *)rounds; i++) {
		pthread_mutex_lock(&relay);
		holder = gettid();
		for (volatile int n = 0; n < 200; n++)
			continue;
		if (holder != gettid())
			abort();
		pthread_mutex_unlock(&relay);
	}
	return NULL;
}

static void hand_over(void)
{
	int rounds = 20000;
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, pass_on, &rounds);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static atomic_int handled, wanted;
static sem_t stormy;

static void handle(int number)
{
	int kept = errno;
	(void)number;
	sem_post(&stormy);
	while (sem_trywait(&stormy) < 0 && errno == EINTR)
		continue;
	struct timespec nothing = {0};
	if (handled % 100 == 0)
		nanosleep(&nothing, NULL);
	handled++;
	errno = kept;
}

static void *storm(void *target)
{
	unsigned chance = 1;
	while (!wanted) {
		int before = handled;
		pthread_kill(*(pthread_t *)target, SIGUSR1);
		/* Where both share a CPU, a whole slice would pass here for each signal. */
		while (handled == before && !wanted)
			sched_yield();
		/* The next one finds the thread anywhere. */
		chance = chance * 1103515245u + 12345u;
		for (volatile unsigned n = 0; n < (chance >> 16) % 1000; n++)
			continue;
	}
	return NULL;
}

/* A handler that writes records, at any instruction of a thread that writes records. */
static void signals(void)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART };
	sigaction(SIGUSR1, &action, NULL);
	sem_init(&stormy, 0, 0);
	pthread_t thread, self = pthread_self();
	pthread_create(&thread, NULL, storm, &self);
	long sum = 0;
	while (handled < 5000) {
		if (sum < 1000000) { /* the log has an end */
			pthread_mutex_lock(&mutex);
			sum++;
			pthread_mutex_unlock(&mutex);
		}
	}
	wanted = 1;
	pthread_join(thread, NULL);
	printf("%d\n", sum > 100);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = {
		{ "mutexes", mutexes }, { "rwlocks", rwlocks }, { "conditions", conditions }, { "semaphores", semaphores },
		{ "cancel", cancel }, { "hand-over", hand_over }, { "signals", signals },
	};
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name)) {
			modes[i].run();
			return 0;
		}
	return 2;
}
