/* Where threads were when they were sampled, read out of a trace. Trusts no byte of it. Knows whose code it is, not what
   it is called. */
#ifndef LIVEPOST_MEASURE_CODE_SAMPLE_H
#define LIVEPOST_MEASURE_CODE_SAMPLE_H

#include "base/error.h"
#include "measure/timeline.h"
#include "measure/trace.h"

/* One instant of one thread that was running code of its own, not of the kernel. */
struct code_sample {
	uint64_t address;
	size_t image; /* of the timeline, where the address belongs; TIMELINE_NONE where no probe said */
};

struct code_samples {
	struct code_sample *samples; /* in no order */
	size_t count;
};

/* Reads the samples of a trace; `timeline` is what timeline_make made of the same trace. The caller frees *samples.
   False with *err, and nothing to free, when the trace's bytes are no records. */
bool code_samples_read(const struct trace *trace, const struct timeline *timeline, struct code_samples *samples,
                       struct error *err);
void code_samples_free(struct code_samples *samples); /* takes NULL */

#endif
