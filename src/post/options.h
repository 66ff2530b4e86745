/* Splits a cell into its options and its code. Knows comment marks, not languages, and no option's name. */
#ifndef LIVEPOST_POST_OPTIONS_H
#define LIVEPOST_POST_OPTIONS_H

#include "base/error.h"
#include "post/yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* How the cell's language writes comments; an option is a comment whose mark is followed by `|`. */
struct comment_marks {
	const char *line;               /* "//", "--", "#"; NULL when it has none */
	const char *block, *block_end;  /* both, as in C, or NULL */
};

struct options_source {
	const char *code;           /* valid UTF-8 without NUL */
	size_t size;
	struct comment_marks marks;
	int first_line;             /* the post's line of the code's first line */
	int column;                 /* the post's column of the code's first column */
};

struct options {
	struct yaml_node *yaml; /* NULL when the cell has none */
	const char *code;       /* into the source's code: what follows the last option line */
	size_t size;
	int code_line;          /* the post's line of its first line */
};

/* The options are the `//| key: value` lines ahead of the code (or the same as block comments, each closed on its
   line); blank lines between them are allowed. *options borrows the code and owns the yaml: options_free.
   Fails, with a position in the post, on an option line behind code, on a block comment that does not close on its
   line or has something behind it, and where yaml_read fails. */
bool options_split(const struct options_source *source, struct options *options, struct error *err);
void options_free(struct options *options); /* takes NULL */

#endif
