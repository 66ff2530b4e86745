/* Timelines with very much in them, told in fewer pieces; and the sorting of what is mostly in order. */
#include "measure/fold.h"
#include "measure/merge_sort.h"
#include "timeline_text.h"

#include <stdio.h>
#include <string.h>

enum { SLICES = 5000 };

/* One lane that runs and waits in turn, `length` ns and four times that, with one long sleep in the middle. */
static struct lane busy_lane(struct slice *slices, uint64_t length)
{
	static char name[] = "A";
	uint64_t ns = 0;
	for (size_t i = 0; i < SLICES; i++) {
		uint64_t took = i == SLICES / 2 ? 1000000 : i % 2 ? length : 4 * length;
		enum lane_state state = i == SLICES / 2 ? LANE_SLEEPING : i % 2 ? LANE_RUNNING : LANE_WAITING_CPU;
		slices[i] = (struct slice){ns, ns + took, state, -1, TIMELINE_NO_WAIT};
		ns += took;
	}
	return (struct lane){.name = name, .end_ns = ns, .slices = slices, .slice_count = SLICES};
}

static void test_slices(void **state)
{
	(void)state;
	static struct slice slices[SLICES];
	struct lane lane = busy_lane(slices, 10);
	struct timeline timeline = {.wall_ns = lane.end_ns, .lanes = &lane, .lane_count = 1};
	assert_int_equal(fold_choose(&timeline, SLICES), 0);
	struct folded piece;
	for (size_t most = 5; most < SLICES; most += most) {
		uint64_t resolution = fold_choose(&timeline, most), ns = 0;
		size_t pieces = 0, told = 0;
		bool sleep_alone = false;
		assert_true(resolution > 0);
		for (size_t at = 0; fold_next_slice(&lane, resolution, &at, &piece); pieces++) {
			assert_int_equal(piece.first, told);
			assert_int_equal(piece.start_ns, ns);
			assert_true(piece.count == 1 || piece.end_ns - piece.start_ns < 2 * resolution);
			for (size_t i = piece.first; piece.count > 1 && i < piece.first + piece.count; i++)
				assert_true(slices[i].end_ns - slices[i].start_ns < resolution);
			sleep_alone = sleep_alone || (piece.count == 1 && slices[piece.first].state == LANE_SLEEPING);
			told += piece.count;
			ns = piece.end_ns;
		}
		assert_int_equal(told, SLICES);
		assert_int_equal(ns, lane.end_ns);
		assert_true(pieces <= most);
		assert_true(sleep_alone || resolution > 1000000);
		/* Half of it would not have done. */
		size_t finer = 0;
		for (size_t at = 0; fold_next_slice(&lane, resolution / 2, &at, &piece);)
			finer++;
		assert_true(finer > most || resolution == 1 || resolution <= timeline.wall_ns >> 20);
	}
}

/* What was never let go is a piece of its own; holds far from each other are not told as one. */
static void test_holds(void **state)
{
	(void)state;
	const struct hold holds[] = {
		{.start_ns = 0, .end_ns = 5}, {.start_ns = 10, .end_ns = 15}, {.start_ns = 500, .end_ns = 505},
		{.start_ns = 510, .end_ns = 600}, {.start_ns = 610, .end_ns = 612}, {.start_ns = 614, .end_ns = 615, .open = true},
	};
	const struct resource resource = {.holds = holds, .hold_count = 6};
	const struct {
		uint64_t start_ns, end_ns;
		size_t count;
	} expected[] = {{0, 15, 2}, {500, 505, 1}, {510, 600, 1}, {610, 612, 1}, {614, 615, 1}};
	struct folded piece;
	size_t count = 0;
	for (size_t at = 0; fold_next_hold(&resource, 50, &at, &piece); count++) {
		assert_true(count < 5);
		assert_int_equal(piece.start_ns, expected[count].start_ns);
		assert_int_equal(piece.end_ns, expected[count].end_ns);
		assert_int_equal(piece.count, expected[count].count);
	}
	assert_int_equal(count, 5);
	count = 0;
	for (size_t at = 0; fold_next_hold(&resource, 0, &at, &piece); count++)
		assert_int_equal(piece.count, 1);
	assert_int_equal(count, 6);
}

static void test_flows_and_marks(void **state)
{
	(void)state;
	struct wait waits[] = {{.start_ns = 100, .end_ns = 200}, {.start_ns = 190, .end_ns = 200}};
	const struct timeline timeline = {.waits = waits, .wait_count = 2};
	const struct flow flows[] = {
		{.kind = FLOW_HAND_OFF, .from_ns = 199, .to_ns = 200, .wait = 0},
		{.kind = FLOW_HAND_OFF, .from_ns = 199, .to_ns = 200, .wait = 1},
		{.kind = FLOW_JOIN, .from_ns = 199, .to_ns = 200, .wait = 1},
		{.kind = FLOW_CREATE, .from_ns = 199, .to_ns = 199, .wait = TIMELINE_NO_WAIT},
	};
	const bool told[] = {true, false, true, true};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(fold_tells_flow(&timeline, 50, &flows[i]), told[i]);
	assert_true(fold_tells_mark(50, UINT64_MAX, &(struct mark){.ns = 0}));
	assert_false(fold_tells_mark(50, 100, &(struct mark){.ns = 149}));
	assert_true(fold_tells_mark(50, 100, &(struct mark){.ns = 150}));
	assert_false(fold_tells_span(50, &(struct span){.start_ns = 1, .end_ns = 50}));
	assert_true(fold_tells_span(50, &(struct span){.start_ns = 1, .end_ns = 51}));
}

struct numbered {
	unsigned key, place;
	char filling[5];
};

static int compare_keys(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	return a->key < b->key ? -1 : a->key > b->key;
}

/* Any number of runs, of any lengths: in order, nothing lost, equals as they stood. */
static void test_merge_sort(void **state)
{
	(void)state;
	uint32_t random = 7;
	struct numbered elements[300];
	for (unsigned count = 0; count <= 300; count += count < 20 ? 1 : 7)
		for (unsigned keys = 1; keys < 1000; keys *= 4)
			for (unsigned order = 0; order < 3; order++) {
				for (unsigned i = 0; i < count; i++) {
					random = random * 1664525u + 1013904223u;
					unsigned key = order == 0 ? random >> 16 : order == 1 ? i : count - i;
					elements[i] = (struct numbered){.key = key % keys, .place = i};
				}
				merge_sort(elements, count, sizeof *elements, compare_keys);
				unsigned long long places = 0;
				for (unsigned i = 0; i < count; i++) {
					assert_true(!i || elements[i - 1].key < elements[i].key ||
					            (elements[i - 1].key == elements[i].key && elements[i - 1].place < elements[i].place));
					places += elements[i].place;
				}
				assert_int_equal(places, (unsigned long long)count * (count ? count - 1 : 0) / 2);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices), cmocka_unit_test(test_holds), cmocka_unit_test(test_flows_and_marks),
		cmocka_unit_test(test_merge_sort),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("folding", tests, NULL, NULL);
}
