/* 5,000 requests by 50 threads, each of which takes the next one when it has an answer; to
 * the API of api-server.c, which must be running.
 * Look at the lanes: every one of them waits, and all of them wait at once.
 * cc -pthread examples/requests-threads.c -lcurl && ./a.out */
#include "requests.h"
#include <stdatomic.h>

#ifndef THREADS
#define THREADS 50
#endif

static atomic_int asked;

static void *keep_asking(void *unused)
{
	call_me("asker");
	CURL *asker = new_asker();
	while (atomic_fetch_add(&asked, 1) < REQUESTS)
		ask(asker);
	curl_easy_cleanup(asker);
	return unused;
}

int main(void)
{
	pthread_t askers[THREADS];

	call_me("main");
	must_curl(curl_global_init(CURL_GLOBAL_DEFAULT), "curl");
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&askers[i], NULL, keep_asking, NULL), "pthread_create");
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(askers[i], NULL), "pthread_join");
	curl_global_cleanup();
	say("%d answers\n", REQUESTS);
}
