/* What is collected from the trees of DWARF, and the names made of it. */
#include "measure/debug_info.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Deeper trees are not made by compilers; what is below has no names. */
	MOST_DEPTH = 64,
	LONGEST_CHAIN = 8,       /* of declarations, definitions and copies of one thing */
	LONGEST_PART = 200,      /* bytes of a name between two "::" */
	LONGEST_EXPRESSION = 32, /* bytes */
};

#define NONE SIZE_MAX

static int compare_variables(const void *left, const void *right)
{
	const struct debug_variable *a = left, *b = right;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->die < b->die ? -1 : a->die > b->die;
}

/* A walk through the tree of a unit, in the order of the file. */
struct walk {
	struct debug_info *info;
	struct debug_unit *unit;
	bool variables; /* are collected; else scopes and code */
	struct level {
		Dwarf_Die die;      /* whose children are walked on the next level */
		size_t scope, code; /* around this level; NONE at the top */
	} levels[MOST_DEPTH];
	size_t level;
};

bool debug_info_expression(Dwarf_Attribute *attribute, Dwarf_Op **operations, size_t *count)
{
	/* libdw takes a long one apart whole, and keeps it. */
	Dwarf_Block block;
	return dwarf_formblock(attribute, &block) == 0 && block.length <= LONGEST_EXPRESSION &&
	       dwarf_getlocation(attribute, operations, count) == 0 && *count > 0;
}

static void add_variable(struct debug_info *info, Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *operation = NULL;
	size_t count = 0;
	Dwarf_Addr address = 0;
	if (!dwarf_attr(die, DW_AT_location, &attribute) || !debug_info_expression(&attribute, &operation, &count))
		return;
	if (operation[0].atom == DW_OP_addr) {
		address = operation[0].number;
	} else if (operation[0].atom == DW_OP_addrx || operation[0].atom == DW_OP_GNU_addr_index) {
		Dwarf_Attribute indirect;
		if (dwarf_getlocation_attr(&attribute, operation, &indirect) || dwarf_formaddr(&indirect, &address))
			return;
	} else {
		return;
	}
	if (count == 2 && operation[1].atom == DW_OP_plus_uconst)
		address += operation[1].number;
	else if (count != 1)
		return;
	/* What the linker has thrown away stands at 0. */
	if (address)
		DEBUG_BUDGET_ADD(info->budget, info->variables, info->variable_count,
		    (struct debug_variable){address, dwarf_dieoffset(die)});
}

static void add_scope(struct debug_info *info, struct debug_unit *unit, Dwarf_Die *die, size_t *around)
{
	struct debug_scope scope = {dwarf_dieoffset(die), UINT64_MAX, *around, dwarf_diename(die)};
	size_t index = unit->scope_count;
	DEBUG_BUDGET_ADD(info->budget, unit->scopes, unit->scope_count, scope);
	if (unit->scope_count > index)
		*around = index;
}

static void add_code(struct walk *walk, Dwarf_Die *die, bool inlined, size_t *around)
{
	struct debug_unit *unit = walk->unit;
	size_t index = unit->code_count, ranges = unit->range_count;
	if (!debug_info_add_ranges(walk->info, die, index, &unit->ranges, &unit->range_count))
		return;
	struct debug_code code = {dwarf_dieoffset(die), *around, (unsigned)walk->level, inlined};
	DEBUG_BUDGET_ADD(walk->info->budget, unit->codes, unit->code_count, code);
	if (unit->code_count > index)
		*around = index;
	else
		unit->range_count = ranges;
}

/* Takes what is wanted from the DIE; whether its children are wanted, which then stand in *scope and *code. */
static bool visit(struct walk *walk, Dwarf_Die *die, size_t *scope, size_t *code)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
		if (!walk->variables)
			add_scope(walk->info, walk->unit, die, scope);
		return true;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		if (walk->variables || walk->unit->c)
			return false;
		add_scope(walk->info, walk->unit, die, scope);
		return true;
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
		if (!walk->variables)
			add_code(walk, die, dwarf_tag(die) == DW_TAG_inlined_subroutine, code);
		return true;
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
	case DW_TAG_module:
		return true;
	case DW_TAG_variable:
		if (walk->variables)
			add_variable(walk->info, die);
		return false;
	default:
		return false;
	}
}

static void walk_unit(struct debug_info *info, struct debug_unit *unit, bool variables)
{
	struct walk walk = {.info = info, .unit = unit, .variables = variables};
	walk.levels[0].scope = walk.levels[0].code = NONE;
	Dwarf_Die die, next;
	Dwarf_Off last = unit->offset;
	if (dwarf_child(&unit->die, &die) != 0)
		return;
	while (debug_budget_spend(info->budget)) {
		struct level *level = &walk.levels[walk.level];
		size_t scope = level->scope, code = level->code;
		/* Only forward, whatever the siblings claim to be. */
		if (dwarf_dieoffset(&die) <= last)
			break;
		last = dwarf_dieoffset(&die);
		if (visit(&walk, &die, &scope, &code) && walk.level + 1 < MOST_DEPTH && dwarf_child(&die, &next) == 0) {
			level->die = die;
			walk.level++;
			walk.levels[walk.level].scope = scope;
			walk.levels[walk.level].code = code;
			die = next;
			continue;
		}
		/* Nothing inside was looked at. */
		if (scope != level->scope)
			unit->scopes[scope].end = last + 1;
		int found = 0;
		while ((found = dwarf_siblingof(&die, &next)) != 0) {
			/* Where trees tell no siblings, libdw goes through all that is inside to find the next. */
			if (found < 0 || walk.level == 0 || !debug_budget_spend_much(info->budget))
				return;
			/* Whatever has begun on the level that ends here ends, too. */
			size_t inner = walk.levels[walk.level].scope;
			walk.level--;
			if (inner != walk.levels[walk.level].scope)
				unit->scopes[inner].end = last + 1;
			die = walk.levels[walk.level].die;
		}
		die = next;
	}
}

struct debug_unit *debug_info_walk(struct debug_info *info, struct debug_unit *unit)
{
	if (!unit->walked) {
		unit->walked = true;
		walk_unit(info, unit, false);
	}
	return unit;
}

void debug_info_read_variables(struct debug_info *info)
{
	if (info->variables_read)
		return;
	info->variables_read = true;
	for (size_t i = 0; i < info->unit_count; i++)
		walk_unit(info, &info->units[i], true);
	if (info->variable_count)
		qsort(info->variables, info->variable_count, sizeof *info->variables, compare_variables);
}

/* What the DIE completes or is a copy of. */
static bool find_origin(Dwarf_Die *die, Dwarf_Die *origin)
{
	Dwarf_Attribute attribute;
	return (dwarf_attr(die, DW_AT_abstract_origin, &attribute) || dwarf_attr(die, DW_AT_specification, &attribute)) &&
	       dwarf_formref_die(&attribute, origin);
}

Dwarf_Attribute *debug_info_attribute(Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute)
{
	Dwarf_Die at = *die, origin;
	for (int i = 0; i < LONGEST_CHAIN; i++) {
		if (dwarf_attr(&at, name, attribute))
			return attribute;
		if (!find_origin(&at, &origin))
			return NULL;
		at = origin;
	}
	return NULL;
}

/* The innermost namespace or class around the DIE, NONE where there is none. */
static size_t scope_around(const struct debug_unit *unit, Dwarf_Off offset)
{
	size_t low = 0, high = unit->scope_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (unit->scopes[middle].start < offset)
			low = middle + 1;
		else
			high = middle;
	}
	size_t at = low ? low - 1 : NONE;
	while (at != NONE && unit->scopes[at].end <= offset)
		at = unit->scopes[at].parent;
	return at;
}

/* Fills `parts` from the outermost scope to the innermost; returns how many there are, of the innermost MOST_DEPTH. */
static size_t scopes_of(struct debug_info *info, Dwarf_Die *die, const char *parts[MOST_DEPTH])
{
	Dwarf_Die at = *die, origin;
	for (int i = 0; i < LONGEST_CHAIN && find_origin(&at, &origin); i++)
		at = origin;
	struct debug_unit *unit = debug_info_unit_of(info, &at);
	if (!unit)
		return 0;
	size_t count = 0;
	const char *inside_out[MOST_DEPTH];
	for (size_t scope = scope_around(unit, dwarf_dieoffset(&at)); scope != NONE && count < MOST_DEPTH;
	     scope = unit->scopes[scope].parent)
		if (unit->scopes[scope].name)
			inside_out[count++] = unit->scopes[scope].name;
	for (size_t i = 0; i < count; i++)
		parts[i] = inside_out[count - 1 - i];
	return count;
}

bool debug_info_name(struct debug_info *info, Dwarf_Die *die, struct buffer *name)
{
	Dwarf_Attribute attribute;
	const char *own = debug_info_attribute(die, DW_AT_name, &attribute) ? dwarf_formstring(&attribute) : NULL;
	if (!own || !*own)
		return false;
	const char *parts[MOST_DEPTH];
	size_t count = scopes_of(info, die, parts);
	for (size_t i = 0; i < count; i++) {
		buffer_add(name, parts[i], strnlen(parts[i], LONGEST_PART));
		buffer_add_string(name, "::");
	}
	buffer_add(name, own, strnlen(own, LONGEST_PART));
	return true;
}

bool debug_info_is_std(struct debug_info *info, Dwarf_Die *die)
{
	const char *parts[MOST_DEPTH];
	return scopes_of(info, die, parts) > 0 && strcmp(parts[0], "std") == 0;
}
