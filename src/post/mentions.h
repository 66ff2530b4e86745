/* Mentions of figures, listings and tables in the text of a document: `@fig-roast`. Knows nothing of what is mentioned. */
#ifndef LIVEPOST_POST_MENTIONS_H
#define LIVEPOST_POST_MENTIONS_H

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

struct document;

struct mention {
	cmark_node *node; /* a text that holds `@` and the name, nothing else */
	char *name;       /* "fig-roast" */
	int first_line, last_line; /* of the post: of the block that it stands in; 0 where nobody knows */
	bool is_plain;    /* inside of a link, or of the description of an image: it can be no link itself */
};

/* Finds what begins with `@fig-`, `@lst-` or `@tbl-` behind no letter or digit of
   ASCII, `_`, `.` or `/`, goes on with letters, digits, `-`
   and `_`, and ends with a letter or digit. Not an `@` that was written as `\@` or as an entity, and nothing in code.
   Each becomes a node of its own; the tree says the same as before. The caller frees *mentions with mentions_free;
   it is NULL where there are none. The nodes stay the tree's. Returns how many there are. */
size_t mentions_find(struct document *document, struct mention **mentions);
void mentions_free(struct mention *mentions, size_t count); /* takes NULL */

#endif
