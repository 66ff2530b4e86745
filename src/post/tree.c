/* Changes to a document's tree. */
#include "post/tree.h"

#include "base/memory.h"
#include "base/stretch.h"
#include "post/document_parts.h"
#include "post/plain_text.h"
#include "post/spans.h"

#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 1000 * 1000 };
static const size_t bytes_max = (size_t)256 << 20;

static const struct {
	const char *name;
	cmark_node_type type;
} kinds[] = {
	{"block_quote", CMARK_NODE_BLOCK_QUOTE}, {"list", CMARK_NODE_LIST}, {"item", CMARK_NODE_ITEM},
	{"code_block", CMARK_NODE_CODE_BLOCK}, {"html_block", CMARK_NODE_HTML_BLOCK},
	{"paragraph", CMARK_NODE_PARAGRAPH}, {"heading", CMARK_NODE_HEADING},
	{"thematic_break", CMARK_NODE_THEMATIC_BREAK}, {"text", CMARK_NODE_TEXT},
	{"softbreak", CMARK_NODE_SOFTBREAK}, {"linebreak", CMARK_NODE_LINEBREAK}, {"code", CMARK_NODE_CODE},
	{"html_inline", CMARK_NODE_HTML_INLINE}, {"emph", CMARK_NODE_EMPH}, {"strong", CMARK_NODE_STRONG},
	{"link", CMARK_NODE_LINK}, {"image", CMARK_NODE_IMAGE},
};

cmark_node *tree_root(const struct document *document)
{
	return document->root;
}

const char *tree_kind(cmark_node *node)
{
	const struct element *element = element_of(node);
	return element ? element->tag : cmark_node_get_type_string(node);
}

static bool count_bytes(struct document *document, size_t size, struct error *err)
{
	document->made_bytes += size;
	if (document->made_bytes > bytes_max)
		return error_set(err, "the nodes of this post were given more than 256 MiB of text");
	return true;
}

static cmark_node *make_node(const char *kind, struct error *err)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].name, kind) == 0)
			return cmark_node_new(kinds[i].type);
	}
	const struct element *element = element_find(kind);
	if (!element) {
		error_set(err, "no node is called `%.40s`", kind);
		return NULL;
	}
	cmark_node *node = cmark_node_new(element->is_block ? CMARK_NODE_CUSTOM_BLOCK : CMARK_NODE_CUSTOM_INLINE);
	node_data_get(node)->element = element;
	return node;
}

cmark_node *tree_new(struct document *document, const char *kind, cmark_node *at, struct error *err)
{
	if (++document->made_nodes > NODES_MAX) {
		error_set(err, "more than %d nodes were made for this post", NODES_MAX);
		return NULL;
	}
	cmark_node *node = make_node(kind, err);
	if (!node)
		return NULL;
	if (cmark_node_get_type(node) == CMARK_NODE_LIST)
		cmark_node_set_list_start(node, 1);
	struct tree_range range = {.line = document->first_line, .column = 1};
	if (at)
		range = tree_start(document, at);
	struct node_data *data = node_data_get(node);
	data->line = range.line;
	data->column = range.column;
	cmark_node_type type = cmark_node_get_type(node);
	if (type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK) {
		int column = range.column > 0 ? range.column : 1;
		*node_code_get(node) = (struct code_place){
			.line = range.line, .column = column, .code_line = range.line, .code_column = column, .closed = true,
		};
	}
	document_keep(document, node);
	return node;
}

static bool is_block(cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);
	return type >= CMARK_NODE_FIRST_BLOCK && type <= CMARK_NODE_LAST_BLOCK;
}

/* cmark lets its custom nodes hold anything; ours have a tag that HTML knows. */
static bool can_hold(cmark_node *parent, cmark_node *node)
{
	const struct element *element = element_of(parent);
	cmark_node_type type = cmark_node_get_type(node);
	if (!element)
		return cmark_node_get_type(parent) != CMARK_NODE_CUSTOM_BLOCK && cmark_node_get_type(parent) != CMARK_NODE_CUSTOM_INLINE;
	return !element->is_void && type != CMARK_NODE_DOCUMENT && type != CMARK_NODE_ITEM;
}

static bool is_within(cmark_node *node, cmark_node *other)
{
	for (; node; node = cmark_node_parent(node)) {
		if (node == other)
			return true;
	}
	return false;
}

bool tree_put(struct document *document, cmark_node *node, enum tree_place place, cmark_node *at, struct error *err)
{
	bool is_inside = place == TREE_LAST || place == TREE_FIRST;
	cmark_node *parent = is_inside ? at : cmark_node_parent(at);
	if (node == document->root)
		return error_set(err, "the document cannot be moved");
	if (!parent)
		return error_set(err, "nothing can stand beside a node that stands nowhere");
	if (node == at || (cmark_node_first_child(node) && is_within(parent, node)))
		return error_set(err, "a %s cannot be put into or beside itself", tree_kind(node));
	document_definitions(document);
	document_keep(document, node);
	document->is_stale = true;
	int is_done = 0;
	if (can_hold(parent, node)) {
		cmark_node_unlink(node);
		is_done = place == TREE_LAST    ? cmark_node_append_child(at, node)
		          : place == TREE_FIRST ? cmark_node_prepend_child(at, node)
		          : place == TREE_AFTER ? cmark_node_insert_after(at, node)
		                                : cmark_node_insert_before(at, node);
	}
	if (!is_done)
		return error_set(err, "a %s cannot stand in a %s%s", tree_kind(node), tree_kind(parent),
		                 is_block(parent) && !is_block(node) ? ": put it into a paragraph" : "");
	return true;
}

void tree_remove(struct document *document, cmark_node *node)
{
	if (node == document->root)
		return;
	document_definitions(document);
	document_keep(document, node);
	cmark_node_unlink(node);
	document->is_stale = true;
}

const char *tree_text(cmark_node *node, enum tree_text which)
{
	switch (which) {
	case TREE_LITERAL: return cmark_node_get_literal(node);
	case TREE_INFO: return cmark_node_get_fence_info(node);
	case TREE_URL: return cmark_node_get_url(node);
	default: return cmark_node_get_title(node);
	}
}

bool tree_set_text(struct document *document, cmark_node *node, enum tree_text which, const char *text, struct error *err)
{
	typedef int set_string(cmark_node *node, const char *string);
	static set_string *const setters[] = {
		[TREE_LITERAL] = cmark_node_set_literal, [TREE_INFO] = cmark_node_set_fence_info,
		[TREE_URL] = cmark_node_set_url, [TREE_TITLE] = cmark_node_set_title,
	};
	static const char *const names[] = {
		[TREE_LITERAL] = "text", [TREE_INFO] = "info", [TREE_URL] = "url", [TREE_TITLE] = "title",
	};
	if (!count_bytes(document, strlen(text), err))
		return false;
	document->is_stale = true;
	if (!setters[which](node, text))
		return error_set(err, "a %s has no %s", tree_kind(node), names[which]);
	return true;
}

bool tree_number(cmark_node *node, enum tree_number which, int *number)
{
	cmark_node_type type = cmark_node_get_type(node);
	if (type != (which == TREE_LEVEL ? CMARK_NODE_HEADING : CMARK_NODE_LIST))
		return false;
	switch (which) {
	case TREE_LEVEL: *number = cmark_node_get_heading_level(node); break;
	case TREE_START: *number = cmark_node_get_list_start(node); break;
	case TREE_IS_TIGHT: *number = cmark_node_get_list_tight(node); break;
	default: *number = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST; break;
	}
	return true;
}

bool tree_set_number(struct document *document, cmark_node *node, enum tree_number which, int number)
{
	document->is_stale = true;
	switch (which) {
	case TREE_LEVEL: return number >= 1 && number <= 6 && cmark_node_set_heading_level(node, number);
	case TREE_START: return number >= 0 && cmark_node_set_list_start(node, number);
	case TREE_IS_TIGHT: return cmark_node_set_list_tight(node, number != 0);
	default: return cmark_node_set_list_type(node, number ? CMARK_ORDERED_LIST : CMARK_BULLET_LIST);
	}
}

const char *tree_attribute(cmark_node *node, const char *name)
{
	return attribute_find(node_data_peek(node), name);
}

bool tree_attribute_at(cmark_node *node, size_t index, const char **name, const char **value)
{
	const struct node_data *data = node_data_peek(node);
	if (!data || index >= data->attribute_count)
		return false;
	*name = data->attributes[index].name;
	*value = data->attributes[index].value;
	return true;
}

static bool has_tag(cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_DOCUMENT:
	case CMARK_NODE_HTML_BLOCK:
	case CMARK_NODE_HTML_INLINE:
	case CMARK_NODE_TEXT:
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK: return false;
	case CMARK_NODE_CUSTOM_BLOCK:
	case CMARK_NODE_CUSTOM_INLINE: return element_of(node) != NULL;
	default: return true;
	}
}

static bool is_attribute_name(const char *name)
{
	size_t plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:.");
	return plain > 0 && plain < 64 && name[plain] == '\0' && ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'));
}

bool tree_set_attribute(struct document *document, cmark_node *node, const char *name, const char *value,
                        struct error *err)
{
	if (!is_attribute_name(name))
		return error_set(err, "`%.40s` is no name of an attribute: a letter, then letters, digits, - _ : and .", name);
	if (!has_tag(node))
		return error_set(err, "a %s has no attributes: put it into a span", tree_kind(node));
	if (!count_bytes(document, value ? strlen(value) + strlen(name) : 0, err))
		return false;
	attribute_set(node_data_get(node), name, value);
	return true;
}

/* The line of the post, counted from its own first one, that a byte is in. */
static size_t line_of(const struct document *document, size_t offset)
{
	return stretch_at(document->post_lines, sizeof *document->post_lines, document->post_line_count, offset);
}

static void find_place(const struct document *document, size_t parsed_offset, int *line, int *column)
{
	size_t offset = document_origin(document, parsed_offset), row = line_of(document, offset);
	size_t start = row < document->post_line_count ? document->post_lines[row] : 0;
	*line = document->first_line + (int)row;
	*column = 1;
	for (size_t at = start; at < offset; at++)
		*column += ((unsigned char)document->post[at] & 0xc0) != 0x80;
}

static size_t parsed_offset(const struct document *document, int line, int column)
{
	size_t row = (size_t)line - 1;
	size_t start = row < document->text.line_count ? document->text.lines[row] : document->text.size;
	size_t offset = start + (size_t)(column > 0 ? column - 1 : 0);
	return offset < document->text.size ? offset : document->text.size;
}

static void find_start(const struct document *document, cmark_node *block, struct tree_range *range)
{
	find_place(document, parsed_offset(document, cmark_node_get_start_line(block), cmark_node_get_start_column(block)),
	           &range->line, &range->column);
}

/* The place where a node begins; its end is the caller's to find. */
static struct tree_range start_of(const struct document *document, cmark_node *node)
{
	struct tree_range range = {0};
	const struct node_data *data = node_data_peek(node);
	if (data && data->line > 0)
		return (struct tree_range){.line = data->line, .column = data->column};
	if (data && data->code)
		return (struct tree_range){.line = data->code->line, .column = data->code->column};
	if (is_block(node) && cmark_node_get_start_line(node) > 0) {
		find_start(document, node, &range);
		return range;
	}
	/* cmark's lines of inlines can be short of the true ones, but never leave the block. */
	cmark_node *block = node;
	while (block && !is_block(block))
		block = cmark_node_parent(block);
	if (!block || cmark_node_get_start_line(block) <= 0) {
		const struct node_data *made = block ? node_data_peek(block) : NULL;
		bool is_placed = made && made->line > 0;
		return (struct tree_range){.line = is_placed ? made->line : document->first_line, .column = is_placed ? made->column : 1};
	}
	int line = cmark_node_get_start_line(node), first = cmark_node_get_start_line(block);
	if (line > first && line <= cmark_node_get_end_line(block))
		find_place(document, parsed_offset(document, line, 1), &range.line, &range.column);
	else
		find_start(document, block, &range);
	if (cmark_node_get_end_line(block) > first)
		range.column = 0;
	return range;
}

struct tree_range tree_range(const struct document *document, cmark_node *node)
{
	struct tree_range range = start_of(document, node);
	const struct node_data *data = node_data_peek(node);
	int end_line = cmark_node_get_end_line(node);
	range.end_line = range.line;
	if (is_block(node) && !(data && data->line > 0) && cmark_node_get_start_line(node) > 0 &&
	    end_line >= cmark_node_get_start_line(node))
		find_place(document, parsed_offset(document, end_line, cmark_node_get_end_column(node)), &range.end_line,
		           &range.end_column);
	return range;
}

struct tree_range tree_start(const struct document *document, cmark_node *node)
{
	return start_of(document, node);
}

bool tree_is_escaped(cmark_node *node)
{
	const struct node_data *data = node_data_peek(node);
	return data && data->is_escaped;
}

size_t tree_lines(const struct document *document, cmark_node *block, struct tree_line **lines, char **held)
{
	*lines = NULL;
	*held = NULL;
	cmark_node_type type = cmark_node_get_type(block);
	const struct node_data *data = node_data_peek(block);
	if ((type != CMARK_NODE_PARAGRAPH && type != CMARK_NODE_HEADING) || cmark_node_get_start_line(block) <= 0 ||
	    (size_t)cmark_node_get_start_line(block) > document->text.line_count || (data && data->line > 0))
		return 0;
	struct content content = {0};
	content_read(&document->text, block, &content);
	*lines = memory_zero(content.line_count, sizeof **lines);
	for (size_t i = 0; i < content.line_count; i++) {
		size_t end = i + 1 < content.line_count ? content.line_starts[i + 1] : content.bytes.size;
		(*lines)[i] = (struct tree_line){
			.text = content.bytes.data + content.line_starts[i], .size = end - content.line_starts[i] - 1,
			.is_lazy = content.lazy[i],
		};
		find_place(document, content.line_sources[i], &(*lines)[i].line, &(*lines)[i].column);
	}
	size_t count = content.line_count;
	*held = content.bytes.data;
	content.bytes.data = NULL;
	content_free(&content);
	return count;
}

size_t tree_find(cmark_node *root, bool is_post, bool (*wants)(void *context, cmark_node *node), void *context,
                 struct tree_found **found)
{
	size_t count = 0, capacity = 64, depth = 0, depth_capacity = 64;
	*found = memory_zero(capacity, sizeof **found);
	size_t *open = memory_zero(depth_capacity, sizeof *open);
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (!wants(context, node))
			continue;
		/* Leaves are only entered. */
		bool is_leaf = !cmark_node_first_child(node), is_enter = event == CMARK_EVENT_ENTER;
		if (!is_enter && !is_post && !is_leaf)
			(*found)[open[--depth]].behind = count;
		if (is_leaf ? !is_enter : is_post == is_enter)
			continue;
		if (count == capacity) {
			capacity *= 2;
			*found = memory_resize(*found, capacity, sizeof **found);
		}
		if (!is_leaf && !is_post) {
			if (depth == depth_capacity) {
				depth_capacity *= 2;
				open = memory_resize(open, depth_capacity, sizeof *open);
			}
			open[depth++] = count;
		}
		(*found)[count] = (struct tree_found){.node = node, .behind = count + 1};
		count++;
	}
	cmark_iter_free(iter);
	free(open);
	return count;
}

char *tree_plain(cmark_node *node)
{
	struct buffer text = {0};
	plain_text_of_node(node, &text);
	return buffer_take(&text);
}
