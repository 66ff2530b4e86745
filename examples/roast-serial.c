/* One chef, one dish after another.
 * Look for the stretches in which nobody does anything.
 * cc -pthread examples/roast-serial.c && ./a.out */
#include "kitchen.h"

static void cook(const struct dish *dish)
{
	span(dish->name) {
		hands_on(dish->prepare);
		oven(dish->cook);
		hands_on(dish->finish);
	}
	ready(dish);
}

int main(void)
{
	open_kitchen();
	call_me("chef");

	for (int i = 0; i < DISHES; i++)
		cook(&recipe[i]);

	serve();
}
