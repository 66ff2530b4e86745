/* The probe in programs that end oddly, have little room or memory of their own, call the kernel themselves, share objects. */
#include "probe_case.h"

static size_t count_masked(const struct log *log, uint16_t kind, uint16_t detail)
{
	size_t count = 0;
	for (size_t i = 0; i < log->count; i++)
		count += log->seen[i].record->kind == kind && (log->seen[i].record->detail & detail) == detail;
	return count;
}

static void test_system_calls(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_odd", "raw"), NULL, &log);
	size_t futexes = 0, sleeps = 0, other = 0, ends = 0;
	for (size_t i = 0; i < log.count; i++) {
		const struct probe_record *record = log.seen[i].record;
		ends += record->kind == (PROBE_SYSCALL | PROBE_END);
		if (record->kind != PROBE_SYSCALL)
			continue;
		futexes += record->object == 202;
		sleeps += record->object == 35;
		other += record->object == 39 || record->object == 186; /* getpid, gettid: nothing to wait for */
	}
	/* One that timed out and the thread's; a wake-up and a mismatch are quick, unless the CPU was taken away. */
	assert_in_range(futexes, 2, 5);
	assert_int_equal(sleeps, 1);
	assert_true(other <= 1);
	assert_true(ends >= 3);
	free_log(&log);
}

/* Whose end ends the process says so, and no other; none does where a signal came first. */
static void test_ends(void **state)
{
	(void)state;
	static const struct {
		const char *mode;
		int status;
		size_t threads, processes;
	} ends[] = {
		{ "main-leaves", 6 << 8, 2, 1 }, { "others-stay", 0, 0, 1 }, { "leave-at-once", 7 << 8, 0, 1 },
		{ "leave-quickly", 8 << 8, 0, 1 }, { "abort", SIGABRT, 0, 0 }, { "kill-thread", SIGTERM, 0, 0 },
		{ "fault", SIGSEGV, 0, 0 },
	};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct log log;
		check_same(SUBJECT("subject_odd", ends[i].mode), NULL, &log);
		assert_int_equal(log.traced.status & ~0x80, ends[i].status); /* a core or none */
		assert_int_equal(count_detail(&log, PROBE_THREAD_END, 0), ends[i].threads);
		assert_int_equal(count_detail(&log, PROBE_THREAD_END, 1), ends[i].processes);
		for (size_t j = 0; j < log.count; j++)
			if (log.seen[j].record->kind == PROBE_THREAD_END)
				assert_in_range(log.seen[j].record->object, 1000, 10000000000u);
		free_log(&log);
	}
}

static void test_little_room(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_odd", "small"), NULL, &log);
	/* On both stacks: the thread's, and the handler's. */
	assert_true(count_kind(&log, PROBE_ACQUIRE) >= 202);
	assert_int_equal(count_kind(&log, PROBE_SLEEP), 2);
	free_log(&log);
}

static void test_bad_pointers(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_odd", "bad-pointers"), NULL, &log);
	assert_int_equal(log.traced.status, 0);
	assert_non_null(strstr(log.traced.output, "nanosleep(bad[i], NULL) = -1, errno 14"));
	assert_int_equal(count_kind(&log, PROBE_SLEEP), 5 * 5 + 2);
	free_log(&log);
}

static void test_shared(void **state)
{
	(void)state;
	struct log log;
	check_same(SUBJECT("subject_odd", "shared"), NULL, &log);
	static const uint16_t kinds[] = { PROBE_LOCK, PROBE_COND, PROBE_SEM_WAIT };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		/* Mutex and read-write lock, private and between processes; all with a time. */
		size_t each = kinds[i] == PROBE_LOCK ? 2 : 1;
		assert_int_equal(count_kind(&log, kinds[i]), 2 * each);
		assert_int_equal(count_masked(&log, kinds[i], PROBE_TIMED), 2 * each);
		assert_int_equal(count_masked(&log, kinds[i], PROBE_SHARED | PROBE_TIMED), each);
	}
	assert_int_equal(count_masked(&log, PROBE_ACQUIRE, PROBE_SHARED), 3);
	assert_int_equal(count_masked(&log, PROBE_RELEASE, PROBE_SHARED), 3);
	/* One that was free leaves its end alone. */
	assert_int_equal(count_kind(&log, PROBE_SEM_WAIT | PROBE_END), 2 + 2);
	assert_int_equal(count_detail(&log, PROBE_SEM_WAIT | PROBE_END, PROBE_SHARED), 1);
	static const uint16_t others[] = { PROBE_SIGNAL, PROBE_SEM_POST, PROBE_BARRIER };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(count_kind(&log, others[i]), 2);
		assert_int_equal(count_detail(&log, others[i], PROBE_SHARED), 1);
	}
	free_log(&log);
}

static void test_cxx(void **state)
{
	(void)state;
	struct log log;
	check_same((const char *const[]){ subject("subject_cxx"), NULL }, NULL, &log);
	assert_true(WIFSIGNALED(log.traced.status));
	assert_non_null(strstr(log.traced.output, "caught by nobody"));
	assert_true(count_kind(&log, PROBE_COND) >= 4);
	assert_true(count_detail(&log, PROBE_LOCK, PROBE_MUTEX | PROBE_TIMED) >= 1);
	free_log(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system_calls),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_bad_pointers),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_cxx),
	};
	return run_probe_tests(tests, sizeof tests / sizeof *tests);
}
