/* YAML as a tree with positions, by libyaml. */
#include "post/yaml.h"

#include "base/memory.h"
#include "post/place.h"
#include "post/yaml_problem.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { LEVELS_MAX = 50, NODES_MAX = 10000 };

struct reader {
	yaml_parser_t parser;
	const struct yaml_source *source;
	struct place place;
	struct yaml_node *root;
	struct yaml_node *open[LEVELS_MAX]; /* sequences and mappings whose end is still to come, outermost first */
	size_t level, node_count;
	size_t documents;
	struct error *err;
};

void yaml_node_free(struct yaml_node *root)
{
	if (!root)
		return;
	for (size_t i = 0; i < root->item_count; i++)
		yaml_node_free(root->items[i]);
	free(root->items);
	free(root->text);
	free(root);
}

/* libyaml ends lines at U+0085, U+2028 and U+2029 too, so that only its count of characters can be trusted. */
static void find_place(struct reader *reader, size_t index, int *line, int *column)
{
	const struct yaml_source *source = reader->source;
	place_move_by_index(&reader->place, index);
	*line = reader->place.line;
	*column = reader->place.column;
	if (source->columns && source->column_count) {
		size_t row = (size_t)(*line - source->first_line);
		*column += source->columns[row < source->column_count ? row : source->column_count - 1] - 1;
	}
}

static bool refuse(struct reader *reader, size_t index, const char *sentence)
{
	int line = 0, column = 0;
	find_place(reader, index, &line, &column);
	return error_set_at(reader->err, line, column, "%s", sentence);
}

static bool is_key_next(const struct yaml_node *parent)
{
	return parent->kind == YAML_MAPPING && parent->item_count % 2 == 0;
}

static bool refuse_second_key(struct reader *reader, const struct yaml_node *mapping, const struct yaml_node *key)
{
	for (size_t i = 0; i < mapping->item_count; i += 2) {
		const struct yaml_node *other = mapping->items[i];
		if (other->size == key->size && memcmp(other->text, key->text, key->size) == 0)
			return error_set_at(reader->err, key->line, key->column,
			                    "`%.100s` is given twice: it stands at line %d, column %d already; remove one",
			                    key->text, other->line, other->column);
	}
	return true;
}

/* Hangs the node into the tree, which owns it from here on even when this fails. */
static bool add_node(struct reader *reader, struct yaml_node *node)
{
	if (reader->level == 0) {
		reader->root = node;
		return true;
	}
	struct yaml_node *parent = reader->open[reader->level - 1];
	bool is_key = is_key_next(parent);
	bool is_sound = !is_key || node->kind != YAML_SCALAR || refuse_second_key(reader, parent, node);
	/* Grown by doubling: the capacity is the power of two at or above the count. */
	if ((parent->item_count & (parent->item_count - 1)) == 0)
		parent->items = memory_resize(parent->items, parent->item_count ? parent->item_count * 2 : 1,
		                              sizeof *parent->items);
	parent->items[parent->item_count++] = node;
	if (is_key && node->kind != YAML_SCALAR)
		return error_set_at(reader->err, node->line, node->column,
		                    "a list or map cannot be a key: write `key: value`, or put a value that begins "
		                    "with `[` or `{` in quotes");
	return is_sound;
}

static struct yaml_node *make_node(struct reader *reader, enum yaml_kind kind, size_t index)
{
	struct yaml_node *node = memory_zero(1, sizeof *node);
	node->kind = kind;
	find_place(reader, index, &node->line, &node->column);
	return node;
}

static bool check_plain(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
                        const yaml_char_t *tag)
{
	size_t index = event->start_mark.index;
	if (anchor)
		return refuse(reader, index, "an anchor (`&name`) is not read here: if this is text, put it in quotes");
	if (tag)
		return refuse(reader, index, "a tag (`!name`) is not read here: if this is text, put it in quotes");
	if (++reader->node_count > NODES_MAX)
		return refuse(reader, index, "more than 10000 values: this is data, so keep it in a file of its own");
	return true;
}

static bool open_node(struct reader *reader, enum yaml_kind kind, size_t index)
{
	if (reader->level == LEVELS_MAX)
		return refuse(reader, index, "nested more than 50 levels deep: write it flatter");
	struct yaml_node *node = make_node(reader, kind, index);
	if (!add_node(reader, node))
		return false;
	reader->open[reader->level++] = node;
	return true;
}

static bool add_scalar(struct reader *reader, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	if (memchr(text, '\0', size))
		return refuse(reader, event->start_mark.index, "a NUL character cannot stand in a value: remove the `\\0`");
	struct yaml_node *node = make_node(reader, YAML_SCALAR, event->start_mark.index);
	node->text = memory_copy(text, size);
	node->size = size;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return add_node(reader, node);
}

static bool take_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++reader->documents > 1)
			return refuse(reader, event->start_mark.index,
			              "a second YAML document begins here: there can be one only, so remove the line");
		return true;
	case YAML_ALIAS_EVENT:
		return refuse(reader, event->start_mark.index,
		              "an alias (`*name`) is not read here: if this is text, put it in quotes");
	case YAML_SCALAR_EVENT:
		return check_plain(reader, event, event->data.scalar.anchor, event->data.scalar.tag) &&
		       add_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return check_plain(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag) &&
		       open_node(reader, YAML_SEQUENCE, event->start_mark.index);
	case YAML_MAPPING_START_EVENT:
		return check_plain(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag) &&
		       open_node(reader, YAML_MAPPING, event->start_mark.index);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->level--;
		return true;
	default:
		return true;
	}
}

static bool read_events(struct reader *reader)
{
	for (bool is_over = false; !is_over;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event)) {
			size_t index = 0;
			const struct yaml_source *source = reader->source;
			const char *sentence = yaml_problem_of(&reader->parser, source->text, source->size, &index);
			return refuse(reader, index, sentence);
		}
		bool is_sound = take_event(reader, &event);
		is_over = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
		if (!is_sound)
			return false;
	}
	return true;
}

/* A text of nothing but comments is one empty scalar to libyaml if a document was begun by `---`, else no document. */
static bool is_nothing(const struct yaml_node *root)
{
	return root && root->kind == YAML_SCALAR && root->size == 0 && !root->quoted;
}

bool yaml_read(const struct yaml_source *source, struct yaml_node **root, struct error *err)
{
	struct reader reader = {
		.source = source, .err = err, .place = place_start(source->text, source->size, source->first_line),
	};
	*root = NULL;
	if (!yaml_parser_initialize(&reader.parser))
		return error_set(err, "YAML cannot be read: libyaml could not be started");
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)source->text, source->size);
	bool is_sound = read_events(&reader);
	yaml_parser_delete(&reader.parser);
	if (!is_sound || is_nothing(reader.root)) {
		yaml_node_free(reader.root);
		return is_sound;
	}
	*root = reader.root;
	return true;
}
