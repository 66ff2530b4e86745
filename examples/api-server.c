/* An API that answers every request after 2 ms of thinking, and thinks about many at once.
 * Look at how short it is: a library does the talking, and a thread for each guest the waiting.
 * The programs whose names begin with requests- ask it; start it first, in another terminal.
 * cc -pthread -o api-server examples/api-server.c -lmicrohttpd && ./api-server */
#include "checked.h"
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>

enum { PORT = 8080, GUESTS = 200 };

static char menu[] = "roast chicken, potatoes, broccoli, gravy\n";

static enum MHD_Result answer(void *unused, struct MHD_Connection *guest, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *size, void **state)
{
	(void)unused, (void)url, (void)method, (void)version, (void)body, (void)size, (void)state;

	sleep_for(2 * MILLISECOND);
	struct MHD_Response *response =
		MHD_create_response_from_buffer(sizeof menu - 1, menu, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	enum MHD_Result result = MHD_queue_response(guest, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

int main(void)
{
	struct sockaddr_in here = {
		.sin_family = AF_INET, /* and nobody from another machine */
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(PORT),
	};
	sigset_t ending;
	int received = 0;

	if (sigemptyset(&ending) != 0 || sigaddset(&ending, SIGTERM) != 0 ||
	    sigaddset(&ending, SIGINT) != 0)
		err(1, "sigaddset");
	must(pthread_sigmask(SIG_BLOCK, &ending, NULL), "pthread_sigmask");

	struct MHD_Daemon *api = MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, PORT, NULL, NULL,
		answer, NULL, MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_CONNECTION_LIMIT, GUESTS,
		MHD_OPTION_END);
	if (!api)
		err(1, "port %d", PORT);
	must(sigwait(&ending, &received), "sigwait");
	MHD_stop_daemon(api);
}
