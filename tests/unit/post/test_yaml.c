/* YAML as a tree: positions, what is refused and in which words, and bytes that are no YAML at all. */
#include "post/yaml.h"

#include "post/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct yaml_node *read_sound(const char *text, int first_line)
{
	struct error err = {0};
	struct yaml_node *root = NULL;
	struct yaml_source source = {.text = text, .size = strlen(text), .first_line = first_line};
	if (!yaml_read(&source, &root, &err))
		fail_msg("%s: %d:%d: %s", text, err.line, err.column, err.text);
	return root;
}

static void check_scalar(const struct yaml_node *node, const char *text, bool quoted, int line, int column)
{
	assert_int_equal(node->kind, YAML_SCALAR);
	assert_string_equal(node->text, text);
	assert_int_equal(node->size, strlen(text));
	assert_int_equal(node->quoted, quoted);
	assert_int_equal(node->line, line);
	assert_int_equal(node->column, column);
}

static void test_tree(void **state)
{
	(void)state;
	struct yaml_node *root = read_sound("title: 12:30\ntags: [é, \"b\"]\n# no\n\"k\": |\n  x\n  y\n", 2);
	assert_int_equal(root->kind, YAML_MAPPING);
	assert_int_equal(root->item_count, 6);
	check_scalar(root->items[0], "title", false, 2, 1);
	check_scalar(root->items[1], "12:30", false, 2, 8);
	assert_int_equal(root->items[3]->kind, YAML_SEQUENCE);
	assert_int_equal(root->items[3]->item_count, 2);
	assert_int_equal(root->items[3]->column, 7);
	check_scalar(root->items[3]->items[0], "é", false, 3, 8);
	check_scalar(root->items[3]->items[1], "b", true, 3, 11);
	check_scalar(root->items[4], "k", true, 5, 1);
	check_scalar(root->items[5], "x\ny\n", true, 5, 6);
	yaml_node_free(root);
}

static void test_nothing(void **state)
{
	(void)state;
	assert_null(read_sound("", 1));
	assert_null(read_sound("\n# only this\n\n", 1));
	yaml_node_free(NULL);
}

static void test_line_ends(void **state)
{
	(void)state;
	/* U+2028 ends a line for libyaml, not for an editor. */
	struct yaml_node *root = read_sound("a: 1\r\nb: 2\rc: \"x\xe2\x80\xa8y\"\nd: 3\n", 5);
	check_scalar(root->items[2], "b", false, 6, 1);
	check_scalar(root->items[4], "c", false, 7, 1);
	check_scalar(root->items[7], "3", false, 8, 4);
	yaml_node_free(root);
}

static void test_columns_of_lines(void **state)
{
	(void)state;
	struct error err = {0};
	struct yaml_node *root = NULL;
	const int columns[] = {5, 9};
	struct yaml_source source = {
		.text = "a: 1\nb: 2\nc: 3\n", .size = 15, .first_line = 10, .columns = columns, .column_count = 2,
	};
	assert_true(yaml_read(&source, &root, &err));
	check_scalar(root->items[1], "1", false, 10, 8);
	check_scalar(root->items[3], "2", false, 11, 12);
	check_scalar(root->items[5], "3", false, 12, 12);
	yaml_node_free(root);
}

static const struct refusal {
	const char *text;
	int line, column;
	const char *part;
} refusals[] = {
	{"title: Foo: bar", 1, 11, "a second `: ` in one value"},
	{"a: 1\n\tb: 2", 2, 1, "a tab cannot indent"},
	{"a:\n\tb: 2", 2, 1, "a tab cannot indent"},
	{"a: |\n\tx", 2, 1, "a tab cannot indent"},
	{"timeout 5s\nruns: 3", 2, 5, "going on with the one above"},
	{"a:b\nc: d", 2, 2, "going on with the one above"},
	{"runs: 3\ntimeout 5s\nx: 1", 2, 1, "no `: ` on this line"},
	{"a: \"b\nc: d", 1, 4, "never closed"},
	{"a: 'b\nc: d", 1, 4, "never closed"},
	{"a: \"b\n---\nc\"", 1, 4, "not closed before a line `---`"},
	{"a: 'it's'", 1, 8, "over before this"},
	{"a: \"x\" y", 1, 8, "over before this"},
	{"é: [x]y", 1, 7, "over before this"},
	{"a: @foo", 1, 4, "cannot begin with `@`"},
	{"a: `x`", 1, 4, "cannot begin with a backtick"},
	{"a: %x", 1, 4, "cannot begin with `%`"},
	{"a: *bold* text", 1, 4, "put it in quotes"},
	{"a: & b", 1, 4, "put it in quotes"},
	{"a: &b c", 1, 4, "an anchor"},
	{"a: &b [c]", 1, 4, "an anchor"},
	{"a: 1\nb: *a", 2, 4, "an alias"},
	{"a: !x y", 1, 4, "a tag"},
	{"a: !!str y", 1, 4, "a tag"},
	{"a: !<x y", 1, 4, "cannot begin with `!`"},
	{"a: [1, 2", 1, 4, "close it with `]`"},
	{"a: {b: 1", 1, 4, "close it with `}`"},
	{"a: - b", 1, 4, "a list cannot begin behind"},
	{"a: ? b", 1, 4, "`? `"},
	{"  a: b\nc: d", 2, 1, "belongs to no level"},
	{"a:\n  - x\n - y", 3, 2, "belongs to no level"},
	{"a:\n  - x\n  y: 1", 3, 3, "another `- item`"},
	{"a: > foo", 1, 6, "nothing can follow"},
	{"a: |0\n x", 1, 5, "nothing can follow"},
	{"a: \"\\d\"", 1, 5, "an escape that YAML does not know"},
	{"a: \"\\uD800\"", 1, 7, "no Unicode character"},
	{"a: ]", 1, 4, "expected a value"},
	{"a: \x01", 1, 4, "a control character"},
	{"é: \x01", 1, 4, "a control character"},
	{"%FOO x", 1, 1, "cannot begin with `%`"},
	{"a: 1\nb: 2\n\"a\": 3", 3, 1, "`a` is given twice: it stands at line 1, column 1"},
	{"x: {a: 1, a: 2}", 1, 11, "`a` is given twice"},
	{"{a: 1}: b", 1, 1, "cannot be a key"},
	{"? [a]\n: b", 1, 3, "cannot be a key"},
	{"a: 1\n---\nb: 2", 2, 1, "a second YAML document"},
	{"a: \"\\0\"", 1, 4, "a NUL character"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *refusal = &refusals[i];
		struct error err = {0};
		struct yaml_node *root = NULL;
		struct yaml_source source = {.text = refusal->text, .size = strlen(refusal->text), .first_line = 1};
		if (yaml_read(&source, &root, &err))
			fail_msg("taken: %s", refusal->text);
		assert_null(root);
		if (err.line != refusal->line || err.column != refusal->column || !strstr(err.text, refusal->part))
			fail_msg("%s: %d:%d: %s", refusal->text, err.line, err.column, err.text);
	}
}

static void test_bounds(void **state)
{
	(void)state;
	char text[40100];
	struct error err = {0};
	struct yaml_node *root = NULL;
	struct yaml_source source = {.text = text, .first_line = 1};
	memset(text, '[', 50);
	memset(text + 50, ']', 50);
	source.size = 100;
	assert_true(yaml_read(&source, &root, &err));
	yaml_node_free(root);
	memset(text, '[', 51);
	source.size = 51;
	assert_false(yaml_read(&source, &root, &err));
	assert_non_null(strstr(err.text, "50 levels"));
	for (size_t i = 0; i < 20000; i++)
		memcpy(text + 2 * i, "- ", 2);
	for (size_t i = 0; i < 10000; i++)
		memcpy(text + 4 * i, "- x\n", 4);
	source.size = 4 * 9999;
	assert_true(yaml_read(&source, &root, &err));
	assert_int_equal(root->item_count, 9999);
	yaml_node_free(root);
	source.size = 4 * 10000;
	assert_false(yaml_read(&source, &root, &err));
	assert_int_equal(err.line, 10000);
	assert_non_null(strstr(err.text, "10000 values"));
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Whatever comes: a tree or an error with a place in the text, and nothing left behind (asan-test sees to that). */
static void test_hostile(void **state)
{
	(void)state;
	static const char alphabet[] = ":-?[]{},&*!|>'\"%@`#\\ \t\n\r ab1~.\x01\xc2\x85";
	uint32_t seed = 1;
	for (int round = 0; round < 20000; round++) {
		char text[64];
		size_t size = next_random(&seed) % sizeof text, bad = 0;
		for (size_t i = 0; i < size; i++)
			text[i] = alphabet[next_random(&seed) % (sizeof alphabet - 1)];
		if (!text_is_clean(text, size, &bad))
			continue;
		struct error err = {0};
		struct yaml_node *root = NULL;
		struct yaml_source source = {.text = text, .size = size, .first_line = 3};
		if (yaml_read(&source, &root, &err))
			yaml_node_free(root);
		else
			assert_true(err.line >= 3 && err.line <= 3 + 64 && err.column >= 1 && err.column <= 65 && *err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),          cmocka_unit_test(test_nothing),  cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_columns_of_lines), cmocka_unit_test(test_refusals), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_hostile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
