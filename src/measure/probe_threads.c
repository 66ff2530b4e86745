/* Looks over a probe's log before its waits are looked at. */
#include "measure/probe_threads.h"

#include "measure/grow.h"
#include "measure/id_map.h"
#include "probe/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's record of a thread's creation and the thread's own first one are of two clocks. */
#define SLACK_NS 1000000u

static void survey_thread(struct join *join, size_t thread)
{
	struct probe_facts *facts = &join->facts[thread];
	probe_log_read(&join->log, thread, &join->events);
	const struct probe_event *events = join->events.events;
	size_t count = join->events.count;
	*facts = (struct probe_facts){.empty = !count, .image = TIMELINE_NONE, .lane = TIMELINE_NONE};
	if (!count)
		return;
	facts->first_ns = events[0].ns;
	facts->last_ns = events[count - 1].ns;
	facts->executed = events[count - 1].kind == PROBE_EXEC;
	for (size_t i = 0; i < count; i++) {
		if (events[i].kind == PROBE_THREAD_START && !events[i].end && !facts->pthread) {
			facts->start_function = events[i].object;
			facts->pthread = events[i].caller;
			facts->creator = events[i].value;
			facts->creation = events[i].detail;
		}
		if (events[i].kind == PROBE_THREAD_END) {
			facts->ended = true;
			facts->ended_process = events[i].detail;
		}
	}
}

static size_t add_image(struct join *join, uint32_t pid, uint64_t start_ns)
{
	struct timeline *timeline = join->timeline;
	timeline->images = grow(timeline->images, timeline->image_count, &join->image_capacity, sizeof *timeline->images);
	timeline->images[timeline->image_count] = (struct image){.pid = pid, .start_ns = start_ns};
	return timeline->image_count++;
}

/* A main thread begins a program; the other threads of its process are in the last one that had begun before them. */
static void find_images(struct join *join)
{
	struct lane_index mains = {0};
	for (size_t i = 0; i < join->log.thread_count; i++) {
		struct probe_facts *facts = &join->facts[i];
		const struct probe_thread *thread = &join->log.threads[i];
		if (facts->empty || thread->pid != thread->tid)
			continue;
		facts->image = add_image(join, thread->pid, facts->first_ns);
		lane_index_add(&mains, &(struct lane_entry){0, thread->pid, facts->first_ns, facts->image});
	}
	lane_index_sort(&mains);
	struct id_map orphans = {0}; /* processes whose main thread left no record */
	for (size_t i = 0; i < join->log.thread_count; i++) {
		struct probe_facts *facts = &join->facts[i];
		uint32_t pid = join->log.threads[i].pid;
		if (facts->empty || facts->image != TIMELINE_NONE)
			continue;
		facts->image = lane_index_find(&mains, 0, pid, facts->first_ns);
		if (facts->image == SIZE_MAX)
			facts->image = lane_index_next(&mains, 0, pid, 0);
		if (facts->image == SIZE_MAX)
			facts->image = id_map_get(&orphans, pid);
		if (facts->image == ID_MAP_NONE) {
			facts->image = add_image(join, pid, facts->first_ns);
			id_map_set(&orphans, pid, facts->image);
		}
	}
	id_map_free(&orphans);
	lane_index_free(&mains);
}

void probe_threads_survey(struct join *join)
{
	join->facts = memory_zero(join->log.thread_count, sizeof *join->facts);
	for (size_t i = 0; i < join->log.thread_count; i++)
		survey_thread(join, i);
	join->log.refused = 0; /* they are read once more */
	find_images(join);
}

void probe_threads_match(struct join *join)
{
	const struct timeline *timeline = join->timeline;
	struct lane_index lanes = {0};
	for (size_t i = 0; i < timeline->lane_count; i++)
		lane_index_add(&lanes, &(struct lane_entry){timeline->lanes[i].pid, timeline->lanes[i].tid,
		                                            timeline->lanes[i].start_ns, i});
	lane_index_sort(&lanes);
	for (size_t i = 0; i < join->log.thread_count; i++) {
		struct probe_facts *facts = &join->facts[i];
		const struct probe_thread *thread = &join->log.threads[i];
		if (facts->empty)
			continue;
		size_t lane = lane_index_find(&lanes, thread->pid, thread->tid, facts->first_ns);
		if (lane == SIZE_MAX || timeline->lanes[lane].end_ns < facts->first_ns) {
			/* Its creation may have been recorded a moment late. */
			size_t later = lane_index_find(&lanes, thread->pid, thread->tid, facts->first_ns + SLACK_NS);
			lane = later != SIZE_MAX ? later : lane;
		}
		if (lane != SIZE_MAX && facts->first_ns <= timeline->lanes[lane].end_ns)
			facts->lane = lane;
	}
	lane_index_free(&lanes);
}

static int compare_lanes(const void *left, const void *right)
{
	const struct lane *a = left, *b = right;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns ? -1 : 1;
	/* A main thread stands before those it made, whatever its clock says. */
	if ((a->pid == a->tid) != (b->pid == b->tid))
		return a->pid == a->tid ? -1 : 1;
	return a->tid < b->tid ? -1 : a->tid > b->tid;
}

static void name_lanes(struct timeline *timeline, uint32_t program)
{
	struct id_map processes = {0}; /* pid → number */
	size_t *threads = memory_zero(timeline->lane_count + 1, sizeof *threads);
	size_t process_count = 0;
	id_map_set(&processes, program, 0);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct lane *lane = &timeline->lanes[i];
		char name[96] = "", process[48] = "";
		size_t number = id_map_get(&processes, lane->pid);
		bool is_main = lane->pid == lane->tid;
		if (number == ID_MAP_NONE || (is_main && lane->pid != program)) {
			number = ++process_count;
			id_map_set(&processes, lane->pid, number);
		}
		if (number)
			snprintf(process, sizeof process, "process %zu", number);
		if (is_main)
			snprintf(name, sizeof name, "%s", number ? process : "main");
		else
			snprintf(name, sizeof name, "%s%sthread %zu", process, number ? " " : "", ++threads[number]);
		lane->name = memory_string(name);
	}
	free(threads);
	id_map_free(&processes);
}

/* When each process was reaped, so far as somebody who waited for it says so. */
static void find_reaped(struct join *join, struct lane_index *reaped)
{
	for (size_t i = 0; i < join->log.thread_count; i++) {
		probe_log_read(&join->log, i, &join->events);
		for (size_t j = 0; j < join->events.count; j++) {
			const struct probe_event *event = &join->events.events[j];
			if (event->kind == PROBE_CHILD && event->end && !event->detail && event->object)
				lane_index_add(reaped, &(struct lane_entry){0, event->object, event->ns, event->ns});
		}
	}
	lane_index_sort(reaped);
	join->log.refused = 0;
}

/* When the image was over for all its threads, by an exec or by the end of its process; UINT64_MAX where nobody says. */
static uint64_t *find_ends_of_images(const struct join *join)
{
	uint64_t *ends = memory_resize(NULL, join->timeline->image_count, sizeof *ends);
	for (size_t i = 0; i < join->timeline->image_count; i++)
		ends[i] = UINT64_MAX;
	for (size_t i = 0; i < join->log.thread_count; i++) {
		const struct probe_facts *facts = &join->facts[i];
		if (!facts->empty && (facts->executed || facts->ended_process))
			ends[facts->image] = facts->last_ns;
	}
	return ends;
}

void probe_threads_make_lanes(struct join *join)
{
	struct timeline *timeline = join->timeline;
	struct id_map newest = {0}; /* tid → its last thread in the log */
	struct lane_index reaped = {0};
	size_t *lane_of = memory_resize(NULL, join->log.thread_count + 1, sizeof *lane_of);
	uint64_t *ends = find_ends_of_images(join);
	find_reaped(join, &reaped);
	for (size_t i = 0; i < join->log.thread_count; i++) {
		const struct probe_thread *thread = &join->log.threads[i];
		struct probe_facts *facts = &join->facts[i];
		if (facts->empty)
			continue;
		uint64_t end_ns = facts->last_ns;
		if (!facts->ended) {
			uint64_t gone_ns = facts->executed ? UINT64_MAX : ends[facts->image];
			if (gone_ns == UINT64_MAX)
				gone_ns = lane_index_next(&reaped, 0, thread->pid, facts->last_ns);
			end_ns = gone_ns == UINT64_MAX ? timeline->wall_ns : gone_ns > end_ns ? gone_ns : end_ns;
		}
		/* Whoever executes another program goes on in its lane. */
		size_t before = id_map_get(&newest, thread->tid);
		id_map_set(&newest, thread->tid, i);
		if (before != ID_MAP_NONE && join->facts[before].executed && join->log.threads[before].pid == thread->pid &&
		    join->facts[before].last_ns <= facts->first_ns) {
			lane_of[i] = lane_of[before];
			timeline->lanes[lane_of[i]].end_ns = end_ns;
			continue;
		}
		bool is_program = thread->pid == join->trace->pid && thread->tid == thread->pid;
		timeline->lanes = grow(timeline->lanes, timeline->lane_count, &join->lane_capacity, sizeof *timeline->lanes);
		lane_of[i] = timeline->lane_count++;
		timeline->lanes[lane_of[i]] = (struct lane){
			.pid = thread->pid, .tid = thread->tid, .thread = TIMELINE_NONE, .image = facts->image,
			.start_ns = is_program && !lane_of[i] ? 0 : facts->first_ns, .end_ns = end_ns};
	}
	/* In the order in which they began; each thread finds its lane again by where that stood. */
	size_t *place = memory_resize(NULL, timeline->lane_count + 1, sizeof *place);
	for (size_t i = 0; i < timeline->lane_count; i++)
		timeline->lanes[i].cpu_ns = i;
	if (timeline->lane_count)
		qsort(timeline->lanes, timeline->lane_count, sizeof *timeline->lanes, compare_lanes);
	for (size_t i = 0; i < timeline->lane_count; i++) {
		place[timeline->lanes[i].cpu_ns] = i;
		timeline->lanes[i].cpu_ns = 0;
	}
	for (size_t i = 0; i < join->log.thread_count; i++)
		if (!join->facts[i].empty)
			join->facts[i].lane = place[lane_of[i]];
	name_lanes(timeline, join->trace->pid);
	free(place);
	free(lane_of);
	free(ends);
	id_map_free(&newest);
	lane_index_free(&reaped);
}

void probe_threads_index(struct join *join)
{
	struct timeline *timeline = join->timeline;
	for (size_t i = 0; i < timeline->lane_count; i++)
		lane_index_add(&join->by_tid, &(struct lane_entry){0, timeline->lanes[i].tid, timeline->lanes[i].start_ns, i});
	lane_index_sort(&join->by_tid);
	for (size_t i = 0; i < join->log.thread_count; i++) {
		const struct probe_facts *facts = &join->facts[i];
		if (facts->empty || facts->lane == TIMELINE_NONE)
			continue;
		struct lane *lane = &timeline->lanes[facts->lane];
		if (lane->image == TIMELINE_NONE || (facts->start_function && !lane->start_function)) {
			lane->image = facts->image;
			lane->start_function = facts->start_function;
		}
		if (facts->pthread)
			lane_index_add(&join->by_pthread, &(struct lane_entry){facts->image, facts->pthread, facts->first_ns,
			                                                       facts->lane});
	}
	lane_index_sort(&join->by_pthread);
}
