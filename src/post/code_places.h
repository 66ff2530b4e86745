/* Finds where the code of a parsed tree stands: fenced blocks and code spans. Knows no languages. */
#ifndef LIVEPOST_POST_CODE_PLACES_H
#define LIVEPOST_POST_CODE_PLACES_H

#include "post/containers.h"

#include <cmark.h>
#include <stddef.h>

struct place_reading {
	const struct parsed_text *text; /* what the tree was parsed from */
	/* Says where a byte of that text stands in the post. Asked in order, but for what was moved. */
	void (*locate)(void *locator, size_t offset, int *line, int *column);
	void *locator;
	cmark_node **spans; /* of the paragraph at hand; {0} at first, as the next two */
	size_t span_count, capacity;
};

/* Gives each fenced block and each code span below root its place (node_data.h). */
void code_places_find(struct place_reading *reading, cmark_node *root);

#endif
