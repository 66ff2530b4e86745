/* Names and lines of programs that are compiled here and tell their own addresses; of files of this machine; and of
 * bytes that no compiler made. */
#include "measure/symbols.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder for each test program, all below one. */
static char top[] = "/tmp/livepost-symbols-XXXXXX";
static int folders;

/* What a program said of itself: where it was loaded, and addresses under names. */
struct subject {
	char folder[64];
	char *bytes;
	size_t size;
	uint64_t bias;
	struct {
		char name[32];
		uint64_t address;
	} told[64];
	size_t told_count;
};

/* Compiled without debugging information, so that it is never the answer. */
static const char TELL_C[] =
	"#include <link.h>\n#include <stdio.h>\n"
	"void tell(const char *name, const void *address);\nvoid here(const char *name);\nvoid tell_bias(void);\n"
	"void tell(const char *name, const void *address) { printf(\"%s %p\\n\", name, address); }\n"
	"void here(const char *name) { tell(name, __builtin_return_address(0)); }\n"
	"static int first(struct dl_phdr_info *info, size_t size, void *data) { (void)size; (void)data;"
	" printf(\"bias %#lx\\n\", (unsigned long)info->dlpi_addr); return 1; }\n"
	"void tell_bias(void) { dl_iterate_phdr(first, NULL); }\n";
static const char TELL_H[] =
	"#include <pthread.h>\n#include <stdlib.h>\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
	"void tell(const char *name, const void *address);\nvoid here(const char *name);\nvoid tell_bias(void);\n"
	"#ifdef __cplusplus\n}\n#endif\n"
	"#define STAY __asm__ volatile(\"\" ::: \"memory\")\n";

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Runs the command in the folder, which must succeed. */
static void run(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void run(const char *folder, const char *format, ...)
{
	struct buffer command = {0};
	char words[512];
	va_list list;
	va_start(list, format);
	vsnprintf(words, sizeof words, format, list);
	va_end(list);
	buffer_add_format(&command, "cd %s && { %s; } >output 2>&1 || { cat output; exit 1; }", folder, words);
	if (system(command.data) != 0)
		fail_msg("%s", command.data);
	buffer_free(&command);
}

static char *read_whole(const char *folder, const char *name, size_t *size)
{
	char path[128];
	struct stat status;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	*size = (size_t)status.st_size;
	char *bytes = memory_zero(*size + 1, 1);
	assert_int_equal(fread(bytes, 1, *size, file), *size);
	fclose(file);
	return bytes;
}

static bool have(const char *command)
{
	char words[128];
	snprintf(words, sizeof words, "command -v %s >/dev/null", command);
	return system(words) == 0;
}

/* Compiles "name\0text" pairs with the command's flags and runs the program for its addresses. */
static void build(struct subject *subject, const char *compiler, const char *flags, const char *const sources[][2])
{
	*subject = (struct subject){0};
	snprintf(subject->folder, sizeof subject->folder, "%s/%d", top, folders++);
	assert_int_equal(mkdir(subject->folder, 0700), 0);
	write_file(subject->folder, "tell.h", TELL_H);
	write_file(subject->folder, "tell.c", TELL_C);
	struct buffer names = {0};
	buffer_add(&names, "", 0);
	for (size_t i = 0; sources[i][0]; i++) {
		write_file(subject->folder, sources[i][0], sources[i][1]);
		if (!strstr(sources[i][0], ".h"))
			buffer_add_format(&names, " %s", sources[i][0]);
	}
	run(subject->folder, "gcc -O1 -D_GNU_SOURCE -c tell.c && %s %s -pthread -o program %s tell.o", compiler, flags, names.data);
	buffer_free(&names);
	run(subject->folder, "./program");
	size_t size = 0;
	char *told = read_whole(subject->folder, "output", &size);
	for (char *line = strtok(told, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long address = 0;
		char name[32];
		assert_int_equal(sscanf(line, "%31s %lx", name, &address), 2);
		if (strcmp(name, "bias") == 0) {
			subject->bias = address;
			continue;
		}
		assert_true(subject->told_count < 64);
		strcpy(subject->told[subject->told_count].name, name);
		subject->told[subject->told_count++].address = address;
	}
	free(told);
	subject->bytes = read_whole(subject->folder, "program", &subject->size);
}

static void take_file(struct subject *subject, const char *name)
{
	free(subject->bytes);
	subject->bytes = read_whole(subject->folder, name, &subject->size);
}

static struct symbols *open_subject(const struct subject *subject)
{
	const struct symbols_module modules[] = {
		{.bias = 0x7f0000000000, .path = "/usr/lib/nowhere.so"},
		{.bias = subject->bias, .path = "/tmp/program", .bytes = subject->bytes, .size = subject->size},
	};
	return symbols_open(modules, 2, subject->folder);
}

static uint64_t at(const struct subject *subject, const char *name)
{
	for (size_t i = 0; i < subject->told_count; i++)
		if (strcmp(subject->told[i].name, name) == 0)
			return subject->told[i].address;
	fail_msg("the program did not tell of %s", name);
	return 0;
}

static void check_text(const char *what, const char *name, const char *expected)
{
	if (!name != !expected || (name && strcmp(name, expected) != 0))
		fail_msg("%s: %s instead of %s", what, name ? name : "NULL", expected ? expected : "NULL");
}

static void check_variable(struct symbols *symbols, const struct subject *subject, const char *told, const char *expected)
{
	const struct symbols_variable *found = symbols_variable(symbols, at(subject, told));
	check_text(told, found ? found->name : NULL, expected);
	if (found)
		assert_int_equal(strncmp(found->name, found->base, strlen(found->base)), 0);
}

static void check_function(struct symbols *symbols, const struct subject *subject, const char *told, const char *expected)
{
	check_text(told, symbols_function(symbols, at(subject, told)), expected);
}

/* expected: "file:line function", with a "+" in front where the line is the author's own. */
static void check_line(struct symbols *symbols, const struct subject *subject, const char *told, const char *expected)
{
	const struct symbols_place *place = symbols_line(symbols, at(subject, told));
	struct buffer text = {0};
	if (place)
		buffer_add_format(&text, "%s%s:%d %s", place->own ? "+" : "", place->file ? place->file : "?", place->line,
		                  place->function ? place->function : "?");
	check_text(told, text.data, expected);
	if (place)
		assert_string_equal(place->module, "program");
	buffer_free(&text);
}

static void close_subject(struct symbols *symbols, struct subject *subject)
{
	symbols_free(symbols);
	free(subject->bytes);
	subject->bytes = NULL;
}

/* Every way to compile that changes how the names are told. */
static const struct {
	const char *compiler, *flags;
} WAYS[] = {
	{"gcc", "-O0 -g"}, {"gcc", "-O2 -g"}, {"gcc", "-O2 -g -gdwarf-4 -no-pie"}, {"gcc", "-O1 -g -gdwarf-3 -gstrict-dwarf"},
	{"gcc", "-O2 -g -gz"}, {"gcc", "-O2 -g -flto"}, {"gcc", "-Os -g -ffunction-sections -fdebug-types-section"},
	{"gcc", "-O2 -g3 -static-pie"}, {"gcc", "-O1 -g -static"}, {"gcc", "-O2 -g -gdwarf-5 -gdwarf64"},
	{"clang", "-O0 -g"}, {"clang", "-O2 -g -gdwarf-5"}, {"clang", "-O2 -g -gdwarf-4 -gz=zlib"},
	{"clang", "-O1 -gline-tables-only"},
};

enum { WAY_COUNT = sizeof WAYS / sizeof *WAYS };

static const char *const LINES[][2] = {
	{"cell.c",
	 "#include \"tell.h\"\n"
	 "#include \"kitchen.h\"\n"
	 "#line 10 \"/usr/include/oven.h\"\n"
	 "static inline __attribute__((always_inline)) void heat(const char *name) { here(name); STAY; }\n"
	 "static __attribute__((noinline)) void cool(void) { here(\"library\"); STAY; }\n"
	 "#line 30 \"posts/2021-03-10-roast.md\"\n"
	 "static inline __attribute__((always_inline)) void take(const char *name) {\n"
	 "\theat(name); STAY;\n"
	 "}\n"
	 "static __attribute__((noinline)) void *cook(void *dish) {\n"
	 "\ttake(\"deep\"); STAY;\n"
	 "\treturn dish;\n"
	 "}\n"
	 "int main(void) {\n"
	 "\ttell_bias();\n"
	 "\there(\"plain\"); STAY;\n"
	 "\theat(\"inlined\"); STAY;\n"
	 "\tcook(NULL); cool(); stir(\"header\"); STAY;\n"
	 "\there(\n"
	 "\t\t\"long\"); STAY;\n"
	 "\treturn 0;\n"
	 "}\n"},
	{"kitchen.h", "static inline void stir(const char *name) {\n\there(name);\n\tSTAY;\n}\n"},
	{0},
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAY_COUNT; i++) {
		if (!have(WAYS[i].compiler))
			continue;
		struct subject subject;
		build(&subject, WAYS[i].compiler, WAYS[i].flags, LINES);
		/* Such a program lies where its file says, whatever it says of itself. */
		if (strstr(WAYS[i].flags, "-no-pie"))
			subject.bias = 0x1000;
		struct symbols *symbols = open_subject(&subject);
		check_line(symbols, &subject, "plain", "+posts/2021-03-10-roast.md:39 main");
		check_line(symbols, &subject, "inlined", "+posts/2021-03-10-roast.md:40 main");
		check_line(symbols, &subject, "deep", "+posts/2021-03-10-roast.md:31 take");
		check_line(symbols, &subject, "header", "+kitchen.h:2 stir");
		check_line(symbols, &subject, "library", "/usr/include/oven.h:11 cool");
		/* What the file was for the compiler does not matter, nor that it is asked twice. */
		assert_ptr_equal(symbols_line(symbols, at(&subject, "deep")), symbols_line(symbols, at(&subject, "deep")));
		close_subject(symbols, &subject);
	}
}

static const char *const VARIABLES[][2] = {
	{"kitchen.c",
	 "#include \"tell.h\"\n"
	 "#include <semaphore.h>\n"
	 "#include <string.h>\n"
	 "typedef pthread_mutex_t hook;\n"
	 "static pthread_mutex_t chef;\n"
	 "hook tray[4], board[2][3];\n"
	 "struct oven { int degrees; pthread_cond_t warm; struct { pthread_mutex_t lock; } door[2]; sem_t slots; };\n"
	 "static struct oven oven, ovens[3];\n"
	 "union drawer { char raw[64]; struct { long n; hook lock; } knife; } drawer;\n"
	 "static volatile int done;\n"
	 "static struct { hook lock; const char *name; } first_member;\n"
	 "static __thread pthread_mutex_t mine;\n"
	 "pthread_spinlock_t spin;\n"
	 "void other(void);\n"
	 "int main(void) {\n"
	 "\tstatic pthread_rwlock_t recipe;\n"
	 "\tpthread_mutex_t on_stack;\n"
	 "\ttell_bias();\n"
	 "\ttell(\"chef\", &chef); tell(\"tray0\", tray); tell(\"tray3\", &tray[3]); tell(\"board\", &board[1][2]);\n"
	 "\ttell(\"warm\", &oven.warm); tell(\"door\", &oven.door[1].lock); tell(\"slots\", &ovens[2].slots);\n"
	 "\ttell(\"drawer\", &drawer.knife.lock); tell(\"done\", (void *)&done); tell(\"member\", &first_member.lock);\n"
	 "\ttell(\"mine\", &mine); tell(\"spin\", (void *)&spin); tell(\"recipe\", &recipe); tell(\"stack\", &on_stack);\n"
	 "\ttell(\"inside\", (char *)&tray[2] + 7); tell(\"main\", (void *)main); tell(\"text\", \"x\");\n"
	 "\tvoid *heap = malloc(100); tell(\"heap\", heap); free(heap);\n"
	 "\tother();\n"
	 "\treturn 0;\n"
	 "}\n"},
	{"other.c",
	 "#include \"tell.h\"\n"
	 "static pthread_mutex_t chef;\n"
	 "extern pthread_mutex_t tray[4];\n"
	 "void other(void);\n"
	 "void other(void) { tell(\"other\", &chef); tell(\"tray1\", &tray[1]); }\n"},
	{0},
};

static void test_variables(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAY_COUNT; i++) {
		if (!have(WAYS[i].compiler) || strstr(WAYS[i].flags, "tables"))
			continue;
		struct subject subject;
		build(&subject, WAYS[i].compiler, WAYS[i].flags, VARIABLES);
		struct symbols *symbols = open_subject(&subject);
		check_variable(symbols, &subject, "chef", "chef");
		check_variable(symbols, &subject, "other", "chef");
		check_variable(symbols, &subject, "tray0", "tray[0]");
		check_variable(symbols, &subject, "tray1", "tray[1]");
		check_variable(symbols, &subject, "tray3", "tray[3]");
		check_variable(symbols, &subject, "inside", "tray[2]+0x7");
		check_variable(symbols, &subject, "board", "board[1][2]");
		check_variable(symbols, &subject, "warm", "oven.warm");
		check_variable(symbols, &subject, "door", "oven.door[1].lock");
		check_variable(symbols, &subject, "slots", "ovens[2].slots");
		check_variable(symbols, &subject, "drawer", "drawer.knife.lock");
		check_variable(symbols, &subject, "member", "first_member.lock");
		check_variable(symbols, &subject, "done", "done");
		check_variable(symbols, &subject, "spin", "spin");
		check_variable(symbols, &subject, "recipe", "recipe");
		check_variable(symbols, &subject, "mine", NULL);
		check_variable(symbols, &subject, "stack", NULL);
		check_variable(symbols, &subject, "heap", NULL);
		check_variable(symbols, &subject, "main", NULL);
		/* Two of one name are told apart by where they stand. */
		const struct symbols_variable *one = symbols_variable(symbols, at(&subject, "chef"));
		const struct symbols_variable *two = symbols_variable(symbols, at(&subject, "other"));
		assert_string_equal(one->file, "kitchen.c");
		assert_int_equal(one->line, 5);
		assert_string_equal(two->file, "other.c");
		assert_int_equal(two->line, 2);
		const struct symbols_variable *part = symbols_variable(symbols, at(&subject, "tray3"));
		assert_string_equal(part->base, "tray");
		assert_int_equal(part->offset, 3 * sizeof(pthread_mutex_t));
		close_subject(symbols, &subject);
	}
}

static const char *const FUNCTIONS[][2] = {
	{"cook.c",
	 "#include \"tell.h\"\n"
	 "static __attribute__((noinline)) void *cook(void *dish) { here(\"middle\"); STAY; return dish; }\n"
	 "void *serve(void *dish); static void *(*volatile start)(void *) = cook;\n"
	 "int main(int argc, char **argv) { (void)argv; tell_bias(); tell(\"cook\", (void *)cook);\n"
	 "\ttell(\"serve\", (void *)serve); start(&argc); here(\"main\"); STAY; return 0; }\n"},
	{"serve.c", "void *serve(void *dish); void *serve(void *dish) { return dish; }\n"},
	{0},
};

static void test_functions(void **state)
{
	(void)state;
	for (size_t i = 1; i < WAY_COUNT; i += 2) {
		if (!have(WAYS[i].compiler))
			continue;
		struct subject subject;
		build(&subject, WAYS[i].compiler, WAYS[i].flags, FUNCTIONS);
		struct symbols *symbols = open_subject(&subject);
		check_function(symbols, &subject, "cook", "cook");
		check_function(symbols, &subject, "middle", "cook");
		check_function(symbols, &subject, "serve", "serve");
		check_function(symbols, &subject, "main", "main");
		/* The byte in front of a function is not part of it, unless it is padding behind another. */
		const char *before = symbols_function(symbols, at(&subject, "cook") - 1);
		assert_true(!before || strcmp(before, "cook") != 0);
		close_subject(symbols, &subject);
	}
}

/* What is left when the debugging information is taken out, then the symbol table. */
static void test_stripped(void **state)
{
	(void)state;
	static const char *const compilers[] = {"gcc", "clang"};
	for (size_t i = 0; i < 2; i++) {
		if (!have(compilers[i]))
			continue;
		struct subject subject;
		build(&subject, compilers[i], "-O2 -g -rdynamic", VARIABLES);
		run(subject.folder, "strip -g -o no-debug program && strip -o bare program");
		take_file(&subject, "no-debug");
		struct symbols *symbols = open_subject(&subject);
		check_variable(symbols, &subject, "chef", "chef");
		check_variable(symbols, &subject, "other", "chef");
		check_variable(symbols, &subject, "recipe", "recipe");
		check_variable(symbols, &subject, "tray0", "tray");
		check_variable(symbols, &subject, "tray3", "tray+0x78");
		check_function(symbols, &subject, "main", "main");
		const struct symbols_variable *found = symbols_variable(symbols, at(&subject, "tray3"));
		assert_string_equal(found->base, "tray");
		assert_int_equal(found->offset, 0x78);
		assert_null(found->file);
		symbols_free(symbols);
		/* Public names stay for the loader. */
		take_file(&subject, "bare");
		symbols = open_subject(&subject);
		check_variable(symbols, &subject, "tray3", "tray+0x78");
		check_variable(symbols, &subject, "chef", NULL);
		check_function(symbols, &subject, "main", "main");
		close_subject(symbols, &subject);

		build(&subject, compilers[i], "-O2 -s", LINES);
		symbols = open_subject(&subject);
		/* Nothing but the file that it is in. */
		const struct symbols_place *place = symbols_line(symbols, at(&subject, "plain"));
		assert_non_null(place);
		assert_null(place->file);
		assert_null(place->function);
		assert_true(*place->module);
		assert_null(symbols_function(symbols, at(&subject, "plain")));
		close_subject(symbols, &subject);

		build(&subject, compilers[i], "-O2 -g0", LINES);
		symbols = open_subject(&subject);
		check_line(symbols, &subject, "deep", "?:0 cook");
		close_subject(symbols, &subject);
	}
}

static void test_compressed(void **state)
{
	(void)state;
	static const char *const kinds[] = {"zlib", "zlib-gnu"};
	for (size_t i = 0; i < 2; i++) {
		struct subject subject;
		build(&subject, "gcc", "-O2 -g", VARIABLES);
		run(subject.folder, "objcopy --compress-debug-sections=%s program packed", kinds[i]);
		take_file(&subject, "packed");
		/* The caller's bytes are only read, also by those who come second. */
		char *area = mmap(NULL, subject.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(area, MAP_FAILED);
		memcpy(area, subject.bytes, subject.size);
		assert_int_equal(mprotect(area, subject.size, PROT_READ), 0);
		const struct symbols_module module = {.bias = subject.bias, .bytes = area, .size = subject.size};
		for (int j = 0; j < 2; j++) {
			struct symbols *symbols = symbols_open(&module, 1, NULL);
			check_variable(symbols, &subject, "tray3", "tray[3]");
			symbols_free(symbols);
		}
		munmap(area, subject.size);
		free(subject.bytes);
	}
}

static const char *const CPLUSPLUS[][2] = {
	{"kitchen.cc",
	 "#include \"tell.h\"\n#include <array>\n#include <mutex>\n"
	 "namespace kitchen {\n"
	 "std::mutex chef;\n"
	 "std::array<std::mutex, 3> forks;\n"
	 "struct oven { static std::mutex door; std::mutex own; void use(); } ovens[2];\n"
	 "std::mutex oven::door;\n"
	 "void oven::use() { static std::mutex inner; tell(\"inner\", &inner); here(\"method\"); STAY; }\n"
	 "__attribute__((noinline)) void cook() { std::lock_guard<std::mutex> guard(chef); here(\"cook\"); STAY; }\n"
	 "}\n"
	 "namespace { std::mutex hidden; }\n"
	 "struct base { int a; pthread_mutex_t lock; }; struct derived : base { std::mutex more; } both;\n"
	 "int main() {\n"
	 "\ttell_bias();\n"
	 "\ttell(\"chef\", &kitchen::chef); tell(\"forks\", &kitchen::forks[2]); tell(\"door\", &kitchen::oven::door);\n"
	 "\ttell(\"own\", &kitchen::ovens[1].own); tell(\"hidden\", &hidden); tell(\"base\", &both.lock);\n"
	 "\ttell(\"more\", &both.more); tell(\"start\", (void *)kitchen::cook); kitchen::cook(); kitchen::ovens[0].use();\n"
	 "\there(\"main\"); STAY;\n"
	 "}\n"},
	{0},
};

static void test_cplusplus(void **state)
{
	(void)state;
	static const char *const ways[][2] = {{"g++", "-O0 -g"}, {"g++", "-O2 -g -gdwarf-4"}, {"clang++", "-O0 -g"},
	                                      {"clang++", "-O2 -g"}};
	for (size_t i = 0; i < 4; i++) {
		if (!have(ways[i][0]))
			continue;
		struct subject subject;
		build(&subject, ways[i][0], ways[i][1], CPLUSPLUS);
		struct symbols *symbols = open_subject(&subject);
		check_variable(symbols, &subject, "chef", "kitchen::chef");
		check_variable(symbols, &subject, "forks", "kitchen::forks[2]");
		check_variable(symbols, &subject, "door", "kitchen::oven::door");
		check_variable(symbols, &subject, "own", "kitchen::ovens[1].own");
		check_variable(symbols, &subject, "hidden", "hidden");
		check_variable(symbols, &subject, "inner", "inner");
		check_variable(symbols, &subject, "base", "both.lock");
		check_variable(symbols, &subject, "more", "both.more");
		check_function(symbols, &subject, "start", "kitchen::cook");
		check_line(symbols, &subject, "method", "+kitchen.cc:9 kitchen::oven::use");
		check_line(symbols, &subject, "cook", "+kitchen.cc:10 kitchen::cook");
		check_line(symbols, &subject, "main", "+kitchen.cc:19 main");
		close_subject(symbols, &subject);
	}
}

static int find_libc(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	struct symbols_module *module = data;
	if (!strstr(info->dlpi_name, "libc.so"))
		return 0;
	module->bias = info->dlpi_addr;
	module->path = info->dlpi_name;
	return 1;
}

static void test_library(void **state)
{
	(void)state;
	struct symbols_module module = {0};
	assert_int_equal(dl_iterate_phdr(find_libc, &module), 1);
	struct symbols *symbols = symbols_open(&module, 1, "/site");
	/* &pthread_mutex_lock may be a jump to it in our own program, or a sanitizer's. */
	uintptr_t lock = (uintptr_t)dlsym(dlopen(module.path, RTLD_LAZY | RTLD_NOLOAD), "pthread_mutex_lock");
	assert_string_equal(symbols_function(symbols, lock), "pthread_mutex_lock");
	const struct symbols_place *place = symbols_line(symbols, lock + 2);
	assert_non_null(place);
	assert_string_equal(place->function, "pthread_mutex_lock");
	assert_string_equal(place->module, "libc.so.6");
	assert_false(place->own);
	symbols_free(symbols);
}

/* Whatever the traced program says that it has loaded. */
static void test_hostile_modules(void **state)
{
	(void)state;
	char pipe_path[64];
	snprintf(pipe_path, sizeof pipe_path, "%s/pipe", top);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	struct subject subject;
	build(&subject, "gcc", "-O2 -g", FUNCTIONS);
	char program[80], link_path[96];
	snprintf(program, sizeof program, "%s/program", subject.folder);
	snprintf(link_path, sizeof link_path, "/usr/../%s/program", subject.folder);
	const char *const paths[] = {
		"", "/", "/usr", "/usr/lib", "/dev/zero", "/dev/stdin", "/proc/self/exe", "/proc/self/mem", "/etc/passwd",
		"/usr/lib/../../etc/passwd", "relative", "../../usr/bin/env", "/usr/share/dict", pipe_path, program, link_path,
		"/usr/bin/\xff\n", "linux-vdso.so.1", "/usr/share/doc/libc6/copyright", NULL,
	};
	alarm(20);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const uint64_t biases[] = {0, subject.bias, UINT64_MAX, 1, UINT64_MAX / 2};
		for (size_t j = 0; j < 5; j++) {
			struct symbols_module module = {.bias = biases[j], .path = paths[i]};
			struct symbols *symbols = symbols_open(&module, 1, "/site");
			assert_null(symbols_function(symbols, at(&subject, "cook")));
			assert_null(symbols_line(symbols, at(&subject, "middle")));
			assert_null(symbols_variable(symbols, UINT64_MAX));
			assert_null(symbols_line(symbols, 0));
			symbols_free(symbols);
		}
	}
	alarm(0);
	/* So many that all are there twice; what is asked of is still found. */
	size_t count = SYMBOLS_MODULES + 100;
	struct symbols_module *many = memory_zero(count, sizeof *many);
	for (size_t i = 0; i < count; i++)
		many[i] = (struct symbols_module){.bias = (uint64_t)i << 40, .path = i % 2 ? "/usr/bin/env" : "/no/such/file"};
	many[7] = (struct symbols_module){.bias = subject.bias, .bytes = subject.bytes, .size = subject.size};
	struct symbols *symbols = symbols_open(many, count, "/site");
	check_function(symbols, &subject, "cook", "cook");
	symbols_free(symbols);
	symbols = symbols_open(NULL, 0, NULL);
	assert_null(symbols_variable(symbols, 1));
	symbols_free(symbols);
	symbols_free(NULL);
	free(many);
	free(subject.bytes);
}

/* Files that DWARF asks to be opened: here each would keep us waiting for ever. */
static void test_files_named_by_dwarf(void **state)
{
	(void)state;
	struct subject subject;
	static const char *const split[] = {"-O2 -g -gdwarf-5 -gsplit-dwarf", "-O2 -g -gdwarf-4 -gsplit-dwarf"};
	alarm(20);
	for (size_t i = 0; i < 2; i++) {
		build(&subject, "gcc", split[i], VARIABLES);
		run(subject.folder, "ls *.dwo && for f in *.dwo; do rm $f && mkfifo $f; done; mkfifo program.dwp");
		struct symbols *symbols = open_subject(&subject);
		check_function(symbols, &subject, "main", "main");
		check_variable(symbols, &subject, "chef", "chef");
		check_variable(symbols, &subject, "tray3", "tray+0x78");
		symbols_line(symbols, at(&subject, "main") + 9);
		close_subject(symbols, &subject);
	}
	build(&subject, "gcc", "-O2 -g", VARIABLES);
	run(subject.folder, "mkfifo waits && printf '%%s\\0%%s' $PWD/waits 01234567890123456789 >link && "
	                    "objcopy --add-section .gnu_debugaltlink=link program linked");
	take_file(&subject, "linked");
	struct symbols *symbols = open_subject(&subject);
	check_variable(symbols, &subject, "tray3", "tray+0x78");
	check_function(symbols, &subject, "main", "main");
	close_subject(symbols, &subject);
	alarm(0);
}

/* Names are shown in pages: they are text whatever the symbol table says. */
static void test_unclean_names(void **state)
{
	(void)state;
	struct subject subject;
	static const char *const sources[][2] = {
		{"cell.c", "#include \"tell.h\"\nint zzqqzzqq; void qqzzqqzz(void); void qqzzqqzz(void) { here(\"line\"); STAY; }\n"
		           "int main(void) { tell_bias(); tell(\"variable\", &zzqqzzqq); qqzzqqzz(); STAY; return 0; }\n"},
		{0},
	};
	build(&subject, "gcc", "-O2 -g", sources);
	for (size_t i = 0; i + 8 <= subject.size; i++)
		if (memcmp(subject.bytes + i, "zzqqzzqq", 8) == 0)
			memcpy(subject.bytes + i, "a\x1b[<\xff\x9b\tb", 8);
		else if (memcmp(subject.bytes + i, "qqzzqqzz", 8) == 0)
			memcpy(subject.bytes + i, "\xc3\xa9t\xc3\xa9\xe2\x80\x01", 8);
	struct symbols *symbols = open_subject(&subject);
	check_variable(symbols, &subject, "variable", "a?[<?? b");
	const struct symbols_place *place = symbols_line(symbols, at(&subject, "line"));
	assert_non_null(place);
	assert_string_equal(place->function, "\xc3\xa9t\xc3\xa9???");
	close_subject(symbols, &subject);
}

static uint64_t random_state;

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

/* Asks about every few bytes of what the sections that are loaded were before anything was damaged. */
static unsigned ask_everything(struct symbols *symbols, const char *bytes, uint64_t bias, unsigned step)
{
	Elf64_Ehdr file;
	unsigned answered = 0;
	memcpy(&file, bytes, sizeof file);
	for (size_t i = 0; i < file.e_shnum; i++) {
		Elf64_Shdr section;
		memcpy(&section, bytes + file.e_shoff + i * sizeof section, sizeof section);
		if (!(section.sh_flags & SHF_ALLOC) || !(section.sh_flags & (SHF_WRITE | SHF_EXECINSTR)))
			continue;
		for (uint64_t address = section.sh_addr; address < section.sh_addr + section.sh_size; address += step) {
			answered += symbols_function(symbols, bias + address) != NULL;
			answered += symbols_line(symbols, bias + address) != NULL;
			answered += symbols_variable(symbols, bias + address) != NULL;
		}
	}
	return answered;
}

/* Where damage reaches the readers: the headers, and the sections of names and of debugging information. */
static size_t pick_place(const char *bytes, size_t size)
{
	Elf64_Ehdr file;
	Elf64_Shdr names, section;
	memcpy(&file, bytes, sizeof file);
	const char *table = bytes + file.e_shoff;
	memcpy(&names, table + file.e_shstrndx * sizeof names, sizeof names);
	uint32_t kind = next_random() % 8;
	if (kind == 0)
		return next_random() % 64;
	if (kind <= 2)
		return (file.e_shoff + next_random() % (file.e_shnum * sizeof section)) % size;
	for (;;) {
		memcpy(&section, table + next_random() % file.e_shnum * sizeof section, sizeof section);
		const char *name = bytes + names.sh_offset + section.sh_name;
		if (section.sh_size && (strstr(name, "debug") || strstr(name, "symtab") || strstr(name, "strtab")))
			return (section.sh_offset + next_random() % section.sh_size) % size;
	}
}

/* Damaged in 1 to 16 places, cut off, and always right in front of a page that cannot be read. */
static void test_damaged(void **state)
{
	(void)state;
	static const struct {
		const char *compiler, *flags;
		const char *const (*sources)[2];
	} seeds[] = {{"gcc", "-O2 -g", VARIABLES}, {"gcc", "-O2 -g -gz", LINES}, {"clang", "-O2 -g", VARIABLES},
	             {"g++", "-O1 -g -gdwarf-4", CPLUSPLUS}};
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	for (size_t i = 0; i < 4; i++) {
		if (!have(seeds[i].compiler))
			continue;
		struct subject subject;
		build(&subject, seeds[i].compiler, seeds[i].flags, seeds[i].sources);
		size_t room = (subject.size + page - 1) / page * page;
		char *area = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		assert_ptr_not_equal(area, MAP_FAILED);
		assert_int_equal(mprotect(area + room, page, PROT_NONE), 0);
		random_state = 0x6c697665706f7374u + i;
		unsigned whole = 0, least = UINT32_MAX;
		for (int turn = 0; turn < 150; turn++) {
			size_t size = turn % 10 == 9 ? next_random() % subject.size : subject.size;
			char *bytes = area + room - size;
			assert_int_equal(mprotect(area, room, PROT_READ | PROT_WRITE), 0);
			memcpy(bytes, subject.bytes, size);
			for (uint32_t n = turn ? 1 + next_random() % 16 : 0; n-- > 0;) {
				size_t place = pick_place(subject.bytes, subject.size);
				static const char values[] = {0, 1, 0x7f, (char)0x80, (char)0xff};
				if (place < size)
					bytes[place] = next_random() % 2 ? (char)next_random() : values[next_random() % sizeof values];
			}
			assert_int_equal(mprotect(area, room, PROT_READ), 0);
			const struct symbols_module module = {.bytes = bytes, .size = size, .path = "/tmp/program"};
			struct symbols *symbols = symbols_open(&module, 1, "/site");
			unsigned answered = ask_everything(symbols, subject.bytes, 0, 5);
			symbols_free(symbols);
			whole = turn ? whole : answered;
			least = answered < least ? answered : least;
		}
		/* The questions reach the names, and the damage does. */
		assert_true(whole > 100);
		assert_true(least < whole / 2);
		munmap(area, room + page);
		free(subject.bytes);
	}
}

static double clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* DWARF that an author can write into a cell to keep us busy: a type that is itself, a structure that begins with 300 of
   itself, and twelve million blocks inside each other. The symbol table still has the names. */
static const char *const ENDLESS[][2] = {
	{"cell.c",
	 "#include \"tell.h\"\n"
	 "int one, two, last;\n"
	 "int main(void) { tell_bias(); tell(\"one\", &one); tell(\"two\", &two); tell(\"main\", (void *)main);\n"
	 "\ttell(\"last\", &last); return 0; }\n"
	 "__asm__(\".section .debug_abbrev\\n\"\n"
	 "\".byte 1,0x11,1, 0x11,1, 0x12,7, 0,0\\n\"                  /* unit: low_pc, high_pc */\n"
	 "\".byte 2,0x34,0, 3,8, 0x49,0x13, 2,0x18, 0,0\\n\"         /* variable: name, type, location */\n"
	 "\".byte 3,0x16,0, 0x49,0x13, 0,0\\n\"                      /* typedef */\n"
	 "\".byte 4,0x13,1, 0xb,0xb, 0,0\\n\"                        /* structure: size */\n"
	 "\".byte 5,0xd,0, 3,8, 0x49,0x13, 0x38,0xb, 0,0\\n\"        /* member: name, type, offset */\n"
	 "\".byte 6,0xb,1, 0,0, 0\\n\"                               /* block */\n"
	 "\".section .debug_info\\nunit: .long unit_end-unit-4\\n.short 4\\n.long 0\\n.byte 8,1\\n.quad main,0x1000\\n\"\n"
	 "\".byte 2\\n.asciz \\\"one\\\"\\n.long again-unit\\n.byte 9,3\\n.quad one\\n\"\n"
	 "\".byte 2\\n.asciz \\\"two\\\"\\n.long whole-unit\\n.byte 9,3\\n.quad two\\n\"\n"
	 "\"again: .byte 3\\n.long again-unit\\n\"\n"
	 "\"whole: .byte 4,200\\n.rept 300\\n.byte 5\\n.asciz \\\"m\\\"\\n.long whole-unit\\n.byte 0\\n.endr\\n.byte 0\\n\"\n"
	 "\".fill DEEP,1,6\\n.fill DEEP,1,0\\n.byte 0\\nunit_end:\\n.text\\n\");\n"},
	{0},
};

static void test_endless(void **state)
{
	(void)state;
	static const char *const depths[] = {"-Wa,--defsym,DEEP=5", "-Wa,--defsym,DEEP=12000000"};
	for (int i = 0; i < 2; i++) {
		struct subject subject;
		build(&subject, "gcc", depths[i], ENDLESS);
		double start = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
		struct symbols *symbols = open_subject(&subject);
		check_variable(symbols, &subject, "one", "one");
		/* However far down it was followed. */
		const struct symbols_variable *two = symbols_variable(symbols, at(&subject, "two") + 1);
		assert_non_null(two);
		assert_string_equal(two->base, "two");
		assert_true(strlen(two->name) < 64);
		check_variable(symbols, &subject, "last", "last");
		check_function(symbols, &subject, "main", "main");
		/* With room for the one call that libdw is in when the budget ends. */
		assert_true(clock_ms(CLOCK_PROCESS_CPUTIME_ID) - start < SYMBOLS_CPU_NS / 1e6 + 2000);
		close_subject(symbols, &subject);
	}
}

/* A cell's names cost a few milliseconds (here with room for a machine under load), asking again nothing. */
static void test_speed(void **state)
{
	(void)state;
	struct subject subject;
	build(&subject, "gcc", "-O2 -g", VARIABLES);
	double start = clock_ms(CLOCK_MONOTONIC);
	struct symbols *symbols = open_subject(&subject);
	for (size_t i = 0; i < subject.told_count; i++) {
		symbols_variable(symbols, subject.told[i].address);
		symbols_line(symbols, subject.told[i].address);
		symbols_function(symbols, subject.told[i].address);
	}
	double first = clock_ms(CLOCK_MONOTONIC);
	for (int i = 0; i < 100000; i++)
		symbols_variable(symbols, subject.told[i % (int)subject.told_count].address);
	double second = clock_ms(CLOCK_MONOTONIC);
	assert_true(first - start < 100);
	assert_true(second - first < 200);
	close_subject(symbols, &subject);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", top);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),          cmocka_unit_test(test_variables),
		cmocka_unit_test(test_functions),      cmocka_unit_test(test_stripped),
		cmocka_unit_test(test_compressed),     cmocka_unit_test(test_cplusplus),
		cmocka_unit_test(test_library),        cmocka_unit_test(test_hostile_modules),
		cmocka_unit_test(test_files_named_by_dwarf), cmocka_unit_test(test_unclean_names),
		cmocka_unit_test(test_damaged),        cmocka_unit_test(test_endless),
		cmocka_unit_test(test_speed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
