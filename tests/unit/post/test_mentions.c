/* Mentions of figures in a document: which are found, what stands around them, and very many of them. */
#include "base/buffer.h"
#include "post/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct document *parse(const char *text)
{
	struct error err = {0};
	struct document *document = NULL;
	if (!document_parse(text, strlen(text), 1, &document, &err))
		fail_msg("%s: %d:%d: %s", text, err.line, err.column, err.text);
	return document;
}

static const struct {
	const char *text, *names; /* "name@first-last", a `!` behind one that can be no link */
	const char *html;         /* with each mention replaced by its number in braces */
} CASES[] = {
	{"a @fig-a.", "fig-a@1-1", "<p>a {1}.</p>\n"},
	{"@fig-a@lst-b @tbl-1_2_x", "fig-a@1-1 tbl-1_2_x@1-1", "<p>{1}@lst-b {2}</p>\n"},
	{"a\n@fig-a\nb\n\n> # @fig-b", "fig-a@1-3 fig-b@5-5", "<p>a\n{1}\nb</p>\n<blockquote>\n<h1>{2}</h1>\n</blockquote>\n"},
	{"x@fig-a x.@fig-a /@fig-a _@fig-a (@fig-a)", "fig-a@1-1", "<p>x@fig-a x.@fig-a /@fig-a _@fig-a ({1})</p>\n"},
	{"@fig- @fig @fig--a @figs-a @Fig-a `@fig-a`", "", "<p>@fig- @fig @fig--a @figs-a @Fig-a <code>@fig-a</code></p>\n"},
	{"@fig-a_ @fig-a- @fig-a__b @fig-a-_-", "fig-a@1-1 fig-a@1-1 fig-a__b@1-1 fig-a@1-1", "<p>{1}_ {2}- {3} {4}-_-</p>\n"},
	{"*@fig-a* _@fig-b_", "fig-a@1-1 fig-b@1-1", "<p><em>{1}</em> <em>{2}</em></p>\n"},
	{"[x @fig-a](y) ![@fig-b](z)", "fig-a@1-1! fig-b@1-1!",
	 "<p><a href=\"y\">x {1}</a> <img src=\"z\" alt=\"{2}\" /></p>\n"},
	{"<b title=\"@fig-a\">@fig-a</b>\n\n<div>@fig-a</div>\n\n    @fig-a", "fig-a@1-1",
	 "<p><b title=\"@fig-a\">{1}</b></p>\n<div>@fig-a</div>\n<pre><code>@fig-a\n</code></pre>\n"},
	{"“@fig-a” 参照@fig-b", "fig-a@1-1 fig-b@1-1", "<p>“{1}” 参照{2}</p>\n"},
	{"", "", ""},
};

static void test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		struct document *document = parse(CASES[i].text);
		char *before = document_html(document);
		size_t count = 0;
		const struct document_mention *mentions = document_mentions(document, &count);
		struct buffer names = {0};
		buffer_add_string(&names, "");
		for (size_t k = 0; k < count; k++)
			buffer_add_format(&names, "%s%s@%d-%d%s", k ? " " : "", mentions[k].name, mentions[k].first_line,
			                  mentions[k].last_line, mentions[k].is_plain ? "!" : "");
		assert_string_equal(names.data, CASES[i].names);
		/* To look for them changes nothing. */
		char *html = document_html(document);
		assert_string_equal(html, before);
		free(html);
		for (size_t k = 0; k < count; k++) {
			char number[32];
			struct error err = {0};
			snprintf(number, sizeof number, "{%zu}", k + 1);
			assert_true(document_replace_mention(document, k, number, &err));
			assert_false(document_replace_mention(document, k, number, &err));
		}
		struct error err = {0};
		assert_false(document_replace_mention(document, count, "x", &err));
		html = document_html(document);
		assert_string_equal(html, CASES[i].html);
		free(html);
		free(before);
		buffer_free(&names);
		document_free(document);
	}
}

static void test_again(void **state)
{
	(void)state;
	struct document *document = parse("@fig-a @fig-b_c");
	size_t count = 0;
	struct error err = {0};
	document_mentions(document, &count);
	assert_int_equal(count, 2);
	assert_true(document_replace_mention(document, 0, "A", &err));
	const struct document_mention *left = document_mentions(document, &count);
	assert_int_equal(count, 1);
	assert_string_equal(left[0].name, "fig-b_c");
	assert_true(document_replace_mention(document, 0, "<b>", &err));
	char *html = document_html(document);
	assert_string_equal(html, "<p>A <b></p>\n");
	free(html);
	document_free(document);
}

/* 100,000 in one line: what is done for each must not depend on how many there are. */
static void test_many(void **state)
{
	(void)state;
	struct buffer text = {0};
	for (int i = 0; i < 100000; i++)
		buffer_add_format(&text, "@fig-x_%d ", i);
	struct document *document = parse(text.data);
	size_t count = 0;
	const struct document_mention *mentions = document_mentions(document, &count);
	assert_int_equal(count, 100000);
	assert_string_equal(mentions[99999].name, "fig-x_99999");
	document_free(document);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found), cmocka_unit_test(test_again), cmocka_unit_test(test_many),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mentions", tests, NULL, NULL);
}
