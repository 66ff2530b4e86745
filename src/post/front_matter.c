/* Splits a post into front matter and body. */
#include "post/front_matter.h"

#include "post/place.h"

#include <string.h>

static bool is_rule(const char *text, size_t size, size_t start, const char *mark)
{
	size_t end = line_end(text, size, start);
	if (end - start < 3 || memcmp(text + start, mark, 3) != 0)
		return false;
	for (size_t at = start + 3; at < end; at++) {
		if (text[at] != ' ' && text[at] != '\t')
			return false;
	}
	return true;
}

static bool refuse_byte(const char *text, size_t size, size_t bad, struct error *err)
{
	/* What comes before the bad byte is sound, and a place is only moved over that. */
	struct place place = place_start(text, bad, 1);
	place_move(&place, bad);
	if (bad < size && text[bad] == '\0')
		return error_set_at(err, place.line, place.column, "a NUL character: a post is text, so remove it");
	return error_set_at(err, place.line, place.column,
	                    "byte 0x%02x is not UTF-8 here: save the file as UTF-8", (unsigned char)text[bad]);
}

bool front_matter_split(const char *text, size_t size, struct front_matter *parts, struct error *err)
{
	*parts = (struct front_matter){0};
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		size -= 3;
	}
	size_t bad = 0;
	if (!text_is_clean(text, size, &bad))
		return refuse_byte(text, size, bad, err);
	*parts = (struct front_matter){.body = text, .body_size = size, .body_line = 1};
	if (!is_rule(text, size, 0, "---"))
		return true;
	size_t start = line_next(text, size, 0);
	int line = 2;
	for (size_t at = start; at < size; at = line_next(text, size, at), line++) {
		if (!is_rule(text, size, at, "---") && !is_rule(text, size, at, "..."))
			continue;
		size_t body = line_next(text, size, at);
		*parts = (struct front_matter){
			.yaml = text + start, .yaml_size = at - start, .yaml_line = 2,
			.body = text + body, .body_size = size - body, .body_line = line + 1,
		};
		return true;
	}
	*parts = (struct front_matter){0};
	return error_set_at(err, 1, 1,
	                    "front matter has no end: `---` opens it here, so close it with a line `---` of its own");
}
