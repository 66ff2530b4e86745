/* A map from process or thread ids to indexes. */
#include "measure/id_map.h"

#include "base/memory.h"

#include <stdlib.h>

/* The slot that holds `id`, or the empty one where it belongs; the map is never full. */
static struct id_slot *find_slot(const struct id_map *map, uint32_t id)
{
	/* Neighbouring ids, as a program's threads have them, land far apart. */
	uint32_t spread = id * 2654435769u;
	size_t at = spread & (map->capacity - 1);
	while (map->slots[at].id && map->slots[at].id != id)
		at = (at + 1) & (map->capacity - 1);
	return &map->slots[at];
}

size_t id_map_get(const struct id_map *map, uint32_t id)
{
	if (!map->capacity)
		return ID_MAP_NONE;
	const struct id_slot *slot = find_slot(map, id);
	return slot->id ? slot->index : ID_MAP_NONE;
}

void id_map_set(struct id_map *map, uint32_t id, size_t index)
{
	if (2 * (map->count + 1) > map->capacity) {
		struct id_map bigger = {.capacity = map->capacity ? 2 * map->capacity : 64};
		bigger.slots = memory_zero(bigger.capacity, sizeof *bigger.slots);
		for (size_t i = 0; i < map->capacity; i++)
			if (map->slots[i].id)
				*find_slot(&bigger, map->slots[i].id) = map->slots[i];
		bigger.count = map->count;
		free(map->slots);
		*map = bigger;
	}
	struct id_slot *slot = find_slot(map, id);
	if (!slot->id)
		map->count++;
	*slot = (struct id_slot){id, index};
}

void id_map_free(struct id_map *map)
{
	if (!map)
		return;
	free(map->slots);
	*map = (struct id_map){0};
}
