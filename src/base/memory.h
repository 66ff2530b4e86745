/* Allocation that never fails: out of memory ends the process, so that no caller has to check. */
#ifndef LIVEPOST_BASE_MEMORY_H
#define LIVEPOST_BASE_MEMORY_H

#include <stddef.h>

/* Each returns memory that the caller frees with free(); each aborts the process when there is none.
   memory_zero zeroes it; memory_resize multiplies with an overflow check. */
void *memory_zero(size_t count, size_t size);
void *memory_resize(void *old, size_t count, size_t size);
char *memory_copy(const void *bytes, size_t size); /* size bytes and a NUL behind them */
char *memory_string(const char *string);

#endif
