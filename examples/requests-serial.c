/* 5,000 requests, one after another, to the API of api-server.c, which must be running.
 * Look at how little of the time anything is done: it is all waiting for an answer.
 * cc -pthread examples/requests-serial.c -lcurl && ./a.out */
#include "requests.h"

int main(void)
{
	call_me("asker");
	must_curl(curl_global_init(CURL_GLOBAL_DEFAULT), "curl");
	CURL *asker = new_asker();
	for (int i = 0; i < REQUESTS; i++)
		ask(asker);
	curl_easy_cleanup(asker);
	curl_global_cleanup();
	say("%d answers\n", REQUESTS);
}
