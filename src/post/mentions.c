/* Mentions of figures, listings and tables in the text of a tree. */
#include "post/mentions.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "post/document_parts.h"
#include "post/node_data.h"
#include "post/tree.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct document *document;
	struct mention *items;
	size_t count, capacity;
	cmark_node *block; /* the last that a mention stood in; NULL at first */
	int first_line, last_line;
};

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name(char c)
{
	return is_alphanumeric(c) || c == '-' || c == '_';
}

static bool is_text(cmark_node *node)
{
	return node && cmark_node_get_type(node) == CMARK_NODE_TEXT;
}

/* A mail address has something in front of its `@`, and so has one of the web. */
static bool is_behind_word(cmark_node *node, const char *literal, const char *at)
{
	char before = ' ';
	if (at > literal) {
		before = at[-1];
	} else if (is_text(cmark_node_previous(node))) {
		const char *text = cmark_node_get_literal(cmark_node_previous(node));
		before = *text ? text[strlen(text) - 1] : ' ';
	}
	return is_alphanumeric(before) || before == '_' || before == '.' || before == '/';
}

/* The kind has to stand in the node of its `@`: what is escaped is a node by itself. */
static bool begins(const char *at)
{
	return *at == '@' && (strncmp(at + 1, "fig-", 4) == 0 || strncmp(at + 1, "lst-", 4) == 0
		|| strncmp(at + 1, "tbl-", 4) == 0);
}

/* Takes the characters of a name from the beginning of the nodes behind `node`, whose own text is spent. The parser
   makes a node of each `_`. */
static void take_following(struct document *document, cmark_node *node, struct buffer *name)
{
	for (cmark_node *next; is_text(next = cmark_node_next(node));) {
		const char *literal = cmark_node_get_literal(next);
		size_t length = 0;
		while (is_name(literal[length]))
			length++;
		buffer_add(name, literal, length);
		if (literal[length]) {
			char *rest = memory_string(literal + length);
			cmark_node_set_literal(next, rest);
			free(rest);
			return;
		}
		cmark_node_unlink(next);
		document_keep(document, next);
	}
}

static cmark_node *insert_text(cmark_node *behind, const char *text)
{
	cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
	cmark_node_set_literal(node, text);
	cmark_node_insert_after(behind, node);
	return node;
}

/* Once for all mentions of a block: finding its end can take as long as its last line is. */
static void look_up_lines(struct list *list, cmark_node *block)
{
	const struct node_data *data = node_data_peek(block);
	list->block = block;
	list->first_line = list->last_line = 0;
	/* A block that was made can bear text of other lines than its own. */
	if (cmark_node_get_start_line(block) <= 0 || (data && data->line > 0))
		return;
	struct tree_range range = tree_range(list->document, block);
	list->first_line = range.line;
	list->last_line = range.end_line;
}

static void add(struct list *list, cmark_node *node, const char *name)
{
	struct mention mention = {.node = node, .name = memory_string(name)};
	for (cmark_node *up = cmark_node_parent(node); up; up = cmark_node_parent(up)) {
		cmark_node_type type = cmark_node_get_type(up);
		mention.is_plain |= type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE;
		/* Positions of inlines are often wrong. */
		if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING) {
			if (up != list->block)
				look_up_lines(list, up);
			mention.first_line = list->first_line;
			mention.last_line = list->last_line;
			break;
		}
	}
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->items = memory_resize(list->items, list->capacity, sizeof *list->items);
	}
	list->items[list->count++] = mention;
}

/* A mention that begins at `at`, inserted behind `last`; *end becomes what the text goes on with. Characters that were
   taken from the nodes behind and are no part of the name after all stand in a text of their own. Returns the last node. */
static cmark_node *insert_mention(struct list *list, cmark_node *last, const char *at, const char **end)
{
	struct buffer name = {0};
	const char *stop = at + 1;
	while (is_name(*stop))
		stop++;
	buffer_add(&name, at, (size_t)(stop - at));
	if (!*stop)
		take_following(list->document, last, &name);
	size_t length = name.size;
	while (!is_alphanumeric(name.data[length - 1]))
		length--;
	char *whole = memory_copy(name.data, length);
	last = insert_text(last, whole);
	add(list, last, whole + 1);
	if (length < name.size)
		last = insert_text(last, name.data + length);
	free(whole);
	buffer_free(&name);
	*end = stop;
	return last;
}

/* Looks at one text and makes several of it where it mentions something. Returns the node to go on with. */
static cmark_node *read_text(struct list *list, cmark_node *node)
{
	if (!strchr(cmark_node_get_literal(node), '@'))
		return cmark_node_next(node);
	char *literal = memory_string(cmark_node_get_literal(node));
	const char *from = literal;
	cmark_node *last = node;
	for (char *at = strchr(literal, '@'); at; at = strchr(from > at ? from : at + 1, '@')) {
		if (!begins(at) || !is_alphanumeric(at[5]) || is_behind_word(node, literal, at))
			continue;
		char *before = memory_copy(from, (size_t)(at - from));
		if (last == node)
			cmark_node_set_literal(node, before);
		else
			last = insert_text(last, before);
		free(before);
		last = insert_mention(list, last, at, &from);
	}
	if (last != node && *from)
		last = insert_text(last, from);
	free(literal);
	return cmark_node_next(last);
}

static cmark_node *next_outside(cmark_node *node)
{
	while (node && !cmark_node_next(node))
		node = cmark_node_parent(node);
	return node ? cmark_node_next(node) : NULL;
}

size_t mentions_find(struct document *document, struct mention **mentions)
{
	struct list list = {.document = document};
	for (cmark_node *node = document->root; node;) {
		cmark_node *next = NULL;
		if (is_text(node)) {
			cmark_node *parent = cmark_node_parent(node);
			next = read_text(&list, node);
			next = next ? next : next_outside(parent);
		} else {
			next = cmark_node_first_child(node);
			next = next ? next : next_outside(node);
		}
		node = next;
	}
	*mentions = list.items;
	return list.count;
}

void mentions_free(struct mention *mentions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(mentions[i].name);
	free(mentions);
}
