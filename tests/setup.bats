#!/usr/bin/env bats
# scripts/setup, with stand-ins for Debian's tools: what it asks for, and what it says where it cannot.

load support/livepost

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir bin
	: >calls
	# Only what setup itself needs besides the stand-ins: sh.
	ln -s "$(command -v sh)" bin/sh
	stand_in dpkg-query 'for name; do :; done; case $name in have*) echo installed ;; half) echo config-files ;; *) exit 1 ;; esac'
	stand_in id 'echo 0'
}

# stand_in NAME SCRIPT: a command of this test's own that notes how it was called.
stand_in() {
	printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n%s\n' "$1" "$PWD" "$2" >"bin/$1"
	chmod +x "bin/$1"
}

run_setup() {
	run env PATH="$PWD/bin" sh "$PROJECT/scripts/setup" "$@"
}

@test "nothing is missing: nothing is said and nothing is installed" {
	stand_in apt-get 'exit 0'
	run_setup have-a have-b
	assert_success
	assert_output ''
	run grep -c apt-get calls
	assert_output 0
}

@test "root installs exactly what is missing, without recommended packages, from a fresh list" {
	stand_in apt-get 'exit 0'
	run_setup have-a missing-b half missing-c
	assert_success
	assert_output 'setup: installing missing-b half missing-c'
	run grep apt-get calls
	assert_line --index 0 --partial 'update'
	assert_line --index 1 --partial '--no-install-recommends install missing-b half missing-c'
	refute_output --partial 'have-a'
}

@test "another user installs by sudo" {
	stand_in id 'echo 1000'
	stand_in apt-get 'exit 9'
	stand_in sudo 'exit 0'
	run_setup missing-b
	assert_success
	run grep -E '^(sudo|apt-get)' calls
	assert_line --index 0 --partial 'sudo apt-get'
	refute_line --regexp '^apt-get'
}

@test "neither root nor sudo: the list is printed, and how to go on" {
	stand_in id 'echo 1000'
	stand_in apt-get 'exit 0'
	run_setup have-a missing-b missing-c
	assert_failure 1
	assert_line '  missing-b'
	assert_line '  missing-c'
	assert_output --partial 'needs root or sudo'
	assert_output --partial 'apt-get install --no-install-recommends missing-b missing-c'
	refute_output --partial 'have-a'
}

@test "no apt-get: the list is printed" {
	run_setup missing-b
	assert_failure 1
	assert_output --partial 'no apt-get here'
	assert_line '  missing-b'
}

@test "an installation that fails fails setup" {
	stand_in apt-get 'case $* in *install*) exit 100 ;; esac'
	run_setup missing-b
	assert_failure 1
	assert_output --partial 'could not install'
}

@test "make setup names no test package for a site, and the tests' packages for a test" {
	cd "$PROJECT"
	run make --no-print-directory -n setup site
	assert_output --partial 'bubblewrap'
	refute_output --partial 'chromium'
	run make --no-print-directory -n setup test
	assert_output --partial 'bubblewrap'
	assert_output --partial 'chromium'
}

@test "without the libraries make says what to do" {
	cp -r "$PROJECT/Makefile" "$PROJECT/src" .
	stand_in pkg-config 'exit 1'
	run env PATH="$PWD/bin:$PATH" make BUILD=elsewhere
	assert_failure
	assert_output --partial "run 'make setup' first"
	refute_output --partial 'error:'
}
