/* Makes a trace into a timeline: lanes of slices, what each waited for, who held it and who let it go. Knows nothing of
   how the records came about, what the addresses in them are called, nor what is drawn. */
#ifndef LIVEPOST_MEASURE_TIMELINE_H
#define LIVEPOST_MEASURE_TIMELINE_H

#include "base/error.h"
#include "measure/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_NONE SIZE_MAX     /* no lane, no image, no resource */
#define TIMELINE_NO_WAIT UINT32_MAX

enum lane_state {
	LANE_RUNNING,
	LANE_WAITING_CPU, /* preempted, or gave way (sched_yield), or created or woken and not yet on a CPU */
	LANE_WAITING_LOCK, /* mutexes, read-write locks, spin locks, semaphores, file locks */
	LANE_WAITING_COND, /* conditions, barriers, signals: until something is said to have happened */
	LANE_SLEEPING,
	LANE_WAITING_IO,
	LANE_JOINING,
	LANE_WAITING_CHILD,
	LANE_BLOCKED,     /* left its CPU to wait, and nobody said for what; a coroutine while others run */
	LANE_UNKNOWN,     /* records were lost, or nothing on this rung says: it may have been anything */
	LANE_STATES
};

/* All times in nanoseconds from the trace's start. */
struct slice {
	uint64_t start_ns, end_ns; /* start < end */
	enum lane_state state;
	int cpu;       /* of a running slice on the switch-records rung; -1 otherwise */
	uint32_t wait; /* index of the wait it is part of, TIMELINE_NO_WAIT for none; always there for states that say why */
};

/* What the program named itself. */
struct span {
	uint64_t start_ns, end_ns; /* may be the same */
	const char *name;          /* owned by the timeline; valid UTF-8 without control characters */
};

struct mark {
	uint64_t ns;
	const char *name;
};

/* What a lane did when the program was stopped, as at its time limit; only what the last look at all threads saw. */
enum lane_stop {
	LANE_NOT_STOPPED, /* nobody saw it then */
	LANE_STOPPED_RUNNING, /* it had a CPU or could have taken one */
	LANE_STOPPED_WAITING,
};

/* One thread, from its creation to its exit or the trace's end; or one coroutine, from the first time it ran to the last
   time it was left. Its slices tile it: the first starts at start_ns, each starts where the one before ended, the last
   ends at end_ns; there are none where start and end are the same. Two neighbours never have the same state and wait,
   except running on different CPUs. The program's main thread starts where it executed the program, a thread whose
   creation was lost at its first record. Lanes of one thread never run at the same time.

   name is valid UTF-8 without control characters: what the lane was named while it ran, or the program that it
   executed; else, with `named` false, "main" for the program's main thread, "thread 2" for the second thread it made,
   "process 1" for the first process, "process 1 thread 2" (or, where that process has a name, "sh thread 2"),
   "thread 2 coroutine 1". */
struct lane {
	char *name;
	bool named;
	uint32_t pid, tid;
	size_t thread;           /* of a coroutine: the lane of its thread; TIMELINE_NONE otherwise */
	size_t image;            /* where its addresses belong, at its start; TIMELINE_NONE where no probe said */
	uint64_t start_function; /* an address in `image`; 0 unknown */
	uint64_t start_ns, end_ns;
	uint64_t cpu_ns;  /* its CPU time: what its running slices come to, or on lower rungs what the kernel counted */
	uint64_t slack_ns; /* how much later it could have ended without delaying the finish; UINT64_MAX: nobody waits */
	uint64_t least_slack_ns; /* how much longer anything in it could have taken, wherever it is the tightest */
	enum lane_stop stopped;
	struct slice *slices;
	size_t slice_count;
	struct span *spans;      /* in the order in which they began */
	size_t span_count;
	struct mark *marks;      /* by time */
	size_t mark_count;
};

enum wait_kind {
	WAIT_LOCK, WAIT_COND, WAIT_SEMAPHORE, WAIT_BARRIER, WAIT_JOIN, WAIT_CHILD, WAIT_SLEEP, WAIT_IO, WAIT_POLL,
	WAIT_TURN, /* a coroutine until it is switched to */
	WAIT_SYSCALL, /* a system call that the program made by number, or that a thread was seen in */
};

/* One call that waited, or may have. */
struct wait {
	uint64_t start_ns, end_ns; /* within its lane */
	uint64_t object;   /* address of the lock…; descriptor or UINT64_MAX; ns asked for; number of descriptors, or of the
	                      system call */
	uint64_t caller;   /* return address of the call, in `image`; 0 unknown */
	uint64_t delay_ns; /* run-queue delay in it that no slice shows; 0 unknown */
	size_t lane, image;
	size_t resource;   /* TIMELINE_NONE for what is no resource */
	size_t owner;      /* the lane that held it when the wait began; of JOIN and CHILD the lane that is waited for */
	uint32_t id;       /* tid or pid that the call named, 0 none, UINT32_MAX any child */
	uint16_t error;    /* errno it ended with, 0 for success */
	uint8_t kind;      /* enum wait_kind */
	uint8_t call;      /* of WAIT_IO and WAIT_POLL: enum probe_call; of WAIT_LOCK: enum probe_lock; 0 otherwise */
	bool unfinished;   /* still waiting when its lane ended: killed, or the end of the trace */
	bool abandoned;    /* left in another way than by returning: cancelled, or jumped out of */
	bool timed;        /* it would have ended by itself */
};

enum resource_kind {
	RESOURCE_MUTEX, RESOURCE_RWLOCK, RESOURCE_SPINLOCK, RESOURCE_SEMAPHORE, RESOURCE_COND, RESOURCE_BARRIER,
	RESOURCE_PIPE,
	RESOURCE_LOCK, /* made of others by compound_lock_make */
	RESOURCE_KINDS
};

struct hold {
	size_t lane;
	uint64_t start_ns, end_ns; /* may be the same */
	bool read; /* others may hold it at the same time */
	bool open; /* never let go: it ends where its lane does */
};

struct signal {
	size_t lane;
	uint64_t ns;
};

/* A lock over time. Holds are in the order in which they began; those of a mutex, a spin lock or for writing never
   overlap another one. Waits are indexes, in the order in which they began. Conditions, barriers and pipes have no holds,
   nor has a semaphore that lanes post which do not hold it. */
struct resource {
	enum resource_kind kind;
	unsigned number;  /* of its kind, from 1: "mutex 2" */
	size_t image;     /* TIMELINE_NONE when it is shared between processes */
	uint64_t address; /* of a pipe: its inode's low 32 bits */
	const struct hold *holds;
	size_t hold_count;
	const uint32_t *waits;
	size_t wait_count;
	const struct signal *signals; /* of a condition, by time */
	size_t signal_count;
	size_t mutex;     /* of a condition that lanes waited for: the resource they let go meanwhile, else TIMELINE_NONE */
	size_t part_of;   /* the resource that it was made part of, TIMELINE_NONE for none */
};

enum flow_kind { FLOW_CREATE, FLOW_JOIN, FLOW_HAND_OFF, FLOW_WAKE_UP };

/* One lane let another go on. from_ns ≤ to_ns, each within its lane; of a creation they are the same. */
struct flow {
	enum flow_kind kind;
	size_t from, to; /* lanes, never the same one */
	uint64_t from_ns, to_ns;
	uint32_t wait;   /* the wait that it ended, TIMELINE_NO_WAIT for none */
};

/* A file mapped into a program. */
struct module {
	uint64_t bias; /* as symbols_module has it */
	char *path;    /* bytes as the program gave them, without NUL in them */
};

/* One program in one process, from its start (or fork) to its end: addresses mean something only within one. */
struct image {
	uint32_t pid;
	uint64_t start_ns; /* of its first record */
	struct module *modules;
	size_t module_count;
};

/* A stretch of the critical path: the finish waited for what this lane did from start to end. */
struct path_stretch {
	size_t lane;
	uint64_t start_ns, end_ns;
};

/* What a timeline cannot see on the rung it was made on. */
enum timeline_blind {
	BLIND_CPUS = 1,        /* on which CPU something ran */
	BLIND_PREEMPTION = 2,  /* waiting for a CPU outside of calls that wait */
	BLIND_DELAY = 4,       /* waiting for a CPU at the end of such a call */
	BLIND_UNWRAPPED = 8,   /* waits that no probe knows */
	BLIND_CPU_TIME = 16,   /* whether anything ran between such calls */
	BLIND_REASONS = 32,    /* why anything waited */
};

struct timeline {
	enum trace_method method; /* the rung the trace bears out, which may be lower than the one that was tried */
	unsigned blind;           /* enum timeline_blind, or'ed */
	uint64_t wall_ns;
	uint64_t lost;            /* records missing from the trace, the kernel's and the probe's */
	uint64_t refused;         /* records of the probe that made no sense and were left out */
	char probe_problem[160];  /* why the probe's log was left out; empty where it was not, or there is none */
	struct lane *lanes; /* in the order in which they began: a lane stands behind the one that created it; then the
	                       coroutines, in the order of their threads and of their beginning */
	size_t lane_count;
	struct wait *waits;
	size_t wait_count;
	struct resource *resources;
	size_t resource_count;
	struct flow *flows; /* by to_ns */
	size_t flow_count;
	struct image *images;
	size_t image_count;
	struct path_stretch *path; /* ascending, each starts where the one before ended; the last ends at the finish */
	size_t path_count;
	size_t finish; /* the lane whose end is the finish: the program's main thread; TIMELINE_NONE without lanes */
	/* The memory behind the pointers above. */
	struct hold *holds;
	size_t hold_count;
	struct signal *signals;
	uint32_t *resource_waits;
	struct text_pool *texts;
};

const char *lane_state_name(enum lane_state state);          /* static: "running", "waiting-cpu" … */
const char *resource_kind_name(enum resource_kind kind);     /* static: "mutex", "semaphore" … */
const char *flow_kind_name(enum flow_kind kind);             /* static: "create", "join", "hand-off", "wake-up" */
enum lane_state wait_state(const struct wait *wait);         /* the state of a slice in it */
const char *wait_call_name(const struct wait *wait);         /* static: "read", "futex"…; NULL where kind says it all, or
                                                                a system call has no name */

/* Fills *timeline, which the caller frees. False with *err, and nothing to free, when the trace has neither switch
   records nor a log of the probe that makes sense, when it ends before it starts, or when its bytes are no switch
   records. A log that makes no sense beside switch records is left out, see probe_problem.

   Where records are missing the lanes still tile: what lies between two records of a thread that do not fit together
   is unknown, and so is every stretch that a gap of one CPU's records could have changed, until the next record of
   that thread. On the switch-records rung nothing else is unknown; on the lower ones everything is that lies outside
   of calls that wait and that the CPU time of the lane does not bear out as running. */
bool timeline_make(const struct trace *trace, struct timeline *timeline, struct error *err);
void timeline_free(struct timeline *timeline); /* what it owns, not itself; takes NULL; leaves {0} */

#endif
