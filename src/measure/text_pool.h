/* Strings kept once each. Knows nothing of what they say. */
#ifndef LIVEPOST_MEASURE_TEXT_POOL_H
#define LIVEPOST_MEASURE_TEXT_POOL_H

#include <stddef.h>

struct text_pool;

struct text_pool *text_pool_new(void); /* the caller frees it with text_pool_free */
/* The pool's copy of a string, which lives as long as the pool; the same pointer for the same bytes. */
const char *text_pool_add(struct text_pool *pool, const char *text);
void text_pool_free(struct text_pool *pool); /* takes NULL */

#endif
