/* What the launcher inside the sandbox and system/child outside say to each other over a SOCK_SEQPACKET socket.
 *
 *   outside                          launcher (pid 1 in the sandbox)       program (its child, before execve)
 *      | -- struct launch_plan ----------> |                                     |
 *      | <-------- LAUNCH_HELLO + pidfd -- | ------------- fork ---------------> |
 *      | <-- LAUNCH_LOG + descriptor ------- |   (only where the plan asks for a log)
 *      | <------------------------- LAUNCH_EVENTS + a descriptor for each CPU -- |
 *      | -- one byte: go ------------------------------------------------------> |
 *      | <------------------------------------- LAUNCH_STARTED, then execve ---- |
 *      | -- one byte: stop (only at a limit) -> |
 *      | <-------------------- LAUNCH_ENDED -- |   (LAUNCH_FAILED instead, where something could not be done)
 *      | <-- LAUNCH_OUTPUT + descriptor ------ |   (for each output that is there, after exit code 0; before ENDED)
 *
 * Both ends are built together; the structs need no version. */
#ifndef LIVEPOST_LAUNCH_MESSAGE_H
#define LIVEPOST_LAUNCH_MESSAGE_H

#include <stdint.h>
#include <sys/resource.h>

enum {
	LAUNCH_EVENT_BYTES = 256, /* room for a struct perf_event_attr of any kernel */
	LAUNCH_PATH_BYTES = 64,
	LAUNCH_DESCRIPTORS = 200, /* at most so many in one message; the kernel's limit is 253 */
};

/* The launcher's arguments: the socket's number, the number of outputs, the outputs, then the program's argv. */
struct launch_plan {
	uint64_t memory_bytes, file_bytes; /* RLIMIT_AS (0: none), RLIMIT_FSIZE */
	uint32_t processes;                /* RLIMIT_NPROC */
	uint32_t event_size;               /* 0: no events are opened, LAUNCH_EVENTS is not sent */
	uint8_t event[LAUNCH_EVENT_BYTES];
	uint64_t log_bytes;                /* 0: no log is made, LAUNCH_LOG is not sent */
	char log_path[LAUNCH_PATH_BYTES];  /* made by the launcher, readable and writable by what runs in here */
	char preload[LAUNCH_PATH_BYTES];   /* LD_PRELOAD of the program; "" for none */
};

enum launch_kind {
	LAUNCH_HELLO,
	LAUNCH_LOG,
	LAUNCH_EVENTS,
	LAUNCH_STARTED,
	LAUNCH_FAILED,
	LAUNCH_OUTPUT,
	LAUNCH_ENDED,
};

struct launch_message {
	uint32_t kind;
	int32_t error;              /* EVENTS: errno that refused them, or 0; FAILED: errno */
	uint32_t count;             /* EVENTS: descriptors in this message; more: how many messages follow is `index` */
	uint32_t index;             /* OUTPUT: which; EVENTS: 1 when another EVENTS message follows */
	int32_t pid;                /* STARTED: as the program sees itself */
	int32_t status;             /* ENDED: wait status of the program, when ended is 1 */
	uint32_t ended;             /* ENDED: 1 when the program ended by itself */
	uint32_t tasks;             /* ENDED: threads and processes alive besides the launcher */
	uint64_t clock_ns;          /* STARTED, ENDED: CLOCK_MONOTONIC */
	struct rusage usage;        /* ENDED: of the program and what it waited for, also when it was stopped */
	char what[64];              /* FAILED: what could not be done */
	int32_t cpus[LAUNCH_DESCRIPTORS]; /* EVENTS: the CPU of each descriptor */
};

#endif
