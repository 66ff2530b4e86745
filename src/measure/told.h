/* Takes what the program said of itself: spans, marks, names of lanes, modules. Knows nothing of waits. */
#ifndef LIVEPOST_MEASURE_TOLD_H
#define LIVEPOST_MEASURE_TOLD_H

#include "measure/story_reader.h"

/* Each takes a record of its kind, at `ns` within the lane. */
void told_span(struct reader *r, const struct probe_event *event, uint64_t ns);
void told_mark(struct reader *r, const struct probe_event *event, uint64_t ns);
void told_name(struct reader *r, const struct probe_event *event);
void told_module(struct reader *r, const struct probe_event *event);
/* Ends the spans that are still open. */
void told_end_spans(struct reader *r, uint64_t ns);

#endif
