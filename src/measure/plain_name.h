/* Makes bytes from elsewhere into a name that can be shown anywhere. Knows nothing of whose name it is. */
#ifndef LIVEPOST_MEASURE_PLAIN_NAME_H
#define LIVEPOST_MEASURE_PLAIN_NAME_H

#include <stddef.h>

/* Writes the `length` bytes at `bytes` into `name` (at most size - 1 bytes and a NUL; size at least 1) as valid UTF-8
   without control characters: what is neither becomes '?', runs of white space one space, none at the ends, and a
   character that is cut in two at the end is left out. Returns how many bytes it wrote, without the NUL. */
size_t plain_name(const char *bytes, size_t length, char *name, size_t size);

#endif
