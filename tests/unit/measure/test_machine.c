/* What machines of several kinds say of themselves, and this one. */
#include "measure/machine.h"
#include "measure/plain_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

static void check_cpu(const char *cpuinfo, const char *expected)
{
	char name[128];
	machine_cpu_name(cpuinfo, "aarch64", name, sizeof name);
	assert_string_equal(name, expected);
}

static void test_cpu(void **state)
{
	(void)state;
	check_cpu("processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 142\n"
	          "model name\t: Intel(R) Core(TM) i7 CPU       870  @ 2.93GHz\nmodel name\t: another\n",
	          "Intel(R) Core(TM) i7 CPU 870 @ 2.93GHz");
	check_cpu("processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
	          "CPU part\t: 0xd0c\n", "aarch64, implementer 0x41, part 0xd0c");
	check_cpu("processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t: 2.2GHz\n", "POWER9, altivec supported");
	check_cpu("cpu MHz\t: 1000\nsystem type\t: x\ncpu model\t\t: MIPS 24Kc V7.4\n", "MIPS 24Kc V7.4");
	check_cpu("hart\t: 0\nuarch\t: sifive,u74-mc", "sifive,u74-mc");
	check_cpu("", "aarch64");
	check_cpu("model name\t: \n", "aarch64");
	check_cpu("model name\t: \nmodel name\t: late\n", "late");
	check_cpu("model name without a colon\nCPU part\t: 0xd0c\n", "aarch64");
	check_cpu("model name: a\033[31m\xff name", "a?[31m? name");
}

static void check_hypervisor(struct machine_signs signs, const char *expected)
{
	char name[64] = "untouched";
	machine_hypervisor_name(&signs, name, sizeof name);
	assert_string_equal(name, expected);
}

static void test_hypervisor(void **state)
{
	(void)state;
	check_hypervisor((struct machine_signs){.cpuid = "KVMKVMKVM"}, "KVM");
	check_hypervisor((struct machine_signs){.cpuid = "Microsoft Hv"}, "Hyper-V");
	check_hypervisor((struct machine_signs){.cpuid = "XenVMMXenVMM", .xen_type = "xen\n"}, "Xen");
	check_hypervisor((struct machine_signs){.cpuid = " SomethingNew"}, "SomethingNew");
	check_hypervisor((struct machine_signs){.cpuid = "", .dmi_vendor = "LENOVO", .dmi_product = "20QD"}, "");
	check_hypervisor((struct machine_signs){.cpuid = "", .dmi_vendor = "QEMU", .dmi_product = "KVM"}, "");
	check_hypervisor((struct machine_signs){.cpuid = "", .xen_type = "xen\n"}, "Xen");
	check_hypervisor((struct machine_signs){0}, "");
	check_hypervisor((struct machine_signs){.dmi_vendor = "QEMU\n", .dmi_product = "KVM Virtual Machine\n"}, "KVM");
	check_hypervisor((struct machine_signs){.dmi_vendor = "QEMU\n", .dmi_product = "virt-8.2\n"}, "QEMU");
	check_hypervisor((struct machine_signs){.dmi_vendor = "Microsoft Corporation\n",
	                                        .dmi_product = "Virtual Machine\n"}, "Hyper-V");
	check_hypervisor((struct machine_signs){.dmi_vendor = "Microsoft Corporation\n", .dmi_product = "Surface\n"}, "");
	check_hypervisor((struct machine_signs){.dmi_vendor = "Amazon EC2\n", .dmi_product = "m7g.large\n"}, "Amazon EC2");
	check_hypervisor((struct machine_signs){.dmi_vendor = "Amazon EC2\n", .dmi_product = "m7g.metal\n"}, "");
	check_hypervisor((struct machine_signs){.dmi_vendor = "Raspberry Pi\n"}, "");
}

static void test_this_machine(void **state)
{
	(void)state;
	struct machine machine;
	struct utsname system;
	machine_read(&machine);
	uname(&system);
	assert_true(machine.cpu[0]);
	assert_true(machine.cores >= 1);
	assert_true(machine.memory_bytes > 16u << 20);
	assert_memory_equal(machine.kernel, "Linux ", 6);
	assert_string_equal(machine.kernel + 6, system.release);
	print_message("# %s, %d cores, %s, %llu MiB, %s\n", machine.cpu, machine.cores, machine.kernel,
	              (unsigned long long)(machine.memory_bytes >> 20), *machine.hypervisor ? machine.hypervisor : "bare");
}

static void check_plain(const char *bytes, size_t length, size_t size, const char *expected)
{
	char name[64];
	assert_int_equal(plain_name(bytes, length, name, size), strlen(expected));
	assert_string_equal(name, expected);
}

#define PLAIN(bytes, expected) check_plain(bytes, sizeof bytes - 1, 64, expected)

static void test_plain_names(void **state)
{
	(void)state;
	PLAIN("gravy", "gravy");
	PLAIN("", "");
	PLAIN("  two \t\n words  ", "two words");
	PLAIN("k\303\266che \342\202\254 \360\237\245\224", "k\303\266che \342\202\254 \360\237\245\224");
	PLAIN("a\001b\177c\033d", "a?b?c?d");
	PLAIN("a\302\205b", "a??b");                /* a C1 control */
	PLAIN("\300\200\301\277", "????");          /* longer than they need to be */
	PLAIN("\340\200\200\360\200\200\200", "???????");
	PLAIN("\355\240\200", "???");               /* a surrogate */
	PLAIN("\364\220\200\200\365\377", "??????");  /* behind the last code point */
	PLAIN("a\200b\303(", "a?b?(");
	PLAIN("exactly 15 by\303", "exactly 15 by"); /* cut by the kernel's 15 bytes */
	PLAIN("cut \342\202", "cut");
	check_plain("a\0b", 3, 64, "a?b");
	check_plain("abcdef", 6, 4, "abc");
	check_plain("abcdef", 6, 1, "");
	check_plain("ab\303\266", 4, 4, "ab");      /* no half characters for want of room */
	check_plain("abc def", 7, 5, "abc");        /* nor a blank at the end */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_hypervisor),
		cmocka_unit_test(test_this_machine),
		cmocka_unit_test(test_plain_names),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
