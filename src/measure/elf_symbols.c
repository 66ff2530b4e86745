/* The symbol table of an ELF file by address. */
#include "measure/elf_symbols.h"

#include "base/memory.h"

#include <gelf.h>
#include <stdlib.h>

enum {
	MOST_SYMBOLS = 4 << 20,
	/* How many symbols before the nearest are asked whether they contain the address, too: aliases and nested ones. */
	LOOK_BACK = 32,
};

static int compare(const void *left, const void *right)
{
	const struct elf_symbol *a = left, *b = right;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	/* As the table of names has them: comparing the names themselves could be made to take for ever. */
	return a->name < b->name ? -1 : a->name > b->name;
}

/* Of "pthread_mutex_lock", "__pthread_mutex_lock" and a static alias the first is what an author knows. */
static unsigned rank_of(const GElf_Sym *symbol, const char *name)
{
	unsigned underscores = 0;
	while (underscores < 4 && name[underscores] == '_')
		underscores++;
	return 2 * (4 - underscores) + (GELF_ST_BIND(symbol->st_info) != STB_LOCAL);
}

static bool is_function(unsigned type)
{
	return type == STT_FUNC || type == STT_GNU_IFUNC;
}

static void add(struct elf_symbols *symbols, const GElf_Sym *symbol, const char *name, bool thumb)
{
	unsigned type = GELF_ST_TYPE(symbol->st_info);
	bool function = is_function(type);
	/* An undefined function with a value stands for a jump to it, which is the function's address for the program. */
	if (!name || !*name || !symbol->st_value || (symbol->st_shndx == SHN_UNDEF && !function))
		return;
	struct elf_symbol made = {symbol->st_value, symbol->st_size, name, rank_of(symbol, name)};
	if (function && thumb)
		made.address &= ~(uint64_t)1;
	if (function)
		symbols->functions[symbols->function_count++] = made;
	else if (type == STT_OBJECT || type == STT_COMMON)
		symbols->objects[symbols->object_count++] = made;
}

/* Gives back what was set aside for the other kind. */
static struct elf_symbol *settle(struct elf_symbol *list, size_t count)
{
	qsort(list, count, sizeof *list, compare);
	return memory_resize(list, count + 1, sizeof *list);
}

static bool read_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct elf_symbols *symbols)
{
	GElf_Shdr names;
	GElf_Ehdr file;
	Elf_Scn *strings = elf_getscn(elf, header->sh_link);
	if (!strings || !gelf_getshdr(strings, &names) || names.sh_type != SHT_STRTAB || !gelf_getehdr(elf, &file))
		return false;
	/* Unpacking either is work that no linker makes us do. */
	if ((header->sh_flags | names.sh_flags) & SHF_COMPRESSED || !header->sh_entsize)
		return false;
	/* libelf looks for the end of each name from behind: with a table that ends in one it finds it at once. */
	Elf_Data *text = elf_getdata(strings, NULL);
	if (!text || !text->d_buf || !text->d_size || ((const char *)text->d_buf)[text->d_size - 1] != '\0')
		return false;
	Elf_Data *data = elf_getdata(section, NULL);
	size_t count = data ? data->d_size / header->sh_entsize : 0;
	if (!count || count > MOST_SYMBOLS)
		return false;
	symbols->functions = memory_zero(count, sizeof *symbols->functions);
	symbols->objects = memory_zero(count, sizeof *symbols->objects);
	for (size_t i = 1; i < count; i++) {
		GElf_Sym symbol;
		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		unsigned type = GELF_ST_TYPE(symbol.st_info);
		if (is_function(type) || type == STT_OBJECT || type == STT_COMMON)
			add(symbols, &symbol, elf_strptr(elf, header->sh_link, symbol.st_name), file.e_machine == EM_ARM);
	}
	symbols->functions = settle(symbols->functions, symbols->function_count);
	symbols->objects = settle(symbols->objects, symbols->object_count);
	return true;
}

void elf_symbols_read(Elf *elf, struct elf_symbols *symbols)
{
	*symbols = (struct elf_symbols){0};
	static const uint32_t kinds[] = {SHT_SYMTAB, SHT_DYNSYM};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
			GElf_Shdr header;
			if (!gelf_getshdr(section, &header) || header.sh_type != kinds[i])
				continue;
			if (read_section(elf, section, &header, symbols)) {
				symbols->complete = kinds[i] == SHT_SYMTAB;
				return;
			}
		}
}

void elf_symbols_free(struct elf_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->functions);
	free(symbols->objects);
	*symbols = (struct elf_symbols){0};
}

/* How many of them start at or before the address. */
static size_t count_before(const struct elf_symbol *list, size_t count, uint64_t address)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct elf_symbol *find(const struct elf_symbol *list, size_t count, uint64_t address)
{
	size_t before = count_before(list, count, address);
	size_t last = before > LOOK_BACK ? before - LOOK_BACK : 0;
	for (size_t i = before; i-- > last;)
		if (address - list[i].address < list[i].size || address == list[i].address)
			return &list[i];
	return NULL;
}

const struct elf_symbol *elf_symbols_function(const struct elf_symbols *symbols, uint64_t address)
{
	const struct elf_symbol *found = find(symbols->functions, symbols->function_count, address);
	size_t before = found ? 0 : count_before(symbols->functions, symbols->function_count, address);
	if (before && !symbols->functions[before - 1].size)
		found = &symbols->functions[before - 1];
	return found;
}

const struct elf_symbol *elf_symbols_object(const struct elf_symbols *symbols, uint64_t address)
{
	return find(symbols->objects, symbols->object_count, address);
}
