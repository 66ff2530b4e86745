/* Brings waits and slices together. */
#include "measure/wait_slices.h"

#include "measure/flows.h"
#include "measure/grow.h"
#include "probe/record.h"

#include <stdlib.h>
#include <string.h>

/* A gap between waits whose CPU time falls short of it by less than either was a running one. */
enum { RUNNING_PERCENT = 95, RUNNING_LACKS_NS = 20000 };

struct slices {
	struct slice *slices;
	size_t count, capacity;
};

/* Appends a slice, or lengthens the last one by it. */
static void add_slice(struct slices *to, const struct slice *slice)
{
	if (slice->start_ns >= slice->end_ns)
		return;
	if (to->count) {
		struct slice *last = &to->slices[to->count - 1];
		bool same_wait = last->wait == slice->wait || slice->state == LANE_WAITING_CPU || slice->state == LANE_RUNNING;
		if (last->state == slice->state && last->cpu == slice->cpu && same_wait) {
			last->end_ns = slice->end_ns;
			return;
		}
	}
	to->slices = grow(to->slices, to->count, &to->capacity, sizeof *to->slices);
	to->slices[to->count++] = *slice;
}

static void replace_slices(struct lane *lane, struct slices *made)
{
	free(lane->slices);
	lane->slices = made->slices;
	lane->slice_count = made->count;
	*made = (struct slices){0};
}

/* The stretch that the slice lies in, for more than half of it: the two clocks may differ a little. *at is where the
   search begins, and moves on with the slices. */
static uint32_t find_wait(const struct story *story, const struct slice *slice, size_t *at)
{
	uint64_t most = 0;
	uint32_t wait = TIMELINE_NO_WAIT;
	while (*at < story->stretch_count && story->stretches[*at].end_ns <= slice->start_ns)
		++*at;
	for (size_t i = *at; i < story->stretch_count && story->stretches[i].start_ns < slice->end_ns; i++) {
		const struct stretch *stretch = &story->stretches[i];
		uint64_t start_ns = stretch->start_ns > slice->start_ns ? stretch->start_ns : slice->start_ns;
		uint64_t end_ns = stretch->end_ns < slice->end_ns ? stretch->end_ns : slice->end_ns;
		if (end_ns - start_ns > most) {
			most = end_ns - start_ns;
			wait = stretch->wait;
		}
		/* The next slice may begin in this stretch, but in none before it. */
		*at = i;
	}
	return most > (slice->end_ns - slice->start_ns) / 2 ? wait : TIMELINE_NO_WAIT;
}

/* Takes the delay of each wait off the ends of its slices, the last one first. Slices may become twice as many. */
static void take_delays(struct timeline *timeline, struct slices *made)
{
	size_t room = 2 * made->count, at = room;
	struct slice *split = memory_resize(NULL, room, sizeof *split);
	for (size_t i = made->count; i-- > 0;) {
		struct slice slice = made->slices[i];
		bool waits = slice.wait != TIMELINE_NO_WAIT && slice.state != LANE_WAITING_CPU && slice.state != LANE_RUNNING;
		uint64_t *delay_ns = waits ? &timeline->waits[slice.wait].delay_ns : NULL;
		if (delay_ns && *delay_ns) {
			uint64_t length = slice.end_ns - slice.start_ns;
			uint64_t tail = *delay_ns < length ? *delay_ns : length;
			*delay_ns -= tail;
			split[--at] = (struct slice){slice.end_ns - tail, slice.end_ns, LANE_WAITING_CPU, -1, slice.wait};
			slice.end_ns -= tail;
		}
		if (slice.start_ns < slice.end_ns)
			split[--at] = slice;
	}
	made->count = 0;
	for (; at < room; at++)
		add_slice(made, &split[at]);
	free(split);
}

void wait_slices_overlay(struct timeline *timeline, size_t lane_at, const struct story *story)
{
	struct lane *lane = &timeline->lanes[lane_at];
	struct slices made = {0};
	uint32_t last_cut = TIMELINE_NO_WAIT;
	for (size_t i = 0, at = 0; i < lane->slice_count; i++) {
		struct slice slice = lane->slices[i];
		if (slice.state != LANE_BLOCKED && slice.state != LANE_WAITING_CPU) {
			add_slice(&made, &slice);
			continue;
		}
		uint32_t index = find_wait(story, &slice, &at);
		struct wait *wait = index == TIMELINE_NO_WAIT ? NULL : &timeline->waits[index];
		if (wait && story->cut && wait->abandoned && wait->end_ns == lane->end_ns) {
			/* Its end may be among the lost records: only the first slice in it surely belongs to it. */
			if (index == last_cut)
				wait = NULL;
			else if (slice.state == LANE_BLOCKED)
				last_cut = index;
		}
		if (wait) {
			slice.wait = index;
			if (slice.state == LANE_BLOCKED)
				slice.state = wait_state(wait);
			else
				wait->delay_ns -= wait->delay_ns < slice.end_ns - slice.start_ns ? wait->delay_ns
				                                                                 : slice.end_ns - slice.start_ns;
		}
		add_slice(&made, &slice);
	}
	take_delays(timeline, &made);
	replace_slices(lane, &made);
}

/* Between two samples of CPU time: how long it lay outside of waits, and whether it ran then. */
struct window {
	uint64_t end_ns, gap_ns, cpu_ns;
};

static bool has_run(const struct window *window)
{
	if (window->cpu_ns >= window->gap_ns || window->gap_ns - window->cpu_ns <= RUNNING_LACKS_NS)
		return true;
	return window->cpu_ns / RUNNING_PERCENT >= window->gap_ns / 100;
}

/* One window for each sample; what comes after the last one is in none. */
static struct window *measure_windows(const struct lane *lane, const struct story *story)
{
	struct window *windows = memory_zero(story->sample_count, sizeof *windows);
	uint64_t start_ns = lane->start_ns, cpu_ns = 0;
	for (size_t i = 0, at = 0; i < story->sample_count; i++) {
		uint64_t end_ns = story->samples[i].ns, waited = 0;
		for (; at < story->stretch_count && story->stretches[at].start_ns < end_ns; at++) {
			const struct stretch *stretch = &story->stretches[at];
			uint64_t from_ns = stretch->start_ns > start_ns ? stretch->start_ns : start_ns;
			uint64_t to_ns = stretch->end_ns < end_ns ? stretch->end_ns : end_ns;
			waited += to_ns > from_ns ? to_ns - from_ns : 0;
			if (stretch->end_ns > end_ns)
				break;
		}
		windows[i] = (struct window){end_ns, end_ns > start_ns + waited ? end_ns - start_ns - waited : 0,
		                             story->samples[i].cpu_ns - cpu_ns};
		start_ns = end_ns > start_ns ? end_ns : start_ns;
		cpu_ns = story->samples[i].cpu_ns;
	}
	return windows;
}

struct tiler {
	struct slices made;
	const struct window *windows;
	size_t window_count, window;
	uint64_t at_ns;
};

/* Nothing waited from where the slices end to `until`. */
static void fill_gap(struct tiler *t, uint64_t until_ns)
{
	while (t->at_ns < until_ns) {
		while (t->window < t->window_count && t->windows[t->window].end_ns <= t->at_ns)
			t->window++;
		bool known = t->window < t->window_count;
		uint64_t end_ns = known && t->windows[t->window].end_ns < until_ns ? t->windows[t->window].end_ns : until_ns;
		add_slice(&t->made, &(struct slice){t->at_ns, end_ns, known && has_run(&t->windows[t->window])
		                                    ? LANE_RUNNING : LANE_UNKNOWN, -1, TIMELINE_NO_WAIT});
		t->at_ns = end_ns;
	}
}

void wait_slices_make(struct timeline *timeline, size_t lane_at, const struct story *story)
{
	struct lane *lane = &timeline->lanes[lane_at];
	struct window *windows = measure_windows(lane, story);
	struct tiler t = {.windows = windows, .window_count = story->sample_count, .at_ns = lane->start_ns};
	for (size_t i = 0; i < story->stretch_count; i++) {
		const struct stretch *stretch = &story->stretches[i];
		const struct wait *wait = &timeline->waits[stretch->wait];
		/* Its end may be among the lost records. */
		if (story->cut && wait->abandoned && wait->end_ns == lane->end_ns)
			continue;
		fill_gap(&t, stretch->start_ns);
		add_slice(&t.made, &(struct slice){stretch->start_ns, stretch->end_ns, wait_state(wait), -1, stretch->wait});
		t.at_ns = stretch->end_ns;
	}
	fill_gap(&t, lane->end_ns);
	take_delays(timeline, &t.made);
	replace_slices(lane, &t.made);
	lane->cpu_ns = story->sample_count ? story->samples[story->sample_count - 1].cpu_ns : 0;
	free(windows);
}

/* A thread's slices while they are handed out. */
struct copying {
	const struct timeline *timeline;
	struct slices whole;
	size_t at; /* those before were handed out */
};

/* Adds what the thread did from start to end to the lane that had it then. */
static void copy_slices(struct copying *c, size_t lane, struct slices *to, uint64_t start_ns, uint64_t end_ns)
{
	const struct slices *from = &c->whole;
	size_t at = c->at;
	while (at < from->count && from->slices[at].end_ns <= start_ns)
		at++;
	for (; at < from->count && from->slices[at].start_ns < end_ns; at++) {
		struct slice slice = from->slices[at];
		slice.start_ns = slice.start_ns > start_ns ? slice.start_ns : start_ns;
		slice.end_ns = slice.end_ns < end_ns ? slice.end_ns : end_ns;
		/* A turn in the middle of a call, as from a handler: the call is not this lane's. */
		if (slice.wait != TIMELINE_NO_WAIT && c->timeline->waits[slice.wait].lane != lane) {
			slice.wait = TIMELINE_NO_WAIT;
			slice.state = slice.state == LANE_WAITING_CPU ? LANE_WAITING_CPU : LANE_BLOCKED;
		}
		add_slice(to, &slice);
		if (from->slices[at].end_ns > end_ns)
			break;
	}
	c->at = at;
}

/* A lane that shares its thread, while its slices are made. */
struct part {
	struct slices made;
	uint64_t left_ns; /* since when it is switched away from */
	uint64_t caller;  /* and by which call */
	size_t image;
};

/* It was switched away from until now. Returns the wait for its turn, TIMELINE_NO_WAIT where that took no time. */
static uint32_t add_turn_wait(struct join *join, struct part *part, size_t lane, uint64_t now_ns)
{
	struct timeline *timeline = join->timeline;
	if (part->left_ns >= now_ns)
		return TIMELINE_NO_WAIT;
	size_t capacity = join->wait_capacity;
	timeline->waits = grow(timeline->waits, timeline->wait_count, &join->wait_capacity, sizeof *timeline->waits);
	if (capacity != join->wait_capacity)
		join->mutexes = memory_resize(join->mutexes, join->wait_capacity, sizeof *join->mutexes);
	join->mutexes[timeline->wait_count] = UINT32_MAX;
	timeline->waits[timeline->wait_count] = (struct wait){
		.start_ns = part->left_ns, .end_ns = now_ns, .caller = part->caller, .lane = lane, .image = part->image,
		.resource = TIMELINE_NONE, .owner = TIMELINE_NONE, .kind = WAIT_TURN};
	add_slice(&part->made, &(struct slice){part->left_ns, now_ns, LANE_BLOCKED, -1, (uint32_t)timeline->wait_count});
	return (uint32_t)timeline->wait_count++;
}

static void finish_part(struct timeline *timeline, size_t lane_at, struct part *part)
{
	struct lane *lane = &timeline->lanes[lane_at];
	replace_slices(lane, &part->made);
	lane->cpu_ns = 0;
	for (size_t i = 0; i < lane->slice_count; i++)
		if (lane->slices[i].state == LANE_RUNNING)
			lane->cpu_ns += lane->slices[i].end_ns - lane->slices[i].start_ns;
	/* What a coroutine named after it was left for good cannot be. */
	for (size_t i = 0; i < lane->span_count; i++)
		if (lane->spans[i].end_ns > lane->end_ns)
			lane->spans[i].end_ns = lane->end_ns;
}

void wait_slices_split(struct join *join, size_t thread_lane, const struct story *story)
{
	struct timeline *timeline = join->timeline;
	if (!story->turn_count)
		return;
	/* Its coroutines are the last lanes there are. */
	size_t first = timeline->lane_count;
	while (first > thread_lane + 1 && timeline->lanes[first - 1].thread == thread_lane)
		first--;
	size_t count = timeline->lane_count - first + 1;
	struct part *parts = memory_zero(count, sizeof *parts);
	struct lane *thread = &timeline->lanes[thread_lane];
	struct copying c = {.timeline = timeline, .whole = {thread->slices, thread->slice_count, thread->slice_count}};
	uint64_t since_ns = thread->start_ns, end_ns = thread->end_ns;
	thread->slices = NULL;
	size_t now = thread_lane;
	for (size_t i = 0; i <= story->turn_count; i++) {
		struct part *part = &parts[now == thread_lane ? 0 : now - first + 1];
		uint64_t until_ns = i < story->turn_count ? story->turns[i].ns : end_ns;
		copy_slices(&c, now, &part->made, since_ns, until_ns);
		part->left_ns = until_ns;
		timeline->lanes[now].end_ns = until_ns;
		if (i == story->turn_count)
			break;
		const struct turn *turn = &story->turns[i];
		part->caller = turn->caller;
		part->image = turn->image;
		part = &parts[turn->lane == thread_lane ? 0 : turn->lane - first + 1];
		bool fresh = turn->lane != thread_lane && !part->left_ns && !part->made.count &&
		             timeline->lanes[turn->lane].start_ns == turn->ns;
		uint32_t wait = fresh ? TIMELINE_NO_WAIT : add_turn_wait(join, part, turn->lane, turn->ns);
		timeline->lanes[turn->lane].end_ns = turn->ns;
		flow_add(join, &(struct flow){.kind = fresh ? FLOW_CREATE : FLOW_WAKE_UP, .from = now, .to = turn->lane,
		                              .from_ns = turn->ns, .to_ns = turn->ns,
		                              .wait = wait});
		now = turn->lane;
		since_ns = turn->ns;
	}
	add_turn_wait(join, &parts[0], thread_lane, end_ns);
	timeline->lanes[thread_lane].end_ns = end_ns;
	finish_part(timeline, thread_lane, &parts[0]);
	for (size_t i = first; i < timeline->lane_count; i++)
		finish_part(timeline, i, &parts[i - first + 1]);
	free(c.whole.slices);
	free(parts);
}

/* The wait for the mutex that the slice of a wait for a condition really was. */
static void make_lock_wait(struct join *join, struct slice *slice, uint32_t mutex)
{
	struct timeline *timeline = join->timeline;
	const struct resource *lock = &timeline->resources[mutex];
	timeline->waits = grow(timeline->waits, timeline->wait_count, &join->wait_capacity, sizeof *timeline->waits);
	const struct wait *cond = &timeline->waits[slice->wait];
	struct wait wait = *cond;
	wait.start_ns = slice->start_ns;
	wait.end_ns = slice->end_ns;
	wait.object = lock->address;
	wait.resource = mutex;
	wait.owner = resource_holder(lock, slice->start_ns, wait.lane);
	wait.delay_ns = 0;
	wait.kind = WAIT_LOCK;
	wait.call = PROBE_MUTEX;
	const struct hold *before = resource_let_go(lock, slice->start_ns, cond->end_ns, wait.lane);
	if (before)
		flow_add(join, &(struct flow){.kind = FLOW_HAND_OFF, .from = before->lane, .to = wait.lane,
		                              .from_ns = before->end_ns, .to_ns = cond->end_ns,
		                              .wait = (uint32_t)timeline->wait_count});
	slice->state = LANE_WAITING_LOCK;
	slice->wait = (uint32_t)timeline->wait_count;
	timeline->waits[timeline->wait_count++] = wait;
}

void wait_slices_refine(struct join *join, const struct wake *wakes)
{
	struct timeline *timeline = join->timeline;
	size_t known = timeline->wait_count; /* what is added here was woken by nobody */
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct lane *lane = &timeline->lanes[i];
		for (size_t j = 0; j < lane->slice_count; j++) {
			struct slice *slice = &lane->slices[j];
			if (slice->state != LANE_WAITING_COND || slice->wait >= known || join->mutexes[slice->wait] == UINT32_MAX ||
			    wakes[slice->wait].lane == UINT32_MAX || slice->start_ns < wakes[slice->wait].ns)
				continue;
			make_lock_wait(join, slice, join->mutexes[slice->wait]);
		}
	}
}
