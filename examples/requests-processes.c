/* 5,000 requests by 8 processes, each with its share; to the API of api-server.c, which
 * must be running.
 * Look at how few wait at once: a process is a lot to pay for somebody who waits.
 * cc -pthread examples/requests-processes.c -lcurl && ./a.out */
#include "requests.h"

#ifndef PROCESSES
#define PROCESSES 8
#endif

static void ask_share(int number)
{
	number_me("asker", number);
	must_curl(curl_global_init(CURL_GLOBAL_DEFAULT), "curl");
	CURL *asker = new_asker();
	for (int i = number; i <= REQUESTS; i += PROCESSES)
		ask(asker);
	curl_easy_cleanup(asker);
	curl_global_cleanup();
}

int main(void)
{
	call_me("main");
	for (int number = 1; number <= PROCESSES; number++) {
		pid_t asker = fork();
		if (asker == -1)
			err(1, "fork");
		if (asker == 0) {
			ask_share(number);
			return 0;
		}
	}
	wait_for_processes(PROCESSES);
	say("%d answers\n", REQUESTS);
}
