/* An ELF file that nobody vouches for, held open within limits. Knows its segments, not the names in it. */
#ifndef LIVEPOST_MEASURE_ELF_IMAGE_H
#define LIVEPOST_MEASURE_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libelf.h>

struct elf_segment {
	uint64_t start, end; /* addresses as the file has them */
};

/* {0} is a closed image. */
struct elf_image {
	Elf *elf;
	bool fixed; /* it runs only at the addresses in the file */
	bool debug; /* its debugging sections are small enough, and complete in this file */
	struct elf_segment *segments; /* those that are loaded */
	size_t segment_count;
	void *mapping; /* NULL when the bytes are the caller's */
	size_t mapping_size;
};

/* A program or shared library of any class and byte order. `bytes` must stay until the image is closed, and are only
   read. false, with a closed image, when they are no such file. */
bool elf_image_open_bytes(const void *bytes, size_t size, struct elf_image *image);
/* The same for a file of this machine; false also where symbols_open would not open the path. */
bool elf_image_open_file(const char *path, struct elf_image *image);
/* The file with the debugging sections that were taken out of `image`; false where none is installed. */
bool elf_image_open_debug(const struct elf_image *image, struct elf_image *debug);
void elf_image_close(struct elf_image *image); /* takes NULL and a closed image */

bool elf_image_contains(const struct elf_image *image, uint64_t address); /* as the file has it, in a segment */

#endif
