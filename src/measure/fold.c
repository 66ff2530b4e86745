/* Tells a timeline with very much in it in fewer pieces. */
#include "measure/fold.h"

/* Makes the next of several the piece, or lengthens the piece by it; false when the piece is whole without it. The piece's
   end may come after the next one's start: holds for reading and waits overlap. */
static bool take(struct folded *piece, uint64_t start_ns, uint64_t end_ns, uint64_t resolution_ns)
{
	bool is_short = end_ns - start_ns < resolution_ns;
	if (!piece->count) {
		piece->start_ns = start_ns;
		piece->end_ns = end_ns;
		piece->count = 1;
		return true;
	}
	if (!is_short || piece->end_ns - piece->start_ns >= resolution_ns || end_ns - piece->start_ns >= 2 * resolution_ns)
		return false;
	piece->end_ns = end_ns > piece->end_ns ? end_ns : piece->end_ns;
	piece->count++;
	return true;
}

bool fold_next_slice(const struct lane *lane, uint64_t resolution_ns, size_t *at, struct folded *piece)
{
	*piece = (struct folded){.first = *at};
	while (*at < lane->slice_count && take(piece, lane->slices[*at].start_ns, lane->slices[*at].end_ns, resolution_ns))
		++*at;
	return piece->count;
}

bool fold_next_hold(const struct resource *resource, uint64_t resolution_ns, size_t *at, struct folded *piece)
{
	*piece = (struct folded){.first = *at};
	for (; *at < resource->hold_count; ++*at) {
		const struct hold *hold = &resource->holds[*at];
		/* What was never let go stays to be seen. */
		if ((hold->open && piece->count) || !take(piece, hold->start_ns, hold->end_ns, resolution_ns))
			break;
		if (hold->open) {
			++*at;
			break;
		}
	}
	return piece->count;
}

bool fold_next_wait(const struct timeline *timeline, const struct resource *resource, uint64_t resolution_ns, size_t *at,
                    struct folded *piece)
{
	*piece = (struct folded){.first = *at};
	for (; *at < resource->wait_count; ++*at) {
		const struct wait *wait = &timeline->waits[resource->waits[*at]];
		if (!take(piece, wait->start_ns, wait->end_ns, resolution_ns))
			break;
	}
	return piece->count;
}

bool fold_next_stretch(const struct timeline *timeline, uint64_t resolution_ns, size_t *at, struct folded *piece)
{
	*piece = (struct folded){.first = *at};
	while (*at < timeline->path_count &&
	       take(piece, timeline->path[*at].start_ns, timeline->path[*at].end_ns, resolution_ns))
		++*at;
	return piece->count;
}

bool fold_tells_flow(const struct timeline *timeline, uint64_t resolution_ns, const struct flow *flow)
{
	if (flow->kind == FLOW_CREATE || flow->kind == FLOW_JOIN)
		return true;
	uint64_t since_ns = flow->wait == TIMELINE_NO_WAIT ? flow->from_ns : timeline->waits[flow->wait].start_ns;
	return flow->to_ns >= since_ns && flow->to_ns - since_ns >= resolution_ns;
}

bool fold_tells_span(uint64_t resolution_ns, const struct span *span)
{
	return span->end_ns - span->start_ns >= resolution_ns;
}

bool fold_tells_mark(uint64_t resolution_ns, uint64_t last_ns, const struct mark *mark)
{
	return last_ns == UINT64_MAX || mark->ns - last_ns >= resolution_ns;
}

/* Whether there are at most `most` pieces of each kind. */
static bool is_enough(const struct timeline *timeline, uint64_t resolution_ns, size_t most)
{
	struct folded piece;
	size_t slices = 0, holds = 0, waits = 0, flows = 0, spans = 0, marks = 0, stretches = 0;
	for (size_t i = 0; i < timeline->lane_count; i++) {
		const struct lane *lane = &timeline->lanes[i];
		uint64_t last_ns = UINT64_MAX;
		for (size_t at = 0; slices <= most && fold_next_slice(lane, resolution_ns, &at, &piece);)
			slices++;
		for (size_t j = 0; j < lane->span_count; j++)
			spans += fold_tells_span(resolution_ns, &lane->spans[j]);
		for (size_t j = 0; j < lane->mark_count; j++)
			if (fold_tells_mark(resolution_ns, last_ns, &lane->marks[j])) {
				last_ns = lane->marks[j].ns;
				marks++;
			}
	}
	for (size_t i = 0; i < timeline->resource_count; i++) {
		const struct resource *resource = &timeline->resources[i];
		for (size_t at = 0; holds <= most && fold_next_hold(resource, resolution_ns, &at, &piece);)
			holds++;
		for (size_t at = 0; waits <= most && fold_next_wait(timeline, resource, resolution_ns, &at, &piece);)
			waits++;
	}
	for (size_t i = 0; i < timeline->flow_count; i++)
		flows += fold_tells_flow(timeline, resolution_ns, &timeline->flows[i]);
	for (size_t at = 0; stretches <= most && fold_next_stretch(timeline, resolution_ns, &at, &piece);)
		stretches++;
	return slices <= most && holds <= most && waits <= most && flows <= most && spans <= most && marks <= most &&
	       stretches <= most;
}

uint64_t fold_choose(const struct timeline *timeline, size_t most)
{
	if (is_enough(timeline, 0, most))
		return 0;
	uint64_t resolution_ns = timeline->wall_ns >> 20 ? timeline->wall_ns >> 20 : 1;
	while (resolution_ns < timeline->wall_ns && !is_enough(timeline, resolution_ns, most))
		resolution_ns *= 2;
	return resolution_ns;
}
