/* The tool's side of the log, and what a program may have done to the file meanwhile. */
#include "measure/probe_memory.h"
#include "measure/probe_log.h"
#include "probe/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 40 };

/* A log of PAGES pages that is ready; *file is a descriptor of ours on it. */
static struct probe_memory make_log(int *file)
{
	struct probe_memory memory;
	*file = memfd_create("log", MFD_CLOEXEC);
	assert_return_code(ftruncate(*file, PAGES * PROBE_PAGE), errno);
	assert_true(probe_memory_open(&memory, dup(*file), PROBE_WANT_DELAY));
	return memory;
}

static struct probe_header read_header(int file)
{
	struct probe_header header;
	assert_int_equal(pread(file, &header, sizeof header, 0), sizeof header);
	return header;
}

static void write_at(int file, const void *bytes, size_t size, size_t at)
{
	assert_int_equal(pwrite(file, bytes, size, (off_t)at), size);
}

/* Takes the log and says how many bytes there were. */
static size_t take(struct probe_memory *memory, struct buffer *log)
{
	probe_memory_take(memory, log);
	assert_int_equal(memory->descriptor, -1);
	return log->size;
}

static void test_ready(void **state)
{
	(void)state;
	int file = -1;
	struct probe_memory memory = make_log(&file);
	struct probe_header header = read_header(file);
	assert_int_equal(header.magic, PROBE_MAGIC);
	assert_int_equal(header.pages, PAGES);
	assert_int_equal(header.next_page, 1);
	assert_int_equal(header.flags, PROBE_WANT_DELAY);
	assert_int_equal(header.clock, 0);
	probe_memory_want(&memory, PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME);
	assert_int_equal(read_header(file).flags, PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME);
	assert_int_equal(read_header(file).pages, PAGES);
	struct buffer log = {0};
	assert_int_equal(take(&memory, &log), PROBE_PAGE);
	buffer_free(&log);
	close(file);
	/* None at all. */
	memory = (struct probe_memory){.descriptor = -1};
	probe_memory_want(&memory, 1);
	assert_int_equal(take(&memory, &log), 0);
	probe_memory_close(&memory);
}

static void test_too_small(void **state)
{
	(void)state;
	struct probe_memory memory;
	int file = memfd_create("log", MFD_CLOEXEC);
	assert_return_code(ftruncate(file, PROBE_PAGE), errno);
	assert_false(probe_memory_open(&memory, file, 0));
	assert_int_equal(memory.descriptor, -1);
	assert_int_equal(close(file), -1); /* it was closed */
	assert_false(probe_memory_open(&memory, -1, 0));
}

/* Only pages that were taken are, and the calibration is ours whatever stands there. */
static void test_taken(void **state)
{
	(void)state;
	int file = -1;
	struct probe_memory memory = make_log(&file);
	struct probe_header header = read_header(file), ours = header;
	header.next_page = 3;
	header.tsc[0] = header.tsc[1] = header.monotonic_ns[0] = header.monotonic_ns[1] = 7;
	write_at(file, &header, sizeof header, 0);
	write_at(file, "dish", 4, 2 * PROBE_PAGE);
	write_at(file, "later", 5, 3 * PROBE_PAGE);
	struct buffer log = {0};
	assert_int_equal(take(&memory, &log), 3 * PROBE_PAGE);
	assert_memory_equal(log.data + 2 * PROBE_PAGE, "dish", 4);
	memcpy(&header, log.data, sizeof header);
	assert_int_equal(header.tsc[0], ours.tsc[0]);
	assert_int_equal(header.monotonic_ns[0], ours.monotonic_ns[0]);
	assert_int_not_equal(header.monotonic_ns[1], ours.tsc[0] ? 7 : 0);
	buffer_free(&log);
	close(file);
}

/* Cut, made longer, and with a header that lies: never more than there was, never what is not there. */
static void test_hostile(void **state)
{
	(void)state;
	static const struct {
		long size;
		uint32_t next_page, pages;
		size_t most;
	} cases[] = {
		{0, 5, PAGES, 0},
		{1, 5, PAGES, 0},
		{PROBE_PAGE - 1, 5, PAGES, 0},
		{PROBE_PAGE, 5, PAGES, PROBE_PAGE},
		{3 * PROBE_PAGE + 5, UINT32_MAX, UINT32_MAX, 3 * PROBE_PAGE},
		{PAGES * PROBE_PAGE, UINT32_MAX, 0, PAGES * PROBE_PAGE},
		{PAGES * PROBE_PAGE, 0, 0, PROBE_PAGE},
		{8L << 30, UINT32_MAX, UINT32_MAX, PAGES * PROBE_PAGE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int file = -1;
		struct probe_memory memory = make_log(&file);
		struct probe_header header = read_header(file);
		header.next_page = cases[i].next_page;
		header.pages = cases[i].pages;
		header.clock = PROBE_CLOCK_TSC;
		write_at(file, &header, sizeof header, 0);
		assert_return_code(ftruncate(file, cases[i].size), errno);
		struct buffer log = {0};
		struct probe_log opened = {0};
		struct error err = {0};
		assert_int_equal(take(&memory, &log), cases[i].most);
		/* It is for the reader to say what it thinks of it. */
		probe_log_open(log.data, log.size, 0, UINT64_MAX, &opened, &err);
		assert_true(opened.thread_count == 0);
		probe_log_free(&opened);
		buffer_free(&log);
		close(file);
	}
}

/* Of the pages for samples those that were written to, at most as many more as fill a page of the kernel's. */
static void test_unwritten_samples(void **state)
{
	(void)state;
	enum { BEHIND = 1 + PROBE_SAMPLE_PAGES, ALL = 5 * PROBE_SAMPLE_PAGES, GRAIN = 4 };
	static const struct {
		uint32_t written, next_page;
		size_t least;
	} cases[] = {
		{0, BEHIND + 2, 1 + 2},
		{1, BEHIND + 2, 1 + 1 + 2},
		{7, BEHIND + 2, 1 + 7 + 2},
		{PROBE_SAMPLE_PAGES, BEHIND + 2, BEHIND + 2},
		{7, BEHIND, 1 + 7},
		/* Nothing less than BEHIND was ever there, unless the program writes it. */
		{7, 100, 1 + 7},
		{7, 2, 2},
		{0, UINT32_MAX, 1 + ALL - BEHIND},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct probe_memory memory;
		int file = memfd_create("log", MFD_CLOEXEC);
		assert_return_code(ftruncate(file, (off_t)ALL * PROBE_PAGE), errno);
		assert_true(probe_memory_open(&memory, dup(file), 0));
		struct probe_header header = read_header(file);
		assert_int_equal(header.sample_pages, PROBE_SAMPLE_PAGES);
		assert_int_equal(header.next_page, BEHIND);
		header.next_page = cases[i].next_page;
		write_at(file, &header, sizeof header, 0);
		for (uint32_t page = 1; page <= cases[i].written; page++)
			write_at(file, &page, sizeof page, (size_t)page * PROBE_PAGE);
		write_at(file, "first", 5, (size_t)BEHIND * PROBE_PAGE);
		write_at(file, "second", 6, (size_t)(BEHIND + 1) * PROBE_PAGE);
		struct buffer log = {0};
		size_t size = take(&memory, &log), pages = size / PROBE_PAGE;
		assert_in_range(pages, cases[i].least, cases[i].least + GRAIN);
		memcpy(&header, log.data, sizeof header);
		assert_int_equal(header.next_page, pages);
		for (uint32_t page = 1; page <= cases[i].written && page < pages; page++)
			assert_memory_equal(log.data + (size_t)page * PROBE_PAGE, &page, sizeof page);
		if (cases[i].next_page > BEHIND) {
			size_t first = (1 + (size_t)header.sample_pages) * PROBE_PAGE;
			assert_memory_equal(log.data + first, "first", 5);
			assert_memory_equal(log.data + first + PROBE_PAGE, "second", 6);
		}
		buffer_free(&log);
		close(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_unwritten_samples),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("probe memory", tests, NULL, NULL);
}
