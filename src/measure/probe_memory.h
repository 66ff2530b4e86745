/* The tool's side of the memory that the probe writes its log into: makes it ready before a run, takes the log after.
   Knows the header of the log (probe/record.h), not its records. */
#ifndef LIVEPOST_MEASURE_PROBE_MEMORY_H
#define LIVEPOST_MEASURE_PROBE_MEMORY_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the log: two million records. Pages that are not written take no memory. */
#define PROBE_MEMORY_BYTES ((size_t)64 << 20)

struct probe_memory {
	size_t size;       /* of the file as it was made: what the program adds to it is none of ours */
	int descriptor;    /* -1 while there is none; never mapped, as the traced program can make the file shorter */
	uint32_t sample_pages; /* kept for the launcher's samples */
	uint64_t tsc, monotonic_ns; /* the first calibration point; 0 where the counter is not trusted */
};

/* Writes to the log on the descriptor, which is the memory's from now on, what the probe must find there: magic, size,
   flags (PROBE_WANT_…) and, where the time stamp counter can be trusted, the first calibration point. False, with the
   descriptor closed, when it cannot be written. */
bool probe_memory_open(struct probe_memory *memory, int descriptor, uint32_t flags);

/* Other flags than those it was opened with: only before the program starts, which reads them once. Does nothing where
   there is no log. */
void probe_memory_want(const struct probe_memory *memory, uint32_t flags);

/* After everything that could write has ended: adds the log, up to the last page that was taken, to *log, with both
   calibration points as the tool took them and without the pages kept for samples that nothing was written to; then
   closes. Does nothing where there is none. */
void probe_memory_take(struct probe_memory *memory, struct buffer *log);

void probe_memory_close(struct probe_memory *memory);

#endif
