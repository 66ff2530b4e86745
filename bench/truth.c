/* How true timelines are: programs that time their own waits (tests/fixtures/traced) against what is said of them, on the
   rungs that say it. bench/truth CALIBRATED HAND_OFF */
#include "lab.h"

#include <jansson.h>

enum { RUNS = 3 };

struct result {
	double running_off, short_off_us;    /* the worst lane's running time: of one that works, in parts; of others */
	double right, total;                 /* ns of waits */
	double state_right[LANE_STATES], state_total[LANE_STATES];
	unsigned owners, owners_wrong;
};

static const struct lane *lane_of(const struct timeline *timeline, uint32_t tid)
{
	for (size_t i = 0; i < timeline->lane_count; i++)
		if (timeline->lanes[i].tid == tid)
			return &timeline->lanes[i];
	lab_stop("calibrated", "a thread has no lane");
	return NULL;
}

static enum lane_state state_named(const char *name)
{
	for (int i = 0; i < LANE_STATES; i++)
		if (!strcmp(lane_state_name((enum lane_state)i), name))
			return (enum lane_state)i;
	lab_stop("calibrated", name);
	return LANE_UNKNOWN;
}

/* One wait of the program's own account, on the timeline's clock. What it waited for a core after the wait is none of the
   wait's: the kernel and the run-queue delay say so, and the program cannot tell. */
static void check_wait(const struct timeline *timeline, const struct lane *lane, const json_t *wait, uint64_t start_ns,
                       struct result *result)
{
	enum lane_state state = state_named(json_string_value(json_object_get(wait, "state")));
	uint64_t from_ns = (uint64_t)json_integer_value(json_object_get(wait, "start_ns")) - start_ns;
	uint64_t to_ns = (uint64_t)json_integer_value(json_object_get(wait, "end_ns")) - start_ns;
	uint32_t owner = (uint32_t)json_integer_value(json_object_get(wait, "owner"));
	for (size_t i = 0; i < lane->slice_count; i++) {
		const struct slice *slice = &lane->slices[i];
		uint64_t from = slice->start_ns > from_ns ? slice->start_ns : from_ns;
		uint64_t to = slice->end_ns < to_ns ? slice->end_ns : to_ns;
		if (from >= to || slice->state == LANE_WAITING_CPU)
			continue;
		double ns = (double)(to - from);
		result->total += ns;
		result->state_total[state] += ns;
		if (slice->state == state) {
			result->right += ns;
			result->state_right[state] += ns;
		}
		if (!owner || slice->state != LANE_WAITING_LOCK)
			continue;
		result->owners++;
		size_t said = timeline->waits[slice->wait].owner;
		if (said == TIMELINE_NONE || timeline->lanes[said].tid != owner)
			result->owners_wrong++;
	}
}

static void check_thread(const struct timeline *timeline, const json_t *thread, uint64_t start_ns, struct result *result)
{
	const struct lane *lane = lane_of(timeline, (uint32_t)json_integer_value(json_object_get(thread, "tid")));
	double truth = (double)json_integer_value(json_object_get(thread, "cpu_ns"));
	double off = (double)lane->cpu_ns - truth;
	off = off < 0 ? -off : off;
	/* The main thread began before its program did, in the sandbox. */
	if (lane->tid != lane->pid && truth > 100e6 && off / truth > result->running_off)
		result->running_off = off / truth;
	if (lane->tid != lane->pid && truth <= 100e6 && off / 1e3 > result->short_off_us)
		result->short_off_us = off / 1e3;
	const json_t *waits = json_object_get(thread, "waits");
	for (size_t i = 0; i < json_array_size(waits); i++)
		check_wait(timeline, lane, json_array_get(waits, i), start_ns, result);
}

static void run_calibrated(const char *path, const char *method, struct result *result)
{
	struct recorder *recorder = lab_recorder(method);
	for (int i = 0; i < RUNS; i++) {
		struct lab_run run = lab_run(path, NULL, NULL, recorder);
		struct timeline timeline;
		struct error err = {0};
		if (!timeline_make(&run.trace, &timeline, &err))
			lab_stop(path, err.text);
		json_t *said = json_loadb(run.result.out.data, run.result.out.size, 0, NULL);
		const json_t *threads = json_object_get(said, "threads");
		if (!json_array_size(threads))
			lab_stop(path, "said nothing");
		for (size_t j = 0; j < json_array_size(threads); j++)
			check_thread(&timeline, json_array_get(threads, j), run.trace.start_ns, result);
		json_decref(said);
		timeline_free(&timeline);
		lab_run_free(&run);
	}
	recorder_free(recorder);
}

static void tell_share(const char *method, const char *what, double right, double total, double limit)
{
	char name[96], share[32], least[32];
	snprintf(name, sizeof name, "%s: %s classified right", method, what);
	snprintf(share, sizeof share, "%.3f %%", 100 * right / total);
	snprintf(least, sizeof least, "%.0f %%", 100 * limit);
	lab_row(name, NULL, share, NULL, least, right >= limit * total);
}

static void measure_calibrated(const char *path, const char *method, double limit)
{
	static const enum lane_state states[] = {LANE_SLEEPING, LANE_WAITING_LOCK, LANE_WAITING_IO, LANE_WAITING_COND, LANE_JOINING,
	                                         LANE_WAITING_CHILD};
	struct result result = {0};
	run_calibrated(path, method, &result);
	char name[96], text[32];
	snprintf(name, sizeof name, "%s: running time of a lane that works, off its CPU clock", method);
	snprintf(text, sizeof text, "%.3f %%", 100 * result.running_off);
	lab_row(name, NULL, text, NULL, "0.5 %", result.running_off <= 0.005);
	snprintf(name, sizeof name, "%s: of lanes that hardly work", method);
	snprintf(text, sizeof text, "%.0f us", result.short_off_us);
	lab_row(name, NULL, text, NULL, NULL, true);
	tell_share(method, "waits of all kinds", result.right, result.total, limit);
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		tell_share(method, lane_state_name(states[i]), result.state_right[states[i]], result.state_total[states[i]], limit);
	snprintf(name, sizeof name, "%s: owners that are wrong, of %u", method, result.owners);
	snprintf(text, sizeof text, "%u", result.owners_wrong);
	lab_row(name, NULL, text, NULL, "0", result.owners && !result.owners_wrong);
}

static int compare_waits(const void *left, const void *right)
{
	const struct wait *a = *(const struct wait *const *)left, *b = *(const struct wait *const *)right;
	return a->start_ns < b->start_ns ? -1 : a->start_ns > b->start_ns;
}

/* Each time that the baton was taken, against the script: who holds it, and whom each wait and each hand-off names. */
static void measure_hand_offs(const char *path, const char *method)
{
	struct recorder *recorder = lab_recorder(method);
	struct lab_run run = lab_run(path, NULL, NULL, recorder);
	struct timeline timeline;
	struct error err = {0};
	if (!timeline_make(&run.trace, &timeline, &err))
		lab_stop(path, err.text);
	json_t *said = json_loadb(run.result.out.data, run.result.out.size, 0, NULL);
	const char *owners = json_string_value(json_object_get(said, "owners"));
	if (!owners)
		lab_stop(path, "said nothing");
	uint32_t tids[2] = {(uint32_t)json_integer_value(json_object_get(said, "a")),
	                    (uint32_t)json_integer_value(json_object_get(said, "b"))};
	size_t expected = 0, count = 0, wrong = 0, holds = 0, flows = 0;
	for (const char *at = owners; *at; at++)
		expected += *at < 'a';
	const struct wait **waits = memory_resize(NULL, timeline.wait_count, sizeof *waits);
	const struct resource *baton = NULL;
	for (size_t i = 0; i < timeline.wait_count; i++)
		if (timeline.waits[i].kind == WAIT_LOCK) {
			baton = &timeline.resources[timeline.waits[i].resource];
			waits[count++] = &timeline.waits[i];
		}
	qsort(waits, count, sizeof *waits, compare_waits);
	const char *at = owners;
	for (size_t i = 0; i < count; i++, at++) {
		while (*at >= 'a')
			at++;
		uint32_t waiter = *at ? tids[*at - 'A'] : 0, owner = *at ? tids['B' - *at] : 0;
		bool good = waits[i]->owner != TIMELINE_NONE && timeline.lanes[waits[i]->owner].tid == owner &&
		            timeline.lanes[waits[i]->lane].tid == waiter;
		wrong += !good;
		if (!*at)
			break;
	}
	for (size_t i = 0; baton && i < baton->hold_count && owners[i]; i++)
		holds += timeline.lanes[baton->holds[i].lane].tid == tids[(owners[i] | 0x20) - 'a'];
	for (size_t i = 0; i < timeline.flow_count; i++) {
		const struct flow *flow = &timeline.flows[i];
		flows += flow->kind == FLOW_HAND_OFF && flow->wait != TIMELINE_NO_WAIT && flow->from == timeline.waits[flow->wait].owner;
	}
	char name[96], text[48];
	snprintf(name, sizeof name, "%s: waits of a scripted hand-off with the wrong owner, of %zu", method, expected);
	snprintf(text, sizeof text, "%zu", wrong + (count > expected ? count - expected : expected - count));
	lab_row(name, NULL, text, NULL, "0", count == expected && !wrong);
	snprintf(name, sizeof name, "%s:   holds by the right lane, of %zu", method, strlen(owners));
	snprintf(text, sizeof text, "%zu", holds);
	lab_row(name, NULL, text, NULL, "all", holds == strlen(owners) && baton->hold_count == holds);
	snprintf(name, sizeof name, "%s:   hand-offs by the owner, of %zu", method, expected);
	snprintf(text, sizeof text, "%zu", flows);
	lab_row(name, NULL, text, NULL, "all", flows == expected);
	free(waits);
	json_decref(said);
	timeline_free(&timeline);
	lab_run_free(&run);
	recorder_free(recorder);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	lab_head();
	measure_calibrated(argv[1], "switch-records", 0.99);
	measure_calibrated(argv[1], "schedstat", 0.95);
	measure_hand_offs(argv[2], "switch-records");
	measure_hand_offs(argv[2], "schedstat");
	return 0;
}
