/* What we keep of a node beside cmark. */
#include "post/node_data.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const struct element elements[] = {
	{"address", true, true, false}, {"article", true, true, false}, {"aside", true, true, false},
	{"caption", true, false, false}, {"dd", true, false, false}, {"details", true, true, false},
	{"div", true, true, false}, {"dl", true, true, false}, {"dt", true, false, false},
	{"figcaption", true, false, false}, {"figure", true, true, false}, {"footer", true, true, false},
	{"header", true, true, false}, {"nav", true, true, false}, {"section", true, true, false},
	{"summary", true, false, false}, {"table", true, true, false}, {"tbody", true, true, false},
	{"td", true, false, false}, {"tfoot", true, true, false}, {"th", true, false, false},
	{"thead", true, true, false}, {"tr", true, true, false},
	{"abbr", false, false, false}, {"b", false, false, false}, {"cite", false, false, false},
	{"del", false, false, false}, {"dfn", false, false, false}, {"i", false, false, false},
	{"input", false, false, true}, {"ins", false, false, false}, {"kbd", false, false, false},
	{"mark", false, false, false}, {"q", false, false, false}, {"s", false, false, false},
	{"samp", false, false, false}, {"small", false, false, false}, {"span", false, false, false},
	{"sub", false, false, false}, {"sup", false, false, false}, {"time", false, false, false},
	{"u", false, false, false}, {"var", false, false, false}, {"wbr", false, false, true},
};

static void free_data(struct node_data *gone)
{
	if (!gone)
		return;
	for (size_t i = 0; i < gone->attribute_count; i++) {
		free(gone->attributes[i].name);
		free(gone->attributes[i].value);
	}
	free(gone->attributes);
	free(gone->code);
	free(gone);
}

struct node_data *node_data_peek(cmark_node *node)
{
	return cmark_node_get_user_data(node);
}

struct node_data *node_data_get(cmark_node *node)
{
	struct node_data *data = cmark_node_get_user_data(node);
	if (data)
		return data;
	data = memory_zero(1, sizeof *data);
	cmark_node_set_user_data(node, data);
	return data;
}

void node_free(cmark_node *root)
{
	if (!root)
		return;
	cmark_iter *iter = cmark_iter_new(root);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event != CMARK_EVENT_ENTER)
			continue;
		free_data(node_data_peek(node));
		cmark_node_set_user_data(node, NULL);
	}
	cmark_iter_free(iter);
	cmark_node_free(root);
}

struct code_place *node_code_get(cmark_node *node)
{
	struct node_data *data = node_data_get(node);
	if (!data->code)
		data->code = memory_zero(1, sizeof *data->code);
	return data->code;
}

const struct element *element_at(size_t index)
{
	return index < sizeof elements / sizeof *elements ? &elements[index] : NULL;
}

const struct element *element_find(const char *tag)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		if (strcmp(elements[i].tag, tag) == 0)
			return &elements[i];
	}
	return NULL;
}

const struct element *element_of(cmark_node *node)
{
	const struct node_data *data = node_data_peek(node);
	return data ? data->element : NULL;
}

static size_t find_attribute(const struct node_data *data, const char *name)
{
	size_t i = 0;
	while (i < data->attribute_count && strcmp(data->attributes[i].name, name) != 0)
		i++;
	return i;
}

const char *attribute_find(const struct node_data *data, const char *name)
{
	size_t i = data ? find_attribute(data, name) : 0;
	return data && i < data->attribute_count ? data->attributes[i].value : NULL;
}

void attribute_set(struct node_data *data, const char *name, const char *value)
{
	size_t i = find_attribute(data, name);
	bool is_there = i < data->attribute_count;
	if (!value) {
		if (!is_there)
			return;
		free(data->attributes[i].name);
		free(data->attributes[i].value);
		data->attribute_count--;
		memmove(&data->attributes[i], &data->attributes[i + 1],
		        (data->attribute_count - i) * sizeof *data->attributes);
		return;
	}
	char *kept = memory_string(value);
	if (is_there) {
		free(data->attributes[i].value);
		data->attributes[i].value = kept;
		return;
	}
	data->attributes = memory_resize(data->attributes, data->attribute_count + 1, sizeof *data->attributes);
	data->attributes[data->attribute_count++] = (struct attribute){.name = memory_string(name), .value = kept};
}
