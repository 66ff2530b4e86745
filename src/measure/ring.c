/* The memory through which the kernel hands over its records: one ring for each CPU. */
#include "measure/ring.h"

#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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
	for (size_t i = 0; i < rings->count; i++) {
		if (rings->rings[i].page)
			munmap(rings->rings[i].page, rings->rings[i].size + (size_t)sysconf(_SC_PAGESIZE));
		if (rings->rings[i].own >= 0)
			close(rings->rings[i].own);
	}
	free(rings->rings);
	*rings = (struct rings){0};
}

static int open_event(const struct perf_event_attr *event, int cpu)
{
	return (int)syscall(SYS_perf_event_open, event, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* An event on this process for each CPU that is switched on. Returns an errno. */
static int open_rings(struct rings *rings, struct perf_event_attr *event)
{
	long configured = sysconf(_SC_NPROCESSORS_CONF);
	int places = configured > 0 ? (int)configured : 1;
	*rings = (struct rings){memory_zero((size_t)places, sizeof *rings->rings), 0};
	for (int cpu = 0; cpu < places; cpu++) {
		int descriptor = open_event(event, cpu);
		if (descriptor < 0 && errno == EINVAL && event->read_format) {
			event->read_format = 0; /* kernels before 6.0 do not count what they lose */
			descriptor = open_event(event, cpu);
		}
		if (descriptor >= 0)
			rings->rings[rings->count++] = (struct ring){.own = descriptor, .event = -1, .cpu = cpu};
		else if (errno != ENODEV) /* ENODEV: the CPU is switched off */
			return errno;
	}
	return rings->count ? 0 : ENODEV;
}

static int map_rings(struct rings *rings, size_t size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < rings->count; i++) {
		struct ring *ring = &rings->rings[i];
		void *memory = mmap(NULL, size + page_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->own, 0);
		if (memory == MAP_FAILED)
			return errno;
		ring->page = memory;
		ring->data = (const char *)memory + page_size;
		ring->size = size;
	}
	return 0;
}

bool rings_map(struct rings *rings, struct perf_event_attr *event, size_t *size, const char **call)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE), least = page_size > RING_SIZE_LEAST ? page_size : RING_SIZE_LEAST;
	int error = 0;
	bool again = false;
	do {
		/* When a ring calls for us is settled by its own event. */
		struct perf_event_attr own = *event;
		own.inherit = own.enable_on_exec = 0;
		own.wakeup_watermark = ring_watermark(*size ? *size : RING_SIZE);
		*call = "perf_event_open";
		error = open_rings(rings, &own);
		event->read_format = own.read_format;
		if (!error) {
			*size = *size ? *size : ring_size_for(rings->count);
			*call = "mmap of a perf_event ring";
			error = map_rings(rings, *size);
			again = (error == EPERM || error == ENOMEM) && (*size /= 2) >= least;
		}
		if (error)
			rings_unmap(rings);
	} while (error && again);
	errno = error;
	return !error;
}

bool rings_join(struct rings *rings, const int *events, const int *cpus, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;
		while (at < rings->count && rings->rings[at].cpu != cpus[i])
			at++;
		if (at == rings->count) { /* switched on since they were mapped */
			errno = ENODEV;
			return false;
		}
		struct ring *ring = &rings->rings[at];
		/* Nothing writes yet: what is in there is of another child. */
		ring->page->data_tail = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
		ring->was_full = false;
		if (ioctl(events[i], PERF_EVENT_IOC_SET_OUTPUT, ring->own))
			return false;
		ring->event = events[i];
	}
	return true;
}

void rings_part(struct rings *rings)
{
	for (size_t i = 0; i < rings->count; i++)
		rings->rings[i].event = -1;
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
	/* Where nothing came since it was full, records may still be missing behind the last one. */
	if (size)
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
	if (ring->event >= 0 && read(ring->event, &count, sizeof count) == sizeof count)
		into->lost = count.lost;
}
