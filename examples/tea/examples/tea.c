/* The kettle sings, then somebody stirs.
 * Look for who works: the kettle does not need you.
 * cc -pthread examples/tea.c && ./a.out */
#include <stdio.h>
#include <time.h>

int main(void)
{
	struct timespec simmer = { .tv_nsec = 5000000 };

	while (nanosleep(&simmer, &simmer) != 0)
		;
	for (volatile int stir = 0; stir < 3000000; stir++)
		;
	return puts("tea") < 0;
}
