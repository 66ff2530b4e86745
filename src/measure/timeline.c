/* Makes a trace into a timeline, by calling each step in its order. */
#include "measure/timeline.h"

#include "base/memory.h"
#include "measure/critical_path.h"
#include "measure/flows.h"
#include "measure/probe_threads.h"
#include "measure/resources.h"
#include "measure/sampled_calls.h"
#include "measure/switch_lanes.h"
#include "measure/text_pool.h"
#include "measure/wait_slices.h"

#include <stdio.h>
#include <stdlib.h>

/* A thread of the log, by the lane that it is part of. */
struct part_of_lane {
	size_t lane, thread;
	uint64_t first_ns;
};

static int compare_parts(const void *left, const void *right)
{
	const struct part_of_lane *a = left, *b = right;
	if (a->lane != b->lane)
		return a->lane < b->lane ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

/* Reads what the probe says, a lane at a time: its slices and coroutines are made while only its own records are in
   memory. */
static void join_lanes(struct join *join)
{
	struct timeline *timeline = join->timeline;
	bool switches = timeline->method == TRACE_SWITCH_RECORDS;
	struct part_of_lane *parts = memory_resize(NULL, join->log.thread_count, sizeof *parts);
	size_t count = 0;
	for (size_t i = 0; i < join->log.thread_count; i++)
		if (!join->facts[i].empty && join->facts[i].lane != TIMELINE_NONE)
			parts[count++] = (struct part_of_lane){join->facts[i].lane, i, join->facts[i].first_ns};
	if (count)
		qsort(parts, count, sizeof *parts, compare_parts);
	struct story story = {0};
	for (size_t i = 0, next; i < count; i = next) {
		size_t lane = parts[i].lane;
		story_clear(&story);
		for (next = i; next < count && parts[next].lane == lane; next++) {
			bool last = next + 1 == count || parts[next + 1].lane != lane;
			uint64_t end_ns = timeline->lanes[lane].end_ns;
			struct probe_facts *facts = &join->facts[parts[next].thread];
			uint64_t behind_ns = last || parts[next + 1].first_ns > end_ns ? end_ns : parts[next + 1].first_ns;
			facts->until_ns = !last && facts->last_ns < behind_ns ? facts->last_ns : behind_ns;
			facts->goes_on = !last;
			waits_collect(join, parts[next].thread, &story);
		}
		if (switches)
			wait_slices_overlay(timeline, lane, &story);
		else
			wait_slices_make(timeline, lane, &story);
		wait_slices_split(join, lane, &story);
	}
	story_free(&story);
	free(parts);
}

/* Whatever the log said, what is said of a lane lies within it. */
static void bound_waits(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->wait_count; i++) {
		struct wait *wait = &timeline->waits[i];
		const struct lane *lane = &timeline->lanes[wait->lane];
		wait->end_ns = wait->end_ns < lane->end_ns ? wait->end_ns : lane->end_ns;
		wait->start_ns = wait->start_ns < wait->end_ns ? wait->start_ns : wait->end_ns;
	}
}

/* What the records bear out of the rung that was tried. */
static void settle_rung(struct join *join)
{
	struct timeline *timeline = join->timeline;
	bool delays = join->has_delays, cpu_times = join->has_cpu_times;
	if (timeline->method == TRACE_SWITCH_RECORDS) {
		/* Where nothing waited for long there was hardly a delay to miss: none is longer than its wait. */
		bool sees_delay = delays || (join->log.delays && !join->has_long_ends);
		timeline->blind = (sees_delay ? 0 : BLIND_DELAY) | (join->log.thread_count ? 0 : BLIND_REASONS);
		return;
	}
	enum trace_method found = delays ? TRACE_SCHEDSTAT : cpu_times ? TRACE_GETRUSAGE : TRACE_PROBE;
	if (join->has_long_ends && timeline->method < found)
		timeline->method = found;
	timeline->blind = BLIND_CPUS | BLIND_PREEMPTION | BLIND_UNWRAPPED | (delays ? 0 : BLIND_DELAY) |
	                  (cpu_times || delays ? 0 : BLIND_CPU_TIME);
}

static void join_probe(struct join *join)
{
	struct timeline *timeline = join->timeline;
	bool switches = timeline->method == TRACE_SWITCH_RECORDS;
	timeline->texts = text_pool_new();
	probe_threads_survey(join);
	if (switches)
		probe_threads_match(join);
	else
		probe_threads_make_lanes(join);
	probe_threads_index(join);
	join->thread_lanes = timeline->lane_count;
	join_lanes(join);
	struct wake *wakes = resources_make(join);
	wait_slices_refine(join, wakes);
	flows_of_threads(join);
	sampled_calls_join(join);
	bound_waits(timeline);
	resources_finish(timeline);
	settle_rung(join);
	timeline->refused = join->log.refused + join->log.refused_samples + join->log.refused_runs;
	timeline->lost = timeline->lost > UINT64_MAX - join->log.lost ? UINT64_MAX : timeline->lost + join->log.lost;
	free(wakes);
	free(join->facts);
	free(join->acts);
	free(join->mutexes);
	probe_events_free(&join->events);
	object_map_free(&join->objects);
	lane_index_free(&join->by_tid);
	lane_index_free(&join->by_pthread);
}

bool timeline_make(const struct trace *trace, struct timeline *timeline, struct error *err)
{
	struct error problem = {0};
	*timeline = (struct timeline){.method = trace->method, .finish = TIMELINE_NONE};
	struct join join = {.trace = trace, .timeline = timeline};
	bool switches = trace->method == TRACE_SWITCH_RECORDS;
	if (trace->method == TRACE_NONE || (!switches && !trace->probe.size))
		return error_set(err, "no timeline: the run was measured by %s: %s", trace_method_name(trace->method),
		                 trace->why);
	if (trace->end_ns < trace->start_ns)
		return error_set(err, "no timeline: the trace ends before it starts");
	timeline->wall_ns = trace->end_ns - trace->start_ns;
	if (switches && !switch_lanes_make(trace, timeline, err)) {
		timeline_free(timeline);
		return false;
	}
	bool good = trace->probe.size && probe_log_open(trace->probe.data, trace->probe.size, trace->start_ns,
	                                                trace->end_ns, &join.log, &problem);
	if (good && !join.log.thread_count && !switches) {
		error_set(&problem, "no process wrote anything into the probe's log");
		good = false;
	}
	if (good && (join.log.thread_count || join.log.sample_count)) {
		join.lane_capacity = timeline->lane_count;
		join.flow_capacity = timeline->flow_count;
		join_probe(&join);
	} else {
		timeline->blind = BLIND_DELAY | BLIND_REASONS;
		timeline->refused = join.log.refused_samples + join.log.refused_runs;
		snprintf(timeline->probe_problem, sizeof timeline->probe_problem, "%.159s", problem.text);
		good = switches;
	}
	probe_log_free(&join.log);
	if (!good) {
		timeline_free(timeline);
		return error_set(err, "no timeline: %s", problem.text);
	}
	flows_sort(timeline);
	critical_path_find(timeline, trace->pid);
	return true;
}

void timeline_free(struct timeline *timeline)
{
	if (!timeline)
		return;
	for (size_t i = 0; i < timeline->lane_count; i++) {
		free(timeline->lanes[i].name);
		free(timeline->lanes[i].slices);
		free(timeline->lanes[i].spans);
		free(timeline->lanes[i].marks);
	}
	for (size_t i = 0; i < timeline->image_count; i++) {
		for (size_t j = 0; j < timeline->images[i].module_count; j++)
			free(timeline->images[i].modules[j].path);
		free(timeline->images[i].modules);
	}
	free(timeline->lanes);
	free(timeline->waits);
	free(timeline->resources);
	free(timeline->flows);
	free(timeline->images);
	free(timeline->path);
	free(timeline->holds);
	free(timeline->signals);
	free(timeline->resource_waits);
	text_pool_free(timeline->texts);
	*timeline = (struct timeline){0};
}
