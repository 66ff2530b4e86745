/* The kitchen: a recipe, hands that work, an oven that needs none, a clock on the wall. */
#ifndef KITCHEN_H
#define KITCHEN_H
#include "checked.h"

/* What is being cooked, for the figures; elsewhere a span is a plain block. */
#if __has_include(<livepost.h>)
#include <livepost.h>
#else
#define span(name)
#define mark(name)
#endif

/* A kitchen minute: long enough to measure, too short to get hungry. */
#define MINUTE (12 * MILLISECOND)

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

/* Keeps a core busy. It counts this thread's own time on a core, so that a chef who is
 * interrupted has as much left to chop as before. */
static inline void hands_on(int minutes)
{
	long long done = time_on(CLOCK_THREAD_CPUTIME_ID) + minutes * MINUTE;
	while (time_on(CLOCK_THREAD_CPUTIME_ID) < done)
		for (volatile int chop = 0; chop < 20000; chop++)
			;
}

static inline void oven(int minutes) /* keeps nobody busy */
{
	sleep_for(minutes * MINUTE);
}

static long long opened;     /* minute 0 on the kitchen's clock */
static int ready_at[DISHES]; /* the minute at which each dish was ready */

static inline void open_kitchen(void)
{
	opened = time_on(CLOCK_MONOTONIC);
}

static inline int minute_now(void)
{
	return (int)((time_on(CLOCK_MONOTONIC) - opened + MINUTE / 2) / MINUTE);
}

/* A dish is ready: from now on it gets cold. */
static inline void ready(const struct dish *dish)
{
	mark(dish->name);
	ready_at[dish - recipe] = minute_now();
}

/* Puts everything on plates. Then it is dinner: says how old each dish is. */
static inline void serve(void)
{
	span("combine")
		hands_on(2);
	int minute = minute_now();
	mark("dinner");
	say("dinner at minute %d, old:", minute);
	for (int i = 0; i < DISHES; i++)
		say(i < DISHES - 1 ? " %s %d," : " %s %d\n", recipe[i].name, minute - ready_at[i]);
}

#endif
