/* A cell's head: which lines are options, where their values stand in the post, and what is refused. */
#include "post/options.h"

#include "post/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct comment_marks c_marks = {.line = "//", .block = "/*", .block_end = "*/"};
static const struct comment_marks lua_marks = {.line = "--"};

static struct options_source source_of(const char *code, const struct comment_marks *marks)
{
	return (struct options_source){.code = code, .size = strlen(code), .marks = *marks, .first_line = 10, .column = 3};
}

/* One option's value, and what is left as code. */
static void check(const char *code, const struct comment_marks *marks, size_t option, const char *value, int line,
                  int column, const char *rest, int code_line)
{
	struct error err = {0};
	struct options options;
	struct options_source source = source_of(code, marks);
	if (!options_split(&source, &options, &err))
		fail_msg("%s: %d:%d: %s", code, err.line, err.column, err.text);
	assert_int_equal(options.size, strlen(rest));
	assert_memory_equal(options.code, rest, options.size);
	assert_int_equal(options.code_line, code_line);
	if (value) {
		assert_non_null(options.yaml);
		const struct yaml_node *node = options.yaml->items[2 * option + 1];
		assert_string_equal(node->text, value);
		assert_int_equal(node->line, line);
		assert_int_equal(node->column, column);
	} else {
		assert_null(options.yaml);
	}
	options_free(&options);
}

static void test_lines(void **state)
{
	(void)state;
	check("int x;\n", &c_marks, 0, NULL, 0, 0, "int x;\n", 10);
	check("", &c_marks, 0, NULL, 0, 0, "", 10);
	check("//| a: 1\nint x;\n", &c_marks, 0, "1", 10, 10, "int x;\n", 11);
	check("//| a: 1", &c_marks, 0, "1", 10, 10, "", 11);
	check("//|a: 1\n  //| b: é2\n//|\tc: 3\n\nint x;", &c_marks, 0, "1", 10, 9, "\nint x;", 13);
	check("//|a: 1\n  //| b: é2\n//|\tc: 3\n\nint x;", &c_marks, 1, "é2", 11, 12, "\nint x;", 13);
	check("//|a: 1\n  //| b: é2\n//|\tc: 3\n\nint x;", &c_marks, 2, "3", 12, 10, "\nint x;", 13);
	check("\n//| a: 1\n\n/*| b: 2 */\nx", &c_marks, 0, "1", 11, 10, "x", 14);
	check("\n//| a: 1\n\n/*| b: 2 */\nx", &c_marks, 1, "2", 13, 10, "x", 14);
	check("/*|a: 1*/ \nx", &c_marks, 0, "1", 10, 9, "x", 11);
	check("//| a: 1\r\n//| b: 2\r\nx\r\n", &c_marks, 1, "2", 11, 10, "x\r\n", 12);
	check("//| a: >\n//|   long\n//|   text\n//| b: 2\nx", &c_marks, 0, "long text\n", 10, 10, "x", 14);
	check("--| a: 1\n// no\n", &lua_marks, 0, "1", 10, 10, "// no\n", 11);
	/* No options: a comment, a mark of another language, a string. */
	check("// | a: 1\nx", &c_marks, 0, NULL, 0, 0, "// | a: 1\nx", 10);
	check("//| a: 1\nx", &lua_marks, 0, NULL, 0, 0, "//| a: 1\nx", 10);
	check("char *s = \"//| a\";", &c_marks, 0, NULL, 0, 0, "char *s = \"//| a\";", 10);
	check("//|\n//| \nx", &c_marks, 0, NULL, 0, 0, "x", 12);
	check("//", &c_marks, 0, NULL, 0, 0, "//", 10);
}

static void refuse(const char *code, int line, int column, const char *part)
{
	struct error err = {0};
	struct options options;
	struct options_source source = source_of(code, &c_marks);
	if (options_split(&source, &options, &err))
		fail_msg("taken: %s", code);
	assert_null(options.yaml);
	if (err.line != line || err.column != column || !strstr(err.text, part))
		fail_msg("%s: %d:%d: %s", code, err.line, err.column, err.text);
}

static void test_refusals(void **state)
{
	(void)state;
	refuse("int x;\n//| a: 1\n", 11, 3, "an option behind code");
	refuse("//| a: 1\nint é;\n\n\té\n  //| b: 1\n", 14, 5, "an option behind code");
	refuse("// c\n//| a: 1\n", 11, 3, "an option behind code");
	refuse("/*| a: 1\n*/\n", 10, 3, "does not close on its line");
	refuse("/*| a: 1 */ int x;\n", 10, 15, "code behind an option");
	refuse("//| a: b: c\n", 10, 11, "a second `: `");
	refuse("//| é: 1\n//| a: b: c\n", 11, 11, "a second `: `");
	refuse("//| a: 1\n\n    /*| é: b: c */\n", 12, 15, "a second `: `");
	refuse("//| a: 1\n//|  b: 2\n", 11, 9, "going on with the one above");
	refuse("//| a: 1\n//| a: 2\n", 11, 7, "`a` is given twice");
	refuse("//| a: [1,\nint x;\n", 10, 12, "close it with `]`");
	refuse("//| a: [1\nint x;\n", 10, 10, "close it with `]`");
}

static void test_hostile(void **state)
{
	(void)state;
	static const char *const pieces[] = {
		"//| ", "//|", "/*| ", "*/", "\n", "\r", "\r\n", "a: ", "b", " ", "\t", "é", "[", "|", "'",
	};
	uint32_t seed = 3;
	for (int round = 0; round < 20000; round++) {
		char code[128] = "";
		seed = seed * 1664525u + 1013904223u;
		for (uint32_t left = (seed >> 8) % 24; left > 0; left--) {
			seed = seed * 1664525u + 1013904223u;
			strcat(code, pieces[(seed >> 8) % (sizeof pieces / sizeof *pieces)]);
		}
		struct error err = {0};
		struct options options;
		struct options_source source = source_of(code, &c_marks);
		if (options_split(&source, &options, &err)) {
			assert_true(options.code >= code && options.code + options.size == code + strlen(code));
			struct place place = place_start(code, source.size, 10);
			place_move(&place, (size_t)(options.code - code));
			/* A last option line without a line end ends the code: nothing is behind it. */
			assert_true(options.code_line == place.line || options.size == 0);
		} else {
			assert_true(err.line >= 10 && err.column >= 3);
		}
		options_free(&options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_hostile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
