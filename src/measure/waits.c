/* Reads the story of one lane out of the probe's records. */
#include "measure/waits.h"

#include "measure/coroutines.h"
#include "measure/flows.h"
#include "measure/grow.h"
#include "measure/story_reader.h"
#include "measure/told.h"
#include "measure/wait_pairs.h"
#include "probe/record.h"

#include <stdlib.h>

enum {
	DELAY_UNIT_NS = 64,
	/* The probe reads the delay around whatever takes so long. */
	LONG_NS = 1000000,
	/* Calls that stand in another one: what is deeper than handlers nest is looked at no further. */
	NESTING_MOST = 64,
};

void story_clear(struct story *story)
{
	story->stretch_count = story->turn_count = story->sample_count = 0;
	story->until_ns = 0;
	story->coroutines = 0;
	story->cut = false;
}

void story_free(struct story *story)
{
	if (!story)
		return;
	free(story->stretches);
	free(story->turns);
	free(story->samples);
	*story = (struct story){0};
}

static uint64_t place(const struct reader *r, size_t event)
{
	uint64_t ns = event < r->count ? r->events[event].ns : r->to_ns;
	return ns < r->from_ns ? r->from_ns : ns > r->to_ns ? r->to_ns : ns;
}

static uint32_t find_resource(struct reader *r, enum resource_kind kind, uint64_t address, bool shared)
{
	struct join *join = r->join;
	struct timeline *timeline = join->timeline;
	struct object_key key = {shared ? TIMELINE_NONE : r->image, address, kind};
	size_t index = object_map_get_or_set(&join->objects, &key, timeline->resource_count);
	if (index == timeline->resource_count) {
		timeline->resources = grow(timeline->resources, index, &join->resource_capacity, sizeof *timeline->resources);
		timeline->resources[timeline->resource_count++] =
			(struct resource){.kind = kind, .image = key.image, .address = address, .mutex = TIMELINE_NONE,
			                  .part_of = TIMELINE_NONE};
	}
	return (uint32_t)index;
}

static uint32_t find_lock(struct reader *r, const struct probe_event *event)
{
	uint16_t lock = event->detail & 0xff;
	enum resource_kind kind = lock == PROBE_SPIN ? RESOURCE_SPINLOCK
	                          : lock == PROBE_READ || lock == PROBE_WRITE ? RESOURCE_RWLOCK : RESOURCE_MUTEX;
	return find_resource(r, kind, event->object, event->detail & PROBE_SHARED);
}

static void add_act(struct reader *r, enum act_kind kind, uint32_t resource, uint64_t ns)
{
	struct join *join = r->join;
	join->acts = grow(join->acts, join->act_count, &join->act_capacity, sizeof *join->acts);
	join->acts[join->act_count++] = (struct act){.ns = ns, .resource = resource, .lane = (uint32_t)r->lane,
	                                             .wait = TIMELINE_NO_WAIT, .kind = (uint8_t)kind};
}

static struct act *last_act(struct reader *r)
{
	return &r->join->acts[r->join->act_count - 1];
}

/* Whom a join or a wait for a child is for: the lane, TIMELINE_NONE where that is not known. */
static size_t find_awaited(const struct reader *r, const struct probe_event *begin, const struct probe_event *end)
{
	const struct join *join = r->join;
	uint64_t ns = end ? end->ns : join->timeline->wall_ns;
	uint64_t id = begin->value;
	if (begin->kind == PROBE_CHILD && end && !end->detail && end->object)
		id = end->object;
	if (begin->kind == PROBE_JOIN && !id)
		return lane_index_find(&join->by_pthread, r->image, begin->object, ns);
	return id && id < UINT32_MAX ? lane_index_find(&join->by_tid, 0, id, ns) : TIMELINE_NONE;
}

/* The resource that the event's wait is for, UINT32_MAX for none. */
static uint32_t find_awaited_resource(struct reader *r, const struct probe_event *event)
{
	bool shared = event->detail & PROBE_SHARED;
	uint16_t call = event->detail & 0xff;
	switch (event->kind) {
	case PROBE_LOCK:
		return find_lock(r, event);
	case PROBE_COND:
		return find_resource(r, RESOURCE_COND, event->object, shared);
	case PROBE_SEM_WAIT:
		return find_resource(r, RESOURCE_SEMAPHORE, event->object, shared);
	case PROBE_BARRIER:
		return find_resource(r, RESOURCE_BARRIER, event->object, shared);
	case PROBE_IO:
		if (event->value && (call == PROBE_READ_CALL || call == PROBE_WRITE_CALL || call == PROBE_STDIO_CALL))
			return find_resource(r, RESOURCE_PIPE, event->value, true);
		return UINT32_MAX;
	default:
		return UINT32_MAX;
	}
}

static uint8_t kind_of(uint16_t kind)
{
	switch (kind) {
	case PROBE_LOCK:
		return WAIT_LOCK;
	case PROBE_COND:
		return WAIT_COND;
	case PROBE_SEM_WAIT:
		return WAIT_SEMAPHORE;
	case PROBE_BARRIER:
		return WAIT_BARRIER;
	case PROBE_JOIN:
		return WAIT_JOIN;
	case PROBE_CHILD:
		return WAIT_CHILD;
	case PROBE_SLEEP:
		return WAIT_SLEEP;
	case PROBE_IO:
		return WAIT_IO;
	case PROBE_SYSCALL:
		return WAIT_SYSCALL;
	default:
		return WAIT_POLL;
	}
}

static uint32_t add_wait(struct reader *r, size_t begin_at)
{
	struct join *join = r->join;
	struct timeline *timeline = join->timeline;
	const struct probe_event *begin = &r->events[begin_at];
	size_t end_at = r->ends[begin_at];
	const struct probe_event *end = r->matched[begin_at] ? &r->events[end_at] : NULL;
	uint32_t resource = find_awaited_resource(r, begin);
	size_t capacity = join->wait_capacity;
	bool has_delay = end && end->value != UINT32_MAX && timeline->method <= TRACE_SCHEDSTAT;
	uint16_t detail = begin->detail & 0xff;
	bool has_call = begin->kind == PROBE_IO || begin->kind == PROBE_POLL || begin->kind == PROBE_LOCK;
	timeline->waits = grow(timeline->waits, timeline->wait_count, &join->wait_capacity, sizeof *timeline->waits);
	if (capacity != join->wait_capacity)
		join->mutexes = memory_resize(join->mutexes, join->wait_capacity, sizeof *join->mutexes);
	join->mutexes[timeline->wait_count] = begin->kind == PROBE_COND ? r->let_go : UINT32_MAX;
	timeline->waits[timeline->wait_count] = (struct wait){
		.start_ns = place(r, begin_at), .end_ns = place(r, end_at), .object = begin->object, .caller = begin->caller,
		.delay_ns = has_delay ? (uint64_t)end->value * DELAY_UNIT_NS : 0,
		.lane = r->lane, .image = r->image, .resource = resource == UINT32_MAX ? TIMELINE_NONE : resource,
		.owner = begin->kind == PROBE_JOIN || begin->kind == PROBE_CHILD ? find_awaited(r, begin, end) : TIMELINE_NONE,
		.id = begin->kind == PROBE_LOCK || begin->kind == PROBE_JOIN || begin->kind == PROBE_CHILD ? begin->value : 0,
		.error = end ? end->detail : 0, .kind = kind_of(begin->kind), .call = has_call ? (uint8_t)detail : 0,
		.unfinished = !end && end_at == r->count && !r->goes_on && !r->story->cut,
		.abandoned = !end && (end_at < r->count || r->goes_on || r->story->cut), .timed = begin->detail & PROBE_TIMED};
	join->has_long_ends = join->has_long_ends || (end && end->ns - begin->ns >= LONG_NS);
	join->has_delays = join->has_delays || has_delay;
	return (uint32_t)timeline->wait_count++;
}

/* From now on `wait` is the innermost. */
static void turn_stretch(struct reader *r, uint32_t wait, uint64_t ns)
{
	struct story *story = r->story;
	if (r->stretch_wait != TIMELINE_NO_WAIT && r->stretch_ns < ns) {
		story->stretches = grow(story->stretches, story->stretch_count, &story->stretch_capacity,
		                        sizeof *story->stretches);
		story->stretches[story->stretch_count++] = (struct stretch){r->stretch_ns, ns, r->stretch_wait};
	}
	r->stretch_ns = ns;
	r->stretch_wait = wait;
}

static void take_cpu_time(struct reader *r, uint64_t ns, uint64_t cpu_ns)
{
	struct story *story = r->story;
	const struct cpu_sample *last = story->sample_count ? &story->samples[story->sample_count - 1] : NULL;
	/* What a thread had before it executed the program, or before the trace began, counts, too; a second is ample. */
	if (!cpu_ns || cpu_ns > ns + 1000000000u || (last && cpu_ns < last->cpu_ns))
		return;
	story->samples = grow(story->samples, story->sample_count, &story->sample_capacity, sizeof *story->samples);
	story->samples[story->sample_count++] = (struct cpu_sample){ns, cpu_ns};
	r->join->has_cpu_times = true;
}

static void begin_wait(struct reader *r, size_t at, uint64_t ns)
{
	uint32_t index = add_wait(r, at);
	const struct wait *wait = &r->join->timeline->waits[index];
	r->open = grow(r->open, r->open_count, &r->open_capacity, sizeof *r->open);
	r->open[r->open_count++] = (struct open_wait){index, r->ends[at]};
	turn_stretch(r, index, ns);
	if (wait->resource == TIMELINE_NONE)
		return;
	add_act(r, ACT_BEGIN, (uint32_t)wait->resource, ns);
	last_act(r)->wait = index;
	/* Stdio may do either: what it reads, nobody else waits to read. */
	if (wait->kind == WAIT_IO && wait->call != PROBE_READ_CALL)
		add_act(r, ACT_WAKE, (uint32_t)wait->resource, ns);
}

static void end_wait(struct reader *r, uint32_t index, const struct probe_event *event, uint64_t ns)
{
	struct wait *waits = r->join->timeline->waits;
	struct wait *wait = &waits[index];
	/* What is told of the outer call includes what was told of this one. */
	for (size_t i = r->open_count; i-- > 0 && r->open_count - i < NESTING_MOST;)
		if (waits[r->open[i].wait].delay_ns) {
			struct wait *outer = &waits[r->open[i].wait];
			outer->delay_ns = outer->delay_ns > wait->delay_ns ? outer->delay_ns - wait->delay_ns : 0;
			break;
		}
	if (r->join->log.delays && r->join->timeline->method <= TRACE_SCHEDSTAT)
		take_cpu_time(r, ns, event->caller);
	if (wait->resource == TIMELINE_NONE)
		return;
	add_act(r, ACT_END, (uint32_t)wait->resource, ns);
	last_act(r)->wait = index;
	last_act(r)->read = wait->kind == WAIT_LOCK && wait->call == PROBE_READ;
}

/* Ends the waits that are over at this event, and says the innermost that is left. */
static void close_waits(struct reader *r, size_t at, uint64_t ns)
{
	bool any = false;
	while (r->open_count && r->open[r->open_count - 1].end <= at) {
		struct open_wait over = r->open[--r->open_count];
		any = true;
		const struct wait *wait = &r->join->timeline->waits[over.wait];
		if (over.end == at && !wait->abandoned && !wait->unfinished)
			end_wait(r, over.wait, &r->events[at], ns);
	}
	if (any)
		turn_stretch(r, r->open_count ? r->open[r->open_count - 1].wait : TIMELINE_NO_WAIT, ns);
}

/* Where no record of the kernel tells who made a process. */
static void take_fork(struct reader *r, const struct probe_event *event, uint64_t ns)
{
	struct join *join = r->join;
	struct timeline *timeline = join->timeline;
	if (timeline->method == TRACE_SWITCH_RECORDS || !event->value || event->value == UINT32_MAX)
		return;
	/* The child may write first. */
	size_t before = lane_index_find(&join->by_tid, 0, event->value, ns);
	size_t after = lane_index_next(&join->by_tid, 0, event->value, ns);
	size_t child = before;
	if (before == SIZE_MAX ||
	    (after != SIZE_MAX && timeline->lanes[after].start_ns - ns < ns - timeline->lanes[before].start_ns))
		child = after;
	if (child != SIZE_MAX)
		flow_add(join, &(struct flow){.kind = FLOW_CREATE, .from = r->lane, .to = child, .wait = TIMELINE_NO_WAIT,
		                              .from_ns = timeline->lanes[child].start_ns,
		                              .to_ns = timeline->lanes[child].start_ns});
}

static void take_event(struct reader *r, size_t at, uint64_t ns)
{
	const struct probe_event *event = &r->events[at];
	uint32_t let_go = r->let_go;
	if (event->kind != PROBE_MODULE)
		r->let_go = UINT32_MAX;
	switch ((enum probe_kind)event->kind) {
	case PROBE_ACQUIRE:
		add_act(r, ACT_ACQUIRE, find_lock(r, event), ns);
		last_act(r)->read = (event->detail & 0xff) == PROBE_READ;
		break;
	case PROBE_RELEASE:
		r->let_go = find_lock(r, event);
		add_act(r, ACT_RELEASE, r->let_go, ns);
		break;
	case PROBE_SIGNAL:
		add_act(r, event->value ? ACT_WAKE_ALL : ACT_WAKE,
		        find_resource(r, RESOURCE_COND, event->object, event->detail & PROBE_SHARED), ns);
		break;
	case PROBE_SEM_POST:
		add_act(r, ACT_RELEASE, find_resource(r, RESOURCE_SEMAPHORE, event->object, event->detail & PROBE_SHARED), ns);
		break;
	case PROBE_SPAN:
		told_span(r, event, ns);
		break;
	case PROBE_MARK:
		told_mark(r, event, ns);
		break;
	case PROBE_NAME:
		told_name(r, event);
		break;
	case PROBE_MODULE:
		told_module(r, event);
		break;
	case PROBE_CONTEXT:
		coroutines_take(r, event, ns);
		break;
	case PROBE_FORK:
		take_fork(r, event, ns);
		break;
	case PROBE_THREAD_END:
		if (r->join->timeline->method <= TRACE_GETRUSAGE)
			take_cpu_time(r, ns, event->object);
		break;
	default:
		if (!wait_pairs_has(event->kind))
			break;
		r->let_go = let_go;
		if (!event->end)
			begin_wait(r, at, ns);
		else if (event->kind == PROBE_SEM_WAIT && !r->matched[at] && !(event->detail & ~PROBE_SHARED)) /* it was free */
			add_act(r, ACT_ACQUIRE,
			        find_resource(r, RESOURCE_SEMAPHORE, event->object, event->detail & PROBE_SHARED), ns);
		r->let_go = UINT32_MAX;
		break;
	}
}

void waits_collect(struct join *join, size_t thread, struct story *story)
{
	const struct probe_facts *facts = &join->facts[thread];
	const struct lane *lane = &join->timeline->lanes[facts->lane];
	probe_log_read(&join->log, thread, &join->events);
	struct reader r = {.join = join, .story = story, .events = join->events.events, .count = join->events.count,
	                   .thread_lane = facts->lane, .lane = facts->lane, .image = facts->image,
	                   .stretch_wait = TIMELINE_NO_WAIT, .let_go = UINT32_MAX};
	r.from_ns = story->until_ns > lane->start_ns ? story->until_ns : lane->start_ns;
	r.goes_on = facts->goes_on;
	r.to_ns = facts->until_ns;
	if (r.to_ns < r.from_ns)
		r.to_ns = r.from_ns;
	story->cut = join->log.lost && !facts->ended;
	r.ends = memory_zero(r.count, sizeof *r.ends);
	r.matched = memory_zero(r.count, sizeof *r.matched);
	wait_pairs_find(r.events, r.count, r.ends, r.matched);
	for (size_t i = 0; i < r.count; i++) {
		uint64_t ns = place(&r, i);
		close_waits(&r, i, ns);
		/* An end that closed nothing any more still has to be seen. */
		take_event(&r, i, ns);
	}
	/* What still waits does so to the end: of the lane, or of this program in it. */
	close_waits(&r, r.count, r.to_ns);
	story->until_ns = r.to_ns;
	told_end_spans(&r, story->until_ns);
	free(r.ends);
	free(r.matched);
	free(r.open);
	free(r.spans);
	free(r.targets);
	object_map_free(&r.contexts);
}
