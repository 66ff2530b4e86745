/* What the probe writes and measure reads: the one thing the two share. No code of either is needed to read it.
 *
 * The log is a file of LOG_BYTES at LOG_PATH in the sandbox, made by the launcher, mapped MAP_SHARED by the tool and by
 * every process that has the probe. It is a header page and then pages of PROBE_PAGE bytes, handed out upwards from
 * header.next_page by atomic addition, never given back: a thread takes one page, and when it is full 2, 4 … up to
 * PROBE_RUN_MOST pages in a row. A run of pages begins with a struct probe_run; records follow without gaps.
 *
 *   page 0          page 1                      page 2 …
 *   +-------------+ +----------+--------+-----+ +----------+--------+
 *   | probe_header| | probe_run| record | …   | | probe_run| record |
 *   +-------------+ +----------+--------+-----+ +----------+--------+
 *
 * A record is 32 bytes; `kind` is written last (release): a record whose kind is 0 was never finished, and the run ends
 * there. So a thread can be killed at any point. Whoever finds no page left adds to header.lost.
 *
 *    0               8               16              24          28      30      32
 *   +---------------+---------------+---------------+-----------+-------+-------+
 *   | time          | object        | caller        | value     | kind  | detail|
 *   +---------------+---------------+---------------+-----------+-------+-------+
 *
 * Everything in here can be written by the traced program: the reader trusts none of it. */
#ifndef LIVEPOST_PROBE_RECORD_H
#define LIVEPOST_PROBE_RECORD_H

#include <stdint.h>

#define PROBE_LOG_PATH "/dev/shm/livepost-probe"
#define PROBE_MAGIC 0x6c70726f62653031u /* "lprobe01" */

enum {
	PROBE_PAGE = 4096,
	PROBE_RUN_MOST = 64, /* pages */
};

enum probe_clock {
	PROBE_CLOCK_MONOTONIC = 1, /* time is CLOCK_MONOTONIC in ns */
	PROBE_CLOCK_TSC = 2,       /* time is the CPU's time stamp counter: two calibration points make it ns */
};

/* The first page. The launcher zeroes it and writes magic and pages; the first process with the probe writes clock. */
struct probe_header {
	uint64_t magic;
	uint32_t pages;              /* of the whole file, this one included */
	_Atomic uint32_t next_page;  /* starts at 1 */
	_Atomic uint32_t clock;      /* enum probe_clock */
	uint32_t flags;              /* PROBE_WANT_… from the tool */
	_Atomic uint64_t lost;       /* records that found no room */
	/* Calibration of PROBE_CLOCK_TSC: pairs read as close together as can be, by the tool, before and after the run. */
	uint64_t tsc[2], monotonic_ns[2];
};

enum {
	PROBE_WANT_DELAY = 1, /* read run-queue delay from schedstat where a call may have blocked */
};

struct probe_run {
	uint64_t magic;       /* PROBE_MAGIC; written last */
	uint32_t pages;       /* in this run, from here on */
	uint32_t pid, tid;    /* as the program sees them */
	uint32_t serial;      /* counts a thread's runs from 0: a tid that is used again starts from 0 again */
	uint64_t reserved;
};

struct probe_record {
	uint64_t time;
	uint64_t object;
	uint64_t caller;
	uint32_t value;
	uint16_t kind;   /* enum probe_kind | PROBE_END for the end of what the same kind began */
	uint16_t detail; /* by kind; for an end: the errno it ended with, 0 for success */
};

enum { PROBE_END = 0x8000 };

/* Calls that wait come as a pair: kind when the call is about to wait, kind|PROBE_END when it is back. A pair is written
 * only around what may really wait: a lock that was free leaves one PROBE_ACQUIRE. Pairs nest (stdio over write).
 * At every end of a pair `value` is the run-queue delay inside it in units of 64 ns, saturated, where
 * PROBE_WANT_DELAY, else UINT32_MAX.
 *
 *  kind                object                 value at the beginning    detail at the beginning */
enum probe_kind {
	PROBE_NOTHING = 0,
	PROBE_MODULE,       /* load address       length of the path in bytes; PROBE_TEXT records with it follow */
	PROBE_TEXT,         /* 28 bytes of text stand in time…value; kind and detail as everywhere; detail: bytes used */
	PROBE_THREAD_START, /* start function     tid of the creator, 0 for a process's first thread */
	PROBE_THREAD_END,   /*                                                                     */
	PROBE_CREATE,       /* start function     tid of the new thread (PROBE_END only: when it is known) */
	PROBE_FORK,         /*                    pid of the child (in the parent, when it is back) */
	PROBE_EXEC,         /* just before execve */
	PROBE_ACQUIRE,      /* lock               detail: enum probe_lock; the lock was got without or after waiting */
	PROBE_RELEASE,      /* lock               detail: enum probe_lock; just before it is let go */
	PROBE_LOCK,         /* lock               tid of the owner, 0 unknown    enum probe_lock */
	PROBE_COND,         /* condition          0                              enum probe_lock of its mutex: unused, 0 */
	PROBE_SIGNAL,       /* condition          1: broadcast */
	PROBE_SEM_WAIT,     /* semaphore */
	PROBE_SEM_POST,     /* semaphore */
	PROBE_BARRIER,      /* barrier */
	PROBE_JOIN,         /*                    tid waited for */
	PROBE_CHILD,        /*                    pid waited for, or UINT32_MAX for any; at the end: object is the pid reaped */
	PROBE_SLEEP,        /* ns asked for */
	PROBE_IO,           /* descriptor         0                              enum probe_call */
	PROBE_POLL,         /* number of descriptors, or the epoll descriptor    enum probe_call */
	PROBE_SPAN,         /* 0                  length of the name; PROBE_TEXT follows. PROBE_END: the innermost span ends */
	PROBE_MARK,         /* 0                  length of the name; PROBE_TEXT follows */
	PROBE_NAME,         /* 0                  length of the name; PROBE_TEXT follows: of this lane */
	PROBE_CONTEXT,      /* ucontext switched to   swapcontext: this thread goes on as another lane of its own */
	PROBE_KINDS
};

enum probe_lock {
	PROBE_MUTEX = 1,
	PROBE_READ,
	PROBE_WRITE,
	PROBE_SPIN,
};

/* The libc call behind PROBE_IO and PROBE_POLL, for its name. */
enum probe_call {
	PROBE_READ_CALL = 1, PROBE_WRITE_CALL, PROBE_SEND_CALL, PROBE_RECV_CALL, PROBE_ACCEPT_CALL, PROBE_CONNECT_CALL,
	PROBE_POLL_CALL, PROBE_SELECT_CALL, PROBE_EPOLL_CALL, PROBE_STDIO_CALL, PROBE_OPEN_CALL, PROBE_FLOCK_CALL,
	PROBE_FSYNC_CALL, PROBE_SIGNAL_CALL, PROBE_CALLS
};

_Static_assert(sizeof(struct probe_record) == 32, "the record is 32 bytes");
_Static_assert(sizeof(struct probe_run) == 32, "records follow the run's head without a gap");

#endif
