/* Says on what kind of machine a measurement is taken. */
#include "measure/machine.h"

#include "measure/plain_name.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* The value of the first line "key : value"; its length in *length. NULL when there is none or it is empty. */
static const char *find_value(const char *text, const char *key, size_t *length)
{
	size_t key_size = strlen(key);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncasecmp(line, key, key_size) != 0)
			continue;
		const char *value = line + key_size;
		value += strspn(value, " \t");
		if (*value != ':')
			continue;
		value++;
		value += strspn(value, " \t");
		*length = strcspn(value, "\n");
		if (*length)
			return value;
	}
	return NULL;
}

void machine_cpu_name(const char *cpuinfo, const char *architecture, char *name, size_t size)
{
	/* x86 and some others; MIPS; PowerPC; RISC-V. */
	static const char *const keys[] = {"model name", "cpu model", "cpu", "uarch"};
	size_t length = 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const char *value = find_value(cpuinfo, keys[i], &length);
		if (value && plain_name(value, length, name, size))
			return;
	}
	char text[192] = "";
	size_t part_length = 0;
	const char *implementer = find_value(cpuinfo, "CPU implementer", &length);
	const char *part = find_value(cpuinfo, "CPU part", &part_length);
	if (implementer && part)
		snprintf(text, sizeof text, "%.64s, implementer %.*s, part %.*s", architecture,
		         (int)(length < 16 ? length : 16), implementer, (int)(part_length < 16 ? part_length : 16), part);
	else
		snprintf(text, sizeof text, "%.64s", architecture);
	plain_name(text, strlen(text), name, size);
}

struct sign {
	const char *text, *hypervisor;
};

static const char *name_of_sign(const struct sign *signs, size_t count, const char *text)
{
	for (size_t i = 0; text && i < count; i++)
		if (strstr(text, signs[i].text))
			return signs[i].hypervisor;
	return NULL;
}

void machine_hypervisor_name(const struct machine_signs *signs, char *name, size_t size)
{
	static const struct sign by_cpuid[] = {
		{"KVM", "KVM"}, {"Microsoft Hv", "Hyper-V"}, {"VMware", "VMware"}, {"XenVMM", "Xen"}, {"VBox", "VirtualBox"},
		{"TCG", "QEMU"}, {"bhyve", "bhyve"}, {"prl hyperv", "Parallels"}, {"lrpepyh", "Parallels"}, {"ACRN", "ACRN"},
	};
	static const struct sign by_dmi[] = {
		{"KVM", "KVM"}, {"Google Compute Engine", "KVM"}, {"VMware", "VMware"}, {"VirtualBox", "VirtualBox"},
		{"Xen", "Xen"}, {"HVM domU", "Xen"}, {"QEMU", "QEMU"}, {"Parallels", "Parallels"}, {"BHYVE", "bhyve"},
		{"Apple Virtualization", "Apple Virtualization"},
	};
	const char *found = NULL;
	if (signs->cpuid && *signs->cpuid) {
		found = name_of_sign(by_cpuid, sizeof by_cpuid / sizeof *by_cpuid, signs->cpuid);
		if (!found)
			found = signs->cpuid;
	}
	if (!found && signs->xen_type && !strncmp(signs->xen_type, "xen", 3))
		found = "Xen";
	/* A CPU that says there is none is believed: a maker's name alone says little. */
	if (!found && !signs->cpuid) {
		found = name_of_sign(by_dmi, sizeof by_dmi / sizeof *by_dmi, signs->dmi_product);
		if (!found)
			found = name_of_sign(by_dmi, sizeof by_dmi / sizeof *by_dmi, signs->dmi_vendor);
		/* Both have bare machines under the same maker. */
		bool is_virtual_machine = signs->dmi_product && !strncmp(signs->dmi_product, "Virtual Machine", 15);
		if (!found && signs->dmi_vendor && strstr(signs->dmi_vendor, "Microsoft") && is_virtual_machine)
			found = "Hyper-V";
		if (!found && signs->dmi_vendor && strstr(signs->dmi_vendor, "Amazon EC2") && signs->dmi_product &&
		    !strstr(signs->dmi_product, "metal"))
			found = "Amazon EC2";
	}
	if (found)
		plain_name(found, strlen(found), name, size);
	else
		name[0] = '\0';
}

/* The head of a file, at most size - 1 bytes and a NUL; NULL when it cannot be read. */
static const char *read_head(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return NULL;
	size_t length = fread(text, 1, size - 1, file);
	fclose(file);
	text[length] = '\0';
	return text;
}

/* What the CPU says of a hypervisor: "" when there is none, NULL on CPUs that cannot be asked. */
static const char *ask_cpu(char *text, size_t size)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a = 0, b = 0, c = 0, d = 0;
	memset(text, 0, size);
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31) || size < 13)
		return text;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(text, &b, 4);
	memcpy(text + 4, &c, 4);
	memcpy(text + 8, &d, 4);
	return text;
#else
	(void)text;
	(void)size;
	return NULL;
#endif
}

static int count_cores(void)
{
	/* The kernel refuses a set that is smaller than its own. */
	for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
		cpu_set_t *set = CPU_ALLOC((size_t)cpus);
		if (!set)
			break;
		int refused = sched_getaffinity(0, CPU_ALLOC_SIZE((size_t)cpus), set);
		int count = CPU_COUNT_S(CPU_ALLOC_SIZE((size_t)cpus), set);
		CPU_FREE(set);
		if (!refused)
			return count;
	}
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (int)online : 1;
}

void machine_read(struct machine *machine)
{
	struct utsname system = {0};
	char cpuinfo[8192] = "", cpuid[16] = "", type[32] = "", vendor[128] = "", product[128] = "";
	*machine = (struct machine){0};
	uname(&system);
	read_head("/proc/cpuinfo", cpuinfo, sizeof cpuinfo);
	machine_cpu_name(cpuinfo, system.machine, machine->cpu, sizeof machine->cpu);
	machine->cores = count_cores();
	snprintf(machine->kernel, sizeof machine->kernel, "%s %s", system.sysname, system.release);
	long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
	if (pages > 0 && page_size > 0)
		machine->memory_bytes = (uint64_t)pages * (uint64_t)page_size;
	struct machine_signs signs = {
		.cpuid = ask_cpu(cpuid, sizeof cpuid),
		.xen_type = read_head("/sys/hypervisor/type", type, sizeof type),
		.dmi_vendor = read_head("/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor),
		.dmi_product = read_head("/sys/class/dmi/id/product_name", product, sizeof product),
	};
	machine_hypervisor_name(&signs, machine->hypervisor, sizeof machine->hypervisor);
}
