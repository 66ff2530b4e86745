/* Variables by address, down to the member and element. Knows DWARF's types, and which of libc's end the way down. */
#ifndef LIVEPOST_MEASURE_DEBUG_VARIABLE_H
#define LIVEPOST_MEASURE_DEBUG_VARIABLE_H

#include "measure/debug_info.h"

struct debug_named {
	char *name, *base; /* "kitchen.oven", "kitchen"; the caller frees both */
	uint64_t offset;   /* of the address in the whole */
	char *file;        /* where it is declared, NULL: unknown; the caller frees it */
	int line;
};

/* size: how large a symbol says that the variable is, for where its type does not; 0: unknown. false where no variable
   contains the address. */
bool debug_variable_find(struct debug_info *info, uint64_t address, uint64_t size, struct debug_named *named);

#endif
