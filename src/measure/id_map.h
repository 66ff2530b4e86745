/* A map from process or thread ids to indexes. Knows nothing of what is behind the indexes. */
#ifndef LIVEPOST_MEASURE_ID_MAP_H
#define LIVEPOST_MEASURE_ID_MAP_H

#include <stddef.h>
#include <stdint.h>

struct id_slot {
	uint32_t id; /* 0 for an empty slot */
	size_t index;
};

/* {0} is an empty map. */
struct id_map {
	struct id_slot *slots;
	size_t count, capacity; /* capacity: 0 or a power of two */
};

#define ID_MAP_NONE SIZE_MAX

/* id is never 0. id_map_get returns ID_MAP_NONE for an id that was not set. */
size_t id_map_get(const struct id_map *map, uint32_t id);
void id_map_set(struct id_map *map, uint32_t id, size_t index);
void id_map_free(struct id_map *map); /* takes NULL */

#endif
