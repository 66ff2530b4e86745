/* Streams. Most calls only touch a buffer, so a record is begun only where the buffer may not do, and it is taken back
   unless the call took long enough to have waited. glibc's own calls inside pass us by: this is the only place where the
   wait of a printf can be seen. */
#include "probe/streams.h"

#include <string.h>

/* The buffer's bounds are read without the stream's lock: a wrong answer here costs or omits a record, no more. */
static bool has_input(const FILE *file, size_t size)
{
	return file->_IO_read_end > file->_IO_read_ptr && (size_t)(file->_IO_read_end - file->_IO_read_ptr) >= size;
}

/* Line-buffered and unbuffered streams keep _IO_write_end low, so that they never have room in this sense. */
static bool has_room(const FILE *file, size_t size)
{
	return file->_IO_write_end > file->_IO_write_ptr && (size_t)(file->_IO_write_end - file->_IO_write_ptr) > size;
}

/* What may wait stands in a function of its own: the quick way then has nothing to save. No stream at all is for libc, which
   does not look at it where there is nothing to do. */
#define AND_CALLER(...) (uint64_t caller, __VA_ARGS__)
#define WITH_CALLER(...) (CALLER, __VA_ARGS__)
#define WRAP_STREAM(type, name, parameters, arguments, file, quick, failed) \
	__attribute__((noinline)) static type name##_slowly AND_CALLER parameters \
	{ \
		struct pair pair; \
		stream_begin(&pair, file, caller); \
		type result = (real.name) arguments; \
		pair_end_if_long(&pair, (failed) ? errno : 0); \
		return result; \
	} \
	WRAP type (name) parameters \
	{ \
		if (!probe_on() || !(file) || (quick)) \
			return (real.name) arguments; \
		return name##_slowly WITH_CALLER arguments; \
	}
#define WRAP_STDIN(name) \
	WRAP int (name)(void) \
	{ \
		if (!probe_on() || has_input(stdin, 1)) \
			return (real.name)(); \
		struct pair pair; \
		stream_begin(&pair, stdin, CALLER); \
		int result = (real.name)(); \
		pair_end_if_long(&pair, 0); \
		return result; \
	}

/* A call that fails leaves errno alone at the end of a file: then there is no telling, and 0 is as good. */
WRAP_STREAM(size_t, fread, (void *restrict bytes, size_t size, size_t count, FILE *restrict file),
            (bytes, size, count, file), file, has_input(file, size * count), false)
WRAP_STREAM(size_t, fread_unlocked, (void *restrict bytes, size_t size, size_t count, FILE *restrict file),
            (bytes, size, count, file), file, has_input(file, size * count), false)
WRAP_STREAM(size_t, __fread_chk, (void *bytes, size_t room, size_t size, size_t count, FILE *file),
            (bytes, room, size, count, file), file, has_input(file, size * count), false)
WRAP_STREAM(size_t, __fread_unlocked_chk, (void *bytes, size_t room, size_t size, size_t count, FILE *file),
            (bytes, room, size, count, file), file, has_input(file, size * count), false)
WRAP_STREAM(char *, fgets, (char *restrict text, int size, FILE *restrict file), (text, size, file), file,
            size > 0 && has_input(file, (size_t)size), false)
WRAP_STREAM(char *, fgets_unlocked, (char *restrict text, int size, FILE *restrict file), (text, size, file), file,
            size > 0 && has_input(file, (size_t)size), false)
WRAP_STREAM(char *, __fgets_chk, (char *text, size_t room, int size, FILE *file), (text, room, size, file), file,
            size > 0 && has_input(file, (size_t)size), false)
WRAP_STREAM(char *, __fgets_unlocked_chk, (char *text, size_t room, int size, FILE *file), (text, room, size, file),
            file, size > 0 && has_input(file, (size_t)size), false)
WRAP_STREAM(ssize_t, getline, (char **restrict line, size_t *restrict room, FILE *restrict file), (line, room, file),
            file, false, false)
WRAP_STREAM(ssize_t, getdelim, (char **restrict line, size_t *restrict room, int delimiter, FILE *restrict file),
            (line, room, delimiter, file), file, false, false)
WRAP_STREAM(ssize_t, __getdelim, (char **line, size_t *room, int delimiter, FILE *file), (line, room, delimiter, file),
            file, false, false)
WRAP_STREAM(int, fgetc, (FILE *file), (file), file, has_input(file, 1), false)
WRAP_STREAM(int, getc, (FILE *file), (file), file, has_input(file, 1), false)
WRAP_STREAM(int, _IO_getc, (FILE *file), (file), file, has_input(file, 1), false)
WRAP_STREAM(int, fgetc_unlocked, (FILE *file), (file), file, has_input(file, 1), false)
WRAP_STREAM(int, getc_unlocked, (FILE *file), (file), file, has_input(file, 1), false)
WRAP_STDIN(getchar_unlocked)
WRAP_STREAM(int, getw, (FILE *file), (file), file, has_input(file, sizeof(int)), false)
WRAP_STDIN(getchar)
/* What the macros getc_unlocked and putc_unlocked call when the buffer is at its end. */
WRAP_STREAM(int, __underflow, (FILE *file), (file), file, false, false)
WRAP_STREAM(int, __uflow, (FILE *file), (file), file, false, false)
WRAP_STREAM(int, __overflow, (FILE *file, int character), (file, character), file, false, result == EOF)

WRAP_STREAM(size_t, fwrite, (const void *restrict bytes, size_t size, size_t count, FILE *restrict file),
            (bytes, size, count, file), file, has_room(file, size * count), result < count)
WRAP_STREAM(size_t, fwrite_unlocked, (const void *restrict bytes, size_t size, size_t count, FILE *restrict file),
            (bytes, size, count, file), file, has_room(file, size * count), result < count)
WRAP_STREAM(int, fputs, (const char *restrict text, FILE *restrict file), (text, file), file,
            has_room(file, strlen(text)), result == EOF)
WRAP_STREAM(int, fputs_unlocked, (const char *restrict text, FILE *restrict file), (text, file), file,
            has_room(file, strlen(text)), result == EOF)
WRAP_STREAM(int, puts, (const char *text), (text), stdout, has_room(stdout, strlen(text) + 1), result == EOF)
WRAP_STREAM(int, fputc, (int character, FILE *file), (character, file), file, has_room(file, 1), result == EOF)
WRAP_STREAM(int, putc, (int character, FILE *file), (character, file), file, has_room(file, 1), result == EOF)
WRAP_STREAM(int, _IO_putc, (int character, FILE *file), (character, file), file, has_room(file, 1), result == EOF)
WRAP_STREAM(int, fputc_unlocked, (int character, FILE *file), (character, file), file, has_room(file, 1), result == EOF)
WRAP_STREAM(int, putc_unlocked, (int character, FILE *file), (character, file), file, has_room(file, 1), result == EOF)
WRAP_STREAM(int, putchar_unlocked, (int character), (character), stdout, has_room(stdout, 1), result == EOF)
WRAP_STREAM(int, putw, (int number, FILE *file), (number, file), file, has_room(file, sizeof number), result == EOF)
WRAP_STREAM(int, putchar, (int character), (character), stdout, has_room(stdout, 1), result == EOF)

/* Also NULL, for all streams; a stream with nothing to write does not wait. */
static bool has_nothing(const FILE *file)
{
	return file && file->_IO_write_ptr == file->_IO_write_base;
}

WRAP int fflush(FILE *file)
{
	if (!probe_on() || has_nothing(file))
		return real.fflush(file);
	struct pair pair;
	stream_begin(&pair, file, CALLER);
	int result = real.fflush(file);
	pair_end_if_long(&pair, result ? errno : 0);
	return result;
}

WRAP int fflush_unlocked(FILE *file)
{
	if (!probe_on() || has_nothing(file))
		return real.fflush_unlocked(file);
	struct pair pair;
	stream_begin(&pair, file, CALLER);
	int result = real.fflush_unlocked(file);
	pair_end_if_long(&pair, result ? errno : 0);
	return result;
}

WRAP int fclose(FILE *file)
{
	if (!probe_on())
		return real.fclose(file);
	int descriptor = file->_fileno;
	struct pair pair;
	stream_begin(&pair, file, CALLER);
	int result = real.fclose(file);
	pair_end_if_long(&pair, result ? errno : 0);
	if (descriptor >= 0)
		pipes_forget((unsigned)descriptor, (unsigned)descriptor);
	return result;
}

/* What is formatted has no length before it is written: these begin a record whatever room there is. */
WRAP_STREAM(int, vfprintf, (FILE *restrict file, const char *restrict format, va_list arguments),
            (file, format, arguments), file, false, result < 0)
WRAP_STREAM(int, __vfprintf_chk, (FILE *file, int flag, const char *format, va_list arguments),
            (file, flag, format, arguments), file, false, result < 0)
WRAP_STREAM(int, vprintf, (const char *restrict format, va_list arguments), (format, arguments), stdout, false,
            result < 0)
WRAP_STREAM(int, __vprintf_chk, (int flag, const char *format, va_list arguments), (flag, format, arguments), stdout,
            false, result < 0)
WRAP_STREAM(int, __isoc99_vfscanf, (FILE *file, const char *format, va_list arguments), (file, format, arguments), file,
            false, false)
WRAP_STREAM(int, __isoc99_vscanf, (const char *format, va_list arguments), (format, arguments), stdin, false, false)
WRAP_STREAM(int, __isoc23_vfscanf, (FILE *file, const char *format, va_list arguments), (file, format, arguments), file,
            false, false)
WRAP_STREAM(int, __isoc23_vscanf, (const char *format, va_list arguments), (format, arguments), stdin, false, false)

WRAP_FORMAT(printf, vprintf, (const char *restrict format, ...), (format, rest), stdout)
WRAP_FORMAT(fprintf, vfprintf, (FILE *restrict file, const char *restrict format, ...), (file, format, rest),
            file)
WRAP_FORMAT(__printf_chk, __vprintf_chk, (int flag, const char *format, ...), (flag, format, rest), stdout)
WRAP_FORMAT(__fprintf_chk, __vfprintf_chk, (FILE *file, int flag, const char *format, ...),
            (file, flag, format, rest), file)
WRAP_FORMAT(__isoc99_scanf, __isoc99_vscanf, (const char *format, ...), (format, rest), stdin)
WRAP_FORMAT(__isoc99_fscanf, __isoc99_vfscanf, (FILE *file, const char *format, ...), (file, format, rest), file)
/* The header turns the plain names, which GNU's older dialects of C call, into those of C99. */
WRAP int plain_vfscanf(FILE *file, const char *format, va_list arguments) __asm__("vfscanf");
WRAP int plain_vscanf(const char *format, va_list arguments) __asm__("vscanf");
WRAP int plain_scanf(const char *format, ...) __asm__("scanf");
WRAP int plain_fscanf(FILE *file, const char *format, ...) __asm__("fscanf");
int plain_vfscanf(FILE *file, const char *format, va_list arguments)
{
	if (!probe_on())
		return real.vfscanf(file, format, arguments);
	struct pair pair;
	stream_begin(&pair, file, CALLER);
	int result = real.vfscanf(file, format, arguments);
	pair_end_if_long(&pair, 0);
	return result;
}
int plain_vscanf(const char *format, va_list arguments)
{
	return plain_vfscanf(stdin, format, arguments);
}
WRAP_FORMAT(plain_scanf, vscanf, (const char *format, ...), (format, rest), stdin)
WRAP_FORMAT(plain_fscanf, vfscanf, (FILE *file, const char *format, ...), (file, format, rest), file)
WRAP_FORMAT(__isoc23_scanf, __isoc23_vscanf, (const char *format, ...), (format, rest), stdin)
WRAP_FORMAT(__isoc23_fscanf, __isoc23_vfscanf, (FILE *file, const char *format, ...), (file, format, rest), file)

/* Another thread may be inside the stream for long. */
WRAP void flockfile(FILE *file)
{
	if (!probe_on()) {
		real.flockfile(file);
		return;
	}
	struct pair pair;
	stream_begin(&pair, file, CALLER);
	real.flockfile(file);
	pair_end_if_long(&pair, 0);
}

/* What libc's old headers made of the names. */
ALIAS(_IO_fclose, fclose)
ALIAS(_IO_fflush, fflush)
ALIAS(_IO_fgets, fgets)
ALIAS(_IO_flockfile, flockfile)
ALIAS(_IO_fprintf, fprintf)
ALIAS(_IO_fputs, fputs)
ALIAS(_IO_fread, fread)
ALIAS(_IO_fwrite, fwrite)
ALIAS(_IO_printf, printf)
ALIAS(_IO_puts, puts)
ALIAS(_IO_vfprintf, vfprintf)
