/* Looks now and then at what every thread in the sandbox waits in. */
#include "launch/watch.h"

#include "probe/record.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Looking takes at most one part in REST of a core. */
#define REST 200
#define FIRST_NS 10000000u
/* So long may the last look take, however many threads there are: they are to be stopped. */
#define LAST_NS 20000000u

enum {
	/* Of more processes than this, none are looked at: whoever starts so many leaves us hardly a turn, and we must be able
	   to stop them. */
	PROCESSES_MOST = 64,
	SAMPLES_MOST = PROBE_SAMPLE_PAGES * PROBE_PAGE / sizeof(struct probe_record),
	TEXT_BYTES = 256,
	BATCH = 64,
};

/* One look. */
struct look {
	struct watch *watch;
	bool stopped;
	uint64_t until_ns;
	struct probe_record batch[BATCH];
	unsigned count;
};

static uint64_t now_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t log_time(const struct watch *watch)
{
#if defined(__x86_64__)
	if (watch->clock == PROBE_CLOCK_TSC)
		return __builtin_ia32_rdtsc();
#else
	(void)watch;
#endif
	return now_ns();
}

void watch_start(struct watch *watch, int log)
{
	*watch = (struct watch){ .log = log, .due_ns = now_ns() + FIRST_NS };
}

int watch_wait_ms(const struct watch *watch)
{
	if (watch->log < 0)
		return -1;
	uint64_t now = now_ns();
	uint64_t left = watch->due_ns > now ? (watch->due_ns - now + 999999) / 1000000 : 0;
	return left < 1000000 ? (int)left : 1000000;
}

/* The clock that the probe settles on by the same rule, should no program with the probe have come to it yet. */
static void settle_clock(struct watch *watch)
{
	struct probe_header header;
	if (pread(watch->log, &header, sizeof header, 0) != (ssize_t)sizeof header)
		return;
	watch->clock = header.clock;
	if (watch->clock)
		return;
	watch->clock = PROBE_CLOCK_MONOTONIC;
#if defined(__x86_64__)
	if (header.tsc[0])
		watch->clock = PROBE_CLOCK_TSC;
#endif
	ssize_t ignored = pwrite(watch->log, &watch->clock, sizeof watch->clock, offsetof(struct probe_header, clock));
	(void)ignored;
}

static void write_batch(struct look *look)
{
	struct watch *watch = look->watch;
	off_t at = PROBE_PAGE + (off_t)watch->count * (off_t)sizeof *look->batch;
	unsigned room = SAMPLES_MOST - watch->count;
	unsigned count = look->count < room ? look->count : room;
	look->count = 0;
	if (count && pwrite(watch->log, look->batch, count * sizeof *look->batch, at) ==
	             (ssize_t)(count * sizeof *look->batch))
		watch->count += count;
}

/* The text of a file of one line; false when there is none. */
static bool read_line(const char *path, char text[TEXT_BYTES])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	ssize_t size = read(file, text, TEXT_BYTES - 1);
	close(file);
	text[size > 0 ? size : 0] = '\0';
	return size > 0;
}

/* Whether the thread has not had a CPU since it was last looked at. */
static bool waits_still(struct watch *watch, const char *task, uint32_t tid)
{
	char path[96], text[TEXT_BYTES];
	unsigned long long ran = 0, delayed = 0, turns = 0;
	snprintf(path, sizeof path, "%s/schedstat", task);
	if (!read_line(path, text) || sscanf(text, "%llu %llu %llu", &ran, &delayed, &turns) != 3 || !turns)
		return false;
	struct watch_thread *seen = &watch->seen[tid % WATCH_SEEN];
	bool still = seen->tid == tid && seen->turns == turns;
	seen->tid = tid;
	seen->turns = turns;
	return still;
}

static void look_at_thread(struct look *look, const char *pid, const char *tid)
{
	char task[64], path[96], text[TEXT_BYTES];
	uint32_t id = (uint32_t)strtoul(tid, NULL, 10);
	snprintf(task, sizeof task, "/proc/%.16s/task/%.16s", pid, tid);
	if (waits_still(look->watch, task, id) && !look->stopped)
		return;
	snprintf(path, sizeof path, "%s/syscall", task);
	uint64_t time = log_time(look->watch);
	if (!read_line(path, text))
		return;
	struct probe_record sample = { .time = time, .object = PROBE_RUNS, .value = id, .kind = PROBE_SYSCALL,
	                               .detail = look->stopped ? PROBE_STOPPED : 0 };
	/* "running", or "NUMBER ARGUMENTS STACK PLACE", or "-1 STACK PLACE". */
	const char *place = strrchr(text, ' ');
	if (place) {
		const char *stack = place;
		while (stack > text && stack[-1] != ' ')
			stack--;
		sample.caller = strtoull(place, NULL, 16);
		/* All in the lowest 4 GiB: a program of 32 bits, whose calls have other numbers. */
		if (sizeof(long) == 8 && sample.caller >> 32 == 0 && strtoull(stack, NULL, 16) >> 32 == 0)
			return;
		long number = strtol(text, NULL, 10);
		sample.object = number < 0 ? PROBE_IN_NO_CALL : (uint64_t)number;
	} else if (!look->stopped) {
		return;
	}
	look->batch[look->count++] = sample;
	if (look->count == BATCH)
		write_batch(look);
}

/* False when there was no time for all. */
static bool look_at_process(struct look *look, const char *pid)
{
	char path[48];
	bool all = true;
	snprintf(path, sizeof path, "/proc/%.16s/task", pid);
	DIR *folder = opendir(path);
	struct dirent *task = NULL;
	while (all && folder && (task = readdir(folder)))
		if (task->d_name[0] >= '0' && task->d_name[0] <= '9') {
			look_at_thread(look, pid, task->d_name);
			all = now_ns() < look->until_ns && look->watch->count < SAMPLES_MOST;
		}
	if (folder)
		closedir(folder);
	return all;
}

void watch_look(struct watch *watch, bool stopped)
{
	uint64_t start_ns = now_ns();
	if (watch->log < 0 || (!stopped && start_ns < watch->due_ns))
		return;
	if (!watch->clock)
		settle_clock(watch);
	struct look look = { .watch = watch, .stopped = stopped, .until_ns = start_ns + LAST_NS };
	DIR *folder = opendir("/proc");
	struct dirent *process = NULL;
	bool all = folder && watch->clock && watch->count < SAMPLES_MOST;
	unsigned processes = 0;
	while (all && !stopped && (process = readdir(folder)))
		processes += process->d_name[0] >= '0' && process->d_name[0] <= '9';
	bool too_many = processes > PROCESSES_MOST;
	if (folder)
		rewinddir(folder);
	while (all && !too_many && (process = readdir(folder)))
		if (process->d_name[0] >= '0' && process->d_name[0] <= '9' && atoi(process->d_name) != getpid())
			all = look_at_process(&look, process->d_name);
	write_batch(&look);
	if (folder)
		closedir(folder);
	uint64_t took_ns = now_ns() - start_ns, rest_ns = REST * took_ns;
	watch->due_ns = start_ns + took_ns + (rest_ns > FIRST_NS ? rest_ns : FIRST_NS);
	if (stopped || watch->count >= SAMPLES_MOST) {
		close(watch->log);
		watch->log = -1;
	}
}
