/* Finds who bore an id at a time. */
#include "measure/lane_index.h"

#include "measure/grow.h"

#include <stdbool.h>
#include <stdlib.h>

void lane_index_add(struct lane_index *index, const struct lane_entry *entry)
{
	index->entries = grow(index->entries, index->count, &index->capacity, sizeof *index->entries);
	index->entries[index->count++] = *entry;
}

static int compare(const struct lane_entry *a, uint64_t group, uint64_t id, uint64_t start_ns)
{
	if (a->group != group)
		return a->group < group ? -1 : 1;
	if (a->id != id)
		return a->id < id ? -1 : 1;
	return a->start_ns < start_ns ? -1 : a->start_ns > start_ns;
}

static int compare_entries(const void *left, const void *right)
{
	const struct lane_entry *a = left, *b = right;
	int order = compare(a, b->group, b->id, b->start_ns);
	return order ? order : a->value < b->value ? -1 : a->value > b->value;
}

void lane_index_sort(struct lane_index *index)
{
	if (index->count)
		qsort(index->entries, index->count, sizeof *index->entries, compare_entries);
}

/* How many entries come before this id and time, or, `with` them, at it. */
static size_t count_before(const struct lane_index *index, const struct lane_entry *sought, bool with)
{
	size_t low = 0, high = index->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&index->entries[middle], sought->group, sought->id, sought->start_ns);
		if (order < 0 || (with && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t value_of(const struct lane_index *index, size_t at, uint64_t group, uint64_t id)
{
	if (at >= index->count || index->entries[at].group != group || index->entries[at].id != id)
		return SIZE_MAX;
	return index->entries[at].value;
}

size_t lane_index_find(const struct lane_index *index, uint64_t group, uint64_t id, uint64_t ns)
{
	size_t count = count_before(index, &(struct lane_entry){.group = group, .id = id, .start_ns = ns}, true);
	return count ? value_of(index, count - 1, group, id) : SIZE_MAX;
}

size_t lane_index_next(const struct lane_index *index, uint64_t group, uint64_t id, uint64_t ns)
{
	return value_of(index, count_before(index, &(struct lane_entry){.group = group, .id = id, .start_ns = ns}, false),
	                group, id);
}

void lane_index_free(struct lane_index *index)
{
	if (!index)
		return;
	free(index->entries);
	*index = (struct lane_index){0};
}
