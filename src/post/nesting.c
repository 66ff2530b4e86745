/* Refuses Markdown whose nesting would keep the parser busy for minutes.
   cmark looks at every open container on every line (14 ns each where this was measured), so that 50,000 lists in
   one another before 50,000 empty lines take half a minute; and it looks back over a paragraph's open images. */
#include "post/nesting.h"

#include "post/place.h"

enum { MARKS_MAX = 1000, IMAGES_MAX = 1000 };
static const size_t steps_max = 200 * 1000 * 1000; /* about three seconds */

struct line_depth {
	size_t marks;  /* list and quote marks at its head */
	size_t depth;  /* containers it can be in: those, and one for every two columns of indentation */
	size_t too_many_at; /* the mark beyond MARKS_MAX, when there is one */
	bool is_blank;
};

static bool is_blank_at(const char *text, size_t end, size_t at)
{
	return at >= end || text[at] == ' ' || text[at] == '\t';
}

/* Where the line's tail of nothing but one of `-*_` and blanks begins: a rule, which opens no list. */
static size_t find_rule(const char *text, size_t start, size_t end)
{
	char mark = '\0';
	size_t count = 0, first = end;
	for (size_t at = end; at > start; at--) {
		char byte = text[at - 1];
		if (byte == ' ' || byte == '\t')
			continue;
		if ((byte != '-' && byte != '*' && byte != '_') || (mark && byte != mark))
			break;
		mark = byte;
		first = at - 1;
		count++;
	}
	return count >= 3 ? first : end;
}

/* How many bytes the container's mark at `at` takes; 0 when there is none. */
static size_t mark_size(const char *text, size_t at, size_t end)
{
	if (text[at] == '>')
		return 1;
	if ((text[at] == '-' || text[at] == '+' || text[at] == '*') && is_blank_at(text, end, at + 1))
		return 1;
	size_t digits = 0;
	while (digits < 10 && at + digits < end && text[at + digits] >= '0' && text[at + digits] <= '9')
		digits++;
	if (digits == 0 || digits > 9 || at + digits >= end || (text[at + digits] != '.' && text[at + digits] != ')'))
		return 0;
	return is_blank_at(text, end, at + digits + 1) ? digits + 1 : 0;
}

static struct line_depth measure_line(const char *text, size_t start, size_t end)
{
	struct line_depth line = {0};
	size_t columns = 0, rule = find_rule(text, start, end), at = start;
	while (at < end) {
		if (text[at] == ' ' || text[at] == '\t') {
			columns += text[at++] == '\t' ? 4 : 1;
			continue;
		}
		size_t size = at < rule ? mark_size(text, at, end) : 0;
		if (size == 0)
			break;
		if (++line.marks == MARKS_MAX + 1)
			line.too_many_at = at;
		at += size;
	}
	line.is_blank = at == end && line.marks == 0;
	line.depth = line.marks + columns / 2;
	return line;
}

static size_t count_images(const char *text, size_t start, size_t end)
{
	size_t count = 0;
	for (size_t at = start; at + 1 < end; at++)
		count += text[at] == '!' && text[at + 1] == '[';
	return count;
}

bool nesting_check(const char *text, size_t size, int first_line, struct error *err)
{
	size_t depth = 0, steps = 0, images = 0, deepest = 0, deepest_line = 0;
	bool is_after_blank = true;
	int row = first_line;
	for (size_t start = 0; start < size; start = line_next(text, size, start), row++) {
		size_t end = line_end(text, size, start);
		struct line_depth line = measure_line(text, start, end);
		if (line.marks > MARKS_MAX) {
			struct place place = place_start(text + start, end - start, row);
			place_move(&place, line.too_many_at - start);
			return error_set_at(err, row, place.column,
			                    "more than %d lists and quotes in one another: write it flatter", MARKS_MAX);
		}
		/* A line behind an empty one closes what it does not go on with; any other may be lazy and close nothing. */
		if (!line.is_blank)
			depth = is_after_blank || line.depth > depth ? line.depth : depth;
		if (line.depth > deepest) {
			deepest = line.depth;
			deepest_line = (size_t)row;
		}
		steps += depth;
		if (steps > steps_max)
			return error_set_at(err, (int)deepest_line, 1,
			                    "nested too deep in too long a text: write it flatter, or split the post");
		images = line.is_blank ? 0 : images + count_images(text, start, end);
		if (images > IMAGES_MAX)
			return error_set_at(err, row, 1, "more than %d images in one paragraph: put empty lines between them",
			                    IMAGES_MAX);
		is_after_blank = line.is_blank;
	}
	return true;
}
