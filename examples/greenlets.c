/* 10,000 cooks in one thread: each says when it is somebody else's turn.
 * Look at what a turn costs: no other thread has to be woken for it.
 * cc -pthread examples/greenlets.c && ./a.out */
#include "checked.h"
#include <sys/mman.h>
#include <ucontext.h>

enum { COOKS = 10000, TURNS = 10, STACK = 16384 };

static ucontext_t loop, cooks[COOKS];
static int turns;
static int current; /* whose turn it is */

static void cook(void)
{
	for (int i = 0; i < TURNS; i++) {
		turns++;
		if (swapcontext(&cooks[current], &loop) != 0) /* somebody else's turn */
			err(1, "swapcontext");
	}
}

/* A cook who will begin with cook(), has a stack for it, and goes home to the loop. */
static void hire(ucontext_t *one, char *stack)
{
	if (getcontext(one) != 0)
		err(1, "getcontext");
	one->uc_stack.ss_sp = stack;
	one->uc_stack.ss_size = STACK;
	one->uc_link = &loop;
	makecontext(one, cook, 0);
}

int main(void)
{
	call_me("loop");
	char *stacks = mmap(NULL, (size_t)COOKS * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stacks == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < COOKS; i++)
		hire(&cooks[i], stacks + (size_t)i * STACK);

	for (int round = 0; round <= TURNS; round++) /* in the last one they go home */
		for (current = 0; current < COOKS; current++)
			if (swapcontext(&loop, &cooks[current]) != 0)
				err(1, "swapcontext");
	say("%d cooks, %d turns\n", COOKS, turns);
}
