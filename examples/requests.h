/* 5,000 requests to an API, and how one is made.
 * Each who asks has a connection of their own and keeps it. */
#ifndef REQUESTS_H
#define REQUESTS_H
#include "checked.h"
#include <curl/curl.h>

#ifndef REQUESTS
#define REQUESTS 5000
#endif
#define API "http://127.0.0.1:8080/menu"

/* Stops with curl's words if code is not 0. */
static inline void must_curl(CURLcode code, const char *what)
{
	if (code != CURLE_OK)
		errx(1, "%s: %s", what, curl_easy_strerror(code));
}

/* The menu is not kept, only asked for. */
static inline size_t read_menu(char *text, size_t one, size_t size, void *unused)
{
	(void)text, (void)unused;
	return one * size;
}

/* Somebody who can ask; curl_easy_cleanup() sends them home. */
static inline CURL *new_asker(void)
{
	CURL *asker = curl_easy_init();
	if (!asker)
		errx(1, "curl_easy_init");
	must_curl(curl_easy_setopt(asker, CURLOPT_URL, API), "url");
	must_curl(curl_easy_setopt(asker, CURLOPT_PROXY, ""), "no proxy");
	must_curl(curl_easy_setopt(asker, CURLOPT_WRITEFUNCTION, read_menu), "write function");
	must_curl(curl_easy_setopt(asker, CURLOPT_NOSIGNAL, 1L), "no signal");
	must_curl(curl_easy_setopt(asker, CURLOPT_FAILONERROR, 1L), "fail on error");
	return asker;
}

/* Asks once, and waits for the answer. */
static inline void ask(CURL *asker)
{
	must_curl(curl_easy_perform(asker), API);
}

#endif
