/* No public name of libc that may wait is forgotten: each is wrapped, or was looked at and is listed with a reason. */
#include "probe_case.h"

/* Prints what is wrong, if anything is; the files stand beside the test. */
static void check_empty(const char *script)
{
	char command[8 * PATH], text[4096] = "";
	snprintf(command, sizeof command,
	         "cd '%s' || exit 1; public() { nm -D --defined-only \"$1\" | awk '$2 ~ /[TWi]/ { sub(/@.*/, \"\", $3); print $3 }'"
	         " | sort -u; }; libc=$(ldd '%s' | awk '/libc[.]so/ { print $3 }'); public \"$libc\" >libc.names;"
	         " public '%s' >probe.names; grep -v '^#' names_reviewed.txt | tr -s ' ' '\\n' | sed '/^$/d' | sort >reviewed.names; %s",
	         folder, probe, probe, script);
	FILE *output = popen(command, "r");
	text[fread(text, 1, sizeof text - 1, output)] = '\0';
	assert_int_equal(pclose(output), 0);
	assert_string_equal(text, "");
}

static void test_nothing_is_forgotten(void **state)
{
	(void)state;
	/* The lists are there, and the pattern finds what it must. */
	check_empty("test $(grep -c -E -f names_that_may_wait.txt libc.names) -gt 400 || echo too few");
	check_empty("grep -E -f names_that_may_wait.txt libc.names | comm -23 - probe.names | comm -23 - reviewed.names");
}

static void test_no_name_is_in_both(void **state)
{
	(void)state;
	check_empty("comm -12 probe.names reviewed.names; uniq -d reviewed.names");
	check_empty("grep -v -E -f names_that_may_wait.txt reviewed.names | cat");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_forgotten),
		cmocka_unit_test(test_no_name_is_in_both),
	};
	return run_probe_tests(tests, sizeof tests / sizeof *tests);
}
