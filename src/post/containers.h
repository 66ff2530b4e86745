/* Where the text of a line begins inside the lists and quotes it stands in. Knows CommonMark's container marks. */
#ifndef LIVEPOST_POST_CONTAINERS_H
#define LIVEPOST_POST_CONTAINERS_H

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

/* A text that cmark has parsed. */
struct parsed_text {
	const char *text;
	size_t size;
	const size_t *lines; /* byte at which each of cmark's lines begins; cmark's line n is lines[n - 1] */
	size_t line_count;
};

struct line_entry {
	size_t at;       /* byte of the line's first character behind the marks of the containers */
	size_t tab_rest; /* when that is a tab of which a container has used a part: how many columns are left of it */
	bool is_lazy;    /* the line does not go on with all of the containers: only a paragraph's text can do so */
};

/* The entry of cmark's line `line` into what stands directly inside parent. Keeps what it finds out about list items
   in their data (post/node_data.h). The parents must be those that the parser made. */
struct line_entry container_enter(const struct parsed_text *text, cmark_node *parent, size_t line);

#endif
