/* Runs a program in the sandbox and tells how it ended. Knows nothing of cells, posts or what is measured. */
#ifndef LIVEPOST_SYSTEM_CHILD_H
#define LIVEPOST_SYSTEM_CHILD_H

#include "base/buffer.h"
#include "base/error.h"
#include "system/shown.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/* A file that the child finds in its sandbox; the bytes are copied in. In a shown folder it stands for the file of this
   name that is there. */
struct child_file {
	const char *path; /* absolute, inside the sandbox; folders are made */
	const void *data;
	size_t size;
	mode_t mode; /* 0444, 0555 … */
};

struct child_limits {
	uint64_t wall_ns;       /* from its start; then everything in the sandbox is killed */
	size_t output_bytes;    /* stdout and stderr together; one byte more kills it */
	unsigned processes;     /* processes and threads alive at once (RLIMIT_NPROC) */
	uint64_t memory_bytes;  /* address space of each process (RLIMIT_AS); 0 for no limit */
	uint64_t resident_bytes; /* of all processes together, looked at every 10 ms; 0 for no limit. For what reserves far
	                            more addresses than it uses */
	uint64_t scratch_bytes; /* size of /tmp, a tmpfs; also the largest file (RLIMIT_FSIZE) */
};

/* Watches a child through kernel event descriptors that the child opens on itself just before it executes the
   program (so that ids in the records are those the program sees, and nothing of the sandbox is recorded). */
struct child_observer {
	void *context;
	const void *event; /* a struct perf_event_attr, opened once per online CPU with pid 0 */
	size_t event_size;
	/* The descriptors, one per online CPU, in the order of `cpus`; or none, and the errno that refused them.
	   They belong to the child and stay open until the last drain. Called before the program starts. */
	void (*attach)(void *context, const int *descriptors, const int *cpus, size_t count, int error);
	/* A file that the child's processes can map and we read, made before the program starts: its absolute path inside the
	   sandbox (NULL for none), in a folder below /dev/shm that holds nothing else and has room for just this file; its
	   size; and who gets the descriptor, which belongs to the callee. */
	const char *log_path;
	size_t log_bytes;
	void (*attach_log)(void *context, int descriptor);
	const struct child_file *preload; /* handed in and LD_PRELOADed into the program; NULL for none */
	/* Called whenever a descriptor polls readable, and once after everything in the sandbox has ended. */
	void (*drain)(void *context);
};

enum { CHILD_SERVICES = 8 };

/* A process that is there before the program starts, and gone when it has ended; the program talks to it by the sandbox's
   loopback. Neither observed nor counted in. */
struct child_service {
	const char *const *argv;        /* NULL-terminated */
	const char *const *environment; /* NULL-terminated NAME=value, beside what the program has; may be NULL */
	const char *directory;          /* it starts here; NULL for /tmp */
	unsigned port;                  /* TCP: it is ready when it listens there */
	uint64_t ready_ns;              /* within this time */
};

struct child_plan {
	const char *const *argv;        /* NULL-terminated; argv[0] is a path inside the sandbox or a name on its PATH */
	const char *const *environment; /* NULL-terminated NAME=value, beside or instead of PATH, HOME and the like; may be NULL */
	const char *directory;          /* it starts here; NULL for /tmp */
	const struct child_file *files;
	size_t file_count;
	const struct shown_folder *folders; /* of this machine, read-only under their own paths, none below another */
	size_t folder_count; /* at most SHOWN_FOLDERS */
	const char *const *outputs;     /* NULL-terminated paths under /tmp that are handed out if the child exits 0 */
	bool outputs_always;            /* …or with any other code */
	bool fixed_addresses;           /* its memory lies at the same addresses each time, where that is allowed */
	const void *input;              /* its standard input */
	size_t input_size;
	bool input_is_ours;             /* instead: the pipe that our own standard input is; /dev/null where it is none */
	struct child_limits limits;     /* those of memory, files and processes are also each service's */
	const struct child_observer *observer; /* may be NULL */
	const struct child_service *services;  /* started in this order, each when the one before is ready */
	size_t service_count;                  /* at most CHILD_SERVICES */
};

enum child_end {
	CHILD_EXITED,    /* code */
	CHILD_SIGNALED,  /* signal */
	CHILD_TIMED_OUT, /* killed at limits.wall_ns */
	CHILD_FLOODED,   /* killed at limits.output_bytes */
	CHILD_UNSERVED,  /* a service failed: the program was killed, or never started */
};

/* What was wrong with a service. */
enum child_fault {
	CHILD_PORT_TAKEN,  /* something listened at its port before it was started */
	CHILD_NOT_READY,   /* its port did not listen in time */
	CHILD_ENDED_EARLY, /* it ended before its port listened: service_status */
	CHILD_ENDED_AMID,  /* it ended while the program was running: service_status */
	CHILD_LOG_FLOODED, /* it wrote more than limits.output_bytes */
};

struct child_result {
	enum child_end end;
	int code, signal;
	uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC: just before the program's execve, and when it was reaped */
	int pid;                   /* as the program itself sees it */
	struct rusage usage;       /* of the program and the children it waited for */
	bool over_resident;        /* killed, with SIGKILL, at limits.resident_bytes */
	bool usage_known;          /* false where the sandbox had to be killed before it could tell */
	unsigned tasks_at_end;     /* threads and processes that were alive when the sandbox was closed, the program's own
	                              main thread counted only if it was killed by us */
	struct buffer out, err;
	enum child_fault fault;    /* of CHILD_UNSERVED, with which service it was, and its wait status if it ended */
	size_t service;
	int service_status;
	struct buffer logs[CHILD_SERVICES]; /* what each service wrote, limits.output_bytes at most */
	struct buffer *outputs;    /* as many as plan->outputs, empty where the file was not made */
	size_t output_count;
};

/* Runs each of `count` plans, at most `jobs` at a time, and waits for all; nothing of any of them is alive after.
   False with *err when a sandbox could not be made or a program not be executed (no results are kept then):
   the sandbox is never left out. A program that fails is a result, not an error. */
bool child_run_all(const struct child_plan *plans, size_t count, unsigned jobs, struct child_result *results,
                   struct error *err);
bool child_run(const struct child_plan *plan, struct child_result *result, struct error *err);
void child_result_free(struct child_result *result); /* its buffers; takes NULL */

#endif
