/* Numbers that stand anywhere in memory, in this machine's order of bytes. */
#ifndef LIVEPOST_MEASURE_UNALIGNED_H
#define LIVEPOST_MEASURE_UNALIGNED_H

#include <stdint.h>
#include <string.h>

static inline uint32_t read_32(const unsigned char *bytes)
{
	uint32_t value = 0;
	memcpy(&value, bytes, sizeof value);
	return value;
}

static inline uint64_t read_64(const unsigned char *bytes)
{
	uint64_t value = 0;
	memcpy(&value, bytes, sizeof value);
	return value;
}

#endif
