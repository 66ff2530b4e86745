/* A map from what lives at an address of a program to an index. */
#include "measure/object_map.h"

#include "base/memory.h"

#include <stdlib.h>
#include <xxhash.h>

/* The slot that holds the key, or the empty one where it belongs; the map is never full. The hash is one whose
   collisions cannot be written down as easily as addresses. */
static struct object_slot *find_slot(const struct object_map *map, const struct object_key *key)
{
	uint64_t words[3] = {key->image, key->address, key->kind};
	size_t at = XXH3_64bits(words, sizeof words) & (map->capacity - 1);
	for (;; at = (at + 1) & (map->capacity - 1)) {
		struct object_slot *slot = &map->slots[at];
		if (slot->index == SIZE_MAX || (slot->key.image == key->image && slot->key.address == key->address &&
		                                slot->key.kind == key->kind))
			return slot;
	}
}

static void make_room(struct object_map *map)
{
	if (2 * (map->count + 1) <= map->capacity)
		return;
	struct object_map bigger = {.capacity = map->capacity ? 2 * map->capacity : 64, .count = map->count};
	bigger.slots = memory_resize(NULL, bigger.capacity, sizeof *bigger.slots);
	for (size_t i = 0; i < bigger.capacity; i++)
		bigger.slots[i].index = SIZE_MAX;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].index != SIZE_MAX)
			*find_slot(&bigger, &map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = bigger;
}

size_t object_map_get(const struct object_map *map, const struct object_key *key)
{
	return map->capacity ? find_slot(map, key)->index : SIZE_MAX;
}

size_t object_map_get_or_set(struct object_map *map, const struct object_key *key, size_t index)
{
	size_t found = object_map_get(map, key);
	if (found != SIZE_MAX)
		return found;
	object_map_set(map, key, index);
	return index;
}

void object_map_set(struct object_map *map, const struct object_key *key, size_t index)
{
	make_room(map);
	struct object_slot *slot = find_slot(map, key);
	if (slot->index == SIZE_MAX)
		map->count++;
	*slot = (struct object_slot){*key, index};
}

void object_map_free(struct object_map *map)
{
	if (!map)
		return;
	free(map->slots);
	*map = (struct object_map){0};
}
