/* The memory through which the kernel hands over its records: one ring for each CPU. */
#include "measure/ring.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The largest record that is asked for; a ring with less room may have had to turn one away. */
#define RECORD_SIZE_MOST 48

size_t ring_size_for(size_t count)
{
	size_t size = RING_SIZE;
	while (size < RING_SIZE_MOST && 2 * size * count <= RINGS_SIZE_MOST)
		size *= 2;
	return size;
}

uint32_t ring_watermark(size_t size)
{
	return (uint32_t)((size < RING_SIZE ? size : RING_SIZE) / 4);
}

void rings_unmap(struct rings *rings)
{
	for (size_t i = 0; i < rings->count; i++)
		if (rings->rings[i].page)
			munmap(rings->rings[i].page, rings->rings[i].size + (size_t)sysconf(_SC_PAGESIZE));
	free(rings->rings);
	*rings = (struct rings){0};
}

bool rings_map(struct rings *rings, const int *descriptors, const int *cpus, size_t count, size_t *size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	int error = 0;
	for (; *size >= RING_SIZE_LEAST && *size >= page_size; *size /= 2) {
		error = 0;
		*rings = (struct rings){memory_zero(count, sizeof *rings->rings), count};
		for (size_t i = 0; i < count && !error; i++) {
			void *memory = mmap(NULL, *size + page_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[i], 0);
			if (memory == MAP_FAILED)
				error = errno;
			else
				rings->rings[i] = (struct ring){.descriptor = descriptors[i], .cpu = cpus[i], .page = memory,
				                                .data = (const char *)memory + page_size, .size = *size};
		}
		if (!error)
			return true;
		rings_unmap(rings);
		if (error != EPERM && error != ENOMEM)
			break;
	}
	errno = error ? error : EINVAL;
	return false;
}

/* How many records stand between tail and head. */
static uint64_t count_records(const struct ring *ring, uint64_t tail, uint64_t head)
{
	uint64_t count = 0;
	while (tail < head) {
		struct perf_event_header header = {0};
		/* Records are multiples of 8 bytes, as is the ring: a header never wraps. */
		memcpy(&header, ring->data + tail % ring->size, sizeof header);
		if (header.size < sizeof header)
			return count + 1;
		tail += header.size;
		count++;
	}
	return count;
}

size_t ring_empty(struct ring *ring, size_t room, struct trace_ring *into)
{
	/* The kernel writes records first and data_head after: acquire, so that what lies before head is read whole. */
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail; /* written by us alone */
	size_t size = (size_t)(head - tail), at = (size_t)(tail % ring->size), kept = 0;
	ring->was_full = ring->size - size < RECORD_SIZE_MOST;
	if (into->dropped || size > room) {
		into->dropped += count_records(ring, tail, head);
	} else {
		size_t first = ring->size - at < size ? ring->size - at : size;
		buffer_add(&into->records, ring->data + at, first);
		buffer_add(&into->records, ring->data, size - first);
		kept = size;
	}
	/* Release: the kernel may write over these bytes only when they have been read. */
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	return kept;
}

void ring_count_lost(const struct ring *ring, struct trace_ring *into)
{
	struct {
		uint64_t value, lost;
	} count = {0};
	if (read(ring->descriptor, &count, sizeof count) == sizeof count)
		into->lost = count.lost;
}
