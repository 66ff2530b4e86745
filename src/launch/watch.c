/* Looks now and then at what every thread in the sandbox waits in. */
#include "launch/watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Looking takes at most two parts in REST of a core: one for looks at the threads that are followed, which are short and
   often, one for those that look for threads. */
#define REST 400
#define SEARCH_NS 10000000u
#define LOOK_NS 1000000u
/* So long after a wait began the next one is expected. Threads that only run, or all wait for long, are not disturbed. */
#define LIVELY_NS 50000000u
/* So long may the last look take, however many threads there are: they are to be stopped. */
#define LAST_NS 20000000u

enum {
	/* Of more processes than this, none are looked at: whoever starts so many leaves us hardly a turn, and we must be able
	   to stop them. */
	PROCESSES_MOST = 64,
	SAMPLES_MOST = PROBE_SAMPLE_PAGES * PROBE_PAGE / sizeof(struct probe_record),
	/* Short looks leave room for long ones, and all leave room for the last one, which tells of a hang. */
	OFTEN_MOST = SAMPLES_MOST / 2,
	USUAL_MOST = SAMPLES_MOST - SAMPLES_MOST / 8,
	TEXT_BYTES = 256,
};

/* One look. */
struct look {
	struct watch *watch;
	bool stopped;
	uint64_t start_ns;
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
	uint64_t first_ns = now_ns() + SEARCH_NS;
	*watch = (struct watch){ .log = log, .due_ns = first_ns, .search_ns = first_ns };
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

/* Not after every look: to write takes a fifth of the time of a short one. */
static void write_batch(struct watch *watch)
{
	off_t at = PROBE_PAGE + (off_t)watch->count * (off_t)sizeof *watch->batch;
	size_t size = watch->batched * sizeof *watch->batch;
	if (size && pwrite(watch->log, watch->batch, size, at) == (ssize_t)size)
		watch->count += watch->batched;
	watch->batched = 0;
}

static bool has_room(const struct watch *watch, unsigned most)
{
	return watch->count + watch->batched < most;
}

/* The text of a file of one line, from its start; false when there is none. */
static bool read_line(int file, char text[TEXT_BYTES])
{
	ssize_t size = file < 0 ? -1 : pread(file, text, TEXT_BYTES - 1, 0);
	text[size > 0 ? size : 0] = '\0';
	return size > 0;
}

/* Whether the thread has not had a CPU since it was last looked at. */
static bool waits_still(struct watch *watch, const struct watch_files *files)
{
	char text[TEXT_BYTES];
	unsigned long long ran = 0, delayed = 0, turns = 0;
	if (!read_line(files->turns, text) || sscanf(text, "%llu %llu %llu", &ran, &delayed, &turns) != 3 || !turns)
		return false;
	struct watch_thread *seen = &watch->seen[files->tid % WATCH_SEEN];
	bool still = seen->tid == files->tid && seen->turns == turns;
	seen->tid = files->tid;
	seen->turns = turns;
	return still;
}

/* False when the thread is no more. */
static bool look_at_thread(struct look *look, const struct watch_files *files)
{
	char text[TEXT_BYTES];
	if (waits_still(look->watch, files) && !look->stopped)
		return true;
	uint64_t time = log_time(look->watch);
	if (!read_line(files->call, text))
		return false;
	struct probe_record sample = { .time = time, .object = PROBE_RUNS, .value = files->tid, .kind = PROBE_SYSCALL,
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
			return true;
		long number = strtol(text, NULL, 10);
		sample.object = number < 0 ? PROBE_IN_NO_CALL : (uint64_t)number;
		look->watch->moved_ns = look->start_ns;
	} else if (!look->stopped) {
		return true;
	}
	struct watch *watch = look->watch;
	if (has_room(watch, look->stopped ? SAMPLES_MOST : USUAL_MOST))
		watch->batch[watch->batched++] = sample;
	if (watch->batched == WATCH_BATCH)
		write_batch(watch);
	return true;
}

static int open_file(const char *pid, const char *tid, const char *name)
{
	char path[96];
	snprintf(path, sizeof path, "/proc/%.16s/task/%.16s/%s", pid, tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void close_files(const struct watch_files *files)
{
	if (files->turns >= 0)
		close(files->turns);
	if (files->call >= 0)
		close(files->call);
}

static void look_at_followed(struct look *look)
{
	struct watch *watch = look->watch;
	for (uint32_t i = 0; i < watch->followed_count;) {
		if (look_at_thread(look, &watch->followed[i])) {
			i++;
			continue;
		}
		close_files(&watch->followed[i]);
		watch->followed[i] = watch->followed[--watch->followed_count];
	}
}

static bool is_followed(const struct watch *watch, uint32_t tid)
{
	uint32_t i = 0;
	while (i < watch->followed_count && watch->followed[i].tid != tid)
		i++;
	return i < watch->followed_count;
}

static void look_at_other(struct look *look, const char *pid, const char *tid)
{
	struct watch *watch = look->watch;
	struct watch_files files = { .tid = (uint32_t)strtoul(tid, NULL, 10) };
	if (is_followed(watch, files.tid))
		return;
	files.turns = open_file(pid, tid, "schedstat");
	files.call = open_file(pid, tid, "syscall");
	if (look_at_thread(look, &files) && watch->followed_count < WATCH_FOLLOWED)
		watch->followed[watch->followed_count++] = files;
	else
		close_files(&files);
}

static bool is_number(const char *name)
{
	return name[0] >= '0' && name[0] <= '9';
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
		if (is_number(task->d_name)) {
			look_at_other(look, pid, task->d_name);
			all = now_ns() < look->start_ns + LAST_NS && has_room(look->watch, SAMPLES_MOST);
		}
	if (folder)
		closedir(folder);
	return all;
}

/* The threads that are not followed. */
static void search(struct look *look)
{
	DIR *folder = look->watch->processes;
	struct dirent *process = NULL;
	unsigned processes = 0;
	rewinddir(folder);
	while (!look->stopped && (process = readdir(folder)))
		processes += is_number(process->d_name);
	if (processes > PROCESSES_MOST)
		return;
	bool all = true;
	rewinddir(folder);
	while (all && (process = readdir(folder)))
		if (is_number(process->d_name) && atoi(process->d_name) != getpid())
			all = look_at_process(look, process->d_name);
}

static uint64_t later(uint64_t now_ns, uint64_t took_ns, uint64_t least_ns)
{
	return now_ns + (took_ns * REST > least_ns ? took_ns * REST : least_ns);
}

void watch_look(struct watch *watch, bool stopped)
{
	struct look look = { .watch = watch, .stopped = stopped, .start_ns = now_ns() };
	if (watch->log < 0 || (!stopped && look.start_ns < watch->due_ns))
		return;
	if (!watch->clock)
		settle_clock(watch);
	if (!watch->processes)
		watch->processes = opendir("/proc");
	bool able = watch->clock && watch->processes, searches = stopped || look.start_ns >= watch->search_ns;
	if (able)
		look_at_followed(&look);
	uint64_t between_ns = now_ns();
	if (able && searches) {
		search(&look);
		write_batch(watch);
	}
	uint64_t end_ns = now_ns();
	if (searches)
		watch->search_ns = later(end_ns, end_ns - between_ns, SEARCH_NS);
	watch->due_ns = watch->search_ns;
	bool lively = watch->moved_ns && look.start_ns - watch->moved_ns < LIVELY_NS && watch->followed_count;
	if (lively && has_room(watch, OFTEN_MOST)) {
		uint64_t next_ns = later(end_ns, between_ns - look.start_ns, LOOK_NS);
		watch->due_ns = next_ns < watch->due_ns ? next_ns : watch->due_ns;
	}
	if (!able || !has_room(watch, USUAL_MOST))
		watch->due_ns = UINT64_MAX / 2; /* only the last look is left */
	if (stopped)
		watch_end(watch);
}

void watch_end(struct watch *watch)
{
	if (watch->log < 0)
		return;
	write_batch(watch);
	close(watch->log);
	watch->log = -1;
}
