/* What reading DWARF may cost: files that were made to keep us busy run out of it, others never. Knows no DWARF. */
#ifndef LIVEPOST_MEASURE_DEBUG_BUDGET_H
#define LIVEPOST_MEASURE_DEBUG_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may still be spent; shared by all files of one program. */
struct debug_budget {
	uint64_t cpu_ns;     /* processor time */
	uint64_t line_bytes; /* of line number programs, which grow a hundredfold when they are read */
	uint64_t entries;    /* of our own lists */
	uint64_t since_ns;   /* when the account was last settled */
	unsigned steps;
};

void debug_budget_start(struct debug_budget *budget); /* before each question */
void debug_budget_stop(struct debug_budget *budget);  /* after it */
bool debug_budget_spend(struct debug_budget *budget); /* false when there is none left */
bool debug_budget_spend_much(struct debug_budget *budget); /* the same before a call that may take long by itself */

/* Returns the list with room for one more element than the `count` it holds; NULL when no more are allowed. */
void *debug_budget_room(struct debug_budget *budget, void *list, size_t count, size_t size);

/* Adds an element to a list; leaves it as it is when no more are allowed. */
#define DEBUG_BUDGET_ADD(budget, list, count, ...) \
	do { \
		void *room = debug_budget_room(budget, list, count, sizeof *(list)); \
		if (room) { \
			(list) = room; \
			(list)[(count)++] = __VA_ARGS__; \
		} \
	} while (0)

#endif
