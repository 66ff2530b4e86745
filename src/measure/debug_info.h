/* Lines, inlined calls and variables from the DWARF of one ELF file, read piece by piece and within a budget. Knows
 * addresses as the file has them, and neither modules nor what to do with a name. */
#ifndef LIVEPOST_MEASURE_DEBUG_INFO_H
#define LIVEPOST_MEASURE_DEBUG_INFO_H

#include "base/buffer.h"
#include "measure/debug_budget.h"

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The pieces of a unit's tree that names are made of. */
struct debug_scope {
	Dwarf_Off start, end; /* a namespace or class, and all inside */
	size_t parent;        /* index; SIZE_MAX: none */
	const char *name;     /* NULL: none */
};

struct debug_code {
	Dwarf_Off die;
	size_t parent; /* the function or inlined call around it; SIZE_MAX: none */
	unsigned depth;
	bool inlined;
};

struct debug_range {
	uint64_t start, end;
	size_t index; /* of a unit, or of a unit's code */
};

struct debug_unit {
	Dwarf_Die die;
	Dwarf_Off offset;
	bool walked, c; /* c: of a language without scopes */
	bool lines_tried;
	Dwarf_Lines *lines; /* NULL: none */
	Dwarf_Files *files;
	size_t line_count, file_count;
	struct debug_scope *scopes;
	struct debug_code *codes;
	struct debug_range *ranges; /* of codes */
	size_t scope_count, code_count, range_count;
};

struct debug_variable {
	uint64_t address;
	Dwarf_Off die;
};

struct debug_info {
	Dwarf *dwarf;
	Elf *elf;
	struct debug_budget *budget;
	struct debug_unit *units;
	struct debug_range *ranges; /* of units, sorted by start */
	struct debug_variable *variables;
	size_t unit_count, range_count, variable_count;
	bool variables_read;
};

/* Whether a file is the author's. */
typedef bool debug_is_own(const char *path, void *context);

struct debug_place {
	char *file; /* NULL: unknown; the caller frees it */
	int line;
	char *function; /* NULL: unknown; the caller frees it */
	bool own;
};

/* NULL where the file has no DWARF that can be read. `elf` must be an elf_image's with `debug`, and stay. */
struct debug_info *debug_info_open(Elf *elf, struct debug_budget *budget);
void debug_info_free(struct debug_info *info); /* takes NULL */

/* The place of the instruction at the address: of calls inlined into each other the innermost that is own, else the
   innermost. false where DWARF tells nothing of the address. */
bool debug_info_place(struct debug_info *info, uint64_t address, debug_is_own *is_own, void *context,
                      struct debug_place *place);
/* Adds the name of the function that holds the address, inlined calls aside; false where there is none. */
bool debug_info_function(struct debug_info *info, uint64_t address, struct buffer *name);

/* The unit whose code is at the address, and the one that the DIE is part of, its scopes and code collected; NULL where
   there is none. */
struct debug_unit *debug_info_unit_at(struct debug_info *info, uint64_t address);
struct debug_unit *debug_info_unit_of(struct debug_info *info, Dwarf_Die *die);

/* Adds the DIE's addresses to a list of ranges; false where it has none. */
bool debug_info_add_ranges(struct debug_info *info, Dwarf_Die *die, size_t index, struct debug_range **list,
                           size_t *count);
/* Collects the unit's scopes and code, the first time. Returns the unit. */
struct debug_unit *debug_info_walk(struct debug_info *info, struct debug_unit *unit);
/* Walks all units, so that info->variables is complete and sorted by address. */
void debug_info_read_variables(struct debug_info *info);
/* Adds the name of what the DIE declares, with namespaces and classes; false when it has none. */
bool debug_info_name(struct debug_info *info, Dwarf_Die *die, struct buffer *name);
/* The attribute of the DIE, or of what it completes or is a copy of. NULL where there is none. */
Dwarf_Attribute *debug_info_attribute(Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute);
/* The path of the file with this number in the line table of the DIE's unit; NULL where there is none. */
const char *debug_info_file(struct debug_info *info, Dwarf_Die *die, uint64_t number);
/* Takes a short expression apart: an address or an offset. false for long ones and for lists of them. */
bool debug_info_expression(Dwarf_Attribute *attribute, Dwarf_Op **operations, size_t *count);
/* The bytes of .debug_… or .zdebug_…, which libdw has unpacked; NULL where there is no such section. */
Elf_Data *debug_info_section(Elf *elf, const char *last_part);
/* Whether the DIE stands in namespace std. */
bool debug_info_is_std(struct debug_info *info, Dwarf_Die *die);

#endif
