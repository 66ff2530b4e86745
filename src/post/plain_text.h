/* Markup to text: what a reader hears of an inline, without tags. */
#ifndef LIVEPOST_POST_PLAIN_TEXT_H
#define LIVEPOST_POST_PLAIN_TEXT_H

#include "base/buffer.h"

#include <cmark.h>

/* Adds the html without its tags and comments, with the character references that HTML escaping makes undone. */
void plain_text_of_html(const char *html, struct buffer *text);
/* Adds the text of everything inside node; runs of blanks and line ends become single blanks, none at the ends. */
void plain_text_of_node(cmark_node *node, struct buffer *text);

#endif
