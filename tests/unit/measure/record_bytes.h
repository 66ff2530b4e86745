/* Writes switch records byte by byte, as the kernel does, so that tests say in one line what a CPU recorded. */
#ifndef LIVEPOST_TESTS_RECORD_BYTES_H
#define LIVEPOST_TESTS_RECORD_BYTES_H

#include "base/buffer.h"
#include "base/memory.h"
#include "measure/trace.h"

#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void add_32(struct buffer *to, uint32_t value)
{
	buffer_add(to, &value, sizeof value);
}

static inline void add_64(struct buffer *to, uint64_t value)
{
	buffer_add(to, &value, sizeof value);
}

static inline void add_header(struct buffer *to, uint32_t type, uint16_t misc, size_t size)
{
	struct perf_event_header header = {.type = type, .misc = misc, .size = (uint16_t)size};
	buffer_add(to, &header, sizeof header);
}

static inline void add_trailer(struct buffer *to, uint32_t pid, uint32_t tid, uint64_t time)
{
	add_32(to, pid);
	add_32(to, tid);
	add_64(to, time);
}

static inline void add_in(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid)
{
	add_header(to, PERF_RECORD_SWITCH, 0, 24);
	add_trailer(to, pid, tid, time);
}

static inline void add_out(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid)
{
	add_header(to, PERF_RECORD_SWITCH, PERF_RECORD_MISC_SWITCH_OUT, 24);
	add_trailer(to, pid, tid, time);
}

static inline void add_preempted(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid)
{
	add_header(to, PERF_RECORD_SWITCH, PERF_RECORD_MISC_SWITCH_OUT | PERF_RECORD_MISC_SWITCH_OUT_PREEMPT, 24);
	add_trailer(to, pid, tid, time);
}

/* The trailer of a fork names the parent. */
static inline void add_fork(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid, uint32_t parent_pid,
                            uint32_t parent_tid)
{
	add_header(to, PERF_RECORD_FORK, 0, 48);
	add_32(to, pid);
	add_32(to, parent_pid);
	add_32(to, tid);
	add_32(to, parent_tid);
	add_64(to, time);
	add_trailer(to, parent_pid, parent_tid, time);
}

static inline void add_exit(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid)
{
	add_header(to, PERF_RECORD_EXIT, 0, 48);
	add_32(to, pid);
	add_32(to, 1);
	add_32(to, tid);
	add_32(to, 1);
	add_64(to, time);
	add_trailer(to, pid, tid, time);
}

static inline void add_named(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid, const char *name,
                             uint16_t misc)
{
	char padded[64] = "";
	size_t size = (strlen(name) + 8) / 8 * 8;
	memcpy(padded, name, strlen(name));
	add_header(to, PERF_RECORD_COMM, misc, 32 + size);
	add_32(to, pid);
	add_32(to, tid);
	buffer_add(to, padded, size);
	add_trailer(to, pid, tid, time);
}

static inline void add_comm(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid, const char *name)
{
	add_named(to, time, pid, tid, name, 0);
}

static inline void add_exec(struct buffer *to, uint64_t time, uint32_t pid, uint32_t tid, const char *name)
{
	add_named(to, time, pid, tid, name, PERF_RECORD_MISC_COMM_EXEC);
}

/* The trailer names whoever ran when there was room again. */
static inline void add_lost(struct buffer *to, uint64_t time, uint64_t lost)
{
	add_header(to, PERF_RECORD_LOST, 0, 40);
	add_64(to, 17);
	add_64(to, lost);
	add_trailer(to, 1, 1, time);
}

static inline struct trace new_trace(size_t rings, uint64_t start_ns, uint64_t end_ns, uint32_t pid)
{
	struct trace trace = {.start_ns = start_ns, .end_ns = end_ns, .pid = pid, .ring_count = rings};
	trace.rings = memory_zero(rings, sizeof *trace.rings);
	for (size_t i = 0; i < rings; i++)
		trace.rings[i].cpu = (int)i;
	return trace;
}

#endif
