/* Who let whom go on. */
#include "measure/flows.h"

#include "measure/grow.h"
#include "measure/merge_sort.h"

static bool contains(const struct lane *lane, uint64_t ns)
{
	return ns >= lane->start_ns && ns <= lane->end_ns;
}

void flow_add(struct join *join, const struct flow *flow)
{
	struct timeline *timeline = join->timeline;
	if (flow->from == flow->to || flow->from_ns > flow->to_ns)
		return;
	if (!contains(&timeline->lanes[flow->from], flow->from_ns) || !contains(&timeline->lanes[flow->to], flow->to_ns))
		return;
	timeline->flows = grow(timeline->flows, timeline->flow_count, &join->flow_capacity, sizeof *timeline->flows);
	timeline->flows[timeline->flow_count++] = *flow;
}

static void add_creations(struct join *join)
{
	struct timeline *timeline = join->timeline;
	for (size_t i = 0; i < join->log.thread_count; i++) {
		const struct probe_facts *facts = &join->facts[i];
		if (facts->empty || facts->lane == TIMELINE_NONE || !facts->creator)
			continue;
		uint64_t ns = timeline->lanes[facts->lane].start_ns;
		if (ns != facts->first_ns)
			continue;
		size_t creator = lane_index_find(&join->by_tid, 0, facts->creator, ns);
		if (creator != SIZE_MAX)
			flow_add(join, &(struct flow){.kind = FLOW_CREATE, .from = creator, .to = facts->lane, .from_ns = ns,
			                              .to_ns = ns, .wait = TIMELINE_NO_WAIT});
	}
}

static void add_joins(struct join *join)
{
	const struct timeline *timeline = join->timeline;
	for (size_t i = 0; i < timeline->wait_count; i++) {
		const struct wait *wait = &timeline->waits[i];
		if ((wait->kind != WAIT_JOIN && wait->kind != WAIT_CHILD) || wait->owner == TIMELINE_NONE || wait->error ||
		    wait->unfinished || wait->abandoned)
			continue;
		/* The kernel wakes whoever joins a moment before it records the exit. */
		uint64_t end_ns = timeline->lanes[wait->owner].end_ns;
		flow_add(join, &(struct flow){.kind = FLOW_JOIN, .from = wait->owner, .to = wait->lane,
		                              .from_ns = end_ns < wait->end_ns ? end_ns : wait->end_ns,
		                              .to_ns = wait->end_ns, .wait = (uint32_t)i});
	}
}

void flows_of_threads(struct join *join)
{
	if (join->timeline->method != TRACE_SWITCH_RECORDS)
		add_creations(join);
	add_joins(join);
}

static int compare(const void *left, const void *right)
{
	const struct flow *a = left, *b = right;
	if (a->to_ns != b->to_ns)
		return a->to_ns < b->to_ns ? -1 : 1;
	if (a->from_ns != b->from_ns)
		return a->from_ns < b->from_ns ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

void flows_sort(struct timeline *timeline)
{
	if (timeline->flow_count)
		merge_sort(timeline->flows, timeline->flow_count, sizeof *timeline->flows, compare);
}
