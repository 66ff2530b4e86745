/* Says each loaded object once. Knows the loader's list, nothing of symbols. */
#include "probe/modules.h"
#include "probe/log.h"
#include "probe/real.h"
#include "probe/start.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>

enum {
	MODULES = 512,
	TEXT_BYTES = 64 * 1024,
	PATH_BYTES = 3500,
};

struct module {
	uint64_t base, low, high;
	uint32_t path, size; /* in texts */
};
static struct module modules[MODULES];
static char texts[TEXT_BYTES];
static uint32_t module_count, text_used;
static bool looking; /* one thread at a time; who comes meanwhile goes on without */

static void say(const struct module *module)
{
	log_text((struct note){ .kind = PROBE_MODULE, .object = module->base }, texts + module->path, module->size);
}

/* The last one that was said to be there: what is loaded later may lie where another had been. */
static struct module *find(uint64_t address)
{
	for (uint32_t i = __atomic_load_n(&module_count, __ATOMIC_ACQUIRE); i > 0; i--)
		if (address >= modules[i - 1].low && address < modules[i - 1].high)
			return &modules[i - 1];
	return NULL;
}

/* Says a module unless the one that was last known there is the same. Only who holds `looking` comes here. */
static void meet(const char *path, struct module module)
{
	size_t length = path ? strnlen(path, PATH_BYTES) : 0;
	if (!length && module_count == 0) {
		/* The program itself comes first, and without a name. Not on the stack: there may be little of it. */
		static char executable[PATH_BYTES];
		long got = raw_call(SYS_readlinkat, AT_FDCWD, (long)"/proc/self/exe", (long)executable, sizeof executable, 0, 0);
		length = got > 0 ? (size_t)got : 0;
		path = executable;
	}
	const struct module *known = find(module.low);
	if (known && known->low == module.low && known->high == module.high
	    && (!length || (known->size == length && !memcmp(texts + known->path, path, length))))
		return;
	if (module_count == MODULES || TEXT_BYTES - text_used < length)
		return;
	module.path = text_used;
	module.size = (uint32_t)length;
	if (length)
		memcpy(texts + text_used, path, length);
	text_used += (uint32_t)length;
	modules[module_count] = module;
	__atomic_store_n(&module_count, module_count + 1, __ATOMIC_RELEASE);
	say(&module);
}

static int take_module(struct dl_phdr_info *information, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	struct module module = { .base = information->dlpi_addr, .low = UINT64_MAX };
	for (int i = 0; i < information->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &information->dlpi_phdr[i];
		if (part->p_type != PT_LOAD)
			continue;
		uint64_t start = (module.base + part->p_vaddr) & ~(uint64_t)(KERNEL_PAGE - 1);
		uint64_t end = module.base + part->p_vaddr + part->p_memsz;
		module.low = start < module.low ? start : module.low;
		module.high = end > module.high ? end : module.high;
	}
	if (module.high)
		meet(information->dlpi_name, module);
	return 0;
}

/* As <dlfcn.h> has it since glibc 2.35. */
struct found_object {
	unsigned long long flags;
	void *start, *end;
	struct link_map *map;
	void *frames;
	unsigned long long reserved[7];
};

/* The loader's list is behind a lock, and whoever goes through it may be waiting for something that our caller holds: so it
   is looked at as a whole when the process begins, and afterwards, where this glibc can, without the lock and only for
   the code that calls. */
static void look(uint64_t address)
{
	struct found_object found = {0};
	if (!address || !real._dl_find_object) {
		dl_iterate_phdr(take_module, NULL);
	} else if (real._dl_find_object((void *)(uintptr_t)address, &found) == 0 && found.map) {
		/* Its end is that of the whole file's memory, as in the list. */
		meet(found.map->l_name, (struct module){ .base = found.map->l_addr, .low = (uintptr_t)found.start,
		                                         .high = (uintptr_t)found.end });
	}
}

void modules_look(uint64_t address)
{
	if (__atomic_exchange_n(&looking, true, __ATOMIC_ACQUIRE))
		return;
	look(address);
	__atomic_store_n(&looking, false, __ATOMIC_RELEASE);
	/* Also for code that belongs to nobody: it is not looked up for every record. */
	if (address)
		probe_page.caller_pages[address >> 12 & (CALLER_PAGES - 1)] = address >> 12;
}

/* What is loaded next may lie where something else was. */
static void forget_pages(void)
{
	for (size_t i = 1; i < CALLER_PAGES; i++)
		__atomic_store_n(&probe_page.caller_pages[i], 0, __ATOMIC_RELAXED);
}

/* dlopen is not wrapped: it looks at its caller to find what is wanted. New modules are noticed by their first record. */
WRAP int dlclose(void *module)
{
	bool on = probe_on();
	if (!real.dlclose) /* glibc before 2.34: libdl may have come later than we looked */
		real_find();
	int result = real.dlclose(module);
	if (on)
		forget_pages();
	return result;
}

void modules_say_again(void)
{
	looking = false;
	for (uint32_t i = 0; i < module_count; i++)
		say(&modules[i]);
}
