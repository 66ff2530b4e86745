/* Says of a timeline that ended while lanes still waited who waits for whom, and whether that is a deadlock. */
#include "measure/hang.h"

#include "measure/grow.h"

#include <stdlib.h>

#define NONE SIZE_MAX

/* Holders shown of one lock; a lock for reading may have thousands. */
enum { HOLDERS_MOST = 64 };

static void add_holder(struct stuck *stuck, size_t *capacity, size_t lane)
{
	stuck->holders = grow(stuck->holders, stuck->holder_count, capacity, sizeof *stuck->holders);
	stuck->holders[stuck->holder_count++] = lane;
}

/* `open` are the holds, in the order of the timeline's, that were never let go. */
static void find_holders(const struct timeline *timeline, const size_t *open, size_t open_count, struct stuck *stuck)
{
	if (stuck->wait == TIMELINE_NO_WAIT)
		return;
	const struct wait *wait = &timeline->waits[stuck->wait];
	size_t capacity = 0;
	if (wait->kind == WAIT_JOIN || wait->kind == WAIT_CHILD) {
		if (wait->owner == TIMELINE_NONE)
			return;
		add_holder(stuck, &capacity, wait->owner);
		return;
	}
	if (wait->kind != WAIT_LOCK && wait->kind != WAIT_SEMAPHORE)
		return;
	if (wait->resource == TIMELINE_NONE)
		return;
	const struct resource *resource = &timeline->resources[wait->resource];
	if (!resource->hold_count) { /* nothing is known of it but what the lock itself said */
		if (wait->owner != TIMELINE_NONE)
			add_holder(stuck, &capacity, wait->owner);
		return;
	}
	size_t first = (size_t)(resource->holds - timeline->holds), low = 0, high = open_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (open[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	/* Itself last: what others have of it tells more. */
	bool itself = false;
	for (; low < open_count && open[low] < first + resource->hold_count && stuck->holder_count < HOLDERS_MOST; low++)
		if (timeline->holds[open[low]].lane == stuck->lane)
			itself = true;
		else
			add_holder(stuck, &capacity, timeline->holds[open[low]].lane);
	if (itself)
		add_holder(stuck, &capacity, stuck->lane);
}

/* Whether the lane can do nothing before another one lets it: it waits, without a time limit, for what lanes do. */
static bool is_helpless(const struct timeline *timeline, const struct stuck *stuck)
{
	if (stuck->wait == TIMELINE_NO_WAIT)
		return false;
	const struct wait *wait = &timeline->waits[stuck->wait];
	return !wait->timed && wait->kind != WAIT_SLEEP && wait->kind != WAIT_IO && wait->kind != WAIT_POLL;
}

struct search {
	const struct timeline *timeline;
	struct hang *hang;
	bool all_helpless; /* nobody is left who could post a semaphore */
	size_t *of_lane; /* index of `stuck`, NONE for a lane that is not */
	size_t *colour;  /* of each of `stuck`: 0 not seen, 1 on the way, 2 done */
	size_t *way, *next;
};

/* Whether `stuck` cannot go on before each of its holders does. A semaphore may be posted by whoever likes, a signal's
   handler, too: it needs another lane that took it where nobody else could post it any more. */
static bool needs_all(const struct search *s, const struct stuck *stuck)
{
	if (!is_helpless(s->timeline, stuck))
		return false;
	if (s->timeline->waits[stuck->wait].kind != WAIT_SEMAPHORE)
		return true;
	return s->all_helpless && stuck->holder_count == 1 && stuck->holders[0] != stuck->lane;
}

/* Walks from one on the way to those it waits for, and back; true when it meets the way again. */
static bool search_from(struct search *s, size_t start)
{
	size_t depth = 0;
	s->way[depth] = start;
	s->next[depth++] = 0;
	s->colour[start] = 1;
	while (depth) {
		size_t at = s->way[depth - 1];
		const struct stuck *stuck = &s->hang->stuck[at];
		if (!needs_all(s, stuck) || s->next[depth - 1] == stuck->holder_count) {
			s->colour[at] = 2;
			depth--;
			continue;
		}
		size_t other = s->of_lane[stuck->holders[s->next[depth - 1]++]];
		if (other == NONE || s->colour[other] == 2)
			continue;
		if (s->colour[other] == 0) {
			s->colour[other] = 1;
			s->way[depth] = other;
			s->next[depth++] = 0;
			continue;
		}
		size_t first = depth - 1;
		while (s->way[first] != other)
			first--;
		s->hang->cycle_count = depth - first;
		s->hang->cycle = memory_resize(NULL, depth - first, sizeof *s->hang->cycle);
		for (size_t i = first; i < depth; i++)
			s->hang->cycle[i - first] = s->way[i];
		return true;
	}
	return false;
}

/* They are stuck at the same time: the last of them began before the first of them was gone. */
static bool overlap(const struct timeline *timeline, const struct hang *hang)
{
	uint64_t start_ns = 0, end_ns = UINT64_MAX;
	for (size_t i = 0; i < hang->cycle_count; i++) {
		const struct wait *wait = &timeline->waits[hang->stuck[hang->cycle[i]].wait];
		start_ns = wait->start_ns > start_ns ? wait->start_ns : start_ns;
		end_ns = wait->end_ns < end_ns ? wait->end_ns : end_ns;
	}
	return start_ns <= end_ns;
}

static void find_cycle(const struct timeline *timeline, struct hang *hang)
{
	struct search s = {.timeline = timeline, .hang = hang, .all_helpless = true};
	s.of_lane = memory_resize(NULL, timeline->lane_count, sizeof *s.of_lane);
	s.colour = memory_zero(hang->stuck_count, sizeof *s.colour);
	s.way = memory_resize(NULL, hang->stuck_count, sizeof *s.way);
	s.next = memory_resize(NULL, hang->stuck_count, sizeof *s.next);
	for (size_t i = 0; i < timeline->lane_count; i++)
		s.of_lane[i] = NONE;
	for (size_t i = 0; i < hang->stuck_count; i++) {
		s.of_lane[hang->stuck[i].lane] = i;
		s.all_helpless = s.all_helpless && is_helpless(timeline, &hang->stuck[i]);
	}
	for (size_t i = 0; i < hang->stuck_count; i++)
		if (!s.colour[i] && search_from(&s, i)) {
			if (overlap(timeline, hang))
				break;
			free(hang->cycle);
			hang->cycle = NULL;
			hang->cycle_count = 0;
			for (size_t j = 0; j < hang->stuck_count; j++)
				if (s.colour[j])
					s.colour[j] = 2;
		}
	free(s.of_lane);
	free(s.colour);
	free(s.way);
	free(s.next);
}

/* What the lane was in at its end, and since when. */
static void describe(const struct timeline *timeline, struct stuck *stuck)
{
	const struct lane *lane = &timeline->lanes[stuck->lane];
	const struct slice *last = lane->slice_count ? &lane->slices[lane->slice_count - 1] : NULL;
	if (stuck->wait != TIMELINE_NO_WAIT) {
		stuck->state = wait_state(&timeline->waits[stuck->wait]);
		stuck->start_ns = timeline->waits[stuck->wait].start_ns;
		return;
	}
	bool ran = lane->stopped == LANE_STOPPED_RUNNING;
	stuck->state = ran ? LANE_RUNNING : LANE_BLOCKED;
	stuck->start_ns = lane->end_ns;
	if (last && (last->state == stuck->state || (ran && last->state == LANE_WAITING_CPU))) {
		stuck->state = last->state;
		stuck->start_ns = last->start_ns;
	}
}

/* Indexes of the holds that were never let go. */
static size_t *find_open(const struct timeline *timeline, size_t *count)
{
	size_t capacity = 0, *open = NULL;
	*count = 0;
	for (size_t i = 0; i < timeline->hold_count; i++)
		if (timeline->holds[i].open) {
			open = grow(open, *count, &capacity, sizeof *open);
			open[(*count)++] = i;
		}
	return open;
}

void hang_find(const struct timeline *timeline, struct hang *hang)
{
	size_t capacity = 0, open_count = 0, *open = find_open(timeline, &open_count);
	uint32_t *last = memory_resize(NULL, timeline->lane_count, sizeof *last);
	*hang = (struct hang){0};
	for (size_t i = 0; i < timeline->lane_count; i++)
		last[i] = TIMELINE_NO_WAIT;
	/* The innermost of a lane is the last that began. */
	for (size_t i = 0; i < timeline->wait_count; i++)
		if (timeline->waits[i].unfinished)
			last[timeline->waits[i].lane] = (uint32_t)i;
	for (size_t i = 0; i < timeline->lane_count; i++) {
		if (last[i] == TIMELINE_NO_WAIT && timeline->lanes[i].stopped == LANE_NOT_STOPPED)
			continue;
		hang->stuck = grow(hang->stuck, hang->stuck_count, &capacity, sizeof *hang->stuck);
		hang->stuck[hang->stuck_count] = (struct stuck){.lane = i, .wait = last[i]};
		describe(timeline, &hang->stuck[hang->stuck_count]);
		find_holders(timeline, open, open_count, &hang->stuck[hang->stuck_count++]);
	}
	free(last);
	free(open);
	if (hang->stuck_count)
		find_cycle(timeline, hang);
}

void hang_free(struct hang *hang)
{
	if (!hang)
		return;
	for (size_t i = 0; i < hang->stuck_count; i++)
		free(hang->stuck[i].holders);
	free(hang->stuck);
	free(hang->cycle);
	*hang = (struct hang){0};
}
