/* Locks that a program made itself. */
#include "measure/compound_lock.h"

#include "measure/grow.h"
#include "measure/resources.h"

#include <stdlib.h>

/* A wait for the condition, by who waits. */
struct entry {
	size_t lane;
	uint64_t ns;
};

static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	if (a->lane != b->lane)
		return a->lane < b->lane ? -1 : 1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* When the lane next begins to wait at or after `ns`; UINT64_MAX when it does not. */
static uint64_t next_wait(const struct entry *entries, size_t count, size_t lane, uint64_t ns)
{
	struct entry sought = {lane, ns};
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_entries(&entries[middle], &sought) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && entries[low].lane == lane ? entries[low].ns : UINT64_MAX;
}

/* For each hold of the mutex: whether its lane let go of it to wait for the condition. */
static bool *find_waiting(const struct timeline *timeline, const struct resource *condition,
                          const struct resource *mutex)
{
	bool *waiting = memory_zero(mutex->hold_count, sizeof *waiting);
	struct entry *entries = memory_resize(NULL, condition->wait_count, sizeof *entries);
	uint64_t *next = memory_resize(NULL, timeline->lane_count, sizeof *next); /* when each lane has the mutex next */
	for (size_t i = 0; i < timeline->lane_count; i++)
		next[i] = UINT64_MAX;
	for (size_t i = 0; i < condition->wait_count; i++) {
		const struct wait *wait = &timeline->waits[condition->waits[i]];
		entries[i] = (struct entry){wait->lane, wait->start_ns};
	}
	if (condition->wait_count)
		qsort(entries, condition->wait_count, sizeof *entries, compare_entries);
	for (size_t i = mutex->hold_count; i-- > 0;) {
		const struct hold *hold = &mutex->holds[i];
		uint64_t ns = next_wait(entries, condition->wait_count, hold->lane, hold->end_ns);
		waiting[i] = ns != UINT64_MAX && ns <= next[hold->lane];
		next[hold->lane] = hold->start_ns;
	}
	free(next);
	free(entries);
	return waiting;
}

struct holds {
	struct hold *holds;
	size_t count, capacity;
};

static void end_hold(struct holds *made, uint64_t ns)
{
	struct hold *last = made->count ? &made->holds[made->count - 1] : NULL;
	if (!last || !last->open)
		return;
	last->end_ns = ns > last->start_ns ? ns : last->start_ns;
	last->open = false;
}

static struct holds find_holds(const struct timeline *timeline, const struct resource *condition,
                               const struct resource *mutex)
{
	struct holds made = {0};
	bool *waiting = find_waiting(timeline, condition, mutex);
	for (size_t i = 0, at = 0; i < mutex->hold_count; i++) {
		const struct hold *hold = &mutex->holds[i];
		bool signalled = false;
		for (; at < condition->signal_count && condition->signals[at].ns <= hold->end_ns; at++) {
			const struct signal *signal = &condition->signals[at];
			bool own = made.count && made.holds[made.count - 1].open && made.holds[made.count - 1].lane == signal->lane;
			signalled = signalled || (signal->lane == hold->lane && signal->ns >= hold->start_ns);
			if (own)
				end_hold(&made, signal->ns);
		}
		if (signalled || waiting[i] || hold->open)
			continue;
		bool has_it = made.count && made.holds[made.count - 1].open && made.holds[made.count - 1].lane == hold->lane;
		if (has_it)
			continue;
		/* Should its signal be missing: it was let go before another one took it. */
		end_hold(&made, hold->end_ns);
		made.holds = grow(made.holds, made.count, &made.capacity, sizeof *made.holds);
		made.holds[made.count++] = (struct hold){.lane = hold->lane, .start_ns = hold->end_ns, .end_ns = hold->end_ns,
		                                         .open = true};
	}
	if (made.count && made.holds[made.count - 1].open)
		made.holds[made.count - 1].end_ns = timeline->lanes[made.holds[made.count - 1].lane].end_ns;
	free(waiting);
	return made;
}

/* Puts the holds behind all others and points every resource to its own again. */
static void append_holds(struct timeline *timeline, struct resource *lock, const struct holds *made)
{
	struct hold *old = timeline->holds;
	size_t count = timeline->hold_count;
	/* How far each is from the beginning, while that is still known. */
	size_t *places = memory_zero(timeline->resource_count, sizeof *places);
	for (size_t i = 0; i < timeline->resource_count; i++)
		if (timeline->resources[i].hold_count)
			places[i] = (size_t)(timeline->resources[i].holds - old);
	timeline->holds = memory_resize(old, count + made->count, sizeof *timeline->holds);
	for (size_t i = 0; i < made->count; i++)
		timeline->holds[count + i] = made->holds[i];
	timeline->hold_count = count + made->count;
	for (size_t i = 0; i < timeline->resource_count; i++)
		if (timeline->resources[i].hold_count)
			timeline->resources[i].holds = &timeline->holds[places[i]];
	lock->holds = made->count ? &timeline->holds[count] : NULL;
	lock->hold_count = made->count;
	free(places);
}

/* Wake-ups become hand-offs. Lanes may have waited for a mutex that is a part, too, whoever was signalled among them:
   handing that on is no hand-off of the whole. */
static void make_hand_offs(struct timeline *timeline, size_t whole)
{
	size_t kept = 0;
	for (size_t i = 0; i < timeline->flow_count; i++) {
		struct flow *flow = &timeline->flows[i];
		size_t resource = flow->wait == TIMELINE_NO_WAIT ? TIMELINE_NONE : timeline->waits[flow->wait].resource;
		if (resource != TIMELINE_NONE && timeline->resources[resource].part_of == whole)
			continue;
		if (flow->kind == FLOW_WAKE_UP && resource == whole)
			flow->kind = FLOW_HAND_OFF;
		timeline->flows[kept++] = *flow;
	}
	timeline->flow_count = kept;
}

/* Nobody waited, so that nobody said which mutex goes with which condition: one lock of which no hold is known. */
static size_t make_idle(struct timeline *timeline, const size_t *parts, size_t count)
{
	size_t whole = TIMELINE_NONE;
	for (size_t i = 0; i < count && whole == TIMELINE_NONE; i++)
		if (timeline->resources[parts[i]].kind == RESOURCE_COND)
			whole = parts[i];
	if (whole == TIMELINE_NONE)
		return TIMELINE_NONE;
	timeline->resources[whole].kind = RESOURCE_LOCK;
	for (size_t i = 0; i < count; i++)
		if (parts[i] != whole)
			timeline->resources[parts[i]].part_of = whole;
	make_hand_offs(timeline, whole);
	return whole;
}

size_t compound_lock_make(struct timeline *timeline, const size_t *parts, size_t count)
{
	size_t best = TIMELINE_NONE;
	for (size_t i = 0; i < count; i++) {
		const struct resource *part = &timeline->resources[parts[i]];
		if (part->kind != RESOURCE_COND || part->mutex == TIMELINE_NONE || !part->wait_count)
			continue;
		if (best == TIMELINE_NONE || part->wait_count > timeline->resources[best].wait_count)
			best = parts[i];
	}
	if (best == TIMELINE_NONE)
		return make_idle(timeline, parts, count);
	struct resource *lock = &timeline->resources[best];
	struct holds made = find_holds(timeline, lock, &timeline->resources[lock->mutex]);
	append_holds(timeline, lock, &made);
	free(made.holds);
	lock->kind = RESOURCE_LOCK;
	for (size_t i = 0; i < count; i++)
		if (parts[i] != best)
			timeline->resources[parts[i]].part_of = best;
	for (size_t i = 0; i < lock->wait_count; i++) {
		struct wait *wait = &timeline->waits[lock->waits[i]];
		wait->kind = WAIT_LOCK;
		wait->owner = resource_holder(lock, wait->start_ns, wait->lane);
	}
	for (size_t i = 0; i < timeline->lane_count; i++)
		for (size_t j = 0; j < timeline->lanes[i].slice_count; j++) {
			struct slice *slice = &timeline->lanes[i].slices[j];
			if (slice->state == LANE_WAITING_COND && timeline->waits[slice->wait].resource == best)
				slice->state = LANE_WAITING_LOCK;
		}
	make_hand_offs(timeline, best);
	return best;
}
