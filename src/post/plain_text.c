/* Markup to text: what a reader hears of an inline, without tags. */
#include "post/plain_text.h"

#include "post/node_data.h"

#include <stdbool.h>
#include <string.h>

static const struct {
	const char *reference, *text;
} references[] = {
	{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&#x27;", "'"}, {"&apos;", "'"},
	{"&nbsp;", "\xc2\xa0"}, {"&#160;", "\xc2\xa0"},
};

static const char *skip_tag(const char *at)
{
	if (strncmp(at, "<!--", 4) == 0) {
		const char *close = strstr(at + 4, "-->");
		return close ? close + 3 : at + strlen(at);
	}
	/* A `>` in an attribute's quotes does not end the tag. */
	char quote = '\0';
	for (; *at && (quote || *at != '>'); at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
	}
	return *at ? at + 1 : at;
}

static bool is_tag(const char *at)
{
	char next = at[1];
	return *at == '<' && (next == '/' || next == '!' || next == '?' || (next >= 'a' && next <= 'z') ||
	                      (next >= 'A' && next <= 'Z'));
}

void plain_text_of_html(const char *html, struct buffer *text)
{
	for (const char *at = html; *at;) {
		if (is_tag(at)) {
			at = skip_tag(at);
			continue;
		}
		size_t length = 0;
		for (size_t i = 0; *at == '&' && !length && i < sizeof references / sizeof *references; i++) {
			if (strncmp(at, references[i].reference, strlen(references[i].reference)) == 0) {
				length = strlen(references[i].reference);
				buffer_add_string(text, references[i].text);
			}
		}
		if (!length) {
			buffer_add(text, at, 1);
			length = 1;
		}
		at += length;
	}
}

static void add_raw(cmark_node *node, struct buffer *raw)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
	case CMARK_NODE_CODE:
		buffer_add_string(raw, cmark_node_get_literal(node));
		return;
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK:
		buffer_add_string(raw, " ");
		return;
	case CMARK_NODE_CUSTOM_INLINE:
		if (element_of(node))
			return;
		plain_text_of_html(cmark_node_get_on_enter(node), raw);
		return;
	default:
		return;
	}
}

/* The number that refers to a footnote is no part of the sentence. */
static bool is_note_reference(cmark_node *node)
{
	const char *role = attribute_find(node_data_peek(node), "role");
	return role && strcmp(role, "doc-noteref") == 0;
}

void plain_text_of_node(cmark_node *node, struct buffer *text)
{
	struct buffer raw = {0};
	cmark_iter *iter = cmark_iter_new(node);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *at = cmark_iter_get_node(iter);
		if (event == CMARK_EVENT_ENTER && is_note_reference(at))
			cmark_iter_reset(iter, at, CMARK_EVENT_EXIT);
		else if (event == CMARK_EVENT_ENTER)
			add_raw(at, &raw);
	}
	cmark_iter_free(iter);
	bool is_between = false;
	size_t first = text->size;
	for (size_t i = 0; i < raw.size; i++) {
		char byte = raw.data[i];
		if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
			is_between = true;
			continue;
		}
		if (is_between && text->size > first)
			buffer_add(text, " ", 1);
		is_between = false;
		buffer_add(text, &byte, 1);
	}
	buffer_free(&raw);
}
