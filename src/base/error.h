/* An error as a value: where in the text at hand, and one sentence. Knows no file names and never prints. */
#ifndef LIVEPOST_BASE_ERROR_H
#define LIVEPOST_BASE_ERROR_H

#include <stdbool.h>

struct error {
	int line, column;  /* 1-based position in the text that was being read; 0 where there is none */
	char text[1024];   /* "what: why, and what to do", without a final newline; cut if longer */
};

/* Each sets *err (which may be NULL) and returns false, so that a function can end in `return error_set(err, …)`. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_set_at(struct error *err, int line, int column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* As error_set, with ": " and strerror(errno) behind the text. */
bool error_set_errno(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
