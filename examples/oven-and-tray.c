/* Chicken takes the oven, then wants the tray; potatoes take the tray, then want the oven.
 * With -DIN_ORDER=1 both take the oven first.
 * Look for whom each of them waits. It never ends: stop it with Ctrl-C.
 * cc -pthread examples/oven-and-tray.c && ./a.out */
#include "kitchen.h"

#ifndef IN_ORDER
#define IN_ORDER 0
#endif

static pthread_mutex_t free_oven = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t tray = PTHREAD_MUTEX_INITIALIZER;

static void bake(const char *dish, pthread_mutex_t *first, pthread_mutex_t *second)
{
	call_me(dish);
	must(pthread_mutex_lock(first), "lock");
	oven(2); /* until it has found the other one */
	must(pthread_mutex_lock(second), "lock");
	hands_on(1);
	must(pthread_mutex_unlock(second), "unlock");
	must(pthread_mutex_unlock(first), "unlock");
	say("%s: done\n", dish);
}

/* ANCHOR: order */
static void *bake_chicken(void *unused)
{
	bake("chicken", &free_oven, &tray);
	return unused;
}

static void *bake_potatoes(void *unused)
{
	if (IN_ORDER)
		bake("potatoes", &free_oven, &tray);
	else
		bake("potatoes", &tray, &free_oven);
	return unused;
}
/* ANCHOR_END: order */

int main(void)
{
	pthread_t chicken, potatoes;

	must(pthread_create(&chicken, NULL, bake_chicken, NULL), "pthread_create");
	must(pthread_create(&potatoes, NULL, bake_potatoes, NULL), "pthread_create");
	must(pthread_join(chicken, NULL), "pthread_join");
	must(pthread_join(potatoes, NULL), "pthread_join");
}
