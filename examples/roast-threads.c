/* One chef, four dishes on the go; with -DLAST=1 the chicken is put on last.
 * Look for two dishes being worked on at once: there are none.
 * cc -pthread examples/roast-threads.c && ./a.out */
#include "kitchen.h"

#ifndef LAST
#define LAST 0
#endif

static pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;

static void chef_does(int minutes)
{
	must(pthread_mutex_lock(&chef), "lock"); /* until the chef is free */
	hands_on(minutes);
	must(pthread_mutex_unlock(&chef), "unlock");
}

static void *cook(void *which)
{
	const struct dish *dish = which;
	call_me(dish->name);

	chef_does(dish->prepare);
	oven(dish->cook); /* the chef is free for the others */
	chef_does(dish->finish);
	ready(dish);
	return NULL;
}

int main(void)
{
	pthread_t dishes[DISHES];

	open_kitchen();
	call_me("waiter");

	for (int i = 0; i < DISHES; i++) {
		const struct dish *dish = &recipe[LAST ? DISHES - 1 - i : i];
		must(pthread_create(&dishes[i], NULL, cook, (void *)dish),
		     "pthread_create");
		oven(1); /* a minute apart: they queue in the recipe's order */
	}
	for (int i = 0; i < DISHES; i++)
		must(pthread_join(dishes[i], NULL), "pthread_join");

	serve();
}
