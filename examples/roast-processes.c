/* Two chefs, each cooking one dish after another.
 * Look for both at work at once, and for both staring at the oven.
 * cc -pthread examples/roast-processes.c && ./a.out */
#include "kitchen.h"
#include <sys/wait.h>
#include <unistd.h>

static void cook(const struct dish *dish)
{
	span(dish->name) {
		hands_on(dish->prepare);
		oven(dish->cook);
		hands_on(dish->finish);
	}
	ready(dish->name);
}

/* Starts a process that cooks the dishes from first to before end. */
static pid_t hire(const char *name, int first, int end)
{
	pid_t chef = fork();
	if (chef == -1)
		must(errno, "fork");
	if (chef != 0)
		return chef;

	call_me(name);
	for (int i = first; i < end; i++)
		cook(&recipe[i]);
	exit(0);
}

static void wait_for(pid_t chef)
{
	int status = 0;
	if (waitpid(chef, &status, 0) == -1)
		must(errno, "waitpid");
	if (status != 0) {
		fprintf(stderr, "a chef walked out\n");
		exit(1);
	}
}

int main(void)
{
	open_kitchen();
	call_me("guests");

	pid_t chef_1 = hire("chef-1", 0, 2);      /* what goes into the oven */
	pid_t chef_2 = hire("chef-2", 2, DISHES); /* what goes on the hob */
	wait_for(chef_1);
	wait_for(chef_2);

	ready("dinner");
}
