/* Two threads hand a spoon to and fro 100,000 times.
 * Look at what a turn costs when the kernel has to be asked.
 * cc -pthread examples/thread-turns.c && ./a.out */
#include "checked.h"

enum { COOKS = 2, TURNS = 100000 };

static pthread_mutex_t spoon = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed = PTHREAD_COND_INITIALIZER;
static int turns;

/* Each takes every other turn: one the even ones, one the odd ones. */
static void *cook(void *number)
{
	int mine = *(int *)number;

	must(pthread_mutex_lock(&spoon), "lock");
	while (turns < TURNS) {
		if (turns % COOKS == mine) {
			turns++;
			must(pthread_cond_signal(&handed), "signal");
		} else {
			must(pthread_cond_wait(&handed, &spoon), "wait");
		}
	}
	must(pthread_mutex_unlock(&spoon), "unlock");
	return NULL;
}

int main(void)
{
	pthread_t cooks[COOKS];
	int numbers[COOKS] = { 0, 1 };

	call_me("main");
	for (int i = 0; i < COOKS; i++)
		must(pthread_create(&cooks[i], NULL, cook, &numbers[i]), "pthread_create");
	for (int i = 0; i < COOKS; i++)
		must(pthread_join(cooks[i], NULL), "pthread_join");
	say("%d cooks, %d turns\n", COOKS, turns);
}
