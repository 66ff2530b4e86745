/* Any bytes for a program, any addresses asked of them. The input: the count of addresses (one byte), so many addresses
 * (eight bytes each, as the file has them), the file. A corpus starts best from small programs that were compiled here,
 * with a 0 in front: the addresses that a program's own symbols and segments name are asked for in any case. */
#include "measure/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void ask(struct symbols *symbols, uint64_t address)
{
	const char *function = symbols_function(symbols, address);
	const struct symbols_place *place = symbols_line(symbols, address + 1);
	const struct symbols_variable *variable = symbols_variable(symbols, address);
	/* What is promised of every answer. */
	if (function && !*function)
		abort();
	if (place && ((!place->file && !place->function && !*place->module) || place->line < 0 || (!place->file && place->line)))
		abort();
	if (variable && (!*variable->name || !*variable->base || (variable->line && !variable->file)))
		abort();
	if (symbols_variable(symbols, address) != variable)
		abort();
}

/* A few addresses in each section, as far as the file is an ordinary one. */
static void ask_sections(struct symbols *symbols, const uint8_t *bytes, size_t size)
{
	Elf64_Ehdr file;
	if (size < sizeof file)
		return;
	memcpy(&file, bytes, sizeof file);
	for (size_t i = 0; i < file.e_shnum && i < 64; i++) {
		Elf64_Shdr section;
		if (file.e_shoff > size || size - file.e_shoff < (i + 1) * sizeof section)
			return;
		memcpy(&section, bytes + file.e_shoff + i * sizeof section, sizeof section);
		if (section.sh_flags & (SHF_WRITE | SHF_EXECINSTR))
			for (uint64_t j = 0; j < 16; j++)
				ask(symbols, section.sh_addr + section.sh_size / 16 * j);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (size < 1 || size - 1 < bytes[0] * sizeof(uint64_t))
		return 0;
	size_t count = bytes[0], head = 1 + count * sizeof(uint64_t);
	/* A block of its own, so that a step past its end is seen. */
	uint8_t *file = malloc(size - head + 1);
	if (!file)
		abort();
	memcpy(file, bytes + head, size - head);
	const struct symbols_module module = {.path = "/tmp/program", .bytes = file, .size = size - head};
	struct symbols *symbols = symbols_open(&module, 1, "/site");
	for (size_t i = 0; i < count; i++) {
		uint64_t address = 0;
		memcpy(&address, bytes + 1 + i * sizeof address, sizeof address);
		ask(symbols, address);
	}
	ask_sections(symbols, file, size - head);
	symbols_free(symbols);
	free(file);
	return 0;
}
