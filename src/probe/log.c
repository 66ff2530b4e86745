/* Runs of pages for lanes, and the rarer kinds of records. Knows nothing of what is wrapped. */
#include "probe/log.h"
#include "probe/start.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

__thread struct lane probe_lane __attribute__((tls_model("initial-exec"))) = { .next = LANE_CLOSED };

enum {
	RECORD = sizeof(struct probe_record),
	TEXT_BYTES = offsetof(struct probe_record, kind),
	TEXT_RECORDS = 126, /* at most, with the record that they belong to */
};

/* Takes up to *pages pages from the log; where fewer are left, *pages becomes what there is. NULL when there are not even
   `least`. */
static char *take_pages(uint32_t *pages, uint32_t least)
{
	struct probe_header *header = probe_log.header;
	/* Other processes take pages, too; and any of them can write what it likes here. */
	uint32_t next = atomic_load_explicit(&header->next_page, memory_order_relaxed);
	for (;;) {
		if (next == 0 || next >= probe_log.pages || probe_log.pages - next < least)
			return NULL;
		uint32_t taken = *pages < probe_log.pages - next ? *pages : probe_log.pages - next;
		/* Relaxed: the pages are zero, and nothing else is published with them. */
		if (atomic_compare_exchange_weak_explicit(&header->next_page, &next, next + taken, memory_order_relaxed,
		                                          memory_order_relaxed)) {
			*pages = taken;
			return (char *)header + (size_t)next * PROBE_PAGE;
		}
	}
}

/* A new run, with room for `count` records, becomes the lane's. Every signal is blocked around it. */
static void open_run(unsigned count)
{
	struct lane *lane = &probe_lane;
	uint32_t pages = lane->run_pages ? lane->run_pages * 2 : 1;
	uint32_t least = (uint32_t)((sizeof(struct probe_run) + (size_t)count * RECORD + PROBE_PAGE - 1) / PROBE_PAGE);
	pages = pages < least ? least : pages > PROBE_RUN_MOST ? PROBE_RUN_MOST : pages;
	char *start = take_pages(&pages, least);
	if (!start) {
		probe_log.full = true;
		return;
	}
	/* Where the file system has no room for the pages this fails, and writing would kill the program. Reading maps pages
	   in sixteens, which is cheaper than a fault for each. */
	long first = (long)start & ~(long)(KERNEL_PAGE - 1), last = (long)start + (long)pages * PROBE_PAGE;
	long error = raw_call(SYS_madvise, first, last - first, MADV_POPULATE_READ, 0, 0, 0);
	if (error < 0 && error != -EINVAL) { /* EINVAL: kernels before 5.14 */
		probe_log.full = true;
		return;
	}
	lane->run_pages = pages;
	struct probe_run *run = (struct probe_run *)start;
	run->pages = pages;
	run->pid = probe_log.pid;
	run->tid = log_tid();
	run->serial = lane->serial++;
	__atomic_store_n(&run->magic, PROBE_MAGIC, __ATOMIC_RELEASE);
	lane->next = (uintptr_t)(run + 1);
	lane->end = (uintptr_t)start + (uintptr_t)pages * PROBE_PAGE;
}

struct probe_record *log_take_more(unsigned count)
{
	/* Twice at most: a run that has just begun holds any count there is, but a handler may come first. */
	for (;;) {
		if (probe_page.state != PROBE_ON && !probe_wake())
			return NULL;
		if (probe_log.full) {
			atomic_fetch_add_explicit(&probe_log.header->lost, 1, memory_order_relaxed);
			return NULL;
		}
		uint64_t all = UINT64_MAX, before = 0;
		raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, (long)&before, sizeof all, 0, 0);
		/* A handler may have opened a run between our taking a place and here. */
		uintptr_t next = probe_lane.next;
		if (next >= probe_lane.end || probe_lane.end - next < (uintptr_t)count * RECORD)
			open_run(count);
		struct probe_record *record = NULL;
		if (!probe_log.full) {
			record = (struct probe_record *)probe_lane.next;
			probe_lane.next += (uintptr_t)count * RECORD;
		}
		raw_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0, sizeof before, 0, 0);
		if (record)
			return record;
	}
}

void log_fill_slowly(struct probe_record *record, uint64_t object, uint64_t caller, uint64_t rest)
{
	record->time = raw_monotonic_ns();
	log_store(record, object, caller, rest);
}

struct probe_record *log_put_more(uint64_t object, uint64_t caller, uint64_t rest)
{
	struct probe_record *record = log_take_more(1);
	if (record)
		log_fill(record, object, caller, rest);
	return record;
}

struct probe_record *log_note_stranger(uint64_t object, uint64_t caller, uint64_t rest)
{
	modules_look(caller);
	struct probe_record *record = log_take(1);
	if (record)
		log_fill(record, object, caller, rest);
	return record;
}

#if defined(__x86_64__)
/* Keeps every register that a wrapper's arguments may be in; the state again in rax, as a truth. Vector registers, too, as
   printf's numbers come in them. The stack is aligned anew: it is called from anywhere. */
__attribute__((used)) static uint64_t wake(void)
{
	return probe_wake();
}
__asm__(".text\n"
        ".globl probe_wake_aside\n"
        ".hidden probe_wake_aside\n"
        ".type probe_wake_aside, @function\n"
        "probe_wake_aside:\n"
        "	.cfi_startproc\n"
        "	pushq %rbp\n"
        "	.cfi_def_cfa_offset 16\n"
        "	.cfi_offset %rbp, -16\n"
        "	movq %rsp, %rbp\n"
        "	.cfi_def_cfa_register %rbp\n"
        "	pushq %rdi\n"
        "	pushq %rsi\n"
        "	pushq %rdx\n"
        "	pushq %rcx\n"
        "	pushq %r8\n"
        "	pushq %r9\n"
        "	pushq %r10\n"
        "	pushq %r11\n"
        "	subq $256, %rsp\n"
        "	andq $-16, %rsp\n"
        "	movups %xmm0, (%rsp)\n"
        "	movups %xmm1, 16(%rsp)\n"
        "	movups %xmm2, 32(%rsp)\n"
        "	movups %xmm3, 48(%rsp)\n"
        "	movups %xmm4, 64(%rsp)\n"
        "	movups %xmm5, 80(%rsp)\n"
        "	movups %xmm6, 96(%rsp)\n"
        "	movups %xmm7, 112(%rsp)\n"
        "	movups %xmm8, 128(%rsp)\n"
        "	movups %xmm9, 144(%rsp)\n"
        "	movups %xmm10, 160(%rsp)\n"
        "	movups %xmm11, 176(%rsp)\n"
        "	movups %xmm12, 192(%rsp)\n"
        "	movups %xmm13, 208(%rsp)\n"
        "	movups %xmm14, 224(%rsp)\n"
        "	movups %xmm15, 240(%rsp)\n"
        "	call wake\n"
        "	movups (%rsp), %xmm0\n"
        "	movups 16(%rsp), %xmm1\n"
        "	movups 32(%rsp), %xmm2\n"
        "	movups 48(%rsp), %xmm3\n"
        "	movups 64(%rsp), %xmm4\n"
        "	movups 80(%rsp), %xmm5\n"
        "	movups 96(%rsp), %xmm6\n"
        "	movups 112(%rsp), %xmm7\n"
        "	movups 128(%rsp), %xmm8\n"
        "	movups 144(%rsp), %xmm9\n"
        "	movups 160(%rsp), %xmm10\n"
        "	movups 176(%rsp), %xmm11\n"
        "	movups 192(%rsp), %xmm12\n"
        "	movups 208(%rsp), %xmm13\n"
        "	movups 224(%rsp), %xmm14\n"
        "	movups 240(%rsp), %xmm15\n"
        "	leaq -64(%rbp), %rsp\n"
        "	popq %r11\n"
        "	popq %r10\n"
        "	popq %r9\n"
        "	popq %r8\n"
        "	popq %rcx\n"
        "	popq %rdx\n"
        "	popq %rsi\n"
        "	popq %rdi\n"
        "	popq %rbp\n"
        "	.cfi_def_cfa %rsp, 8\n"
        "	ret\n"
        "	.cfi_endproc\n"
        ".size probe_wake_aside, . - probe_wake_aside\n");
#endif

uint32_t log_tid(void)
{
	if (UNLIKELY(!probe_lane.tid))
		probe_lane.tid = (uint32_t)raw_call(SYS_gettid, 0, 0, 0, 0, 0, 0);
	return probe_lane.tid;
}

void log_reset_lane(void)
{
	/* end first: at no point may a handler see an end behind a next that does not belong to it. */
	__atomic_store_n(&probe_lane.end, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&probe_lane.next, LANE_CLOSED, __ATOMIC_RELAXED);
	probe_lane.tid = 0;
	probe_lane.serial = 0;
	probe_lane.run_pages = 0;
	probe_lane.delay_time = 0;
}

bool log_strike(struct probe_record *record)
{
	uintptr_t place = (uintptr_t)record, end = probe_lane.end;
	uintptr_t start = end - (uintptr_t)probe_lane.run_pages * PROBE_PAGE;
	if (!record || !end || place < start || place >= end)
		return false;
	__atomic_store_n(&record->kind, (uint16_t)PROBE_NOTHING, __ATOMIC_RELAXED);
	return true;
}

void log_text(struct note note, const char *text, size_t size)
{
	if (size > (TEXT_RECORDS - 1) * TEXT_BYTES)
		size = (TEXT_RECORDS - 1) * TEXT_BYTES;
	unsigned pieces = (unsigned)((size + TEXT_BYTES - 1) / TEXT_BYTES);
	struct probe_record *record = log_take(1 + pieces);
	if (!record)
		return;
	for (unsigned i = 0; i < pieces; i++) {
		struct probe_record *piece = record + 1 + i;
		size_t from = (size_t)i * TEXT_BYTES, bytes = size - from < TEXT_BYTES ? size - from : TEXT_BYTES;
		memcpy((char *)piece, text + from, bytes);
		piece->detail = (uint16_t)bytes;
		log_finish(piece, PROBE_TEXT);
	}
	record->time = log_time();
	record->object = note.object;
	record->caller = note.caller;
	record->value = (uint32_t)size;
	record->detail = note.detail;
	log_finish(record, note.kind);
}

static uint64_t read_delay_ns(void)
{
	/* No descriptor is kept: a program may close all it finds, and count on the number it gets next. */
	long file = raw_call(SYS_openat, AT_FDCWD, (long)"/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (file < 0)
		return UINT64_MAX;
	char text[96];
	long size = raw_call(SYS_read, file, (long)text, sizeof text, 0, 0, 0);
	raw_call(SYS_close, file, 0, 0, 0, 0, 0);
	/* "time on the CPU, time on the run queue, slices" */
	long at = 0;
	while (at < size && text[at] != ' ')
		at++;
	if (at >= size)
		return UINT64_MAX;
	uint64_t delay = 0;
	for (at++; at < size && text[at] >= '0' && text[at] <= '9'; at++)
		delay = delay * 10 + (uint64_t)(text[at] - '0');
	return delay;
}

uint64_t log_cpu_ns(void)
{
	struct timespec time = {0};
	if (raw_call(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, (long)&time, 0, 0, 0, 0) < 0)
		return 0;
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* Reads it anew. A handler that does the same in between only makes the reading a little older than it says. */
static uint64_t renew_delay_ns(void)
{
	struct lane *lane = &probe_lane;
	uint64_t delay_ns = read_delay_ns();
	lane->delay_ns = delay_ns;
	lane->delay_time = log_time();
	return delay_ns;
}

uint64_t log_delay_ns(void)
{
	const struct lane *lane = &probe_lane;
	bool old = !lane->delay_time || log_time() - lane->delay_time >= probe_page.quick * DELAY_OLD;
	return old ? renew_delay_ns() : lane->delay_ns;
}

void pair_write_end(struct pair *pair, int error)
{
	struct note note = pair->note;
	note.value = UINT32_MAX;
	/* What is no CPU time must not look like one. */
	if (UNLIKELY(probe_page.flags & PROBE_WANT_DELAY))
		note.caller = 0;
	if (UNLIKELY(pair->delay_ns != UINT64_MAX) && log_time() - pair->start >= probe_page.quick * DELAY_LONG) {
		if (probe_page.flags & PROBE_WANT_CPU_TIME)
			note.caller = log_cpu_ns();
		uint64_t now = renew_delay_ns();
		uint64_t delay = now != UINT64_MAX && now >= pair->delay_ns ? (now - pair->delay_ns) / 64 : 0;
		note.value = delay < UINT32_MAX ? (uint32_t)delay : UINT32_MAX - 1;
	}
	note.kind |= PROBE_END;
	note.detail = (uint16_t)error;
	log_put(note);
}
