/* Makes a trace's switch records into lanes of slices. Knows nothing of how they were recorded, nor why a lane waited. */
#ifndef LIVEPOST_MEASURE_SWITCH_LANES_H
#define LIVEPOST_MEASURE_SWITCH_LANES_H

#include "measure/timeline.h"

/* Adds lanes and flows of creation to the empty timeline, with states running, waiting-cpu, blocked and unknown, and sets
   its `lost`. False with *err, and nothing added, when the trace's bytes are no switch records. */
bool switch_lanes_make(const struct trace *trace, struct timeline *timeline, struct error *err);

#endif
