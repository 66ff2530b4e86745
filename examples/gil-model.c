/* Three who only chop and one who tastes now and then, all of them Python threads.
 * Look at the lane of the lock, and at how long the gravy waits for a taste of 0.1 ms.
 * With -DGIL=0 there is no lock.
 * cc -pthread examples/gil-model.c && ./a.out */
#include "gil.h"

/* Chopping in Python: instruction after instruction, with the lock held. */
static void chop(long long time)
{
	long long done = time_on(CLOCK_THREAD_CPUTIME_ID) + time;
	while (time_on(CLOCK_THREAD_CPUTIME_ID) < done) {
		for (volatile int i = 0; i < 20000; i++)
			;
		between_instructions();
	}
}

/* time.sleep(), like every call that waits, puts the lock down for so long. */
static void simmer(long long time)
{
	drop_gil();
	sleep_for(time);
	take_gil();
}

static void *prepare(void *name)
{
	call_me(name);
	take_gil();
	chop(40 * MILLISECOND);
	drop_gil();
	return NULL;
}

static void *taste(void *name)
{
	call_me(name);
	take_gil();
	for (int i = 0; i < 8; i++) {
		simmer(2 * MILLISECOND);
		chop(MILLISECOND / 10);
	}
	drop_gil();
	return NULL;
}

int main(void)
{
	static char *names[] = { "chicken", "potatoes", "broccoli" };
	pthread_t threads[4];

	call_me("main");
	must(pthread_create(&threads[3], NULL, taste, "gravy"), "pthread_create");
	for (int i = 0; i < 3; i++)
		must(pthread_create(&threads[i], NULL, prepare, names[i]), "pthread_create");
	for (int i = 0; i < 4; i++)
		must(pthread_join(threads[i], NULL), "pthread_join");
	say("the lock changed hands %lu times\n", gil.changes);
}
