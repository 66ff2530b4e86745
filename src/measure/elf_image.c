/* An ELF file that nobody vouches for, held open within limits. */
#include "measure/elf_image.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MOST_SEGMENTS = 256,
	MOST_SECTIONS = 1 << 16,
	LARGEST_FILE = 1 << 30,
	/* All that libelf and libdw unpack, and all debugging sections together. */
	LARGEST_DEBUG = 256 << 20,
	LONGEST_BUILD_ID = 64,
};

/* How large the section is when it is unpacked. */
static uint64_t unpacked_size(Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
	GElf_Chdr compression;
	if (header->sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &compression) ? compression.ch_size : UINT64_MAX;
	if (strncmp(name, ".zdebug", 7) == 0) {
		ssize_t size = dwelf_scn_gnu_compressed_size(section);
		return size < 0 ? UINT64_MAX : (uint64_t)size;
	}
	return header->sh_type == SHT_NOBITS ? 0 : header->sh_size;
}

/* libdw would look for what a supplement or a package holds under names that stand in the file: such files have no
   debugging information here. *packed is set when there is something to unpack. */
static bool debug_fits(Elf *elf, bool *packed)
{
	*packed = false;
	size_t count = 0, names = 0;
	uint64_t total = 0;
	if (elf_getshdrnum(elf, &count) || count > MOST_SECTIONS || elf_getshdrstrndx(elf, &names))
		return false;
	for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
		GElf_Shdr header;
		if (!gelf_getshdr(section, &header))
			return false;
		/* A packed table of names would be unpacked just to read it. */
		bool compressed = header.sh_flags & SHF_COMPRESSED;
		if (compressed && elf_ndxscn(section) == names)
			return false;
		const char *name = elf_strptr(elf, names, header.sh_name);
		if (!name || strcmp(name, ".gnu_debugaltlink") == 0 || strcmp(name, ".debug_sup") == 0)
			return false;
		bool old = strncmp(name, ".zdebug", 7) == 0;
		if (!compressed && !old && strncmp(name, ".debug", 6) != 0)
			continue;
		*packed = *packed || compressed || old;
		uint64_t size = unpacked_size(section, &header, name);
		if (size > LARGEST_DEBUG - total)
			return false;
		total += size;
	}
	return true;
}

static bool read_segments(struct elf_image *image)
{
	size_t count = 0;
	if (elf_getphdrnum(image->elf, &count) || count > MOST_SEGMENTS)
		return false;
	image->segments = memory_zero(count + 1, sizeof *image->segments);
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		if (!gelf_getphdr(image->elf, (int)i, &header))
			return false;
		if (header.p_type == PT_LOAD && header.p_memsz && header.p_vaddr + header.p_memsz > header.p_vaddr)
			image->segments[image->segment_count++] =
				(struct elf_segment){header.p_vaddr, header.p_vaddr + header.p_memsz};
	}
	return image->segment_count > 0;
}

/* Where *packed is set, libelf will write to the bytes: it notes in the section headers what it has unpacked. */
static bool begin(char *bytes, size_t size, struct elf_image *image, bool *packed)
{
	*image = (struct elf_image){0};
	*packed = false;
	GElf_Ehdr header;
	if (!bytes || size < SELFMAG || size > LARGEST_FILE || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return false;
	elf_version(EV_CURRENT);
	image->elf = elf_memory(bytes, size);
	if (!image->elf || elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &header))
		goto fail;
	if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
		goto fail;
	image->fixed = header.e_type == ET_EXEC;
	if (!read_segments(image))
		goto fail;
	image->debug = debug_fits(image->elf, packed);
	return true;
fail:
	elf_image_close(image);
	return false;
}

bool elf_image_open_bytes(const void *bytes, size_t size, struct elf_image *image)
{
	bool packed = false;
	if (!begin((char *)(uintptr_t)bytes, size, image, &packed) || !packed)
		return image->elf;
	/* The caller's bytes stay as they are. */
	elf_image_close(image);
	void *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return false;
	memcpy(copy, bytes, size);
	if (!begin(copy, size, image, &packed)) {
		munmap(copy, size);
		return false;
	}
	image->mapping = copy;
	image->mapping_size = size;
	return true;
}

/* Only what every sandbox has from this machine, so that nobody learns of other files through names. */
static bool is_shared_path(const char *path)
{
	static const char *const folders[] = {"/usr/", "/lib/", "/lib32/", "/lib64/", "/libx32/", "/bin/", "/sbin/",
	                                      "/nix/store/", "/gnu/store/"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

bool elf_image_open_file(const char *path, struct elf_image *image)
{
	*image = (struct elf_image){0};
	char real[PATH_MAX];
	struct stat status;
	bool ok = false, packed = false;
	int file = -1;
	void *bytes = MAP_FAILED;
	size_t size = 0;
	if (path[0] != '/' || !realpath(path, real) || !is_shared_path(real))
		return false;
	/* A pipe would keep us waiting for its writer, a device may do anything when opened. */
	if (lstat(real, &status) || !S_ISREG(status.st_mode))
		return false;
	file = open(real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
	    status.st_size > LARGEST_FILE)
		goto done;
	size = (size_t)status.st_size;
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	if (bytes == MAP_FAILED || !begin(bytes, size, image, &packed))
		goto done;
	image->mapping = bytes;
	image->mapping_size = size;
	ok = true;
done:
	if (!ok && bytes != MAP_FAILED)
		munmap(bytes, size);
	if (file >= 0)
		close(file);
	return ok;
}

bool elf_image_open_debug(const struct elf_image *image, struct elf_image *debug)
{
	*debug = (struct elf_image){0};
	const void *found = NULL;
	ssize_t size = dwelf_elf_gnu_build_id(image->elf, &found);
	if (size < 2 || size > LONGEST_BUILD_ID)
		return false;
	const unsigned char *id = found;
	struct buffer path = {0};
	buffer_add_format(&path, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (ssize_t i = 1; i < size; i++)
		buffer_add_format(&path, "%02x", id[i]);
	buffer_add_string(&path, ".debug");
	bool ok = elf_image_open_file(path.data, debug);
	buffer_free(&path);
	return ok;
}

void elf_image_close(struct elf_image *image)
{
	if (!image)
		return;
	if (image->elf)
		elf_end(image->elf);
	if (image->mapping)
		munmap(image->mapping, image->mapping_size);
	free(image->segments);
	*image = (struct elf_image){0};
}

bool elf_image_contains(const struct elf_image *image, uint64_t address)
{
	for (size_t i = 0; i < image->segment_count; i++)
		if (address >= image->segments[i].start && address < image->segments[i].end)
			return true;
	return false;
}
