# The README's commands: `make setup site` publishes this site, `make setup test` runs all tests; `make help` has more.
# Everything made lands in build/, but for the published site in site/ and the kept measurements in .livepost/.

BUILD ?= build
PREFIX ?= /usr/local
CC ?= cc
CFLAGS ?= -O2 -g
# An absolute path would make a build depend on where it stands; SANITIZE is for asan-test.
SANITIZE ?=

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wwrite-strings -Werror
PKGS = lua5.4 libcmark yaml-0.1 jansson libxxhash
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null)
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CFLAGS) $(SANITIZE) -Isrc $(PKG_CFLAGS) -MMD -MP
LINK = $(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS)

# One archive a folder, linked in the order of the layers: a call against it does not link.
LAYERS = bind measure post system base
ARCHIVES = $(LAYERS:%=$(BUILD)/lib%.a)
LUA_FILES := $(sort $(shell find src/pipeline -name '*.lua'))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/*/test_*.c)))

.DEFAULT_GOAL := $(BUILD)/livepost
.DELETE_ON_ERROR:
.PHONY: setup site test check lint asan-test accept install clean help

$(BUILD)/livepost: $(BUILD)/obj/main.o $(BUILD)/embedded.o $(BUILD)/launch_program.o $(ARCHIVES)
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

# What the tool needs to be built and to build a site, and what its tests need besides. ARCHITECTURE.md says why each.
SITE_PACKAGES = gcc libc6-dev pkg-config libcmark-dev liblua5.4-dev libyaml-dev libjansson-dev libxxhash-dev bubblewrap \
                vis lua-lpeg
TEST_PACKAGES = bats bats-support bats-assert bats-file libcmocka-dev jq libxml2-utils chromium fonts-dejavu-core bsdutils procps mandoc
# `make setup site` needs no browser: the tests' packages come when a goal that tests stands beside setup.
ifneq (,$(filter test check lint asan-test,$(MAKECMDGOALS)))
setup: WANTED = $(SITE_PACKAGES) $(TEST_PACKAGES)
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
$(BUILD)/launch: src/launch/launch.c src/launch/message.h $(BUILD)/packages
	@echo "  LINK    $@"
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -Os -static -s -Isrc -o $@ $<

$(BUILD)/launch_program.o: $(BUILD)/launch
	@printf '.section .rodata\n.globl launch_program, launch_program_size\n.balign 16\nlaunch_program:\n.incbin "$<"\nlaunch_program_end:\n.balign 8\nlaunch_program_size:\n.quad launch_program_end - launch_program\n.section .note.GNU-stack,"",%%progbits\n' > $(@:.o=.s)
	@$(CC) -c -o $@ $(@:.o=.s)

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
$(BUILD)/tests/%: tests/unit/%.c $(ARCHIVES) $(BUILD)/launch_program.o $(BUILD)/embedded.o
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(ARCHIVES) $(BUILD)/launch_program.o $(BUILD)/embedded.o $(LDFLAGS) $(PKG_LIBS) -lcmocka -lm

$(BUILD)/tests/lua-host: tests/support/lua_host.c $(ARCHIVES) $(BUILD)/launch_program.o $(BUILD)/embedded.o
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(COMPILE) -o $@ $< $(ARCHIVES) $(BUILD)/launch_program.o $(BUILD)/embedded.o $(LDFLAGS) $(PKG_LIBS) -lm -Wl,--export-dynamic

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

# Takes what the figures look like now as right; look at the difference before it is committed.
accept:
	@$(MAKE) --no-print-directory $(BUILD)/tests/lua-host
	ACCEPT=1 $(BUILD)/tests/lua-host tests/unit/pipeline/test_figures.lua

lint: $(if $(filter setup,$(MAKECMDGOALS)),setup)
	luacheck -q --std lua54 --no-max-line-length src/pipeline tests/unit/pipeline tests/support
	shellcheck scripts/setup tests/run .ci/run tests/support/*.bash
	cppcheck -q --error-exitcode=1 --inline-suppr --std=c11 -Isrc --enable=warning,portability src
	$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang test-programs

install: $(BUILD)/livepost
	install -D -m 755 $(BUILD)/livepost $(DESTDIR)$(PREFIX)/bin/livepost
	install -D -m 644 man/livepost.1 $(DESTDIR)$(PREFIX)/share/man/man1/livepost.1
	install -D -m 644 man/livepost.5 $(DESTDIR)$(PREFIX)/share/man/man5/livepost.5

help:
	@echo 'make setup site   install what is missing, publish this site into site/'
	@echo 'make setup test   install what is missing, run all tests'
	@echo 'make              build the tool, build/livepost'
	@echo 'make check T=cells F=timeout   tests whose file and name match'
	@echo 'make asan-test    all tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make accept       take the figures as they are now for right'
	@echo 'make lint         static checks, and the build under clang'
	@echo 'make install      into PREFIX (/usr/local)'

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
