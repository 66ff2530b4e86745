/* Splits a cell into its options and its code. */
#include "post/options.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "post/place.h"

#include <stdlib.h>
#include <string.h>

/* One line of a cell, and the YAML in it when it is an option line. */
struct cell_line {
	size_t start, end;          /* of the line, without its line end */
	bool is_blank, is_option;
	size_t text_start, text_end; /* of the YAML */
	size_t problem_at;          /* where an option's comment is wrong … */
	const char *problem;        /* … and how; NULL when it is right */
};

struct head {
	struct buffer yaml;
	int *columns;
	size_t line_count, capacity;
};

static bool has_prefix(const char *text, size_t size, const char *mark, size_t *length)
{
	if (!mark)
		return false;
	*length = strlen(mark);
	return size > *length && memcmp(text, mark, *length) == 0 && text[*length] == '|';
}

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
	while (at < end && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at;
}

/* The first place in [at, end) where mark stands, or end. */
static size_t find_mark(const char *text, size_t at, size_t end, const char *mark)
{
	size_t length = strlen(mark);
	for (; at + length <= end; at++) {
		if (memcmp(text + at, mark, length) == 0)
			return at;
	}
	return end;
}

static void close_block(const char *code, const struct comment_marks *marks, struct cell_line *line)
{
	size_t close = find_mark(code, line->text_start, line->end, marks->block_end);
	if (close == line->end) {
		line->problem_at = line->start;
		line->problem = "the option's comment does not close on its line: write one line for each option";
		return;
	}
	size_t behind = skip_blanks(code, close + strlen(marks->block_end), line->end);
	if (behind < line->end) {
		line->problem_at = behind;
		line->problem = "code behind an option: put it on a line of its own";
	}
	line->text_end = close;
}

static struct cell_line read_line(const struct options_source *source, size_t start)
{
	const char *code = source->code;
	struct cell_line line = {.start = start, .end = line_end(code, source->size, start)};
	size_t at = skip_blanks(code, start, line.end), length = 0;
	line.is_blank = at == line.end;
	bool is_line = has_prefix(code + at, line.end - at, source->marks.line, &length);
	bool is_block = !is_line && source->marks.block_end &&
	                has_prefix(code + at, line.end - at, source->marks.block, &length);
	line.is_option = is_line || is_block;
	if (!line.is_option)
		return line;
	line.start = at;
	line.text_start = at + length + 1;
	line.text_end = line.end;
	if (is_block)
		close_block(code, &source->marks, &line);
	/* One blank belongs to the mark, so that `//|key: v` and `//| key: v` are on one level. */
	if (line.text_start < line.text_end && (code[line.text_start] == ' ' || code[line.text_start] == '\t'))
		line.text_start++;
	return line;
}

static bool refuse(const struct options_source *source, size_t at, struct error *err, const char *sentence)
{
	struct place place = place_start(source->code, source->size, source->first_line);
	place_move(&place, at);
	return error_set_at(err, place.line, place.column + source->column - 1, "%s", sentence);
}

static void add_line(struct head *head, const struct options_source *source, const struct cell_line *line)
{
	if (head->line_count == head->capacity) {
		head->capacity = head->capacity ? head->capacity * 2 : 16;
		head->columns = memory_resize(head->columns, head->capacity, sizeof *head->columns);
	}
	size_t row_start = line->start;
	while (row_start > 0 && source->code[row_start - 1] != '\n' && source->code[row_start - 1] != '\r')
		row_start--;
	/* Before the YAML there are only blanks and a mark, which is short: the place of it is cheap to find. */
	struct place place = place_start(source->code + row_start, source->size - row_start, 1);
	if (line->is_option)
		place_move(&place, line->text_start - row_start);
	head->columns[head->line_count++] = place.column + source->column - 1;
	if (line->is_option)
		buffer_add(&head->yaml, source->code + line->text_start, line->text_end - line->text_start);
	buffer_add_string(&head->yaml, "\n");
}

/* Reads the option lines at the head; *code is where the code begins. */
static bool read_head(const struct options_source *source, struct head *head, size_t *code, struct error *err)
{
	size_t blank_lines = 0;
	for (size_t at = 0; at < source->size; at = line_next(source->code, source->size, at)) {
		struct cell_line line = read_line(source, at);
		if (line.is_blank) {
			blank_lines++;
			continue;
		}
		if (!line.is_option)
			break;
		if (line.problem)
			return refuse(source, line.problem_at, err, line.problem);
		for (struct cell_line blank = {0}; blank_lines > 0; blank_lines--)
			add_line(head, source, &blank);
		add_line(head, source, &line);
		*code = line_next(source->code, source->size, at);
	}
	return true;
}

static bool check_code(const struct options_source *source, size_t code, struct error *err)
{
	for (size_t at = code; at < source->size; at = line_next(source->code, source->size, at)) {
		struct cell_line line = read_line(source, at);
		if (line.is_option)
			return refuse(source, line.start, err,
			              "an option behind code: options stand at the head of a cell, so move the line up, or put "
			              "a space before the `|` if it is a comment");
	}
	return true;
}

bool options_split(const struct options_source *source, struct options *options, struct error *err)
{
	bool is_sound = false;
	struct head head = {0};
	struct yaml_node *yaml = NULL;
	size_t code = 0;
	*options = (struct options){0};

	if (!read_head(source, &head, &code, err) || !check_code(source, code, err))
		goto done;
	struct yaml_source text = {
		.text = head.yaml.data, .size = head.yaml.size, .first_line = source->first_line,
		.columns = head.columns, .column_count = head.line_count,
	};
	if (head.line_count > 0 && !yaml_read(&text, &yaml, err))
		goto done;
	*options = (struct options){
		.yaml = yaml, .code = source->code + code, .size = source->size - code,
		.code_line = source->first_line + (int)head.line_count,
	};
	is_sound = true;
done:
	buffer_free(&head.yaml);
	free(head.columns);
	return is_sound;
}

void options_free(struct options *options)
{
	if (!options)
		return;
	yaml_node_free(options->yaml);
	*options = (struct options){0};
}
