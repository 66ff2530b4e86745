/* Where a byte of a text stands for its author: line and column. Knows no syntax but line ends and UTF-8. */
#ifndef LIVEPOST_POST_PLACE_H
#define LIVEPOST_POST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Lines end at LF, CRLF or a lone CR, as CommonMark has it; a column counts characters (UTF-8 code points; a tab is
   one), not bytes. The text is borrowed and must be valid UTF-8. */
struct place {
	const char *text;
	size_t size;
	size_t offset; /* in bytes */
	size_t index;  /* in characters */
	int line;      /* of `offset`; 1-based, where place_start said that the text begins */
	int column;    /* of `offset`; 1-based */
};

struct place place_start(const char *text, size_t size, int first_line);
/* Move to a byte, to a character; the end of the text is the farthest there is. Forward costs the distance, backward
   starts again from the top: ask for places in order. */
void place_move(struct place *place, size_t offset);
void place_move_by_index(struct place *place, size_t index);

/* True when the text is well-formed UTF-8 (no surrogates, nothing overlong, nothing beyond U+10FFFF) without NUL;
   otherwise false, and *bad is the byte where it stops being so. */
bool text_is_clean(const char *text, size_t size, size_t *bad);
/* The offset behind the line end of the line that `offset` is in; `size` in the last line. */
size_t line_next(const char *text, size_t size, size_t offset);
/* The offset of the line end of the line that `offset` is in; `size` when it has none. */
size_t line_end(const char *text, size_t size, size_t offset);

#endif
