/* Records what the kernel writes about a child's threads into a trace, as the observer of that child. */
#include "measure/recorder.h"

#include "base/memory.h"
#include "measure/switch_record.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A ring for each CPU: one wake-up for every quarter of it loses nothing at 300,000 switches a second, and twice this
   is refused (EPERM) where only kernel.perf_event_mlock_kb is granted. */
#define RING_SIZE ((size_t)512 * 1024)
#define RING_SIZE_LEAST ((size_t)16 * 1024)

/* The bytes kept of one run: 2.8 million switches, more than any page can show. What comes after counts as lost. */
#define TRACE_SIZE_MOST ((size_t)64 * 1024 * 1024)

/* The largest record that is written here; a ring with less room may have had to turn one away. */
#define RECORD_SIZE_MOST 48

struct ring {
	int descriptor, cpu;
	struct perf_event_mmap_page *page;
	const char *data;
	size_t size;
	bool was_full;
};

struct recorder {
	struct perf_event_attr event;
	struct child_observer observer;
	bool forced;              /* switch records or nothing */
	bool refused;             /* there is nothing to observe */
	size_t ring_size;
	struct ring *rings;       /* of the child at hand; as many as trace.ring_count */
	size_t ring_count;
	struct trace trace;       /* what was recorded of it so far */
	size_t kept;              /* bytes in all rings of the trace */
	char why[sizeof ((struct trace *)NULL)->why];       /* why this process was refused */
	char child_why[sizeof ((struct trace *)NULL)->why]; /* why the child at hand was */
};

static void tell_refusal(char *why, size_t size, const char *call, int error)
{
	int used = snprintf(why, size, "%s: %s", call, strerror(error));
	FILE *file = error == EACCES || error == EPERM ? fopen("/proc/sys/kernel/perf_event_paranoid", "re") : NULL;
	int paranoid = 0;
	if (file && fscanf(file, "%d", &paranoid) == 1 && used > 0 && (size_t)used < size)
		snprintf(why + used, size - (size_t)used, " (kernel.perf_event_paranoid is %d)", paranoid);
	if (file)
		fclose(file);
}

static void describe_event(struct perf_event_attr *event, size_t ring_size)
{
	*event = (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof *event,
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = SWITCH_RECORD_SAMPLE_TYPE,
		.read_format = PERF_FORMAT_LOST,
		.disabled = 1,
		.enable_on_exec = 1, /* so that nothing of whoever starts the program is recorded */
		.inherit = 1,
		.exclude_kernel = 1, /* else perf_event_paranoid 2 refuses */
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.context_switch = 1,
		.sample_id_all = 1,
		.watermark = 1,
		.wakeup_watermark = (uint32_t)(ring_size / 4),
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

static void release_rings(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->ring_count; i++) {
		struct ring *ring = &recorder->rings[i];
		if (ring->page)
			munmap(ring->page, ring->size + (size_t)sysconf(_SC_PAGESIZE));
	}
	free(recorder->rings);
	recorder->rings = NULL;
	recorder->ring_count = 0;
}

/* Maps a ring of *size bytes behind each descriptor; smaller ones, all of one size, where the memory that may be
   locked does not suffice. False with errno. */
static bool map_rings(struct recorder *recorder, const int *descriptors, const int *cpus, size_t count, size_t *size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	int error = 0;
	for (; *size >= RING_SIZE_LEAST && *size >= page_size; *size /= 2) {
		error = 0;
		recorder->rings = memory_zero(count, sizeof *recorder->rings);
		recorder->ring_count = count;
		for (size_t i = 0; i < count && !error; i++) {
			void *memory = mmap(NULL, *size + page_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[i], 0);
			if (memory == MAP_FAILED)
				error = errno;
			else
				recorder->rings[i] = (struct ring){.descriptor = descriptors[i], .cpu = cpus[i], .page = memory,
				                                   .data = (const char *)memory + page_size, .size = *size};
		}
		if (!error)
			return true;
		release_rings(recorder);
		if (error != EPERM && error != ENOMEM)
			break;
	}
	errno = error ? error : EINVAL;
	return false;
}

static int open_event(const struct perf_event_attr *event, int cpu)
{
	return (int)syscall(SYS_perf_event_open, event, 0, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* Opens the event on this process as the child will, to learn what the kernel grants; nothing is ever recorded. False
   with the reason in recorder->why. */
static bool rehearse(struct recorder *recorder)
{
	long configured = sysconf(_SC_NPROCESSORS_CONF);
	size_t count = 0, places = configured > 0 ? (size_t)configured : 1;
	int *descriptors = memory_zero(places, sizeof *descriptors);
	int *cpus = memory_zero(places, sizeof *cpus);
	const char *call = "perf_event_open";
	int error = 0;

	for (size_t cpu = 0; cpu < places; cpu++) {
		int descriptor = open_event(&recorder->event, (int)cpu);
		if (descriptor < 0 && errno == EINVAL && recorder->event.read_format) {
			recorder->event.read_format = 0; /* kernels before 6.0 do not count what they lose */
			descriptor = open_event(&recorder->event, (int)cpu);
		}
		if (descriptor >= 0) {
			cpus[count] = (int)cpu;
			descriptors[count++] = descriptor;
		} else if (errno != ENODEV) { /* ENODEV: the CPU is switched off */
			error = errno;
			goto done;
		}
	}
	if (!count) {
		error = ENODEV;
		goto done;
	}
	call = "mmap of a perf_event ring";
	if (!map_rings(recorder, descriptors, cpus, count, &recorder->ring_size))
		error = errno;
	release_rings(recorder);
	recorder->event.wakeup_watermark = (uint32_t)(recorder->ring_size / 4);
done:
	for (size_t i = 0; i < count; i++)
		close(descriptors[i]);
	free(descriptors);
	free(cpus);
	if (error)
		tell_refusal(recorder->why, sizeof recorder->why, call, error);
	return !error;
}

static void forget_run(struct recorder *recorder)
{
	release_rings(recorder);
	trace_free(&recorder->trace);
	recorder->kept = 0;
	recorder->child_why[0] = '\0';
}

static void attach(void *context, const int *descriptors, const int *cpus, size_t count, int error)
{
	struct recorder *recorder = context;
	size_t size = recorder->ring_size;
	forget_run(recorder);
	if (!count) {
		tell_refusal(recorder->child_why, sizeof recorder->child_why, "perf_event_open", error ? error : ENODEV);
		return;
	}
	if (!map_rings(recorder, descriptors, cpus, count, &size)) {
		tell_refusal(recorder->child_why, sizeof recorder->child_why, "mmap of a perf_event ring", errno);
		return;
	}
	recorder->trace.rings = memory_zero(count, sizeof *recorder->trace.rings);
	recorder->trace.ring_count = count;
	for (size_t i = 0; i < count; i++)
		recorder->trace.rings[i].cpu = cpus[i];
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

static void empty_ring(struct recorder *recorder, struct ring *ring, struct trace_ring *into)
{
	/* The kernel writes records first and data_head after: acquire, so that what lies before head is read whole. */
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail; /* written by us alone */
	size_t size = (size_t)(head - tail), at = (size_t)(tail % ring->size);
	ring->was_full = ring->size - size < RECORD_SIZE_MOST;
	if (into->dropped || recorder->kept + size > TRACE_SIZE_MOST) {
		/* Once something is dropped nothing is kept of this CPU, so that the gap has no end. */
		into->dropped += count_records(ring, tail, head);
	} else {
		size_t first = ring->size - at < size ? ring->size - at : size;
		buffer_add(&into->records, ring->data + at, first);
		buffer_add(&into->records, ring->data, size - first);
		recorder->kept += size;
	}
	/* Release: the kernel may write over these bytes only when they have been read. */
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
}

static void drain(void *context)
{
	struct recorder *recorder = context;
	for (size_t i = 0; i < recorder->ring_count; i++) {
		struct ring *ring = &recorder->rings[i];
		struct trace_ring *into = &recorder->trace.rings[i];
		empty_ring(recorder, ring, into);
		struct {
			uint64_t value, lost;
		} count = {0};
		/* Every time, because nobody says which time is the last one with the descriptor open. */
		if (recorder->event.read_format && read(ring->descriptor, &count, sizeof count) == sizeof count)
			into->lost = count.lost;
	}
}

struct recorder *recorder_new(const char *method, struct error *err)
{
	bool automatic = !method || !*method || !strcmp(method, "auto");
	bool forced = !automatic && !strcmp(method, "switch-records");
	if (!automatic && !forced && strcmp(method, "getrusage") != 0) {
		error_set(err, "measuring method \"%s\": unknown; LIVEPOST_METHOD is auto, switch-records or getrusage",
		          method);
		return NULL;
	}
	struct recorder *recorder = memory_zero(1, sizeof *recorder);
	recorder->forced = forced;
	recorder->ring_size = RING_SIZE;
	describe_event(&recorder->event, recorder->ring_size);
	recorder->observer = (struct child_observer){
		.context = recorder,
		.event = &recorder->event,
		.event_size = sizeof recorder->event,
		.attach = attach,
		.drain = drain,
	};
	if (!automatic && !forced) {
		recorder->refused = true;
		snprintf(recorder->why, sizeof recorder->why, "LIVEPOST_METHOD is getrusage");
	} else if (!rehearse(recorder)) {
		recorder->refused = true;
		if (forced) {
			error_set(err, "LIVEPOST_METHOD=switch-records: %s; allow it, or use LIVEPOST_METHOD=auto",
			          recorder->why);
			recorder_free(recorder);
			return NULL;
		}
	}
	return recorder;
}

const struct child_observer *recorder_observer(struct recorder *recorder)
{
	return recorder->refused ? NULL : &recorder->observer;
}

bool recorder_finish(struct recorder *recorder, const struct child_result *result, struct trace *trace,
                     struct error *err)
{
	const char *why = recorder->refused ? recorder->why : recorder->child_why;
	*trace = (struct trace){0};
	if (!recorder->refused && !*why && !recorder->ring_count)
		why = "the program was started without an observer";
	if (*why && recorder->forced) {
		error_set(err, "LIVEPOST_METHOD=switch-records: in the sandbox: %s; allow it, or use LIVEPOST_METHOD=auto",
		          why);
		forget_run(recorder);
		return false;
	}
	if (*why) {
		trace->method = TRACE_GETRUSAGE;
		snprintf(trace->why, sizeof trace->why, "%s", why);
	} else {
		for (size_t i = 0; i < recorder->ring_count; i++)
			/* A kernel that does not count shows only that the ring may have been too small: one, at least. */
			if (!recorder->event.read_format && recorder->rings[i].was_full)
				recorder->trace.rings[i].dropped++;
		*trace = recorder->trace;
		recorder->trace = (struct trace){0};
		trace->method = TRACE_SWITCH_RECORDS;
	}
	trace->start_ns = result->start_ns;
	trace->end_ns = result->end_ns;
	trace->pid = (uint32_t)result->pid;
	forget_run(recorder);
	return true;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	forget_run(recorder);
	free(recorder);
}
