/* Variables by address, down to the member and element. */
#include "measure/debug_variable.h"

#include "base/memory.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_PEELED = 32, /* typedefs and qualifiers of one type */
	MOST_DEPTH = 16,  /* members and elements inside each other */
	MOST_VISITS = 1 << 14, /* DIEs read for one name */
	LONGEST_PART = 200,
};

/* How well a way down explains an address. */
enum fit {
	FIT_INSIDE, /* it lies somewhere in what was reached */
	FIT_START,  /* it is the start of a plain variable */
	FIT_LOCK,   /* it is the start of something that is waited for */
};

struct way {
	struct debug_info *info;
	struct buffer *name;
	unsigned visits, depth;
};

/* What libc makes of them is no business of the author's. */
static bool is_lock_name(const char *name)
{
	static const char *const names[] = {
		"pthread_mutex_t", "pthread_cond_t", "pthread_rwlock_t", "pthread_barrier_t", "pthread_spinlock_t",
		"pthread_once_t", "sem_t", "mtx_t", "cnd_t", "once_flag", "ucontext_t", "FILE",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool read_unsigned(Dwarf_Die *die, unsigned name, uint64_t *value)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word = 0;
	if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &word))
		return false;
	*value = word;
	return true;
}

static bool follow(Dwarf_Die *die, unsigned name, Dwarf_Die *to)
{
	Dwarf_Attribute attribute;
	return debug_info_attribute(die, name, &attribute) && dwarf_formref_die(&attribute, to);
}

/* Takes typedefs and qualifiers off; *lock is set when one was the name of a lock. false for damaged types. */
static bool peel(Dwarf_Die *type, bool *lock)
{
	for (int i = 0; i < MOST_PEELED; i++) {
		Dwarf_Die next;
		Dwarf_Attribute attribute;
		const char *name = NULL;
		switch (dwarf_tag(type)) {
		case DW_TAG_typedef:
			name = dwarf_diename(type);
			if (name && is_lock_name(name))
				*lock = true;
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			break;
		default:
			/* A type that stands in a unit of its own is here only declared. */
			if (dwarf_attr(type, DW_AT_signature, &attribute) && dwarf_formref_die(&attribute, &next))
				*type = next;
			return true;
		}
		if (!follow(type, DW_AT_type, &next))
			return false;
		*type = next;
	}
	return false;
}

/* How many elements the dimension has; 0 where that is not told. */
static uint64_t dimension(Dwarf_Die *die)
{
	uint64_t count = 0, upper = 0, lower = 0;
	if (read_unsigned(die, DW_AT_count, &count))
		return count;
	read_unsigned(die, DW_AT_lower_bound, &lower);
	return read_unsigned(die, DW_AT_upper_bound, &upper) && upper >= lower && upper != UINT64_MAX ? upper - lower + 1 : 0;
}

static bool spend(struct way *way)
{
	return ++way->visits < MOST_VISITS && debug_budget_spend(way->info->budget);
}

/* The dimensions of an array type, at most MOST_DEPTH; false where there are none, or more. */
static bool read_dimensions(struct way *way, Dwarf_Die *array, uint64_t counts[MOST_DEPTH], size_t *count)
{
	Dwarf_Die die;
	*count = 0;
	for (int more = dwarf_child(array, &die); more == 0 && spend(way); more = dwarf_siblingof(&die, &die)) {
		if (dwarf_tag(&die) != DW_TAG_subrange_type)
			continue;
		if (*count == MOST_DEPTH)
			return false;
		counts[(*count)++] = dimension(&die);
	}
	return *count > 0;
}

/* In bytes; 0 where it is not told. */
static uint64_t size_of(struct way *way, Dwarf_Die type)
{
	uint64_t size = 0, times = 1;
	bool lock = false;
	for (int i = 0; i < MOST_DEPTH; i++) {
		uint64_t counts[MOST_DEPTH];
		size_t count = 0;
		if (!spend(way) || !peel(&type, &lock))
			return 0;
		if (read_unsigned(&type, DW_AT_byte_size, &size))
			return __builtin_mul_overflow(size, times, &size) ? 0 : size;
		if (dwarf_tag(&type) != DW_TAG_array_type || !read_dimensions(way, &type, counts, &count))
			return 0;
		for (size_t j = 0; j < count; j++)
			if (__builtin_mul_overflow(times, counts[j], &times))
				return 0;
		if (!follow(&type, DW_AT_type, &type))
			return 0;
	}
	return 0;
}

static enum fit go_down(struct way *way, Dwarf_Die type, uint64_t offset);

/* Which element it is, [2][3] for two dimensions, and on in the element. */
static enum fit go_into_array(struct way *way, Dwarf_Die *array, uint64_t offset)
{
	uint64_t counts[MOST_DEPTH], index = 0;
	size_t count = 0;
	Dwarf_Die element;
	if (!follow(array, DW_AT_type, &element) || !read_dimensions(way, array, counts, &count))
		goto unknown;
	uint64_t size = size_of(way, element);
	if (!size)
		goto unknown;
	index = offset / size;
	uint64_t indexes[MOST_DEPTH];
	for (size_t i = count; i-- > 1;) {
		if (!counts[i])
			goto unknown;
		indexes[i] = index % counts[i];
		index /= counts[i];
	}
	indexes[0] = index;
	for (size_t i = 0; i < count; i++)
		buffer_add_format(way->name, "[%" PRIu64 "]", indexes[i]);
	return go_down(way, element, offset % size);
unknown:
	if (offset)
		buffer_add_format(way->name, "+0x%" PRIx64, offset);
	return FIT_INSIDE;
}

/* How far into its whole the member or base class begins; false where that is known only when the program runs. */
static bool member_offset(Dwarf_Die *member, uint64_t *offset)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *operation = NULL;
	size_t count = 0;
	*offset = 0;
	if (!dwarf_attr(member, DW_AT_data_member_location, &attribute))
		return !dwarf_hasattr(member, DW_AT_data_bit_offset) && !dwarf_hasattr(member, DW_AT_declaration);
	if (read_unsigned(member, DW_AT_data_member_location, offset))
		return true;
	if (!debug_info_expression(&attribute, &operation, &count) || count != 1 || operation[0].atom != DW_OP_plus_uconst)
		return false;
	*offset = operation[0].number;
	return true;
}

/* Of the members that contain the address, the one that explains it best: in a union it may be any. */
static enum fit go_into_members(struct way *way, Dwarf_Die *whole, uint64_t offset)
{
	struct buffer best = {0};
	enum fit best_fit = FIT_INSIDE;
	bool found = false;
	size_t before = way->name->size;
	Dwarf_Die member;
	for (int more = dwarf_child(whole, &member); more == 0 && spend(way); more = dwarf_siblingof(&member, &member)) {
		uint64_t at = 0;
		Dwarf_Die type;
		bool base = dwarf_tag(&member) == DW_TAG_inheritance;
		if ((dwarf_tag(&member) != DW_TAG_member && !base) || !member_offset(&member, &at) || at > offset ||
		    !follow(&member, DW_AT_type, &type))
			continue;
		uint64_t size = size_of(way, type);
		if (size && offset - at >= size)
			continue;
		const char *name = base ? NULL : dwarf_diename(&member);
		if (name && *name) {
			buffer_add_string(way->name, ".");
			buffer_add(way->name, name, strnlen(name, LONGEST_PART));
		}
		enum fit fit = go_down(way, type, offset - at);
		if (!found || fit > best_fit) {
			found = true;
			best_fit = fit;
			best.size = 0;
			buffer_add(&best, way->name->data + before, way->name->size - before);
		}
		way->name->size = before;
	}
	if (found)
		buffer_add(way->name, best.data, best.size);
	else if (offset)
		buffer_add_format(way->name, "+0x%" PRIx64, offset);
	buffer_free(&best);
	return found ? best_fit : FIT_INSIDE;
}

/* std::array has nothing but the elements, which the author counts and libstdc++ names. */
static bool only_array(struct way *way, Dwarf_Die *whole, Dwarf_Die *array)
{
	Dwarf_Die member;
	bool found = false;
	for (int more = dwarf_child(whole, &member); more == 0 && spend(way); more = dwarf_siblingof(&member, &member)) {
		if (dwarf_tag(&member) == DW_TAG_inheritance)
			return false;
		if (dwarf_tag(&member) != DW_TAG_member || dwarf_hasattr(&member, DW_AT_declaration))
			continue;
		bool lock = false;
		if (found || !follow(&member, DW_AT_type, array) || !peel(array, &lock) || lock)
			return false;
		found = dwarf_tag(array) == DW_TAG_array_type;
		if (!found)
			return false;
	}
	return found;
}

/* Adds to the name what leads from the start of the type to the address. */
static enum fit go_down(struct way *way, Dwarf_Die type, uint64_t offset)
{
	bool lock = false;
	enum fit fit = FIT_INSIDE;
	Dwarf_Die array;
	if (!spend(way) || way->depth == MOST_DEPTH || !peel(&type, &lock))
		goto end;
	way->depth++;
	switch (lock ? DW_TAG_base_type : dwarf_tag(&type)) {
	case DW_TAG_array_type:
		fit = go_into_array(way, &type, offset);
		offset = 0;
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		if (!debug_info_is_std(way->info, &type)) {
			fit = go_into_members(way, &type, offset);
			offset = 0;
		} else if (only_array(way, &type, &array)) {
			fit = go_into_array(way, &array, offset);
			offset = 0;
		} else {
			fit = offset ? FIT_INSIDE : FIT_LOCK;
		}
		break;
	default:
		fit = offset ? FIT_INSIDE : lock ? FIT_LOCK : FIT_START;
	}
	way->depth--;
end:
	if (offset)
		buffer_add_format(way->name, "+0x%" PRIx64, offset);
	return fit;
}

static void find_declaration(struct debug_info *info, Dwarf_Die *die, struct debug_named *named)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number = 0, line = 0;
	if (!debug_info_attribute(die, DW_AT_decl_file, &attribute) || dwarf_formudata(&attribute, &number))
		return;
	/* The number counts in the table of the unit that the attribute stands in. */
	Dwarf_Die unit;
	if (!dwarf_cu_die(attribute.cu, &unit, NULL, NULL, NULL, NULL, NULL, NULL))
		return;
	const char *file = debug_info_file(info, &unit, number);
	if (!file)
		return;
	named->file = memory_string(file);
	if (debug_info_attribute(die, DW_AT_decl_line, &attribute) && dwarf_formudata(&attribute, &line) == 0 &&
	    line <= INT32_MAX)
		named->line = (int)line;
}

bool debug_variable_find(struct debug_info *info, uint64_t address, uint64_t size, struct debug_named *named)
{
	*named = (struct debug_named){0};
	debug_info_read_variables(info);
	size_t low = 0, high = info->variable_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->variables[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	const struct debug_variable *variable = &info->variables[low - 1];
	Dwarf_Die die, type;
	uint64_t offset = address - variable->address;
	struct buffer name = {0};
	struct way way = {.info = info, .name = &name};
	bool typed = dwarf_offdie(info->dwarf, variable->die, &die) && follow(&die, DW_AT_type, &type);
	uint64_t own_size = typed ? size_of(&way, type) : 0;
	if (own_size)
		size = own_size;
	if ((offset && offset >= size) || !debug_info_name(info, &die, &name)) {
		buffer_free(&name);
		return false;
	}
	named->base = memory_string(name.data);
	named->offset = offset;
	if (typed)
		go_down(&way, type, offset);
	else if (offset)
		buffer_add_format(&name, "+0x%" PRIx64, offset);
	named->name = buffer_take(&name);
	find_declaration(info, &die, named);
	return true;
}
