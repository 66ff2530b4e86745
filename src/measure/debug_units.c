/* The units of a file's DWARF: which there are, and what addresses and DIEs are theirs. */
#include "measure/debug_info.h"

#include "base/memory.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_UNITS = 1 << 18,
	MOST_ABBREVIATIONS = 16 << 20, /* bytes, of all units */
	MOST_RANGES = 4096,            /* of one DIE */
	LOOK_BACK = 32,
};

Elf_Data *debug_info_section(Elf *elf, const char *last_part)
{
	size_t names = 0;
	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
		if (!name)
			continue;
		size_t front = strncmp(name, ".debug_", 7) == 0 ? 7 : strncmp(name, ".zdebug_", 8) == 0 ? 8 : 0;
		if (front && strcmp(name + front, last_part) == 0)
			return elf_getdata(section, NULL);
	}
	return NULL;
}

bool debug_info_add_ranges(struct debug_info *info, Dwarf_Die *die, size_t index, struct debug_range **list,
                           size_t *count)
{
	Dwarf_Addr base = 0, start = 0, end = 0;
	size_t before = *count;
	ptrdiff_t at = 0;
	for (int i = 0; i < MOST_RANGES && debug_budget_spend(info->budget); i++) {
		at = dwarf_ranges(die, at, &base, &start, &end);
		if (at <= 0)
			break;
		if (start < end)
			DEBUG_BUDGET_ADD(info->budget, *list, *count, (struct debug_range){start, end, index});
	}
	return *count > before;
}

static int compare_ranges(const void *left, const void *right)
{
	const struct debug_range *a = left, *b = right;
	return a->start < b->start ? -1 : a->start > b->start;
}

static bool is_c(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
		return true;
	default:
		return false;
	}
}

static uint64_t take_number(const unsigned char **at, const unsigned char *end)
{
	uint64_t number = 0;
	for (unsigned shift = 0; *at < end; shift += 7) {
		unsigned char byte = *(*at)++;
		if (shift < 64)
			number |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return number;
}

/* How long the table of abbreviations at the offset is; `most` where it is not shorter. */
static uint64_t abbreviations_size(const Elf_Data *data, uint64_t offset, uint64_t most)
{
	if (!data->d_buf || offset >= data->d_size)
		return 0;
	const unsigned char *start = (const unsigned char *)data->d_buf + offset, *at = start;
	const unsigned char *end = data->d_size - offset < most ? start + (data->d_size - offset) : start + most;
	/* A code, 0 for the end of the table; a tag; whether there are children; attributes and forms, a pair of 0 last. */
	while (take_number(&at, end)) {
		take_number(&at, end);
		at += at < end;
		uint64_t attribute = 0, form = 0;
		do {
			attribute = take_number(&at, end);
			form = take_number(&at, end);
			if (form == DW_FORM_implicit_const)
				take_number(&at, end);
		} while (attribute || form);
	}
	return (uint64_t)(at - start);
}

/* libdw keeps a table of abbreviations for each unit, ten times as large as in the file, and reads it with the first
   look at the unit: what would be too much has to be known before. */
static bool abbreviations_fit(struct debug_info *info)
{
	const Elf_Data *data = debug_info_section(info->elf, "abbrev");
	uint64_t left = MOST_ABBREVIATIONS;
	if (!data)
		return false;
	for (int types = 0; types < 2; types++) {
		Dwarf_Off at = 0, next = 0, abbreviations = 0;
		size_t head = 0;
		uint64_t signature = 0;
		while (debug_budget_spend(info->budget) &&
		       dwarf_next_unit(info->dwarf, at, &next, &head, NULL, &abbreviations, NULL, NULL,
		                       types ? &signature : NULL, NULL) == 0) {
			uint64_t size = abbreviations_size(data, abbreviations, left);
			if (size >= left || next <= at)
				return false;
			left -= size;
			at = next;
		}
	}
	return info->budget->cpu_ns > 0;
}

/* Skeletons are left out, so that libdw has no reason to open the file that they name. */
static void read_units(struct debug_info *info)
{
	Dwarf_CU *cu = NULL;
	uint8_t type = 0;
	Dwarf_Half version = 0;
	Dwarf_Die die;
	while (debug_budget_spend(info->budget) && info->unit_count < MOST_UNITS &&
	       dwarf_get_units(info->dwarf, cu, &cu, &version, &type, &die, NULL) == 0) {
		if (type != DW_UT_compile && type != DW_UT_partial)
			continue;
		struct debug_unit unit = {.die = die, .offset = dwarf_dieoffset(&die), .c = is_c(&die)};
		size_t index = info->unit_count;
		DEBUG_BUDGET_ADD(info->budget, info->units, info->unit_count, unit);
		if (info->unit_count > index && type == DW_UT_compile)
			debug_info_add_ranges(info, &die, index, &info->ranges, &info->range_count);
	}
	if (info->range_count)
		qsort(info->ranges, info->range_count, sizeof *info->ranges, compare_ranges);
}

struct debug_info *debug_info_open(Elf *elf, struct debug_budget *budget)
{
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!dwarf)
		return NULL;
	/* libdw's own way is to print and to exit. */
	dwarf_new_oom_handler(dwarf, abort);
	struct debug_info *info = memory_zero(1, sizeof *info);
	*info = (struct debug_info){.dwarf = dwarf, .elf = elf, .budget = budget};
	if (abbreviations_fit(info))
		read_units(info);
	return info;
}

void debug_info_free(struct debug_info *info)
{
	if (!info)
		return;
	for (size_t i = 0; i < info->unit_count; i++) {
		free(info->units[i].scopes);
		free(info->units[i].codes);
		free(info->units[i].ranges);
	}
	free(info->units);
	free(info->ranges);
	free(info->variables);
	dwarf_end(info->dwarf);
	free(info);
}

struct debug_unit *debug_info_unit_at(struct debug_info *info, uint64_t address)
{
	size_t low = 0, high = info->range_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->ranges[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	size_t last = low > LOOK_BACK ? low - LOOK_BACK : 0;
	for (size_t i = low; i-- > last;)
		if (address < info->ranges[i].end)
			return debug_info_walk(info, &info->units[info->ranges[i].index]);
	return NULL;
}

struct debug_unit *debug_info_unit_of(struct debug_info *info, Dwarf_Die *die)
{
	Dwarf_Off offset = dwarf_dieoffset(die);
	size_t low = 0, high = info->unit_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->units[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	/* Offsets of type units count in another section. */
	return low && info->units[low - 1].die.cu == die->cu ? debug_info_walk(info, &info->units[low - 1]) : NULL;
}
