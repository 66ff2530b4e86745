/* A post's body as a CommonMark tree whose code can be listed and replaced. Knows no languages and runs nothing. */
#ifndef LIVEPOST_POST_DOCUMENT_H
#define LIVEPOST_POST_DOCUMENT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct document;

enum code_kind { CODE_BLOCK, CODE_INLINE };

/* A fenced block or an inline code span. Lines and columns are the post's; a column counts characters. */
struct document_code {
	enum code_kind kind;
	const char *info;    /* of a block: what stands behind the fence, "" if nothing; of a span "" */
	const char *literal; /* the code: a block's lines, each ended; a span's text on one line */
	int line, column;    /* of the fence or the first backtick */
	int code_line;       /* of the literal's first line */
	int code_column;     /* of the literal's first character */
	bool is_gone;        /* it stands in the document no longer */
	bool closed;         /* false for a block whose fence is never closed: the rest of its container is code */
};

#define DOCUMENT_SIZE_MAX ((size_t)16 << 20)

/* Parses size bytes of Markdown (valid UTF-8 without NUL), the first line of which is line first_line of the post.
   On success *document is the caller's. Fails, with a position where there is one, on more than DOCUMENT_SIZE_MAX
   bytes and on lists and quotes nested so deep that parsing them would take minutes. */
bool document_parse(const char *text, size_t size, int first_line, struct document **document, struct error *err);
void document_free(struct document *document); /* takes NULL */

/* A piece of what is parsed in the place of the post's text: bytes [from, to) of it, or text that stands for its byte `at`. */
struct document_piece {
	const char *text; /* NULL: of the post */
	size_t size;
	size_t at, from, to;
};

struct document_source {
	const char *text; /* the post's, as document_parse takes it */
	size_t size;
	int first_line;
	bool is_smart;    /* quotes, dashes and ellipses become typographic ones, but not in code */
	const struct document_piece *pieces; /* in the order in which they are joined; NULL: the text as it is */
	size_t piece_count;
};

/* As document_parse. Positions stay the post's, whatever was parsed. Fails also on a piece that is not in the text or is
   not UTF-8. */
bool document_parse_source(const struct document_source *source, struct document **document, struct error *err);

/* The fenced blocks and code spans in the order in which they stood when they were first listed; the array's index is a
   code's id, which it keeps. What was made since comes behind them. The array stays the document's; literal and info are
   valid until the tree is changed. */
const struct document_code *document_codes(struct document *document, size_t *count);

/* Puts html in the place of a code, as it is: a block between blocks, a span inside its paragraph (as text, where it
   stands in an image's alternative text, which can hold no markup). A code may be replaced again. Attributes
   of the code stay around it. Fails when id is not that of a code in the document. */
bool document_replace(struct document *document, size_t id, const char *html, struct error *err);

/* A mention of a figure, listing or table in the text, such as `@fig-roast`: see post/mentions.h. */
struct document_mention {
	const char *name;          /* "fig-roast" */
	int first_line, last_line; /* of the post: of the paragraph or heading it stands in; 0 where nobody knows */
	bool is_plain;             /* in a link or an image's description, where no link can stand */
};

/* The mentions in the order in which they stand; the array's index is a mention's id. It stays the document's, until it
   is asked for again: then it has those that were not replaced. */
const struct document_mention *document_mentions(struct document *document, size_t *count);

/* Puts html in the place of a mention, as document_replace does. A mention is replaced once. Fails when id is not that of one
   that stands there. */
bool document_replace_mention(struct document *document, size_t id, const char *html, struct error *err);

/* Each returns a string the caller frees. HTML passes the author's own HTML through. XML is CommonMark's, with
   the post's positions of blocks (their columns count bytes); inlines have none. */
char *document_html(struct document *document);
char *document_xml(const struct document *document);

/* The text without markup of the first heading, of the first paragraph outside lists and quotes that has any; blanks
   are single spaces. The caller frees it; NULL when there is none. What replaced a code counts as its text. */
char *document_heading(const struct document *document);
char *document_excerpt(const struct document *document);

#endif
