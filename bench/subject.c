/* What the benchmarks run: `subject PART [COUNT]`. yield and pipe say how long their loop took, in ns, and how many
   switches it made. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int count, ends[2][2];

static uint64_t now_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static long count_switches(void)
{
	struct rusage usage = {0};
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

static void *yield(void *unused)
{
	for (int i = 0; i < count; i++)
		sched_yield();
	return unused;
}

static void *answer(void *unused)
{
	char byte = 0;
	for (int i = 0; i < count; i++)
		if (read(ends[0][0], &byte, 1) != 1 || write(ends[1][1], &byte, 1) != 1)
			abort();
	return unused;
}

static void ask(void)
{
	char byte = 0;
	for (int i = 0; i < count; i++)
		if (write(ends[0][1], &byte, 1) != 1 || read(ends[1][0], &byte, 1) != 1)
			abort();
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "nothing";
	count = argc > 2 ? atoi(argv[2]) : 0;
	if (!strcmp(part, "nothing"))
		return 0;
	/* On one core, so that every hand-over is a switch. */
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
	if (pipe(ends[0]) || pipe(ends[1]))
		return 1;
	pthread_t other;
	uint64_t start = now_ns();
	long switches = count_switches();
	if (pthread_create(&other, NULL, !strcmp(part, "yield") ? yield : answer, NULL))
		return 1;
	if (!strcmp(part, "yield"))
		yield(NULL);
	else
		ask();
	pthread_join(other, NULL);
	printf("%llu %ld\n", (unsigned long long)(now_ns() - start), count_switches() - switches);
	return 0;
}
