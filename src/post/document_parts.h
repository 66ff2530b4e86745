/* What a document is made of, for the files that work on it: document.c, tree.c, snippets.c, html.c. */
#ifndef LIVEPOST_POST_DOCUMENT_PARTS_H
#define LIVEPOST_POST_DOCUMENT_PARTS_H

#include "post/containers.h"
#include "post/document.h"
#include "post/node_data.h"
#include "post/place.h"

#include <cmark.h>

/* A stretch of what was parsed, and the post's byte that its first byte comes from. */
struct origin {
	size_t parsed, post;
	bool is_own; /* no part of the post: all of it comes from that byte */
};

struct document {
	cmark_node *root;
	char *post;              /* the text that it was made of */
	size_t post_size;
	int first_line;
	size_t *post_lines;      /* where each of its lines begins */
	size_t post_line_count;
	struct parsed_text text; /* what was parsed: the post's text, or pieces of it; owned */
	struct origin *origins;  /* NULL when that is the same */
	size_t origin_count;
	bool is_smart;
	struct document_code *codes;
	cmark_node **nodes;      /* of each code, or what has replaced it */
	size_t code_count, capacity;
	struct mention *mentions; /* node: NULL when it was replaced */
	struct document_mention *mentioned;
	size_t mention_count;
	bool is_stale;           /* the tree was changed: codes are to be looked for again */
	cmark_node **loose;      /* what was made or taken out; some of it stands in the tree again */
	size_t loose_count, loose_capacity;
	size_t made_nodes, made_bytes;
	unsigned mark;
	char *definitions;       /* Markdown of all link reference definitions; NULL until they are asked for */
};

/* Parses size bytes as cmark does, with the escapes kept apart, and has the code's places found by `locate`. */
cmark_node *parse_tree(const struct parsed_text *text, bool is_smart,
                       void (*locate)(void *locator, size_t offset, int *line, int *column), void *locator,
                       int empty_lines);
/* Where each line of a text begins, `empty` lines of nothing in front; the caller frees it. */
size_t *find_lines(const char *text, size_t size, int empty, size_t *count);
/* The post's byte that a byte of the parsed text comes from. */
size_t document_origin(const struct document *document, size_t offset);
/* Markdown of all link reference definitions; the document's. Found in the tree as it was parsed: to be called before the
   first change. */
const char *document_definitions(struct document *document);
/* Takes what is out of the tree into the document's care. */
void document_keep(struct document *document, cmark_node *node);

#endif
