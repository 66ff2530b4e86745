/* Any bytes for the rings of the kernel's switch records. The input: how many rings (one byte, at most 4), for each but the
 * last its length (two bytes), then their bytes. What comes out has to be an error or a timeline that keeps its word. */
#include "measure/timeline.h"
#include "../unit/measure/record_bytes.h"
#include "../unit/measure/timeline_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < 1)
		return 0;
	size_t rings = 1 + bytes[0] % 4, at = 1 + 2 * (rings - 1);
	if (size < at)
		return 0;
	struct trace trace = new_trace(rings, 1000, 3000, 2);
	for (size_t i = 0; i < rings; i++) {
		size_t length = i + 1 < rings ? bytes[1 + 2 * i] | (size_t)bytes[2 + 2 * i] << 8 : size - at;
		if (length > size - at)
			length = size - at;
		/* A block of its own, so that a step past its end is seen. */
		trace.rings[i].records.data = memory_resize(NULL, length ? length : 1, 1);
		memcpy(trace.rings[i].records.data, bytes + at, length);
		trace.rings[i].records.size = trace.rings[i].records.capacity = length;
		at += length;
	}
	trace.rings[0].lost = bytes[0] >> 6;
	trace.rings[0].dropped = bytes[0] >> 4 & 3;
	struct timeline timeline;
	struct error err;
	if (timeline_make(&trace, &timeline, &err))
		check_timeline(&timeline);
	timeline_free(&timeline);
	trace_free(&trace);
	return 0;
}
