/* Allocation that never fails: out of memory ends the process, so that no caller has to check. */
#ifndef LIVEPOST_BASE_MEMORY_H
#define LIVEPOST_BASE_MEMORY_H

#include <stddef.h>

/* Each returns memory that the caller frees with free(); each aborts the process when there is none.
   memory_zero zeroes it; memory_resize multiplies with an overflow check. */
void *memory_zero(size_t count, size_t size) __attribute__((returns_nonnull));
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *memory_copy(const void *bytes, size_t size) __attribute__((returns_nonnull)); /* size bytes and a NUL behind */
char *memory_string(const char *string) __attribute__((returns_nonnull));

#endif
