/* What reading DWARF may cost. */
#include "measure/debug_budget.h"

#include "base/memory.h"

#include <time.h>

enum {
	STEPS_A_LOOK = 64, /* at the clock */
};

static void settle(struct debug_budget *budget)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	uint64_t spent = now_ns - budget->since_ns;
	budget->cpu_ns = spent < budget->cpu_ns ? budget->cpu_ns - spent : 0;
	budget->since_ns = now_ns;
}

void debug_budget_start(struct debug_budget *budget)
{
	uint64_t left = budget->cpu_ns;
	settle(budget);
	budget->cpu_ns = left;
}

void debug_budget_stop(struct debug_budget *budget)
{
	settle(budget);
}

bool debug_budget_spend(struct debug_budget *budget)
{
	if (++budget->steps % STEPS_A_LOOK == 0)
		settle(budget);
	return budget->cpu_ns > 0;
}

bool debug_budget_spend_much(struct debug_budget *budget)
{
	settle(budget);
	return budget->cpu_ns > 0;
}

void *debug_budget_room(struct debug_budget *budget, void *list, size_t count, size_t size)
{
	if (!budget->entries)
		return NULL;
	budget->entries--;
	return count & (count - 1) ? list : memory_resize(list, count ? 2 * count : 1, size);
}
