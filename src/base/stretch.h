/* Stretches that follow each other, each told by where it begins. */
#ifndef LIVEPOST_BASE_STRETCH_H
#define LIVEPOST_BASE_STRETCH_H

#include <stddef.h>

/* The number of the stretch that a place is in: the last that begins there or before it, 0 where none does. first: where
   the first one begins; stride: how many bytes of memory behind that stands where the next one does. */
static inline size_t stretch_at(const size_t *first, size_t stride, size_t count, size_t place)
{
	size_t low = 0, high = count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (*(const size_t *)(const void *)((const char *)first + middle * stride) <= place)
			low = middle;
		else
			high = middle;
	}
	return low;
}

#endif
