/* What the probe writes and measure reads: the one thing the two share. No code of either is needed to read it.
 *
 * The log is a file of LOG_BYTES at LOG_PATH in the sandbox, made by the launcher, mapped MAP_SHARED by the tool and by
 * every process that has the probe. It is a header page and then pages of PROBE_PAGE bytes, handed out upwards from
 * header.next_page by atomic addition, never given back: a thread takes one page, and when it is full 2, 4 … up to
 * PROBE_RUN_MOST pages in a row, or more at once for a long text. A run of pages begins with a struct probe_run; records follow without gaps.
 *
 *   page 0          page 1                      page 2 …   (where there are no samples)
 *   +-------------+ +----------+--------+-----+ +----------+--------+
 *   | probe_header| | probe_run| record | …   | | probe_run| record |
 *   +-------------+ +----------+--------+-----+ +----------+--------+
 *
 * A record is 32 bytes; `kind` is written last (release): a record whose kind is 0 was never finished, or was taken
 * back. Skip it, and go on behind it in the same run: a signal handler may have jumped out of the middle of one. A run
 * whose magic is 0 was never begun and has no known length: look for a magic at the next page. So a thread can be killed
 * at any point. Whoever finds no page left adds to header.lost.
 *
 * Records of a lane stand in the order in which their places were taken. A handler that ran while a record was being
 * written stands behind it with an earlier time: sort by time, and keep the order of equals.
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

/* Alone in its folder, which is a file system of its own: what the program puts into /dev/shm takes none of its room. */
#define PROBE_LOG_PATH "/dev/shm/livepost/probe"
#define PROBE_MAGIC 0x6c70726f62653031u /* "lprobe01" */

enum {
	PROBE_PAGE = 1024,    /* so that a thread that does little takes little */
	PROBE_RUN_MOST = 256, /* pages */
	PROBE_SAMPLE_PAGES = 256,
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
	/* Calibration of PROBE_CLOCK_TSC: pairs read as close together as can be, by the tool, before and after the run.
	   tsc[0] not 0 tells the probe to use it: the tool writes it before the run only where the counter is invariant and
	   the kernel's own clock source is tsc, for /sys may not be there in the sandbox. */
	uint64_t tsc[2], monotonic_ns[2];
	/* How many pages from page 1 on are samples, at most PROBE_SAMPLE_PAGES; 0: none. Written by the tool, which starts
	   next_page behind them. */
	uint32_t sample_pages;
};

/* The first sample_pages pages behind the header hold records and no runs: PROBE_SYSCALL, of what the launcher saw
 * threads do when it looked, by time, up to the first whose kind is 0.
 *
 *   object  number of the system call that the thread `value` waits in, PROBE_IN_NO_CALL or PROBE_RUNS
 *   caller  where it goes on when it is back; 0 for PROBE_RUNS
 *   detail  PROBE_STOPPED: the last look, just before everything is killed */
#define PROBE_IN_NO_CALL (UINT64_MAX - 1) /* it waits, for a page of memory, say */
#define PROBE_RUNS UINT64_MAX             /* it has a CPU or could take one */

enum { PROBE_STOPPED = 1 };

enum {
	PROBE_WANT_DELAY = 1,    /* read run-queue delay from schedstat where a call may have blocked */
	PROBE_WANT_CPU_TIME = 2, /* and the thread's CPU time: only where no switch records tell it */
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
 * Where PROBE_WANT_DELAY, `value` at every end of a pair that took long (100 us to 500 us, by the clock) is the run-queue
 * delay inside it in units of 64 ns, saturated; else UINT32_MAX. It may be too much by what was delayed in the quarter to
 * one and a quarter of a millisecond before the pair began. Object and caller of an end are those of its beginning, but for PROBE_CHILD.
 *
 * What a reader meets:
 * - A beginning without an end: cancelled, jumped out of, killed, still waiting, or the child of a fork in a handler. It
 *   is over when its lane writes what cannot stand inside it. An end without a beginning: an instant.
 * - Around a wait for a condition stand PROBE_RELEASE and, when it is back, PROBE_ACQUIRE of its mutex. A thread that is
 *   cancelled in it has the mutex again and does not say so: a release without an acquisition.
 * - A call for input that was answered at once (read, recv, accept, poll, stdio, open, flock, fsync, wait, syscall: within
 *   about 2 us) leaves nothing, unless it reaped a child. Output (write, send, connect) always leaves its pair: it may wake a
 *   lane. Polls that do not wait (timeout 0) leave nothing.
 * - What a vfork child does before its exec stands in the lane of its parent.
 * - Where there are no switch records, CPU time alone tells that a lane ran: with PROBE_WANT_CPU_TIME the caller of an end
 *   that bears a delay, of PROBE_CREATE or of PROBE_SPAN is the thread's CPU time so far in ns (0 at other ends), and the object of PROBE_THREAD_END is it always (of
 *   CLOCK_THREAD_CPUTIME_ID, as the first field of schedstat lags by up to a tick; 0 unknown). The reader takes no
 *   nonsense for it.
 *
 *  kind                object                 value at the beginning    detail at the beginning */
enum probe_kind {
	PROBE_NOTHING = 0,
	PROBE_MODULE,       /* load address       length of the path in bytes; PROBE_TEXT records with it follow. It is loaded
	                       in this process, whichever lane says so; all are said again after fork and exec */
	PROBE_TEXT,         /* 28 bytes of text stand in time...value; kind and detail as everywhere; detail: bytes used. All
	                       texts of one record follow it in its run without a gap */
	PROBE_THREAD_START, /* start function     tid of the creator, 0 for a process's first thread. detail: as in the
	                       PROBE_CREATE that made it. caller: its pthread_t */
	PROBE_THREAD_END,   /* CPU time           0                        1: by this thread's exit or _exit the whole process
	                       ends, else this thread alone, also the main one. Written late, yet destructors may still write
	                       behind it. Who is killed, and the others at an exit, leave none */
	PROBE_CREATE,       /* start function     0                        the process's number of this creation, low 16 bits.
	                       PROBE_END: value 0 */
	PROBE_FORK,         /* pid of the child in value, when the parent is back; 0 where unknown: vfork, popen. No end */
	PROBE_EXEC,         /* just before execve; it failed if the lane goes on */
	PROBE_ACQUIRE,      /* lock               detail: enum probe_lock; the lock was got without or after waiting */
	PROBE_RELEASE,      /* lock               detail: enum probe_lock; just before it is let go */
	PROBE_LOCK,         /* lock               tid of the owner, 0 unknown    enum probe_lock. PROBE_ACQUIRE follows the end
	                       if it was got */
	PROBE_COND,         /* condition          0                              0 */
	PROBE_SIGNAL,       /* condition          1: broadcast */
	PROBE_SEM_WAIT,     /* semaphore; one that was free leaves the end alone */
	PROBE_SEM_POST,     /* semaphore */
	PROBE_BARRIER,      /* barrier */
	PROBE_JOIN,         /* pthread_t          tid waited for, 0 if it ended before (caller of a PROBE_THREAD_START knows) */
	PROBE_CHILD,        /*                    pid waited for, or UINT32_MAX for any; at the end: object is the pid reaped */
	PROBE_SLEEP,        /* ns asked for */
	PROBE_IO,           /* descriptor, UINT64_MAX for none       of a pipe: low 32 bits of its inode, so that both ends are
	                       one resource; else 0                  enum probe_call */
	PROBE_POLL,         /* number of descriptors, or the epoll descriptor    enum probe_call */
	PROBE_SPAN,         /* 0                  length of the name; PROBE_TEXT follows. PROBE_END: the innermost span ends */
	PROBE_MARK,         /* 0                  length of the name; PROBE_TEXT follows */
	PROBE_NAME,         /* 0: this lane, else the pthread_t of another      length of the name; PROBE_TEXT follows */
	PROBE_CONTEXT,      /* ucontext switched to: this thread goes on as another lane of its own. value: low half of the
	                       address of the ucontext that is left, 0 for setcontext. detail 1: nothing is switched yet,
	                       makecontext made it; caller: the function it will run */
	PROBE_SYSCALL,      /* its number         0. By libc's syscall(); one that was back at once leaves nothing. Among the
	                       samples it is no pair: see struct probe_header */
	PROBE_KINDS
};

enum probe_lock {
	PROBE_MUTEX = 1,
	PROBE_READ,
	PROBE_WRITE,
	PROBE_SPIN,
};

/* Or'ed to the detail of a beginning, of ACQUIRE, RELEASE, SIGNAL and SEM_POST; never to that of an end, but for the
   lone end of a semaphore that was free. */
enum {
	PROBE_SHARED = 0x100, /* between processes, by its attribute: at one address it is one lock in all of them. Robust
	                         mutexes seem so in any case; of spin locks nobody knows */
	PROBE_TIMED = 0x200,  /* it waits no longer than a given time: whoever hangs in it is in no deadlock */
};

/* The libc call behind PROBE_IO and PROBE_POLL, for its name. */
enum probe_call {
	PROBE_READ_CALL = 1, PROBE_WRITE_CALL, PROBE_SEND_CALL, PROBE_RECV_CALL, PROBE_ACCEPT_CALL, PROBE_CONNECT_CALL,
	PROBE_POLL_CALL, PROBE_SELECT_CALL, PROBE_EPOLL_CALL, PROBE_STDIO_CALL, PROBE_OPEN_CALL, PROBE_FLOCK_CALL,
	PROBE_FSYNC_CALL, PROBE_SIGNAL_CALL, PROBE_RESOLVE_CALL, PROBE_AIO_CALL, PROBE_CALLS
};

_Static_assert(sizeof(struct probe_record) == 32, "the record is 32 bytes");
_Static_assert(sizeof(struct probe_run) == 32, "records follow the run's head without a gap");

#endif
