/* Calls of the system that stop the program with a message when they fail, so that the
 * programs need not say so every time. Times are in nanoseconds.
 * Include it first: it asks the system's headers for the calls that only Linux has. */
#ifndef CHECKED_H
#define CHECKED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND 1000000LL
#define SECOND (1000 * MILLISECOND)

/* For calls that return an error number; 0 means that all is well. */
static inline void must(int error, const char *what)
{
	if (error != 0) {
		errno = error;
		err(1, "%s", what);
	}
}

/* Like printf(), but it does not go on as if somebody had read what could not be written: a line
 * that is complete leaves at once. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	if (vprintf(format, values) < 0 || (strchr(format, '\n') && fflush(stdout) != 0))
		err(1, "standard output");
	va_end(values);
}

/* The name that this thread or process bears in the figures. */
static inline void call_me(const char *name)
{
	must(pthread_setname_np(pthread_self(), name), name);
}

/* The same for one of many: chef-1, chef-2 ... */
static inline void number_me(const char *name, int number)
{
	char numbered[16]; /* Linux remembers no more of a name */
	int length = snprintf(numbered, sizeof numbered, "%s-%d", name, number);
	if (length < 0 || length >= (int)sizeof numbered)
		errx(1, "%s-%d is no name", name, number);
	call_me(numbered);
}

static inline long long time_on(clockid_t clock)
{
	struct timespec time;
	if (clock_gettime(clock, &time) != 0)
		err(1, "clock_gettime");
	return time.tv_sec * SECOND + time.tv_nsec;
}

static inline struct timespec timespec_of(long long time)
{
	return (struct timespec){ .tv_sec = time / SECOND, .tv_nsec = time % SECOND };
}

/* Sleeps on if something wakes it up too early. */
static inline void sleep_for(long long time)
{
	struct timespec until = timespec_of(time_on(CLOCK_MONOTONIC) + time);
	int error = 0;
	do
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	while (error == EINTR);
	must(error, "clock_nanosleep");
}

/* Waits for as many processes of ours to end, which must be content. */
static inline void wait_for_processes(int count)
{
	for (int i = 0; i < count; i++) {
		int status = 0;
		if (wait(&status) == -1)
			err(1, "wait");
		if (status != 0)
			errx(1, "one of the processes gave up");
	}
}

#endif
