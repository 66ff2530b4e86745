/* What we keep of a node beside cmark: attributes, what element it is, where its code stands. Knows no Lua and no HTML
   but the names of elements. */
#ifndef LIVEPOST_POST_NODE_DATA_H
#define LIVEPOST_POST_NODE_DATA_H

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

/* What CommonMark has no node for is an element: a custom node that is called by its HTML tag. */
struct element {
	const char *tag;
	bool is_block;
	bool is_container; /* a block that holds blocks: its tags stand on lines of their own */
	bool is_void;      /* has neither children nor an end tag */
};

struct attribute {
	char *name, *value; /* value: as text, without HTML's escapes */
};

/* Where the code of a code span or a fenced block stands in the post. */
struct code_place {
	int line, column, code_line, code_column;
	bool closed;
	size_t id; /* 0 until it is listed, then its index + 1 */
};

struct node_data {
	const struct element *element; /* NULL for CommonMark's own */
	struct attribute *attributes;  /* in the order in which they were first set */
	size_t attribute_count;
	struct code_place *code;
	int line, column;   /* of a node that was made: what it was made of; 0 for those that were parsed */
	size_t item_width;  /* of a list item: how far its lines are indented; 0 while nobody asked */
	unsigned mark;      /* of the last rendering: something in here is ours */
	bool is_escaped;    /* a text that is one character behind a backslash */
	bool is_loose;      /* is in the document's list of nodes that were made or taken out */
};

/* The node's data, made when there is none; node_data_peek returns NULL then. Only node_free frees it. */
struct node_data *node_data_get(cmark_node *node);
struct node_data *node_data_peek(cmark_node *node);
struct code_place *node_code_get(cmark_node *node);
/* Frees a node that stands in no tree, with all that is in it, and their data. Takes NULL. */
void node_free(cmark_node *root);

/* NULL when there is none. */
const struct element *element_find(const char *tag);
const struct element *element_of(cmark_node *node);
/* The i-th element there is; NULL behind the last. */
const struct element *element_at(size_t index);

const char *attribute_find(const struct node_data *data, const char *name);
/* value NULL takes the attribute away. */
void attribute_set(struct node_data *data, const char *name, const char *value);

#endif
