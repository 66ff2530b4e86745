/* Ten sandwiches, no oven: butter, fill, close, all of it by hand. One thread for all of
 * them, or with -DTHREADS=1 one for each; all belong to the one chef.
 * Look for a gap that somebody could have used.
 * cc -pthread examples/sandwiches.c && ./a.out */
#include "kitchen.h"

#ifndef THREADS
#define THREADS 0
#endif
enum { SANDWICHES = 10 };

static pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;

static void make_sandwich(void)
{
	must(pthread_mutex_lock(&chef), "lock");
	span("sandwich")
		hands_on(2);
	must(pthread_mutex_unlock(&chef), "unlock");
}

static void *be_sandwich(void *unused)
{
	call_me("sandwich");
	make_sandwich();
	return unused;
}

int main(void)
{
	pthread_t threads[SANDWICHES];

	call_me("chef");
	for (int i = 0; i < SANDWICHES; i++)
		if (THREADS)
			must(pthread_create(&threads[i], NULL, be_sandwich, NULL), "pthread_create");
		else
			make_sandwich();
	for (int i = 0; i < SANDWICHES && THREADS; i++)
		must(pthread_join(threads[i], NULL), "pthread_join");
	mark("lunch");
	say("%d sandwiches\n", SANDWICHES);
}
