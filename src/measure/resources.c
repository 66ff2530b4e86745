/* Makes what lanes did to resources into holds, owners of waits, hand-offs and wake-ups. */
#include "measure/resources.h"

#include "measure/flows.h"
#include "measure/grow.h"
#include "measure/merge_sort.h"
#include "probe/record.h"

#include <errno.h>
#include <stdlib.h>

#define NOBODY UINT32_MAX

/* A wait that somebody may end, in a heap with the one that was over first on top: whoever was woken by a signal went
   on before those who were not. */
struct waiter {
	uint64_t end_ns;
	uint32_t wait;
};

/* What a lane has of the resource at hand. */
struct having {
	size_t hold;
	uint32_t depth;      /* of a recursive lock; 0: nothing */
	uint32_t before, next; /* other lanes that have it */
	bool unsaid;         /* got by waiting: the record that says so comes once more */
};

struct keeper {
	struct join *join;
	struct timeline *timeline;
	struct resource *resource;
	size_t hold_capacity, signal_count, signal_capacity;
	struct having *having;  /* for each lane */
	uint32_t holder;        /* the lane that got it last and has it, NOBODY for none */
	struct wake let_go;     /* the last to let it go */
	bool foreign;           /* somebody let go what it did not have */
	struct waiter *heap;
	size_t heap_size, heap_capacity;
	uint32_t *round;        /* waits at a barrier that has not opened yet */
	size_t round_count, round_capacity;
	struct wake *wakes;
};

static void heap_push(struct keeper *k, uint32_t wait, uint64_t end_ns)
{
	k->heap = grow(k->heap, k->heap_size, &k->heap_capacity, sizeof *k->heap);
	size_t at = k->heap_size++;
	for (; at && k->heap[(at - 1) / 2].end_ns > end_ns; at = (at - 1) / 2)
		k->heap[at] = k->heap[(at - 1) / 2];
	k->heap[at] = (struct waiter){end_ns, wait};
}

static struct waiter heap_pop(struct keeper *k)
{
	struct waiter top = k->heap[0], last = k->heap[--k->heap_size];
	size_t at = 0;
	for (size_t child = 1; child < k->heap_size; child = 2 * at + 1) {
		if (child + 1 < k->heap_size && k->heap[child + 1].end_ns < k->heap[child].end_ns)
			child++;
		if (last.end_ns <= k->heap[child].end_ns)
			break;
		k->heap[at] = k->heap[child];
		at = child;
	}
	if (k->heap_size)
		k->heap[at] = last;
	return top;
}

static void wake(struct keeper *k, const struct act *act, bool all)
{
	while (k->heap_size) {
		struct waiter waiter = heap_pop(k);
		if (waiter.end_ns < act->ns || k->timeline->waits[waiter.wait].lane == act->lane)
			continue;
		k->wakes[waiter.wait] = (struct wake){act->ns, act->lane};
		if (!all)
			return;
	}
}

static void close_hold(struct keeper *k, uint32_t lane, uint64_t ns, bool open)
{
	struct having *having = &k->having[lane];
	struct hold *hold = &k->timeline->holds[having->hold];
	ns = ns < k->timeline->lanes[lane].end_ns ? ns : k->timeline->lanes[lane].end_ns;
	hold->end_ns = ns > hold->start_ns ? ns : hold->start_ns;
	hold->open = open;
	if (having->before != NOBODY)
		k->having[having->before].next = having->next;
	else
		k->holder = having->next;
	if (having->next != NOBODY)
		k->having[having->next].before = having->before;
	having->depth = 0;
}

static void acquire(struct keeper *k, const struct act *act, bool by_wait)
{
	struct having *having = &k->having[act->lane];
	struct timeline *timeline = k->timeline;
	if (having->depth) {
		if (having->unsaid && !by_wait)
			having->unsaid = false;
		else if (having->depth < UINT32_MAX)
			having->depth++;
		return;
	}
	/* What cannot be held by two was let go by the first, though its record is missing. */
	if (k->resource->kind != RESOURCE_SEMAPHORE)
		while (k->holder != NOBODY && !(act->read && timeline->holds[k->having[k->holder].hold].read)) {
			k->let_go = (struct wake){act->ns, k->holder};
			close_hold(k, k->holder, act->ns, false);
		}
	timeline->holds = grow(timeline->holds, timeline->hold_count, &k->hold_capacity, sizeof *timeline->holds);
	timeline->holds[timeline->hold_count] = (struct hold){.lane = act->lane, .start_ns = act->ns, .end_ns = act->ns,
	                                               .read = act->read};
	*having = (struct having){.hold = timeline->hold_count++, .depth = 1, .before = NOBODY, .next = k->holder,
	                          .unsaid = by_wait && k->resource->kind != RESOURCE_SEMAPHORE};
	if (k->holder != NOBODY)
		k->having[k->holder].before = act->lane;
	k->holder = act->lane;
}

static void release(struct keeper *k, const struct act *act)
{
	struct having *having = &k->having[act->lane];
	if (!having->depth) {
		k->foreign = true;
		return;
	}
	having->unsaid = false;
	if (--having->depth)
		return;
	close_hold(k, act->lane, act->ns, false);
	k->let_go = (struct wake){act->ns, act->lane};
}

/* Who held it when the wait began: as the lock itself said, or else as the records do. */
static size_t find_owner(const struct keeper *k, const struct wait *wait)
{
	const struct timeline *timeline = k->timeline;
	/* Of several the last to get it; a reader that wants to write waits for the others before itself. */
	uint32_t last = k->holder;
	if (last == wait->lane && k->having[last].next != NOBODY)
		last = k->having[last].next;
	size_t holder = last == NOBODY ? TIMELINE_NONE : last;
	if (wait->kind != WAIT_LOCK || !wait->id || (holder != TIMELINE_NONE && timeline->lanes[holder].tid == wait->id))
		return holder;
	size_t owner = lane_index_find(&k->join->by_tid, 0, wait->id, wait->start_ns);
	return owner != SIZE_MAX ? owner : holder;
}

static bool can_be_woken(const struct wait *wait)
{
	/* What makes room in a pipe was mostly answered at once, and then nothing is known of it. */
	bool writes = wait->kind == WAIT_IO && wait->call == PROBE_WRITE_CALL;
	return !wait->unfinished && !wait->abandoned && !wait->error && !writes;
}

static void begin_wait(struct keeper *k, const struct act *act)
{
	struct wait *wait = &k->timeline->waits[act->wait];
	if (wait->kind == WAIT_LOCK || wait->kind == WAIT_SEMAPHORE)
		wait->owner = find_owner(k, wait);
	if (wait->kind == WAIT_COND && k->join->mutexes[act->wait] != UINT32_MAX)
		k->resource->mutex = k->join->mutexes[act->wait];
	if (wait->kind == WAIT_BARRIER) {
		k->round = grow(k->round, k->round_count, &k->round_capacity, sizeof *k->round);
		k->round[k->round_count++] = act->wait;
	} else if (wait->kind != WAIT_LOCK && can_be_woken(wait)) {
		heap_push(k, act->wait, wait->end_ns);
	}
}

/* The first one who leaves a barrier tells that all had come: the last of them let them go. */
static void open_barrier(struct keeper *k)
{
	const struct wait *last = &k->timeline->waits[k->round[k->round_count - 1]];
	for (size_t i = 0; i < k->round_count; i++)
		k->wakes[k->round[i]] = (struct wake){last->start_ns, (uint32_t)last->lane};
	k->round_count = 0;
}

static void add_flow(struct keeper *k, enum flow_kind kind, const struct wake *from, const struct act *act)
{
	if (from->lane != NOBODY)
		flow_add(k->join, &(struct flow){.kind = kind, .from = from->lane, .to = act->lane, .from_ns = from->ns,
		                                 .to_ns = act->ns, .wait = act->wait});
}

static void end_wait(struct keeper *k, const struct act *act)
{
	const struct wait *wait = &k->timeline->waits[act->wait];
	switch ((enum wait_kind)wait->kind) {
	case WAIT_LOCK:
		if (wait->error && wait->error != EOWNERDEAD)
			return;
		if (wait->error && wait->owner != TIMELINE_NONE) { /* its end let go what it had */
			uint64_t end_ns = k->timeline->lanes[wait->owner].end_ns;
			k->let_go = (struct wake){end_ns < act->ns ? end_ns : act->ns, (uint32_t)wait->owner};
		}
		/* Written just before the lock is free: a wait that began at that very moment is ended by it, too. */
		if (k->let_go.ns >= wait->start_ns || k->let_go.lane == wait->owner)
			add_flow(k, FLOW_HAND_OFF, &k->let_go, act);
		acquire(k, act, true);
		return;
	case WAIT_BARRIER:
		if (k->wakes[act->wait].lane == NOBODY && k->round_count)
			open_barrier(k);
		add_flow(k, FLOW_WAKE_UP, &k->wakes[act->wait], act);
		return;
	case WAIT_SEMAPHORE:
		add_flow(k, FLOW_WAKE_UP, &k->wakes[act->wait], act);
		if (!wait->error)
			acquire(k, act, true);
		return;
	default:
		add_flow(k, FLOW_WAKE_UP, &k->wakes[act->wait], act);
	}
}

static void take_act(struct keeper *k, const struct act *act)
{
	switch ((enum act_kind)act->kind) {
	case ACT_ACQUIRE:
		acquire(k, act, false);
		break;
	case ACT_RELEASE:
		release(k, act);
		if (k->resource->kind == RESOURCE_SEMAPHORE)
			wake(k, act, false);
		break;
	case ACT_BEGIN:
		begin_wait(k, act);
		break;
	case ACT_END:
		end_wait(k, act);
		break;
	case ACT_WAKE:
	case ACT_WAKE_ALL:
		if (k->resource->kind == RESOURCE_COND) {
			k->timeline->signals = grow(k->timeline->signals, k->signal_count, &k->signal_capacity,
			                            sizeof *k->timeline->signals);
			k->timeline->signals[k->signal_count++] = (struct signal){act->lane, act->ns};
		}
		wake(k, act, act->kind == ACT_WAKE_ALL);
		break;
	}
}

/* All that was done to one resource, by time. */
static void take_resource(struct keeper *k, const struct act *acts, size_t count)
{
	struct timeline *timeline = k->timeline;
	size_t first = timeline->hold_count, first_signal = k->signal_count;
	k->resource = &timeline->resources[acts[0].resource];
	k->holder = NOBODY;
	k->let_go.lane = NOBODY;
	k->foreign = false;
	k->heap_size = k->round_count = 0;
	for (size_t i = 0; i < count; i++)
		take_act(k, &acts[i]);
	while (k->holder != NOBODY)
		close_hold(k, k->holder, timeline->lanes[k->holder].end_ns, true);
	/* Posted by lanes that do not have it, a semaphore counts something: nobody holds that. */
	if (k->resource->kind == RESOURCE_SEMAPHORE && k->foreign) {
		timeline->hold_count = first;
		for (size_t i = 0; i < count; i++)
			if (acts[i].kind == ACT_BEGIN)
				timeline->waits[acts[i].wait].owner = TIMELINE_NONE;
	}
	k->resource->hold_count = timeline->hold_count - first;
	k->resource->signal_count = k->signal_count - first_signal;
}

static int compare_acts(const void *left, const void *right)
{
	const struct act *a = left, *b = right;
	if (a->resource != b->resource)
		return a->resource < b->resource ? -1 : 1;
	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

struct wake *resources_make(struct join *join)
{
	struct timeline *timeline = join->timeline;
	struct keeper k = {.join = join, .timeline = timeline};
	k.having = memory_zero(timeline->lane_count, sizeof *k.having);
	k.wakes = memory_resize(NULL, timeline->wait_count, sizeof *k.wakes);
	for (size_t i = 0; i < timeline->wait_count; i++)
		k.wakes[i] = (struct wake){0, NOBODY};
	for (size_t i = 0; i < join->act_count; i++)
		join->acts[i].number = (uint32_t)i;
	if (join->act_count)
		merge_sort(join->acts, join->act_count, sizeof *join->acts, compare_acts);
	for (size_t i = 0, next; i < join->act_count; i = next) {
		for (next = i; next < join->act_count && join->acts[next].resource == join->acts[i].resource;)
			next++;
		take_resource(&k, &join->acts[i], next - i);
	}
	/* Resources come in the order of their acts; the holds do not move any more. */
	for (size_t i = 0, at = 0, signal = 0; i < timeline->resource_count; i++) {
		struct resource *resource = &timeline->resources[i];
		resource->holds = resource->hold_count ? &timeline->holds[at] : NULL;
		resource->signals = resource->signal_count ? &timeline->signals[signal] : NULL;
		at += resource->hold_count;
		signal += resource->signal_count;
	}
	free(k.having);
	free(k.heap);
	free(k.round);
	return k.wakes;
}

/* How many of its holds began at or before `ns`. */
static size_t count_begun(const struct resource *resource, uint64_t ns)
{
	size_t low = 0, high = resource->hold_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (resource->holds[middle].start_ns <= ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t resource_holder(const struct resource *resource, uint64_t ns, size_t but)
{
	size_t count = count_begun(resource, ns);
	if (!count || resource->holds[count - 1].end_ns <= ns || resource->holds[count - 1].lane == but)
		return TIMELINE_NONE;
	return resource->holds[count - 1].lane;
}

const struct hold *resource_let_go(const struct resource *resource, uint64_t from_ns, uint64_t to_ns, size_t but)
{
	/* Back from the last that had begun: the first that is not the lane's own, unless it is too old. */
	for (size_t i = count_begun(resource, to_ns), steps = 0; i-- > 0 && steps < 16; steps++) {
		if (resource->holds[i].end_ns < from_ns)
			break;
		if (resource->holds[i].lane != but)
			return resource->holds[i].end_ns <= to_ns && !resource->holds[i].open ? &resource->holds[i] : NULL;
	}
	return NULL;
}

struct resource_wait {
	uint64_t start_ns;
	size_t resource;
	uint32_t wait;
};

static int compare_waits(const void *left, const void *right)
{
	const struct resource_wait *a = left, *b = right;
	if (a->resource != b->resource)
		return a->resource < b->resource ? -1 : 1;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	return a->wait < b->wait ? -1 : a->wait > b->wait;
}

void resources_finish(struct timeline *timeline)
{
	unsigned numbers[RESOURCE_KINDS] = {0};
	size_t count = 0;
	struct resource_wait *order = memory_resize(NULL, timeline->wait_count, sizeof *order);
	for (size_t i = 0; i < timeline->wait_count; i++)
		if (timeline->waits[i].resource != TIMELINE_NONE)
			order[count++] = (struct resource_wait){timeline->waits[i].start_ns, timeline->waits[i].resource,
			                                        (uint32_t)i};
	if (count)
		merge_sort(order, count, sizeof *order, compare_waits);
	timeline->resource_waits = memory_resize(NULL, count, sizeof *timeline->resource_waits);
	for (size_t i = 0; i < count; i++) {
		struct resource *resource = &timeline->resources[order[i].resource];
		timeline->resource_waits[i] = order[i].wait;
		if (!resource->wait_count++)
			resource->waits = &timeline->resource_waits[i];
	}
	for (size_t i = 0; i < timeline->resource_count; i++)
		timeline->resources[i].number = ++numbers[timeline->resources[i].kind];
	free(order);
}
