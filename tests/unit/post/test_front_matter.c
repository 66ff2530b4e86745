/* Front matter and body: where one ends and the other begins, in every way to end a line. */
#include "post/front_matter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct split {
	const char *text, *yaml; /* yaml NULL: none */
	const char *body;
	int body_line;
} splits[] = {
	{"", NULL, "", 1},
	{"# a\n", NULL, "# a\n", 1},
	{"---\na: 1\n---\nbody\n", "a: 1\n", "body\n", 4},
	{"---\na: 1\n...\nbody", "a: 1\n", "body", 4},
	{"--- \t\na: 1\n---  \nbody", "a: 1\n", "body", 4},
	{"---\n---\nbody", "", "body", 3},
	{"---\na: 1\n---", "a: 1\n", "", 4},
	{"---\r\na: 1\r\n---\r\nbody\r\n", "a: 1\r\n", "body\r\n", 4},
	{"---\ra: 1\r---\rbody", "a: 1\r", "body", 4},
	{"\xef\xbb\xbf---\na: 1\n---\nbody", "a: 1\n", "body", 4},
	{"\xef\xbb\xbf" "body", NULL, "body", 1},
	{"---\na: |\n  ---\n---\nbody", "a: |\n  ---\n", "body", 5},
	{"---\na: 1\n----\n---\nb", "a: 1\n----\n", "b", 5},
	{"\n---\na: 1\n---\n", NULL, "\n---\na: 1\n---\n", 1},
	{" ---\na: 1\n---\n", NULL, " ---\na: 1\n---\n", 1},
	{"----\na\n", NULL, "----\na\n", 1},
	{"--", NULL, "--", 1},
};

static void test_splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
		const struct split *split = &splits[i];
		struct error err = {0};
		struct front_matter parts;
		if (!front_matter_split(split->text, strlen(split->text), &parts, &err))
			fail_msg("%s: %s", split->text, err.text);
		assert_int_equal(parts.body_size, strlen(split->body));
		assert_memory_equal(parts.body, split->body, parts.body_size);
		assert_int_equal(parts.body_line, split->body_line);
		assert_int_equal(parts.yaml != NULL, split->yaml != NULL);
		if (split->yaml) {
			assert_int_equal(parts.yaml_size, strlen(split->yaml));
			assert_memory_equal(parts.yaml, split->yaml, parts.yaml_size);
			assert_int_equal(parts.yaml_line, 2);
		}
	}
}

static void refuse(const char *text, size_t size, int line, int column, const char *part)
{
	struct error err = {0};
	struct front_matter parts;
	assert_false(front_matter_split(text, size, &parts, &err));
	if (err.line != line || err.column != column || !strstr(err.text, part))
		fail_msg("%d:%d: %s", err.line, err.column, err.text);
}

#define REFUSE(text, ...) refuse(text, sizeof text - 1, __VA_ARGS__)

static void test_refusals(void **state)
{
	(void)state;
	REFUSE("---\na: 1\n", 1, 1, "front matter has no end");
	REFUSE("---", 1, 1, "front matter has no end");
	REFUSE("a\nb\0c\n", 2, 2, "a NUL character");
	REFUSE("---\n\xc3\xa9\xc3\xa9\xff\n---\n", 2, 3, "byte 0xff is not UTF-8");
	REFUSE("a\r\n\xc3", 2, 1, "byte 0xc3");
	REFUSE("\xc0\xaf", 1, 1, "0xc0");         /* overlong */
	REFUSE("\xe0\x80\xaf", 1, 1, "0xe0");
	REFUSE("\xed\xa0\x80", 1, 1, "0xed");     /* a surrogate */
	REFUSE("\xf4\x90\x80\x80", 1, 1, "0xf4"); /* beyond U+10FFFF */
	REFUSE("\xf5\x80\x80\x80", 1, 1, "0xf5");
	REFUSE("x\x80", 1, 2, "0x80");
}

static void test_every_sound_character_passes(void **state)
{
	(void)state;
	const char text[] = "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf"
	                    "\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
	struct error err = {0};
	struct front_matter parts;
	assert_true(front_matter_split(text, sizeof text - 1, &parts, &err));
}

static void test_hostile(void **state)
{
	(void)state;
	uint32_t seed = 7;
	for (int round = 0; round < 50000; round++) {
		char text[24];
		size_t size = 0;
		for (seed = seed * 1664525u + 1013904223u; size < (seed >> 8) % sizeof text; size++)
			text[size] = "---.\n\r a\xef\xbb\xbf\xc3\xa9"[(seed >> (size % 20)) * 2654435761u % 13];
		struct error err = {0};
		struct front_matter parts;
		if (front_matter_split(text, size, &parts, &err))
			assert_true(parts.body >= text && parts.body + parts.body_size == text + size && parts.body_line >= 1);
		else
			assert_true(err.line >= 1 && err.column >= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_every_sound_character_passes),
		cmocka_unit_test(test_hostile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("front matter", tests, NULL, NULL);
}
