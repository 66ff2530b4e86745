/* What the steps share that join a probe's log with lanes: the tables they fill. Each step is a header of its own;
   timeline.c calls them in their order. */
#ifndef LIVEPOST_MEASURE_JOIN_H
#define LIVEPOST_MEASURE_JOIN_H

#include "measure/lane_index.h"
#include "measure/object_map.h"
#include "measure/probe_log.h"
#include "measure/timeline.h"

/* What is known of one thread of the log before its waits are looked at. */
struct probe_facts {
	bool empty;              /* no record of it is left */
	bool ended, executed;    /* its last record but for destructors is its end; its last record is an exec */
	bool ended_process;      /* its end was that of its whole process */
	uint64_t first_ns, last_ns;
	uint64_t until_ns;       /* its lane's end, or its last record where another thread of the lane follows */
	bool goes_on;            /* it is not the last of its lane */
	uint64_t start_function, pthread;
	uint32_t creator;        /* tid, 0 unknown */
	uint16_t creation;       /* which of its process's creations */
	size_t image;
	size_t lane;             /* TIMELINE_NONE: no lane is there for it */
};

enum act_kind { ACT_ACQUIRE, ACT_RELEASE, ACT_BEGIN, ACT_END, ACT_WAKE, ACT_WAKE_ALL };

/* What a lane did to a resource. */
struct act {
	uint64_t ns;
	uint32_t resource, lane;
	uint32_t wait;   /* BEGIN, END */
	uint32_t number; /* where it stood before acts were sorted */
	uint8_t kind;    /* enum act_kind */
	bool read;       /* ACQUIRE, END: for reading */
};

struct join {
	const struct trace *trace;
	struct timeline *timeline;
	struct probe_log log;
	struct probe_events events; /* of the thread at hand */
	struct probe_facts *facts;  /* one for each thread of the log */
	struct object_map objects;  /* resources by where they live */
	struct lane_index by_tid;   /* lanes that are threads */
	struct lane_index by_pthread; /* the same, by image and pthread_t */
	struct act *acts;           /* those of one lane in their order */
	size_t act_count, act_capacity;
	uint32_t *mutexes;          /* for each wait: the resource it lets go meanwhile, or UINT32_MAX */
	size_t mutex_capacity;
	bool has_long_ends;         /* one that was long enough to bear a delay */
	bool has_delays, has_cpu_times; /* some record bore one */
	size_t thread_lanes;        /* how many lanes there were before coroutines were added */
	size_t lane_capacity, wait_capacity, resource_capacity, image_capacity, flow_capacity;
};

#endif
