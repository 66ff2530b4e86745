/* Finds where the code spans of a parsed paragraph or heading stand in the text it was parsed from. */
#include "post/spans.h"

#include "base/memory.h"
#include "base/stretch.h"
#include "post/place.h"

#include <stdlib.h>
#include <string.h>

/* A walk over the inlines, in step with the content. */
struct walk {
	const struct content *content;
	size_t line_start; /* from where cmark counts columns: behind the last line end that it noticed */
	size_t end;        /* nothing before this is still to come */
};

/* How many trial starts, times inlines looked at, are worth a position in a paragraph of link definitions. */
enum { TRIALS_MAX = 100000 };

static size_t skip_blanks(const struct parsed_text *text, size_t at)
{
	while (at < text->size && (text->text[at] == ' ' || text->text[at] == '\t'))
		at++;
	return at;
}

/* A line that goes on with all containers loses its indentation; a lazy one keeps it, with a tab that a container has
   used in part as blanks. */
static void add_line(const struct parsed_text *text, const struct line_entry *entry, struct content *content)
{
	size_t source = entry->is_lazy ? entry->at : skip_blanks(text, entry->at), blanks = 0;
	if (entry->is_lazy && entry->tab_rest) {
		blanks = entry->tab_rest;
		source++;
	}
	content->line_starts[content->line_count] = content->bytes.size;
	content->lazy[content->line_count] = entry->is_lazy;
	content->line_sources[content->line_count++] = source - blanks;
	buffer_add(&content->bytes, "   ", blanks);
	/* Whatever ended the line in the text, cmark has made it one byte. */
	buffer_add(&content->bytes, text->text + source, line_end(text->text, text->size, source) - source);
	buffer_add_string(&content->bytes, "\n");
}

void content_read(const struct parsed_text *text, cmark_node *block, struct content *content)
{
	size_t first = (size_t)cmark_node_get_start_line(block), last = (size_t)cmark_node_get_end_line(block);
	if (last > text->line_count)
		last = text->line_count;
	if (first > last)
		last = first;
	content->column = cmark_node_get_start_column(block);
	content->line_starts = memory_zero(last - first + 1, sizeof *content->line_starts);
	content->line_sources = memory_zero(last - first + 1, sizeof *content->line_sources);
	content->lazy = memory_zero(last - first + 1, sizeof *content->lazy);
	for (size_t line = first; line <= last; line++) {
		struct line_entry entry = {0};
		if (line == first)
			entry.at = text->lines[line - 1] + (size_t)content->column - 1;
		else
			entry = container_enter(text, cmark_node_parent(block), line);
		add_line(text, &entry, content);
	}
}

void content_free(struct content *content)
{
	if (!content)
		return;
	buffer_free(&content->bytes);
	free(content->line_starts);
	free(content->line_sources);
	free(content->lazy);
}

static size_t source_of(const struct content *content, size_t offset)
{
	size_t number = stretch_at(content->line_starts, sizeof *content->line_starts, content->line_count, offset);
	return content->line_sources[number] + (offset - content->line_starts[number]);
}

/* The content's byte at cmark's column; the content's size when that is outside. */
static size_t offset_of(const struct walk *walk, int column)
{
	size_t size = walk->content->bytes.size;
	if (column < walk->content->column)
		return size;
	size_t offset = walk->line_start + (size_t)(column - walk->content->column);
	return offset < size ? offset : size;
}

static size_t count_ticks(const struct content *content, size_t at)
{
	size_t count = 0;
	while (at + count < content->bytes.size && content->bytes.data[at + count] == '`')
		count++;
	return count;
}

/* True when bytes [from, to) are what cmark made literal of. *skipped is 1 when it dropped a blank at each end. */
static bool is_code(const struct content *content, size_t from, size_t to, const char *literal, size_t *skipped)
{
	size_t length = strlen(literal);
	*skipped = to - from == length + 2;
	if (to - from != length + *skipped * 2)
		return false;
	for (size_t i = 0; i < to - from; i++) {
		char byte = content->bytes.data[from + i] == '\n' ? ' ' : content->bytes.data[from + i];
		bool is_dropped = *skipped && (i == 0 || i == to - from - 1);
		if (byte != (is_dropped ? ' ' : literal[i - *skipped]))
			return false;
	}
	return true;
}

/* Takes [from, to) as the span's code if ticks stand around it and it is the literal. */
static bool take_span(struct walk *walk, size_t from, size_t to, const char *literal, struct span *span)
{
	const struct content *content = walk->content;
	size_t ticks = to < content->bytes.size ? count_ticks(content, to) : 0, skipped = 0;
	if (ticks == 0 || from < ticks || from > to || count_ticks(content, from - ticks) < ticks)
		return false;
	if (!is_code(content, from, to, literal, &skipped))
		return false;
	*span = (struct span){
		.start = source_of(content, from - ticks), .code = source_of(content, from + skipped), .found = true,
	};
	walk->end = to + ticks;
	return true;
}

/* Where cmark's columns lead nowhere: the next run of ticks that encloses the literal. */
static bool search_span(struct walk *walk, const char *literal, struct span *span)
{
	const struct content *content = walk->content;
	for (size_t at = walk->end; at < content->bytes.size;) {
		size_t ticks = count_ticks(content, at);
		if (ticks == 0) {
			at++;
			continue;
		}
		size_t from = at + ticks, to = from;
		while (to < content->bytes.size && count_ticks(content, to) != ticks)
			to += count_ticks(content, to) + (count_ticks(content, to) == 0);
		if (to < content->bytes.size && take_span(walk, from, to, literal, span))
			return true;
		at = from;
	}
	return false;
}

static void pass_to(struct walk *walk, size_t end)
{
	/* An unmatched run of ticks is said to end one further than it does; a text holds no line end. */
	if (end > 0 && end <= walk->content->bytes.size && walk->content->bytes.data[end - 1] == '\n')
		end--;
	if (end > walk->end)
		walk->end = end;
}

static void pass_line_end(struct walk *walk, bool is_hard)
{
	const struct buffer *bytes = &walk->content->bytes;
	size_t at = line_end(bytes->data, bytes->size, walk->end);
	bool is_escaped = is_hard && at > 0 && bytes->data[at - 1] == '\\';
	walk->end = line_next(bytes->data, bytes->size, at);
	if (!is_escaped)
		walk->line_start = walk->end;
}

/* cmark counts an autolink's own columns from elsewhere, and no line ends in one: its text has brought the walk far
   enough. */
static bool is_autolink(const struct walk *walk, cmark_node *link)
{
	cmark_node *child = cmark_node_first_child(link);
	if (!child || cmark_node_next(child) || cmark_node_get_type(child) != CMARK_NODE_TEXT)
		return false;
	size_t start = offset_of(walk, cmark_node_get_start_column(child));
	return start > 0 && walk->content->bytes.data[start - 1] == '<';
}

static bool walk_inline(struct walk *walk, cmark_node *node, bool is_exit, struct span *span, bool may_search)
{
	size_t start = offset_of(walk, cmark_node_get_start_column(node));
	size_t last = offset_of(walk, cmark_node_get_end_column(node));
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
	case CMARK_NODE_HTML_INLINE:
		pass_to(walk, last + 1);
		return true;
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK:
		pass_line_end(walk, cmark_node_get_type(node) == CMARK_NODE_LINEBREAK);
		return true;
	case CMARK_NODE_LINK:
	case CMARK_NODE_IMAGE:
		if (is_exit && !is_autolink(walk, node))
			pass_to(walk, last + 1);
		return true;
	case CMARK_NODE_CODE:
		return take_span(walk, start, last + 1, cmark_node_get_literal(node), span) ||
		       (may_search && search_span(walk, cmark_node_get_literal(node), span));
	default:
		return true;
	}
}

/* Walks the block's inlines, its content taken to begin at line `first`. False when a span is not where it should be;
   with may_search it is looked for, and left not found when that fails too. */
static bool walk_block(const struct content *content, cmark_node *block, size_t first, struct span *spans,
                       bool may_search, size_t *budget)
{
	struct walk walk = {
		.content = content, .line_start = content->line_starts[first], .end = content->line_starts[first],
	};
	bool is_sound = true;
	cmark_iter *iter = cmark_iter_new(block);
	for (cmark_event_type event; is_sound && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		is_sound = walk_inline(&walk, node, event == CMARK_EVENT_EXIT, spans, may_search) || may_search;
		spans += cmark_node_get_type(node) == CMARK_NODE_CODE;
		if (*budget > 0)
			(*budget)--;
	}
	cmark_iter_free(iter);
	return is_sound;
}

void spans_find(const struct parsed_text *text, cmark_node *block, struct span *spans, size_t span_count)
{
	struct content content = {0};
	content_read(text, block, &content);
	size_t budget = TRIALS_MAX;
	/* Link reference definitions ahead of a paragraph are no longer in it, and cmark counts without their lines. */
	size_t trials = content.bytes.data[0] == '[' ? content.line_count : 1;
	bool is_sound = false;
	for (size_t first = 0; first < trials && !is_sound && (first == 0 || budget > 0); first++)
		is_sound = walk_block(&content, block, first, spans, false, &budget);
	if (!is_sound) {
		for (size_t i = 0; i < span_count; i++)
			spans[i] = (struct span){.start = content.line_sources[0], .code = content.line_sources[0]};
		walk_block(&content, block, 0, spans, true, &budget);
	}
	content_free(&content);
}
