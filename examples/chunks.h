/* 5,000 chunks of data, and what is done with each: one forward pass of a small neural
 * network, in: 128 numbers, out: which of 10 kinds it is. Nothing in it ever waits. */
#ifndef CHUNKS_H
#define CHUNKS_H
#include "checked.h"

enum { CHUNKS = 5000, INPUTS = 128, HIDDEN = 128, KINDS = 10 };

static struct {
	float hidden[HIDDEN][INPUTS], output[KINDS][HIDDEN];
} network;

/* The same numbers from the same seed, on every machine. */
static inline float next_number(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (float)(*seed >> 8) / (1 << 23) - 1.0f;
}

static inline void train(void)
{
	unsigned seed = 2021;
	for (int i = 0; i < HIDDEN; i++)
		for (int j = 0; j < INPUTS; j++)
			network.hidden[i][j] = next_number(&seed);
	for (int i = 0; i < KINDS; i++)
		for (int j = 0; j < HIDDEN; j++)
			network.output[i][j] = next_number(&seed);
}

/* The sum of a neuron's inputs, each by its weight. */
static inline float weigh(const float *weights, const float *inputs, int count)
{
	float sum = 0;
	for (int i = 0; i < count; i++)
		sum += weights[i] * inputs[i];
	return sum;
}

/* Which kind chunk number `chunk` is. */
static inline int compute(int chunk)
{
	unsigned seed = (unsigned)chunk;
	float inputs[INPUTS], hidden[HIDDEN];
	float best = 0;
	int kind = 0;

	for (int i = 0; i < INPUTS; i++)
		inputs[i] = next_number(&seed);
	for (int round = 0; round < 4; round++) { /* as often as a chunk is worth it */
		for (int i = 0; i < HIDDEN; i++) {
			float sum = weigh(network.hidden[i], inputs, INPUTS);
			hidden[i] = sum > 0 ? sum : 0;
		}
		for (int i = 0; i < INPUTS && i < HIDDEN; i++)
			inputs[i] += hidden[i] / HIDDEN;
	}
	for (int i = 0; i < KINDS; i++) {
		float sum = weigh(network.output[i], hidden, HIDDEN);
		if (i == 0 || sum > best) {
			best = sum;
			kind = i;
		}
	}
	return kind;
}

/* Prints how many chunks are of each kind: the same, however the work was shared. */
static inline void print_kinds(const int counts[KINDS])
{
	for (int i = 0; i < KINDS; i++)
		say(i < KINDS - 1 ? "%d " : "%d\n", counts[i]);
}

#endif
