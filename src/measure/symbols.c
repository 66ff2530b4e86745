/* Names for the addresses of a program that ran: which module an address lies in, who knows its name, what was answered
   before. */
#include "measure/symbols.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "measure/debug_info.h"
#include "measure/debug_variable.h"
#include "measure/elf_image.h"
#include "measure/elf_symbols.h"
#include "measure/plain_name.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONGEST_NAME = 512,
	LINE_BYTES = 4 << 20, /* of line number programs */
	ENTRIES = 2 << 20,    /* of lists of units, functions, scopes and variables */
};

struct module {
	struct symbols_module given; /* path is ours */
	const char *name;            /* its last part */
	bool opened, symbols_read, debug_read;
	struct elf_image image, separate; /* separate: what was taken out of it */
	struct elf_symbols table;
	struct debug_info *debug; /* NULL: none */
};

enum question { ASKED_FUNCTION = 1, ASKED_LINE, ASKED_VARIABLE };

struct answer {
	uint64_t address;
	enum question question; /* 0: an empty slot */
	const void *value;      /* NULL: there is no name */
};

struct symbols {
	struct module *modules; /* sorted by bias */
	size_t module_count;
	char *root; /* with a slash behind; NULL: none */
	struct debug_budget budget;
	struct answer *answers; /* a hash table, never full */
	size_t answer_count, answer_room;
	void **kept; /* what answers are made of */
	size_t kept_count, kept_room;
};

static void *keep(struct symbols *symbols, void *value)
{
	if (symbols->kept_count == symbols->kept_room) {
		symbols->kept_room = symbols->kept_room ? 2 * symbols->kept_room : 64;
		symbols->kept = memory_resize(symbols->kept, symbols->kept_room, sizeof *symbols->kept);
	}
	return symbols->kept[symbols->kept_count++] = value;
}

/* NULL for a name that has nothing to show. */
static const char *keep_name(struct symbols *symbols, const char *name)
{
	char plain[LONGEST_NAME];
	size_t length = plain_name(name, strlen(name), plain, sizeof plain);
	return length ? keep(symbols, memory_copy(plain, length)) : NULL;
}

static int compare_modules(const void *left, const void *right)
{
	const struct module *a = left, *b = right;
	return a->given.bias < b->given.bias ? -1 : a->given.bias > b->given.bias;
}

struct symbols *symbols_open(const struct symbols_module *modules, size_t count, const char *root)
{
	struct symbols *symbols = memory_zero(1, sizeof *symbols);
	if (count > SYMBOLS_MODULES)
		count = SYMBOLS_MODULES;
	symbols->modules = memory_zero(count + 1, sizeof *symbols->modules);
	for (size_t i = 0; i < count; i++) {
		struct module *module = &symbols->modules[symbols->module_count++];
		module->given = modules[i];
		module->given.path = keep(symbols, memory_string(modules[i].path ? modules[i].path : ""));
		const char *slash = strrchr(module->given.path, '/');
		const char *name = keep_name(symbols, slash ? slash + 1 : module->given.path);
		module->name = name ? name : "";
	}
	qsort(symbols->modules, symbols->module_count, sizeof *symbols->modules, compare_modules);
	if (root) {
		struct buffer path = {0};
		buffer_add_format(&path, "%s%s", root, *root && root[strlen(root) - 1] == '/' ? "" : "/");
		symbols->root = buffer_take(&path);
	}
	symbols->budget = (struct debug_budget){.cpu_ns = SYMBOLS_CPU_NS, .line_bytes = LINE_BYTES, .entries = ENTRIES};
	return symbols;
}

static void close_module(struct module *module)
{
	debug_info_free(module->debug);
	elf_symbols_free(&module->table);
	elf_image_close(&module->separate);
	elf_image_close(&module->image);
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->module_count; i++)
		close_module(&symbols->modules[i]);
	for (size_t i = 0; i < symbols->kept_count; i++)
		free(symbols->kept[i]);
	free(symbols->kept);
	free(symbols->modules);
	free(symbols->answers);
	free(symbols->root);
	free(symbols);
}

static bool is_open(struct module *module)
{
	if (!module->opened) {
		module->opened = true;
		if (module->given.bytes)
			elf_image_open_bytes(module->given.bytes, module->given.size, &module->image);
		else
			elf_image_open_file(module->given.path, &module->image);
	}
	return module->image.elf;
}

/* The module that the address lies in, and the address as its file has it. */
static struct module *find_module(struct symbols *symbols, uint64_t address, uint64_t *in_file)
{
	/* From the nearest one down; those behind the address are left closed. */
	for (size_t i = symbols->module_count; i-- > 0;) {
		struct module *module = &symbols->modules[i];
		if (module->given.bias > address && !(module->opened && module->image.fixed))
			continue;
		if (!is_open(module))
			continue;
		*in_file = module->image.fixed ? address : address - module->given.bias;
		if (elf_image_contains(&module->image, *in_file))
			return module;
	}
	return NULL;
}

/* What a library of this machine lacks may be installed beside it: static functions, that is, as the lines of libc are
   not worth unpacking megabytes. Not for what the author built, whose build id may say anything. */
static bool read_separate(struct module *module, struct elf_symbols *table)
{
	*table = (struct elf_symbols){0};
	if (module->given.bytes || !elf_image_open_debug(&module->image, &module->separate))
		return false;
	elf_symbols_read(module->separate.elf, table);
	if (!table->complete)
		elf_symbols_free(table);
	return table->complete;
}

static const struct elf_symbols *table_of(struct module *module)
{
	if (!module->symbols_read) {
		module->symbols_read = true;
		elf_symbols_read(module->image.elf, &module->table);
		struct elf_symbols whole;
		if (!module->table.complete && read_separate(module, &whole)) {
			elf_symbols_free(&module->table);
			module->table = whole;
		}
	}
	return &module->table;
}

static struct debug_info *debug_of(struct symbols *symbols, struct module *module)
{
	if (!module->debug_read) {
		module->debug_read = true;
		if (module->image.debug)
			module->debug = debug_info_open(module->image.elf, &symbols->budget);
	}
	return module->debug;
}

/* Writes the path (cut where it is longer than paths can be) without "." and "..". What leads above the top stays. */
static void normalise(const char *path, char out[PATH_MAX])
{
	bool absolute = *path == '/';
	char *start = out + absolute, *to = start, *floor = start;
	if (absolute)
		*out = '/';
	for (const char *from = path + absolute; *from;) {
		size_t size = strcspn(from, "/");
		bool up = size == 2 && from[0] == '.' && from[1] == '.';
		if ((size_t)(to - out) + size + 2 > PATH_MAX)
			break;
		if (up && to > floor) {
			to--;
			while (to > floor && to[-1] != '/')
				to--;
		} else if (size && !(size == 1 && *from == '.') && !(up && absolute)) {
			memcpy(to, from, size);
			to += size;
			*to++ = '/';
			if (up)
				floor = to;
		}
		from += size + (from[size] == '/');
	}
	if (to > start)
		to--;
	*to = '\0';
}

struct owner {
	const char *root;
	bool ours; /* the module is what the author built */
};

/* The path as it is told. Returns whether it is a file of the author's. */
static bool tell_path(const struct owner *owner, const char *path, char told[PATH_MAX])
{
	static const char *const system[] = {"/usr/", "/lib/", "/lib32/", "/lib64/", "/nix/store/", "/gnu/store/"};
	normalise(path, told);
	size_t root = owner->root ? strlen(owner->root) : 0;
	if (root && strncmp(told, owner->root, root) == 0) {
		memmove(told, told + root, strlen(told + root) + 1);
		return owner->ours;
	}
	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		if (strncmp(told, system[i], strlen(system[i])) == 0)
			return false;
	/* "<built-in>" and "<artificial>" are no files. */
	return owner->ours && *told && *told != '<';
}

static bool is_own(const char *path, void *context)
{
	char told[PATH_MAX];
	return tell_path(context, path, told);
}

static const char *keep_path(struct symbols *symbols, const struct owner *owner, const char *path)
{
	char told[PATH_MAX], plain[PATH_MAX];
	tell_path(owner, path, told);
	size_t length = plain_name(told, strlen(told), plain, sizeof plain);
	return length ? keep(symbols, memory_copy(plain, length)) : NULL;
}

/* Without a version, and without what compilers add to the names of pieces and copies of functions, "cook.part.0", and
   of static variables in functions: gcc's "lock.0", clang's "cook.lock". */
static const char *keep_symbol(struct symbols *symbols, const struct elf_symbol *symbol, bool variable)
{
	const char *name = symbol->name;
	size_t length = strnlen(name, LONGEST_NAME), mark = 0;
	for (size_t i = 1; i < length && !mark; i++)
		if (name[i] == '@' || (name[i] == '.' && (!variable || strchr("0123456789", name[i + 1]))))
			mark = i;
	length = mark ? mark : length;
	for (size_t i = length; variable && i-- > 1;)
		if (name[i] == '.') {
			name += i + 1;
			length -= i + 1;
			break;
		}
	char cut[LONGEST_NAME + 1];
	memcpy(cut, name, length);
	cut[length] = '\0';
	return keep_name(symbols, cut);
}

static const char *function_by_symbol(struct symbols *symbols, struct module *module, uint64_t at)
{
	const struct elf_symbol *symbol = elf_symbols_function(table_of(module), at);
	return symbol ? keep_symbol(symbols, symbol, false) : NULL;
}

static const char *find_function(struct symbols *symbols, uint64_t address)
{
	uint64_t at = 0;
	struct module *module = find_module(symbols, address, &at);
	if (!module)
		return NULL;
	/* Libraries have public names in their tables, pthread_mutex_lock, and in DWARF those of their sources. */
	const char *found = module->given.bytes ? NULL : function_by_symbol(symbols, module, at);
	if (found)
		return found;
	struct buffer name = {0};
	struct debug_info *debug = debug_of(symbols, module);
	if (debug && debug_info_function(debug, at, &name))
		found = keep_name(symbols, name.data);
	buffer_free(&name);
	return found ? found : function_by_symbol(symbols, module, at);
}

static const struct symbols_place *find_place(struct symbols *symbols, uint64_t address)
{
	uint64_t at = 0;
	/* The call itself stands before the address that it returns to, which may belong to the next line. */
	struct module *module = address ? find_module(symbols, address - 1, &at) : NULL;
	if (!module)
		return NULL;
	struct owner owner = {symbols->root, module->given.bytes != NULL};
	struct symbols_place found = {.module = module->name};
	struct debug_place place = {0};
	struct debug_info *debug = debug_of(symbols, module);
	if (debug && debug_info_place(debug, at, is_own, &owner, &place)) {
		found.file = place.file ? keep_path(symbols, &owner, place.file) : NULL;
		found.line = found.file ? place.line : 0;
		found.function = place.function ? keep_name(symbols, place.function) : NULL;
		found.own = found.file && place.own;
	}
	free(place.file);
	free(place.function);
	if (!found.function)
		found.function = function_by_symbol(symbols, module, at);
	if (!found.file && !found.function && !*found.module)
		return NULL;
	return keep(symbols, memory_copy((const char *)&found, sizeof found));
}

/* What a symbol alone tells: the whole, and how far into it. */
static bool name_by_symbol(struct symbols *symbols, const struct elf_symbol *symbol, uint64_t at,
                           struct symbols_variable *found)
{
	found->base = keep_symbol(symbols, symbol, true);
	if (!found->base)
		return false;
	found->offset = at - symbol->address;
	found->name = found->base;
	if (found->offset) {
		struct buffer name = {0};
		buffer_add_format(&name, "%s+0x%" PRIx64, found->base, found->offset);
		found->name = keep(symbols, buffer_take(&name));
	}
	return true;
}

static const struct symbols_variable *find_variable(struct symbols *symbols, uint64_t address)
{
	uint64_t at = 0;
	struct module *module = find_module(symbols, address, &at);
	if (!module)
		return NULL;
	const struct elf_symbols *table = table_of(module);
	const struct elf_symbol *symbol = elf_symbols_object(table, at);
	/* A complete table has every variable: no need to read all of DWARF to find none. */
	struct debug_info *debug = !symbol && table->complete ? NULL : debug_of(symbols, module);
	struct symbols_variable found = {0};
	struct debug_named named = {0};
	struct owner owner = {symbols->root, module->given.bytes != NULL};
	bool known = false;
	/* A symbol that begins nearer to the address is another variable, of a file without debugging information. */
	if (debug && debug_variable_find(debug, at, symbol ? symbol->size : 0, &named) &&
	    (!symbol || symbol->address <= at - named.offset)) {
		found.name = keep_name(symbols, named.name);
		found.base = keep_name(symbols, named.base);
		found.offset = named.offset;
		found.file = named.file ? keep_path(symbols, &owner, named.file) : NULL;
		found.line = found.file ? named.line : 0;
		known = found.name && found.base;
	}
	free(named.name);
	free(named.base);
	free(named.file);
	if (!known && symbol)
		known = name_by_symbol(symbols, symbol, at, &found);
	return known ? keep(symbols, memory_copy((const char *)&found, sizeof found)) : NULL;
}

static struct answer *find_slot(const struct symbols *symbols, enum question question, uint64_t address)
{
	/* The factor is 2 to the 64th divided by the golden ratio: neighbours land far apart. */
	uint64_t spread = (address ^ (uint64_t)question << 60) * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(spread >> 32) & (symbols->answer_room - 1);
	while (symbols->answers[at].question &&
	       (symbols->answers[at].question != question || symbols->answers[at].address != address))
		at = (at + 1) & (symbols->answer_room - 1);
	return &symbols->answers[at];
}

static void make_room(struct symbols *symbols)
{
	if (2 * (symbols->answer_count + 1) <= symbols->answer_room)
		return;
	struct answer *old = symbols->answers;
	size_t old_room = symbols->answer_room;
	symbols->answer_room = old_room ? 2 * old_room : 64;
	symbols->answers = memory_zero(symbols->answer_room, sizeof *symbols->answers);
	for (size_t i = 0; i < old_room; i++)
		if (old[i].question)
			*find_slot(symbols, old[i].question, old[i].address) = old[i];
	free(old);
}

static const void *ask(struct symbols *symbols, enum question question, uint64_t address)
{
	make_room(symbols);
	struct answer *slot = find_slot(symbols, question, address);
	if (slot->question)
		return slot->value;
	if (symbols->answer_count == SYMBOLS_ANSWERS)
		return NULL;
	debug_budget_start(&symbols->budget);
	const void *value = NULL;
	switch (question) {
	case ASKED_FUNCTION:
		value = find_function(symbols, address);
		break;
	case ASKED_LINE:
		value = find_place(symbols, address);
		break;
	case ASKED_VARIABLE:
		value = find_variable(symbols, address);
		break;
	}
	debug_budget_stop(&symbols->budget);
	*slot = (struct answer){address, question, value};
	symbols->answer_count++;
	return value;
}

const char *symbols_function(struct symbols *symbols, uint64_t address)
{
	return ask(symbols, ASKED_FUNCTION, address);
}

const struct symbols_place *symbols_line(struct symbols *symbols, uint64_t return_address)
{
	return ask(symbols, ASKED_LINE, return_address);
}

const struct symbols_variable *symbols_variable(struct symbols *symbols, uint64_t address)
{
	return ask(symbols, ASKED_VARIABLE, address);
}
