/* What the finish waited for: the critical path, and what each lane has to spare. */
#include "measure/critical_path.h"

#include "measure/grow.h"
#include "measure/merge_sort.h"

#include <stdbool.h>
#include <stdlib.h>

static void find_finish(struct timeline *timeline, uint32_t program)
{
	size_t last = TIMELINE_NONE, last_of_all = TIMELINE_NONE;
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		if (last_of_all == TIMELINE_NONE || lane->end_ns > timeline->lanes[last_of_all].end_ns)
			last_of_all = i;
		bool is_main = lane->pid == program && lane->tid == program && lane->thread == TIMELINE_NONE;
		if (is_main && (last == TIMELINE_NONE || lane->end_ns >= timeline->lanes[last].end_ns))
			last = i;
	}
	timeline->finish = last != TIMELINE_NONE ? last : last_of_all;
}

/* Since when the lane could not go on but for this flow: everything before that it did by itself. */
static uint64_t arrival(const struct timeline *timeline, const struct flow *flow)
{
	return flow->wait == TIMELINE_NO_WAIT ? flow->to_ns : timeline->waits[flow->wait].start_ns;
}

/* Whether the lane really waited for this flow: a thread that had ended before it was joined held nobody up. */
static bool binds(const struct timeline *timeline, const struct flow *flow)
{
	return flow->kind == FLOW_CREATE || flow->wait == TIMELINE_NO_WAIT || flow->from_ns > arrival(timeline, flow);
}

/* For each lane: its flows that bind, by to_ns; `first` has an element more than there are lanes. */
struct arrivals {
	size_t *first, *flows;
};

static struct arrivals sort_arrivals(const struct timeline *timeline)
{
	struct arrivals arrivals = {.first = memory_zero(timeline->lane_count + 2, sizeof *arrivals.first),
	                            .flows = memory_resize(NULL, timeline->flow_count, sizeof *arrivals.flows)};
	for (size_t i = 0; i < timeline->flow_count; i++)
		if (binds(timeline, &timeline->flows[i]))
			arrivals.first[timeline->flows[i].to + 2]++;
	for (size_t i = 0; i < timeline->lane_count; i++)
		arrivals.first[i + 2] += arrivals.first[i + 1];
	for (size_t i = 0; i < timeline->flow_count; i++)
		if (binds(timeline, &timeline->flows[i]))
			arrivals.flows[arrivals.first[timeline->flows[i].to + 1]++] = i;
	return arrivals;
}

static void walk_back(struct timeline *timeline, const struct arrivals *arrivals)
{
	size_t capacity = 0, lane = timeline->finish;
	uint64_t ns = timeline->lanes[lane].end_ns;
	/* For each lane: how many of its flows are still ahead of the walk. No flow is taken twice, so it ends. */
	size_t *left = memory_resize(NULL, timeline->lane_count, sizeof *left);
	for (size_t i = 0; i < timeline->lane_count; i++)
		left[i] = arrivals->first[i + 1] - arrivals->first[i];
	for (;;) {
		const struct flow *taken = NULL;
		while (left[lane] && !taken) {
			const struct flow *flow = &timeline->flows[arrivals->flows[arrivals->first[lane] + --left[lane]]];
			if (flow->to_ns <= ns)
				taken = flow;
		}
		uint64_t start_ns = taken ? taken->from_ns : timeline->lanes[lane].start_ns;
		if (start_ns < ns) {
			timeline->path = grow(timeline->path, timeline->path_count, &capacity, sizeof *timeline->path);
			timeline->path[timeline->path_count++] = (struct path_stretch){lane, start_ns, ns};
			ns = start_ns;
		}
		if (!taken)
			break;
		lane = taken->from;
	}
	for (size_t i = 0, j = timeline->path_count; i + 1 < j; i++) {
		struct path_stretch first = timeline->path[i];
		timeline->path[i] = timeline->path[--j];
		timeline->path[j] = first;
	}
	free(left);
}

/* One end of a flow. */
struct event {
	uint64_t ns;
	size_t flow;
	bool leaves;
};

static int compare_events(const void *left, const void *right)
{
	const struct event *a = left, *b = right;
	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	/* What arrives is looked at first: what leaves at the same instant depends on it. */
	if (a->leaves != b->leaves)
		return a->leaves ? 1 : -1;
	return a->flow > b->flow ? -1 : a->flow < b->flow;
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Goes from the finish back in time with what each lane has to spare just there. */
static void find_slack(struct timeline *timeline)
{
	uint64_t finish_ns = timeline->lanes[timeline->finish].end_ns;
	struct event *events = memory_resize(NULL, 2 * timeline->flow_count, sizeof *events);
	/* For each flow: how much later it could have arrived. */
	uint64_t *spare = memory_zero(timeline->flow_count, sizeof *spare);
	uint64_t *now = memory_resize(NULL, timeline->lane_count, sizeof *now);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct lane *lane = &timeline->lanes[i];
		/* Whoever is not joined may go on to the finish; whoever does so and longer holds nobody up by its end. */
		now[i] = i == timeline->finish ? 0 : lane->end_ns < finish_ns ? finish_ns - lane->end_ns : UINT64_MAX;
		lane->least_slack_ns = lane->slack_ns = now[i];
	}
	/* Backwards, first where they arrive: that is in order, and where they leave mostly is. */
	for (size_t i = 0, last = timeline->flow_count; i < last; i++) {
		const struct flow *flow = &timeline->flows[last - 1 - i];
		events[i] = (struct event){flow->to_ns, last - 1 - i, false};
		events[last + i] = (struct event){flow->from_ns, last - 1 - i, true};
	}
	if (timeline->flow_count)
		merge_sort(events, 2 * timeline->flow_count, sizeof *events, compare_events);
	for (size_t i = 0; i < 2 * timeline->flow_count; i++) {
		const struct flow *flow = &timeline->flows[events[i].flow];
		uint64_t arrived_ns = arrival(timeline, flow);
		if (!events[i].leaves) {
			uint64_t *here = &now[flow->to];
			/* Had it not waited: it came for this only later. */
			spare[events[i].flow] = binds(timeline, flow) ? *here : add_up(*here, arrived_ns - flow->from_ns);
			/* What it did before the wait could have taken as long as it waited. */
			if (flow->wait != TIMELINE_NO_WAIT && flow->from_ns > arrived_ns)
				*here = add_up(*here, flow->from_ns - arrived_ns);
			continue;
		}
		struct lane *lane = &timeline->lanes[flow->from];
		if (now[flow->from] > spare[events[i].flow])
			now[flow->from] = spare[events[i].flow];
		if (lane->least_slack_ns > now[flow->from])
			lane->least_slack_ns = now[flow->from];
		if (flow->kind == FLOW_JOIN && lane->slack_ns > spare[events[i].flow])
			lane->slack_ns = spare[events[i].flow];
	}
	free(events);
	free(spare);
	free(now);
}

void critical_path_find(struct timeline *timeline, uint32_t program)
{
	find_finish(timeline, program);
	if (timeline->finish == TIMELINE_NONE)
		return;
	struct arrivals arrivals = sort_arrivals(timeline);
	walk_back(timeline, &arrivals);
	find_slack(timeline);
	free(arrivals.first);
	free(arrivals.flows);
}
