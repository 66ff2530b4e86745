/* Follows a thread from one coroutine to the next. */
#include "measure/coroutines.h"

#include "measure/grow.h"

#include <stdio.h>

enum {
	NAME_BYTES = 160,
	/* Beside the kinds of resources, in keys of maps of objects. */
	KEY_CONTEXT = RESOURCE_KINDS,
};

/* The target of a ucontext, of which the low half of the address is known. */
static struct target *find_target(struct reader *r, uint64_t context)
{
	struct object_key key = {r->thread_lane, (uint32_t)context, KEY_CONTEXT};
	size_t index = object_map_get_or_set(&r->contexts, &key, r->target_count);
	if (index == r->target_count) {
		r->targets = grow(r->targets, index, &r->target_capacity, sizeof *r->targets);
		r->targets[r->target_count++] = (struct target){TIMELINE_NONE, 0};
	}
	return &r->targets[index];
}

static size_t add_coroutine(struct reader *r, uint64_t function, uint64_t ns)
{
	struct timeline *timeline = r->join->timeline;
	char name[NAME_BYTES] = "";
	size_t index = timeline->lane_count;
	timeline->lanes = grow(timeline->lanes, index, &r->join->lane_capacity, sizeof *timeline->lanes);
	const struct lane *thread = &timeline->lanes[r->thread_lane];
	snprintf(name, sizeof name, "%s coroutine %u", thread->name, ++r->story->coroutines);
	timeline->lanes[index] = (struct lane){.name = memory_string(name), .pid = thread->pid, .tid = thread->tid,
	                                       .thread = r->thread_lane, .image = r->image, .start_function = function,
	                                       .start_ns = ns, .end_ns = thread->end_ns};
	timeline->lane_count++;
	return index;
}

void coroutines_take(struct reader *r, const struct probe_event *event, uint64_t ns)
{
	const struct timeline *timeline = r->join->timeline;
	if (event->detail) { /* made anew: whoever had this ucontext before is gone */
		*find_target(r, event->object) = (struct target){TIMELINE_NONE, event->caller};
		return;
	}
	if (event->value)
		find_target(r, event->value)->lane = r->lane;
	struct target *target = find_target(r, event->object);
	if (target->lane == TIMELINE_NONE) {
		bool room = timeline->lane_count < UINT32_MAX - 1 &&
		            timeline->lane_count - r->join->thread_lanes < COROUTINES_MOST;
		target->lane = room ? add_coroutine(r, target->function, ns) : r->lane;
	}
	if (target->lane == r->lane)
		return;
	r->lane = target->lane;
	struct story *story = r->story;
	story->turns = grow(story->turns, story->turn_count, &story->turn_capacity, sizeof *story->turns);
	story->turns[story->turn_count++] = (struct turn){ns, event->caller, r->lane, r->image};
}
