/* The kitchen: a recipe, hands that work and an oven that needs none.
 * Include it first: it asks the system's headers for the calls that only Linux has. */
#ifndef KITCHEN_H
#define KITCHEN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What is being cooked, for the figures; elsewhere a span is a plain block. */
#if __has_include(<livepost.h>)
#include <livepost.h>
#else
#define span(name)
#endif

/* A kitchen minute, in nanoseconds: long enough to measure, too short to get hungry. */
#define MINUTE 12000000LL

struct dish {
	const char *name;
	int prepare; /* minutes that need the chef's hands, */
	int cook;    /* minutes in the oven (steamer, hob) that need nobody, */
	int finish;  /* and hands again: carve, drain, taste */
};

static const struct dish recipe[] = {
	/*         prepare  cook  finish */
	{ "chicken",    10,   40,      5 },
	{ "potatoes",   16,   25,      2 },
	{ "broccoli",    7,    6,      1 },
	{ "gravy",       4,    5,      1 },
};
enum { DISHES = sizeof recipe / sizeof recipe[0] };

/* Stops with a message if error is an error number; 0 means that all is well. */
static inline void must(int error, const char *what)
{
	if (error != 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(error));
		exit(1);
	}
}

static inline long long nanoseconds(clockid_t clock)
{
	struct timespec now = { 0, 0 };
	if (clock_gettime(clock, &now) != 0)
		must(errno, "clock_gettime");
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Keeps a core busy. It counts this thread's own time on a core, so that a chef who
 * is interrupted has as much left to chop as before. */
static inline void hands_on(int minutes)
{
	long long done = nanoseconds(CLOCK_THREAD_CPUTIME_ID) + minutes * MINUTE;
	while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) < done)
		for (volatile int chop = 0; chop < 20000; chop++)
			;
}

/* Keeps nobody busy: sleeps until the time is up. */
static inline void oven(int minutes)
{
	long long ping = nanoseconds(CLOCK_MONOTONIC) + minutes * MINUTE;
	struct timespec until = { .tv_sec = ping / 1000000000, .tv_nsec = ping % 1000000000 };
	int error = 0;
	do
		error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	while (error == EINTR);
	must(error, "clock_nanosleep");
}

/* The name that this thread or process bears in the figures. */
static inline void call_me(const char *name)
{
	must(pthread_setname_np(pthread_self(), name), "pthread_setname_np");
}

static long long opened; /* minute 0 on the kitchen's clock */

static inline void open_kitchen(void)
{
	opened = nanoseconds(CLOCK_MONOTONIC);
}

/* Prints by the kitchen's clock when something is ready. It prints at once, because
 * otherwise each chef with a process of their own keeps the news until they go home. */
static inline void ready(const char *what)
{
	long long passed = nanoseconds(CLOCK_MONOTONIC) - opened;
	long long minute = (passed + MINUTE / 2) / MINUTE;
	if (printf("%-8s  ready at minute %3lld\n", what, minute) < 0 || fflush(stdout) != 0)
		must(errno, "printf");
}

#endif
