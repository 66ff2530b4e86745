/* Tells a timeline with very much in it in fewer pieces: what is shorter than a resolution is told together with its
   neighbours, with the mix of what it was. Changes nothing in the timeline; knows nothing of how it is drawn. */
#ifndef LIVEPOST_MEASURE_FOLD_H
#define LIVEPOST_MEASURE_FOLD_H

#include "measure/timeline.h"

/* What one piece of a timeline stands for. */
struct folded {
	uint64_t start_ns, end_ns;
	size_t first, count; /* so many slices, holds… from this one on; 1: it is told as it is */
};

/* The least resolution in ns with which there are at most `most` pieces of each kind: slices, holds, waits of resources,
   flows, spans, marks, stretches of the path. 0 where all can be told as it is. Lanes and resources stay, so that there
   may be more where they are very many. */
uint64_t fold_choose(const struct timeline *timeline, size_t most);

/* Each finds the next piece, from *at on, and moves *at behind it; false at the end. A piece of several is made of
   neighbours that each are shorter than the resolution, as many as it takes to be at least as long as that. */
bool fold_next_slice(const struct lane *lane, uint64_t resolution_ns, size_t *at, struct folded *piece);
bool fold_next_hold(const struct resource *resource, uint64_t resolution_ns, size_t *at, struct folded *piece);
bool fold_next_wait(const struct timeline *timeline, const struct resource *resource, uint64_t resolution_ns, size_t *at,
                    struct folded *piece);
bool fold_next_stretch(const struct timeline *timeline, uint64_t resolution_ns, size_t *at, struct folded *piece);

/* Which are left out: flows that ended a wait shorter than the resolution, spans shorter than it, marks that follow the
   last one told (at `last_ns`, UINT64_MAX for none) by less. Creations and joins never are. */
bool fold_tells_flow(const struct timeline *timeline, uint64_t resolution_ns, const struct flow *flow);
bool fold_tells_span(uint64_t resolution_ns, const struct span *span);
bool fold_tells_mark(uint64_t resolution_ns, uint64_t last_ns, const struct mark *mark);

#endif
