/* Strings kept once each. */
#include "measure/text_pool.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct text_pool {
	char **slots; /* NULL for an empty one */
	size_t count, capacity; /* capacity: a power of two */
};

struct text_pool *text_pool_new(void)
{
	struct text_pool *pool = memory_zero(1, sizeof *pool);
	pool->capacity = 64;
	pool->slots = memory_zero(pool->capacity, sizeof *pool->slots);
	return pool;
}

static char **find_slot(const struct text_pool *pool, const char *text)
{
	size_t at = XXH3_64bits(text, strlen(text)) & (pool->capacity - 1);
	while (pool->slots[at] && strcmp(pool->slots[at], text) != 0)
		at = (at + 1) & (pool->capacity - 1);
	return &pool->slots[at];
}

const char *text_pool_add(struct text_pool *pool, const char *text)
{
	char **slot = find_slot(pool, text);
	const char *known = *slot;
	if (known)
		return known;
	if (2 * (pool->count + 1) > pool->capacity) {
		struct text_pool bigger = {.capacity = 2 * pool->capacity, .count = pool->count};
		bigger.slots = memory_zero(bigger.capacity, sizeof *bigger.slots);
		for (size_t i = 0; i < pool->capacity; i++)
			if (pool->slots[i])
				*find_slot(&bigger, pool->slots[i]) = pool->slots[i];
		free(pool->slots);
		*pool = bigger;
		slot = find_slot(pool, text);
	}
	char *kept = memory_string(text);
	*slot = kept;
	pool->count++;
	return kept;
}

void text_pool_free(struct text_pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->capacity; i++)
		free(pool->slots[i]);
	free(pool->slots);
	free(pool);
}
