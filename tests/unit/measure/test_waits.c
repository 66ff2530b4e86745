/* The probe's log joined with switch records: one test for each thing a thread can wait for, and what becomes of it. */
#include "measure/timeline.h"
#include "log_bytes.h"
#include "record_bytes.h"
#include "timeline_text.h"

#include <errno.h>
#include <stdio.h>

#define CPU0 (&trace.rings[0].records)
#define CPU1 (&trace.rings[1].records)

/* Two CPUs from 1000 to 2000; the program is 2 and runs on CPU 0 from 1000; 3, "A", is made at 1010 and runs on
   CPU 1 from then on. */
static struct trace kitchen(void)
{
	struct trace trace = new_trace(2, 1000, 2000, 2);
	add_exec(CPU0, 1000, 2, 2, "roast");
	add_fork(CPU0, 1010, 2, 3, 2, 2);
	add_in(CPU1, 1010, 2, 3);
	add_comm(CPU1, 1010, 2, 3, "A");
	return trace;
}

static void check_trace(struct trace *trace, const char *expected)
{
	struct timeline timeline;
	struct error err = {0};
	if (!timeline_make(trace, &timeline, &err))
		fail_msg("%s", err.text);
	check_timeline(&timeline);
	assert_string_equal(timeline.probe_problem, "");
	char *text = timeline_text(&timeline);
	assert_string_equal(text, expected);
	free(text);
	timeline_free(&timeline);
	trace_free(trace);
}

static void check(struct trace *trace, struct log_writer *log, const char *expected)
{
	trace->probe = log_finish(log);
	check_trace(trace, expected);
}

/* A leaves its CPU from 1200 to 1300. */
static struct trace wait_of_a(void)
{
	struct trace trace = kitchen();
	add_out(CPU1, 1200, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_exit(CPU1, 1400, 2, 3);
	add_exit(CPU0, 2000, 2, 2);
	return trace;
}

static void check_call(struct probe_record begin, struct probe_record end, const char *slice)
{
	struct trace trace = wait_of_a();
	struct log_writer log = {0};
	char expected[256];
	struct log_thread *a = (log_thread(&log, 2, 2), log_thread(&log, 2, 3));
	begin.time = 1190;
	end.time = 1310;
	end.kind = begin.kind | PROBE_END;
	end.value = UINT32_MAX;
	if (!end.object)
		end.object = begin.object;
	log_record(a, begin);
	log_record(a, end);
	snprintf(expected, sizeof expected, "main 0-1000: r0-1000\nA 10-400: r1-200 %s r1-400\n%s", slice,
	         begin.kind == PROBE_COND || begin.kind == PROBE_SIGNAL ? "condition1:\n" : begin.kind == PROBE_BARRIER ? "barrier1:\n" :
	         begin.kind == PROBE_IO && begin.value ? "pipe1:\n" : "");
	struct timeline timeline;
	trace.probe = log_finish(&log);
	assert_true(timeline_make(&trace, &timeline, NULL));
	check_timeline(&timeline);
	char *text = timeline_text(&timeline);
	char *flows = strstr(text, "create");
	assert_non_null(flows);
	*flows = '\0';
	assert_string_equal(text, expected);
	free(text);
	timeline_free(&timeline);
	trace_free(&trace);
}

static void test_states(void **state)
{
	(void)state;
	struct probe_record good = {0};
	check_call((struct probe_record){.kind = PROBE_COND, .object = 8, .caller = 22}, good, "c-300(condition1@22)");
	check_call((struct probe_record){.kind = PROBE_BARRIER, .object = 8}, good, "c-300(barrier1)");
	check_call((struct probe_record){.kind = PROBE_SLEEP, .object = 100}, good, "s-300()");
	check_call((struct probe_record){.kind = PROBE_SLEEP, .object = 100}, (struct probe_record){.detail = EINTR}, "s-300()");
	check_call((struct probe_record){.kind = PROBE_IO, .object = 5, .detail = PROBE_READ_CALL}, good, "i-300(read5)");
	check_call((struct probe_record){.kind = PROBE_IO, .object = 5, .value = 77, .detail = PROBE_WRITE_CALL}, good,
	           "i-300(pipe1)");
	check_call((struct probe_record){.kind = PROBE_IO, .object = 5, .detail = PROBE_FLOCK_CALL}, good, "l-300(flock5)");
	check_call((struct probe_record){.kind = PROBE_IO, .object = UINT64_MAX, .detail = PROBE_SIGNAL_CALL}, good,
	           "c-300(signal-1)");
	check_call((struct probe_record){.kind = PROBE_IO, .object = 5, .detail = 99}, good, "i-300()");
	check_call((struct probe_record){.kind = PROBE_POLL, .object = 3, .detail = PROBE_POLL_CALL}, good, "i-300(poll3)");
	check_call((struct probe_record){.kind = PROBE_POLL, .detail = PROBE_SELECT_CALL}, good, "s-300(select0)");
	check_call((struct probe_record){.kind = PROBE_POLL, .detail = PROBE_EPOLL_CALL}, good, "i-300(epoll0)");
	check_call((struct probe_record){.kind = PROBE_JOIN, .object = 9, .value = 2}, (struct probe_record){.detail = EDEADLK},
	           "j-300(<main)");
	check_call((struct probe_record){.kind = PROBE_CHILD, .value = UINT32_MAX}, (struct probe_record){.detail = ECHILD},
	           "k-300()");
	check_call((struct probe_record){.kind = PROBE_SIGNAL, .object = 8}, good, "b-300");
}

/* B (4) waits for what A holds. */
static struct trace two_waiters(void)
{
	struct trace trace = kitchen();
	add_fork(CPU0, 1020, 2, 4, 2, 2);
	add_out(CPU0, 1025, 2, 2);
	add_in(CPU0, 1030, 2, 4);
	add_comm(CPU0, 1030, 2, 4, "B");
	return trace;
}

static void test_lock(void **state)
{
	(void)state;
	/* Uncontended: held, and nobody waits; locked twice by one lane; tried in vain. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *a = (log_thread(&log, 2, 2), log_thread(&log, 2, 3));
	add_exit(CPU1, 1400, 2, 3);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1110, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1120, PROBE_ACQUIRE, .object = 128, .detail = PROBE_MUTEX);
	PUT(a, 1130, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1140, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1150, PROBE_RELEASE, .object = 192, .detail = PROBE_MUTEX); /* not its own */
	PUT(a, 1160, PROBE_ACQUIRE, .object = 64, .detail = PROBE_SPIN); /* another thing at that place */
	PUT(a, 1170, PROBE_RELEASE, .object = 64, .detail = PROBE_SPIN);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-400: r1-400\n"
	                    "mutex1: A 100-140\nmutex2: A 120-400!\nmutex3:\nspinlock1: A 160-170\ncreate main>A 10-10\n");

	/* Contended, with what the lock says of its owner; the acquisition is told twice. */
	trace = two_waiters();
	struct log_thread *b = NULL;
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	add_out(CPU0, 1200, 2, 4);
	add_in(CPU0, 1310, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1300, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1195, PROBE_LOCK, .object = 64, .value = 3, .detail = PROBE_MUTEX, .caller = 22);
	PUT_END(b, 1312, PROBE_LOCK, .object = 64);
	PUT(b, 1313, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1400, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\n"
	                    "B 20-1000: w-30 r0-200 l-310(mutex1<A@22) r0-1000\n"
	                    "mutex1: A 100-300 B 312-400\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nhand-off A>B 300-312\n");

	/* The owner from the records where the lock does not say it; a time limit that passes. */
	trace = two_waiters();
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	add_out(CPU0, 1200, 2, 4);
	add_in(CPU0, 1310, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_READ);
	PUT(a, 1400, PROBE_RELEASE, .object = 64, .detail = PROBE_READ);
	PUT(b, 1195, PROBE_LOCK, .object = 64, .detail = PROBE_WRITE | PROBE_TIMED);
	PUT_END(b, 1312, PROBE_LOCK, .object = 64, .detail = ETIMEDOUT);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\n"
	                    "B 20-1000: w-30 r0-200 l-310(rwlock1<A) r0-1000\nrwlock1: A/ 100-400\n"
	                    "create main>A 10-10\ncreate main>B 20-20\n");

	/* The owner died with it. */
	trace = two_waiters();
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	add_exit(CPU1, 1300, 2, 3);
	add_out(CPU0, 1200, 2, 4);
	add_in(CPU0, 1310, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1195, PROBE_LOCK, .object = 64, .value = 3, .detail = PROBE_MUTEX);
	PUT_END(b, 1312, PROBE_LOCK, .object = 64, .detail = EOWNERDEAD);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-300: r1-300\n"
	                    "B 20-1000: w-30 r0-200 l-310(mutex1<A) r0-1000\nmutex1: A 100-300 B 312-1000!\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nhand-off A>B 300-312\n");
}

static void test_readers(void **state)
{
	(void)state;
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_READ);
	PUT(b, 1150, PROBE_ACQUIRE, .object = 64, .detail = PROBE_READ);
	PUT(a, 1200, PROBE_RELEASE, .object = 64, .detail = PROBE_READ);
	PUT(a, 1210, PROBE_LOCK, .object = 64, .detail = PROBE_WRITE);
	PUT(b, 1300, PROBE_RELEASE, .object = 64, .detail = PROBE_READ);
	PUT_END(a, 1310, PROBE_LOCK, .object = 64);
	PUT(a, 1311, PROBE_ACQUIRE, .object = 64, .detail = PROBE_WRITE);
	PUT(a, 1400, PROBE_RELEASE, .object = 64, .detail = PROBE_WRITE);
	add_out(CPU1, 1215, 2, 3);
	add_in(CPU1, 1305, 2, 3);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-215 l-305(rwlock1<B) r1-1000\nB 20-1000: w-30 r0-1000\n"
	                    "rwlock1: A/ 100-200 B/ 150-300 A 310-400\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nhand-off B>A 300-310\n");
}

static void test_condition(void **state)
{
	(void)state;
	/* A waits; B signals with the mutex, which A has to wait for then. */
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1050, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1099, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1100, PROBE_COND, .object = 128, .caller = 7);
	add_out(CPU1, 1110, 2, 3);
	PUT(b, 1150, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(b, 1200, PROBE_SIGNAL, .object = 128);
	add_in(CPU1, 1210, 2, 3);
	add_out(CPU1, 1220, 2, 3);
	PUT(b, 1300, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	add_in(CPU1, 1310, 2, 3);
	PUT_END(a, 1320, PROBE_COND, .object = 128);
	PUT(a, 1321, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\n"
	                    "A 10-1000: r1-110 c-210(condition1@7) r1-220 l-310(mutex1<B@7) r1-1000\nB 20-1000: w-30 r0-1000\n"
	                    "mutex1: A 50-99 B 150-300 A 321-1000!\ncondition1:\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nwake-up B>A 200-320\nhand-off B>A 300-320\n");

	/* A time limit that passes is no wake-up; a broadcast wakes all, a signal the one that is back first. */
	trace = two_waiters();
	struct log_thread *m = log_thread(&log, 2, 2);
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_COND, .object = 128, .detail = PROBE_TIMED);
	PUT(b, 1110, PROBE_COND, .object = 128);
	PUT(m, 1120, PROBE_SIGNAL, .object = 128);
	PUT_END(a, 1130, PROBE_COND, .object = 128, .detail = ETIMEDOUT);
	PUT_END(b, 1140, PROBE_COND, .object = 128);
	PUT(a, 1150, PROBE_COND, .object = 128); /* back before anybody signals: that is allowed, and nobody did it */
	PUT(b, 1151, PROBE_COND, .object = 128);
	PUT_END(a, 1160, PROBE_COND, .object = 128);
	PUT(m, 1170, PROBE_SIGNAL, .object = 128);
	PUT_END(b, 1180, PROBE_COND, .object = 128);
	PUT(a, 1200, PROBE_COND, .object = 128);
	PUT(b, 1210, PROBE_COND, .object = 128);
	PUT(m, 1220, PROBE_SIGNAL, .object = 128, .value = 1);
	PUT_END(b, 1230, PROBE_COND, .object = 128);
	PUT_END(a, 1240, PROBE_COND, .object = 128);
	PUT(a, 1300, PROBE_COND, .object = 128);
	PUT(b, 1310, PROBE_COND, .object = 128);
	PUT(m, 1320, PROBE_SIGNAL, .object = 128);
	PUT_END(b, 1330, PROBE_COND, .object = 128);
	PUT(m, 1340, PROBE_SIGNAL, .object = 128);
	PUT_END(a, 1350, PROBE_COND, .object = 128);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\nB 20-1000: w-30 r0-1000\ncondition1:\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nwake-up main>B 120-140\nwake-up main>B 170-180\n"
	                    "wake-up main>B 220-230\nwake-up main>A 220-240\nwake-up main>B 320-330\nwake-up main>A 340-350\n");
}

static void test_semaphore(void **state)
{
	(void)state;
	/* Used as a lock: whoever posts had it. */
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT_END(a, 1100, PROBE_SEM_WAIT, .object = 64);
	PUT(b, 1110, PROBE_SEM_WAIT, .object = 64);
	add_out(CPU0, 1111, 2, 4);
	PUT(a, 1200, PROBE_SEM_POST, .object = 64);
	add_in(CPU0, 1205, 2, 4);
	PUT_END(b, 1210, PROBE_SEM_WAIT, .object = 64);
	PUT(b, 1300, PROBE_SEM_POST, .object = 64);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\n"
	                    "B 20-1000: w-30 r0-111 l-205(semaphore1<A) r0-1000\nsemaphore1: A 100-200 B 210-300\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nwake-up A>B 200-210\n");
	/* Used to count: nobody holds it. */
	trace = two_waiters();
	a = log_thread(&log, 2, 3);
	b = log_thread(&log, 2, 4);
	PUT_END(b, 1100, PROBE_SEM_WAIT, .object = 64);
	PUT(b, 1110, PROBE_SEM_WAIT, .object = 64);
	add_out(CPU0, 1111, 2, 4);
	PUT(a, 1200, PROBE_SEM_POST, .object = 64);
	add_in(CPU0, 1205, 2, 4);
	PUT_END(b, 1210, PROBE_SEM_WAIT, .object = 64);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\n"
	                    "B 20-1000: w-30 r0-111 l-205(semaphore1) r0-1000\nsemaphore1:\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nwake-up A>B 200-210\n");
}

static void test_barrier(void **state)
{
	(void)state;
	/* Two rounds; B is quick to come to the second one before A is back from the first. */
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_BARRIER, .object = 64);
	PUT(b, 1200, PROBE_BARRIER, .object = 64);
	PUT_END(b, 1201, PROBE_BARRIER, .object = 64);
	PUT(b, 1205, PROBE_BARRIER, .object = 64);
	PUT_END(a, 1210, PROBE_BARRIER, .object = 64);
	PUT(a, 1300, PROBE_BARRIER, .object = 64);
	PUT_END(a, 1301, PROBE_BARRIER, .object = 64);
	PUT_END(b, 1302, PROBE_BARRIER, .object = 64);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-1000\nB 20-1000: w-30 r0-1000\nbarrier1:\n"
	                    "create main>A 10-10\ncreate main>B 20-20\nwake-up B>A 200-210\nwake-up A>B 300-302\n");
}

static void test_pipe(void **state)
{
	(void)state;
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1100, PROBE_IO, .object = 3, .value = 77, .detail = PROBE_READ_CALL);
	add_out(CPU1, 1105, 2, 3);
	PUT(b, 1200, PROBE_IO, .object = 4, .value = 77, .detail = PROBE_WRITE_CALL);
	PUT_END(b, 1205, PROBE_IO, .object = 4);
	add_in(CPU1, 1210, 2, 3);
	PUT(b, 1215, PROBE_IO, .object = 4, .value = 77, .detail = PROBE_WRITE_CALL);
	PUT_END(b, 1218, PROBE_IO, .object = 4);
	PUT_END(a, 1220, PROBE_IO, .object = 3);
	check(&trace, &log, "main 0-1000: r0-25 b-1000\nA 10-1000: r1-105 i-210(pipe1) r1-1000\nB 20-1000: w-30 r0-1000\n"
	                    "pipe1:\ncreate main>A 10-10\ncreate main>B 20-20\nwake-up B>A 200-220\n");
}

static void test_join(void **state)
{
	(void)state;
	/* One thread that is waited for, whose exit is recorded a moment late, and one that had ended long before. */
	struct trace trace = two_waiters();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 4);
	PUT(a, 1011, PROBE_THREAD_START, .object = 4711, .value = 2, .caller = 900);
	PUT(b, 1031, PROBE_THREAD_START, .object = 4711, .value = 2, .caller = 901);
	PUT(m, 1024, PROBE_JOIN, .object = 901, .value = 4);
	add_exit(CPU1, 1100, 2, 3);
	add_in(CPU1, 1202, 2, 2);
	add_exit(CPU0, 1210, 2, 4);
	PUT_END(m, 1204, PROBE_JOIN, .object = 901);
	PUT(m, 1300, PROBE_JOIN, .object = 900);
	PUT_END(m, 1301, PROBE_JOIN, .object = 900);
	check(&trace, &log, "main 0-1000: r0-25 j-202(<B) r1-1000\nA 10-100: r1-100\nB 20-210: w-30 r0-210\n"
	                    "create main>A 10-10\ncreate main>B 20-20\njoin B>main 204-204\njoin A>main 100-301\n");
}

static void test_child(void **state)
{
	(void)state;
	struct trace trace = new_trace(2, 1000, 2000, 2);
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2);
	add_exec(CPU0, 1000, 2, 2, "roast");
	add_fork(CPU0, 1010, 5, 5, 2, 2);
	add_in(CPU1, 1020, 5, 5);
	add_out(CPU0, 1110, 2, 2);
	add_exit(CPU1, 1200, 5, 5);
	add_in(CPU0, 1210, 2, 2);
	PUT(m, 1100, PROBE_CHILD, .value = UINT32_MAX);
	log_record(m, (struct probe_record){.time = 1220, .kind = PROBE_CHILD | PROBE_END, .object = 5, .value = UINT32_MAX});
	log_thread(&log, 5, 5);
	check(&trace, &log, "main 0-1000: r0-110 k-210(<process 1) r0-1000\nprocess 1 10-200: w-20 r1-200\n"
	                    "create main>process 1 10-10\njoin process 1>main 200-220\n");
}

/* What the run-queue delay accounts for is no longer the wait. */
static void test_delay(void **state)
{
	(void)state;
	struct trace trace = wait_of_a();
	struct log_writer log = {.flags = PROBE_WANT_DELAY};
	struct log_thread *a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	log_record(a, (struct probe_record){.time = 1310, .kind = PROBE_SLEEP | PROBE_END, .object = 1, .value = 1});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-400: r1-200 s-236() w-300 r1-400\ncreate main>A 10-10\n");
	/* All of it, and more than there is. */
	trace = wait_of_a();
	a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	log_record(a, (struct probe_record){.time = 1310, .kind = PROBE_SLEEP | PROBE_END, .object = 1, .value = 9});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-400: r1-200 w-300 r1-400\ncreate main>A 10-10\n");
	/* Preempted in the same call: that part of it is shown already. */
	trace = kitchen();
	add_preempted(CPU1, 1200, 2, 3);
	add_in(CPU1, 1250, 2, 3);
	add_out(CPU1, 1260, 2, 3);
	add_in(CPU1, 1360, 2, 3);
	a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	log_record(a, (struct probe_record){.time = 1370, .kind = PROBE_SLEEP | PROBE_END, .object = 1, .value = 1});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 w-250 r1-260 s-346() w-360 r1-1000\ncreate main>A 10-10\n");
	/* Preempted for longer than the delay tells: nothing is left to take. */
	trace = kitchen();
	add_preempted(CPU1, 1200, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_out(CPU1, 1310, 2, 3);
	add_in(CPU1, 1360, 2, 3);
	a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	log_record(a, (struct probe_record){.time = 1370, .kind = PROBE_SLEEP | PROBE_END, .object = 1, .value = 1});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 w-300 r1-310 s-360() r1-1000\ncreate main>A 10-10\n");
	/* Of two slices the last one is taken from first, and what is left from the other. */
	trace = kitchen();
	add_out(CPU1, 1200, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_out(CPU1, 1310, 2, 3);
	add_in(CPU1, 1350, 2, 3);
	a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	log_record(a, (struct probe_record){.time = 1370, .kind = PROBE_SLEEP | PROBE_END, .object = 1, .value = 1});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 s-276() w-300 r1-310 w-350 r1-1000\ncreate main>A 10-10\n");
	/* That of an inner call is part of the outer one's. */
	trace = kitchen();
	add_out(CPU1, 1200, 2, 3);
	add_in(CPU1, 1400, 2, 3);
	add_out(CPU1, 1450, 2, 3);
	add_in(CPU1, 1600, 2, 3);
	a = log_thread(&log, 2, 3);
	PUT(a, 1190, PROBE_IO, .object = 1, .detail = PROBE_STDIO_CALL);
	PUT(a, 1195, PROBE_IO, .object = 2, .detail = PROBE_WRITE_CALL);
	log_record(a, (struct probe_record){.time = 1410, .kind = PROBE_IO | PROBE_END, .object = 2, .value = 1});
	log_record(a, (struct probe_record){.time = 1610, .kind = PROBE_IO | PROBE_END, .object = 1, .value = 1});
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 i-336(write2) w-400 r1-450 i-600(stdio1) r1-1000\n"
	                    "create main>A 10-10\n");
}

static void test_beginnings_without_end(void **state)
{
	(void)state;
	/* Still waiting at the end. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3);
	add_out(CPU1, 1200, 2, 3);
	PUT(a, 1190, PROBE_COND, .object = 8);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 c-1000(condition1!)\ncondition1:\ncreate main>A 10-10\n");
	/* Cancelled in it: what follows is none of it. */
	trace = kitchen();
	a = log_thread(&log, 2, 3);
	add_out(CPU1, 1200, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_out(CPU1, 1400, 2, 3);
	add_in(CPU1, 1500, 2, 3);
	PUT(a, 1190, PROBE_COND, .object = 8);
	PUT(a, 1310, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
	PUT(a, 1600, PROBE_THREAD_END);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-200 c-300(condition1) r1-400 b-500 r1-1000\n"
	                    "condition1:\nmutex1:\ncreate main>A 10-10\n");
	/* A handler's calls do not end the wait they interrupt, with an end or without. */
	for (int ended = 0; ended < 2; ended++) {
		trace = kitchen();
		a = log_thread(&log, 2, 3);
		add_out(CPU1, 1200, 2, 3);
		add_in(CPU1, 1300, 2, 3);
		add_out(CPU1, 1310, 2, 3);
		add_in(CPU1, 1320, 2, 3);
		add_out(CPU1, 1400, 2, 3);
		PUT(a, 1190, PROBE_COND, .object = 8);
		PUT(a, 1305, PROBE_IO, .object = 1, .detail = PROBE_WRITE_CALL);
		PUT_END(a, 1330, PROBE_IO, .object = 1);
		if (ended) {
			add_in(CPU1, 1500, 2, 3);
			PUT_END(a, 1510, PROBE_COND, .object = 8);
		}
		check(&trace, &log, ended ? "main 0-1000: r0-1000\nA 10-1000: r1-200 c-300(condition1) r1-310 i-320(write1) r1-400 "
		                            "c-500(condition1) r1-1000\ncondition1:\ncreate main>A 10-10\n"
		                          : "main 0-1000: r0-1000\nA 10-1000: r1-200 c-300(condition1!) r1-310 i-320(write1) r1-400 "
		                            "c-1000(condition1!)\ncondition1:\ncreate main>A 10-10\n");
	}
	/* An end without a beginning; one of another object; an end left over from a wait that was left. */
	trace = kitchen();
	a = log_thread(&log, 2, 3);
	PUT_END(a, 1100, PROBE_SLEEP, .object = 1);
	PUT(a, 1110, PROBE_IO, .object = 1, .detail = PROBE_READ_CALL);
	add_out(CPU1, 1120, 2, 3);
	PUT_END(a, 1130, PROBE_IO, .object = 2);
	add_in(CPU1, 1140, 2, 3);
	PUT_END(a, 1150, PROBE_IO, .object = 1);
	PUT(a, 1200, PROBE_SEM_WAIT, .object = 64);
	PUT(a, 1210, PROBE_MARK);
	add_out(CPU1, 1212, 2, 3);
	add_in(CPU1, 1214, 2, 3);
	PUT_END(a, 1220, PROBE_SEM_WAIT, .object = 64);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-1000: r1-120 i-140(read1) r1-212 b-214 r1-1000 =210\n"
	                    "semaphore1: A 220-1000!\ncreate main>A 10-10\n");
}

static void test_lost_probe_records(void **state)
{
	(void)state;
	/* The end of the wait may be among them: only the first slice is surely its own. */
	struct trace trace = kitchen();
	struct log_writer log = {.lost = 3};
	struct log_thread *a = log_thread(&log, 2, 3);
	add_out(CPU1, 1200, 2, 3);
	add_in(CPU1, 1300, 2, 3);
	add_out(CPU1, 1400, 2, 3);
	PUT(a, 1190, PROBE_SLEEP, .object = 8);
	trace.probe = log_finish(&log);
	struct timeline timeline;
	assert_true(timeline_make(&trace, &timeline, NULL));
	assert_int_equal(timeline.lost, 3);
	timeline_free(&timeline);
	check_trace(&trace, "main 0-1000: r0-1000\nA 10-1000: r1-200 s-300() r1-400 b-1000\ncreate main>A 10-10\n");
}

static void test_what_the_program_names(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {.run_pages = 1};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3);
	PUT(m, 1001, PROBE_THREAD_START, .caller = 800);
	PUT(a, 1012, PROBE_THREAD_START, .object = 4711, .value = 2, .caller = 900);
	log_text(a, (struct probe_record){.time = 1020, .kind = PROBE_SPAN}, "a name that is longer than one piece of text");
	log_text(a, (struct probe_record){.time = 1030, .kind = PROBE_SPAN}, "inner");
	log_text(a, (struct probe_record){.time = 1040, .kind = PROBE_MARK}, "now\n\x01");
	log_record(a, (struct probe_record){.time = 1050, .kind = PROBE_SPAN | PROBE_END});
	log_text(a, (struct probe_record){.time = 1060, .kind = PROBE_SPAN}, "open");
	log_text(a, (struct probe_record){.time = 1070, .kind = PROBE_NAME}, "oven");
	log_text(a, (struct probe_record){.time = 1080, .kind = PROBE_NAME, .object = 800}, "cook");
	/* Text that nobody announced, and text that never came. */
	log_record(a, (struct probe_record){.kind = PROBE_TEXT, .detail = 28, .object = 'x'});
	log_record(a, (struct probe_record){.time = 1090, .kind = PROBE_MARK, .value = 1000});
	/* Text longer than was announced. */
	log_record(a, (struct probe_record){.time = 1091, .kind = PROBE_MARK, .value = 3});
	log_record(a, (struct probe_record){.time = 0x6867666564636261, .kind = PROBE_TEXT, .detail = 8});
	log_record(a, (struct probe_record){.time = 0x6867666564636261, .kind = PROBE_TEXT, .detail = 8});
	log_record(a, (struct probe_record){.time = 1095, .kind = PROBE_SPAN | PROBE_END});
	log_record(a, (struct probe_record){.time = 1096, .kind = PROBE_SPAN | PROBE_END});
	log_record(a, (struct probe_record){.time = 1097, .kind = PROBE_SPAN | PROBE_END}); /* of nothing */
	check(&trace, &log, "cook 0-1000: r0-1000\n"
	                    "oven 10-1000: r1-1000 a name that is longer than one piece of text=20-96 inner=30-50 open=60-95 "
	                    "now ?=40 =90 abc=91\ncreate cook>oven 10-10\n");
}

static void test_modules(void **state)
{
	(void)state;
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3);
	log_text(m, (struct probe_record){.time = 1001, .kind = PROBE_MODULE, .object = 0x5000}, "/tmp/a-rather-long-path/roast");
	log_text(m, (struct probe_record){.time = 1002, .kind = PROBE_MODULE, .object = 0x9000}, "/lib/libc.so.6");
	log_text(a, (struct probe_record){.time = 1011, .kind = PROBE_MODULE, .object = 0x9000}, "/lib/libc.so.6");
	PUT(m, 1100, PROBE_EXEC);
	struct log_thread *again = log_thread(&log, 2, 2);
	log_text(again, (struct probe_record){.time = 1200, .kind = PROBE_MODULE, .object = 0x7000}, "/bin/cat");
	PUT(again, 1300, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	PUT(m, 1050, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	trace.probe = log_finish(&log);
	struct timeline timeline;
	assert_true(timeline_make(&trace, &timeline, NULL));
	check_timeline(&timeline);
	assert_int_equal(timeline.image_count, 2);
	assert_int_equal(timeline.images[0].module_count, 2);
	assert_string_equal(timeline.images[0].modules[0].path, "/tmp/a-rather-long-path/roast");
	assert_int_equal(timeline.images[0].modules[0].bias, 0x5000);
	assert_int_equal(timeline.images[1].module_count, 1);
	assert_string_equal(timeline.images[1].modules[0].path, "/bin/cat");
	/* One address in two programs is two locks. */
	assert_int_equal(timeline.resource_count, 2);
	assert_int_equal(timeline.lanes[0].image, 0);
	timeline_free(&timeline);
	trace_free(&trace);
}

static void test_coroutines(void **state)
{
	(void)state;
	/* A goes to X, back, to Y, to X, back; X is made anew and is another one then. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3);
	add_out(CPU1, 1150, 2, 3);
	add_in(CPU1, 1160, 2, 3);
	PUT(a, 1050, PROBE_CONTEXT, .object = 0x100000200, .detail = 1, .caller = 4712);
	PUT(a, 1100, PROBE_CONTEXT, .object = 0x100000200, .value = 0x100);
	PUT(a, 1145, PROBE_SLEEP, .object = 10);
	PUT_END(a, 1165, PROBE_SLEEP, .object = 10);
	PUT(a, 1200, PROBE_CONTEXT, .object = 0x100000100, .value = 0x200, .caller = 5);
	PUT(a, 1300, PROBE_CONTEXT, .object = 0x300, .value = 0x100);
	PUT(a, 1400, PROBE_CONTEXT, .object = 0x100000200, .value = 0x300);
	PUT(a, 1500, PROBE_CONTEXT, .object = 0x100000100, .value = 0x200);
	PUT(a, 1600, PROBE_CONTEXT, .object = 0x100000200, .detail = 1, .caller = 4713);
	PUT(a, 1700, PROBE_CONTEXT, .object = 0x100000200, .value = 0x100);
	check(&trace, &log, "main 0-1000: r0-1000\n"
	                    "A 10-1000: r1-100 b-200(swapcontext0) r1-300 b-500(swapcontext0) r1-700 b-1000(swapcontext0)\n"
	                    "A coroutine 1 100-500: r1-150 s-160() r1-200 b-400(swapcontext0@5) r1-500\n"
	                    "A coroutine 2 300-400: r1-400\n"
	                    "A coroutine 3 700-1000: r1-1000\n"
	                    "create main>A 10-10\ncreate A>A coroutine 1 100-100\nwake-up A coroutine 1>A 200-200\n"
	                    "create A>A coroutine 2 300-300\nwake-up A coroutine 2>A coroutine 1 400-400\n"
	                    "wake-up A coroutine 1>A 500-500\ncreate A>A coroutine 3 700-700\n");
}

static void test_out_of_order(void **state)
{
	(void)state;
	/* A handler wrote between the time and the place of the record that it interrupted. */
	struct trace trace = wait_of_a();
	struct log_writer log = {0};
	struct log_thread *a = log_thread(&log, 2, 3);
	PUT(a, 1312, PROBE_MARK);
	PUT(a, 1190, PROBE_SLEEP, .object = 1);
	PUT_END(a, 1310, PROBE_SLEEP, .object = 1);
	check(&trace, &log, "main 0-1000: r0-1000\nA 10-400: r1-200 s-300() r1-400 =312\ncreate main>A 10-10\n");
}

static void test_used_ids(void **state)
{
	(void)state;
	/* A tid that is used again: each thread has its own lane, and the owner is the one of that time. */
	struct trace trace = kitchen();
	struct log_writer log = {0};
	add_exit(CPU1, 1100, 2, 3);
	add_fork(CPU0, 1200, 2, 3, 2, 2);
	add_in(CPU1, 1210, 2, 3);
	add_comm(CPU1, 1211, 2, 3, "B");
	add_out(CPU0, 1300, 2, 2);
	add_in(CPU0, 1400, 2, 2);
	struct log_thread *m = log_thread(&log, 2, 2), *a = log_thread(&log, 2, 3), *b = log_thread(&log, 2, 3);
	log_thread(&log, 2, 99); /* nobody's */
	PUT(a, 1050, PROBE_MARK);
	PUT(b, 1250, PROBE_MARK);
	PUT(m, 1290, PROBE_LOCK, .object = 64, .value = 3, .detail = PROBE_MUTEX);
	PUT_END(m, 1410, PROBE_LOCK, .object = 64);
	PUT(&log.threads[3], 1500, PROBE_MARK);
	check(&trace, &log, "main 0-1000: r0-300 l-400(mutex1<B) r0-1000\nA 10-100: r1-100 =50\nB 200-1000: w-210 r1-1000 =250\n"
	                    "mutex1: main 410-1000!\ncreate main>A 10-10\ncreate main>B 200-200\n");
}

/* A process and one that it forks at once, both on a core until the end. */
static struct trace main_and_child(void)
{
	struct trace trace = new_trace(2, 1000, 2000, 2);
	add_exec(CPU0, 1000, 2, 2, "roast");
	add_fork(CPU0, 1010, 5, 5, 2, 2);
	add_in(CPU1, 1010, 5, 5);
	return trace;
}

static void test_shared_between_processes(void **state)
{
	(void)state;
	for (int shared = 0; shared < 2; shared++) {
		struct trace trace = main_and_child();
		struct log_writer log = {0};
		struct log_thread *m = log_thread(&log, 2, 2), *child = log_thread(&log, 5, 5);
		uint16_t flag = shared ? PROBE_SHARED : 0;
		PUT(child, 1100, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX | flag);
		PUT(child, 1200, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX | flag);
		PUT(m, 1150, PROBE_LOCK, .object = 64, .value = 5, .detail = PROBE_MUTEX | flag);
		PUT_END(m, 1210, PROBE_LOCK, .object = 64);
		check(&trace, &log, shared ? "main 0-1000: r0-1000\nprocess 1 10-1000: r1-1000\n"
		                             "mutex1: process 1 100-200 main 210-1000!\n"
		                             "create main>process 1 10-10\nhand-off process 1>main 200-210\n"
		                           : "main 0-1000: r0-1000\nprocess 1 10-1000: r1-1000\n"
		                             "mutex1: main 210-1000!\nmutex2: process 1 100-200\ncreate main>process 1 10-10\n");
	}
}

static void test_semaphore_between_processes(void **state)
{
	(void)state;
	/* Each takes it once while it is free; the first in the order of lanes before any record but its own. */
	for (int shared = 0; shared < 2; shared++) {
		struct trace trace = main_and_child();
		struct log_writer log = {0};
		struct log_thread *m = log_thread(&log, 2, 2), *child = log_thread(&log, 5, 5);
		uint16_t flag = shared ? PROBE_SHARED : 0;
		PUT_END(m, 1100, PROBE_SEM_WAIT, .object = 64, .detail = flag);
		PUT(m, 1200, PROBE_SEM_POST, .object = 64, .detail = flag);
		PUT_END(child, 1300, PROBE_SEM_WAIT, .object = 64, .detail = flag);
		PUT(child, 1400, PROBE_SEM_POST, .object = 64, .detail = flag);
		check(&trace, &log, shared ? "main 0-1000: r0-1000\nprocess 1 10-1000: r1-1000\n"
		                             "semaphore1: main 100-200 process 1 300-400\ncreate main>process 1 10-10\n"
		                           : "main 0-1000: r0-1000\nprocess 1 10-1000: r1-1000\n"
		                             "semaphore1: main 100-200\nsemaphore2: process 1 300-400\n"
		                             "create main>process 1 10-10\n");
	}
}

/* Ten thousand times from hand to hand, with a third one that comes in between now and then. */
static void test_ten_thousand_hand_offs(void **state)
{
	(void)state;
	enum { TURNS = 10000, STEP = 1000 };
	struct trace trace = new_trace(3, 1000, 1000 + (TURNS + 2) * STEP, 2);
	struct log_writer log = {0};
	struct log_thread *threads[3] = {log_thread(&log, 2, 2), log_thread(&log, 2, 3), log_thread(&log, 2, 4)};
	add_exec(CPU0, 1000, 2, 2, "roast");
	for (uint32_t i = 1; i < 3; i++) {
		add_fork(CPU0, 1000, 2, 2 + i, 2, 2);
		add_in(&trace.rings[i].records, 1000, 2, 2 + i);
	}
	/* Thread `holder` has it from `at` to at + STEP; the next one begins to wait in the middle. */
	unsigned holder = 0, *holders = memory_zero(TURNS + 1, sizeof *holders);
	PUT(threads[0], 1010, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
	for (unsigned i = 0; i < TURNS; i++) {
		unsigned next = (holder + 1 + i * 7 / 5 % 2) % 3;
		uint64_t at = 1010 + (uint64_t)i * STEP;
		holders[i] = holder;
		struct buffer *cpu = &trace.rings[next].records;
		/* The lock itself tells the owner only every other time. */
		PUT(threads[next], at + 400, PROBE_LOCK, .object = 64, .value = i % 2 ? 2 + holder : 0, .detail = PROBE_MUTEX);
		add_out(cpu, at + 410, 2, 2 + next);
		PUT(threads[holder], at + 980, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
		if (i % 3 == 0) { /* barges in, unheeded by those who wait */
			unsigned third = 3 - holder - next;
			PUT(threads[third], at + 981, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
			PUT(threads[third], at + 985, PROBE_RELEASE, .object = 64, .detail = PROBE_MUTEX);
		}
		add_in(cpu, at + 990, 2, 2 + next);
		PUT_END(threads[next], at + 1000, PROBE_LOCK, .object = 64);
		PUT(threads[next], at + 1001, PROBE_ACQUIRE, .object = 64, .detail = PROBE_MUTEX);
		holder = next;
	}
	holders[TURNS] = holder;
	trace.probe = log_finish(&log);
	struct timeline timeline;
	assert_true(timeline_make(&trace, &timeline, NULL));
	check_timeline(&timeline);
	assert_int_equal(timeline.wait_count, TURNS);
	assert_int_equal(timeline.resource_count, 1);
	assert_int_equal(timeline.resources[0].wait_count, TURNS);
	for (unsigned i = 0; i < TURNS; i++) {
		const struct wait *wait = &timeline.waits[timeline.resources[0].waits[i]];
		assert_int_equal(wait->owner, holders[i]);
		assert_int_equal(wait->lane, holders[i + 1]);
	}
	size_t turn = 0;
	for (size_t i = 0; i < timeline.flow_count; i++) {
		const struct flow *flow = &timeline.flows[i];
		if (flow->kind != FLOW_HAND_OFF)
			continue;
		unsigned third = 3 - holders[turn] - holders[turn + 1];
		assert_int_equal(flow->from, turn % 3 ? holders[turn] : third);
		assert_int_equal(flow->to, holders[turn + 1]);
		turn++;
	}
	assert_int_equal(turn, TURNS);
	free(holders);
	timeline_free(&timeline);
	trace_free(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_condition),
		cmocka_unit_test(test_semaphore),
		cmocka_unit_test(test_barrier),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_beginnings_without_end),
		cmocka_unit_test(test_lost_probe_records),
		cmocka_unit_test(test_what_the_program_names),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_coroutines),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_used_ids),
		cmocka_unit_test(test_shared_between_processes),
		cmocka_unit_test(test_semaphore_between_processes),
		cmocka_unit_test(test_ten_thousand_hand_offs),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
