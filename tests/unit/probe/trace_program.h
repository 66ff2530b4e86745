/* Makes a log, runs a program with the probe and that log, and reads back what it wrote. */
#ifndef LIVEPOST_TEST_TRACE_PROGRAM_H
#define LIVEPOST_TEST_TRACE_PROGRAM_H

#include "probe/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

struct trace_plan {
	const char *const *argv;
	const char *probe;   /* path of the library; NULL: without it */
	uint32_t pages;      /* of the log, of 4 KiB; 0: 4096 */
	uint32_t flags;
	bool monotonic;      /* no time stamp counter */
	bool no_log;         /* the probe, but nothing where its log should be */
	bool wrong_magic;
	bool prefill;        /* touch the log's pages before */
	int kill_after_ms;   /* SIGKILL then; 0: never */
	const char *extra;   /* NAME=value for its environment */
};

struct traced {
	int status;                  /* of wait */
	char *output;                /* stdout and stderr; NUL-terminated */
	size_t size;
	struct probe_header *header;
	size_t log_size;
};

struct seen {
	uint32_t pid, tid, serial;
	const struct probe_record *record;
};

static inline void trace_fail(const char *what)
{
	perror(what);
	abort();
}

static inline void put_file(const char *path, const char *text)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t ignored = file < 0 ? 0 : write(file, text, strlen(text));
	(void)ignored;
	close(file);
}

/* A world of its own for this process, in which the log lies where the probe looks for it. */
static inline void hide_log(const char *log)
{
	char map[64];
	unsigned uid = geteuid(), gid = getegid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		trace_fail("unshare");
	put_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof map, "%u %u 1", uid, uid);
	put_file("/proc/self/uid_map", map);
	snprintf(map, sizeof map, "%u %u 1", gid, gid);
	put_file("/proc/self/gid_map", map);
	/* The log lies in the folder that is about to be hidden: a descriptor of this world still leads to it. */
	int held = log ? open(log, O_RDWR | O_CLOEXEC) : -1;
	if (mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL))
		trace_fail("mount /dev/shm");
	if (!log)
		return;
	char by_descriptor[64];
	snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", held);
	char folder[] = PROBE_LOG_PATH;
	*strrchr(folder, '/') = '\0';
	if (mkdir(folder, 0700))
		trace_fail("make the log's folder");
	int file = open(PROBE_LOG_PATH, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (file < 0 || mount(by_descriptor, PROBE_LOG_PATH, NULL, MS_BIND, NULL))
		trace_fail("bind the log");
	close(file);
	close(held);
}

static inline bool counter_is_steady(void)
{
	char name[32] = "";
	int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, name, sizeof name - 1);
	close(file);
	return size > 0 && !strncmp(name, "tsc\n", 4);
}

static inline uint64_t monotonic_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void calibrate(struct probe_header *header, int which)
{
#if defined(__x86_64__)
	header->monotonic_ns[which] = monotonic_ns();
	header->tsc[which] = __rdtsc();
#else
	(void)header;
	(void)which;
#endif
}

static inline struct traced trace_program(const struct trace_plan *plan)
{
	struct traced traced = {0};
	uint32_t pages = (plan->pages ? plan->pages : 4096) * (4096 / PROBE_PAGE);
	char path[] = "/dev/shm/livepost-test-XXXXXX";
	int log = mkostemp(path, O_CLOEXEC);
	traced.log_size = (size_t)pages * PROBE_PAGE;
	if (log < 0 || ftruncate(log, (off_t)traced.log_size))
		trace_fail("make the log");
	traced.header = mmap(NULL, traced.log_size, PROT_READ | PROT_WRITE, MAP_SHARED, log, 0);
	if (traced.header == MAP_FAILED)
		trace_fail("map the log");
	close(log);
	if (plan->prefill)
		for (uint32_t i = 0; i < pages; i++)
			((volatile char *)traced.header)[(size_t)i * PROBE_PAGE] = 0;
	traced.header->magic = plan->wrong_magic ? PROBE_MAGIC + 1 : PROBE_MAGIC;
	traced.header->pages = pages;
	traced.header->next_page = 1;
	traced.header->flags = plan->flags;
	if (!plan->monotonic && counter_is_steady())
		calibrate(traced.header, 0);
	int output[2];
	if (pipe2(output, O_CLOEXEC))
		trace_fail("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		int input = open("/dev/null", O_RDONLY);
		dup2(input, 0);
		dup2(output[1], 1);
		dup2(output[1], 2);
		hide_log(plan->no_log ? NULL : path);
		if (input > 2)
			close(input);
		if (plan->probe)
			setenv("LD_PRELOAD", plan->probe, 1);
		if (plan->extra)
			putenv((char *)(uintptr_t)plan->extra);
		execvp(plan->argv[0], (char **)(uintptr_t)plan->argv);
		trace_fail("execvp");
	}
	close(output[1]);
	uint64_t end = plan->kill_after_ms ? monotonic_ns() + (uint64_t)plan->kill_after_ms * 1000000u : UINT64_MAX;
	size_t room = 0;
	for (;;) {
		struct pollfd polled = { .fd = output[0], .events = POLLIN };
		uint64_t now = monotonic_ns();
		poll(&polled, 1, end == UINT64_MAX ? -1 : now < end ? (int)((end - now) / 1000000u) + 1 : 0);
		if (monotonic_ns() >= end) {
			kill(pid, SIGKILL);
			end = UINT64_MAX;
		}
		if (!polled.revents)
			continue;
		if (traced.size + 65536 > room)
			traced.output = realloc(traced.output, room = traced.size + 131072);
		ssize_t got = read(output[0], traced.output + traced.size, 65535);
		if (got <= 0)
			break;
		traced.size += (size_t)got;
	}
	traced.output[traced.size] = '\0';
	close(output[0]);
	while (waitpid(pid, &traced.status, 0) < 0)
		;
	if (traced.header->tsc[0])
		calibrate(traced.header, 1);
	unlink(path);
	return traced;
}

static inline void traced_free(struct traced *traced)
{
	free(traced->output);
	munmap(traced->header, traced->log_size);
}

/* All finished records, run by run; the caller frees them. False in *sound when the log breaks its own rules. */
static inline struct seen *read_log(const struct traced *traced, size_t *count, bool *sound)
{
	uint32_t pages = (uint32_t)(traced->log_size / PROBE_PAGE), next = traced->header->next_page;
	struct seen *seen = malloc(traced->log_size / sizeof(struct probe_record) * sizeof *seen);
	*count = 0;
	*sound = next >= 1 && next <= pages;
	for (uint32_t page = 1; page < pages && page < next;) {
		const struct probe_run *run = (const void *)((const char *)traced->header + (size_t)page * PROBE_PAGE);
		if (run->magic != PROBE_MAGIC) {
			*sound &= run->magic == 0; /* never begun: killed between taking pages and saying so */
			page++;
			continue;
		}
		if (run->pages < 1 || run->pages > PROBE_RUN_MOST || run->pages > next - page || !run->pid || !run->tid) {
			*sound = false;
			break;
		}
		const struct probe_record *record = (const void *)(run + 1);
		size_t most = (size_t)run->pages * PROBE_PAGE / sizeof *record - 1;
		for (size_t i = 0; i < most; i++) {
			uint16_t kind = record[i].kind;
			if (kind == PROBE_NOTHING)
				continue;
			*sound &= (kind & ~PROBE_END) < PROBE_KINDS;
			seen[(*count)++] = (struct seen){ run->pid, run->tid, run->serial, &record[i] };
		}
		page += run->pages;
	}
	return seen;
}

#endif
