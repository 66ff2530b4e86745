/* Pieces of JSON as bytes: what the modules that write it share. Knows no Lua. */
#ifndef LIVEPOST_BIND_JSON_TEXT_H
#define LIVEPOST_BIND_JSON_TEXT_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Adds a string of JSON with its quotes: quote, backslash and what is below a space escaped, all else as it is. False, with
   an unfinished string in the buffer, when the text is not UTF-8. */
bool add_json_string(struct buffer *buffer, const char *text, size_t size);

void add_json_integer(struct buffer *buffer, int64_t value);

/* The number must be finite. It reads back as the same one, and never as an integer. */
void add_json_real(struct buffer *buffer, double value);

#endif
