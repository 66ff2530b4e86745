/* Changes to a document's tree: nodes that are made, put somewhere, taken out; lines they were made of. Knows no Lua. */
#ifndef LIVEPOST_POST_TREE_H
#define LIVEPOST_POST_TREE_H

#include "base/error.h"
#include "post/document.h"

#include <cmark.h>
#include <stdbool.h>
#include <stddef.h>

/* Nodes live as long as their document, whether or not they stand in its tree. */
cmark_node *tree_root(const struct document *document);

/* What a node is called: CommonMark's names, of an element its tag. Static. */
const char *tree_kind(cmark_node *node);

/* A new node of that kind, which stands nowhere. What errors say of it is the place of `at` (NULL: the post's beginning).
   NULL with an error when there is no such kind, or the document has made more than 1,000,000 nodes. */
cmark_node *tree_new(struct document *document, const char *kind, cmark_node *at, struct error *err);

/* Where tree_put puts a node, as seen from another. */
enum tree_place { TREE_LAST, TREE_FIRST, TREE_BEFORE, TREE_AFTER };

/* Puts a node, taken out from where it stands, into or beside `at`. Fails when it cannot stand there. */
bool tree_put(struct document *document, cmark_node *node, enum tree_place place, cmark_node *at, struct error *err);
/* Takes a node out of the tree with all that is in it; it can be put somewhere again. Not the root. */
void tree_remove(struct document *document, cmark_node *node);

enum tree_text { TREE_LITERAL, TREE_INFO, TREE_URL, TREE_TITLE };
/* NULL when such a node has none. Valid until the node is changed. */
const char *tree_text(cmark_node *node, enum tree_text which);
/* Fails when such a node has none, and when the document's nodes were given more than 256 MiB of text. */
bool tree_set_text(struct document *document, cmark_node *node, enum tree_text which, const char *text, struct error *err);

enum tree_number { TREE_LEVEL, TREE_START, TREE_IS_TIGHT, TREE_IS_ORDERED };
/* Each false when such a node has no such number, tree_set_number also when the number is not one of those there are. */
bool tree_number(cmark_node *node, enum tree_number which, int *number);
bool tree_set_number(struct document *document, cmark_node *node, enum tree_number which, int number);

/* An attribute of the node's tag, NULL when it has none of that name. */
const char *tree_attribute(cmark_node *node, const char *name);
/* The name and value of the index-th; false behind the last. */
bool tree_attribute_at(cmark_node *node, size_t index, const char **name, const char **value);
/* value NULL takes it away. Fails when the name is no name, or the node has no tag. */
bool tree_set_attribute(struct document *document, cmark_node *node, const char *name, const char *value,
                        struct error *err);

struct tree_range {
	int line, column, end_line, end_column; /* columns are 0 where they are not known */
};
/* Where the node stands in the post: of blocks and code exactly, of other inlines the line. Of what was made the place of
   what it was made for. */
struct tree_range tree_range(const struct document *document, cmark_node *node);
/* The same without the end, which can take as long as the line is. */
struct tree_range tree_start(const struct document *document, cmark_node *node);
/* True for a text that is a single character behind a backslash. */
bool tree_is_escaped(cmark_node *node);

/* A line of the post, without the marks of lists and quotes it stands in. */
struct tree_line {
	const char *text;
	size_t size;
	int line, column; /* of its first character */
	bool is_lazy;     /* it does not go on with all lists and quotes */
};
/* The lines that a paragraph or heading was parsed from, with link reference definitions that stood ahead of it; the
   caller frees the array and *held. 0 for other nodes and those that were made. */
size_t tree_lines(const struct document *document, cmark_node *block, struct tree_line **lines, char **held);

/* A node that a walk has found, and the index of the first one behind all that is in it. */
struct tree_found {
	cmark_node *node;
	size_t behind;
};
/* The nodes in document order whose kind `wants` says yes to, each before what is in it or, with is_post, behind it (then
   `behind` says nothing). The caller frees the array. */
size_t tree_find(cmark_node *root, bool is_post, bool (*wants)(void *context, cmark_node *node), void *context,
                 struct tree_found **found);

/* The text of all that is in the node, without markup; blanks are single spaces. The caller frees it. */
char *tree_plain(cmark_node *node);

/* Lines of Markdown that are one paragraph's, parsed as text with all link reference definitions of the document. */
struct tree_snippet {
	const struct tree_line *lines;
	size_t line_count;
};
/* Fills parents, one for each snippet: nodes that stand nowhere, whose children are what the snippet says. At once is much
   cheaper than one by one. Fails when the lines have more than DOCUMENT_SIZE_MAX bytes, are no UTF-8 text or too deep. */
bool tree_inlines(struct document *document, const struct tree_snippet *snippets, size_t count, cmark_node **parents,
                  struct error *err);
/* The same of Markdown that is blocks; its places are that of `at`. */
bool tree_blocks(struct document *document, const char *text, size_t size, cmark_node *at, cmark_node **parent,
                 struct error *err);

#endif
