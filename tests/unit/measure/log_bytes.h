/* Writes a probe's log as the probe does, so that tests say in one line what a thread recorded. */
#ifndef LIVEPOST_TESTS_LOG_BYTES_H
#define LIVEPOST_TESTS_LOG_BYTES_H

#include "base/buffer.h"
#include "base/memory.h"
#include "probe/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_THREADS = 128 };

struct log_thread {
	uint32_t pid, tid;
	struct buffer records;
};

/* {0} is an empty log of CLOCK_MONOTONIC. */
struct log_writer {
	struct log_thread threads[LOG_THREADS];
	size_t thread_count;
	uint64_t lost;
	uint32_t flags;
	uint32_t run_pages; /* of each run; 0: as the probe does, 1, 2, 4 … 64 */
	struct log_thread samples;  /* of the launcher: records of PROBE_SYSCALL */
	struct probe_header header; /* clock and calibration, where clock is not 0 */
};

static inline struct log_thread *log_thread(struct log_writer *log, uint32_t pid, uint32_t tid)
{
	struct log_thread *thread = &log->threads[log->thread_count++];
	thread->pid = pid;
	thread->tid = tid;
	return thread;
}

static inline void log_record(struct log_thread *thread, struct probe_record record)
{
	buffer_add(&thread->records, &record, sizeof record);
}

/* PUT(thread, ns, kind, .object = …, …) */
#define PUT(thread, at, what, ...) \
	log_record(thread, (struct probe_record){.time = (at), .kind = (what), __VA_ARGS__})
/* The end of a pair without a delay. */
#define PUT_END(thread, at, what, ...) \
	log_record(thread, (struct probe_record){.time = (at), .kind = (what) | PROBE_END, .value = UINT32_MAX, __VA_ARGS__})

/* A record with text behind it. */
static inline void log_text(struct log_thread *thread, struct probe_record record, const char *text)
{
	size_t size = strlen(text);
	record.value = (uint32_t)size;
	log_record(thread, record);
	for (size_t at = 0; at < size; at += 28) {
		struct probe_record piece = {.kind = PROBE_TEXT, .detail = (uint16_t)(size - at < 28 ? size - at : 28)};
		memcpy(&piece, text + at, piece.detail);
		log_record(thread, piece);
	}
}

/* The log's bytes; the writer is empty after. */
static inline struct buffer log_finish(struct log_writer *log)
{
	struct buffer bytes = {0};
	struct probe_header header = log->header;
	uint32_t page = 1;
	memset(buffer_reserve(&bytes, PROBE_PAGE), 0, PROBE_PAGE);
	bytes.size = PROBE_PAGE;
	if (log->samples.records.size) {
		size_t pages = log->samples.records.size / PROBE_PAGE + 1;
		buffer_add(&bytes, log->samples.records.data, log->samples.records.size);
		size_t filling = pages * PROBE_PAGE - log->samples.records.size;
		memset(buffer_reserve(&bytes, filling), 0, filling);
		bytes.size += filling;
		header.sample_pages = (uint32_t)pages;
		page += (uint32_t)pages;
		buffer_free(&log->samples.records);
	}
	for (size_t i = 0; i < log->thread_count; i++) {
		struct log_thread *thread = &log->threads[i];
		uint32_t serial = 0, pages = 1;
		for (size_t at = 0; at < thread->records.size || !serial; serial++) {
			if (log->run_pages)
				pages = log->run_pages;
			size_t room = (size_t)pages * PROBE_PAGE - sizeof(struct probe_run);
			size_t size = thread->records.size - at < room ? thread->records.size - at : room;
			struct probe_run run = {.magic = PROBE_MAGIC, .pages = pages, .pid = thread->pid, .tid = thread->tid,
			                        .serial = serial};
			buffer_add(&bytes, &run, sizeof run);
			if (size)
				buffer_add(&bytes, thread->records.data + at, size);
			if (size < room) {
				memset(buffer_reserve(&bytes, room - size), 0, room - size);
				bytes.size += room - size;
			}
			at += size;
			page += pages;
			pages = pages < PROBE_RUN_MOST ? 2 * pages : pages;
		}
		buffer_free(&thread->records);
	}
	header.magic = PROBE_MAGIC;
	header.pages = page;
	header.next_page = page;
	header.clock = header.clock ? header.clock : PROBE_CLOCK_MONOTONIC;
	header.flags = log->flags;
	header.lost = log->lost;
	memcpy(bytes.data, &header, sizeof header);
	*log = (struct log_writer){0};
	return bytes;
}

#endif
