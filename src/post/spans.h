/* Finds where the code spans of a parsed paragraph or heading stand in the text it was parsed from.
   cmark 0.30 counts an inline's column from its line's first character that is no blank, and its line without those
   that link reference definitions, code spans, links and backslashes swallow; what it says is only where to look. */
#ifndef LIVEPOST_POST_SPANS_H
#define LIVEPOST_POST_SPANS_H

#include "base/buffer.h"
#include "post/containers.h"

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

struct span {
	size_t start; /* byte of its first backtick */
	size_t code;  /* byte of the first character of its literal */
	bool found;   /* false: start and code are those of the block */
};

/* A paragraph's or heading's content as cmark's inline parser saw it: its lines without container marks and indentation,
   each ended by one \n. */
struct content {
	struct buffer bytes;
	size_t *line_starts;   /* in bytes */
	size_t *line_sources;  /* the byte of the text that each line's first byte comes from */
	bool *lazy;            /* the line does not go on with all lists and quotes that the block is in */
	size_t line_count;
	int column;            /* cmark's column of the first byte */
};

/* Link reference definitions ahead of a paragraph are in its content. {0} before, content_free after. */
void content_read(const struct parsed_text *text, cmark_node *block, struct content *content);
void content_free(struct content *content); /* takes NULL */

/* Fills spans, one for each CODE node inside block, in document order; span_count is how many there are. */
void spans_find(const struct parsed_text *text, cmark_node *block, struct span *spans, size_t span_count);

#endif
