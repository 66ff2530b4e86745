/* Refuses Markdown whose nesting would keep the parser busy for minutes. Knows the marks of lists, quotes and images,
   and nothing else of Markdown. */
#ifndef LIVEPOST_POST_NESTING_H
#define LIVEPOST_POST_NESTING_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* False with a position (lines from first_line on) when a line opens more than 1,000 lists and quotes, when depth and
   length together are too much, or when one paragraph has more than 1,000 images. */
bool nesting_check(const char *text, size_t size, int first_line, struct error *err);

#endif
