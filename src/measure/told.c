/* Takes what the program said of itself: spans, marks, names of lanes, modules. */
#include "measure/told.h"

#include "measure/grow.h"
#include "measure/plain_name.h"
#include "measure/text_pool.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 128 };

static const char *read_text(const struct reader *r, const struct probe_event *event)
{
	char name[NAME_BYTES] = "";
	const struct buffer *texts = &r->join->events.texts;
	if (event->text_size)
		plain_name(texts->data + event->text, event->text_size, name, sizeof name);
	return text_pool_add(r->join->timeline->texts, name);
}

void told_span(struct reader *r, const struct probe_event *event, uint64_t ns)
{
	struct lane *lane = &r->join->timeline->lanes[r->lane];
	if (event->end) {
		if (r->span_count) {
			const struct open_span *open = &r->spans[--r->span_count];
			r->join->timeline->lanes[open->lane].spans[open->span].end_ns = ns;
		}
		return;
	}
	/* Doubling without a capacity of its own: a lane has few fields, and there are many lanes. */
	if (!(lane->span_count & (lane->span_count - 1)))
		lane->spans = memory_resize(lane->spans, lane->span_count ? 2 * lane->span_count : 1, sizeof *lane->spans);
	lane->spans[lane->span_count] = (struct span){ns, UINT64_MAX, read_text(r, event)};
	r->spans = grow(r->spans, r->span_count, &r->span_capacity, sizeof *r->spans);
	r->spans[r->span_count++] = (struct open_span){r->lane, lane->span_count++};
}

void told_mark(struct reader *r, const struct probe_event *event, uint64_t ns)
{
	struct lane *lane = &r->join->timeline->lanes[r->lane];
	if (!(lane->mark_count & (lane->mark_count - 1)))
		lane->marks = memory_resize(lane->marks, lane->mark_count ? 2 * lane->mark_count : 1, sizeof *lane->marks);
	lane->marks[lane->mark_count++] = (struct mark){ns, read_text(r, event)};
}

void told_name(struct reader *r, const struct probe_event *event)
{
	size_t index = r->lane;
	const char *name = read_text(r, event);
	if (event->object)
		index = lane_index_find(&r->join->by_pthread, r->image, event->object, event->ns);
	if (index == SIZE_MAX || !*name)
		return;
	struct lane *lane = &r->join->timeline->lanes[index];
	free(lane->name);
	lane->name = memory_string(name);
	lane->named = true;
}

void told_module(struct reader *r, const struct probe_event *event)
{
	struct image *image = &r->join->timeline->images[r->image];
	const char *path = event->text_size ? r->join->events.texts.data + event->text : "";
	size_t size = strnlen(path, event->text_size);
	/* The same ones are said by several threads, one behind the other. */
	for (size_t i = image->module_count; i-- > 0 && image->module_count - i < 64;)
		if (image->modules[i].bias == event->object && strlen(image->modules[i].path) == size &&
		    !memcmp(image->modules[i].path, path, size))
			return;
	if (!(image->module_count & (image->module_count - 1)))
		image->modules = memory_resize(image->modules, image->module_count ? 2 * image->module_count : 1,
		                               sizeof *image->modules);
	image->modules[image->module_count++] = (struct module){event->object, memory_copy(path, size)};
}

void told_end_spans(struct reader *r, uint64_t ns)
{
	while (r->span_count) {
		const struct open_span *open = &r->spans[--r->span_count];
		r->join->timeline->lanes[open->lane].spans[open->span].end_ns = ns;
	}
}
