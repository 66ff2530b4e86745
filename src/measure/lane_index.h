/* Finds who bore an id at a time: ids are used again. Knows nothing of what kind of id it is. */
#ifndef LIVEPOST_MEASURE_LANE_INDEX_H
#define LIVEPOST_MEASURE_LANE_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct lane_entry {
	uint64_t group, id; /* group: where ids of several owners must not meet, else 0 */
	uint64_t start_ns;
	size_t value;
};

/* {0} is an empty index. */
struct lane_index {
	struct lane_entry *entries;
	size_t count, capacity;
};

void lane_index_add(struct lane_index *index, const struct lane_entry *entry);
void lane_index_sort(struct lane_index *index); /* after the last add, before the first find */
/* The value of the last entry with this id that starts no later than `ns`; SIZE_MAX for none. */
size_t lane_index_find(const struct lane_index *index, uint64_t group, uint64_t id, uint64_t ns);
/* The value of the first entry with this id that starts no earlier than `ns`; SIZE_MAX for none. */
size_t lane_index_next(const struct lane_index *index, uint64_t group, uint64_t id, uint64_t ns);
void lane_index_free(struct lane_index *index); /* takes NULL */

#endif
