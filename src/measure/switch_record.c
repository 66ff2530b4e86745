/* Reads the kernel's switch records out of a trace and brings the rings of all CPUs into one order by time. */
#include "measure/switch_record.h"

#include "base/memory.h"
#include "measure/merge_sort.h"
#include "measure/unaligned.h"

#include <stdlib.h>
#include <string.h>

/* pid, tid and time, at the end of every record. */
enum { TRAILER_SIZE = 16 };

/* What lies between header and trailer:

	SWITCH      nothing; header.misc says out, or out and preempted
	FORK, EXIT  pid 32 | ppid 32 | tid 32 | ptid 32 | time 64
	COMM        pid 32 | tid 32 | name, NUL-terminated and filled with NUL to a multiple of 8
	LOST        id 64 | how many 64

   False for a type that says nothing about threads. */
static bool body_size(uint32_t type, size_t *size)
{
	switch (type) {
	case PERF_RECORD_SWITCH:
		*size = 0;
		return true;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		*size = 24;
		return true;
	case PERF_RECORD_COMM:
		*size = 8;
		return true;
	case PERF_RECORD_LOST:
		*size = 16;
		return true;
	default:
		return false;
	}
}

bool switch_record_decode(const void *bytes, size_t size, size_t *offset, struct switch_event *event,
                          struct error *err)
{
	struct perf_event_header header = {0};
	size_t at = *offset;
	*event = (struct switch_event){.kind = SWITCH_OTHER};
	if (at > size || size - at < sizeof header)
		return error_set(err, "switch record at byte %zu: cut off after %zu bytes", at, at > size ? 0 : size - at);
	const unsigned char *record = (const unsigned char *)bytes + at;
	memcpy(&header, record, sizeof header);
	if (header.size < sizeof header)
		return error_set(err, "switch record at byte %zu: a size of %u bytes is less than its head", at, header.size);
	if (header.size > size - at)
		return error_set(err, "switch record at byte %zu: %u bytes long, but only %zu are there", at, header.size,
		                 size - at);
	size_t body = 0;
	if (!body_size(header.type, &body)) {
		*offset = at + header.size;
		return true;
	}
	if (header.size < sizeof header + body + TRAILER_SIZE)
		return error_set(err, "switch record at byte %zu: type %u needs %zu bytes and has %u", at, header.type,
		                 sizeof header + body + TRAILER_SIZE, header.size);

	const unsigned char *content = record + sizeof header;
	const unsigned char *trailer = record + header.size - TRAILER_SIZE;
	event->pid = read_32(trailer);
	event->tid = read_32(trailer + 4);
	event->time_ns = read_64(trailer + 8);
	switch (header.type) {
	case PERF_RECORD_SWITCH:
		if (!(header.misc & PERF_RECORD_MISC_SWITCH_OUT))
			event->kind = SWITCH_IN;
		else if (header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT)
			event->kind = SWITCH_OUT_PREEMPTED;
		else
			event->kind = SWITCH_OUT;
		break;
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		/* The trailer names whoever was running: the creator of a new thread. */
		event->kind = header.type == PERF_RECORD_FORK ? SWITCH_FORK : SWITCH_EXIT;
		event->pid = read_32(content);
		event->parent_pid = read_32(content + 4);
		event->tid = read_32(content + 8);
		event->parent_tid = read_32(content + 12);
		break;
	case PERF_RECORD_COMM:
		/* The trailer names who gave the name, which may be another thread. */
		event->kind = header.misc & PERF_RECORD_MISC_COMM_EXEC ? SWITCH_EXEC : SWITCH_COMM;
		event->pid = read_32(content);
		event->tid = read_32(content + 4);
		event->name = (const char *)content + body;
		event->name_size = strnlen(event->name, (size_t)(trailer - content) - body);
		break;
	case PERF_RECORD_LOST:
		event->kind = SWITCH_LOST;
		event->lost = read_64(content + 8);
		event->until_ns = event->time_ns;
		break;
	}
	*offset = at + header.size;
	return true;
}

/* One record of a ring, in the order in which the merge takes them. */
struct entry {
	uint64_t time_ns;
	size_t offset;
};

/* Stands for no record, but for what is missing behind the last one. */
#define MISSING_END SIZE_MAX

struct cursor {
	const struct trace_ring *ring;
	struct entry *entries;
	size_t count, capacity;
	size_t next; /* index of the entry behind the head */
	uint64_t missing_end;
	struct switch_event head;
};

struct switch_merge {
	struct cursor *cursors; /* one per ring */
	size_t cursor_count;
	size_t *heap; /* indexes of cursors that have a head, the first one next */
	size_t heap_size;
	uint64_t lost;
};

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void cursor_add(struct cursor *cursor, uint64_t time_ns, size_t offset)
{
	if (cursor->count == cursor->capacity) {
		cursor->capacity += cursor->capacity / 2;
		cursor->entries = memory_resize(cursor->entries, cursor->capacity, sizeof *cursor->entries);
	}
	cursor->entries[cursor->count++] = (struct entry){time_ns, offset};
}

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	return a->time_ns < b->time_ns ? -1 : a->time_ns > b->time_ns;
}

static bool cursor_open(struct cursor *cursor, const struct trace_ring *ring, uint64_t *lost, struct error *err)
{
	struct error inner = {0};
	struct switch_event event = {0};
	uint64_t last_ns = 0, reported = 0;
	cursor->ring = ring;
	/* Switches are most of any trace, and no record is shorter than theirs. */
	cursor->capacity = ring->records.size / (sizeof(struct perf_event_header) + TRAILER_SIZE) + 2;
	cursor->entries = memory_resize(NULL, cursor->capacity, sizeof *cursor->entries);
	for (size_t offset = 0; offset < ring->records.size;) {
		size_t at = offset;
		if (!switch_record_decode(ring->records.data, ring->records.size, &offset, &event, &inner))
			return error_set(err, "CPU %d: %s", ring->cpu, inner.text);
		if (event.kind == SWITCH_OTHER)
			continue;
		uint64_t time_ns = event.time_ns;
		if (event.kind == SWITCH_LOST) {
			reported = add_up(reported, event.lost);
			time_ns = last_ns;
		}
		cursor_add(cursor, time_ns, at);
		last_ns = event.time_ns;
	}
	merge_sort(cursor->entries, cursor->count, sizeof *cursor->entries, compare_entries);
	/* A gap that no record closes shows only in what the kernel counted. */
	cursor->missing_end = add_up(ring->lost > reported ? ring->lost - reported : 0, ring->dropped);
	if (cursor->missing_end)
		cursor_add(cursor, cursor->count ? cursor->entries[cursor->count - 1].time_ns : 0, MISSING_END);
	*lost = add_up(*lost, add_up(reported, cursor->missing_end));
	return true;
}

/* Decodes the next entry into the head; false at the end. */
static bool cursor_advance(struct cursor *cursor, size_t ring)
{
	if (cursor->next == cursor->count)
		return false;
	struct entry entry = cursor->entries[cursor->next++];
	struct switch_event *head = &cursor->head;
	if (entry.offset == MISSING_END)
		*head = (struct switch_event){.kind = SWITCH_LOST, .until_ns = UINT64_MAX, .lost = cursor->missing_end};
	else
		switch_record_decode(cursor->ring->records.data, cursor->ring->records.size, &entry.offset, head, NULL);
	head->time_ns = entry.time_ns;
	head->ring = ring;
	head->cpu = cursor->ring->cpu;
	return true;
}

static bool comes_first(const struct switch_event *a, const struct switch_event *b)
{
	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->ring < b->ring;
}

static void heap_sink(struct switch_merge *merge, size_t at)
{
	for (;;) {
		size_t first = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < merge->heap_size; child++)
			if (comes_first(&merge->cursors[merge->heap[child]].head, &merge->cursors[merge->heap[first]].head))
				first = child;
		if (first == at)
			return;
		size_t moved = merge->heap[at];
		merge->heap[at] = merge->heap[first];
		merge->heap[first] = moved;
		at = first;
	}
}

struct switch_merge *switch_merge_new(const struct trace *trace, struct error *err)
{
	struct switch_merge *merge = memory_zero(1, sizeof *merge);
	merge->cursors = memory_zero(trace->ring_count, sizeof *merge->cursors);
	merge->heap = memory_zero(trace->ring_count, sizeof *merge->heap);
	merge->cursor_count = trace->ring_count;
	for (size_t i = 0; i < trace->ring_count; i++) {
		if (!cursor_open(&merge->cursors[i], &trace->rings[i], &merge->lost, err)) {
			switch_merge_free(merge);
			return NULL;
		}
		if (cursor_advance(&merge->cursors[i], i))
			merge->heap[merge->heap_size++] = i;
	}
	for (size_t i = merge->heap_size / 2; i-- > 0;)
		heap_sink(merge, i);
	return merge;
}

bool switch_merge_next(struct switch_merge *merge, struct switch_event *event)
{
	if (!merge->heap_size)
		return false;
	size_t ring = merge->heap[0];
	*event = merge->cursors[ring].head;
	if (!cursor_advance(&merge->cursors[ring], ring))
		merge->heap[0] = merge->heap[--merge->heap_size];
	heap_sink(merge, 0);
	return true;
}

uint64_t switch_merge_lost(const struct switch_merge *merge)
{
	return merge->lost;
}

void switch_merge_free(struct switch_merge *merge)
{
	if (!merge)
		return;
	for (size_t i = 0; i < merge->cursor_count; i++)
		free(merge->cursors[i].entries);
	free(merge->cursors);
	free(merge->heap);
	free(merge);
}
