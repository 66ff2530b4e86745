/* The probe's log as bytes: its clock, its runs, its texts, and what a hostile program may write there. */
#include "measure/probe_log.h"
#include "log_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void refuse(const struct buffer *bytes, const char *expected)
{
	struct probe_log log;
	struct error err = {0};
	assert_false(probe_log_open(bytes->data, bytes->size, 1000, 2000, &log, &err));
	assert_string_equal(err.text, expected);
}

static void test_what_is_no_log(void **state)
{
	(void)state;
	struct log_writer writer = {0};
	PUT(log_thread(&writer, 2, 2), 1100, PROBE_MARK);
	struct buffer bytes = log_finish(&writer);
	bytes.size = PROBE_PAGE - 1;
	refuse(&bytes, "the probe's log: cut off after 1023 bytes");
	bytes.size = 0;
	refuse(&bytes, "the probe's log: cut off after 0 bytes");
	bytes.size = 2 * PROBE_PAGE;
	struct probe_header *header = (void *)bytes.data;
	header->clock = 3;
	refuse(&bytes, "the probe's log: clock 3 is unknown");
	header->clock = 0;
	refuse(&bytes, "the probe's log: clock 0 is unknown");
	header->magic++;
	refuse(&bytes, "the probe's log: its first page is none of the probe's");
	buffer_free(&bytes);
}

/* A log of a counter at these two points, with one record. */
static struct buffer counted(uint64_t tsc0, uint64_t tsc1, uint64_t ns0, uint64_t ns1, uint64_t time)
{
	struct log_writer writer = {.header = {.clock = PROBE_CLOCK_TSC, .tsc = {tsc0, tsc1}, .monotonic_ns = {ns0, ns1}}};
	PUT(log_thread(&writer, 2, 2), time, PROBE_MARK);
	return log_finish(&writer);
}

static void refuse_clock(uint64_t tsc0, uint64_t tsc1, uint64_t ns0, uint64_t ns1, const char *expected)
{
	struct buffer bytes = counted(tsc0, tsc1, ns0, ns1, tsc0);
	refuse(&bytes, expected);
	buffer_free(&bytes);
}

static void test_clock(void **state)
{
	(void)state;
	const char *backwards = "the probe's log: its clock was not calibrated, or runs backwards";
	refuse_clock(0, 0, 0, 0, backwards);
	refuse_clock(10, 10, 900, 2100, backwards);
	refuse_clock(3610, 10, 900, 2100, backwards);
	refuse_clock(10, 3610, 2100, 900, backwards);
	refuse_clock(10, 11, 900, 2100, "the probe's log: a clock of 833333 Hz is none");
	refuse_clock(0, UINT64_MAX, 900, 2100, "the probe's log: a clock of 18446744073709551615 Hz is none");
	refuse_clock(10, 3610, 1100, 2300, "the probe's log: its clock was calibrated at another time");
	refuse_clock(10, 2410, 100, 900, "the probe's log: its clock was calibrated at another time");

	/* 3 GHz; a record in the middle, one at each end, and those that are outside the run. */
	static const struct {
		uint64_t time, ns;
		bool good;
	} cases[] = {
		{1000000, 0, true}, {1000003, 1, true}, {1003000, 1000, true}, {1001500, 500, true}, {1006000, 1000, true},
		{999000, 0, true}, {0, 0, true}, {4000000, 1000, true}, {5000000, 0, false}, {UINT64_MAX, 0, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buffer bytes = counted(1000000 - 300, 1003000 + 300, 900, 2100, cases[i].time);
		struct probe_log log;
		struct probe_events events = {0};
		assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
		probe_log_read(&log, 0, &events);
		assert_int_equal(events.count, cases[i].good);
		assert_int_equal(log.refused, !cases[i].good);
		if (cases[i].good)
			assert_int_equal(events.events[0].ns, cases[i].ns);
		probe_events_free(&events);
		probe_log_free(&log);
		buffer_free(&bytes);
	}
	/* A counter long since started, over a long run. */
	uint64_t day = 86400ull * 1000000000;
	struct buffer bytes = counted(day * 300, day * 303, day * 100, day * 101, day * 301 + 3);
	struct probe_log log;
	struct probe_events events = {0};
	assert_true(probe_log_open(bytes.data, bytes.size, day * 100, day * 101, &log, NULL));
	probe_log_read(&log, 0, &events);
	assert_int_equal(events.events[0].ns, day / 3 + 1);
	probe_events_free(&events);
	probe_log_free(&log);
	buffer_free(&bytes);
}

static void test_runs(void **state)
{
	(void)state;
	/* Many records, in runs that grow; each one has to be there once, in order. */
	for (uint32_t pages = 0; pages <= PROBE_RUN_MOST; pages += 16) {
		struct log_writer writer = {.run_pages = pages};
		struct log_thread *threads[3];
		for (uint32_t i = 0; i < 3; i++) {
			threads[i] = log_thread(&writer, 2, 2 + i);
			for (uint64_t j = 0; j < 5000; j++)
				PUT(threads[i], 1000 + j / 10, PROBE_ACQUIRE, .object = j);
		}
		struct buffer bytes = log_finish(&writer);
		struct probe_log log;
		struct probe_events events = {0};
		assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
		assert_int_equal(log.thread_count, 3);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(log.threads[i].tid, 2 + i);
			probe_log_read(&log, i, &events);
			assert_int_equal(events.count, 5000);
			for (uint64_t j = 0; j < 5000; j++)
				assert_int_equal(events.events[j].object, j);
		}
		probe_events_free(&events);
		probe_log_free(&log);
		buffer_free(&bytes);
	}
}

static void test_odd_runs(void **state)
{
	(void)state;
	struct log_writer writer = {.run_pages = 1};
	for (uint32_t i = 0; i < 8; i++)
		PUT(log_thread(&writer, 2, 10 + i), 1100, PROBE_MARK, .object = i);
	struct buffer bytes = log_finish(&writer);
	struct probe_run *runs[8];
	for (size_t i = 0; i < 8; i++)
		runs[i] = (void *)(bytes.data + (i + 1) * PROBE_PAGE);
	runs[0]->magic = 0;                /* killed before it wrote its head */
	runs[1]->pages = 0;
	runs[2]->pages = UINT32_MAX;
	runs[3]->tid = 0;
	runs[4]->pid = UINT32_MAX;
	runs[5]->serial = 7;               /* of a thread whose beginning is missing */
	runs[6]->pages = 64;               /* beyond the end: swallows the last one */
	struct probe_log log;
	struct probe_events events = {0};
	assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
	assert_int_equal(log.thread_count, 1);
	assert_int_equal(log.threads[0].tid, 16);
	probe_log_read(&log, 0, &events);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.events[1].object, 7);
	probe_log_free(&log);
	/* The same tid twice; a serial that is out of order; a pid that is not the thread's. */
	runs[6]->pages = 1;
	for (uint32_t i = 0; i < 8; i++)
		*runs[i] = (struct probe_run){.magic = PROBE_MAGIC, .pages = 1, .pid = 2, .tid = 5};
	runs[1]->serial = 1;
	runs[2]->serial = 3;
	runs[3]->serial = 2;
	runs[5]->serial = 1;
	runs[5]->pid = 3;
	runs[6]->serial = 1;
	runs[7]->serial = UINT32_MAX;
	assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
	assert_int_equal(log.thread_count, 2);
	probe_log_read(&log, 0, &events);
	assert_int_equal(events.count, 3);
	assert_int_equal(events.events[2].object, 3);
	probe_log_read(&log, 1, &events);
	assert_int_equal(events.count, 2);
	assert_int_equal(events.events[1].object, 6);
	probe_log_free(&log);
	/* What the header says of the pages counts only as far as there are any. */
	((struct probe_header *)(void *)bytes.data)->next_page = UINT32_MAX;
	assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
	assert_int_equal(log.thread_count, 2);
	probe_log_free(&log);
	((struct probe_header *)(void *)bytes.data)->next_page = 0;
	assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
	assert_int_equal(log.thread_count, 0);
	probe_log_free(&log);
	probe_events_free(&events);
	buffer_free(&bytes);
}

static void test_odd_records(void **state)
{
	(void)state;
	struct log_writer writer = {0};
	struct log_thread *thread = log_thread(&writer, 2, 2);
	PUT(thread, 1300, PROBE_MARK, .object = 1);
	PUT(thread, 1200, PROBE_MARK, .object = 2);      /* earlier than the one in front */
	PUT(thread, 1300, PROBE_MARK, .object = 3);      /* as early as the first */
	PUT(thread, 1400, PROBE_KINDS, .object = 4);
	PUT(thread, 1400, 0x7fff, .object = 5);
	PUT(thread, 1400, PROBE_END, .object = 6);
	PUT(thread, 1400, PROBE_TEXT | PROBE_END, .object = 7);
	PUT(thread, 5000000, PROBE_MARK, .object = 8);   /* long after the run */
	PUT(thread, 2500, PROBE_MARK, .object = 9);      /* a moment after it */
	PUT(thread, 900, PROBE_MARK, .object = 10);      /* a moment before it */
	PUT(thread, 0, PROBE_NOTHING);                   /* never finished, or taken back: the run goes on */
	PUT(thread, 1500, PROBE_MARK, .object = 11);
	PUT(thread, 1501, PROBE_NAME, .object = 12, .value = 28);
	PUT(thread, 0, PROBE_NOTHING);                   /* a text's own record: what follows is not the name's */
	PUT(thread, 0, PROBE_TEXT, .detail = 9);
	struct buffer bytes = log_finish(&writer);
	struct probe_log log;
	struct probe_events events = {0};
	assert_true(probe_log_open(bytes.data, bytes.size, 1000, 2000, &log, NULL));
	probe_log_read(&log, 0, &events);
	static const uint64_t order[] = {10, 2, 1, 3, 11, 12, 9};
	assert_int_equal(events.count, 7);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(events.events[i].object, order[i]);
	assert_int_equal(events.events[0].ns, 0);
	assert_int_equal(events.events[5].text_size, 0);
	assert_int_equal(events.events[6].ns, 1000);
	assert_int_equal(log.refused, 5);
	probe_events_free(&events);
	probe_log_free(&log);
	buffer_free(&bytes);
}

/* Cut at every byte: a shorter log each time, or none. */
static void test_cut_anywhere(void **state)
{
	(void)state;
	struct log_writer writer = {.run_pages = 2};
	struct log_thread *a = log_thread(&writer, 2, 2), *b = log_thread(&writer, 2, 3);
	for (uint64_t i = 0; i < 150; i++) {
		PUT(a, 1000 + i, PROBE_MARK);
		log_text(b, (struct probe_record){.time = 1000 + i, .kind = PROBE_SPAN}, "thirty bytes are two of records");
	}
	struct buffer whole = log_finish(&writer);
	size_t last = 0;
	for (size_t size = PROBE_PAGE; size <= whole.size; size += size % 509 ? 1 : 13) {
		char *bytes = memory_copy(whole.data, size); /* so that a byte too much is seen */
		bytes = memory_resize(bytes, size, 1);
		struct probe_log log;
		struct probe_events events = {0};
		size_t count = 0;
		assert_true(probe_log_open(bytes, size, 1000, 2000, &log, NULL));
		for (size_t i = 0; i < log.thread_count; i++) {
			probe_log_read(&log, i, &events);
			count += events.count;
		}
		assert_true(count >= last);
		last = count;
		probe_events_free(&events);
		probe_log_free(&log);
		free(bytes);
	}
	assert_int_equal(last, 300);
	buffer_free(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_log),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_odd_runs),
		cmocka_unit_test(test_odd_records),
		cmocka_unit_test(test_cut_anywhere),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("probe log", tests, NULL, NULL);
}
