/* Keeps what an author wrote behind a backslash apart from what may be marks of ours. */
#include "post/escapes.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "post/node_data.h"

#include <stdlib.h>
#include <string.h>

static const char escaped[ESCAPED_COUNT + 1] = "~:.@/";

/* Syriac punctuation, U+0700 to U+070D: two bytes each, 0xdc and one of these. */
enum { STAND_IN_LEAD = 0xdc, STAND_IN_FIRST = 0x80, STAND_IN_LAST = 0x8d };

static int escaped_index(const char *text, size_t size, size_t at)
{
	if (text[at] != '\\' || at + 1 >= size || !text[at + 1])
		return -1;
	const char *found = strchr(escaped, text[at + 1]);
	return found ? (int)(found - escaped) : -1;
}

static bool choose_stand_ins(const char *text, size_t size, struct escapes *escapes)
{
	bool is_taken[STAND_IN_LAST - STAND_IN_FIRST + 1] = {false};
	for (size_t at = 0; at + 1 < size; at++) {
		unsigned char next = (unsigned char)text[at + 1];
		if ((unsigned char)text[at] == STAND_IN_LEAD && next >= STAND_IN_FIRST && next <= STAND_IN_LAST)
			is_taken[next - STAND_IN_FIRST] = true;
	}
	int chosen = 0;
	for (int i = 0; i <= STAND_IN_LAST - STAND_IN_FIRST && chosen < ESCAPED_COUNT; i++) {
		if (is_taken[i])
			continue;
		escapes->stand_ins[chosen][0] = (char)STAND_IN_LEAD;
		escapes->stand_ins[chosen][1] = (char)(STAND_IN_FIRST + i);
		chosen++;
	}
	return chosen == ESCAPED_COUNT;
}

char *escapes_hide(const char *text, size_t size, struct escapes *escapes)
{
	*escapes = (struct escapes){0};
	size_t first = 0;
	while (first < size && escaped_index(text, size, first) < 0)
		first += text[first] == '\\' && first + 1 < size ? 2 : 1;
	if (first >= size || !choose_stand_ins(text, size, escapes))
		return NULL;
	escapes->is_used = true;
	char *hidden = memory_copy(text, size);
	for (size_t at = first; at < size; at++) {
		int index = escaped_index(text, size, at);
		if (index >= 0)
			memcpy(hidden + at, escapes->stand_ins[index], 2);
		at += text[at] == '\\';
	}
	return hidden;
}

static int stand_in_index(const struct escapes *escapes, const char *at)
{
	for (int i = 0; i < ESCAPED_COUNT && (unsigned char)*at == STAND_IN_LEAD; i++) {
		if (strncmp(at, escapes->stand_ins[i], 2) == 0)
			return i;
	}
	return -1;
}

/* The next stand-in in the text; NULL when there is none. */
static const char *find_stand_in(const struct escapes *escapes, const char *text)
{
	while ((text = strchr(text, STAND_IN_LEAD)) && stand_in_index(escapes, text) < 0)
		text++;
	return text;
}

/* The text with what was hidden, the caller's; NULL when nothing was. */
static char *restore(const struct escapes *escapes, const char *text, bool keeps_backslash)
{
	const char *next = text ? find_stand_in(escapes, text) : NULL;
	if (!next)
		return NULL;
	struct buffer restored = {0};
	for (; next; next = find_stand_in(escapes, text)) {
		buffer_add(&restored, text, (size_t)(next - text));
		if (keeps_backslash)
			buffer_add(&restored, "\\", 1);
		buffer_add(&restored, &escaped[stand_in_index(escapes, next)], 1);
		text = next + 2;
	}
	buffer_add_string(&restored, text);
	return buffer_take(&restored);
}

typedef const char *get_string(cmark_node *node);
typedef int set_string(cmark_node *node, const char *string);

static void restore_in(const struct escapes *escapes, cmark_node *node, get_string *get, set_string *set,
                       bool keeps_backslash)
{
	char *restored = restore(escapes, get(node), keeps_backslash);
	if (restored)
		set(node, restored);
	free(restored);
}

/* An address in `<…>` knows no escapes, and its text is the address. */
static bool is_autolink(cmark_node *link)
{
	cmark_node *child = cmark_node_first_child(link);
	return child && !cmark_node_next(child) && cmark_node_get_type(child) == CMARK_NODE_TEXT &&
	       strcmp(cmark_node_get_literal(child), cmark_node_get_url(link)) == 0;
}

static cmark_node *add_text(cmark_node *after, const char *text, size_t size, bool is_escaped)
{
	char *copy = memory_copy(text, size);
	cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
	cmark_node_set_literal(node, copy);
	free(copy);
	cmark_node_insert_after(after, node);
	if (is_escaped)
		node_data_get(node)->is_escaped = true;
	return node;
}

/* The node keeps what is before the first escape. Returns the last node that was made of it. */
static cmark_node *split_text(const struct escapes *escapes, cmark_node *node)
{
	const char *literal = cmark_node_get_literal(node), *next = find_stand_in(escapes, literal);
	if (!next)
		return node;
	char *text = memory_string(literal), *at = text;
	size_t first = (size_t)(next - literal);
	cmark_node *last = node;
	for (const char *found = text + first; found; found = find_stand_in(escapes, at)) {
		if (found > at && at > text)
			last = add_text(last, at, (size_t)(found - at), false);
		last = add_text(last, &escaped[stand_in_index(escapes, found)], 1, true);
		at = text + (found - text) + 2;
	}
	if (*at)
		last = add_text(last, at, strlen(at), false);
	text[first] = '\0';
	cmark_node_set_literal(node, text);
	free(text);
	return last;
}

static void show_in(const struct escapes *escapes, cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_CODE:
	case CMARK_NODE_HTML_BLOCK:
	case CMARK_NODE_HTML_INLINE:
		restore_in(escapes, node, cmark_node_get_literal, cmark_node_set_literal, true);
		return;
	case CMARK_NODE_CODE_BLOCK:
		restore_in(escapes, node, cmark_node_get_literal, cmark_node_set_literal, true);
		restore_in(escapes, node, cmark_node_get_fence_info, cmark_node_set_fence_info, false);
		return;
	case CMARK_NODE_LINK:
	case CMARK_NODE_IMAGE:
		restore_in(escapes, node, cmark_node_get_title, cmark_node_set_title, false);
		restore_in(escapes, node, cmark_node_get_url, cmark_node_set_url, false);
		return;
	default:
		return;
	}
}

void escapes_show(cmark_node *root, const struct escapes *escapes)
{
	if (!escapes->is_used)
		return;
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event != CMARK_EVENT_ENTER)
			continue;
		if (cmark_node_get_type(node) == CMARK_NODE_LINK && is_autolink(node)) {
			cmark_node *child = cmark_node_first_child(node);
			restore_in(escapes, node, cmark_node_get_url, cmark_node_set_url, true);
			restore_in(escapes, child, cmark_node_get_literal, cmark_node_set_literal, true);
		} else if (cmark_node_get_type(node) == CMARK_NODE_TEXT) {
			cmark_iter_reset(iter, split_text(escapes, node), CMARK_EVENT_ENTER);
		} else {
			show_in(escapes, node);
		}
	}
	cmark_iter_free(iter);
}
