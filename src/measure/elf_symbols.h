/* The symbol table of an ELF file by address. Knows nothing of DWARF, nor where the file is loaded. */
#ifndef LIVEPOST_MEASURE_ELF_SYMBOLS_H
#define LIVEPOST_MEASURE_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libelf.h>

struct elf_symbol {
	uint64_t address, size; /* as the file has them; size 0: the file does not say */
	const char *name;       /* the file's bytes, with a version behind "@" or a compiler's mark behind "." if it has one */
	unsigned rank;          /* the higher, the better a name for the address */
};

/* {0} is an empty table. */
struct elf_symbols {
	struct elf_symbol *functions, *objects; /* sorted by address, then rank */
	size_t function_count, object_count;
	bool complete; /* static symbols are among them */
};

/* Reads .symtab, or .dynsym where there is none; leaves the table empty when there is neither, or they are damaged. The
   names live as long as `elf`; the caller frees the table. */
void elf_symbols_read(Elf *elf, struct elf_symbols *symbols);
void elf_symbols_free(struct elf_symbols *symbols); /* takes NULL */

/* The symbol that contains the address, the nearest where several do; NULL when none does. A function of unknown size
   reaches to the next one. */
const struct elf_symbol *elf_symbols_function(const struct elf_symbols *symbols, uint64_t address);
const struct elf_symbol *elf_symbols_object(const struct elf_symbols *symbols, uint64_t address);

#endif
