/* Two cooks salt one gravy, 20,000 pinches each, and neither looks what the other does.
 * With -DTASTE_FIRST=1 each holds the spoon from tasting to salting.
 * Look at whether it is as salty as it should be, and run it again.
 * cc -pthread examples/gravy-race.c && ./a.out */
#include "checked.h"

#ifndef TASTE_FIRST
#define TASTE_FIRST 0
#endif
enum { PINCHES = 20000 };

static int salt; /* in the gravy */
static pthread_mutex_t spoon = PTHREAD_MUTEX_INITIALIZER;

/* ANCHOR: season */
static void *season(void *name)
{
	call_me(name);
	for (int i = 0; i < PINCHES; i++) {
		if (TASTE_FIRST)
			must(pthread_mutex_lock(&spoon), "lock");
		int tasted = salt;  /* taste it ... */
		for (volatile int think = 0; think < 20; think++)
			;           /* ... think about it ... */
		salt = tasted + 1;  /* ... and make it one pinch more */
		if (TASTE_FIRST)
			must(pthread_mutex_unlock(&spoon), "unlock");
	}
	return NULL;
}
/* ANCHOR_END: season */

int main(void)
{
	pthread_t alice, bob;

	must(pthread_create(&alice, NULL, season, "alice"), "pthread_create");
	must(pthread_create(&bob, NULL, season, "bob"), "pthread_create");
	must(pthread_join(alice, NULL), "pthread_join");
	must(pthread_join(bob, NULL), "pthread_join");
	say(salt == 2 * PINCHES ? "as salty as it should be\n" : "not salty enough\n");
}
