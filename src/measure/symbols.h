/* Names for the addresses of a program that ran: its functions, its lines, its variables. Knows nothing of records, and
 * believes neither the program's bytes nor its list of modules.
 *
 * Where the answers come from: the symbol table, the dynamic one where there is no other, and DWARF 2 to 5, compressed
 * or not, of the module itself; for modules of this machine also the symbol table in /usr/lib/debug/.build-id. Nothing
 * else is opened, whatever the files say: no split DWARF (.dwo), no supplementary files (.gnu_debugaltlink).
 * Thread-local variables have no names here.
 *
 * What bounds the work: SYMBOLS_CPU_NS of processor time a handle in all, then answers come from symbol tables alone;
 * SYMBOLS_ANSWERS different questions, then there is no answer. Both are far beyond what programs need that are not
 * made to keep us busy. Answers are kept, so that asking again costs nothing.
 *
 * Every string is valid UTF-8 without control characters, is owned by the handle and lives until symbols_free. Not for
 * use by two threads at a time. */
#ifndef LIVEPOST_MEASURE_SYMBOLS_H
#define LIVEPOST_MEASURE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOLS_CPU_NS 2000000000u

enum {
	SYMBOLS_ANSWERS = 1 << 20,
	SYMBOLS_MODULES = 4096, /* more are passed over */
};

/* A file mapped into the program. */
struct symbols_module {
	/* What lies between addresses in the file and in the program, as dl_iterate_phdr(3) says in dlpi_addr. Not looked
	   at for a program that is not position independent. */
	uint64_t bias;
	const char *path;  /* in the sandbox; may be NULL where there are bytes */
	const void *bytes; /* the file; NULL: it is taken from `path` on this machine */
	size_t size;
};

/* A place in the sources. */
struct symbols_place {
	const char *file;     /* NULL where no line is known */
	int line;             /* from 1; 0 where none is known */
	const char *function; /* that the line is part of, inlined or not; NULL where unknown */
	const char *module;   /* the last part of the module's path; "" where it has none */
	bool own;             /* the line is the author's, not that of a header or a library of the system */
};

/* A global or static variable, or a part of one. */
struct symbols_variable {
	const char *name; /* of the part: "chef", "tray[3]", "kitchen.oven", "kitchen::chef"; "_PyRuntime+0x238" where no
	                     more is known of the part than where it begins */
	const char *base; /* of the whole: "tray" */
	uint64_t offset;  /* of the address in the whole, in bytes */
	const char *file; /* where the whole is declared, to tell two static variables of one name apart; NULL: unknown */
	int line;         /* 0: unknown */
};

/* Takes note of the modules (of one process; a process that executes another program begins a new list). Opens none of
   them yet: that is done when an address lies in one. `bytes` must stay until symbols_free, the rest is copied.
   A path is opened only if it leads, with all links followed, to a regular file in a folder that every sandbox has from
   this machine: /usr, /lib*, /bin, /sbin, /nix/store, /gnu/store. What cannot be opened or read has no names.
   root: the folder that the author's sources lie in for the compiler ("/site"); file names below it are told without
   it. NULL: all are told as they are. Never fails; the caller frees the handle with symbols_free. */
struct symbols *symbols_open(const struct symbols_module *modules, size_t count, const char *root);
void symbols_free(struct symbols *symbols); /* takes NULL */

/* The name of the function that the address lies in, or of the one that it is the start of: "cook", "kitchen::cook".
   NULL where there is none. What was inlined at the address is not looked at: see symbols_line. */
const char *symbols_function(struct symbols *symbols, uint64_t address);

/* The place of the call that returns to this address. Of calls inlined into each other it is the innermost whose line
   is the author's own; where none is, the innermost of all, and `own` is false. Of a file without tables only the module
   is known; NULL where the address is in none. File names are those that the compiler was told by #line. */
const struct symbols_place *symbols_line(struct symbols *symbols, uint64_t return_address);

/* The variable that contains the address, down to the member and element at it; not into the locks of libc, nor into
   the classes of namespace std. NULL for the heap, stacks, thread-local variables and what no table knows. */
const struct symbols_variable *symbols_variable(struct symbols *symbols, uint64_t address);

#endif
