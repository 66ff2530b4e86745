/* Hostile cells for what splits them into options and code. The first byte says which language's comments they have; the
   rest is the cell, as far as it is UTF-8 text. */
#include "post/options.h"
#include "post/place.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct comment_marks marks[] = {
		{.line = "//", .block = "/*", .block_end = "*/"}, {.line = "--"}, {.line = "#"}, {.block = "<!--", .block_end = "-->"},
	};
	if (size < 1)
		return 0;
	const char *text = (const char *)bytes + 1;
	size_t bad = 0;
	size_t clean = text_is_clean(text, size - 1, &bad) ? size - 1 : bad;
	struct options_source source = {.code = text, .size = clean, .marks = marks[bytes[0] % 4], .first_line = 3, .column = 5};
	struct options options = {0};
	struct error err = {0};
	if (!options_split(&source, &options, &err)) {
		if (!*err.text || err.line < 3 || err.column < 1)
			abort();
		return 0;
	}
	if (options.code < text || options.code + options.size != text + clean || options.code_line < 3)
		abort();
	options_free(&options);
	return 0;
}
