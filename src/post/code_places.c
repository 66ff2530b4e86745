/* Finds where the code of a parsed tree stands. */
#include "post/code_places.h"

#include "base/memory.h"
#include "post/node_data.h"
#include "post/place.h"
#include "post/spans.h"

#include <stdlib.h>
#include <string.h>

static size_t line_start(const struct parsed_text *text, size_t line)
{
	return line - 1 < text->line_count ? text->lines[line - 1] : text->size;
}

static size_t count_fence(const struct parsed_text *text, size_t at)
{
	size_t count = 0;
	while (at + count < text->size && text->text[at + count] == text->text[at])
		count++;
	return count;
}

/* An indented block's literal begins with its first line. A fence's first line can only be repeated by the line that
   closes it, unless it has an info. */
static bool is_fenced(const struct parsed_text *text, size_t at, cmark_node *node)
{
	if (at >= text->size || (text->text[at] != '`' && text->text[at] != '~') || count_fence(text, at) < 3)
		return false;
	if (*cmark_node_get_fence_info(node))
		return true;
	size_t length = line_end(text->text, text->size, at) - at;
	return strncmp(cmark_node_get_literal(node), text->text + at, length) != 0;
}

/* The byte where the literal's first line begins in the text. Container marks come before it; a tab of which a
   container took only a part stands for the blanks that the literal has in its place. */
static size_t find_code(const struct parsed_text *text, size_t line, const char *literal)
{
	size_t start = line_start(text, line), end = line_end(text->text, text->size, start);
	size_t length = strcspn(literal, "\n"), blanks = strspn(literal, " ");
	if (length <= end - start && memcmp(text->text + end - length, literal, length) == 0)
		return end - length;
	blanks = blanks < length ? blanks : length;
	return length - blanks <= end - start ? end - (length - blanks) : start;
}

/* True when a block begins on this line behind the node and all that is in it. */
static bool is_followed_on(cmark_node *node, size_t line)
{
	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return node && (size_t)cmark_node_get_start_line(cmark_node_next(node)) == line;
}

/* The line behind the last line of code closes the block if it is a fence. If the block's list or quote was over
   before it, a line that begins like one begins another block. */
static bool is_closed(const struct parsed_text *text, size_t fence, cmark_node *node)
{
	size_t rows = 0;
	for (const char *at = cmark_node_get_literal(node); *at; at++)
		rows += *at == '\n';
	size_t last = (size_t)cmark_node_get_start_line(node) + rows + 1;
	size_t at = line_start(text, last);
	while (at < text->size && (text->text[at] == ' ' || text->text[at] == '\t' || text->text[at] == '>'))
		at++;
	return at < text->size && text->text[at] == text->text[fence] && !is_followed_on(node, last);
}

static void read_block(struct place_reading *reading, cmark_node *node)
{
	const struct parsed_text *text = reading->text;
	size_t line = (size_t)cmark_node_get_start_line(node);
	size_t fence = line_start(text, line) + (size_t)cmark_node_get_start_column(node) - 1;
	if (!is_fenced(text, fence, node))
		return;
	struct code_place *code = node_code_get(node);
	const char *literal = cmark_node_get_literal(node);
	code->closed = is_closed(text, fence, node);
	reading->locate(reading->locator, fence, &code->line, &code->column);
	code->code_line = code->line + 1;
	code->code_column = code->column;
	if (*literal)
		reading->locate(reading->locator, find_code(text, line + 1, literal), &code->code_line, &code->code_column);
}

static void place_spans(struct place_reading *reading, cmark_node *paragraph)
{
	if (reading->span_count == 0)
		return;
	struct span *spans = memory_zero(reading->span_count, sizeof *spans);
	spans_find(reading->text, paragraph, spans, reading->span_count);
	for (size_t i = 0; i < reading->span_count; i++) {
		struct code_place *code = node_code_get(reading->spans[i]);
		code->closed = true;
		reading->locate(reading->locator, spans[i].start, &code->line, &code->column);
		reading->locate(reading->locator, spans[i].code, &code->code_line, &code->code_column);
	}
	free(spans);
	reading->span_count = 0;
}

static void add_span(struct place_reading *reading, cmark_node *node)
{
	if (reading->span_count == reading->capacity) {
		reading->capacity = reading->capacity ? reading->capacity * 2 : 16;
		reading->spans = memory_resize(reading->spans, reading->capacity, sizeof(*reading->spans));
	}
	reading->spans[reading->span_count++] = node;
}

static void read_node(struct place_reading *reading, cmark_node *node, bool is_exit)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_CODE_BLOCK:
		read_block(reading, node);
		return;
	case CMARK_NODE_CODE:
		add_span(reading, node);
		return;
	case CMARK_NODE_PARAGRAPH:
	case CMARK_NODE_HEADING:
		if (is_exit)
			place_spans(reading, node);
		return;
	default:
		return;
	}
}

void code_places_find(struct place_reading *reading, cmark_node *root)
{
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
		read_node(reading, cmark_iter_get_node(iter), event == CMARK_EVENT_EXIT);
	cmark_iter_free(iter);
	free(reading->spans);
	reading->spans = NULL;
	reading->capacity = 0;
}
