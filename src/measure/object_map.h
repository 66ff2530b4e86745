/* A map from what lives at an address of a program (a lock, a condition…) to an index. Knows nothing of what is behind
   the indexes. */
#ifndef LIVEPOST_MEASURE_OBJECT_MAP_H
#define LIVEPOST_MEASURE_OBJECT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where something lives: an address means something only in one image, and different kinds of things may follow each
   other at one address. */
struct object_key {
	size_t image;
	uint64_t address;
	unsigned kind;
};

struct object_slot {
	struct object_key key;
	size_t index; /* SIZE_MAX for an empty slot */
};

/* {0} is an empty map. */
struct object_map {
	struct object_slot *slots;
	size_t count, capacity; /* capacity: 0 or a power of two */
};

/* The index of the key; `index` (never SIZE_MAX), which is then set, where it was not there. */
size_t object_map_get_or_set(struct object_map *map, const struct object_key *key, size_t index);
/* The index of the key, SIZE_MAX where it is not there. */
size_t object_map_get(const struct object_map *map, const struct object_key *key);
void object_map_set(struct object_map *map, const struct object_key *key, size_t index);
void object_map_free(struct object_map *map); /* takes NULL */

#endif
