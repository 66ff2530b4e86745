/* Keeps what an author wrote behind a backslash apart from what may be marks of ours. cmark drops the backslash, so that
   `\~~` and `~~` would be the same text. Knows which characters that matters for, not what they mean. */
#ifndef LIVEPOST_POST_ESCAPES_H
#define LIVEPOST_POST_ESCAPES_H

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

enum { ESCAPED_COUNT = 5 };

/* Of each character that is kept apart what stands for it while cmark parses: two bytes that the text has not. */
struct escapes {
	bool is_used;
	char stand_ins[ESCAPED_COUNT][3];
};

/* Returns a copy of the text, of the same size, in which stand-ins are in the place of the escapes; the caller frees it.
   NULL when the text has none. A stand-in is punctuation to cmark, as what it stands for is. */
char *escapes_hide(const char *text, size_t size, struct escapes *escapes);
/* Puts back what was hidden, in everything below root: in text it becomes a node of its own that is marked as escaped, in
   addresses and titles the character, in code and HTML the backslash stays with it. */
void escapes_show(cmark_node *root, const struct escapes *escapes);

#endif
