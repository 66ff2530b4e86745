/* Records what the kernel and the probe write about a child's threads into a trace, as the observer of that child. */
#include "measure/recorder.h"

#include "base/memory.h"
#include "measure/probe_memory.h"
#include "measure/ring.h"
#include "measure/switch_record.h"
#include "probe/record.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The bytes kept of one run: 2.8 million switches, more than any page can show. What comes after counts as lost. */
#define TRACE_SIZE_MOST ((size_t)64 * 1024 * 1024)

/* A sample costs some 14 us: more often than this would slow the program by more than a few hundredths. */
#define SAMPLE_PERIOD_NS 1000000u

struct recorder {
	enum trace_method method;
	struct perf_event_attr event;
	struct child_observer observer;
	struct probe_memory log;
	bool forced;              /* this method or an error */
	bool sampled;             /* so are the runs from here on */
	size_t ring_size;
	struct rings rings;       /* mapped once for all children */
	bool unclean;             /* they are to be mapped again: a child before may have left a count of losses in them */
	struct trace trace;       /* what was recorded of the child at hand so far; as many rings, none before it is attached */
	size_t kept;              /* bytes in all rings of the trace */
	char why[sizeof ((struct trace *)NULL)->why];       /* why no better method was taken */
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

/* One event does both: samples are what it writes when it counts, switch records are beside that. So a sampled run needs
   no more locked memory, and its records stand in one order. */
static struct perf_event_attr describe_event(uint64_t read_format, size_t ring_size, bool sampled)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = sampled ? PERF_COUNT_SW_CPU_CLOCK : PERF_COUNT_SW_DUMMY,
		.sample_period = sampled ? SAMPLE_PERIOD_NS : 0,
		.sample_type = SWITCH_RECORD_SAMPLE_TYPE | (sampled ? PERF_SAMPLE_IP : 0),
		.read_format = read_format,
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
		.wakeup_watermark = ring_watermark(ring_size),
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
}

/* Opens the event on this process as the child will, to learn what the kernel grants, and keeps the rings. False with the
   reason in recorder->why. */
static bool rehearse(struct recorder *recorder)
{
	const char *call = NULL;
	recorder->ring_size = 0;
	if (rings_map(&recorder->rings, &recorder->event, &recorder->ring_size, &call))
		return true;
	tell_refusal(recorder->why, sizeof recorder->why, call, errno);
	recorder->ring_size = RING_SIZE;
	return false;
}

static void forget_run(struct recorder *recorder)
{
	rings_part(&recorder->rings);
	trace_free(&recorder->trace);
	probe_memory_close(&recorder->log);
	recorder->kept = 0;
	recorder->child_why[0] = '\0';
}

/* What the probe is asked to read for a rung. */
static uint32_t wanted_by(enum trace_method method)
{
	if (method == TRACE_SWITCH_RECORDS)
		return PROBE_WANT_DELAY;
	return method == TRACE_SCHEDSTAT ? PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME : 0;
}

/* The child is refused what was granted here: the log has to tell more. */
static void refuse_child(struct recorder *recorder, const char *call, int error)
{
	tell_refusal(recorder->child_why, sizeof recorder->child_why, call, error);
	probe_memory_want(&recorder->log, wanted_by(TRACE_SCHEDSTAT));
}

static bool map_again(struct recorder *recorder, const char **call)
{
	size_t size = recorder->ring_size;
	rings_unmap(&recorder->rings);
	if (!rings_map(&recorder->rings, &recorder->event, &size, call))
		return false;
	recorder->unclean = false;
	return true;
}

static bool join(struct recorder *recorder, const int *descriptors, const int *cpus, size_t count, const char **call)
{
	*call = "output of a perf_event into a ring";
	return rings_join(&recorder->rings, descriptors, cpus, count);
}

static void attach(void *context, const int *descriptors, const int *cpus, size_t count, int error)
{
	struct recorder *recorder = context;
	const char *call = "perf_event_open";
	bool good = count > 0;
	if (!good) {
		errno = error ? error : ENODEV;
	} else {
		good = join(recorder, descriptors, cpus, count, &call);
		/* A CPU was switched on since they were mapped, or they could not be mapped again. */
		if (!good && errno == ENODEV)
			good = map_again(recorder, &call) && join(recorder, descriptors, cpus, count, &call);
	}
	if (!good) {
		refuse_child(recorder, call, errno);
		return;
	}
	recorder->unclean = true;
	recorder->trace.ring_count = recorder->rings.count;
	recorder->trace.rings = memory_zero(recorder->rings.count, sizeof *recorder->trace.rings);
	for (size_t i = 0; i < recorder->rings.count; i++)
		recorder->trace.rings[i].cpu = recorder->rings.rings[i].cpu;
}

static void drain(void *context)
{
	struct recorder *recorder = context;
	for (size_t i = 0; i < recorder->trace.ring_count; i++) {
		struct trace_ring *into = &recorder->trace.rings[i];
		recorder->kept += ring_empty(&recorder->rings.rings[i], TRACE_SIZE_MOST - recorder->kept, into);
		/* Every time, because nobody says which time is the last one with the descriptor open. */
		if (recorder->event.read_format)
			ring_count_lost(&recorder->rings.rings[i], into);
	}
}

static void attach_log(void *context, int descriptor)
{
	struct recorder *recorder = context;
	/* Where it fails the trace has no log, and says no more than the kernel does. */
	probe_memory_open(&recorder->log, descriptor, wanted_by(recorder->method));
}

/* Whether the kernel tells a thread how long it waited for a core. */
static bool has_schedstat(struct recorder *recorder)
{
	unsigned long long ran = 0, waited = 0;
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	bool good = file && fscanf(file, "%llu %llu", &ran, &waited) == 2;
	if (file)
		fclose(file);
	if (!good)
		snprintf(recorder->why, sizeof recorder->why, "/proc/thread-self/schedstat: %s",
		         file ? "not as expected" : strerror(errno));
	return good;
}

/* Whether the method can be had; if not, recorder->why says why. */
static bool try_method(struct recorder *recorder, enum trace_method method)
{
	if (method == TRACE_SWITCH_RECORDS)
		return rehearse(recorder);
	return method != TRACE_SCHEDSTAT || has_schedstat(recorder);
}

static bool find_method(const char *name, enum trace_method *method)
{
	for (int i = TRACE_SWITCH_RECORDS; i <= TRACE_NONE; i++) {
		if (!strcmp(name, trace_method_name((enum trace_method)i))) {
			*method = (enum trace_method)i;
			return true;
		}
	}
	return false;
}

/* The probe, put into the binary by the Makefile. */
extern const char probe_library[];
extern const uint64_t probe_library_size;

struct recorder *recorder_new(const char *method, struct error *err)
{
	static struct child_file probe = { .path = "/livepost/probe.so", .data = probe_library, .mode = 0555 };
	bool automatic = !method || !*method || !strcmp(method, "auto");
	enum trace_method wanted = TRACE_SWITCH_RECORDS;
	if (!automatic && !find_method(method, &wanted)) {
		error_set(err, "measuring method \"%s\": unknown; LIVEPOST_METHOD is auto, switch-records, schedstat, getrusage, "
		          "probe or none", method);
		return NULL;
	}
	struct recorder *recorder = memory_zero(1, sizeof *recorder);
	recorder->forced = !automatic;
	recorder->log.descriptor = -1;
	recorder->ring_size = RING_SIZE; /* until it is known how many CPUs there are */
	recorder->event = describe_event(PERF_FORMAT_LOST, recorder->ring_size, false);
	bool good = try_method(recorder, wanted);
	if (!good && !automatic) {
		error_set(err, "LIVEPOST_METHOD=%s: %s; allow it, or use LIVEPOST_METHOD=auto", method, recorder->why);
		recorder_free(recorder);
		return NULL;
	}
	while (!good && wanted < TRACE_GETRUSAGE) {
		/* The reason that counts is the first one: why the best there is could not be had. */
		char first[sizeof recorder->why];
		memcpy(first, recorder->why, sizeof first);
		wanted++;
		good = try_method(recorder, wanted);
		memcpy(recorder->why, first, sizeof first);
	}
	if (!automatic && wanted != TRACE_SWITCH_RECORDS)
		snprintf(recorder->why, sizeof recorder->why, "LIVEPOST_METHOD is %s", method);
	recorder->method = wanted;
	probe.size = (size_t)probe_library_size;
	recorder->observer = (struct child_observer){
		.context = recorder,
		.event = &recorder->event,
		.event_size = wanted == TRACE_SWITCH_RECORDS ? sizeof recorder->event : 0,
		.attach = attach,
		.drain = drain,
		.log_path = PROBE_LOG_PATH,
		.log_bytes = PROBE_MEMORY_BYTES,
		.attach_log = attach_log,
		.preload = &probe,
	};
	return recorder;
}

enum trace_method recorder_method(const struct recorder *recorder)
{
	return recorder->method;
}

void recorder_sample(struct recorder *recorder, bool sampled)
{
	recorder->sampled = sampled;
}

const struct child_observer *recorder_observer(struct recorder *recorder)
{
	forget_run(recorder); /* of a child that was never finished */
	recorder->event = describe_event(recorder->event.read_format, recorder->ring_size, recorder->sampled);
	/* Where this fails, attaching says so. */
	const char *call = NULL;
	if (recorder->method == TRACE_SWITCH_RECORDS && recorder->unclean)
		map_again(recorder, &call);
	return recorder->method == TRACE_NONE ? NULL : &recorder->observer;
}

bool recorder_finish(struct recorder *recorder, const struct child_result *result, struct trace *trace,
                     struct error *err)
{
	const char *why = recorder->why[0] ? recorder->why : recorder->child_why;
	bool switches = recorder->method == TRACE_SWITCH_RECORDS;
	*trace = (struct trace){0};
	if (switches && !*why && !recorder->trace.ring_count)
		why = "the program was started without an observer";
	if (switches && *why && recorder->forced) {
		error_set(err, "LIVEPOST_METHOD=switch-records: in the sandbox: %s; allow it, or use LIVEPOST_METHOD=auto",
		          why);
		forget_run(recorder);
		return false;
	}
	if (switches && !*why) {
		recorder->unclean = false;
		for (size_t i = 0; i < recorder->trace.ring_count; i++) {
			bool was_full = recorder->rings.rings[i].was_full;
			/* What could not be written the kernel says before the next record, which may be another child's. */
			recorder->unclean |= was_full || recorder->trace.rings[i].lost;
			/* A kernel that does not count shows only that the ring may have been too small: one, at least. */
			if (!recorder->event.read_format && was_full)
				recorder->trace.rings[i].dropped++;
		}
		*trace = recorder->trace;
		recorder->trace = (struct trace){0};
		trace->method = TRACE_SWITCH_RECORDS;
		trace->sample_period_ns = recorder->event.sample_period;
	} else {
		/* Refused to the child alone: the log has the delays all the same. */
		trace->method = switches ? TRACE_SCHEDSTAT : recorder->method;
		snprintf(trace->why, sizeof trace->why, "%s", why);
	}
	probe_memory_take(&recorder->log, &trace->probe);
	trace->start_ns = result->start_ns;
	trace->end_ns = result->end_ns;
	trace->pid = (uint32_t)result->pid;
	forget_run(recorder);
	return true;
}

void recorder_limit_rings(struct recorder *recorder, size_t bytes)
{
	for (; recorder->ring_size > bytes && recorder->ring_size > RING_SIZE_LEAST; recorder->unclean = true)
		recorder->ring_size /= 2;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	forget_run(recorder);
	rings_unmap(&recorder->rings);
	free(recorder);
}
