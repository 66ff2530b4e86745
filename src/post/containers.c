/* Where the text of a line begins inside the lists and quotes it stands in. */
#include "post/containers.h"

#include "base/memory.h"
#include "post/node_data.h"

#include <stdint.h>
#include <stdlib.h>

enum { TAB_STOP = 4, INDENT_MAX = 3, MARK_GAP_MAX = 4 };

/* A place in a line, in bytes and in columns as CommonMark counts them: a tab goes on to the next multiple of four. */
struct edge {
	size_t at, column;
	size_t tab_rest; /* columns left of a tab at `at` that is used in part; 0 when it is whole */
};

static size_t blank_width(const struct parsed_text *text, const struct edge *edge)
{
	if (edge->at >= text->size)
		return 0;
	if (text->text[edge->at] == ' ')
		return 1;
	return text->text[edge->at] == '\t' ? TAB_STOP - edge->column % TAB_STOP : 0;
}

/* Goes over at most `most` columns of blanks; returns how many there were. */
static size_t skip_columns(const struct parsed_text *text, struct edge *edge, size_t most)
{
	size_t skipped = 0;
	for (size_t width; skipped < most && (width = blank_width(text, edge)) > 0;) {
		size_t step = width < most - skipped ? width : most - skipped;
		edge->column += step;
		edge->tab_rest = width - step;
		edge->at += edge->tab_rest == 0;
		skipped += step;
	}
	return skipped;
}

static bool is_line_over(const struct parsed_text *text, size_t at)
{
	return at >= text->size || text->text[at] == '\n' || text->text[at] == '\r';
}

static bool enter_quote(const struct parsed_text *text, struct edge *edge)
{
	struct edge next = *edge;
	size_t indent = skip_columns(text, &next, SIZE_MAX);
	if (indent > INDENT_MAX || next.at >= text->size || text->text[next.at] != '>')
		return false;
	next.at++;
	next.column++;
	skip_columns(text, &next, 1);
	*edge = next;
	return true;
}

/* Goes over an item's mark and the blanks that belong to it; returns how many columns that is. */
static size_t enter_mark(const struct parsed_text *text, struct edge *edge)
{
	size_t start = edge->column;
	skip_columns(text, edge, SIZE_MAX);
	while (edge->at < text->size && text->text[edge->at] >= '0' && text->text[edge->at] <= '9') {
		edge->at++;
		edge->column++;
	}
	edge->at++;
	edge->column++;
	struct edge behind = *edge;
	size_t gap = skip_columns(text, &behind, MARK_GAP_MAX + 1);
	if (gap >= 1 && gap <= MARK_GAP_MAX && !is_line_over(text, behind.at)) {
		*edge = behind;
		return edge->column - start;
	}
	/* Code, or nothing, stands behind the mark: only one blank is its own. */
	size_t width = edge->column + 1 - start;
	skip_columns(text, edge, 1);
	return width;
}

static bool enter(const struct parsed_text *text, cmark_node *container, size_t line, struct edge *edge)
{
	if (cmark_node_get_type(container) == CMARK_NODE_BLOCK_QUOTE)
		return enter_quote(text, edge);
	if (cmark_node_get_type(container) != CMARK_NODE_ITEM)
		return true;
	if ((size_t)cmark_node_get_start_line(container) == line) {
		/* The first line of an item says how far its others are indented. */
		node_data_get(container)->item_width = enter_mark(text, edge);
		return true;
	}
	struct edge next = *edge;
	size_t needed = node_data_get(container)->item_width;
	if (skip_columns(text, &next, needed) < needed)
		return is_line_over(text, next.at);
	*edge = next;
	return true;
}

struct line_entry container_enter(const struct parsed_text *text, cmark_node *parent, size_t line)
{
	size_t depth = 0;
	for (cmark_node *node = parent; node; node = cmark_node_parent(node))
		depth++;
	cmark_node **path = memory_zero(depth, sizeof(*path));
	size_t level = depth;
	for (cmark_node *node = parent; node; node = cmark_node_parent(node))
		path[--level] = node;
	struct line_entry entry = {0};
	struct edge edge = {.at = line - 1 < text->line_count ? text->lines[line - 1] : text->size};
	for (; level < depth && !entry.is_lazy; level++) {
		cmark_node *node = path[level];
		size_t first = (size_t)cmark_node_get_start_line(node);
		if (cmark_node_get_type(node) == CMARK_NODE_ITEM && first != line && !node_data_get(node)->item_width)
			container_enter(text, node, first);
		entry.is_lazy = !enter(text, node, line, &edge);
	}
	free(path);
	entry.at = edge.at;
	entry.tab_rest = edge.tab_rest;
	return entry;
}
