/* Arrays that grow. */
#ifndef LIVEPOST_MEASURE_GROW_H
#define LIVEPOST_MEASURE_GROW_H

#include "base/memory.h"

/* Makes room for one more element of `size` bytes behind `count`; returns the array, as memory_resize does. */
static inline void *grow(void *elements, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return elements;
	*capacity = *capacity ? 2 * *capacity : 8;
	return memory_resize(elements, *capacity, size);
}

#endif
