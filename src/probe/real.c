/* Finds the next definition of each wrapped name in the symbol tables of what is loaded. Allocates nothing. */
#include "probe/real.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VERSION_HIDDEN 0x8000u /* not the default version of the name */

struct real real;

#define REAL_ENTRY(name) { #name, offsetof(struct real, name) },
static const struct {
	const char *name;
	size_t offset;
} entries[] = { REAL_NAMES(REAL_ENTRY) REAL_ENTRY(_dl_find_object) };
enum { ENTRIES = sizeof entries / sizeof *entries };

/* The dynamic symbols of one object. */
struct symbols {
	const ElfW(Sym) *table;
	const char *names;
	const ElfW(Half) *versions;
	uint32_t buckets, first, bloom_words, bloom_shift;
	const ElfW(Addr) *bloom;
	const uint32_t *bucket, *chain;
};

static uint32_t hash_name(const char *name)
{
	uint32_t hash = 5381;
	while (*name)
		hash = hash * 33 + (unsigned char)*name++;
	return hash;
}

/* False for an object without a GNU hash table: none that defines our names is known. */
static bool read_symbols(const struct dl_phdr_info *information, struct symbols *symbols)
{
	const ElfW(Dyn) *entry = NULL;
	for (int i = 0; i < information->dlpi_phnum; i++)
		if (information->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (const ElfW(Dyn) *)(information->dlpi_addr + information->dlpi_phdr[i].p_vaddr);
	const uint32_t *hash = NULL;
	*symbols = (struct symbols){0};
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		/* glibc has added the load address to these in place, but not where the section cannot be written (vDSO). */
		ElfW(Addr) address = entry->d_un.d_ptr;
		if (address < information->dlpi_addr)
			address += information->dlpi_addr;
		switch (entry->d_tag) {
		case DT_SYMTAB: symbols->table = (const ElfW(Sym) *)address; break;
		case DT_STRTAB: symbols->names = (const char *)address; break;
		case DT_VERSYM: symbols->versions = (const ElfW(Half) *)address; break;
		case DT_GNU_HASH: hash = (const uint32_t *)address; break;
		default: break;
		}
	}
	if (!hash || !symbols->table || !symbols->names || !hash[0])
		return false;
	symbols->buckets = hash[0];
	symbols->first = hash[1];
	symbols->bloom_words = hash[2];
	symbols->bloom_shift = hash[3];
	symbols->bloom = (const ElfW(Addr) *)(hash + 4);
	symbols->bucket = (const uint32_t *)(symbols->bloom + symbols->bloom_words);
	symbols->chain = symbols->bucket + symbols->buckets;
	return true;
}

static const ElfW(Sym) *find_symbol(const struct symbols *symbols, const char *name)
{
	enum { BITS = sizeof(ElfW(Addr)) * 8 };
	uint32_t hash = hash_name(name);
	ElfW(Addr) word = symbols->bloom[hash / BITS % symbols->bloom_words];
	if (!(word >> hash % BITS & word >> (hash >> symbols->bloom_shift) % BITS & 1))
		return NULL;
	const ElfW(Sym) *old = NULL;
	for (uint32_t i = symbols->bucket[hash % symbols->buckets]; i >= symbols->first; i++) {
		uint32_t found = symbols->chain[i - symbols->first];
		const ElfW(Sym) *symbol = &symbols->table[i];
		unsigned type = symbol->st_info & 0xf;
		if ((found | 1) == (hash | 1) && symbol->st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_GNU_IFUNC)
		    && !strcmp(symbols->names + symbol->st_name, name)) {
			if (!symbols->versions || !(symbols->versions[i] & VERSION_HIDDEN))
				return symbol;
			old = symbol;
		}
		if (found & 1)
			break;
	}
	return old; /* a name that only has old versions */
}

static int take_object(struct dl_phdr_info *information, size_t size, void *passed_us)
{
	(void)size;
	/* The order is the loader's: the program, what is preloaded, what they need. What stands before us wraps us. */
	if (!*(bool *)passed_us) {
		for (int i = 0; i < information->dlpi_phnum; i++) {
			const ElfW(Phdr) *part = &information->dlpi_phdr[i];
			uintptr_t start = information->dlpi_addr + part->p_vaddr;
			if (part->p_type == PT_LOAD && (uintptr_t)&real >= start && (uintptr_t)&real - start < part->p_memsz)
				*(bool *)passed_us = true;
		}
		return 0;
	}
	struct symbols symbols;
	if (!read_symbols(information, &symbols))
		return 0;
	for (size_t i = 0; i < ENTRIES; i++) {
		void **pointer = (void **)((char *)&real + entries[i].offset);
		const ElfW(Sym) *symbol = *pointer ? NULL : find_symbol(&symbols, entries[i].name);
		if (!symbol)
			continue;
		void *address = (void *)(information->dlpi_addr + symbol->st_value);
		if ((symbol->st_info & 0xf) == STT_GNU_IFUNC)
			address = ((void *(*)(void))(uintptr_t)address)();
		*pointer = address;
	}
	return 0;
}

void real_find(void)
{
	bool passed_us = false;
	dl_iterate_phdr(take_object, &passed_us);
	/* glibc before 2.34 without libpthread: locks are empty stubs in libc, which has no stub for trying them. */
	if (!real.pthread_mutex_trylock)
		real.pthread_mutex_trylock = real.pthread_mutex_lock;
}
