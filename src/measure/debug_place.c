/* The line and the function at an address, through the calls that were inlined there. */
#include "measure/debug_info.h"

#include "base/memory.h"

#include <dwarf.h>
#include <stdlib.h>

enum {
	/* How many lines before one that belongs to no source line are asked for theirs. */
	LOOK_BACK = 64,
};

#define NONE SIZE_MAX

static uint64_t read_number(const unsigned char *bytes, size_t size, bool big)
{
	uint64_t number = 0;
	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[big ? i : size - 1 - i];
	return number;
}

/* How long the unit's line number program is; 0 where it has none. */
static uint64_t line_program_size(struct debug_info *info, struct debug_unit *unit)
{
	Dwarf_Attribute attribute;
	Dwarf_Word offset = 0;
	Elf_Data *data = NULL;
	if (!dwarf_attr(&unit->die, DW_AT_stmt_list, &attribute) || dwarf_formudata(&attribute, &offset))
		return 0;
	data = debug_info_section(info->elf, "line");
	if (!data || !data->d_buf || offset > data->d_size || data->d_size - offset < 12)
		return 0;
	const unsigned char *bytes = (const unsigned char *)data->d_buf + offset;
	const char *ident = elf_getident(info->elf, NULL);
	bool big = ident && ident[EI_DATA] == ELFDATA2MSB;
	uint64_t size = read_number(bytes, 4, big);
	return size == UINT32_MAX ? read_number(bytes + 4, 8, big) : size;
}

static bool read_lines(struct debug_info *info, struct debug_unit *unit)
{
	if (unit->lines_tried)
		return unit->lines;
	unit->lines_tried = true;
	uint64_t size = line_program_size(info, unit);
	if (!size || size > info->budget->line_bytes || !debug_budget_spend(info->budget))
		return false;
	info->budget->line_bytes -= size;
	if (dwarf_getsrclines(&unit->die, &unit->lines, &unit->line_count) ||
	    dwarf_getsrcfiles(&unit->die, &unit->files, &unit->file_count))
		unit->lines = NULL;
	return unit->lines;
}

const char *debug_info_file(struct debug_info *info, Dwarf_Die *die, uint64_t number)
{
	struct debug_unit *unit = debug_info_unit_of(info, die);
	if (!unit || !read_lines(info, unit) || number >= unit->file_count)
		return NULL;
	return dwarf_filesrc(unit->files, (size_t)number, NULL, NULL);
}

/* The row of the line table that covers the address; NULL where none does. */
static Dwarf_Line *row_at(struct debug_info *info, struct debug_unit *unit, uint64_t address)
{
	if (!read_lines(info, unit))
		return NULL;
	size_t low = 0, high = unit->line_count;
	Dwarf_Addr at = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (dwarf_lineaddr(dwarf_onesrcline(unit->lines, middle), &at))
			return NULL;
		if (at <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Instructions of line 0 were made by the compiler for what stands before them. */
	for (size_t i = low, last = low > LOOK_BACK ? low - LOOK_BACK : 0; i-- > last;) {
		Dwarf_Line *row = dwarf_onesrcline(unit->lines, i);
		bool end = true;
		int line = 0;
		if (dwarf_lineendsequence(row, &end) || end)
			return NULL;
		if (dwarf_lineno(row, &line) == 0 && line > 0)
			return row;
	}
	return NULL;
}

/* The innermost function or inlined call at the address. */
static size_t code_at(const struct debug_unit *unit, uint64_t address)
{
	size_t found = NONE;
	for (size_t i = 0; i < unit->range_count; i++) {
		const struct debug_range *range = &unit->ranges[i];
		if (address >= range->start && address < range->end &&
		    (found == NONE || unit->codes[range->index].depth >= unit->codes[found].depth))
			found = range->index;
	}
	return found;
}

static bool add_function(struct debug_info *info, struct debug_unit *unit, size_t code, struct buffer *name)
{
	Dwarf_Die die;
	return code != NONE && dwarf_offdie(info->dwarf, unit->codes[code].die, &die) && debug_info_name(info, &die, name);
}

/* Where the inlined call was made; false where that is not told. */
static bool find_call(struct debug_info *info, struct debug_unit *unit, size_t code, const char **file, int *line)
{
	Dwarf_Die die;
	Dwarf_Attribute attribute;
	Dwarf_Word number = 0, at = 0;
	if (!dwarf_offdie(info->dwarf, unit->codes[code].die, &die))
		return false;
	if (!dwarf_attr(&die, DW_AT_call_file, &attribute) || dwarf_formudata(&attribute, &number) ||
	    !dwarf_attr(&die, DW_AT_call_line, &attribute) || dwarf_formudata(&attribute, &at))
		return false;
	*file = debug_info_file(info, &die, number);
	*line = at <= INT32_MAX ? (int)at : 0;
	return *file && *line;
}

bool debug_info_place(struct debug_info *info, uint64_t address, debug_is_own *is_own, void *context,
                      struct debug_place *place)
{
	*place = (struct debug_place){0};
	struct debug_unit *unit = debug_info_unit_at(info, address);
	if (!unit)
		return false;
	size_t code = code_at(unit, address);
	Dwarf_Line *row = row_at(info, unit, address);
	const char *file = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
	int line = 0;
	if (file && dwarf_lineno(row, &line))
		file = NULL;
	struct {
		const char *file;
		int line;
		size_t code;
	} taken = {file, file ? line : 0, code};
	while (file) {
		if (is_own(file, context)) {
			taken.file = file;
			taken.line = line;
			taken.code = code;
			place->own = true;
			break;
		}
		if (code == NONE || !unit->codes[code].inlined || !find_call(info, unit, code, &file, &line))
			break;
		code = unit->codes[code].parent;
	}
	struct buffer name = {0};
	if (add_function(info, unit, taken.code, &name))
		place->function = buffer_take(&name);
	buffer_free(&name);
	place->file = taken.file ? memory_string(taken.file) : NULL;
	place->line = taken.line;
	return place->file || place->function;
}

bool debug_info_function(struct debug_info *info, uint64_t address, struct buffer *name)
{
	struct debug_unit *unit = debug_info_unit_at(info, address);
	size_t code = unit ? code_at(unit, address) : NONE;
	while (code != NONE && unit->codes[code].inlined)
		code = unit->codes[code].parent;
	return add_function(info, unit, code, name);
}
