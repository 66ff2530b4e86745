/* A timeline as text, so that a test says in one string what it has to be; and what is true of every timeline. */
#ifndef LIVEPOST_TESTS_TIMELINE_TEXT_H
#define LIVEPOST_TESTS_TIMELINE_TEXT_H

#include "base/buffer.h"
#include "measure/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static inline void add_number(struct buffer *text, const char *before, uint64_t number)
{
	buffer_add_format(text, "%s%llu", before, (unsigned long long)number);
}

static inline void add_resource(struct buffer *text, const struct timeline *timeline, size_t index)
{
	const struct resource *resource = &timeline->resources[index];
	buffer_add_format(text, "%s%u", resource_kind_name(resource->kind), resource->number);
}

/* "mutex1<potatoes@22": what, who holds it or is waited for, the caller. */
static inline void add_wait(struct buffer *text, const struct timeline *timeline, uint32_t index)
{
	const struct wait *wait = &timeline->waits[index];
	if (wait->resource != TIMELINE_NONE)
		add_resource(text, timeline, wait->resource);
	else if (wait_call_name(wait))
		buffer_add_format(text, "%s%d", wait_call_name(wait), (int)wait->object);
	if (wait->owner != TIMELINE_NONE)
		buffer_add_format(text, "<%s", timeline->lanes[wait->owner].name);
	if (wait->caller)
		add_number(text, "@", wait->caller);
	if (wait->unfinished)
		buffer_add_string(text, "!");
}

/* A line for each lane: its name, start-end, and its slices: state (r and the CPU, w, l, c, s, i, j, k, b, ?) and end,
   what in brackets; then its spans and marks. A line for each resource: its holds. A line with all flows. */
static inline char *timeline_text(const struct timeline *timeline)
{
	struct buffer text = {0};
	buffer_add(&text, "", 0);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		buffer_add_string(&text, lane->name);
		add_number(&text, " ", lane->start_ns);
		add_number(&text, "-", lane->end_ns);
		buffer_add_string(&text, ":");
		for (size_t j = 0; j < lane->slice_count; j++) {
			const struct slice *slice = &lane->slices[j];
			buffer_add_format(&text, " %c", "rwlcsijkb?"[slice->state]);
			if (slice->state == LANE_RUNNING && slice->cpu >= 0)
				buffer_add_format(&text, "%d", slice->cpu);
			add_number(&text, "-", slice->end_ns);
			if (slice->wait != TIMELINE_NO_WAIT && slice->state != LANE_WAITING_CPU) {
				buffer_add_string(&text, "(");
				add_wait(&text, timeline, slice->wait);
				buffer_add_string(&text, ")");
			}
		}
		for (size_t j = 0; j < lane->span_count; j++) {
			buffer_add_format(&text, " %s", lane->spans[j].name);
			add_number(&text, "=", lane->spans[j].start_ns);
			add_number(&text, "-", lane->spans[j].end_ns);
		}
		for (size_t j = 0; j < lane->mark_count; j++) {
			buffer_add_format(&text, " %s", lane->marks[j].name);
			add_number(&text, "=", lane->marks[j].ns);
		}
		buffer_add_string(&text, "\n");
	}
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		add_resource(&text, timeline, i);
		buffer_add_string(&text, ":");
		for (size_t j = 0; j < resource->hold_count; j++) {
			const struct hold *hold = &resource->holds[j];
			buffer_add_format(&text, " %s%s", timeline->lanes[hold->lane].name, hold->read ? "/" : "");
			add_number(&text, " ", hold->start_ns);
			add_number(&text, "-", hold->end_ns);
			buffer_add_string(&text, hold->open ? "!" : "");
		}
		buffer_add_string(&text, "\n");
	}
	for (size_t i = 0; i < timeline->flow_count; i++) {
		const struct flow *flow = &timeline->flows[i];
		buffer_add_format(&text, "%s %s>%s", flow_kind_name(flow->kind), timeline->lanes[flow->from].name,
		                  timeline->lanes[flow->to].name);
		add_number(&text, " ", flow->from_ns);
		add_number(&text, "-", flow->to_ns);
		buffer_add_string(&text, "\n");
	}
	return buffer_take(&text);
}

static inline void check_lane(const struct timeline *timeline, const struct lane *lane)
{
	uint64_t at = lane->start_ns;
	assert_true(lane->start_ns <= lane->end_ns && lane->end_ns <= timeline->wall_ns);
	assert_non_null(lane->name);
	for (size_t j = 0; j < lane->slice_count; j++) {
		const struct slice *slice = &lane->slices[j];
		assert_int_equal(slice->start_ns, at);
		assert_true(slice->end_ns > at);
		assert_true(slice->state < LANE_STATES);
		bool alike = j && slice[-1].state == slice->state && slice[-1].cpu == slice->cpu;
		assert_false(alike && (slice[-1].wait == slice->wait || slice->state == LANE_RUNNING ||
		                       slice->state == LANE_WAITING_CPU));
		bool says_why = slice->state >= LANE_WAITING_LOCK && slice->state <= LANE_WAITING_CHILD;
		assert_true(!says_why || slice->wait != TIMELINE_NO_WAIT);
		if (slice->wait != TIMELINE_NO_WAIT) {
			assert_true(slice->wait < timeline->wait_count);
			assert_ptr_equal(&timeline->lanes[timeline->waits[slice->wait].lane], lane);
		}
		at = slice->end_ns;
	}
	assert_int_equal(at, lane->end_ns);
	for (size_t j = 0; j < lane->span_count; j++) {
		assert_true(lane->spans[j].start_ns >= lane->start_ns && lane->spans[j].start_ns <= lane->spans[j].end_ns);
		assert_true(lane->spans[j].end_ns <= lane->end_ns);
	}
	for (size_t j = 0; j < lane->mark_count; j++)
		assert_in_range(lane->marks[j].ns, lane->start_ns, lane->end_ns);
}

/* What the headers promise, whatever the trace was. */
static inline void check_timeline(const struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->lane_count; i++) {
		check_lane(timeline, &timeline->lanes[i]);
		assert_true(timeline->lanes[i].thread == TIMELINE_NONE || timeline->lanes[i].thread < i);
	}
	for (size_t i = 0; i < timeline->wait_count; i++) {
		const struct wait *wait = &timeline->waits[i];
		assert_true(wait->lane < timeline->lane_count);
		assert_true(wait->image < timeline->image_count || (wait->image == TIMELINE_NONE && !wait->caller));
		assert_true(wait->owner == TIMELINE_NONE || wait->owner < timeline->lane_count);
		assert_true(wait->resource == TIMELINE_NONE || wait->resource < timeline->resource_count);
		assert_true(wait->start_ns <= wait->end_ns && wait->end_ns <= timeline->lanes[wait->lane].end_ns);
	}
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		uint64_t written = 0, read = 0;
		for (size_t j = 0; j < resource->hold_count; j++) {
			const struct hold *hold = &resource->holds[j];
			assert_true(hold->lane < timeline->lane_count && hold->start_ns <= hold->end_ns);
			assert_true(!j || hold[-1].start_ns <= hold->start_ns);
			if (resource->kind != RESOURCE_SEMAPHORE) {
				assert_true(hold->start_ns >= written);
				assert_true(hold->read || hold->start_ns >= read);
			}
			if (hold->read)
				read = hold->end_ns > read ? hold->end_ns : read;
			else
				written = hold->end_ns;
		}
		for (size_t j = 0; j < resource->wait_count; j++)
			assert_int_equal(timeline->waits[resource->waits[j]].resource, i);
	}
	for (size_t i = 0; i < timeline->flow_count; i++) {
		const struct flow *flow = &timeline->flows[i];
		assert_true(flow->from < timeline->lane_count && flow->to < timeline->lane_count && flow->from != flow->to);
		assert_true(flow->from_ns <= flow->to_ns && (!i || flow[-1].to_ns <= flow->to_ns));
		assert_in_range(flow->from_ns, timeline->lanes[flow->from].start_ns, timeline->lanes[flow->from].end_ns);
		assert_in_range(flow->to_ns, timeline->lanes[flow->to].start_ns, timeline->lanes[flow->to].end_ns);
	}
	for (size_t i = 0; i < timeline->path_count; i++) {
		const struct path_stretch *stretch = &timeline->path[i];
		assert_true(stretch->lane < timeline->lane_count && stretch->start_ns < stretch->end_ns);
		assert_true(!i || stretch[-1].end_ns == stretch->start_ns);
	}
	if (timeline->path_count)
		assert_int_equal(timeline->path[timeline->path_count - 1].end_ns, timeline->lanes[timeline->finish].end_ns);
}

#endif
