/* Chefs with a process each take the next dish until there is none; the oven has room for
 * two. Dinner for three tables, so twelve dishes. -DCHEFS=3 hires a third chef.
 * Look for chefs who wait for room in the oven.
 * cc -pthread examples/roast-chefs.c && ./a.out */
#include "kitchen.h"
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/mman.h>

#ifndef CHEFS
#define CHEFS 2
#endif
enum { TABLES = 3, ROOM = 2 };

static struct {
	sem_t oven;       /* as many dishes as there is still room for */
	atomic_int orders; /* how many have been taken */
} *shared;                /* by all processes */

static void cook(const struct dish *dish)
{
	hands_on(dish->prepare);
	while (sem_wait(&shared->oven) != 0)
		if (errno != EINTR)
			err(1, "sem_wait");
	oven(dish->cook);
	if (sem_post(&shared->oven) != 0)
		err(1, "sem_post");
	hands_on(dish->finish);
}

static void work(int number)
{
	int order = 0;

	number_me("chef", number);
	while ((order = atomic_fetch_add(&shared->orders, 1)) < TABLES * DISHES) {
		const struct dish *dish = &recipe[order % DISHES];
		span(dish->name)
			cook(dish);
	}
}

int main(void)
{
	call_me("guests");
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
	if (sem_init(&shared->oven, 1, ROOM) != 0)
		err(1, "sem_init");

	for (int number = 1; number <= CHEFS; number++) {
		pid_t chef = fork();
		if (chef == -1)
			err(1, "fork");
		if (chef == 0) {
			work(number);
			return 0;
		}
	}
	wait_for_processes(CHEFS);
	say("%d dishes\n", TABLES * DISHES);
}
