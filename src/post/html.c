/* A tree as HTML: cmark's, with the attributes and elements that it does not know. */
#include "post/html.h"

#include "post/node_data.h"
#include "post/plain_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void html_escape(struct buffer *html, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "&<>\"");
		buffer_add(html, text, plain);
		text += plain;
		switch (*text++) {
		case '&': buffer_add_string(html, "&amp;"); break;
		case '<': buffer_add_string(html, "&lt;"); break;
		case '>': buffer_add_string(html, "&gt;"); break;
		case '"': buffer_add_string(html, "&quot;"); break;
		default: return;
		}
	}
}

static void start_line(struct buffer *html)
{
	if (html->size > 0 && html->data[html->size - 1] != '\n')
		buffer_add_string(html, "\n");
}

static void add_attributes(struct buffer *html, cmark_node *node)
{
	const struct node_data *data = node_data_peek(node);
	for (size_t i = 0; data && i < data->attribute_count; i++) {
		buffer_add_format(html, " %s=\"", data->attributes[i].name);
		html_escape(html, data->attributes[i].value);
		buffer_add_string(html, "\"");
	}
}

static bool is_block(cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);
	return type >= CMARK_NODE_FIRST_BLOCK && type <= CMARK_NODE_LAST_BLOCK;
}

/* A paragraph whose list shows no <p>. */
static bool is_tight(cmark_node *node)
{
	cmark_node *parent = cmark_node_parent(node), *list = parent ? cmark_node_parent(parent) : NULL;
	return cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH && list &&
	       cmark_node_get_type(list) == CMARK_NODE_LIST && cmark_node_get_list_tight(list);
}

/* What cmark makes of the node, with the node's attributes behind the first tag's name, without the last `cut` bytes. */
static void add_rendered(struct buffer *html, cmark_node *rendered, cmark_node *attributed, size_t cut)
{
	char *text = cmark_render_html(rendered, CMARK_OPT_UNSAFE);
	size_t size = strlen(text), name = *text == '<' ? strcspn(text, " />\n") : 0;
	while (size > 0 && cut > 0 && text[size - 1] == '\n')
		size--;
	buffer_add(html, text, name);
	add_attributes(html, attributed);
	buffer_add(html, text + name, size - name - cut);
	free(text);
}

static void add_whole(struct buffer *html, cmark_node *node)
{
	if (is_block(node) && !is_tight(node))
		start_line(html);
	char *text = cmark_render_html(node, CMARK_OPT_UNSAFE);
	buffer_add_string(html, text);
	free(text);
}

/* cmark prints the addresses, of a link or image without what is in it. */
static void add_bare(struct buffer *html, cmark_node *node, const char *alt)
{
	cmark_node *bare = cmark_node_new(cmark_node_get_type(node));
	cmark_node_set_url(bare, cmark_node_get_url(node));
	cmark_node_set_title(bare, cmark_node_get_title(node));
	if (alt) {
		cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
		cmark_node_set_literal(text, alt);
		cmark_node_append_child(bare, text);
	}
	add_rendered(html, bare, node, alt ? 0 : strlen("</a>"));
	cmark_node_free(bare);
}

static void add_image(struct buffer *html, cmark_node *image)
{
	struct buffer alt = {0};
	buffer_add_string(&alt, "");
	plain_text_of_node(image, &alt);
	add_bare(html, image, alt.data);
	buffer_free(&alt);
}

static void open_tag(struct buffer *html, cmark_node *node, const char *tag)
{
	buffer_add_format(html, "<%s", tag);
	add_attributes(html, node);
	buffer_add_string(html, ">");
}

static void open_list(struct buffer *html, cmark_node *list)
{
	bool is_ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
	int start = cmark_node_get_list_start(list);
	buffer_add_string(html, is_ordered ? "<ol" : "<ul");
	if (is_ordered && start != 1)
		buffer_add_format(html, " start=\"%d\"", start);
	add_attributes(html, list);
	buffer_add_string(html, ">\n");
}

static void open_element(struct buffer *html, cmark_node *node, const struct element *element)
{
	if (element->is_block)
		start_line(html);
	open_tag(html, node, element->tag);
	if (element->is_container)
		buffer_add_string(html, "\n");
}

static void close_element(struct buffer *html, const struct element *element)
{
	if (element->is_void)
		return;
	if (element->is_container)
		start_line(html);
	buffer_add_format(html, element->is_block ? "</%s>\n" : "</%s>", element->tag);
}

/* HTML that replaced a code which had attributes. */
static void open_custom(struct buffer *html, cmark_node *node)
{
	const struct element *element = element_of(node);
	const struct node_data *data = node_data_peek(node);
	if (element) {
		open_element(html, node, element);
		return;
	}
	bool has_attributes = data && data->attribute_count > 0;
	const char *tag = is_block(node) ? "div" : "span";
	if (is_block(node))
		start_line(html);
	if (has_attributes)
		open_tag(html, node, tag);
	if (is_block(node))
		start_line(html);
	buffer_add_string(html, cmark_node_get_on_enter(node));
	if (is_block(node))
		start_line(html);
}

static void close_custom(struct buffer *html, cmark_node *node)
{
	const struct element *element = element_of(node);
	const struct node_data *data = node_data_peek(node);
	if (element) {
		close_element(html, element);
		return;
	}
	if (data && data->attribute_count > 0)
		buffer_add_string(html, is_block(node) ? "</div>" : "</span>");
	if (is_block(node))
		start_line(html);
}

/* True when the node is done with: it has no tag that is still to be closed. */
static bool open_node(struct buffer *html, cmark_node *node)
{
	if (is_block(node) && !is_tight(node))
		start_line(html);
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_BLOCK_QUOTE:
		open_tag(html, node, "blockquote");
		buffer_add_string(html, "\n");
		return false;
	case CMARK_NODE_LIST:
		open_list(html, node);
		return false;
	case CMARK_NODE_ITEM:
		open_tag(html, node, "li");
		return false;
	case CMARK_NODE_HEADING: {
		char tag[8] = {'h', (char)('0' + cmark_node_get_heading_level(node)), '\0'};
		open_tag(html, node, tag);
		return false;
	}
	case CMARK_NODE_PARAGRAPH:
		if (!is_tight(node))
			open_tag(html, node, "p");
		return false;
	case CMARK_NODE_EMPH:
		open_tag(html, node, "em");
		return false;
	case CMARK_NODE_STRONG:
		open_tag(html, node, "strong");
		return false;
	case CMARK_NODE_LINK:
		add_bare(html, node, NULL);
		return false;
	case CMARK_NODE_IMAGE:
		add_image(html, node);
		return true;
	case CMARK_NODE_CUSTOM_BLOCK:
	case CMARK_NODE_CUSTOM_INLINE:
		open_custom(html, node);
		return false;
	case CMARK_NODE_CODE:
	case CMARK_NODE_CODE_BLOCK:
	case CMARK_NODE_THEMATIC_BREAK:
		add_rendered(html, node, node, 0);
		return true;
	case CMARK_NODE_DOCUMENT:
		return false;
	default:
		add_whole(html, node);
		return true;
	}
}

static void close_node(struct buffer *html, cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_BLOCK_QUOTE:
		start_line(html);
		buffer_add_string(html, "</blockquote>\n");
		return;
	case CMARK_NODE_LIST:
		buffer_add_string(html, cmark_node_get_list_type(node) == CMARK_ORDERED_LIST ? "</ol>\n" : "</ul>\n");
		return;
	case CMARK_NODE_ITEM:
		buffer_add_string(html, "</li>\n");
		return;
	case CMARK_NODE_HEADING:
		buffer_add_format(html, "</h%d>\n", cmark_node_get_heading_level(node));
		return;
	case CMARK_NODE_PARAGRAPH:
		if (!is_tight(node))
			buffer_add_string(html, "</p>\n");
		return;
	case CMARK_NODE_EMPH:
		buffer_add_string(html, "</em>");
		return;
	case CMARK_NODE_STRONG:
		buffer_add_string(html, "</strong>");
		return;
	case CMARK_NODE_LINK:
		buffer_add_string(html, "</a>");
		return;
	case CMARK_NODE_CUSTOM_BLOCK:
	case CMARK_NODE_CUSTOM_INLINE:
		close_custom(html, node);
		return;
	default:
		return;
	}
}

/* Marks what has attributes or is an element, and all that it stands in. */
static void mark_own(cmark_node *root, unsigned mark)
{
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		const struct node_data *own = event == CMARK_EVENT_ENTER ? node_data_peek(node) : NULL;
		if (!own || (own->attribute_count == 0 && !own->element))
			continue;
		for (; node && node_data_get(node)->mark != mark; node = cmark_node_parent(node))
			node_data_get(node)->mark = mark;
	}
	cmark_iter_free(iter);
}

char *html_of(cmark_node *root, unsigned mark)
{
	mark_own(root, mark);
	const struct node_data *own = node_data_peek(root);
	if (!own || own->mark != mark)
		return cmark_render_html(root, CMARK_OPT_UNSAFE);
	struct buffer html = {0};
	buffer_add_string(&html, "");
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event == CMARK_EVENT_EXIT) {
			close_node(&html, node);
			continue;
		}
		own = node_data_peek(node);
		bool is_own = own && own->mark == mark;
		if (!is_own)
			add_whole(&html, node);
		if (!is_own || open_node(&html, node))
			cmark_iter_reset(iter, node, CMARK_EVENT_EXIT);
	}
	cmark_iter_free(iter);
	return buffer_take(&html);
}
