/* The recorder on real children, and where the kernel refuses it. The children are this program itself. */
#include "measure/recorder.h"
#include "base/memory.h"
#include "measure/timeline.h"

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
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void burn(uint64_t ns)
{
	uint64_t end = now_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
	while (now_ns(CLOCK_THREAD_CPUTIME_ID) < end)
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

static void test_rings_that_run_over(void **state)
{
	(void)state;
	struct recorder *recorder = recorder_or_skip();
	struct run run;
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
	assert_string_equal(err.text, "measuring method \"perf\": unknown; LIVEPOST_METHOD is auto, switch-records or "
	                              "getrusage");
}

static void test_getrusage(void **state)
{
	(void)state;
	struct error err = {0};
	struct recorder *recorder = recorder_new("getrusage", &err);
	struct trace trace = {0};
	struct timeline timeline = {0};
	assert_null(recorder_observer(recorder));
	assert_true(recorder_finish(recorder, &(struct child_result){.start_ns = 5, .end_ns = 9, .pid = 2}, &trace, &err));
	assert_int_equal(trace.method, TRACE_GETRUSAGE);
	assert_string_equal(trace.why, "LIVEPOST_METHOD is getrusage");
	assert_int_equal(trace.ring_count, 0);
	assert_int_equal(trace.start_ns, 5);
	assert_int_equal(trace.end_ns, 9);
	assert_int_equal(trace.pid, 2);
	assert_false(timeline_make(&trace, &timeline, &err));
	assert_string_equal(err.text, "no timeline: the run was measured by getrusage: LIVEPOST_METHOD is getrusage");
	trace_free(&trace);
	recorder_free(recorder);
}

/* What is granted here may be refused to the child. */
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
	assert_int_equal(trace.method, TRACE_GETRUSAGE);
	assert_string_equal(trace.why, "perf_event_open: Function not implemented");
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
		_exit(99);
}

/* As in a container: 0 when auto falls to getrusage with `why` and switch-records is an error. */
static int try_refused(int error, const char *why)
{
	struct error err = {0};
	struct trace trace = {0};
	refuse_call(error);
	struct recorder *recorder = recorder_new("auto", &err);
	if (!recorder || recorder_observer(recorder))
		return 1;
	if (!recorder_finish(recorder, &(struct child_result){0}, &trace, &err) || trace.method != TRACE_GETRUSAGE)
		return 2;
	if (strncmp(trace.why, why, strlen(why)) != 0)
		return 3;
	trace_free(&trace);
	recorder_free(recorder);
	if (recorder_new("switch-records", &err) || !strstr(err.text, why))
		return 4;
	return 0;
}

static void test_refused_here(void **state)
{
	(void)state;
	static const struct {
		int error;
		const char *why;
	} cases[] = {
		{EPERM, "perf_event_open: Operation not permitted"},
		{EACCES, "perf_event_open: Permission denied"},
		{ENOSYS, "perf_event_open: Function not implemented"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = 0;
		pid_t child = fork();
		if (!child)
			_exit(try_refused(cases[i].error, cases[i].why));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
			skip(); /* no seccomp on this machine */
		assert_int_equal(status, 0);
	}
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
		cmocka_unit_test(test_rings_that_run_over),
		cmocka_unit_test(test_exec_by_a_thread),
		cmocka_unit_test(test_unknown_method),
		cmocka_unit_test(test_getrusage),
		cmocka_unit_test(test_refused_to_the_child),
		cmocka_unit_test(test_refused_here),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
