/* Where a byte of a text stands for its author. */
#include "post/place.h"

struct place place_start(const char *text, size_t size, int first_line)
{
	return (struct place){.text = text, .size = size, .line = first_line, .column = 1};
}

static void restart(struct place *place)
{
	int lines = 0;
	for (size_t at = 0; at < place->offset; at++) {
		char byte = place->text[at];
		if (byte == '\n' || (byte == '\r' && !(at + 1 < place->size && place->text[at + 1] == '\n')))
			lines++;
	}
	*place = place_start(place->text, place->size, place->line - lines);
}

static void step(struct place *place)
{
	const char *text = place->text;
	char byte = text[place->offset++];
	place->index++;
	if (byte == '\n' || (byte == '\r' && !(place->offset < place->size && text[place->offset] == '\n'))) {
		place->line++;
		place->column = 1;
		return;
	}
	while (place->offset < place->size && ((unsigned char)text[place->offset] & 0xc0) == 0x80)
		place->offset++;
	place->column++;
}

void place_move(struct place *place, size_t offset)
{
	if (offset < place->offset)
		restart(place);
	while (place->offset < offset && place->offset < place->size)
		step(place);
}

void place_move_by_index(struct place *place, size_t index)
{
	if (index < place->index)
		restart(place);
	while (place->index < index && place->offset < place->size)
		step(place);
}

/* How many bytes the character at `text` takes; 0 when there is none that is well formed. */
static size_t character_size(const unsigned char *text, size_t size)
{
	unsigned char first = text[0];
	if (first < 0x80)
		return first ? 1 : 0;
	size_t length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 :
	                first >= 0xf0 && first < 0xf5 ? 4 : 0;
	if (!length || length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	bool overlong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xf0 && text[1] < 0x90);
	bool beyond = (first == 0xed && text[1] >= 0xa0) || (first == 0xf4 && text[1] >= 0x90);
	return overlong || beyond ? 0 : length;
}

bool text_is_clean(const char *text, size_t size, size_t *bad)
{
	for (size_t at = 0; at < size;) {
		size_t length = character_size((const unsigned char *)text + at, size - at);
		if (!length) {
			*bad = at;
			return false;
		}
		at += length;
	}
	return true;
}

size_t line_end(const char *text, size_t size, size_t offset)
{
	while (offset < size && text[offset] != '\n' && text[offset] != '\r')
		offset++;
	return offset;
}

size_t line_next(const char *text, size_t size, size_t offset)
{
	offset = line_end(text, size, offset);
	if (offset < size && text[offset] == '\r')
		offset++;
	if (offset < size && text[offset] == '\n')
		offset++;
	return offset;
}
