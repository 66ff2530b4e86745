/* Sorts what mostly is in order already, as records of several lanes one behind the other are. Knows nothing of what it
   sorts. */
#ifndef LIVEPOST_MEASURE_MERGE_SORT_H
#define LIVEPOST_MEASURE_MERGE_SORT_H

#include <stddef.h>

/* As qsort, and stable: n log r, where r is how many ascending runs there are. */
void merge_sort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
