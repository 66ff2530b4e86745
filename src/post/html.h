/* A tree as HTML. cmark makes it of all that is CommonMark; attributes and elements are added here. */
#ifndef LIVEPOST_POST_HTML_H
#define LIVEPOST_POST_HTML_H

#include "base/buffer.h"
#include "post/node_data.h"

#include <cmark.h>

/* Everything below root, which the caller frees; the author's own HTML passes. mark: a number that was not used with this
   tree before. */
char *html_of(cmark_node *root, unsigned mark);
/* Adds text that is safe between tags and in quoted attributes. */
void html_escape(struct buffer *html, const char *text);

#endif
