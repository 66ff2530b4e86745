/* What the probe costs: the same loops bare, with the probe but no log, and with both, in turns: of each loop the round
   that was disturbed least, as a nanosecond is less than what a busy machine adds; of starts medians.
   bench/probe_cost PROBE.so. Asserts nothing: it prints a table, what | bare | probed | ratio or difference | limit | met? */
#include "trace_program.h"

#include <pthread.h>
#include <semaphore.h>

enum { TURNS = 7, ROUNDS = 5 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static char text[64];
static FILE *nowhere;
static int zeros, pipes[2];

static void lock_unlock(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void try_held(void)
{
	pthread_mutex_trylock(&held);
}

static void try_free(void)
{
	pthread_mutex_trylock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void post(void)
{
	sem_post(&semaphore);
}

static void write_buffered(void)
{
	fwrite(text, 1, 1, nowhere);
}

static void look(void)
{
	poll(NULL, 0, 0);
}

static void print(void)
{
	fprintf(nowhere, "%d\n", 42);
}

static void read_zeros(void)
{
	ssize_t ignored = read(zeros, text, sizeof text);
	(void)ignored;
}

static void write_pipe(void)
{
	ssize_t ignored = write(pipes[1], text, 1);
	ignored = read(pipes[0], text, 1);
	(void)ignored;
}

static void *do_nothing(void *unused)
{
	return unused;
}

static void create_join(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, do_nothing, NULL) == 0)
		pthread_join(thread, NULL);
}

static int turn;

static void *answer(void *unused)
{
	pthread_mutex_lock(&mutex);
	while (turn >= 0) {
		while (turn == 0)
			pthread_cond_wait(&condition, &mutex);
		if (turn < 0)
			break;
		turn = 0;
		pthread_cond_signal(&condition);
	}
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void play(void)
{
	pthread_t thread;
	turn = 0;
	if (pthread_create(&thread, NULL, answer, NULL))
		return;
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 200; i++) {
		turn = 1;
		pthread_cond_signal(&condition);
		while (turn == 1)
			pthread_cond_wait(&condition, &mutex);
	}
	turn = -1;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
}

enum limit { NO_LIMIT, LIMIT_RATIO, LIMIT_RECORD, LIMIT_DIFFERENCE };

static const struct loop {
	const char *name;
	void (*once)(void);
	int times, units; /* units: by which what once takes is divided */
	int records;      /* of a unit */
	enum limit limit;
	double most;
} loops[] = {
	{ "lock+unlock of a free mutex, ns", lock_unlock, 50000, 1, 2, LIMIT_RATIO, 2.0 },
	{ "a record of lock or unlock, ns", lock_unlock, 50000, 1, 2, LIMIT_RECORD, 10 },
	{ "a record of sem_post, ns", post, 50000, 1, 1, LIMIT_RECORD, 10 },
	{ "trylock of a held mutex (leaves nothing), ns", try_held, 200000, 1, 0, LIMIT_DIFFERENCE, 1 },
	{ "fwrite into a buffer (leaves nothing), ns", write_buffered, 200000, 1, 0, LIMIT_DIFFERENCE, 1 },
	/* In 170 ns of a system call one more cannot be seen. */
	{ "poll that only looks (leaves nothing), ns", look, 20000, 1, 0, NO_LIMIT, 0 },
	{ "trylock and unlock of a free mutex, ns", try_free, 50000, 1, 2, LIMIT_RECORD, 10 },
	{ "fprintf into a buffer (taken back), ns", print, 50000, 1, 0, NO_LIMIT, 0 },
	{ "read of /dev/zero (taken back), ns", read_zeros, 20000, 1, 0, NO_LIMIT, 0 },
	{ "write to a pipe, read from it, ns", write_pipe, 5000, 1, 2, NO_LIMIT, 0 },
	{ "pthread_create and join, ns", create_join, 200, 1, 0, NO_LIMIT, 0 },
	{ "ping-pong over a condition, there and back, ns", play, 3, 200, 0, NO_LIMIT, 0 },
};
enum { LOOPS = sizeof loops / sizeof *loops };

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof *numbers, compare_doubles);
	return numbers[count / 2];
}

static double least(const double *numbers, size_t count)
{
	double found = numbers[0];
	for (size_t i = 1; i < count; i++)
		found = numbers[i] < found ? numbers[i] : found;
	return found;
}

/* Prints the ns of each loop, of its rounds the best. */
static int measure(void)
{
	pthread_mutex_lock(&held);
	nowhere = fopen("/dev/null", "w");
	zeros = open("/dev/zero", O_RDONLY);
	if (!nowhere || zeros < 0 || pipe(pipes))
		return 1;
	for (size_t i = 0; i < LOOPS; i++) {
		double best = 1e18;
		for (int round = 0; round < ROUNDS; round++) {
			sem_init(&semaphore, 0, 0);
			uint64_t start = monotonic_ns();
			for (int n = 0; n < loops[i].times; n++)
				loops[i].once();
			double ns = (double)(monotonic_ns() - start) / loops[i].times / loops[i].units;
			best = ns < best ? ns : best;
		}
		printf("%f\n", best);
	}
	return 0;
}

enum way { BARE, OFF, ON, WAYS };

static struct trace_plan plan_of(const char *const *argv, const char *probe, enum way way, uint32_t pages)
{
	return (struct trace_plan){ .argv = argv, .probe = way == BARE ? NULL : probe, .no_log = way != ON, .pages = pages,
	                            .prefill = true };
}

static void row(const char *name, double bare, double probed, const char *middle, const char *limit, const char *met)
{
	printf("%-48s | %9.2f | %9.2f | %10s | %8s | %s\n", name, bare, probed, middle, limit, met);
}

static void print_loop(const struct loop *loop, double bare, double probed)
{
	char middle[32], limit[32];
	double value = loop->limit == LIMIT_DIFFERENCE ? probed - bare
	               : loop->limit == LIMIT_RECORD   ? (probed - bare) / loop->records
	                                               : probed / bare;
	snprintf(middle, sizeof middle, value == probed / bare ? "%.2fx" : "%+.2f", value);
	snprintf(limit, sizeof limit, loop->limit == LIMIT_RATIO ? "%.1fx" : "%.0f", loop->most);
	row(loop->name, bare, probed, middle, loop->limit ? limit : "", !loop->limit ? "" : value <= loop->most ? "yes" : "NO");
}

/* From fork to the end of a program that does nothing, in ms. */
static double start_ms(const char *probe, enum way way)
{
	const char *const argv[] = { "/bin/true", NULL };
	struct trace_plan plan = plan_of(argv, probe, way, 64);
	uint64_t start = monotonic_ns();
	struct traced traced = trace_program(&plan);
	double ms = (double)(monotonic_ns() - start) / 1e6;
	traced_free(&traced);
	return ms;
}

static double counter_ns(void)
{
#if defined(__x86_64__)
	volatile uint64_t last;
	uint64_t start = monotonic_ns();
	for (int i = 0; i < 1000000; i++)
		last = __rdtsc();
	(void)last;
	return (double)(monotonic_ns() - start) / 1e6;
#else
	return 0;
#endif
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--measure"))
		return measure();
	if (argc != 2)
		return 2;
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	if (length < 0)
		return 1;
	self[length] = '\0';
	const char *const run[] = { self, "--measure", NULL };
	static double numbers[WAYS][LOOPS][TURNS], starts[WAYS][TURNS * 7], counters[TURNS];
	unsigned long long lost = 0;
	for (int at = 0; at < TURNS; at++) {
		for (enum way way = BARE; way < WAYS; way++) {
			struct trace_plan plan = plan_of(run, argv[1], way, 24 * 1024);
			struct traced traced = trace_program(&plan);
			char *text_at = traced.output;
			for (size_t i = 0; i < LOOPS; i++)
				numbers[way][i][at] = strtod(text_at, &text_at);
			lost += traced.header->lost;
			if (way == ON && traced.header->next_page < traced.header->pages / 4) {
				fprintf(stderr, "the probe has written next to nothing: what was measured is not it\n");
				return 1;
			}
			traced_free(&traced);
		}
		counters[at] = counter_ns();
	}
	for (int at = 0; at < TURNS * 7; at++)
		for (enum way way = BARE; way < WAYS; way++)
			starts[way][at] = start_ms(argv[1], way);
	printf("%-48s | %9s | %9s | %10s | %8s | %s\n", "what", "bare", "probed", "ratio/diff", "limit", "met?");
	for (size_t i = 0; i < LOOPS; i++)
		print_loop(&loops[i], least(numbers[BARE][i], TURNS), least(numbers[ON][i], TURNS));
	for (size_t i = 0; i < LOOPS; i++) {
		if (loops[i].limit != LIMIT_DIFFERENCE)
			continue;
		struct loop off = loops[i];
		char name[80];
		snprintf(name, sizeof name, "%.*s(no log), ns", (int)strcspn(off.name, "("), off.name);
		off.name = name;
		print_loop(&off, least(numbers[BARE][i], TURNS), least(numbers[OFF][i], TURNS));
	}
	char middle[32];
	double bare = median(starts[BARE], TURNS * 7), probed = median(starts[ON], TURNS * 7);
	snprintf(middle, sizeof middle, "%+.2f", probed - bare);
	row("start and end of /bin/true, ms", bare, probed, middle, "2", probed - bare <= 2 ? "yes" : "NO");
	row("reading the time stamp counter once, ns", 0, least(counters, TURNS), "", "", "");
	row("records lost", 0, (double)lost, "", "0", lost ? "NO" : "yes");
	return 0;
}
