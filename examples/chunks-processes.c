/* 5,000 chunks of data, shared among processes, each of which sends home what it found.
 * Look at the start and the end: a process is not to be had for nothing.
 * cc -O2 -pthread examples/chunks-processes.c && ./a.out */
#include "chunks.h"

#ifndef PROCESSES
#define PROCESSES 4
#endif

/* Computes every PROCESSES-th chunk; what was found goes through the pipe. */
static void crunch(int first, int home)
{
	int counts[KINDS] = { 0 };

	number_me("cruncher", first + 1);
	for (int i = first; i < CHUNKS; i += PROCESSES)
		counts[compute(i)]++;
	if (write(home, counts, sizeof counts) != (ssize_t)sizeof counts)
		err(1, "write");
}

int main(void)
{
	int counts[KINDS] = { 0 }, found[KINDS], ends[2];

	call_me("main");
	train();
	if (pipe(ends) != 0)
		err(1, "pipe");
	for (int i = 0; i < PROCESSES; i++) {
		pid_t cruncher = fork();
		if (cruncher == -1)
			err(1, "fork");
		if (cruncher == 0) {
			crunch(i, ends[1]);
			return 0;
		}
	}
	if (close(ends[1]) != 0) /* or nobody would notice when the last one has gone */
		err(1, "close");
	for (int i = 0; i < PROCESSES; i++) {
		if (read(ends[0], found, sizeof found) != (ssize_t)sizeof found)
			errx(1, "a cruncher has not said what it found");
		for (int kind = 0; kind < KINDS; kind++)
			counts[kind] += found[kind];
	}
	wait_for_processes(PROCESSES);
	print_kinds(counts);
}
