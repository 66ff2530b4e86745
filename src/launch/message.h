/* What the launcher inside the sandbox and system/child outside say to each other over a SOCK_SEQPACKET socket.
 *
 *   outside                          launcher (pid 1 in the sandbox)       program (its child, before execve)
 *      | -- struct launch_plan ----------> |                                     |
 *      | <-------- LAUNCH_HELLO + pidfd -- | ------------- fork ---------------> |
 *      | <-- LAUNCH_LOG + descriptor ------- |   (only where the plan asks for a log)
 *      |                                     |   (services are started here, one after the other, each until its port listens)
 *      | <------------------------- LAUNCH_EVENTS + a descriptor for each CPU -- |
 *      | -- one byte: go ------------------------------------------------------> |
 *      | <------------------------------------- LAUNCH_STARTED, then execve ---- |
 *      | -- one byte: stop (only at a limit) -> |
 *      | <-------------------- LAUNCH_OVER --- |   (only with services: the program has ended by itself, they are being stopped)
 *      | <-------------------- LAUNCH_ENDED -- |   (LAUNCH_FAILED instead, where something could not be done)
 *      | <-- LAUNCH_OUTPUT + descriptor ------ |   (for each output that is there, after exit code 0; before ENDED)
 *      | <-------------------- LAUNCH_SERVICE -|   (a service failed: instead of all else before the program is started, and
 *      |                                     |    before ENDED, which then does not count, when it is running)
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
	LAUNCH_SERVICES = 8,
};

/* A process that the program talks to. Its directory, argv and environment are among the launcher's arguments. */
struct launch_service {
	uint64_t ready_ns;              /* so long may it take until its port listens */
	uint32_t word_count, variable_count; /* of its argv, and of NAME=value */
	int32_t log;                    /* the launcher's descriptor for its standard output and error */
	uint32_t port;
};

/* The launcher's arguments: the socket's number, the number of outputs, the outputs; for each service its directory, its argv
   and its environment; then the program's argv. */
struct launch_plan {
	uint64_t memory_bytes, file_bytes; /* RLIMIT_AS (0: none), RLIMIT_FSIZE */
	uint64_t resident_bytes;           /* of all that runs in here together, looked at now and then; 0: none */
	uint32_t processes;                /* RLIMIT_NPROC */
	uint32_t event_size;               /* 0: no events are opened, LAUNCH_EVENTS is not sent */
	uint8_t event[LAUNCH_EVENT_BYTES];
	uint64_t log_bytes;                /* 0: no log is made, LAUNCH_LOG is not sent */
	char log_path[LAUNCH_PATH_BYTES];  /* made by the launcher, readable and writable by what runs in here */
	char preload[LAUNCH_PATH_BYTES];   /* LD_PRELOAD of the program; "" for none */
	uint32_t fixed_addresses;          /* 1: the program's memory lies at the same addresses each time, where that is allowed */
	uint32_t outputs_always;           /* 1: outputs are handed out whatever its exit code is */
	uint32_t service_count;
	struct launch_service services[LAUNCH_SERVICES];
};

/* What was wrong with a service. */
enum launch_fault {
	LAUNCH_PORT_TAKEN,  /* something listened at its port before it was started */
	LAUNCH_NOT_READY,   /* its port did not listen in time */
	LAUNCH_ENDED_EARLY, /* it ended before its port listened */
	LAUNCH_ENDED_AMID,  /* it ended while the program was running */
};

enum launch_kind {
	LAUNCH_HELLO,
	LAUNCH_LOG,
	LAUNCH_EVENTS,
	LAUNCH_STARTED,
	LAUNCH_FAILED,
	LAUNCH_OUTPUT,
	LAUNCH_OVER,
	LAUNCH_SERVICE,
	LAUNCH_ENDED,
};

struct launch_message {
	uint32_t kind;
	int32_t error;              /* EVENTS: errno that refused them, or 0; FAILED: errno; SERVICE: enum launch_fault */
	uint32_t count;             /* ENDED: 1 when it was killed for resident_bytes; EVENTS: descriptors in this message; more: how many messages follow is `index` */
	uint32_t index;             /* OUTPUT, SERVICE: which; EVENTS: 1 when another EVENTS message follows */
	int32_t pid;                /* STARTED: as the program sees itself */
	int32_t status;             /* ENDED: wait status of the program, when ended is 1; SERVICE: of the service, if it ended */
	uint32_t ended;             /* ENDED: 1 when the program ended by itself */
	uint32_t tasks;             /* ENDED: threads and processes alive besides the launcher */
	uint64_t clock_ns;          /* STARTED, ENDED, SERVICE: CLOCK_MONOTONIC */
	struct rusage usage;        /* ENDED: of the program and what it waited for, also when it was stopped */
	char what[64];              /* FAILED: what could not be done */
	int32_t cpus[LAUNCH_DESCRIPTORS]; /* EVENTS: the CPU of each descriptor */
};

#endif
