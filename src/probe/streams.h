/* What the wrappers of narrow and of wide streams share: the record of a call on a stream, and calls with "...". */
#ifndef LIVEPOST_PROBE_STREAMS_H
#define LIVEPOST_PROBE_STREAMS_H

#include "probe/log.h"
#include "probe/pipes.h"
#include "probe/real.h"

static inline void stream_begin(struct pair *pair, const FILE *file, uint64_t caller)
{
	/* -1 for streams that are no files, which wait for nothing we could name, and for none. */
	int descriptor = file ? file->_fileno : -1;
	pair_begin(pair, (struct note){ .kind = PROBE_IO, .object = (uint64_t)(int64_t)descriptor, .caller = caller,
	                                .value = pipe_of(descriptor), .detail = PROBE_STDIO_CALL });
}

/* A wrapper of what takes "..." behind `format`: the arguments go on as a va_list, to the twin that takes one. */
#define WRAP_FORMAT(name, twin, parameters, arguments, file) \
	WRAP int name parameters \
	{ \
		va_list rest; \
		va_start(rest, format); \
		bool on = probe_on(); \
		struct pair pair; \
		if (on) \
			stream_begin(&pair, file, CALLER); \
		int result = real.twin arguments; \
		if (on) \
			pair_end_if_long(&pair, result < 0 ? errno : 0); \
		va_end(rest); \
		return result; \
	}

#endif
