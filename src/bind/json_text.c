/* Pieces of JSON as bytes. Knows no Lua. */
#include "bind/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Returns how many bytes the UTF-8 sequence at `at` has, 0 where there is none: no surrogates, nothing overlong, nothing
   beyond U+10FFFF. */
static size_t sequence_length(const unsigned char *at, const unsigned char *end)
{
	size_t length = *at < 0x80 ? 1 : *at < 0xC2 ? 0 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : *at < 0xF5 ? 4 : 0;
	if (!length || (size_t)(end - at) < length)
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF0 && at[1] < 0x90) ||
	    (at[0] == 0xF4 && at[1] > 0x8F))
		return 0;
	return length;
}

static void add_escape(struct buffer *buffer, unsigned char byte)
{
	static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	for (const char *pair = SHORT; *pair; pair += 2)
		if ((unsigned char)*pair == byte) {
			buffer_add(buffer, (char[]){ '\\', pair[1] }, 2);
			return;
		}
	buffer_add_format(buffer, "\\u%04X", byte);
}

bool add_json_string(struct buffer *buffer, const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + size, *plain = at;
	buffer_add(buffer, "\"", 1);
	while (at < end) {
		if (*at >= 0x80) {
			size_t length = sequence_length(at, end);
			if (!length)
				return false;
			at += length;
		} else if (*at < ' ' || *at == '"' || *at == '\\') {
			buffer_add(buffer, plain, (size_t)(at - plain));
			add_escape(buffer, *at);
			plain = ++at;
		} else {
			at++;
		}
	}
	buffer_add(buffer, plain, (size_t)(end - plain));
	buffer_add(buffer, "\"", 1);
	return true;
}

void add_json_integer(struct buffer *buffer, int64_t value)
{
	char digits[24], *at = digits + sizeof digits;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--at = '-';
	buffer_add(buffer, at, (size_t)(digits + sizeof digits - at));
}

/* As jansson writes it: 17 digits, a point or an exponent, no "+" and no zeros in front of the exponent's digits. */
void add_json_real(struct buffer *buffer, double value)
{
	char said[40];
	int length = snprintf(said, sizeof said, "%.17g", value);
	const char *exponent = strchr(said, 'e');
	if (!exponent) {
		buffer_add(buffer, said, (size_t)length);
		if (!strchr(said, '.'))
			buffer_add(buffer, ".0", 2);
		return;
	}
	buffer_add(buffer, said, (size_t)(exponent + 1 - said));
	const char *digits = exponent + 1;
	if (*digits == '-')
		buffer_add(buffer, "-", 1);
	digits += strspn(digits, "+-0");
	buffer_add_string(buffer, digits);
}
