/* Says on what kind of machine a measurement is taken. Reads nothing that tells which machine, or whose. */
#ifndef LIVEPOST_MEASURE_MACHINE_H
#define LIVEPOST_MEASURE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* Texts are valid UTF-8 without control characters. */
struct machine {
	char cpu[128];
	int cores;             /* CPUs this process may run on */
	char kernel[160];      /* system and release: "Linux 6.1.0-13-amd64" */
	uint64_t memory_bytes; /* physical memory the kernel has */
	char hypervisor[64];   /* empty on bare metal, and where nothing tells */
};

void machine_read(struct machine *machine);

/* The parts of machine_read that depend on text, with the text given. Each writes a NUL-terminated text of at most
   size - 1 bytes into `name`.
   machine_cpu_name: from /proc/cpuinfo; `architecture` (uname's machine) where it names no model.
   machine_hypervisor_name: from the 12 bytes of CPUID leaf 0x40000000 (or NULL), /sys/hypervisor/type and DMI's vendor
   and product (or NULL each); empty when none of them names a hypervisor. */
void machine_cpu_name(const char *cpuinfo, const char *architecture, char *name, size_t size);
struct machine_signs {
	const char *cpuid, *xen_type, *dmi_vendor, *dmi_product;
};
void machine_hypervisor_name(const struct machine_signs *signs, char *name, size_t size);

#endif
