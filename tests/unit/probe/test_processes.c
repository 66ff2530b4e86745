/* The probe on processes, descriptors, streams, coroutines and many threads. */
#include "probe_case.h"

/* Of each process: how many locks it took, and whether it said its modules and its beginning. */
static void check_processes(const struct log *log, size_t least)
{
	size_t found = 0;
	for (size_t i = 0; i < log->count; i++) {
		const struct seen *first = &log->seen[i];
		if (first->record->kind != PROBE_THREAD_START || first->record->value)
			continue;
		size_t modules = 0;
		for (size_t j = 0; j < log->count; j++)
			modules += log->seen[j].pid == first->pid && log->seen[j].record->kind == PROBE_MODULE;
		assert_true(modules >= 3);
		found++;
	}
	if (found < least)
		fail_msg("%zu processes instead of %zu", found, least);
}

static void test_forks(void **state)
{
	(void)state;
	struct trace_plan plan = { .argv = SUBJECT("subject_processes", "forks"), .probe = probe, .pages = 64 * 1024 };
	struct log log = take_log(&plan);
	struct traced bare = trace_program(&(struct trace_plan){ .argv = SUBJECT("subject_processes", "forks") });
	check_output("with a log", log.traced.output, bare.output);
	assert_int_equal(log.traced.status, bare.status);
	assert_int_equal(log.traced.header->lost, 0);
	/* 50 children, 5 of theirs, one that libc does not know of. */
	check_processes(&log, 56);
	assert_int_equal(count_kind(&log, PROBE_FORK), 50 + 5);
	uint32_t parent = log.seen[0].pid;
	size_t children_locks = 0;
	for (size_t i = 0; i < log.count; i++)
		children_locks += log.seen[i].pid != parent && log.seen[i].record->kind == PROBE_ACQUIRE;
	assert_int_equal(children_locks, 50 * 201 + 100);
	free_log(&log);
	traced_free(&bare);
}

static void test_children(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "children"), NULL, &log);
	/* The last: this process itself becomes a shell, and goes on in the log. */
	assert_true(count_module(&log, "subject_processes") >= 1);
	assert_true(count_kind(&log, PROBE_EXEC) >= 4);
	assert_true(count_kind(&log, PROBE_CHILD | PROBE_END) >= 9);
	free_log(&log);
}

static void test_descriptors(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "descriptors"), NULL, &log);
	assert_int_equal(count_kind(&log, PROBE_ACQUIRE), 510);
	assert_int_equal(count_kind(&log, PROBE_SLEEP), count_kind(&log, PROBE_SLEEP | PROBE_END));
	free_log(&log);
	/* The same with delays, which need a descriptor for a moment. */
	struct trace_plan plan = { .argv = SUBJECT("subject_processes", "descriptors"), 
	                           .probe = probe, .flags = PROBE_WANT_DELAY | PROBE_WANT_CPU_TIME };
	log = take_log(&plan);
	struct traced bare = trace_program(&(struct trace_plan){ .argv = SUBJECT("subject_processes", "descriptors") });
	check_output("with a log", log.traced.output, bare.output);
	size_t delays = 0;
	for (size_t i = 0; i < log.count; i++)
		if (log.seen[i].record->kind == (PROBE_SLEEP | PROBE_END)) {
			/* What was short, as sleeping for a time that is no time is, has neither. */
			bool read = log.seen[i].record->value != UINT32_MAX;
			delays += read;
			assert_in_range(log.seen[i].record->caller, read ? 1000 : 0, read ? 10000000000u : 0);
		}
	assert_true(delays >= 2);
	free_log(&log);
	traced_free(&bare);
}

static void test_interrupted(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "interrupted"), NULL, &log);
	assert_int_equal(count_detail(&log, PROBE_SLEEP | PROBE_END, EINTR), 2);
	assert_int_equal(count_detail(&log, PROBE_IO, PROBE_READ_CALL), 1);
	assert_int_equal(count_detail(&log, PROBE_IO, PROBE_SIGNAL_CALL), 2);
	assert_int_equal(count_detail(&log, PROBE_POLL | PROBE_END, EINTR), 1);
	free_log(&log);
}

static void test_streams(void **state)
{
	(void)state;
	check_same(SUBJECT("subject_processes", "streams"), NULL, NULL);
	check_same(SUBJECT("fortified_processes", "streams"), NULL, NULL);
	check_same(SUBJECT("fortified_processes", "descriptors"), NULL, NULL);
}

/* Both ends of a pipe bear its inode, in both processes; what is no pipe any more does not. */
static void test_pipes(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "pipes"), NULL, &log);
	uint32_t inode = 0;
	size_t reads = 0, writes = 0, other = 0;
	for (size_t i = 0; i < log.count; i++) {
		const struct probe_record *record = log.seen[i].record;
		if (record->kind != PROBE_IO || record->object <= 2)
			continue;
		inode = inode ? inode : record->value;
		reads += record->detail == PROBE_READ_CALL && record->value == inode;
		writes += record->detail == PROBE_WRITE_CALL && record->value == inode;
		other += record->detail == PROBE_WRITE_CALL && record->value == 0;
		assert_true(record->value == inode || record->value == 0);
	}
	assert_true(inode != 0);
	assert_int_equal(writes, 5);
	assert_int_equal(reads, 5);
	assert_int_equal(other, 2);
	free_log(&log);
}

static void test_coroutines(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "coroutines"), NULL, &log);
	assert_int_equal(count_detail(&log, PROBE_CONTEXT, 1), 2);
	assert_int_equal(count_detail(&log, PROBE_CONTEXT, 0), 9);
	/* Each switch leaves the context that the one before went to. */
	uint64_t current = 0;
	for (size_t i = 0; i < log.count; i++) {
		const struct probe_record *record = log.seen[i].record;
		if (record->kind != PROBE_CONTEXT || record->detail)
			continue;
		if (current)
			assert_int_equal(record->value, (uint32_t)current);
		current = record->object;
	}
	free_log(&log);
}

static void test_many_threads(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_processes", "many-threads"), NULL, &log);
	assert_int_equal(count_kind(&log, PROBE_THREAD_START), 20001);
	assert_int_equal(count_detail(&log, PROBE_THREAD_END, 0), 20000);
	assert_int_equal(count_kind(&log, PROBE_CREATE), 20000);
	assert_int_equal(count_kind(&log, PROBE_ACQUIRE), 20000);
	assert_int_equal(count_kind(&log, PROBE_JOIN | PROBE_END), 20000);
	free_log(&log);
	check_same(SUBJECT("subject_processes", "wide"), NULL, &log);
	assert_int_equal(count_kind(&log, PROBE_THREAD_START), 201);
	assert_int_equal(count_kind(&log, PROBE_ACQUIRE), 200 * 300);
	/* Who was created by which call. */
	for (size_t i = 0; i < log.count; i++) {
		const struct probe_record *start = log.seen[i].record;
		size_t creations = 0;
		if (start->kind != PROBE_THREAD_START || !start->value)
			continue;
		for (size_t j = 0; j < log.count; j++)
			creations += log.seen[j].record->kind == PROBE_CREATE && log.seen[j].record->detail == start->detail
			             && log.seen[j].record->object == start->object && log.seen[j].tid == start->value;
		assert_int_equal(creations, 1);
	}
	free_log(&log);
}

static void test_modules(void **state)
{
	(void)state;
	char extra[PATH + 64];
	snprintf(extra, sizeof extra, "LIVEPOST_TEST_MODULE=%s/module.so", folder);
	struct log log;
	check_same(SUBJECT("subject_processes", "modules"), extra, &log);
	assert_int_equal(count_module(&log, "/module.so"), 1);
	assert_int_equal(count_module(&log, "/libprobe.so"), 1);
	assert_int_equal(count_module(&log, "/libc.so.6"), 1);
	assert_int_equal(count_module(&log, "/subject_processes"), 1);
	free_log(&log);
}

static void test_fork_within(void **state)
{
	(void)state;
	struct trace_plan plan = { .argv = SUBJECT("subject_processes", "fork-within"), .probe = probe, .pages = 64 * 1024 };
	struct log log = take_log(&plan);
	assert_int_equal(log.traced.status, 0);
	check_processes(&log, 30);
	free_log(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forks),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_coroutines),
		cmocka_unit_test(test_many_threads),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_fork_within),
	};
	return run_probe_tests(tests, sizeof tests / sizeof *tests);
}
