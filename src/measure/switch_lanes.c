/* Makes a trace's switch records into lanes of slices. */
#include "measure/switch_lanes.h"

#include "base/memory.h"
#include "measure/id_map.h"
#include "measure/plain_name.h"
#include "measure/switch_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONE ID_MAP_NONE

/* What is known of a lane while the records are gone through, beside what becomes part of the timeline. */
struct progress {
	uint64_t since_ns;      /* its slices reach up to here */
	enum lane_state state;  /* what it has been in since then */
	int cpu;
	size_t ring;            /* of a running lane: where it runs */
	size_t gaps;            /* how many gaps had begun when it came into this state */
	size_t capacity;        /* of the lane's slices */
	size_t process;
	size_t next_in_process; /* the lane of this process that began before this one, NONE for the first */
	unsigned number;        /* 0 for a process's main thread, else which of its threads it was */
	bool alive;
	bool created;           /* its creation was seen */
};

struct process {
	unsigned number;  /* 0 for the program itself, else which of the processes it was */
	unsigned threads; /* how many it made */
	size_t main_lane; /* NONE when nothing was seen of it; the newest one when another thread took its place */
	size_t last_lane; /* its lanes, as a list from the newest on; those that an exec ended are left out */
};

struct builder {
	const struct trace *trace;
	struct timeline *timeline;
	struct progress *progress; /* one per lane */
	size_t lane_capacity, flow_capacity;
	struct process *processes;
	size_t process_count, process_capacity;
	struct id_map lanes;       /* tid → its newest lane */
	struct id_map by_pid;      /* pid → its newest process */
	size_t *running;           /* per ring: the lane that runs there, or NONE */
	uint64_t *gaps;            /* where gaps in the records begin, ascending */
	size_t gap_count, gap_capacity;
	uint64_t gap_until_ns;     /* some CPU's records are missing up to here */
	bool program_executed;
};

/* Makes room for one more element of `size` bytes. */
static void *grow(void *elements, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return elements;
	*capacity = *capacity ? 2 * *capacity : 8;
	return memory_resize(elements, *capacity, size);
}

static void add_slice(struct builder *b, size_t index, uint64_t end_ns, enum lane_state state)
{
	struct lane *lane = &b->timeline->lanes[index];
	struct progress *progress = &b->progress[index];
	uint64_t start_ns = progress->since_ns;
	int cpu = state == LANE_RUNNING ? progress->cpu : -1;
	if (start_ns == end_ns)
		return;
	progress->since_ns = end_ns;
	if (state == LANE_RUNNING)
		lane->cpu_ns += end_ns - start_ns;
	if (lane->slice_count) {
		struct slice *last = &lane->slices[lane->slice_count - 1];
		if (last->state == state && last->cpu == cpu) {
			last->end_ns = end_ns;
			return;
		}
	}
	lane->slices = grow(lane->slices, lane->slice_count, &progress->capacity, sizeof *lane->slices);
	lane->slices[lane->slice_count++] = (struct slice){start_ns, end_ns, state, cpu, TIMELINE_NO_WAIT};
}

static void leave_cpu(struct builder *b, size_t index)
{
	struct progress *progress = &b->progress[index];
	if (progress->state == LANE_RUNNING)
		b->running[progress->ring] = NONE;
}

/* The lane's state lasted up to now. One that did not run may have come and gone during a gap of any CPU. (One that
   ran could only leave through a record of its own CPU, and lose_records sees to that.) */
static void close_stretch(struct builder *b, size_t index, uint64_t now_ns)
{
	struct progress *progress = &b->progress[index];
	bool waits = progress->state == LANE_WAITING_CPU || progress->state == LANE_BLOCKED;
	if (waits && progress->gaps < b->gap_count) {
		add_slice(b, index, b->gaps[progress->gaps], progress->state);
		add_slice(b, index, now_ns, LANE_UNKNOWN);
	} else {
		add_slice(b, index, now_ns, progress->state);
	}
	leave_cpu(b, index);
}

/* Somewhere between the lane's last record and now one is missing. */
static void close_unknown(struct builder *b, size_t index, uint64_t now_ns)
{
	add_slice(b, index, now_ns, LANE_UNKNOWN);
	leave_cpu(b, index);
}

/* The record is of the lane that runs here, or did until now: whichever was thought to run here left unseen. */
static void displace_other(struct builder *b, size_t index, const struct switch_event *event)
{
	size_t other = b->running[event->ring];
	if (other == NONE || other == index)
		return;
	close_unknown(b, other, event->time_ns);
	b->progress[other].state = LANE_UNKNOWN;
}

static void set_running(struct builder *b, size_t index, const struct switch_event *event)
{
	struct progress *progress = &b->progress[index];
	displace_other(b, index, event);
	b->running[event->ring] = index;
	progress->state = LANE_RUNNING;
	progress->ring = event->ring;
	progress->cpu = event->cpu;
}

/* The lane's last record on this CPU: it ran here until now. */
static void leave_here(struct builder *b, size_t index, const struct switch_event *event)
{
	displace_other(b, index, event);
	if (b->running[event->ring] == index)
		close_stretch(b, index, event->time_ns);
	else
		close_unknown(b, index, event->time_ns);
}

static void set_waiting(struct builder *b, size_t index, enum lane_state state, uint64_t now_ns)
{
	struct progress *progress = &b->progress[index];
	progress->state = now_ns < b->gap_until_ns ? LANE_UNKNOWN : state;
	progress->gaps = b->gap_count;
}

static void end_lane(struct builder *b, size_t index, uint64_t now_ns)
{
	b->timeline->lanes[index].end_ns = now_ns;
	b->progress[index].alive = false;
}

static size_t add_process(struct builder *b, uint32_t pid)
{
	b->processes = grow(b->processes, b->process_count, &b->process_capacity, sizeof *b->processes);
	unsigned number = 0;
	if (pid != b->trace->pid || id_map_get(&b->by_pid, pid) != NONE) {
		number = (unsigned)b->process_count;
		/* The program itself is not counted, nor is its place kept when nothing was seen of it. */
		if (id_map_get(&b->by_pid, b->trace->pid) == NONE)
			number++;
	}
	b->processes[b->process_count] = (struct process){.number = number, .main_lane = NONE, .last_lane = NONE};
	id_map_set(&b->by_pid, pid, b->process_count);
	return b->process_count++;
}

/* Begins a lane in no state yet. A new process, when `created` and tid is pid; else of the process there is. */
static size_t begin_lane(struct builder *b, const struct switch_event *event, bool created)
{
	struct timeline *timeline = b->timeline;
	size_t index = timeline->lane_count, capacity = b->lane_capacity;
	timeline->lanes = grow(timeline->lanes, index, &b->lane_capacity, sizeof *timeline->lanes);
	b->progress = grow(b->progress, index, &capacity, sizeof *b->progress);
	timeline->lane_count++;

	bool is_main = event->pid == event->tid;
	size_t process = created && is_main ? NONE : id_map_get(&b->by_pid, event->pid);
	if (process == NONE)
		process = add_process(b, event->pid);
	struct process *owner = &b->processes[process];
	timeline->lanes[index] = (struct lane){.pid = event->pid, .tid = event->tid, .start_ns = event->time_ns,
	                                        .thread = TIMELINE_NONE, .image = TIMELINE_NONE};
	b->progress[index] = (struct progress){.since_ns = event->time_ns, .state = LANE_UNKNOWN, .process = process,
	                                       .next_in_process = owner->last_lane, .alive = true, .created = created,
	                                       .number = is_main ? 0 : ++owner->threads};
	owner->last_lane = index;
	if (is_main)
		owner->main_lane = index;
	id_map_set(&b->lanes, event->tid, index);
	return index;
}

/* Ends every lane of the process but `kept`, and says whether there was one: an exec leaves one thread. The one that
   runs here did the exec and has become the main thread; of the others the exit is missing. */
static bool end_others(struct builder *b, size_t process, size_t kept, const struct switch_event *event)
{
	size_t *list = &b->processes[process].last_lane;
	bool any = false;
	for (size_t i = *list, next; i != NONE; i = next) {
		next = b->progress[i].next_in_process;
		if (i == kept || !b->progress[i].alive)
			continue;
		if (b->running[event->ring] == i)
			close_stretch(b, i, event->time_ns);
		else
			close_unknown(b, i, event->time_ns);
		end_lane(b, i, event->time_ns);
		any = true;
	}
	*list = kept;
	if (kept != NONE)
		b->progress[kept].next_in_process = NONE;
	return any;
}

static size_t living_lane(const struct builder *b, uint32_t tid)
{
	size_t index = id_map_get(&b->lanes, tid);
	return index != NONE && b->progress[index].alive ? index : NONE;
}

/* The lane that a record of a running thread is about, begun now when there is none; NONE when the record is the last
   trace of a thread that has ended. */
static size_t lane_at_work(struct builder *b, const struct switch_event *event)
{
	size_t index = living_lane(b, event->tid);
	if (index != NONE)
		return index;
	/* A main thread that ended and is back: another thread of its process executes a program and has taken its
	   place and its tid. */
	size_t process = event->pid == event->tid ? id_map_get(&b->by_pid, event->pid) : NONE;
	bool taken_over = process != NONE && end_others(b, process, NONE, event);
	bool leaves = event->kind == SWITCH_OUT || event->kind == SWITCH_OUT_PREEMPTED;
	if (leaves && !taken_over && id_map_get(&b->lanes, event->tid) != NONE)
		return NONE;
	return begin_lane(b, event, false);
}

static void take_fork(struct builder *b, const struct switch_event *event)
{
	struct timeline *timeline = b->timeline;
	size_t index = living_lane(b, event->tid);
	if (index != NONE && !b->progress[index].created && timeline->lanes[index].pid == event->pid) {
		/* The clocks of two CPUs let its first step come before its creation. */
		b->progress[index].created = true;
	} else {
		if (index != NONE) { /* the tid is used again: its exit is missing */
			close_unknown(b, index, event->time_ns);
			end_lane(b, index, event->time_ns);
		}
		index = begin_lane(b, event, true);
		set_waiting(b, index, LANE_WAITING_CPU, event->time_ns);
	}
	size_t parent = living_lane(b, event->parent_tid);
	uint64_t start_ns = timeline->lanes[index].start_ns;
	if (parent == NONE || parent == index || timeline->lanes[parent].start_ns > start_ns)
		return;
	timeline->flows = grow(timeline->flows, timeline->flow_count, &b->flow_capacity, sizeof *timeline->flows);
	timeline->flows[timeline->flow_count++] =
		(struct flow){.kind = FLOW_CREATE, .from = parent, .to = index, .from_ns = start_ns, .to_ns = start_ns,
		              .wait = TIMELINE_NO_WAIT};
}

static void take_in(struct builder *b, const struct switch_event *event)
{
	size_t index = lane_at_work(b, event);
	if (b->progress[index].state == LANE_RUNNING)
		close_unknown(b, index, event->time_ns);
	else
		close_stretch(b, index, event->time_ns);
	set_running(b, index, event);
}

static void take_out(struct builder *b, const struct switch_event *event)
{
	size_t index = lane_at_work(b, event);
	if (index == NONE)
		return;
	leave_here(b, index, event);
	set_waiting(b, index, event->kind == SWITCH_OUT_PREEMPTED ? LANE_WAITING_CPU : LANE_BLOCKED, event->time_ns);
}

static void take_exit(struct builder *b, const struct switch_event *event)
{
	size_t index = living_lane(b, event->tid);
	if (index == NONE)
		return;
	leave_here(b, index, event);
	end_lane(b, index, event->time_ns);
}

static void set_name(struct builder *b, size_t index, const struct switch_event *event)
{
	struct lane *lane = &b->timeline->lanes[index];
	char name[64] = "";
	free(lane->name);
	lane->name = plain_name(event->name, event->name_size, name, sizeof name) ? memory_string(name) : NULL;
	lane->named = lane->name;
}

static void take_exec(struct builder *b, const struct switch_event *event)
{
	size_t index = lane_at_work(b, event);
	end_others(b, b->progress[index].process, index, event);
	if (b->running[event->ring] != index) {
		close_unknown(b, index, event->time_ns);
		set_running(b, index, event);
	}
	if (event->pid == b->trace->pid && !b->program_executed)
		b->program_executed = true; /* the program itself: that is no name of its main thread */
	else
		set_name(b, index, event);
}

/* From now on records of one CPU are missing. What ran there may have left it; for the rest see close_stretch. */
static void lose_records(struct builder *b, const struct switch_event *event)
{
	size_t index = b->running[event->ring];
	if (index != NONE) {
		close_stretch(b, index, event->time_ns);
		b->progress[index].state = LANE_UNKNOWN;
	}
	b->gaps = grow(b->gaps, b->gap_count, &b->gap_capacity, sizeof *b->gaps);
	b->gaps[b->gap_count++] = event->time_ns;
	if (b->gap_until_ns < event->until_ns)
		b->gap_until_ns = event->until_ns;
}

static void take_event(struct builder *b, const struct switch_event *event)
{
	switch (event->kind) {
	case SWITCH_FORK:
		take_fork(b, event);
		break;
	case SWITCH_OUT:
	case SWITCH_OUT_PREEMPTED:
		take_out(b, event);
		break;
	case SWITCH_EXIT:
		take_exit(b, event);
		break;
	case SWITCH_COMM: {
		size_t index = living_lane(b, event->tid);
		if (index != NONE)
			set_name(b, index, event);
		break;
	}
	case SWITCH_EXEC:
		take_exec(b, event);
		break;
	case SWITCH_IN:
		take_in(b, event);
		break;
	case SWITCH_LOST:
		lose_records(b, event);
		break;
	case SWITCH_OTHER:
		break;
	}
}

/* Moves the event's times onto the timeline's clock; false when it is of no thread or of another time. */
static bool place_event(const struct trace *trace, struct switch_event *event)
{
	if (event->kind == SWITCH_LOST) {
		if (event->until_ns <= trace->start_ns || event->time_ns > trace->end_ns)
			return false;
		if (event->time_ns < trace->start_ns)
			event->time_ns = trace->start_ns;
		event->until_ns -= trace->start_ns;
	} else {
		/* Ids of threads that are gone or belong to none of the program's namespaces. */
		if (!event->tid || event->tid == UINT32_MAX || !event->pid || event->pid == UINT32_MAX)
			return false;
		if (event->time_ns < trace->start_ns || event->time_ns > trace->end_ns)
			return false;
	}
	event->time_ns -= trace->start_ns;
	return true;
}

/* Names the lanes that no record named. Main threads come before the threads they made. */
static void name_lanes(struct builder *b)
{
	for (size_t i = 0; i < b->timeline->lane_count; i++) {
		struct lane *lane = &b->timeline->lanes[i];
		const struct progress *progress = &b->progress[i];
		const struct process *process = &b->processes[progress->process];
		char name[128] = "", owner[96] = "";
		if (lane->name)
			continue;
		const char *owner_name = process->main_lane == NONE ? NULL : b->timeline->lanes[process->main_lane].name;
		if (process->number)
			snprintf(owner, sizeof owner, "process %u", process->number);
		if (!progress->number)
			snprintf(name, sizeof name, "%s", process->number ? owner : "main");
		else if (!process->number)
			snprintf(name, sizeof name, "thread %u", progress->number);
		else
			snprintf(name, sizeof name, "%s thread %u", owner_name ? owner_name : owner, progress->number);
		lane->name = memory_string(name);
	}
}

bool switch_lanes_make(const struct trace *trace, struct timeline *timeline, struct error *err)
{
	struct switch_merge *merge = switch_merge_new(trace, err);
	if (!merge)
		return false;

	struct builder b = {.trace = trace, .timeline = timeline};
	struct switch_event event = {0};
	timeline->lost = switch_merge_lost(merge);
	b.running = memory_resize(NULL, trace->ring_count, sizeof *b.running);
	for (size_t i = 0; i < trace->ring_count; i++)
		b.running[i] = NONE;
	while (switch_merge_next(merge, &event))
		if (place_event(trace, &event))
			take_event(&b, &event);
	for (size_t i = 0; i < timeline->lane_count; i++)
		if (b.progress[i].alive) {
			close_stretch(&b, i, timeline->wall_ns);
			end_lane(&b, i, timeline->wall_ns);
		}
	name_lanes(&b);

	switch_merge_free(merge);
	free(b.progress);
	free(b.processes);
	id_map_free(&b.lanes);
	id_map_free(&b.by_pid);
	free(b.running);
	free(b.gaps);
	return true;
}
