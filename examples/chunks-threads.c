/* 5,000 chunks of data, shared among threads that must hold the lock to compute, as Python
 * code must; with -DGIL=0 there is no lock.
 * Look at how the threads take turns, and at what the turns cost.
 * cc -O2 -pthread examples/chunks-threads.c && ./a.out */
#include "chunks.h"
#include "gil.h"

#ifndef THREADS
#define THREADS 4
#endif

struct share {
	pthread_t thread;
	int first;
	int counts[KINDS];
};

/* Computes every THREADS-th chunk. */
static void *crunch(void *given)
{
	struct share *share = given;

	call_me("cruncher");
	take_gil();
	for (int i = share->first; i < CHUNKS; i += THREADS) {
		share->counts[compute(i)]++;
		between_instructions();
	}
	drop_gil();
	return NULL;
}

int main(void)
{
	struct share shares[THREADS] = { 0 };
	int counts[KINDS] = { 0 };

	call_me("main");
	train();
	for (int i = 0; i < THREADS; i++) {
		shares[i].first = i;
		must(pthread_create(&shares[i].thread, NULL, crunch, &shares[i]), "pthread_create");
	}
	for (int i = 0; i < THREADS; i++) {
		must(pthread_join(shares[i].thread, NULL), "pthread_join");
		for (int kind = 0; kind < KINDS; kind++)
			counts[kind] += shares[i].counts[kind];
	}
	print_kinds(counts);
}
