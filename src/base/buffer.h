/* Bytes that grow. Always NUL-terminated behind size once something was added, so text can be read as a string. */
#ifndef LIVEPOST_BASE_BUFFER_H
#define LIVEPOST_BASE_BUFFER_H

#include <stddef.h>

/* {0} is an empty buffer. data is owned by the buffer, NULL while nothing was ever added. */
struct buffer {
	char *data;
	size_t size, capacity;
};

void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_format(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3), nonnull(2)));
/* Makes room for `size` more bytes and returns where they go; the caller then raises buffer->size itself. */
char *buffer_reserve(struct buffer *buffer, size_t size);
/* Hands data (never NULL, NUL-terminated) to the caller, who frees it; the buffer is empty after. */
char *buffer_take(struct buffer *buffer);
void buffer_free(struct buffer *buffer); /* takes NULL */

#endif
