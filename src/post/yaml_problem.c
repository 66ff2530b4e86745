/* Says in an author's words what libyaml found wrong. */
#include "post/yaml_problem.h"

#include <string.h>

struct problem {
	const char *problem; /* libyaml's words, whole */
	const char *context; /* what its context must hold; NULL: any */
	bool at_context;     /* where the construct began says more than where it broke */
	const char *sentence;
};

#define COLON_MISSING "no `: ` on this line: write `key: value`, with a space behind the colon"
#define NAME_AHEAD "a value cannot begin with `&` or `*`: put it in quotes"
#define TAG_AHEAD "a value cannot begin with `!`: put it in quotes"
#define ESCAPE "an escape that YAML does not know: write `\\\\` for a backslash, or use single quotes"
#define TAB "a tab cannot indent: YAML counts spaces, so put spaces in its place"
#define BRACKET "a list that begins here has no end: separate its items by `,` and close it with `]`"
#define BRACE "a map that begins here has no end: separate its pairs by `,` and close it with `}`"
#define LEVEL "this line belongs to no level above it: indent it as its neighbours are"
#define BLOCK_HEAD \
	"nothing can follow `|` or `>` on its line: begin the text on the next one, or put the value in quotes"
#define DIRECTIVE "a line cannot begin with `%`: put the text in quotes"

static const struct problem problems[] = {
	{"could not find expected ':'", NULL, true, COLON_MISSING},
	{"found unexpected end of stream", "quoted scalar", true, "the quote that begins here is never closed"},
	{"found unexpected document indicator", "quoted scalar", true,
	 "the quote that begins here is not closed before a line `---` or `...`"},
	{"found unknown escape character", NULL, false, ESCAPE},
	{"did not find expected hexdecimal number", NULL, false, ESCAPE},
	{"found invalid Unicode character escape code", NULL, false, "this escape is no Unicode character"},
	{"found a tab character where an indentation space is expected", NULL, false, TAB},
	{"found a tab character that violates indentation", NULL, false, TAB},
	{"found an indentation indicator equal to 0", NULL, false, BLOCK_HEAD},
	{"did not find expected comment or line break", "block scalar", false, BLOCK_HEAD},
	{"block sequence entries are not allowed in this context", NULL, false,
	 "a list cannot begin behind `key:`: put each `- item` on a line of its own below, or write `[item, item]`"},
	{"mapping keys are not allowed in this context", NULL, false,
	 "a value cannot begin with `? `: put it in quotes"},
	{"did not find expected key", "flow mapping", true, BRACE},
	{"did not find expected '-' indicator", NULL, false,
	 "expected another `- item` of the list here, or a line indented less than the list"},
	{"did not find expected ',' or ']'", NULL, true, BRACKET},
	{"did not find expected ',' or '}'", NULL, true, BRACE},
	{"did not find expected <document start>", NULL, false, LEVEL},
	{"did not find expected node content", NULL, false, "expected a value here: put it in quotes"},
	{"did not find expected alphabetic or numeric character", "anchor", true, NAME_AHEAD},
	{"did not find expected alphabetic or numeric character", "alias", true, NAME_AHEAD},
	{NULL, "scanning a tag", true, TAG_AHEAD},
	{NULL, "parsing a tag", true, TAG_AHEAD},
	{"found undefined tag handle", NULL, false, TAG_AHEAD},
	{NULL, "directive", true, DIRECTIVE},
};

/* The byte at which the index-th character begins. */
static size_t byte_of(const char *text, size_t size, size_t index)
{
	size_t at = 0;
	while (at < size && index > 0) {
		at++;
		while (at < size && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		index--;
	}
	return at;
}

static size_t index_of(const char *text, size_t size, size_t byte)
{
	size_t index = 0;
	for (size_t at = 0; at < byte && at < size; at++)
		index += ((unsigned char)text[at] & 0xc0) != 0x80;
	return index;
}

/* True when nothing but blanks and line ends follows. */
static bool is_over(const char *text, size_t size, size_t byte)
{
	while (byte < size && strchr(" \t\r\n", text[byte]))
		byte++;
	return byte == size;
}

/* "Mapping values are not allowed" is either a second colon in one value or a line that runs on from the one above. */
static const char *explain_colon(const char *text, size_t byte)
{
	while (byte > 0 && text[byte - 1] != '\n' && text[byte - 1] != '\r') {
		byte--;
		if (text[byte] == ':' && (text[byte + 1] == ' ' || text[byte + 1] == '\t'))
			return "a second `: ` in one value: put the value in quotes";
	}
	return "this line is read as going on with the one above: write `key: value` on both, with a space behind "
	       "the colon, and begin keys of one level in the same column";
}

/* "Did not find expected key": either something stands behind a value that is over, or the line is indented wrongly. */
static const char *explain_key(const char *text, size_t byte)
{
	for (size_t at = byte; at > 0 && text[at - 1] != '\n' && text[at - 1] != '\r'; at--) {
		if (text[at - 1] != ' ' && text[at - 1] != '\t')
			return "the value is over before this: put all of it in one pair of quotes, and write a `'` inside "
			       "`'…'` twice";
	}
	return LEVEL;
}

static const char *explain_character(const char *text, size_t size, size_t byte)
{
	switch (byte < size ? text[byte] : '\0') {
	case '\t':
		return TAB;
	case '@':
		return "a value cannot begin with `@`: put it in quotes";
	case '`':
		return "a value cannot begin with a backtick: put it in quotes";
	case '%':
		return "a value cannot begin with `%`: put it in quotes";
	default:
		return "a value cannot begin with this character: put it in quotes";
	}
}

const char *yaml_problem_of(const yaml_parser_t *parser, const char *text, size_t size, size_t *at)
{
	const char *words = parser->problem ? parser->problem : "no reason given";
	const char *context = parser->context ? parser->context : "";
	*at = parser->problem_mark.index;
	if (parser->error == YAML_READER_ERROR) {
		*at = index_of(text, size, parser->problem_offset);
		return "a control character cannot stand here: remove it";
	}
	if (parser->error == YAML_MEMORY_ERROR)
		return "out of memory while reading YAML";
	size_t byte = byte_of(text, size, *at);
	if (strcmp(words, "mapping values are not allowed in this context") == 0)
		return explain_colon(text, byte);
	if (strcmp(words, "did not find expected node content") == 0 && is_over(text, size, byte)) {
		while (byte > 1 && strchr(" \t\r\n", text[byte - 1]))
			byte--;
		*at = index_of(text, size, byte - 1);
		return "a list or map is still open behind this: close it with `]` or `}`";
	}
	if (strcmp(words, "did not find expected key") == 0 && strstr(context, "block mapping"))
		return explain_key(text, byte);
	if (strcmp(words, "found character that cannot start any token") == 0)
		return explain_character(text, size, byte);
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
		const struct problem *problem = &problems[i];
		if (problem->problem && strcmp(problem->problem, words) != 0)
			continue;
		if (problem->context && !strstr(context, problem->context))
			continue;
		if (problem->at_context)
			*at = parser->context_mark.index;
		return problem->sentence;
	}
	return words;
}
