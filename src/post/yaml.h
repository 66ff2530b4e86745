/* YAML as a tree with positions, by libyaml. Knows no keys and no types: every scalar stays text. */
#ifndef LIVEPOST_POST_YAML_H
#define LIVEPOST_POST_YAML_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	int line, column;         /* of its first character in the post; a column counts characters */
	bool quoted;              /* a scalar in quotes or a block (`|`, `>`): text whatever it looks like */
	char *text;               /* of a scalar: UTF-8 without NUL, terminated; NULL otherwise */
	size_t size;              /* of text, in bytes */
	struct yaml_node **items; /* of a sequence its items; of a mapping key, value, key, value …; keys are scalars */
	size_t item_count;
};

/* Where YAML text stands in the post. */
struct yaml_source {
	const char *text;    /* valid UTF-8 without NUL */
	size_t size;
	int first_line;      /* the post's line of the text's first line */
	const int *columns;  /* of each line of the text, the post's column of its first character; NULL: 1 everywhere */
	size_t column_count; /* lines behind these have the last of them */
};

/* On success *root is the caller's (yaml_node_free), or NULL when the text holds nothing but blanks and comments.
   Fails with a position in the post on malformed YAML, on a key given twice, on anchors, aliases, tags and keys that
   are not plain words, on a second document, and on more than 50 levels or 10,000 nodes. */
bool yaml_read(const struct yaml_source *source, struct yaml_node **root, struct error *err);
void yaml_node_free(struct yaml_node *root); /* takes NULL */

#endif
