/* Hostile posts for what splits them and reads their YAML: bytes are a whole post. */
#include "post/front_matter.h"
#include "post/yaml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is told lies in the text, and in its order. */
static void check_node(const struct yaml_node *node, int first_line, int lines)
{
	if (node->line < first_line || node->line > first_line + lines || node->column < 1)
		abort();
	if (node->kind == YAML_SCALAR && strlen(node->text) != node->size)
		abort();
	for (size_t i = 0; i < node->item_count; i++)
		check_node(node->items[i], first_line, lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const char *text = (const char *)bytes;
	struct front_matter parts;
	struct error err = {0};
	if (!front_matter_split(text, size, &parts, &err)) {
		if (!*err.text)
			abort();
		return 0;
	}
	if (parts.body < text || parts.body + parts.body_size > text + size)
		abort();
	if (!parts.yaml)
		return 0;
	int lines = 1;
	for (size_t i = 0; i < parts.yaml_size; i++)
		lines += parts.yaml[i] == '\n' || parts.yaml[i] == '\r';
	struct yaml_node *root = NULL;
	struct yaml_source source = {.text = parts.yaml, .size = parts.yaml_size, .first_line = parts.yaml_line};
	if (!yaml_read(&source, &root, &err)) {
		if (!*err.text || root)
			abort();
	} else if (root) {
		check_node(root, parts.yaml_line, lines);
	}
	yaml_node_free(root);
	return 0;
}
