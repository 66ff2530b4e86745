/* Reads the log that the probe left, trusting no byte of it. */
#include "measure/probe_log.h"

#include "base/memory.h"
#include "measure/grow.h"
#include "measure/id_map.h"
#include "measure/merge_sort.h"
#include "measure/unaligned.h"
#include "probe/record.h"

#include <stdlib.h>
#include <string.h>

enum {
	TEXT_IN_RECORD = 28,
	/* A counter that is slower or faster than this is none that we calibrated. */
	COUNTER_HZ_LEAST = 1000000,
};
#define COUNTER_HZ_MOST 20000000000u

/* Clocks of two sources may differ by so much at the ends of the trace. */
#define SLACK_NS 1000000u

__extension__ typedef unsigned __int128 wide;

static uint64_t scale(uint64_t value, uint64_t to, uint64_t from)
{
	wide scaled = (wide)value * to / from;
	return scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
}

/* The header's atomics are of no use to a reader: what it says is read as bytes. */
static bool open_clock(struct probe_log *log, const unsigned char *header, struct error *err)
{
	uint32_t clock = read_32(header + offsetof(struct probe_header, clock));
	if (clock == PROBE_CLOCK_MONOTONIC)
		return true;
	if (clock != PROBE_CLOCK_TSC)
		return error_set(err, "the probe's log: clock %u is unknown", clock);
	const unsigned char *counters = header + offsetof(struct probe_header, tsc);
	const unsigned char *times = header + offsetof(struct probe_header, monotonic_ns);
	uint64_t first = read_64(counters), second = read_64(counters + 8);
	uint64_t first_ns = read_64(times), second_ns = read_64(times + 8);
	if (second <= first || second_ns <= first_ns)
		return error_set(err, "the probe's log: its clock was not calibrated, or runs backwards");
	uint64_t hertz = scale(second - first, 1000000000u, second_ns - first_ns);
	if (hertz < COUNTER_HZ_LEAST || hertz > COUNTER_HZ_MOST)
		return error_set(err, "the probe's log: a clock of %llu Hz is none", (unsigned long long)hertz);
	if (first_ns > log->start_ns || second_ns < log->start_ns)
		return error_set(err, "the probe's log: its clock was calibrated at another time");
	log->counts = true;
	log->counter = first;
	log->counter_length = second - first;
	log->counter_ns = first_ns;
	log->counter_length_ns = second_ns - first_ns;
	return true;
}

/* Adds the run at a page to its thread. A run in the middle of a thread whose beginning is missing is of no use:
   whose it is could not be told. */
static void add_run(struct probe_log *log, struct id_map *newest, uint32_t page, uint32_t pages)
{
	const unsigned char *run = log->bytes + (size_t)page * PROBE_PAGE;
	uint32_t pid = read_32(run + offsetof(struct probe_run, pid));
	uint32_t tid = read_32(run + offsetof(struct probe_run, tid));
	uint32_t serial = read_32(run + offsetof(struct probe_run, serial));
	if (!pid || !tid || pid == UINT32_MAX || tid == UINT32_MAX) {
		log->refused_runs++;
		return;
	}
	uint32_t index = (uint32_t)log->run_count;
	size_t found = id_map_get(newest, tid);
	struct probe_thread *thread = found == ID_MAP_NONE ? NULL : &log->threads[found];
	if (serial && (!thread || thread->pid != pid || serial != thread->serial + 1)) {
		log->refused_runs++;
		return;
	}
	log->runs[log->run_count++] = (struct probe_log_run){page, pages, PROBE_LOG_NONE};
	if (serial) {
		log->runs[thread->last_run].next = index;
		thread->last_run = index;
		thread->serial = serial;
	} else {
		id_map_set(newest, tid, log->thread_count);
		log->threads[log->thread_count++] = (struct probe_thread){pid, tid, index, index, 0};
	}
}

/* The time on the trace's clock; false when it cannot be of this run. */
static bool place_time(const struct probe_log *log, uint64_t time, uint64_t *ns)
{
	if (log->counts) {
		/* Beyond either point by as much as the clocks may differ, and no further. */
		uint64_t slack = scale(SLACK_NS, log->counter_length, log->counter_length_ns);
		if (time < log->counter) {
			if (log->counter - time > slack)
				return false;
			time = log->counter;
		}
		if (time - log->counter > log->counter_length && time - log->counter - log->counter_length > slack)
			return false;
		time = scale(time - log->counter, log->counter_length_ns, log->counter_length);
		if (time > UINT64_MAX - log->counter_ns)
			return false;
		time += log->counter_ns;
	}
	if (time < log->start_ns) {
		if (log->start_ns - time > SLACK_NS)
			return false;
		time = log->start_ns;
	}
	if (time > log->end_ns) {
		if (time - log->end_ns > SLACK_NS)
			return false;
		time = log->end_ns;
	}
	*ns = time - log->start_ns;
	return true;
}

static int compare_samples(const void *left, const void *right)
{
	const struct probe_sample *a = left, *b = right;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* Reads the samples in `pages` pages behind the header. */
static void read_samples(struct probe_log *log, size_t pages)
{
	const unsigned char *record = log->bytes + PROBE_PAGE, *end = record + pages * PROBE_PAGE;
	size_t capacity = 0;
	for (; record < end; record += sizeof(struct probe_record)) {
		struct probe_record raw;
		uint64_t ns = 0;
		memcpy(&raw, record, sizeof raw);
		if (!raw.kind)
			break;
		/* The last look comes when the end has been decided on: on a busy machine much later, and it is the end all the same. */
		bool stopped = raw.detail & PROBE_STOPPED, placed = place_time(log, raw.time, &ns);
		if (stopped)
			ns = log->end_ns - log->start_ns;
		if (raw.kind != PROBE_SYSCALL || !raw.value || raw.value == UINT32_MAX || !(placed || stopped)) {
			log->refused_samples++;
			continue;
		}
		log->samples = grow(log->samples, log->sample_count, &capacity, sizeof *log->samples);
		log->samples[log->sample_count++] = (struct probe_sample){
			.ns = ns, .number = raw.object, .caller = raw.caller, .tid = raw.value, .stopped = stopped};
	}
	if (log->sample_count)
		qsort(log->samples, log->sample_count, sizeof *log->samples, compare_samples);
}

bool probe_log_open(const void *bytes, size_t size, uint64_t start_ns, uint64_t end_ns, struct probe_log *log,
                    struct error *err)
{
	const unsigned char *header = bytes;
	*log = (struct probe_log){.bytes = bytes, .start_ns = start_ns, .end_ns = end_ns};
	if (size < PROBE_PAGE)
		return error_set(err, "the probe's log: cut off after %zu bytes", size);
	if (read_64(header) != PROBE_MAGIC)
		return error_set(err, "the probe's log: its first page is none of the probe's");
	log->lost = read_64(header + offsetof(struct probe_header, lost));
	log->delays = read_32(header + offsetof(struct probe_header, flags)) & PROBE_WANT_DELAY;
	size_t pages = size / PROBE_PAGE < UINT32_MAX ? size / PROBE_PAGE : UINT32_MAX;
	uint32_t taken = read_32(header + offsetof(struct probe_header, next_page));
	uint32_t first = read_32(header + offsetof(struct probe_header, sample_pages));
	first = first > PROBE_SAMPLE_PAGES ? PROBE_SAMPLE_PAGES : first;
	/* Untouched, before any process came to it and before anybody looked: no clock either. */
	bool untouched = taken <= 1 + first && !read_32(header + offsetof(struct probe_header, clock));
	if (!untouched && pages > 1 && !open_clock(log, header, err))
		return false;
	if (pages > taken)
		pages = taken;
	log->threads = memory_resize(NULL, pages, sizeof *log->threads);
	log->runs = memory_resize(NULL, pages, sizeof *log->runs);
	struct id_map newest = {0};
	first = first < pages ? first : pages ? (uint32_t)pages - 1 : 0;
	if (!untouched)
		read_samples(log, first);
	for (uint32_t page = 1 + first; page < pages;) {
		const unsigned char *run = log->bytes + (size_t)page * PROBE_PAGE;
		uint32_t length = read_32(run + offsetof(struct probe_run, pages));
		/* Taken, but its thread was killed before it wrote the head: nobody knows how many pages it took. */
		if (read_64(run) != PROBE_MAGIC || !length || length > PROBE_RUN_MOST) {
			log->refused_runs += read_64(run) == PROBE_MAGIC;
			page++;
			continue;
		}
		if (length > pages - page)
			length = (uint32_t)pages - page;
		add_run(log, &newest, page, length);
		page += length;
	}
	id_map_free(&newest);
	return true;
}

static struct probe_event *add_event(struct probe_events *events)
{
	if (events->count == events->capacity) {
		events->capacity = events->capacity ? 2 * events->capacity : 256;
		events->events = memory_resize(events->events, events->capacity, sizeof *events->events);
	}
	return &events->events[events->count++];
}

static int compare_events(const void *left, const void *right)
{
	const struct probe_event *a = left, *b = right;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* Adds a record's text to the event in front of it, as far as that announced one. */
static void add_text(struct probe_events *events, const unsigned char *bytes, size_t size, size_t *awaited)
{
	struct probe_event *event = &events->events[events->count - 1];
	if (size > TEXT_IN_RECORD)
		size = TEXT_IN_RECORD;
	if (size > *awaited)
		size = *awaited;
	if (events->texts.size > UINT32_MAX - size)
		return;
	buffer_add(&events->texts, bytes, size);
	event->text_size += (uint32_t)size;
	*awaited -= size;
}

static bool bears_text(uint16_t kind)
{
	return kind == PROBE_MODULE || kind == PROBE_SPAN || kind == PROBE_MARK || kind == PROBE_NAME;
}

void probe_log_read(struct probe_log *log, size_t thread, struct probe_events *events)
{
	size_t awaited = 0; /* bytes of text that the last event announced and that have not come */
	events->count = 0;
	events->texts.size = 0;
	for (uint32_t r = log->threads[thread].first_run; r != PROBE_LOG_NONE; r = log->runs[r].next) {
		const struct probe_log_run *run = &log->runs[r];
		const unsigned char *record = log->bytes + (size_t)run->page * PROBE_PAGE + sizeof(struct probe_run);
		const unsigned char *end = log->bytes + ((size_t)run->page + run->pages) * PROBE_PAGE;
		for (; record < end; record += sizeof(struct probe_record)) {
			struct probe_record raw;
			memcpy(&raw, record, sizeof raw);
			uint16_t kind = raw.kind & (uint16_t)~PROBE_END;
			if (!raw.kind) { /* never finished, or taken back; also all of a run behind its last record */
				awaited = 0;
				continue;
			}
			if (kind == PROBE_TEXT && raw.kind == PROBE_TEXT) {
				if (awaited)
					add_text(events, record, raw.detail, &awaited);
				continue;
			}
			awaited = 0;
			uint64_t ns = 0;
			if (kind == PROBE_NOTHING || kind == PROBE_TEXT || kind >= PROBE_KINDS || !place_time(log, raw.time, &ns)) {
				log->refused++;
				continue;
			}
			struct probe_event *event = add_event(events);
			*event = (struct probe_event){.ns = ns, .object = raw.object, .caller = raw.caller, .value = raw.value,
			                              .kind = kind, .detail = raw.detail, .end = raw.kind & PROBE_END,
			                              .text = (uint32_t)events->texts.size};
			if (bears_text(kind) && !event->end)
				awaited = raw.value;
		}
	}
	merge_sort(events->events, events->count, sizeof *events->events, compare_events);
}

void probe_events_free(struct probe_events *events)
{
	if (!events)
		return;
	free(events->events);
	buffer_free(&events->texts);
	*events = (struct probe_events){0};
}

void probe_log_free(struct probe_log *log)
{
	if (!log)
		return;
	free(log->threads);
	free(log->runs);
	free(log->samples);
	*log = (struct probe_log){0};
}
