/* An error as a value: where in the text at hand, and one sentence. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 4, 0)))
static void format_error(struct error *err, int line, int column, const char *format, va_list arguments)
{
	if (!err)
		return;
	err->line = line;
	err->column = column;
	vsnprintf(err->text, sizeof err->text, format, arguments);
}

bool error_set(struct error *err, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	format_error(err, 0, 0, format, arguments);
	va_end(arguments);
	return false;
}

bool error_set_at(struct error *err, int line, int column, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	format_error(err, line, column, format, arguments);
	va_end(arguments);
	return false;
}

bool error_set_errno(struct error *err, const char *format, ...)
{
	int number = errno;
	va_list arguments;
	va_start(arguments, format);
	format_error(err, 0, 0, format, arguments);
	va_end(arguments);
	if (err) {
		size_t used = strlen(err->text);
		snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(number));
	}
	return false;
}
