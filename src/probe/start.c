/* Wakes the probe in a process: finds what is wrapped, maps the log, settles on the clock. Knows no wrapper. */
#include "probe/start.h"
#include "probe/log.h"
#include "probe/modules.h"
#include "probe/python.h"
#include "probe/real.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

_Static_assert(sizeof(struct probe_page) == KERNEL_PAGE, "the kernel wipes whole pages");
struct probe_page probe_page;
struct probe_log probe_log;
int probe_end_key = -1;

/* Returns NULL where there is no log or something else stands in its place. Keeps no descriptor. */
static struct probe_header *map_log(uint32_t *pages)
{
	long file = raw_call(SYS_openat, AT_FDCWD, (long)PROBE_LOG_PATH, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0, 0, 0);
	if (file < 0)
		return NULL;
	struct probe_header *header = NULL;
	struct probe_header found;
	struct stat status;
	if (raw_call(SYS_pread64, file, (long)&found, sizeof found, 0, 0, 0) == (long)sizeof found && found.magic == PROBE_MAGIC
	    && found.pages > 1
#ifdef SYS_newfstatat
	    && raw_call(SYS_newfstatat, file, (long)"", (long)&status, AT_EMPTY_PATH, 0, 0) == 0
#else
	    && fstat((int)file, &status) == 0
#endif
	    && S_ISREG(status.st_mode) && (uint64_t)status.st_size >= (uint64_t)found.pages * PROBE_PAGE) {
		long memory = raw_call(SYS_mmap, 0, (long)found.pages * PROBE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		if (memory > 0 || memory < -KERNEL_PAGE) {
			header = (struct probe_header *)memory;
			*pages = found.pages;
		}
	}
	raw_call(SYS_close, file, 0, 0, 0, 0, 0);
	return header;
}

static uint32_t settle_clock(struct probe_header *header)
{
	uint32_t wanted = PROBE_CLOCK_MONOTONIC, settled = 0;
#if defined(__x86_64__)
	if (header->tsc[0])
		wanted = PROBE_CLOCK_TSC;
#endif
	if (!atomic_compare_exchange_strong(&header->clock, &settled, wanted) && settled == PROBE_CLOCK_MONOTONIC)
		wanted = settled;
	return wanted;
}

/* What both a new process and the child of a fork do. */
static void begin_process(void)
{
	probe_log.pid = (uint32_t)raw_call(SYS_getpid, 0, 0, 0, 0, 0, 0);
	probe_page.clock = settle_clock(probe_log.header);
	probe_page.flags = probe_log.header->flags;
	/* Less than two switches of threads take; counters run at 1 to 5 GHz. */
	probe_page.quick = probe_page.clock == PROBE_CLOCK_TSC ? 5000 : 2000;
	__atomic_store_n(&probe_page.state, PROBE_ON, __ATOMIC_RELEASE);
	log_put((struct note){ .kind = PROBE_THREAD_START, .caller = (uint64_t)pthread_self() });
}

bool probe_wake(void)
{
	if (probe_log.header) {
		/* The child of a fork: its only thread is this one, and it has its parent's memory. */
		log_reset_lane();
		begin_process();
		modules_say_again();
		return true;
	}
	real_find();
	uint32_t pages = 0;
	struct probe_header *header = map_log(&pages);
	if (header && raw_call(SYS_madvise, (long)&probe_page, sizeof probe_page, MADV_WIPEONFORK, 0, 0, 0) < 0) {
		raw_call(SYS_munmap, (long)header, (long)pages * PROBE_PAGE, 0, 0, 0, 0);
		header = NULL;
	}
	if (!header) {
		__atomic_store_n(&probe_page.state, PROBE_OFF, __ATOMIC_RELEASE);
		return false;
	}
	probe_log.header = header;
	probe_log.pages = pages;
	begin_process();
	modules_look(0);
	return true;
}

static void end_thread(void *again)
{
	/* Destructors run in rounds: the last one is ours, so that what the program's destructors do comes before. */
	if (++probe_lane.ends < PTHREAD_DESTRUCTOR_ITERATIONS) {
		real.pthread_setspecific((pthread_key_t)probe_end_key, again);
		return;
	}
	if (probe_on())
		log_put((struct note){ .kind = PROBE_THREAD_END, .object = log_cpu_ns() });
}

void probe_watch_end(void)
{
	if (probe_end_key >= 0)
		real.pthread_setspecific((pthread_key_t)probe_end_key, &probe_end_key);
}

__attribute__((constructor)) static void start(void)
{
	if (!probe_on() || !real.pthread_key_create || !real.pthread_setspecific)
		return;
	pthread_key_t key = 0;
	if (real.pthread_key_create(&key, end_thread) == 0)
		probe_end_key = (int)key;
	probe_watch_end();
	python_begin();
}
