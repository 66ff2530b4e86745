/* Sorts what mostly is in order already. */
#include "measure/merge_sort.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct sorter {
	char *from, *to;
	size_t size;
	int (*compare)(const void *, const void *);
};

/* Merges from[start, middle) and from[middle, end) into `to`; in elements. */
static void merge(const struct sorter *s, size_t start, size_t middle, size_t end)
{
	const char *a = s->from + start * s->size, *a_end = s->from + middle * s->size;
	const char *b = a_end, *b_end = s->from + end * s->size;
	char *to = s->to + start * s->size;
	while (a < a_end && b < b_end) {
		const char **taken = s->compare(a, b) <= 0 ? &a : &b;
		memcpy(to, *taken, s->size);
		*taken += s->size;
		to += s->size;
	}
	memcpy(to, a, (size_t)(a_end - a));
	memcpy(to + (a_end - a), b, (size_t)(b_end - b));
}

void merge_sort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	char *own = elements;
	size_t runs = 1;
	for (size_t i = 1; i < count; i++)
		runs += compare(own + (i - 1) * size, own + i * size) > 0;
	if (count < 2 || runs == 1)
		return;
	/* Where each run starts, and behind them all where the last one ends. */
	size_t *starts = memory_resize(NULL, runs + 1, sizeof *starts);
	starts[0] = 0;
	for (size_t i = 1, at = 1; i < count; i++)
		if (compare(own + (i - 1) * size, own + i * size) > 0)
			starts[at++] = i;
	starts[runs] = count;
	char *spare = memory_resize(NULL, count, size);
	struct sorter s = {.from = own, .to = spare, .size = size, .compare = compare};
	while (runs > 1) {
		size_t made = 0;
		for (size_t i = 0; i < runs; i += 2) {
			size_t end = i + 2 < runs ? i + 2 : runs;
			merge(&s, starts[i], starts[i + 1], starts[end]);
			starts[made++] = starts[i];
		}
		starts[made] = count;
		runs = made;
		char *other = s.from;
		s.from = s.to;
		s.to = other;
	}
	if (s.from != own)
		memcpy(own, s.from, count * size);
	free(spare);
	free(starts);
}
