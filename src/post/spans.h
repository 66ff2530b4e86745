/* Finds where the code spans of a parsed paragraph or heading stand in the text it was parsed from.
   cmark 0.30 counts an inline's column from its line's first character that is no blank, and its line without those
   that link reference definitions, code spans, links and backslashes swallow; what it says is only where to look. */
#ifndef LIVEPOST_POST_SPANS_H
#define LIVEPOST_POST_SPANS_H

#include "post/containers.h"

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

struct span {
	size_t start; /* byte of its first backtick */
	size_t code;  /* byte of the first character of its literal */
	bool found;   /* false: start and code are those of the block */
};

/* Fills spans, one for each CODE node inside block, in document order; span_count is how many there are. */
void spans_find(const struct parsed_text *text, cmark_node *block, struct span *spans, size_t span_count);

#endif
