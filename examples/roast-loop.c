/* One chef, no threads: a list of what to come back to, and when. An event loop.
 * With -DLATE=1 each dish is put on as late as it can be, so that it is served hot.
 * Look at the single lane: hands, hands, hands, and sleep only when nothing is ready.
 * cc -pthread examples/roast-loop.c && ./a.out */
#include "kitchen.h"

#ifndef LATE
#define LATE 0
#endif

struct task {
	const struct dish *dish;
	enum { PREPARE, FINISH, NOTHING } next; /* what it needs hands for */
	int from;                               /* the minute from which it does */
};

static int minutes_left(const struct task *task)
{
	int left = task->dish->finish;
	return task->next == PREPARE ? left + task->dish->prepare + task->dish->cook : left;
}

/* Which of two to go on with at this minute: what need not be waited for so long, and if both
 * are as ready, what has the longer way to go. */
static int goes_first(const struct task *one, const struct task *other, int minute)
{
	int one_from = one->from > minute ? one->from : minute;
	int other_from = other->from > minute ? other->from : minute;
	if (one_from != other_from)
		return one_from < other_from;
	return minutes_left(one) > minutes_left(other);
}

/* The task to go on with; NULL when there is nothing left to do. */
static struct task *choose(struct task *tasks)
{
	struct task *best = NULL;
	int minute = minute_now();
	for (struct task *task = tasks; task < tasks + DISHES; task++)
		if (task->next != NOTHING && (!best || goes_first(task, best, minute)))
			best = task;
	return best;
}

static void work_on(struct task *task)
{
	const struct dish *dish = task->dish;
	span(dish->name)
		hands_on(task->next == PREPARE ? dish->prepare : dish->finish);
	if (task->next == PREPARE) {
		task->next = FINISH;
		task->from = minute_now() + dish->cook;
	} else {
		task->next = NOTHING;
		ready(dish);
	}
}

int main(void)
{
	struct task tasks[DISHES], *task;

	open_kitchen();
	call_me("chef");
	for (int i = 0; i < DISHES; i++)
		tasks[i] = (struct task){ .dish = &recipe[i], .next = PREPARE };
	for (int i = 0; i < DISHES; i++) /* the chicken takes longest */
		tasks[i].from = LATE ? minutes_left(&tasks[0]) - minutes_left(&tasks[i]) : 0;

	while ((task = choose(tasks)) != NULL) {
		if (task->from > minute_now())
			oven(task->from - minute_now());
		work_on(task);
	}
	serve();
}
