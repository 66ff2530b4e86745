/* A library that is loaded while the program runs: what it calls must be seen, and where it lies be said. */
#include <pthread.h>

void use_lock_elsewhere(void);

void use_lock_elsewhere(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}
