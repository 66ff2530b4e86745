/* 5,000 requests by one thread that has 50 of them under way and sleeps until any of the
 * answers is there: an event loop, as asyncio is one. The API of api-server.c must be running.
 * Look at the single lane: it does what 50 threads did.
 * cc -pthread examples/requests-loop.c -lcurl && ./a.out */
#include "requests.h"

#ifndef AT_ONCE
#define AT_ONCE 50
#endif

static void must_multi(CURLMcode code, const char *what)
{
	if (code != CURLM_OK)
		errx(1, "%s: %s", what, curl_multi_strerror(code));
}

/* Takes the answers that are there, and asks anew as long as there is something to ask. */
static int take_answers(CURLM *loop, int *asked)
{
	int answers = 0, left = 0;
	CURLMsg *news;
	while ((news = curl_multi_info_read(loop, &left)) != NULL) {
		CURL *asker = news->easy_handle;
		must_curl(news->data.result, API);
		must_multi(curl_multi_remove_handle(loop, asker), "remove");
		if (*asked < REQUESTS) {
			must_multi(curl_multi_add_handle(loop, asker), "add");
			(*asked)++;
		} else {
			curl_easy_cleanup(asker);
		}
		answers++;
	}
	return answers;
}

int main(void)
{
	call_me("loop");
	must_curl(curl_global_init(CURL_GLOBAL_DEFAULT), "curl");
	CURLM *loop = curl_multi_init();
	if (!loop)
		errx(1, "curl_multi_init");

	int asked = 0, answered = 0, busy = 0;
	for (; asked < AT_ONCE && asked < REQUESTS; asked++)
		must_multi(curl_multi_add_handle(loop, new_asker()), "add");
	while (answered < REQUESTS) {
		must_multi(curl_multi_perform(loop, &busy), "perform");
		int answers = take_answers(loop, &asked);
		answered += answers;
		if (answers == 0) /* nothing to do: sleep until something comes */
			must_multi(curl_multi_poll(loop, NULL, 0, 1000, NULL), "poll");
	}
	must_multi(curl_multi_cleanup(loop), "cleanup");
	curl_global_cleanup();
	say("%d answers\n", REQUESTS);
}
