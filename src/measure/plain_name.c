/* Makes bytes from elsewhere into a name that can be shown anywhere. */
#include "measure/plain_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How many bytes the character at `bytes` has (of `left` at least 1); 0 when it is none; *cut when it only lacks its
   end. */
static size_t character_size(const unsigned char *bytes, size_t left, bool *cut)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = bytes[0];
	size_t size = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : (first & 0xf0) == 0xe0 ? 3
	              : first >= 0xf0 && first < 0xf5 ? 4 : 0;
	*cut = false;
	if (size < 2)
		return size;
	uint32_t point = first & (0xffu >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if (i == left) {
			*cut = true;
			return 0;
		}
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	/* C1 controls, surrogates, and forms that are longer than they need to be. */
	if (point < 0xa0 || point < least[size] || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff)
		return 0;
	return size;
}

size_t plain_name(const char *bytes, size_t length, char *name, size_t size)
{
	const unsigned char *from = (const unsigned char *)bytes;
	size_t used = 0;
	bool space = false;
	for (size_t i = 0; i < length;) {
		bool cut = false;
		size_t step = character_size(from + i, length - i, &cut);
		if (cut)
			break;
		if (from[i] == ' ' || (from[i] >= '\t' && from[i] <= '\r')) {
			space = used > 0;
			i++;
			continue;
		}
		bool shown = step && from[i] >= 0x20 && from[i] != 0x7f;
		size_t needed = (shown ? step : 1) + space;
		if (needed > size - 1 - used)
			break;
		if (space)
			name[used++] = ' ';
		space = false;
		if (shown)
			memcpy(name + used, from + i, step);
		else
			name[used] = '?';
		used += shown ? step : 1;
		i += step ? step : 1;
	}
	name[used] = '\0';
	return used;
}
