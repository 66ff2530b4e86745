/* Finds which records of a thread belong together as the beginning and the end of a call that waits. Knows the rules by
   which the probe writes pairs; knows nothing of lanes. */
#ifndef LIVEPOST_MEASURE_WAIT_PAIRS_H
#define LIVEPOST_MEASURE_WAIT_PAIRS_H

#include "measure/probe_log.h"

/* Whether records of this kind begin and end calls that wait. */
bool wait_pairs_has(uint16_t kind);
/* For `count` records of one thread, with arrays of as many elements that are all 0: ends[i] becomes for each beginning
   the index of what ends it, `count` where nothing does; matched[i] is set for a beginning and an end that have each
   other. A beginning without an end is over at the first record that cannot stand inside it. */
void wait_pairs_find(const struct probe_event *events, size_t count, size_t *ends, bool *matched);

#endif
