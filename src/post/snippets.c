/* Pieces of Markdown parsed on their own, with the link reference definitions of the document they are for. */
#include "post/tree.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/stretch.h"
#include "post/document_parts.h"
#include "post/nesting.h"
#include "post/spans.h"

#include <stdlib.h>
#include <string.h>

/* Ahead of a snippet, so that nothing in it begins a block; blank, to what looks at a mark's neighbours. A line that goes
   on is indented, for the same reason. */
static const char lead[] = "\xc2\xa0", indent[] = "    ";
static const char border[] = "<!---->";

/* Where the lines of a parsed text come from. */
struct line_origin {
	size_t start, code;     /* where it begins, and the first byte that is the author's */
	const struct tree_line *line;
};

struct snippet_locator {
	const struct line_origin *origins;
	size_t count;
};

static void locate_in_lines(void *locator, size_t offset, int *line, int *column)
{
	const struct snippet_locator *at = locator;
	const struct line_origin *origin = NULL;
	if (at->count)
		origin = &at->origins[stretch_at(&at->origins->start, sizeof *at->origins, at->count, offset)];
	*line = origin ? origin->line->line : 1;
	*column = origin ? origin->line->column : 1;
	for (size_t i = 0; origin && i < origin->line->size && origin->code + i < offset; i++)
		*column += ((unsigned char)origin->line->text[i] & 0xc0) != 0x80;
}

struct place_of_node {
	int line, column;
};

static void locate_at_node(void *locator, size_t offset, int *line, int *column)
{
	(void)offset;
	const struct place_of_node *at = locator;
	*line = at->line;
	*column = at->column;
}

/* Lines that no block was made of are empty or definitions; those ahead of a paragraph are in its content. */
static bool *find_covered(const struct document *document)
{
	bool *covered = memory_zero(document->text.line_count + 1, sizeof *covered);
	cmark_iter *iter = cmark_iter_new(document->root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		if (event != CMARK_EVENT_ENTER || type == CMARK_NODE_DOCUMENT || type == CMARK_NODE_BLOCK_QUOTE ||
		    type == CMARK_NODE_LIST || type == CMARK_NODE_ITEM || type > CMARK_NODE_LAST_BLOCK)
			continue;
		int first = cmark_node_get_start_line(node), last = cmark_node_get_end_line(node);
		for (int line = first; line > 0 && line <= last && (size_t)line <= document->text.line_count; line++)
			covered[line - 1] = true;
	}
	cmark_iter_free(iter);
	return covered;
}

static void add_definition_line(const struct document *document, size_t row, struct buffer *out)
{
	const char *text = document->text.text;
	size_t at = document->text.lines[row], end = line_end(text, document->text.size, at);
	size_t start = at;
	while (at < end && strchr(" \t>*+-.)0123456789", text[at]))
		at++;
	/* The line of a title or an address has no bracket. */
	if (at < end && text[at] != '[')
		for (at = start; at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '>');)
			at++;
	if (at < end && text[at] == '[')
		buffer_add_string(out, "\n");
	buffer_add(out, text + at, end - at);
	buffer_add_string(out, "\n");
}

const char *document_definitions(struct document *document)
{
	if (document->definitions)
		return document->definitions;
	struct buffer out = {0};
	buffer_add_string(&out, "");
	if (!memmem(document->text.text, document->text.size, "]:", 2))
		return document->definitions = buffer_take(&out);
	bool *covered = find_covered(document);
	for (size_t row = (size_t)document->first_line - 1; row < document->text.line_count; row++) {
		if (!covered[row])
			add_definition_line(document, row, &out);
	}
	free(covered);
	/* In the order of the text it is the first definition of a label that counts; of what stands here and ahead of a
	   paragraph both define the same label only by mistake. */
	cmark_iter *iter = cmark_iter_new(document->root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event != CMARK_EVENT_ENTER)
			continue;
		struct tree_line *lines = NULL;
		char *held = NULL;
		size_t count = 0;
		cmark_node_type type = cmark_node_get_type(node);
		if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING) {
			int line = cmark_node_get_start_line(node), column = cmark_node_get_start_column(node);
			size_t row = (size_t)line - 1;
			size_t at = line > 0 && row < document->text.line_count
			                    ? document->text.lines[row] + (size_t)(column > 0 ? column - 1 : 0)
			                    : document->text.size;
			if (at < document->text.size && document->text.text[at] == '[')
				count = tree_lines(document, node, &lines, &held);
		}
		bool has_colon = false;
		for (size_t i = 0; i < count; i++)
			has_colon = has_colon || memmem(lines[i].text, lines[i].size, "]:", 2);
		for (size_t i = 0; has_colon && i < count; i++) {
			buffer_add_string(&out, i ? indent : "\n");
			buffer_add(&out, lines[i].text, lines[i].size);
			buffer_add_string(&out, "\n");
		}
		free(lines);
		free(held);
	}
	cmark_iter_free(iter);
	document->definitions = buffer_take(&out);
	return document->definitions;
}

static bool check_text(const char *text, size_t size, struct error *err)
{
	size_t bad = 0;
	if (size > DOCUMENT_SIZE_MAX)
		return error_set(err, "more than 16 MiB of Markdown at once");
	if (!text_is_clean(text, size, &bad))
		return error_set(err, "Markdown is UTF-8 text without NUL");
	return nesting_check(text, size, 1, err);
}

static void move_children(struct document *document, cmark_node *from, cmark_node *to)
{
	for (cmark_node *child; (child = cmark_node_first_child(from));) {
		document_keep(document, child);
		cmark_node_append_child(to, child);
	}
}

/* The paragraph's text without what was put ahead of it. */
static void drop_lead(cmark_node *paragraph)
{
	cmark_node *first = cmark_node_first_child(paragraph);
	const char *literal = first && cmark_node_get_type(first) == CMARK_NODE_TEXT ? cmark_node_get_literal(first) : "";
	size_t size = strlen(lead);
	if (strncmp(literal, lead, size) != 0)
		return;
	char *rest = memory_string(literal + size);
	if (*rest) {
		cmark_node_set_literal(first, rest);
	} else {
		cmark_node_unlink(first);
		node_free(first);
	}
	free(rest);
}

static cmark_node *parse_snippets(struct document *document, struct buffer *text, struct snippet_locator *locator)
{
	struct parsed_text parsed = {.text = text->data, .size = text->size};
	size_t *lines = find_lines(text->data, text->size, 0, &parsed.line_count);
	parsed.lines = lines;
	cmark_node *root = parse_tree(&parsed, document->is_smart, locate_in_lines, locator, 0);
	free(lines);
	return root;
}

bool tree_inlines(struct document *document, const struct tree_snippet *snippets, size_t count, cmark_node **parents,
                  struct error *err)
{
	struct buffer text = {0};
	struct snippet_locator locator = {0};
	size_t line_count = 0, row = 0;
	for (size_t i = 0; i < count; i++)
		line_count += snippets[i].line_count;
	struct line_origin *origins = memory_zero(line_count + 1, sizeof *origins);
	buffer_add_string(&text, "");
	bool has_bracket = false;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < snippets[i].line_count; k++) {
			const struct tree_line *line = &snippets[i].lines[k];
			origins[row].start = text.size;
			buffer_add_string(&text, k == 0 ? lead : indent);
			origins[row].code = text.size;
			origins[row++].line = line;
			buffer_add(&text, line->text, line->size);
			buffer_add_string(&text, "\n");
			has_bracket = has_bracket || memchr(line->text, '[', line->size);
		}
		if (snippets[i].line_count == 0)
			buffer_add_format(&text, "%s\n", lead);
		buffer_add_string(&text, "\n");
	}
	if (has_bracket)
		buffer_add_string(&text, document_definitions(document));
	locator = (struct snippet_locator){origins, line_count};
	if (!check_text(text.data, text.size, err)) {
		free(origins);
		buffer_free(&text);
		return false;
	}
	cmark_node *root = parse_snippets(document, &text, &locator);
	cmark_node *paragraph = cmark_node_first_child(root);
	for (size_t i = 0; i < count; i++) {
		parents[i] = cmark_node_new(CMARK_NODE_PARAGRAPH);
		document_keep(document, parents[i]);
		if (!paragraph)
			continue;
		drop_lead(paragraph);
		move_children(document, paragraph, parents[i]);
		paragraph = cmark_node_next(paragraph);
	}
	node_free(root);
	free(origins);
	buffer_free(&text);
	return true;
}

bool tree_blocks(struct document *document, const char *text, size_t size, cmark_node *at, cmark_node **parent,
                 struct error *err)
{
	if (!check_text(text, size, err))
		return false;
	struct buffer whole = {0};
	buffer_add_string(&whole, memchr(text, '[', size) ? document_definitions(document) : "");
	buffer_add_format(&whole, "\n\n%s\n\n", border);
	buffer_add(&whole, text, size);
	struct tree_range range = {.line = document->first_line, .column = 1};
	if (at)
		range = tree_start(document, at);
	struct place_of_node place = {range.line, range.column > 0 ? range.column : 1};
	struct parsed_text parsed = {.text = whole.data, .size = whole.size};
	size_t *lines = find_lines(whole.data, whole.size, 0, &parsed.line_count);
	parsed.lines = lines;
	cmark_node *root = parse_tree(&parsed, document->is_smart, locate_at_node, &place, 0);
	free(lines);
	*parent = cmark_node_new(CMARK_NODE_DOCUMENT);
	document_keep(document, *parent);
	bool is_behind = false;
	for (cmark_node *child = cmark_node_first_child(root), *next; child; child = next) {
		next = cmark_node_next(child);
		if (!is_behind) {
			const char *literal = cmark_node_get_literal(child);
			is_behind = cmark_node_get_type(child) == CMARK_NODE_HTML_BLOCK && literal &&
			            strncmp(literal, border, strlen(border)) == 0;
			continue;
		}
		document_keep(document, child);
		cmark_node_append_child(*parent, child);
	}
	cmark_iter *iter = cmark_iter_new(*parent);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		struct node_data *data = node_data_get(cmark_iter_get_node(iter));
		data->line = place.line;
		data->column = place.column;
	}
	cmark_iter_free(iter);
	node_free(root);
	buffer_free(&whole);
	return true;
}
