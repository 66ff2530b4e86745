/* Quartiles against R's quantile(x, type = 7), and which run is the median one. */
#include "measure/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check(const uint64_t *times, size_t n, struct sample expected)
{
	struct sample sample = sample_summarise(times, n);
	assert_int_equal(sample.n, n);
	assert_int_equal(sample.min_ns, expected.min_ns);
	assert_int_equal(sample.q1_ns, expected.q1_ns);
	assert_int_equal(sample.median_ns, expected.median_ns);
	assert_int_equal(sample.q3_ns, expected.q3_ns);
	assert_int_equal(sample.max_ns, expected.max_ns);
	assert_int_equal(sample.median_run, expected.median_run);
}

#define CHECK(min, q1, median, q3, max, run, ...) \
	check((uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), \
	      (struct sample){.min_ns = min, .q1_ns = q1, .median_ns = median, .q3_ns = q3, .max_ns = max, .median_run = run})

static void test_quartiles(void **state)
{
	(void)state;
	CHECK(7, 7, 7, 7, 7, 0, 7);
	CHECK(10, 20, 30, 40, 50, 4, 50, 10, 40, 20, 30);
	CHECK(10, 18, 25, 33, 40, 1, 40, 20, 10, 30); /* 17.5, 25, 32.5 */
	CHECK(100, 125, 150, 175, 200, 0, 100, 200);
	CHECK(1, 3, 5, 8, 9, 2, 9, 1, 5, 7, 3, 8, 2, 9, 4); /* 3, 5, 8 */
	CHECK(10, 23, 35, 48, 60, 2, 10, 20, 30, 40, 50, 60); /* 22.5, 35, 47.5 */
	CHECK(0, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void test_large_times(void **state)
{
	(void)state;
	uint64_t most = INT64_MAX;
	CHECK(0, most / 4 + 1, most / 2 + 1, most - most / 4 - 1, most, 0, 0, most);
	CHECK(most, most, most, most, most, 0, most, most, most);
}

static void test_median_run(void **state)
{
	(void)state;
	/* Between two values neither is nearer, although the median is rounded towards the upper one. */
	CHECK(1, 1, 2, 2, 2, 0, 1, 2);
	CHECK(1, 1, 2, 2, 2, 0, 2, 1);
	CHECK(5, 6, 6, 7, 8, 1, 8, 6, 5, 6); /* 5.75, 6, 6.5 */
}

static void test_leaves_the_times(void **state)
{
	(void)state;
	uint64_t times[] = {3, 1, 2};
	sample_summarise(times, 3);
	assert_int_equal(times[0], 3);
	assert_int_equal(times[1], 1);
	assert_int_equal(times[2], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quartiles),
		cmocka_unit_test(test_large_times),
		cmocka_unit_test(test_median_run),
		cmocka_unit_test(test_leaves_the_times),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
