/* Ten sandwiches, no oven, two chefs with a process each: five sandwiches for each.
 * Look for both at work at once.
 * cc -pthread examples/sandwiches-two.c && ./a.out */
#include "kitchen.h"

enum { SANDWICHES = 10, CHEFS = 2 };

int main(void)
{
	call_me("guests");
	for (int number = 1; number <= CHEFS; number++) {
		pid_t chef = fork();
		if (chef == -1)
			err(1, "fork");
		if (chef == 0) {
			number_me("chef", number);
			for (int i = 0; i < SANDWICHES / CHEFS; i++)
				span("sandwich")
					hands_on(2);
			return 0;
		}
	}
	wait_for_processes(CHEFS);
	mark("lunch");
	say("%d sandwiches\n", SANDWICHES);
}
