/* Streams of wide characters. They have two buffers behind each other, so a record is always begun, and taken back unless
   the call took long enough to have waited. */
#include "probe/streams.h"

#define WRAP_WIDE(type, name, parameters, arguments, file, failed) \
	WRAP type (name) parameters \
	{ \
		if (!probe_on() || !(file)) \
			return (real.name) arguments; \
		struct pair pair; \
		stream_begin(&pair, file, CALLER); \
		type result = (real.name) arguments; \
		pair_end_if_long(&pair, (failed) ? errno : 0); \
		return result; \
	}

WRAP_WIDE(wint_t, fgetwc, (FILE *file), (file), file, false)
WRAP_WIDE(wint_t, fgetwc_unlocked, (FILE *file), (file), file, false)
WRAP_WIDE(wint_t, getwc, (FILE *file), (file), file, false)
WRAP_WIDE(wint_t, getwc_unlocked, (FILE *file), (file), file, false)
WRAP_WIDE(wint_t, getwchar, (void), (), stdin, false)
WRAP_WIDE(wint_t, getwchar_unlocked, (void), (), stdin, false)
WRAP_WIDE(wchar_t *, fgetws, (wchar_t *restrict text, int size, FILE *restrict file), (text, size, file), file, false)
WRAP_WIDE(wchar_t *, fgetws_unlocked, (wchar_t *restrict text, int size, FILE *restrict file), (text, size, file), file,
          false)
WRAP_WIDE(wchar_t *, __fgetws_chk, (wchar_t *text, size_t room, int size, FILE *file), (text, room, size, file), file,
          false)
WRAP_WIDE(wchar_t *, __fgetws_unlocked_chk, (wchar_t *text, size_t room, int size, FILE *file), (text, room, size, file),
          file, false)
WRAP_WIDE(wint_t, __wuflow, (FILE *file), (file), file, false)
WRAP_WIDE(wint_t, __woverflow, (FILE *file, wint_t character), (file, character), file, result == WEOF)

WRAP_WIDE(wint_t, fputwc, (wchar_t character, FILE *file), (character, file), file, result == WEOF)
WRAP_WIDE(wint_t, fputwc_unlocked, (wchar_t character, FILE *file), (character, file), file, result == WEOF)
WRAP_WIDE(wint_t, putwc, (wchar_t character, FILE *file), (character, file), file, result == WEOF)
WRAP_WIDE(wint_t, putwc_unlocked, (wchar_t character, FILE *file), (character, file), file, result == WEOF)
WRAP_WIDE(wint_t, putwchar, (wchar_t character), (character), stdout, result == WEOF)
WRAP_WIDE(wint_t, putwchar_unlocked, (wchar_t character), (character), stdout, result == WEOF)
WRAP_WIDE(int, fputws, (const wchar_t *restrict text, FILE *restrict file), (text, file), file, result < 0)
WRAP_WIDE(int, fputws_unlocked, (const wchar_t *restrict text, FILE *restrict file), (text, file), file, result < 0)

WRAP_WIDE(int, vfwprintf, (FILE *restrict file, const wchar_t *restrict format, va_list arguments),
          (file, format, arguments), file, result < 0)
WRAP_WIDE(int, vwprintf, (const wchar_t *restrict format, va_list arguments), (format, arguments), stdout, result < 0)
WRAP_WIDE(int, __vfwprintf_chk, (FILE *file, int flag, const wchar_t *format, va_list arguments),
          (file, flag, format, arguments), file, result < 0)
WRAP_WIDE(int, __vwprintf_chk, (int flag, const wchar_t *format, va_list arguments), (flag, format, arguments), stdout,
          result < 0)
WRAP_WIDE(int, __isoc99_vfwscanf, (FILE *file, const wchar_t *format, va_list arguments), (file, format, arguments), file,
          false)
WRAP_WIDE(int, __isoc99_vwscanf, (const wchar_t *format, va_list arguments), (format, arguments), stdin, false)
WRAP_WIDE(int, __isoc23_vfwscanf, (FILE *file, const wchar_t *format, va_list arguments), (file, format, arguments), file,
          false)
WRAP_WIDE(int, __isoc23_vwscanf, (const wchar_t *format, va_list arguments), (format, arguments), stdin, false)

WRAP_FORMAT(wprintf, vwprintf, (const wchar_t *restrict format, ...), (format, rest), stdout)
WRAP_FORMAT(fwprintf, vfwprintf, (FILE *restrict file, const wchar_t *restrict format, ...),
            (file, format, rest), file)
WRAP_FORMAT(__wprintf_chk, __vwprintf_chk, (int flag, const wchar_t *format, ...), (flag, format, rest),
            stdout)
WRAP_FORMAT(__fwprintf_chk, __vfwprintf_chk, (FILE *file, int flag, const wchar_t *format, ...),
            (file, flag, format, rest), file)
WRAP_FORMAT(__isoc99_wscanf, __isoc99_vwscanf, (const wchar_t *format, ...), (format, rest), stdin)
WRAP_FORMAT(__isoc99_fwscanf, __isoc99_vfwscanf, (FILE *file, const wchar_t *format, ...),
            (file, format, rest), file)
WRAP_FORMAT(__isoc23_wscanf, __isoc23_vwscanf, (const wchar_t *format, ...), (format, rest), stdin)
WRAP_FORMAT(__isoc23_fwscanf, __isoc23_vfwscanf, (FILE *file, const wchar_t *format, ...),
            (file, format, rest), file)
