/* A post's body as a CommonMark tree whose code can be listed and replaced. */
#include "post/document.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "post/containers.h"
#include "post/nesting.h"
#include "post/place.h"
#include "post/plain_text.h"
#include "post/spans.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

struct document {
	cmark_node *root;
	struct document_code *codes;
	cmark_node **nodes; /* of each code, or what has replaced it */
	size_t code_count, capacity;
};

/* While the tree is read, for what is known of the text only then. */
struct reading {
	struct document *document;
	struct parsed_text text;
	struct place place;
	cmark_node *paragraph; /* the paragraph or heading whose inlines are being read */
	size_t paragraph_codes; /* index of its first code */
};

static void add_code(struct document *document, cmark_node *node, const struct document_code *code)
{
	if (document->code_count == document->capacity) {
		document->capacity = document->capacity ? document->capacity * 2 : 16;
		document->codes = memory_resize(document->codes, document->capacity, sizeof *document->codes);
		document->nodes = memory_resize(document->nodes, document->capacity, sizeof *document->nodes);
	}
	document->nodes[document->code_count] = node;
	document->codes[document->code_count++] = *code;
}

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

static void read_block(struct reading *reading, cmark_node *node)
{
	const struct parsed_text *text = &reading->text;
	size_t line = (size_t)cmark_node_get_start_line(node);
	size_t fence = line_start(text, line) + (size_t)cmark_node_get_start_column(node) - 1;
	if (!is_fenced(text, fence, node))
		return;
	struct document_code code = {
		.kind = CODE_BLOCK, .info = cmark_node_get_fence_info(node), .literal = cmark_node_get_literal(node),
		.closed = is_closed(text, fence, node),
	};
	place_move(&reading->place, fence);
	code.line = reading->place.line;
	code.column = reading->place.column;
	code.code_line = code.line + 1;
	code.code_column = code.column;
	if (*code.literal) {
		place_move(&reading->place, find_code(text, line + 1, code.literal));
		code.code_column = reading->place.column;
	}
	add_code(reading->document, node, &code);
}

static void place_spans(struct reading *reading)
{
	struct document *document = reading->document;
	size_t first = reading->paragraph_codes, count = document->code_count - first;
	if (!reading->paragraph || count == 0)
		return;
	struct span *spans = memory_zero(count, sizeof *spans);
	spans_find(&reading->text, reading->paragraph, spans, count);
	for (size_t i = 0; i < count; i++) {
		struct document_code *code = &document->codes[first + i];
		place_move(&reading->place, spans[i].start);
		code->line = reading->place.line;
		code->column = reading->place.column;
		place_move(&reading->place, spans[i].code);
		code->code_line = reading->place.line;
		code->code_column = reading->place.column;
	}
	free(spans);
}

static void read_node(struct reading *reading, cmark_node *node, bool is_exit)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_CODE_BLOCK:
		read_block(reading, node);
		return;
	case CMARK_NODE_CODE:
		add_code(reading->document, node, &(struct document_code){
			.kind = CODE_INLINE, .info = "", .literal = cmark_node_get_literal(node), .closed = true,
		});
		return;
	case CMARK_NODE_PARAGRAPH:
	case CMARK_NODE_HEADING:
		if (is_exit)
			place_spans(reading);
		reading->paragraph = is_exit ? NULL : node;
		reading->paragraph_codes = reading->document->code_count;
		return;
	default:
		return;
	}
}

/* The parser is given empty lines for the front matter, which change nothing but make its lines the post's. */
static cmark_node *parse_lines(const char *text, size_t size, int first_line)
{
	cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
	for (int line = 1; line < first_line; line++)
		cmark_parser_feed(parser, "\n", 1);
	cmark_parser_feed(parser, text, size);
	cmark_node *root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return root;
}

static size_t *find_lines(const char *text, size_t size, int first_line, size_t *count)
{
	size_t line = 0, capacity = (size_t)first_line + 64;
	size_t *lines = memory_zero(capacity, sizeof *lines);
	while ((int)line < first_line - 1)
		lines[line++] = 0;
	for (size_t at = 0; at < size; at = line_next(text, size, at)) {
		if (line == capacity) {
			capacity *= 2;
			lines = memory_resize(lines, capacity, sizeof *lines);
		}
		lines[line++] = at;
	}
	*count = line;
	return lines;
}

bool document_parse(const char *text, size_t size, int first_line, struct document **document, struct error *err)
{
	*document = NULL;
	if (size > DOCUMENT_SIZE_MAX)
		return error_set(err, "the post is larger than 16 MiB: split it, or keep data in files of its own");
	if (!nesting_check(text, size, first_line, err))
		return false;
	struct document *made = memory_zero(1, sizeof *made);
	made->root = parse_lines(text, size, first_line);
	size_t line_count = 0;
	size_t *lines = find_lines(text, size, first_line, &line_count);
	struct reading reading = {
		.document = made,
		.text = {.text = text, .size = size, .lines = lines, .line_count = line_count},
		.place = place_start(text, size, first_line),
	};
	cmark_iter *iter = cmark_iter_new(made->root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;)
		read_node(&reading, cmark_iter_get_node(iter), event == CMARK_EVENT_EXIT);
	cmark_iter_free(iter);
	free(lines);
	*document = made;
	return true;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	cmark_node_free(document->root);
	free(document->codes);
	free(document->nodes);
	free(document);
}

const struct document_code *document_codes(const struct document *document, size_t *count)
{
	*count = document->code_count;
	return document->codes;
}

static bool is_in_image(cmark_node *node)
{
	/* Links and emphasis may stand between; a paragraph ends the search. */
	for (; node && cmark_node_get_type(node) != CMARK_NODE_PARAGRAPH; node = cmark_node_parent(node)) {
		if (cmark_node_get_type(node) == CMARK_NODE_IMAGE)
			return true;
	}
	return false;
}

static cmark_node *make_replacement(enum code_kind kind, cmark_node *old, const char *html)
{
	if (kind == CODE_INLINE && is_in_image(old)) {
		struct buffer text = {0};
		buffer_add_string(&text, "");
		plain_text_of_html(html, &text);
		cmark_node *node = cmark_node_new(CMARK_NODE_TEXT);
		cmark_node_set_literal(node, text.data);
		buffer_free(&text);
		return node;
	}
	cmark_node *node = cmark_node_new(kind == CODE_BLOCK ? CMARK_NODE_CUSTOM_BLOCK : CMARK_NODE_CUSTOM_INLINE);
	cmark_node_set_on_enter(node, html);
	return node;
}

bool document_replace(struct document *document, size_t id, const char *html, struct error *err)
{
	if (id >= document->code_count)
		return error_set(err, "no code has the id %zu: the document has %zu", id, document->code_count);
	struct document_code *code = &document->codes[id];
	cmark_node *old = document->nodes[id], *node = make_replacement(code->kind, old, html);
	cmark_node_replace(old, node);
	cmark_node_free(old);
	document->nodes[id] = node;
	code->info = code->literal = "";
	return true;
}

char *document_html(const struct document *document)
{
	return cmark_render_html(document->root, CMARK_OPT_UNSAFE);
}

/* cmark's positions of inlines are often wrong, so only those of blocks are kept. */
static bool is_block_name(const char *name, size_t length)
{
	static const char *const blocks[] = {
		"document", "block_quote", "list", "item", "code_block", "html_block", "paragraph", "heading", "thematic_break",
	};
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		if (strlen(blocks[i]) == length && memcmp(blocks[i], name, length) == 0)
			return true;
	}
	return false;
}

char *document_xml(const struct document *document)
{
	static const char mark[] = " sourcepos=\"";
	char *xml = cmark_render_xml(document->root, CMARK_OPT_SOURCEPOS);
	struct buffer kept = {0};
	for (const char *at = xml; *at;) {
		size_t length = strcspn(at, "\n");
		length += at[length] == '\n';
		/* A tag begins its line; a `<` of the text is escaped. */
		const char *tag = at + strspn(at, " ");
		size_t name = *tag == '<' ? strcspn(tag + 1, " />\n") : 0;
		const char *behind = tag + 1 + name;
		if (name && !is_block_name(tag + 1, name) && strncmp(behind, mark, sizeof mark - 1) == 0) {
			buffer_add(&kept, at, (size_t)(behind - at));
			const char *close = strchr(behind + sizeof mark - 1, '"');
			behind = close + 1;
		} else {
			behind = at;
		}
		buffer_add(&kept, behind, (size_t)(at + length - behind));
		at += length;
	}
	free(xml);
	return buffer_take(&kept);
}

static char *find_text(const struct document *document, cmark_node_type type)
{
	for (cmark_node *node = cmark_node_first_child(document->root); node; node = cmark_node_next(node)) {
		if (cmark_node_get_type(node) != type)
			continue;
		struct buffer text = {0};
		plain_text_of_node(node, &text);
		if (text.size > 0)
			return buffer_take(&text);
		buffer_free(&text);
	}
	return NULL;
}

char *document_heading(const struct document *document)
{
	return find_text(document, CMARK_NODE_HEADING);
}

char *document_excerpt(const struct document *document)
{
	return find_text(document, CMARK_NODE_PARAGRAPH);
}
