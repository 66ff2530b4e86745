/* A post's body as a CommonMark tree whose code can be listed and replaced. */
#include "post/document.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "base/stretch.h"
#include "post/code_places.h"
#include "post/document_parts.h"
#include "post/escapes.h"
#include "post/html.h"
#include "post/mentions.h"
#include "post/nesting.h"
#include "post/plain_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The parser is given empty lines for the front matter, which change nothing but make its lines the post's. */
static cmark_node *parse_lines(const char *text, size_t size, int empty_lines, int options)
{
	cmark_parser *parser = cmark_parser_new(options);
	for (int line = 0; line < empty_lines; line++)
		cmark_parser_feed(parser, "\n", 1);
	cmark_parser_feed(parser, text, size);
	cmark_node *root = cmark_parser_finish(parser);
	cmark_parser_free(parser);
	return root;
}

cmark_node *parse_tree(const struct parsed_text *text, bool is_smart,
                       void (*locate)(void *locator, size_t offset, int *line, int *column), void *locator,
                       int empty_lines)
{
	struct escapes escapes;
	char *hidden = escapes_hide(text->text, text->size, &escapes);
	struct parsed_text seen = *text;
	seen.text = hidden ? hidden : text->text;
	cmark_node *root =
		parse_lines(seen.text, seen.size, empty_lines, is_smart ? CMARK_OPT_SMART : CMARK_OPT_DEFAULT);
	struct place_reading reading = {.text = &seen, .locate = locate, .locator = locator};
	code_places_find(&reading, root);
	cmark_consolidate_text_nodes(root);
	escapes_show(root, &escapes);
	free(hidden);
	return root;
}

size_t *find_lines(const char *text, size_t size, int empty, size_t *count)
{
	size_t line = 0, capacity = (size_t)empty + 64;
	size_t *lines = memory_zero(capacity, sizeof *lines);
	while ((int)line < empty)
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

size_t document_origin(const struct document *document, size_t offset)
{
	if (document->origin_count == 0)
		return offset < document->post_size ? offset : document->post_size;
	size_t number = stretch_at(&document->origins->parsed, sizeof *document->origins, document->origin_count, offset);
	const struct origin *origin = &document->origins[number];
	size_t post = origin->post + (origin->is_own ? 0 : offset - origin->parsed);
	return post < document->post_size ? post : document->post_size;
}

struct post_locator {
	const struct document *document;
	struct place place;
};

static void locate_in_post(void *locator, size_t offset, int *line, int *column)
{
	struct post_locator *at = locator;
	place_move(&at->place, document_origin(at->document, offset));
	*line = at->place.line;
	*column = at->place.column;
}

/* Joins the pieces, and notes where each comes from. */
static char *join_pieces(struct document *document, const struct document_source *source, size_t *size)
{
	struct buffer joined = {0};
	size_t before = 0;
	document->origins = memory_zero(source->piece_count + 1, sizeof *document->origins);
	for (size_t i = 0; i < source->piece_count; i++) {
		const struct document_piece *piece = &source->pieces[i];
		size_t at = piece->text ? piece->at : piece->from;
		document->origins[document->origin_count++] = (struct origin){
			.parsed = before, .post = at, .is_own = piece->text != NULL,
		};
		if (piece->text)
			buffer_add(&joined, piece->text, piece->size);
		else
			buffer_add(&joined, source->text + piece->from, piece->to - piece->from);
		before = joined.size;
	}
	*size = joined.size;
	return buffer_take(&joined);
}

static bool check_source(const struct document_source *source, struct error *err)
{
	size_t total = source->pieces ? 0 : source->size;
	for (size_t i = 0; source->pieces && i < source->piece_count; i++) {
		const struct document_piece *piece = &source->pieces[i];
		if (!piece->text && (piece->from > piece->to || piece->to > source->size))
			return error_set(err, "piece %zu goes from byte %zu to %zu of a text of %zu", i + 1, piece->from, piece->to,
			                 source->size);
		size_t bad = 0;
		if (piece->text ? !text_is_clean(piece->text, piece->size, &bad)
		                : !text_is_clean(source->text + piece->from, piece->to - piece->from, &bad))
			return error_set(err, "piece %zu is not UTF-8 text", i + 1);
		total += piece->text ? piece->size : piece->to - piece->from;
		if (total > DOCUMENT_SIZE_MAX)
			break;
	}
	if (source->size > DOCUMENT_SIZE_MAX || total > DOCUMENT_SIZE_MAX)
		return error_set(err, "the post is larger than 16 MiB: split it, or keep data in files of its own");
	return true;
}

/* What puts nodes into a tree looks at all that they stand in. */
enum { INLINES_MAX = 500 };

static bool check_depth(const struct document *document, struct error *err)
{
	size_t depth = 0;
	bool is_shallow = true;
	int line = 0;
	cmark_iter *iter = cmark_iter_new(document->root);
	for (cmark_event_type event; is_shallow && (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);
		if (event == CMARK_EVENT_ENTER && (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING))
			line = cmark_node_get_start_line(node);
		if (type == CMARK_NODE_EMPH || type == CMARK_NODE_STRONG || type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE)
			depth += event == CMARK_EVENT_ENTER ? 1 : (size_t)-1;
		is_shallow = depth <= INLINES_MAX;
	}
	cmark_iter_free(iter);
	if (is_shallow)
		return true;
	size_t row = (size_t)line - 1, at = row < document->text.line_count ? document->text.lines[row] : 0;
	struct place place = place_start(document->post, document->post_size, document->first_line);
	place_move(&place, document_origin(document, at));
	return error_set_at(err, place.line, place.column, "more than %d emphases and links in one another: write it flatter",
	                    INLINES_MAX);
}

bool document_parse_source(const struct document_source *source, struct document **document, struct error *err)
{
	*document = NULL;
	if (!check_source(source, err))
		return false;
	struct document *made = memory_zero(1, sizeof *made);
	size_t size = source->size;
	char *text = source->pieces ? join_pieces(made, source, &size) : memory_copy(source->text, size);
	made->text = (struct parsed_text){.text = text, .size = size};
	made->first_line = source->first_line;
	made->is_smart = source->is_smart;
	made->is_stale = true;
	made->post = source->pieces ? memory_copy(source->text, source->size) : text;
	made->post_size = source->size;
	if (!nesting_check(text, size, source->first_line, err)) {
		document_free(made);
		return false;
	}
	size_t *lines = find_lines(text, size, source->first_line - 1, &made->text.line_count);
	made->text.lines = lines;
	made->post_lines = source->pieces ? find_lines(made->post, made->post_size, 0, &made->post_line_count)
	                                  : find_lines(text, size, 0, &made->post_line_count);
	struct post_locator locator = {
		.document = made, .place = place_start(made->post, made->post_size, source->first_line),
	};
	made->root = parse_tree(&made->text, source->is_smart, locate_in_post, &locator, source->first_line - 1);
	if (!check_depth(made, err)) {
		document_free(made);
		return false;
	}
	*document = made;
	return true;
}

bool document_parse(const char *text, size_t size, int first_line, struct document **document, struct error *err)
{
	return document_parse_source(&(struct document_source){.text = text, .size = size, .first_line = first_line},
	                             document, err);
}

void document_keep(struct document *document, cmark_node *node)
{
	struct node_data *data = node_data_get(node);
	if (data->is_loose)
		return;
	data->is_loose = true;
	if (document->loose_count == document->loose_capacity) {
		document->loose_capacity = document->loose_capacity ? document->loose_capacity * 2 : 64;
		document->loose = memory_resize(document->loose, document->loose_capacity, sizeof(*document->loose));
	}
	document->loose[document->loose_count++] = node;
}

/* What stands in a tree goes with it: which roots there are is asked before the first is freed. */
static void free_loose(struct document *document)
{
	size_t roots = 0;
	for (size_t i = 0; i < document->loose_count; i++) {
		if (!cmark_node_parent(document->loose[i]))
			document->loose[roots++] = document->loose[i];
	}
	for (size_t i = 0; i < roots; i++)
		node_free(document->loose[i]);
	free(document->loose);
}

void document_free(struct document *document)
{
	if (!document)
		return;
	free_loose(document);
	node_free(document->root);
	if (document->post != document->text.text)
		free(document->post);
	free((void *)(uintptr_t)document->text.text);
	free((void *)(uintptr_t)document->text.lines);
	free(document->post_lines);
	free(document->origins);
	free(document->definitions);
	free(document->codes);
	free(document->nodes);
	mentions_free(document->mentions, document->mention_count);
	free(document->mentioned);
	free(document);
}

static void list_code(struct document *document, cmark_node *node, struct code_place *place)
{
	if (place->id == 0) {
		if (document->code_count == document->capacity) {
			document->capacity = document->capacity ? document->capacity * 2 : 16;
			document->codes = memory_resize(document->codes, document->capacity, sizeof *document->codes);
			document->nodes = memory_resize(document->nodes, document->capacity, sizeof(*document->nodes));
		}
		place->id = ++document->code_count;
	}
	bool is_block = cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK;
	bool is_replaced = !is_block && cmark_node_get_type(node) != CMARK_NODE_CODE;
	struct document_code *code = &document->codes[place->id - 1];
	enum code_kind kind = is_replaced ? code->kind : is_block ? CODE_BLOCK : CODE_INLINE;
	*code = (struct document_code){
		.kind = kind, .info = is_block ? cmark_node_get_fence_info(node) : "",
		.literal = is_replaced ? "" : cmark_node_get_literal(node), .line = place->line, .column = place->column,
		.code_line = place->code_line, .code_column = place->code_column, .closed = place->closed,
	};
	document->nodes[place->id - 1] = node;
}

const struct document_code *document_codes(struct document *document, size_t *count)
{
	if (document->is_stale) {
		for (size_t i = 0; i < document->code_count; i++)
			document->codes[i].is_gone = true;
		cmark_iter *iter = cmark_iter_new(document->root);
		for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
			cmark_node *node = cmark_iter_get_node(iter);
			struct node_data *data = node_data_peek(node);
			if (event == CMARK_EVENT_ENTER && data && data->code)
				list_code(document, node, data->code);
		}
		cmark_iter_free(iter);
		document->is_stale = false;
	}
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
	/* What the code was given goes around what replaces it. */
	struct node_data *given = node_data_peek(old);
	if (given && given->attribute_count > 0) {
		struct node_data *data = node_data_get(node);
		for (size_t i = 0; i < given->attribute_count; i++)
			attribute_set(data, given->attributes[i].name, given->attributes[i].value);
	}
	return node;
}

bool document_replace(struct document *document, size_t id, const char *html, struct error *err)
{
	size_t count = 0;
	document_codes(document, &count);
	if (id >= count || document->codes[id].is_gone)
		return error_set(err, "no code has the id %zu: the document has %zu", id, document->code_count);
	struct document_code *code = &document->codes[id];
	cmark_node *old = document->nodes[id], *node = make_replacement(code->kind, old, html);
	cmark_node_replace(old, node);
	document_keep(document, old);
	node_code_get(node)->id = id + 1;
	document->nodes[id] = node;
	code->info = code->literal = "";
	return true;
}

const struct document_mention *document_mentions(struct document *document, size_t *count)
{
	mentions_free(document->mentions, document->mention_count);
	free(document->mentioned);
	document->mention_count = mentions_find(document, &document->mentions);
	document->mentioned = memory_zero(document->mention_count + 1, sizeof *document->mentioned);
	for (size_t i = 0; i < document->mention_count; i++) {
		const struct mention *found = &document->mentions[i];
		document->mentioned[i] = (struct document_mention){
			.name = found->name, .first_line = found->first_line, .last_line = found->last_line, .is_plain = found->is_plain,
		};
	}
	*count = document->mention_count;
	return document->mentioned;
}

bool document_replace_mention(struct document *document, size_t id, const char *html, struct error *err)
{
	if (id >= document->mention_count || !document->mentions[id].node)
		return error_set(err, "no mention has the id %zu", id);
	cmark_node *old = document->mentions[id].node, *node = make_replacement(CODE_INLINE, old, html);
	cmark_node_replace(old, node);
	document_keep(document, old);
	document->mentions[id].node = NULL;
	return true;
}

char *document_html(struct document *document)
{
	return html_of(document->root, ++document->mark);
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
