/* The document: where its code stands in the post, what replaces it, and texts made to break or stall a parser. */
#include "post/document.h"

#include "post/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct document *parse(const char *text, int first_line)
{
	struct error err = {0};
	struct document *document = NULL;
	if (!document_parse(text, strlen(text), first_line, &document, &err))
		fail_msg("%s: %d:%d: %s", text, err.line, err.column, err.text);
	return document;
}

/* Each code as "line:column>code_line:code_column info literal", a `!` behind it when it is not closed. */
static void describe(struct document *document, char *text, size_t size)
{
	size_t count = 0;
	const struct document_code *codes = document_codes(document, &count);
	*text = '\0';
	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%d:%d>%d:%d %s%s%s%s", i ? " / " : "", codes[i].line, codes[i].column,
		         codes[i].code_line, codes[i].code_column, codes[i].kind == CODE_BLOCK ? "|" : "", codes[i].info,
		         codes[i].literal, codes[i].closed ? "" : "!");
	}
}

static const struct {
	const char *text, *codes;
} places[] = {
	/* Spans: plain, in several lines, behind what hides a line end from cmark. */
	{"a `b` c", "1:3>1:4 b"},
	{"`a``b`", "1:1>1:2 a``b"},
	{"é `é` `c`", "1:3>1:4 é / 1:7>1:8 c"},
	{"\ta\n\nb\n\t`c`", "4:2>4:3 c"},
	{"a\n   `b`\n`c`", "2:4>2:5 b / 3:1>3:2 c"},
	{"`a\nb` `c`\n`d`", "1:1>1:2 a b / 2:4>2:5 c / 3:1>3:2 d"},
	{"`` a`b `` `` ` ``", "1:1>1:4 a`b / 1:11>1:14 `"},
	{"`\na\n` `b`", "1:1>2:1 a / 3:3>3:4 b"},
	{"a\\\n`b`\n`c`", "2:1>2:2 b / 3:1>3:2 c"},
	{"a  \n`b`", "2:1>2:2 b"},
	{"[a](u \"x\ny\") `b`\n`c`", "2:5>2:6 b / 3:1>3:2 c"},
	{"[`a`](u 'x\ny')\n`c`", "1:2>1:3 a / 3:1>3:2 c"},
	{"[a](u 'x\ny')\n<i c='`c`'> `c`", "3:13>3:14 c"},
	{"a [a](u 'x\nyyyyyyyyyyyyyy')\n[b](`c`) `c`", "3:10>3:11 c"},
	{"![`a`](<u>) `b`", "1:3>1:4 a / 1:13>1:14 b"},
	{"<b\nc='`'> `d`\n`e`", "2:8>2:9 d / 3:1>3:2 e"},
	{"<http://a/`b> `c`\n`d`", "1:15>1:16 c / 2:1>2:2 d"},
	{"\\`a` `b`", "1:4>1:5  "},
	{"\\``a` `b`", "1:3>1:4 a / 1:7>1:8 b"},
	{"`` `a`", "1:4>1:5 a"},
	{"a ``\n`b`", "2:1>2:2 b"},
	{"&amp;&#10;`a`\n*`b`*", "1:11>1:12 a / 2:2>2:3 b"},
	{"[r]: /u\n[s]: /v 'x\ny'\n`a` `b`\n`c`", "4:1>4:2 a / 4:5>4:6 b / 5:1>5:2 c"},
	/* Headings. */
	{"##  a `b` ##", "1:7>1:8 b"},
	{"a `b`\n  `c`\n===", "1:3>1:4 b / 2:3>2:4 c"},
	/* Lists and quotes, going on and lazily. */
	{"- a `b`\n  `c`\n`d`\n    `e`", "1:5>1:6 b / 2:3>2:4 c / 3:1>3:2 d / 4:5>4:6 e"},
	{"> a `b`\n> `c`\n>`d`\n  `e`", "1:5>1:6 b / 2:3>2:4 c / 3:2>3:3 d / 4:3>4:4 e"},
	{"1. > - `a`\n   >   `b`\n   > `c`\n> `d`\n `e`", "1:8>1:9 a / 2:8>2:9 b / 3:6>3:7 c / 4:3>4:4 d / 5:2>5:3 e"},
	{"-\t`a`\n\t`b`\n\n  \t`c`", "1:3>1:4 a / 2:2>2:3 b / 4:4>4:5 c"},
	{"> `a\n  b` `c`", "1:3>1:4 a   b / 2:6>2:7 c"},
	{">\t`a`\n>\t\t`b`", "1:3>1:4 a / 2:4>2:5 b"},
	{"> `a\n     > b`", "1:3>1:4 a      > b"},
	{"- `a\n b`", "1:3>1:4 a  b"},
	{"- `a\n  b`", "1:3>1:4 a b"},
	{"> > `a\n>\tb`", "1:5>1:6 a   b"},
	{"a `b`\r\n`c\r\nd` `e`\r`f`", "1:3>1:4 b / 2:1>2:2 c d / 3:4>3:5 e / 4:1>4:2 f"},
	/* Fences. */
	{"```{c}\nint x;\n```", "1:1>2:1 |{c}int x;\n"},
	{"a\n~~~~ c d\n~~~\n~~~~~ \nb", "2:1>3:1 |c d~~~\n"},
	{"  ```\n  a\n b\n  ```", "1:3>2:3 |a\nb\n"},
	{"- ```{c}\n  é\n  ```\n- `b`", "1:3>2:3 |{c}é\n / 4:3>4:4 b"},
	{"> ```{c}\n> a\n>b\n> ```", "1:3>2:3 |{c}a\nb\n"},
	{"é\n\n1. a\n\n   ```{lua}\n\n   x\n   ```", "5:4>6:1 |{lua}\nx\n"},
	{"-\t```c\n\tx\n\t```", "1:3>2:2 |cx\n"},
	{"```\n```", "1:1>2:1 |"},
	{"    ```c\n    x\n\n`a`", "4:1>4:2 a"},
	{"- a\n\n      ```\n      ```", ""},
	/* Fences that stay open. */
	{"```{c}\na\n", "1:1>2:1 |{c}a\n!"},
	{"```{c}", "1:1>2:1 |{c}!"},
	{"````\n```\n", "1:1>2:1 |```\n!"},
	{"```\na ```\n", "1:1>2:1 |a ```\n!"},
	{"```\n    ```\n", "1:1>2:1 |    ```\n!"},
	{"> ```{c}\n> a\n```\nb\n```", "1:3>2:3 |{c}a\n! / 3:1>4:1 |b\n"},
	{"> ```{c}\n> a\n\nb", "1:3>2:3 |{c}a\n!"},
	{"> ````\n> a\n```", "1:3>2:3 |a\n! / 3:1>4:1 |!"},
	{"> ```\n> a\n`b`", "1:3>2:3 |a\n! / 3:1>3:2 b"},
	{"- ```c\n  a\n- b\n", "1:3>2:3 |ca\n!"},
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char got[1024];
		struct document *document = parse(places[i].text, 1);
		describe(document, got, sizeof got);
		document_free(document);
		if (strcmp(got, places[i].codes) != 0)
			fail_msg("%s\ngot    %s\nwanted %s", places[i].text, got, places[i].codes);
	}
}

static void test_first_line(void **state)
{
	(void)state;
	char got[256];
	struct document *document = parse("# a `b`\n\n```c\nx\n```\n", 7);
	describe(document, got, sizeof got);
	assert_string_equal(got, "7:5>7:6 b / 9:1>10:1 |cx\n");
	char *xml = document_xml(document);
	assert_non_null(strstr(xml, "<heading sourcepos=\"7:1-7:7\" level=\"1\">"));
	assert_non_null(strstr(xml, "<code_block sourcepos=\"9:1-11:3\" info=\"c\""));
	assert_non_null(strstr(xml, "<code xml:space=\"preserve\">b</code>"));
	free(xml);
	document_free(document);
}

static void test_replace(void **state)
{
	(void)state;
	struct error err = {0};
	struct document *document = parse("a `b` *`c`*\n\n- ```{c}\n  x\n  ```\n\n![i `d`](u)\n\n<b>&lt;</b>\n", 1);
	assert_true(document_replace(document, 0, "<i>&amp;1</i>", &err));
	assert_true(document_replace(document, 1, "first", &err));
	assert_true(document_replace(document, 1, "2 &lt; 3", &err));
	assert_true(document_replace(document, 2, "<figure id=\"f\"></figure>", &err));
	assert_true(document_replace(document, 3, "<i title=\">\">&lt;4</i>", &err));
	assert_false(document_replace(document, 4, "", &err));
	char *html = document_html(document);
	assert_string_equal(html, "<p>a <i>&amp;1</i> <em>2 &lt; 3</em></p>\n"
	                          "<ul>\n<li>\n<figure id=\"f\"></figure>\n</li>\n</ul>\n"
	                          "<p><img src=\"u\" alt=\"i &lt;4\" /></p>\n<p><b>&lt;</b></p>\n");
	free(html);
	char *excerpt = document_excerpt(document);
	assert_string_equal(excerpt, "a &1 2 < 3");
	free(excerpt);
	document_free(document);
}

static void test_heading_and_excerpt(void **state)
{
	(void)state;
	struct document *document = parse("> quoted\n\n<!-- c -->\n\n<i></i>\n\none *two*\n"
	                                  "`three`<br>four &amp;\\\nfive\n\n## A `b`\n# C", 1);
	char *heading = document_heading(document), *excerpt = document_excerpt(document);
	assert_string_equal(heading, "A b");
	assert_string_equal(excerpt, "one two threefour & five");
	free(heading);
	free(excerpt);
	document_free(document);
	document = parse("- x\n", 1);
	assert_null(document_heading(document));
	assert_null(document_excerpt(document));
	document_free(document);
	document_free(NULL);
}

struct flood {
	const char *head, *repeated;
	size_t count;
	const char *tail_repeated;
	size_t tail_count;
	int line, column;
	const char *part; /* NULL: it is parsed, and soon */
};

static char *write_flood(const struct flood *flood)
{
	size_t size = strlen(flood->head) + strlen(flood->repeated) * flood->count +
	              strlen(flood->tail_repeated) * flood->tail_count;
	char *text = malloc(size + 1), *at = stpcpy(text, flood->head);
	for (size_t i = 0; i < flood->count; i++)
		at = stpcpy(at, flood->repeated);
	for (size_t i = 0; i < flood->tail_count; i++)
		at = stpcpy(at, flood->tail_repeated);
	*at = '\0';
	return text;
}

static void test_floods(void **state)
{
	(void)state;
	static const struct flood floods[] = {
		{"x\n\n", "- ", 50000, "x\n", 50000, 7, 2001, "more than 1000 lists and quotes"},
		{"", "> ", 1001, "x\n", 1, 5, 2001, "more than 1000 lists and quotes"},
		{"", "1. ", 1001, "x\n", 1, 5, 3001, "more than 1000 lists and quotes"},
		{"", ">", 1000, "x\n", 1, 0, 0, NULL},
		{"", "- ", 1000, "x\n\n\n\n", 1, 0, 0, NULL},
		{"x - ", "- ", 1000, "- x\n", 300000, 5, 1, NULL},
		{"", "> - ", 450, "\n", 300000, 5, 1, "nested too deep in too long a text"},
		{"", "* ", 100000, "\n", 1000, 0, 0, NULL},
		{"", "![", 20000, "]()", 20000, 5, 1, "more than 1000 images"},
		{"", "[", 100000, "x\n", 1, 0, 0, NULL},
		{"", "`a` ", 200000, "\n", 1, 0, 0, NULL},
		{"", "[r]: /u\n", 20000, "`a`\n", 20000, 0, 0, NULL},
		{"", "*a _b ", 50000, "\n", 1, 0, 0, NULL},
		{"", "- x\n", 200000, "\n", 1, 0, 0, NULL},
	};
	for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
		const struct flood *flood = &floods[i];
		struct error err = {0};
		struct document *document = NULL;
		char *text = write_flood(flood);
		clock_t start = clock();
		bool is_parsed = document_parse(text, strlen(text), 5, &document, &err);
		double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
		if (is_parsed != !flood->part || seconds > 20)
			fail_msg("flood %zu: parsed %d in %.1f s, %d:%d %s", i, is_parsed, seconds, err.line, err.column, err.text);
		if (flood->part &&
		    (!strstr(err.text, flood->part) || err.line != flood->line || err.column != flood->column))
			fail_msg("flood %zu: %d:%d %s", i, err.line, err.column, err.text);
		document_free(document);
		free(text);
	}
}

static void test_size(void **state)
{
	(void)state;
	struct error err = {0};
	struct document *document = NULL;
	char *text = malloc(DOCUMENT_SIZE_MAX + 1);
	memset(text, 'x', DOCUMENT_SIZE_MAX + 1);
	assert_true(document_parse(text, DOCUMENT_SIZE_MAX, 1, &document, &err));
	document_free(document);
	assert_false(document_parse(text, DOCUMENT_SIZE_MAX + 1, 1, &document, &err));
	assert_non_null(strstr(err.text, "16 MiB"));
	assert_null(document);
	free(text);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Adds a span `kNk` whose number occurs nowhere else, so that where it stands is known without parsing. */
static void add_span(char *text, int number, uint32_t ticks)
{
	char span[64];
	snprintf(span, sizeof span, "%.*sk%dk%.*s", (int)ticks, "```", number, (int)ticks, "```");
	strcat(text, span);
}

static void check_span(const char *text, const struct document_code *code)
{
	int number = 0, length = 0;
	if (code->kind != CODE_INLINE || sscanf(code->literal, "k%dk%n", &number, &length) != 1 ||
	    (size_t)length != strlen(code->literal))
		return;
	const char *found = strstr(text, code->literal);
	assert_non_null(found);
	struct place place = place_start(text, strlen(text), 4);
	place_move(&place, (size_t)(found - text));
	if (code->code_line != place.line || code->code_column != place.column)
		fail_msg("%s\n%s at %d:%d", text, code->literal, code->code_line, code->code_column);
	while (found > text && found[-1] == '`' && (place.column - code->column > 0))
		found--, place.column--;
	assert_int_equal(code->line, place.line);
	assert_int_equal(code->column, place.column);
}

static void test_hostile(void **state)
{
	(void)state;
	static const char *const pieces[] = {
		"a ", "é", "\\`", "\\\\", "``", "`", " ", "  \n", "\\\n", "\n", "\n", "\n\n", "> ", "- ", "1. ", "    ", "\t", "*",
		"**", "_", "[", "](u)", "](<u> \"t\ni\")", "![", "<b c='`'>", "<b\nd>", "<http://x.y/`z>", "&amp;", "&#10;", "# ",
		"\n===\n", "\n[r]: /u\n", "\n[q`z`]: /u 'a\nb'\n", "\n```\n", "\n~~~{c}\n", "\r\n", "\r", "<!-- ` -->",
		"<div>\n", "]",
	};
	uint32_t seed = 11;
	size_t spans = 0;
	for (int round = 0; round < 10000; round++) {
		char text[2048] = "";
		for (int i = 0, size = (int)(next_random(&seed) % 40); i < size; i++) {
			if (next_random(&seed) % 8 == 0)
				add_span(text, i, next_random(&seed) % 3 + 1);
			else
				strcat(text, pieces[next_random(&seed) % (sizeof pieces / sizeof *pieces)]);
		}
		struct document *document = parse(text, 4);
		size_t count = 0;
		const struct document_code *codes = document_codes(document, &count);
		for (size_t i = 0; i < count; i++) {
			check_span(text, &codes[i]);
			spans += codes[i].kind == CODE_INLINE;
		}
		for (size_t i = 0; i < count; i++)
			assert_true(document_replace(document, i, "<i>", NULL));
		free(document_html(document));
		free(document_xml(document));
		free(document_heading(document));
		free(document_excerpt(document));
		document_free(document);
	}
	assert_true(spans > 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),  cmocka_unit_test(test_first_line), cmocka_unit_test(test_replace),
		cmocka_unit_test(test_heading_and_excerpt), cmocka_unit_test(test_floods), cmocka_unit_test(test_size),
		cmocka_unit_test(test_hostile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("document", tests, NULL, NULL);
}
