# The README's commands: `make setup site` publishes this site, `make setup test` runs all tests; `make help` has more.
# Everything made lands in build/, but for the published site in site/ and the kept measurements in .livepost/.

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
CFLAGS ?= -O2 -g
# An absolute path would make a build depend on where it stands; SANITIZE is for asan-test.
SANITIZE ?=

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wwrite-strings -Werror
PKGS = lua5.4 libcmark yaml-0.1 jansson libxxhash libdw libelf
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null)
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) $(SANITIZE) -Isrc $(PKG_CFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS)

# One archive a folder, linked in the order of the layers: a call against it does not link.
LAYERS = bind measure post system base
ARCHIVES = $(LAYERS:%=$(BUILD)/lib%.a)
EMBEDDED_PROGRAMS = $(BUILD)/launch_program.o $(BUILD)/probe_library.o $(BUILD)/livepost_header.o $(BUILD)/reader_script.o
LUA_FILES := $(sort $(shell find src/pipeline -name '*.lua'))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/*/test_*.c)))

.DEFAULT_GOAL := $(BUILD)/livepost
.DELETE_ON_ERROR:
.PHONY: setup site test check lint asan-test accept install clean help

$(BUILD)/livepost: $(BUILD)/obj/main.o $(BUILD)/embedded.o $(EMBEDDED_PROGRAMS) $(ARCHIVES)
	@echo "  LINK    $@"
	@$(LINK) -o $@ $^ $(PKG_LIBS) -Wl,--export-dynamic

$(BUILD)/obj/%.o: src/%.c $(BUILD)/packages
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(COMPILE) -c -o $@ $<

define archive
$(BUILD)/lib$(1).a: $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/$(1)/*.c))
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach layer,$(LAYERS),$(eval $(call archive,$(layer))))

# The names of system calls by number, as the kernel's headers of this machine have them.
$(BUILD)/libmeasure.a: $(BUILD)/syscall_name.o
$(BUILD)/syscall_name.o: src/measure/syscall_name.h $(BUILD)/packages
	@{ echo '#include "measure/syscall_name.h"'; echo '#include <asm/unistd.h>'; echo '#include <stddef.h>'; \
	   echo 'static const char *const names[] = {'; \
	   echo '#include <asm/unistd.h>' | $(CC) -E -dM - | sed -n 's/^#define __NR_\([a-z][a-z0-9_]*\) .*/\t[__NR_\1] = "\1",/p' | \
	   grep -vE '__NR_(syscalls|arch_specific_syscall)\]' | sort; \
	   echo '};'; echo 'const char *syscall_name(uint64_t number)'; \
	   echo '{ return number < sizeof names / sizeof *names ? names[number] : NULL; }'; } > $(@:.o=.c)
	@$(CC) -std=c11 $(CFLAGS) $(SANITIZE) -Isrc -c -o $@ $(@:.o=.c)

# What the tool needs to be built and to build a site (last, what the cells of this site's posts use), and what its tests need
# besides. ARCHITECTURE.md says why each.
SITE_PACKAGES = gcc libc6-dev pkg-config libcmark-dev liblua5.4-dev libyaml-dev libjansson-dev libxxhash-dev libdw-dev \
                bubblewrap vis lua-lpeg \
                python3 libcurl4-openssl-dev libmicrohttpd-dev
TEST_PACKAGES = g++ cmark bats bats-support bats-assert bats-file libcmocka-dev jq libxml2-utils chromium fonts-dejavu-core bsdutils procps mandoc
# `make setup site` needs no browser: the tests' packages come when a goal that tests stands beside setup.
ifneq (,$(filter test check lint asan-test,$(MAKECMDGOALS)))
setup: WANTED = $(SITE_PACKAGES) $(TEST_PACKAGES)
endif
ifneq (,$(filter fuzz,$(MAKECMDGOALS)))
setup: WANTED = $(SITE_PACKAGES) clang libclang-rt-14-dev libcmocka-dev
endif
# Node and Java from wherever they are here; else Debian's.
ifneq (,$(filter check-pages,$(MAKECMDGOALS)))
setup: WANTED = $(SITE_PACKAGES) chromium fonts-dejavu-core \
	$(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm) $(if $(shell command -v java),,default-jre-headless)
endif
ifneq (,$(filter lint,$(MAKECMDGOALS)))
setup: WANTED += clang clang-tidy cppcheck shellcheck lua-check
endif
WANTED = $(SITE_PACKAGES)

setup:
	@scripts/setup $(WANTED)

# pkg-config is asked when a recipe runs, not when this file is read: setup may just have installed it.
site: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	@$(MAKE) --no-print-directory $(BUILD)/livepost
	@$(BUILD)/livepost build

# A clear word instead of a compiler's hundred when the packages are not there.
$(BUILD)/packages: Makefile
	@mkdir -p $(@D)
	@pkg-config --exists $(PKGS) || { echo "livepost: libraries are missing: run 'make setup' first" >&2; exit 1; }
	@touch $@

# The launcher runs inside every sandbox: static, never instrumented, part of the binary.
$(BUILD)/launch: $(wildcard src/launch/*.c src/launch/*.h) src/probe/record.h $(BUILD)/packages
	@echo "  LINK    $@"
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -Os -static -s -Isrc -o $@ $(filter %.c,$^)

# What runs inside the sandbox is part of the binary: NAME and NAME_size.
define embed
$(BUILD)/$(1).o: $(2)
	@printf '.section .rodata\n.globl $(1), $(1)_size\n.balign 16\n$(1):\n.incbin "$$<"\n$(1)_end:\n.balign 8\n$(1)_size:\n.quad $(1)_end - $(1)\n.section .note.GNU-stack,"",%%progbits\n' > $$(@:.o=.s)
	@$(CC) -c -o $$@ $$(@:.o=.s)
endef
$(eval $(call embed,launch_program,$(BUILD)/launch))
$(eval $(call embed,probe_library,$(BUILD)/libprobe.stripped.so))
$(eval $(call embed,livepost_header,src/probe/livepost.h))
$(eval $(call embed,reader_script,$(BUILD)/livepost.js))

# The script of the pages, one after the other and without what only its authors need.
READER_FILES = $(patsubst %,src/reader/%.js,time data drawing view slider start)
$(BUILD)/livepost.js: scripts/minify.lua $(READER_FILES) $(BUILD)/run-lua
	@$(BUILD)/run-lua scripts/minify.lua $(READER_FILES) > $@
$(BUILD)/run-lua: scripts/run_lua.c $(BUILD)/packages
	@$(COMPILE) -o $@ $< $(shell pkg-config --libs lua5.4 2>/dev/null)

# The probe is loaded into other people's programs: libc and nothing else, only the names that it wraps, never instrumented.
# No builtins: a wrapper must not be turned into a call of another one; __NO_INLINE__: nor stand in libc's headers already.
# Where wrappers call aside (probe/log.h), nothing may stand below the stack pointer.
PROBE_MACHINE = $(if $(filter x86_64,$(shell uname -m)),-mno-red-zone)
PROBE = $(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -U_FORTIFY_SOURCE -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec \
        -D__NO_INLINE__ -fno-builtin $(PROBE_MACHINE) -fno-stack-protector -fasynchronous-unwind-tables -Isrc
$(BUILD)/libprobe.so: $(wildcard src/probe/*.c src/probe/*.h) $(BUILD)/packages
	@echo "  LINK    $@"
	@$(PROBE) -shared -Wl,-z,now,-z,nodelete,-z,defs,--as-needed,-soname,libprobe.so -o $@ $(filter %.c,$^)
$(BUILD)/libprobe.stripped.so: $(BUILD)/libprobe.so
	@strip -o $@ $<

# The list of Lua files is a file of its own, so that adding or removing one makes the table again.
$(BUILD)/lua-files: FORCE
	@mkdir -p $(@D)
	@echo '$(LUA_FILES)' | cmp -s - $@ || echo '$(LUA_FILES)' > $@
FORCE:

$(BUILD)/embedded.o: $(BUILD)/lua-files $(LUA_FILES)
	@{ echo '#include "bind/embedded.h"'; \
	   i=0; for f in $(LUA_FILES); do i=$$((i+1)); \
	   printf '__asm__(".section .rodata\\nlua_file_%s:\\n.incbin \\"%s\\"\\nlua_file_end_%s:\\n.byte 0\\n.previous");\n' $$i $$f $$i; \
	   printf 'extern const char lua_file_%s[], lua_file_end_%s[];\n' $$i $$i; done; \
	   echo 'const struct embedded_file embedded_files[] = {'; \
	   i=0; for f in $(LUA_FILES); do i=$$((i+1)); n=$${f#src/pipeline/}; \
	   printf '\t{ "%s", lua_file_%s, lua_file_end_%s },\n' $${n%.lua} $$i $$i; done; \
	   echo '};'; echo 'const size_t embedded_file_count = sizeof embedded_files / sizeof *embedded_files;'; } > $(@:.o=.c)
	@$(CC) -std=c11 -Isrc -c -o $@ $(@:.o=.c)

# Tests
$(BUILD)/tests/%: tests/unit/%.c $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o $(LDFLAGS) $(PKG_LIBS) -lcmocka -lm

$(BUILD)/tests/lua-host: tests/support/lua_host.c $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o $(LDFLAGS) $(PKG_LIBS) -lm -Wl,--export-dynamic

# What the probe is tried on: built as an author builds a program, and found beside the test.
PROBE_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/probe/test_*.c))
PROBE_SUBJECTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/probe/subject_*.c)) \
	$(BUILD)/tests/probe/subject_cxx $(BUILD)/tests/probe/fortified_processes $(BUILD)/tests/probe/module.so
$(PROBE_TESTS): $(BUILD)/libprobe.so $(PROBE_SUBJECTS) $(BUILD)/tests/probe/include/livepost.h \
	$(BUILD)/tests/probe/names_that_may_wait.txt $(BUILD)/tests/probe/names_reviewed.txt
$(BUILD)/tests/probe/%.txt: tests/unit/probe/%.txt
	@install -D -m 644 $< $@
$(PROBE_TESTS): $(BUILD)/tests/%: tests/unit/%.c tests/unit/probe/probe_case.h tests/unit/probe/trace_program.h src/probe/record.h
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(LDFLAGS) -lcmocka
SUBJECT = $(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -g -fexceptions -pthread -Isrc
$(BUILD)/tests/probe/subject_%: tests/unit/probe/subject_%.c tests/unit/probe/subject.h src/probe/livepost.h
	@mkdir -p $(@D)
	@$(SUBJECT) -o $@ $<
$(BUILD)/tests/probe/subject_cxx: tests/unit/probe/subject_cxx.cc
	@mkdir -p $(@D)
	@$(CXX) -std=c++17 -O2 -g -Wall -Wextra -Werror -pthread -o $@ $<
# Some compilers fortify of their own accord.
$(BUILD)/tests/probe/fortified_processes: tests/unit/probe/subject_processes.c tests/unit/probe/subject.h src/probe/livepost.h
	@mkdir -p $(@D)
	@$(SUBJECT) -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -o $@ $<
$(BUILD)/tests/probe/module.so: tests/unit/probe/module.c
	@mkdir -p $(@D)
	@$(SUBJECT) -fPIC -shared -o $@ $<
$(BUILD)/tests/probe/include/livepost.h: src/probe/livepost.h
	@install -D -m 644 $< $@

$(BUILD)/bench/probe_cost: bench/probe_cost.c tests/unit/probe/trace_program.h src/probe/record.h
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -g -pthread -Isrc -Itests/unit/probe -o $@ $<

# What the benchmarks run is built as an author builds a program.
$(BUILD)/bench/subject $(BUILD)/bench/calibrated $(BUILD)/bench/hand_off:
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -Wall -Wextra -O2 -g -pthread -o $@ $<
$(BUILD)/bench/subject: bench/subject.c
$(BUILD)/bench/calibrated $(BUILD)/bench/hand_off: $(BUILD)/bench/%: tests/fixtures/traced/%.c tests/fixtures/traced/traced.h
$(BUILD)/bench/measure_cost $(BUILD)/bench/truth: $(BUILD)/bench/%: bench/%.c bench/lab.h $(ARCHIVES) $(EMBEDDED_PROGRAMS)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(LDFLAGS) $(PKG_LIBS)

# Hostile bytes for what reads traces, programs and posts, FUZZ_SECONDS for each, or only F=probe_log. What was found to be new is
# kept in the corpus; what breaks something is left beside it.
FUZZ_SECONDS ?= 30
FUZZ_TARGETS = $(filter $(or $(F),%),$(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_CORPUS = $(BUILD)/fuzz/corpus
.PHONY: fuzz fuzz-programs
fuzz: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	@command -v clang >/dev/null || { echo "make fuzz: needs clang and libclang-rt-14-dev: make setup fuzz" >&2; exit 1; }
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' fuzz-programs
	@mkdir -p $(addprefix $(FUZZ_CORPUS)/,probe_log switch_records symbols front_matter options filters) && $(BUILD)/fuzz/seeds $(FUZZ_CORPUS)
	@cp posts/*.md tests/fuzz/filters/* $(FUZZ_CORPUS)/filters/ && cp posts/*.md $(FUZZ_CORPUS)/front_matter/ && \
	   for file in posts/*.md; do { printf '\0'; sed -n '/^```{c}/,/^```$$/p' $$file | sed '1d;$$d'; } \
	   > $(FUZZ_CORPUS)/options/$${file##*/}; done
	@for flag in -g0 -g; do \
	   echo 'int hob; int main(void) { return hob; }' | clang -O1 $$flag -o $(BUILD)/fuzz/small -x c -; \
	   { printf '\0'; cat $(BUILD)/fuzz/small; } > $(FUZZ_CORPUS)/symbols/seed$$flag; done
	@for target in $(FUZZ_TARGETS); do echo "  FUZZ    $$target"; \
	   $(BUILD)/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
	   -artifact_prefix=$(BUILD)/fuzz/$$target- -print_final_stats=1 $(FUZZ_CORPUS)/$$target \
	   > $(BUILD)/fuzz/$$target.log 2>&1 || { grep -v '^#' $(BUILD)/fuzz/$$target.log; exit 1; }; \
	   sed -n 's/^stat::/    /p' $(BUILD)/fuzz/$$target.log; done

fuzz-programs: $(BUILD)/seeds $(addprefix $(BUILD)/fuzz_,$(FUZZ_TARGETS))
$(BUILD)/seeds: tests/fuzz/seeds.c $(BUILD)/libbase.a
	@$(COMPILE) -o $@ $< $(BUILD)/libbase.a
# This one goes through Lua.
$(BUILD)/fuzz_filters: tests/fuzz/fuzz_filters.c $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o
	@echo "  LINK    $@"
	@$(COMPILE) -fsanitize=fuzzer -o $@ $< $(ARCHIVES) $(EMBEDDED_PROGRAMS) $(BUILD)/embedded.o $(LDFLAGS) $(PKG_LIBS)
$(BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(filter-out $(BUILD)/libbind.a,$(ARCHIVES))
	@echo "  LINK    $@"
	@$(COMPILE) -fsanitize=fuzzer -o $@ $< $(filter-out $(BUILD)/libbind.a,$(ARCHIVES)) $(PKG_LIBS) -lcmocka

# Every figure that measuring is judged by, against bare runs of the same sitting. A busy machine shows in them.
.PHONY: bench-measure
bench-measure:
	@$(MAKE) --no-print-directory $(BUILD)/libprobe.so $(addprefix $(BUILD)/bench/,subject calibrated hand_off measure_cost truth probe_cost)
	@$(BUILD)/bench/measure_cost $(BUILD)/bench/subject
	@$(BUILD)/bench/truth $(BUILD)/bench/calibrated $(BUILD)/bench/hand_off
	@$(BUILD)/bench/probe_cost $(BUILD)/libprobe.so

# How long a timeline takes to draw, and how large it is.
.PHONY: bench-figures gallery
bench-figures:
	@$(MAKE) --no-print-directory $(BUILD)/tests/lua-host
	@$(BUILD)/tests/lua-host bench/figures.lua

# A page of every figure in every shape, to be looked at: build/gallery/index.html.
gallery:
	@$(MAKE) --no-print-directory $(BUILD)/tests/lua-host
	@mkdir -p $(BUILD)/gallery
	@$(BUILD)/tests/lua-host tests/gallery/gallery.lua $(BUILD)/gallery

.PHONY: test-programs
test-programs: $(BUILD)/livepost $(BUILD)/tests/lua-host $(UNIT_TESTS)

# All of them, or `make check T=PATTERN` for those whose file's name matches, F=PATTERN for those Bats tests.
test: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	@$(MAKE) --no-print-directory test-programs
	@BUILD=$(BUILD) tests/run

check: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	@$(MAKE) --no-print-directory test-programs
	@BUILD=$(BUILD) BATS_FILTER='$(F)' tests/run '$(or $(T),.)'

# The same tests on a binary that watches its memory.
asan-test:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' test

# Everything of pages that needs more than a browser to be checked: markup, accessibility, scores, weight. For development
# alone: nothing else here needs Node, npm or Java. PART: planted, markup, weight, browser or scores; all if nothing is said.
PAGE_CHECKS = tests/pages
.PHONY: check-pages
check-pages: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	@$(MAKE) --no-print-directory $(BUILD)/livepost
	@for program in node npm java chromium; do command -v $$program >/dev/null || \
	   { echo "make check-pages: needs $$program: make setup check-pages" >&2; exit 1; }; done
	@[ $(PAGE_CHECKS)/node_modules/.package-lock.json -nt $(PAGE_CHECKS)/package-lock.json ] || \
	   { cd $(PAGE_CHECKS) && npm ci --no-audit --no-fund; }
	@node $(PAGE_CHECKS)/check.mjs $(abspath $(BUILD)/livepost) $(abspath $(BUILD)/pages) $(PART)

# Takes what the figures look like now as right; look at the difference before it is committed.
accept:
	@$(MAKE) --no-print-directory $(BUILD)/tests/lua-host
	ACCEPT=1 $(BUILD)/tests/lua-host tests/unit/pipeline/test_figures.lua
	ACCEPT=1 $(BUILD)/tests/lua-host tests/unit/pipeline/test_charts.lua

lint: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	luacheck -q --std lua54 --no-max-line-length src/pipeline tests/unit/pipeline tests/support tests/gallery bench
	shellcheck scripts/setup tests/run .ci/run tests/support/*.bash
	cppcheck -q --error-exitcode=1 --inline-suppr --std=c11 -Isrc --enable=warning,portability src
	$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang test-programs

install: $(BUILD)/livepost
	install -D -m 755 $(BUILD)/livepost $(DESTDIR)$(PREFIX)/bin/livepost
	install -D -m 644 src/probe/livepost.h $(DESTDIR)$(PREFIX)/include/livepost.h
	install -D -m 644 man/livepost.1 $(DESTDIR)$(PREFIX)/share/man/man1/livepost.1
	install -D -m 644 man/livepost.5 $(DESTDIR)$(PREFIX)/share/man/man5/livepost.5
	install -D -m 644 man/livepost.3lua $(DESTDIR)$(PREFIX)/share/man/man3/livepost.3lua

help:
	@echo 'make setup site   install what is missing, publish this site into site/'
	@echo 'make setup test   install what is missing, run all tests'
	@echo 'make              build the tool, build/livepost'
	@echo 'make check T=cells F=timeout   tests whose file and name match'
	@echo 'make asan-test    all tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make setup check-pages PART=browser   markup, accessibility, scores and weight of pages (needs Node, npm, Java)'
	@echo 'make accept       take the figures as they are now for right'
	@echo 'make fuzz FUZZ_SECONDS=30   hostile bytes for what reads traces, programs and posts'
	@echo 'make bench-measure   what measuring costs, and how true it is'
	@echo 'make bench-figures   how long a timeline of 10,000 slices takes to draw, and how large it is'
	@echo 'make gallery      build/gallery/index.html, every figure in every shape'
	@echo 'make lint         static checks, and the build under clang'
	@echo 'make install      into PREFIX (/usr/local)'

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
