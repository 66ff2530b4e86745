/* The recorder on real children, on each rung of the ladder, and where the kernel refuses one. The children are this
   program itself. */
#include "measure/recorder.h"
#include "base/memory.h"
#include "measure/ring.h"
#include "measure/timeline.h"
#include "probe/record.h"
#include "system/file.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { SKIPPED = 99 };

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn(uint64_t ns)
{
	uint64_t end = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
	/* The clock is read in the kernel, where no sample is taken. */
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end)
		for (volatile int i = 0; i < 20000; i++)
			continue;
}

static void rest(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

static void *cook(void *name)
{
	pthread_setname_np(pthread_self(), name);
	burn(3000000);
	rest(2000000);
	burn(2000000);
	/* What it used, as it knows itself. */
	printf("%s %llu\n", (char *)name, (unsigned long long)now_ns(CLOCK_THREAD_CPUTIME_ID));
	return NULL;
}

static int be_kitchen(void)
{
	pthread_t chicken, gravy;
	pthread_create(&chicken, NULL, cook, (char[]){"chicken"});
	pthread_create(&gravy, NULL, cook, (char[]){"gravy"});
	pthread_join(chicken, NULL);
	pthread_join(gravy, NULL);
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	return 0;
}

static void *hand_over(void *pipes)
{
	const int *ends = pipes;
	char token = 0;
	for (int i = 0; i < 20000; i++)
		if (read(ends[0], &token, 1) != 1 || write(ends[1], &token, 1) != 1)
			abort();
	return NULL;
}

/* Two threads that hand a token to and fro on one CPU: each turn has to switch. */
static int be_ping_pong(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof set, &set);
	int there[2], back[2];
	pthread_t other;
	if (pipe(there) || pipe(back) || write(there[1], "", 1) != 1)
		return 1;
	pthread_create(&other, NULL, hand_over, (int[]){there[0], back[1]});
	hand_over((int[]){back[0], there[1]});
	pthread_join(other, NULL);
	return 0;
}

static void *become_another(void *program)
{
	execl(program, program, "--nothing", (char *)NULL);
	return NULL;
}

/* A thread that is not the main one executes a program and so becomes it. */
static int be_changeling(const char *program)
{
	pthread_t other;
	burn(1000000);
	pthread_create(&other, NULL, become_another, (char *)(uintptr_t)program);
	pthread_join(other, NULL);
	return 1;
}

struct run {
	struct trace trace;
	struct timeline timeline;
	char output[4096];
};

/* Runs this program as `part` with the recorder as its observer, opening the events from outside; drains all the time,
   or only when it is over. */
static void observe(struct recorder *recorder, const char *part, bool all_the_time, struct run *run)
{
	const struct child_observer *observer = recorder_observer(recorder);
	int start[2], output[2], descriptors[512], cpus[512], status = 0;
	size_t count = 0, used = 0;
	struct child_result result = {0};
	struct error err = {0};
	*run = (struct run){0};
	assert_return_code(pipe(start), errno);
	assert_return_code(pipe(output), errno);
	pid_t child = fork();
	if (!child) {
		char go = 0;
		dup2(output[1], STDOUT_FILENO);
		close(output[0]);
		close(output[1]);
		close(start[1]);
		if (read(start[0], &go, 1) == 1)
			execl("/proc/self/exe", "recorder-test", part, (char *)NULL);
		_exit(127);
	}
	close(output[1]);
	for (int cpu = 0; cpu < 512; cpu++) {
		int fd = (int)syscall(SYS_perf_event_open, observer->event, child, cpu, -1, PERF_FLAG_FD_CLOEXEC);
		if (fd >= 0) {
			cpus[count] = cpu;
			descriptors[count++] = fd;
		} else if (errno != ENODEV && errno != EINVAL) {
			fail_msg("perf_event_open: %s", strerror(errno));
		}
	}
	assert_int_not_equal(count, 0);
	observer->attach(observer->context, descriptors, cpus, count, 0);
	result.start_ns = now_ns(CLOCK_MONOTONIC);
	assert_int_equal(write(start[1], "", 1), 1);
	struct pollfd polled[513] = {{.fd = output[0], .events = POLLIN}};
	for (size_t i = 0; i < count; i++)
		polled[i + 1] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
	for (bool open = true; open;) {
		poll(polled, count + 1, 100);
		if (polled[0].revents) {
			ssize_t got = read(output[0], run->output + used, sizeof run->output - 1 - used);
			open = got > 0;
			used += got > 0 ? (size_t)got : 0;
		}
		if (all_the_time)
			observer->drain(observer->context);
	}
	waitpid(child, &status, 0);
	result.end_ns = now_ns(CLOCK_MONOTONIC);
	result.pid = child;
	observer->drain(observer->context);
	for (size_t i = 0; i < count; i++)
		close(descriptors[i]);
	close(start[0]);
	close(start[1]);
	close(output[0]);
	assert_int_equal(status, 0);
	assert_true(recorder_finish(recorder, &result, &run->trace, &err));
	assert_int_equal(run->trace.method, TRACE_SWITCH_RECORDS);
	if (!timeline_make(&run->trace, &run->timeline, &err))
		fail_msg("%s", err.text);
}

static void run_free(struct run *run)
{
	timeline_free(&run->timeline);
	trace_free(&run->trace);
}

/* Slices tile every lane; nothing is unknown, but where records were lost. */
static void check_tiled(const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		uint64_t at = lane->start_ns;
		for (size_t j = 0; j < lane->slice_count; j++) {
			assert_int_equal(lane->slices[j].start_ns, at);
			assert_true(lane->slices[j].end_ns > at);
			assert_true(lane->slices[j].state != LANE_UNKNOWN || timeline->lost);
			at = lane->slices[j].end_ns;
		}
		assert_int_equal(at, lane->end_ns);
		assert_true(lane->end_ns <= timeline->wall_ns);
	}
}

static const struct lane *lane_named(const struct timeline *timeline, const char *name)
{
	const struct lane *found = NULL;
	for (size_t i = 0; i < timeline->lane_count; i++)
		if (!strcmp(timeline->lanes[i].name, name)) {
			assert_null(found);
			found = &timeline->lanes[i];
		}
	assert_non_null(found);
	return found;
}

/* The recorder, or NULL where this machine refuses it: there these tests have nothing to test. */
static struct recorder *recorder_or_skip(void)
{
	struct error err = {0};
	struct recorder *recorder = recorder_new("switch-records", &err);
	if (!recorder) {
		print_message("# %s\n", err.text);
		skip();
	}
	return recorder;
}

static void test_kitchen(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	struct run run;
	for (int again = 0; again < 2; again++) { /* a recorder serves one run after the other */
		observe(recorder, "--kitchen", true, &run);
		const struct timeline *timeline = &run.timeline;
		assert_int_equal(timeline->lost, 0);
		assert_int_equal(timeline->lane_count, 4);
		assert_int_equal(timeline->flow_count, 3);
		check_tiled(timeline);
		assert_string_equal(timeline->lanes[0].name, "main");
		assert_int_equal(timeline->lanes[0].pid, run.trace.pid);
		assert_string_equal(timeline->lanes[3].name, "sh");
		for (char *line = strtok(run.output, "\n"); line; line = strtok(NULL, "\n")) {
			char name[16] = "";
			unsigned long long cpu_ns = 0;
			assert_int_equal(sscanf(line, "%15s %llu", name, &cpu_ns), 2);
			const struct lane *lane = lane_named(timeline, name);
			/* The kernel charges a thread for the switch to it (some 10 µs on a busy machine), before the record; and
			   the thread goes on for a moment after it has asked. All that is less than the sleep, which must not
			   be counted. */
			assert_in_range(lane->cpu_ns, cpu_ns - cpu_ns / 100 - 1000000, cpu_ns + cpu_ns / 100 + 1000000);
			uint64_t blocked = 0;
			for (size_t i = 0; i < lane->slice_count; i++)
				if (lane->slices[i].state == LANE_BLOCKED)
					blocked += lane->slices[i].end_ns - lane->slices[i].start_ns;
			assert_true(blocked >= 1900000); /* the sleep begins before the thread leaves its CPU */
		}
		run_free(&run);
	}
	recorder_free(recorder);
}

static void test_many_switches(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	struct run run;
	observe(recorder, "--ping-pong", true, &run);
	size_t slices = 0;
	for (size_t i = 0; i < run.timeline.lane_count; i++)
		slices += run.timeline.lanes[i].slice_count;
	assert_int_equal(run.timeline.lost, 0);
	assert_int_equal(run.timeline.lane_count, 2);
	assert_true(slices >= 80000);
	check_tiled(&run.timeline);
	run_free(&run);
	recorder_free(recorder);
}

/* Large where there are few CPUs, and never smaller than what one needs. */
static void test_ring_sizes(void **state)
{
	(void)state;
	static const struct {
		size_t count, kib;
	} cases[] = {{1, 2048}, {2, 2048}, {4, 2048}, {5, 1024}, {8, 1024}, {9, 512}, {16, 512}, {1000, 512}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(ring_size_for(cases[i].count), cases[i].kib * 1024);
	assert_int_equal(ring_watermark(16384), 4096);
	assert_int_equal(ring_watermark(RING_SIZE), 128 * 1024);
	assert_int_equal(ring_watermark(RING_SIZE_MOST), 128 * 1024);
}

static void test_rings_that_run_over(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	struct run run;
	recorder_limit_rings(recorder, 100000); /* a power of two below that */
	assert_int_equal(((const struct perf_event_attr *)recorder_observer(recorder)->event)->wakeup_watermark, 16384);
	observe(recorder, "--ping-pong", false, &run);
	assert_true(run.timeline.lost > 0);
	check_tiled(&run.timeline);
	run_free(&run);
	/* The next run is not touched by it. */
	observe(recorder, "--nothing", true, &run);
	assert_int_equal(run.timeline.lost, 0);
	assert_int_equal(run.timeline.lane_count, 1);
	check_tiled(&run.timeline);
	run_free(&run);
	recorder_free(recorder);
}

static void test_exec_by_a_thread(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	struct run run;
	observe(recorder, "--changeling", true, &run);
	check_tiled(&run.timeline);
	assert_int_equal(run.timeline.lane_count, 3);
	const struct lane *lanes = run.timeline.lanes;
	assert_string_equal(lanes[0].name, "main");
	assert_string_equal(lanes[1].name, "thread 1");
	assert_int_equal(lanes[2].tid, lanes[0].tid);
	assert_int_equal(lanes[2].start_ns, lanes[1].end_ns);
	assert_string_not_equal(lanes[2].name, "main");
	run_free(&run);
	recorder_free(recorder);
}

static void test_unknown_method(void **state)
{
	(void)state;
	struct error err = {0};
	assert_null(recorder_new("perf", &err));
	assert_string_equal(err.text, "measuring method \"perf\": unknown; LIVEPOST_METHOD is auto, switch-records, "
	                              "schedstat, getrusage, probe or none");
}

/* This program, as a file for the sandbox. */
static struct child_file own_file(struct buffer *bytes)
{
	struct error err = {0};
	if (!bytes->size && !file_read("/proc/self/exe", (size_t)256 << 20, bytes, &err))
		fail_msg("%s", err.text);
	return (struct child_file){"/cell/kitchen", bytes->data, bytes->size, 0555};
}

/* Runs `part` of this program in the sandbox, or the system's program that it is the path of; memory_bytes 0: as much as it likes. */
static bool run_inside(struct recorder *recorder, const char *part, uint64_t memory_bytes, struct trace *trace,
                       struct error *err)
{
	static struct buffer bytes;
	struct child_file file = own_file(&bytes);
	struct child_result result = {0};
	const struct child_plan plan = {
		.argv = *part == '/' ? (const char *const[]){part, NULL} : (const char *const[]){file.path, part, NULL}, .files = &file, .file_count = 1,
		.observer = recorder_observer(recorder),
		.limits = {.wall_ns = 20000000000u, .output_bytes = 1 << 16, .processes = 64, .memory_bytes = memory_bytes,
		           .scratch_bytes = 1 << 20},
	};
	bool ok = child_run(&plan, &result, err);
	if (ok && (result.end != CHILD_EXITED || result.code))
		ok = error_set(err, "%s ended with %d: %s", part, result.code, result.err.data);
	ok = ok && recorder_finish(recorder, &result, trace, err);
	child_result_free(&result);
	return ok;
}

/* What the probe was asked for in this run, PROBE_WANT_…; 0 without a log. */
static uint32_t asked(const struct trace *trace)
{
	uint32_t flags = 0;
	if (trace->probe.size)
		memcpy(&flags, trace->probe.data + offsetof(struct probe_header, flags), sizeof flags);
	return flags;
}

/* The same program on each rung: who is asked for is who answers, the probe's log comes with all but the last, and with
   the log the names that the program gave its threads. */
static void test_each_rung(void **state)
{
	(void)state;
	for (int method = TRACE_SWITCH_RECORDS; method <= TRACE_NONE; method++) {
		const char *name = trace_method_name((enum trace_method)method);
		struct error err = {0};
		struct trace trace = {0};
		struct timeline timeline = {0};
		struct recorder *recorder = recorder_new(name, &err);
		if (!recorder && method == TRACE_SWITCH_RECORDS) {
			print_message("# %s\n", err.text);
			continue;
		}
		assert_non_null(recorder);
		assert_int_equal(!recorder_observer(recorder), method == TRACE_NONE);
		if (!run_inside(recorder, "--kitchen", 0, &trace, &err))
			fail_msg("%s: %s", name, err.text);
		char why[64] = "";
		if (method != TRACE_SWITCH_RECORDS)
			snprintf(why, sizeof why, "LIVEPOST_METHOD is %s", name);
		assert_int_equal(trace.method, method);
		assert_string_equal(trace.why, why);
		assert_int_equal(trace.ring_count > 0, method == TRACE_SWITCH_RECORDS);
		assert_int_equal(trace.probe.size > 0, method != TRACE_NONE);
		assert_int_equal(trace.sample_period_ns, 0);
		assert_int_equal(recorder_method(recorder), method);
		assert_int_equal(asked(&trace), method == TRACE_SWITCH_RECORDS ? PROBE_WANT_DELAY
		                                : method == TRACE_SCHEDSTAT ? PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME : 0);
		assert_true(trace.start_ns < trace.end_ns);
		assert_int_equal(trace.pid, 2);
		bool made = timeline_make(&trace, &timeline, &err);
		if (method == TRACE_NONE) {
			assert_false(made);
			assert_string_equal(err.text, "no timeline: the run was measured by none: LIVEPOST_METHOD is none");
		} else {
			assert_true(made);
			assert_int_equal(timeline.method, method);
			assert_int_equal(timeline.lost, 0);
			assert_string_equal(timeline.probe_problem, "");
			lane_named(&timeline, "chicken");
			lane_named(&timeline, "gravy");
		}
		timeline_free(&timeline);
		trace_free(&trace);
		recorder_free(recorder);
	}
}

/* How many samples there are, and how many instants of CPU time they could be of. */
static size_t count_samples(const struct trace *trace)
{
	size_t count = 0;
	for (size_t i = 0; i < trace->ring_count; i++) {
		const struct buffer *records = &trace->rings[i].records;
		struct perf_event_header header = {0};
		for (size_t at = 0; at < records->size; at += header.size) {
			memcpy(&header, records->data + at, sizeof header);
			assert_true(header.size >= sizeof header);
			count += header.type == PERF_RECORD_SAMPLE;
		}
	}
	return count;
}

static void test_samples(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	static const bool sampled[] = {false, true, true, false};
	for (size_t i = 0; i < sizeof sampled / sizeof *sampled; i++) {
		struct error err = {0};
		struct trace trace = {0};
		struct timeline timeline = {0};
		recorder_sample(recorder, sampled[i]);
		if (!run_inside(recorder, "--kitchen", 0, &trace, &err))
			fail_msg("%s", err.text);
		assert_int_equal(trace.sample_period_ns, sampled[i] ? 1000000 : 0);
		assert_true(timeline_make(&trace, &timeline, &err));
		assert_int_equal(timeline.lost, 0);
		check_tiled(&timeline);
		uint64_t cpu_ns = 0;
		for (size_t lane = 0; lane < timeline.lane_count; lane++)
			cpu_ns += timeline.lanes[lane].cpu_ns;
		/* The two cooks alone burn 10 ms; no thread can leave one sample more than it has periods. */
		assert_in_range(count_samples(&trace), sampled[i] ? 3 : 0,
		                sampled[i] ? cpu_ns / 1000000 + timeline.lane_count : 0);
		timeline_free(&timeline);
		trace_free(&trace);
	}
	recorder_free(recorder);
}

/* The log is mapped by the program and yet none of the memory it was given. */
static void test_little_memory(void **state)
{
	(void)state;
	struct error err = {0};
	struct recorder *recorder = recorder_new("probe", &err);
	struct trace trace = {0};
	struct timeline timeline = {0};
	/* Less than the log has; and for a program that no sanitizer makes larger. */
	if (!run_inside(recorder, "/bin/true", (uint64_t)48 << 20, &trace, &err))
		fail_msg("%s", err.text);
	if (!timeline_make(&trace, &timeline, &err))
		fail_msg("%s", err.text);
	assert_int_equal(timeline.lane_count, 1);
	timeline_free(&timeline);
	trace_free(&trace);
	recorder_free(recorder);
}

/* What is granted here may be refused to the child: without the sandbox, each answer of the kernel in turn. */
static void test_refused_to_the_child(void **state)
{
	(void)state;
	recorder_free(recorder_or_skip());
	struct error err = {0};
	struct child_result result = {.start_ns = 5, .end_ns = 9, .pid = 2};
	struct trace trace = {0};
	struct recorder *recorder = recorder_new("auto", &err);
	const struct child_observer *observer = recorder_observer(recorder);
	observer->attach(observer->context, NULL, NULL, 0, ENOSYS);
	observer->drain(observer->context);
	assert_true(recorder_finish(recorder, &result, &trace, &err));
	assert_int_equal(trace.method, TRACE_SCHEDSTAT);
	assert_string_equal(trace.why, "perf_event_open: Function not implemented");
	assert_int_equal(trace.start_ns, 5);
	assert_int_equal(trace.end_ns, 9);
	trace_free(&trace);
	recorder_free(recorder);

	recorder = recorder_new("switch-records", &err);
	observer = recorder_observer(recorder);
	observer->attach(observer->context, NULL, NULL, 0, EACCES);
	assert_false(recorder_finish(recorder, &result, &trace, &err));
	assert_non_null(strstr(err.text, "in the sandbox: perf_event_open: Permission denied (kernel.perf_event_paranoid "
	                                 "is "));
	recorder_free(recorder);
}

static void refuse_call(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_perf_event_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(SKIPPED);
}

/* Runs `body` in a process of its own, as what it does to itself cannot be undone. It returns 0, the line of the check
   that failed, or SKIPPED. */
static void in_a_child(int (*body)(const void *), const void *context)
{
	int status = 0;
	pid_t child = fork();
	if (!child)
		_exit(body(context));
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		skip(); /* this machine does not let us stand in for one that refuses */
	if (status)
		fail_msg("check %d of the child failed", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

struct refusal {
	int error;
	const char *why;
};
static const struct refusal refusals[] = {
	{EPERM, "perf_event_open: Operation not permitted"},
	{EACCES, "perf_event_open: Permission denied"},
	{ENOSYS, "perf_event_open: Function not implemented"},
};
enum { REFUSALS = sizeof refusals / sizeof *refusals };

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* As in a container: "auto" takes the next rung and says why, what was asked for is an error, and the rungs below are
   there. */
static int be_refused(const void *context)
{
	const struct refusal *refusal = context;
	struct error err = {0};
	struct trace trace = {0};
	refuse_call(refusal->error);
	if (recorder_new("switch-records", &err) || !strstr(err.text, refusal->why))
		return 1;
	struct recorder *recorder = recorder_new("auto", &err);
	if (!recorder)
		return 2;
	if (recorder_observer(recorder)->event_size)
		return 3;
	recorder_sample(recorder, true);
	if (!run_inside(recorder, "--kitchen", 0, &trace, &err) || trace.method != TRACE_SCHEDSTAT || trace.ring_count ||
	    trace.sample_period_ns)
		return 4;
	if (!starts_with(trace.why, refusal->why) || !trace.probe.size)
		return 5;
	/* Whoever is root may be refused all the same: then it is not paranoia, but it is part of the answer. */
	if (refusal->error != ENOSYS && !strstr(trace.why, "kernel.perf_event_paranoid is "))
		return 6;
	trace_free(&trace);
	recorder_free(recorder);
	return 0;
}

static void test_refused_here(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSALS; i++)
		in_a_child(be_refused, &refusals[i]);
}

/* Granted here, refused inside: the filter comes between. */
static int be_refused_inside(const void *context)
{
	const struct refusal *refusal = context;
	struct error err = {0};
	struct trace trace = {0};
	struct recorder *automatic = recorder_new("auto", &err), *forced = recorder_new("switch-records", &err);
	if (!forced)
		return SKIPPED;
	refuse_call(refusal->error);
	if (!run_inside(automatic, "--kitchen", 0, &trace, &err))
		return 1;
	if (trace.method != TRACE_SCHEDSTAT || !starts_with(trace.why, refusal->why))
		return 2;
	if (asked(&trace) != (PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME))
		return 5;
	trace_free(&trace);
	if (run_inside(forced, "--kitchen", 0, &trace, &err) || trace.probe.size || trace.ring_count)
		return 3;
	if (!strstr(err.text, "in the sandbox: ") || !strstr(err.text, refusal->why))
		return 4;
	recorder_free(automatic);
	recorder_free(forced);
	return 0;
}

static void test_refused_inside(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSALS; i++)
		in_a_child(be_refused_inside, &refusals[i]);
}

/* Neither switch records nor schedstat: as on a kernel without them. */
static int be_without_schedstat(const void *context)
{
	(void)context;
	struct error err = {0};
	struct trace trace = {0};
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || mount("tmpfs", "/proc", "tmpfs", 0, NULL))
		return SKIPPED;
	if (recorder_new("schedstat", &err) ||
	    !strstr(err.text, "LIVEPOST_METHOD=schedstat: /proc/thread-self/schedstat: No such file or directory"))
		return 1;
	refuse_call(ENOSYS);
	struct recorder *recorder = recorder_new("auto", &err);
	if (!recorder || !recorder_finish(recorder, &(struct child_result){0}, &trace, &err))
		return 2;
	/* The reason is why the best could not be had. */
	if (trace.method != TRACE_GETRUSAGE || strcmp(trace.why, "perf_event_open: Function not implemented") != 0)
		return 3;
	recorder_free(recorder);
	return 0;
}

static void test_without_schedstat(void **state)
{
	(void)state;
	in_a_child(be_without_schedstat, NULL);
}

/* Somebody without rights who has used up some of the memory that may be locked gets smaller rings; with all of it gone
   there are none. */
static int be_short_of_locked_memory(const void *context)
{
	enum { STRANGER = 54321 };
	(void)context;
	struct error err = {0};
	struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY, .exclude_kernel = 1,
	                                .size = sizeof event};
	if ((geteuid() == 0 && (setresgid(STRANGER, STRANGER, STRANGER) || setresuid(STRANGER, STRANGER, STRANGER))) ||
	    setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0}))
		return SKIPPED;
	struct recorder *recorder = recorder_new("switch-records", &err);
	if (!recorder)
		return SKIPPED;
	uint32_t whole = ((const struct perf_event_attr *)recorder_observer(recorder)->event)->wakeup_watermark;
	recorder_free(recorder);
	uint32_t last = whole;
	for (int taken = 0; taken < 512; taken++) {
		int descriptor = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
		if (descriptor < 0)
			return SKIPPED;
		if (mmap(NULL, (size_t)33 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED)
			/* Nothing this large is left, so nothing as large as at first is. */
			return last < whole ? 0 : 1;
		recorder = recorder_new("switch-records", &err);
		if (!recorder)
			return strstr(err.text, "mmap of a perf_event ring: Operation not permitted") && last < whole ? 0 : 2;
		uint32_t now = ((const struct perf_event_attr *)recorder_observer(recorder)->event)->wakeup_watermark;
		recorder_free(recorder);
		if (now > last || now < 4096)
			return 3;
		last = now;
	}
	return SKIPPED;
}

static void test_short_of_locked_memory(void **state)
{
	(void)state;
	in_a_child(be_short_of_locked_memory, NULL);
}

int main(int argc, char **argv)
{
	/* _exit, because a leak checker at the exit would make a thread of its own. */
	if (argc == 2 && !strcmp(argv[1], "--kitchen"))
		_exit(be_kitchen());
	if (argc == 2 && !strcmp(argv[1], "--ping-pong"))
		_exit(be_ping_pong());
	if (argc == 2 && !strcmp(argv[1], "--changeling"))
		_exit(be_changeling("/proc/self/exe"));
	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		_exit(0);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kitchen),
		cmocka_unit_test(test_many_switches),
		cmocka_unit_test(test_ring_sizes),
		cmocka_unit_test(test_rings_that_run_over),
		cmocka_unit_test(test_exec_by_a_thread),
		cmocka_unit_test(test_unknown_method),
		cmocka_unit_test(test_each_rung),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_little_memory),
		cmocka_unit_test(test_refused_to_the_child),
		cmocka_unit_test(test_refused_here),
		cmocka_unit_test(test_refused_inside),
		cmocka_unit_test(test_without_schedstat),
		cmocka_unit_test(test_short_of_locked_memory),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
