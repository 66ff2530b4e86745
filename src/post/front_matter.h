/* Splits a post into front matter and body. Knows nothing of YAML or Markdown but the lines between them. */
#ifndef LIVEPOST_POST_FRONT_MATTER_H
#define LIVEPOST_POST_FRONT_MATTER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct front_matter {
	const char *yaml; /* into the post's text; NULL when there is no front matter */
	size_t yaml_size;
	int yaml_line;    /* the post's line of its first line */
	const char *body; /* into the post's text, behind front matter and byte order mark */
	size_t body_size;
	int body_line;    /* the post's line of its first line */
};

/* Front matter is what stands between a first line `---` and the next line `---` or `...`. *parts borrows from text.
   Fails, with a position, when the second line is missing, and when the text is not UTF-8 or holds NUL. */
bool front_matter_split(const char *text, size_t size, struct front_matter *parts, struct error *err);

#endif
