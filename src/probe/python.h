/* What CPython calls its threads. */
#ifndef LIVEPOST_PROBE_PYTHON_H
#define LIVEPOST_PROBE_PYTHON_H

#include <stdint.h>

enum { PYTHON_NAME_BYTES = 120 };

/* Where the code of the interpreter's own locks is; UINTPTR_MAX and 0 where it is not to be watched. */
extern uintptr_t python_locks, python_locks_bytes;

/* Says the name that the thread has by now, if it is another one than before. Called by what python_locks is the code of,
   before it has done anything. */
void python_look(void);
static inline void python_try(uint64_t caller)
{
	if (__builtin_expect(caller - python_locks < python_locks_bytes, 0))
		python_look();
}

/* Asks the interpreter, if the program is one, to tell us of its threads. Called once, before the program's own code. */
void python_begin(void);

/* The name of the thread that this one is about to create, of `size` bytes; 0 bytes when Python is creating none. It is
   told once. */
struct python_name {
	uint32_t size;
	char text[PYTHON_NAME_BYTES];
};
struct python_name python_take_name(void);

/* Gives this thread's lane the name; one of 0 bytes does nothing. Where the probe is on. */
void python_say_name(const struct python_name *name);

#endif
