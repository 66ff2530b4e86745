# `livepost run` of what is no C file: scripts, binaries, names in PATH; and what programs outside of a post get to see.

# shellcheck disable=SC2016,SC2030,SC2031
load support/livepost

PROGRAMS=$PROJECT/tests/fixtures/programs

setup() {
	# Whatever interpreters the tester has: Debian's are what is tested.
	export PATH=/usr/local/bin:/usr/bin:/bin
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir "$HOME" "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
}

# script NAME: standard input as an executable file.
script() {
	cat >"$1"
	chmod +x "$1"
}

run_refuses() { # MESSAGE ARGUMENTS…
	refuses 1 "$1" run "${@:2}"
}

@test "a Python file runs by its extension, with its arguments, its folder and the files beside it" {
	mkdir sub
	echo 'WORD = "beside"' >sub/helper.py
	echo data >sub/data.txt
	cat >sub/show.py <<-'END'
		import os, sys, helper
		print(sys.argv)
		print(os.getcwd(), helper.WORD, open("sub/data.txt").read().strip())
		sys.exit(3)
	END
	run "$LIVEPOST" run sub/show.py a 'b c' --json
	assert_success
	assert_line --index 0 "['sub/show.py', 'a', 'b c', '--json']"
	assert_line --index 1 "$PWD beside data"
	assert_line --index 2 --regexp '^show: exit code 3 after '
	assert_line --regexp '^  python3 +2/2 '
	# From elsewhere: its own folder is there, and the current one.
	mkdir other
	cd other
	cp ../sub/data.txt .
	sed -i 's|sub/data.txt|data.txt|' ../sub/show.py
	for name in ../sub/show.py "$BATS_TEST_TMPDIR/here/sub/show.py"; do
		run "$LIVEPOST" run "$name"
		assert_success
		assert_line --index 0 "['$name']"
		assert_line --index 1 "$PWD beside data"
	done
}

@test "a script in front of Python is passed over, and said to be" {
	mkdir -p manager/bin
	printf '#!/bin/sh\necho in front\nexec /usr/bin/python3 "$@"\n' | script manager/bin/python3
	echo 'print("Python")' >x.py
	export PATH=$PWD/manager/bin:$PATH
	run "$LIVEPOST" run x.py
	assert_success
	assert_line --index 0 Python
	assert_line "note: $PWD/manager/bin/python3 is a script in front of Python, and /usr/bin/python3 is taken instead: for the former name it, livepost run python3 x.py"
	run "$LIVEPOST" run python3 x.py
	assert_line --index 0 'in front'
	assert_line --index 1 Python
}

@test "a script runs by its first line: any interpreter, with its one argument, and env" {
	printf '#!/bin/sh -e\nfalse\necho not reached\n' | script stops
	run "$LIVEPOST" run --json ./stops
	assert_success
	assert_equal "$(jq -c '[.exit, .output, .lanes[0].name]' <<<"$output")" '[{"code":1},"","sh"]'
	printf '#! /usr/bin/env python3\nimport sys\nprint(sys.argv, sys.flags.dont_write_bytecode)\n' | script by-env
	run "$LIVEPOST" run by-env x
	assert_success
	assert_line --index 0 "['./by-env', 'x'] 0"
	assert_line --regexp '^  python3 +2/2 '
	printf '#!/usr/bin/env -S python3 -B\nimport sys\nprint(sys.argv, sys.flags.dont_write_bytecode)\n' | script by-split
	run "$LIVEPOST" run ./by-split x
	assert_line --index 0 "['./by-split', 'x'] 1"
	printf '#!/usr/bin/env -S WORD=said sh\necho "$WORD"\n' | script by-variable
	run "$LIVEPOST" run ./by-variable
	assert_line --index 0 said
	# The one argument is one, spaces and all; a first line without an end is one, too.
	printf '#!/usr/bin/awk BEGIN { print "made of one"; exit }  \n' | script one
	printf '#!/bin/cat' >bare
	run "$LIVEPOST" run ./bare
	assert_line --index 0 --partial '#!/bin/cat'
	run "$LIVEPOST" run ./one
	assert_line --index 0 'made of one'
	# Marked as executable or not: it is the interpreter that is executed.
	chmod -x one
	run "$LIVEPOST" run one
	assert_line --index 0 'made of one'
}

@test "a binary runs where it lies, under the name it was called by" {
	cat >say.c <<-'END'
		#include <stdio.h>
		#include <unistd.h>
		int main(int count, char **words)
		{
			for (int i = 0; i < count; i++)
				printf("[%s]", words[i]);
			printf("\n");
			usleep(2000);
			return 0;
		}
	END
	cc -g -o say.bin say.c
	mkdir deep
	cp say.bin deep/
	for name in ./say.bin deep/say.bin deep/../say.bin "$PWD/say.bin"; do
		run "$LIVEPOST" run --json "$name" x '' y
		assert_success
		assert_equal "$(jq -r .output <<<"$output")" "[$name][x][][y]"
		assert_equal "$(jq -r '.lanes[0].name' <<<"$output")" say.bin
		assert_equal "$(jq -r '[.lanes[0].slices[] | select(.state == "sleeping") | .where] | unique | .[]' <<<"$output")" say.c:8
		assert_equal "$(jq -c .notes <<<"$output")" '[]'
	done
	# A name without a folder is a file here, if there is one.
	run "$LIVEPOST" run say.bin
	assert_line --index 0 '[./say.bin]'
	# Programs find what lies beside them by this.
	run "$LIVEPOST" run readlink /proc/self/exe
	assert_line --index 0 /usr/bin/readlink
	cp /usr/bin/readlink .
	run "$LIVEPOST" run ./readlink /proc/self/exe
	assert_line --index 0 "$PWD/readlink"
	# One that only its owner may execute is run all the same.
	chmod 700 say.bin
	run "$LIVEPOST" run ./say.bin
	assert_line --index 0 '[./say.bin]'
	ln -s say.bin link
	run "$LIVEPOST" run ./link
	assert_success
	assert_line --partial 'exit code 0'
}

@test "a static binary is traced by switch records alone, and says so" {
	cat >nap.c <<-'END'
		#include <unistd.h>
		int main(void) { usleep(2000); return 0; }
	END
	cc -static -o nap nap.c
	run "$LIVEPOST" run ./nap
	assert_success
	assert_line 'note: the program is static: the probe cannot be loaded into it, and why it waited is not known'
	assert_line --regexp '^measured by kernel switch records, none lost.*; not seen: .*why anything waited$'
	run "$LIVEPOST" run --json ./nap
	run jq -c '[(.notes | length), (.blind | index("reasons") != null), ([.lanes[0].slices[].state] | index("blocked") != null)]' <<<"$output"
	assert_output '[1,true,true]'
}

@test "a name is looked up in PATH" {
	printf 'b\na\nb\n' >words
	run "$LIVEPOST" run sort -u words
	assert_success
	assert_line --index 0 a
	assert_line --index 1 b
	assert_line --index 2 --regexp '^sort: exit code 0 after '
	echo 'print("by name")' >x.py
	run "$LIVEPOST" run python3 x.py
	assert_line --index 0 'by name'
	# Programs say their own name as they were called.
	run "$LIVEPOST" run sort --no-such-option
	assert_line --index 0 --regexp '^sort: '
	# A folder in PATH outside of the system's: what is above its bin/ is there for it.
	mkdir -p tools/bin tools/share
	echo shared >tools/share/text
	printf '#!/bin/sh\ncat "$(dirname "$0")/../share/text"\n' | script tools/bin/tell
	mkdir elsewhere
	cd elsewhere
	PATH=$BATS_TEST_TMPDIR/here/tools/bin:$PATH run "$LIVEPOST" run tell
	assert_success
	assert_line --index 0 shared
	# A folder of this name is not meant; a file that is named among the arguments is there, wherever it lies.
	mkdir sort
	run "$LIVEPOST" run sort ../words
	assert_line --index 0 a
	printf 'z\ny\n' >"$HOME/list"
	run "$LIVEPOST" run sort "$HOME/list"
	assert_line --index 0 y
	refute_line --partial note:
}

@test "what cannot be run is an error that says what to do" {
	mkdir folder
	: >empty
	printf '#!/no/such/interpreter\n' | script lost
	printf '#!/usr/bin/python3\r\nprint(1)\r\n' | script returns
	printf '#!/usr/bin/env no-such-name\n' | script lost-name
	printf '#!   \n' | script nameless
	echo 'echo text' | script text
	mkfifo pipe
	printf 'MZ\220' | script program.exe
	cc -c -o object.o -xc - <<<'int x;'
	cc -shared -fPIC -nostdlib -o library.so -xc - <<<'int x;'
	cc -o plain -xc - <<<'int main(void) { return 0; }'
	cp plain cut
	truncate -s 40 cut
	chmod -x plain
	# The machine's number in the head of a good program.
	cp plain foreign
	printf '\267\0' | dd of=foreign bs=1 seek=18 conv=notrunc status=none
	cp plain narrow
	printf '\1' | dd of=narrow bs=1 seek=4 conv=notrunc status=none
	printf '\3\0' | dd of=narrow bs=1 seek=18 conv=notrunc status=none
	chmod +x foreign narrow cut
	run_refuses 'missing.py: cannot read missing.py: No such file or directory' missing.py
	run_refuses './missing: cannot read ./missing: No such file or directory' ./missing
	run_refuses 'no-such-program: there is no such file here, and PATH has no program of this name: give its path, or install it' no-such-program
	run_refuses 'folder: it is a folder: name a file in it' folder
	run_refuses './folder: it is a folder: name a file in it' ./folder
	run_refuses 'empty: it is empty' empty
	run_refuses 'pipe: cannot read pipe: it is not a regular file' pipe
	run_refuses 'lost: its interpreter /no/such/interpreter, named in its first line, is not there: correct the line, or install it' lost
	run_refuses "lost-name: its first line asks for what is not there: \`no-such-name\` is not in PATH ($PATH): install it, or name it by its path" lost-name
	run_refuses 'nameless: its first line names no interpreter behind the #!' nameless
	run_refuses 'returns: its first line ends in a carriage return, which would be part of the interpreter'"'"'s name: save it with Unix line ends' returns
	run_refuses 'text: it is no program: it is neither C (.c), nor Python (.py), nor a binary, and its first line names no interpreter (#!/usr/bin/env NAME)' text
	run_refuses 'program.exe: it is a Windows program, which Linux does not run' program.exe
	run_refuses 'object.o: it is an object file: link it first' object.o
	run_refuses 'library.so: it is a shared library, not a program' library.so
	run_refuses 'plain: it is not executable: chmod +x plain' plain
	run_refuses 'cut: it is a cut-off ELF file: build it again' cut
	echo 'print(1)' >x.py
	run env PATH="$PWD/folder" "$LIVEPOST" run x.py
	assert_failure 1
	assert_output 'x.py: `python3` is not installed: install the package python3'
	if [ "$(uname -m)" = x86_64 ]; then
		run_refuses 'foreign: it is built for aarch64, and this machine is x86-64: build it here' foreign
		run_refuses 'narrow: it is built for x86 (32-bit), and this machine is x86-64: build it here' narrow
	fi
}

@test "heads of programs that lie about themselves are no trouble" {
	cc -o plain -xc - <<<'int main(void) { return 0; }'
	local at
	# Where the table of segments is, how long its entries are and how many, and where the loader's name is.
	for at in 16 24 32 33 39 54 56 58 72 80 88 96; do
		cp plain liar
		printf '\377\377' | dd of=liar bs=1 seek="$at" conv=notrunc status=none
		run timeout 20 "$LIVEPOST" run ./liar
		[ "$status" -le 1 ] || fail "at $at: $status: $output"
		refute_output --partial 'stage cells'
	done
}

@test "folders are there to read and not to write; home, keys and sockets are not there" {
	mkdir -p "$HOME/.ssh" work
	echo secret >"$HOME/secret"
	echo key >"$HOME/.ssh/key"
	cat >work/look.py <<-'END'
		import os, socket, sys
		for name in sys.argv[1:]:
		    try:
		        print("read", open(name).read().strip())
		    except OSError as wrong:
		        print("not", wrong.strerror)
		try:
		    open("made", "w")
		except OSError as wrong:
		    print("made:", wrong.strerror)
		open("/tmp/scratch", "w").write("scratch")
		print(os.environ["HOME"], os.path.exists("/tmp/scratch"), os.environ.get("CANARY"))
	END
	echo beside >work/beside
	cd work
	CANARY=sings run "$LIVEPOST" run look.py beside '' "$HOME/.ssh/key" /etc/shadow
	assert_success
	assert_line --index 0 'read beside'
	assert_line --index 1 'not No such file or directory'
	assert_line --index 2 'not No such file or directory'
	assert_line --index 3 'not No such file or directory'
	assert_line --index 4 'made: Read-only file system'
	assert_line --index 5 "/tmp True None"
	assert_file_not_exist made
	# In home itself: the program is there and nothing else, which is told.
	cp look.py "$HOME"
	cd "$HOME"
	run "$LIVEPOST" run look.py secret
	assert_success
	assert_line --index 0 'not No such file or directory'
	assert_line "note: the program does not see the files in $HOME: it is your home"
	cd .ssh
	run "$LIVEPOST" run "$BATS_TEST_TMPDIR/here/work/look.py" key "$HOME/.ssh/key"
	assert_success
	assert_line --index 0 'not No such file or directory'
	assert_line --index 1 'not No such file or directory'
	assert_line "note: the program does not see the files in $HOME/.ssh: it holds your keys"
}

@test "sockets and named pipes in shown folders cannot be reached" {
	mkdir -p near/deep
	cat >near/reach.py <<-'END'
		import os, socket
		for place in ("near/", "near/deep/"):
		    try:
		        socket.socket(socket.AF_UNIX).connect(place + "socket")
		        print("connected")
		    except OSError as wrong:
		        print("socket:", wrong.strerror)
		    try:
		        os.open(place + "pipe", os.O_RDWR | os.O_NONBLOCK)
		        print("opened")
		    except OSError as wrong:
		        print("pipe:", wrong.strerror)
	END
	mkfifo near/pipe near/deep/pipe
	chmod 666 near/pipe near/deep/pipe
	python3 - <<-'END'
		import os, socket
		for place in ("near/", "near/deep/"):
		    listening = socket.socket(socket.AF_UNIX)
		    listening.bind(place + "socket")
		    os.chmod(place + "socket", 0o777)
	END
	run "$LIVEPOST" run near/reach.py
	assert_success
	assert_line --index 0 'socket: Connection refused'
	refute_line connected
	refute_line opened
	assert_equal "$(grep -c '^pipe: ' <<<"$output")" 2
	# And a socket that listens is refused by the cover, not by its absence.
	python3 -c '
import os, socket, subprocess, sys
os.unlink("near/socket")
listening = socket.socket(socket.AF_UNIX)
listening.bind("near/socket")
os.chmod("near/socket", 0o777)
listening.listen()
listening.setblocking(False)
print(subprocess.run(sys.argv[1:], capture_output=True, text=True).stdout)
try:
    listening.accept()
    print("somebody came")
except BlockingIOError:
    print("nobody came")' "$LIVEPOST" run near/reach.py >said
	run cat said
	assert_line 'nobody came'
	refute_line connected
}

@test "standard input reaches the program, as a file and as a pipe" {
	printf 'b\na\n' >words
	run "$LIVEPOST" run sort <words
	assert_line --index 0 a
	assert_line --index 1 b
	run bash -c 'printf "d\nc\n" | "$1" run sort' - "$LIVEPOST"
	assert_line --index 0 c
	# What was read before is not read again, and the file is a copy.
	cat >take.py <<-'END'
		import os, sys
		print(sys.stdin.read().strip())
		try:
		    os.write(os.open("/proc/self/fd/0", os.O_RDWR), b"spoilt")
		except OSError:
		    pass
	END
	run bash -c '{ read -r; "$1" run take.py; } <words' - "$LIVEPOST"
	assert_line --index 0 a
	assert_equal "$(cat words)" $'b\na'
	# A pipe that nobody closes holds nothing up that does not read it.
	mkfifo open
	sleep 60 >open 3>&- &
	local holder=$!
	run timeout 20 "$LIVEPOST" run true <open
	kill "$holder"
	assert_success
	run "$LIVEPOST" run cat </dev/null
	assert_line --index 0 --regexp '^cat: exit code 0'
	truncate -s 257M large
	run "$LIVEPOST" run cat <large
	assert_failure 1
	assert_output --partial 'standard input: cannot read standard input: larger than 268435456 bytes: name it as a file among the arguments'
}

@test "a C file sees its folder and arguments, too" {
	echo beside >file
	cat >show.c <<-'END'
		#include <stdio.h>
		int main(int count, char **words)
		{
			char line[80] = "";
			FILE *file = count > 1 ? fopen(words[1], "r") : NULL;
			if (!file || !fgets(line, sizeof line, file))
				return 1;
			fputs(line, stdout);
			return 0;
		}
	END
	run "$LIVEPOST" run show.c file
	assert_line --index 0 beside
	mkdir deep
	run "$LIVEPOST" run deep/../show.c file
	assert_line --index 0 beside
	run "$LIVEPOST" run "$PWD/deep/../show.c" file
	assert_line --index 0 beside
}

@test "the interpreter lock of Python is one resource, and busy threads wait for it" {
	cat >busy.py <<-'END'
		import threading
		ready = threading.Barrier(3)
		def work():
		    ready.wait()
		    for i in range(300000):
		        pass
		threads = [threading.Thread(target=work) for i in range(3)]
		for thread in threads:
		    thread.start()
		for thread in threads:
		    thread.join()
	END
	run "$LIVEPOST" run --json busy.py
	assert_success
	run jq -c '([.resources[] | select(.name == "GIL")] | length), (.lanes | length),
		([.lanes[].slices[] | select(.what == "GIL")] | length > 0)' <<<"$output"
	assert_line --index 0 1
	assert_line --index 1 4
	assert_line --index 2 true
}

@test "the threads of Python bear their names, and nothing else is different" {
	cat >names.py <<-'END'
		import sys, threading
		def cook():
		    print(threading.current_thread().name)
		    raise ValueError("burnt")
		def eat():
		    pass
		for thread in (threading.Thread(target=cook, name="cook"), threading.Thread(target=eat)):
		    thread.start()
		    thread.join()
		print([one for one in sys.path if "livepost" in one])
	END
	run --separate-stderr "$LIVEPOST" run --json names.py
	assert_success
	assert_equal "$(jq -c '[.lanes[].name]' <<<"$output")" '["python3","cook","Thread-1 (eat)"]'
	assert_equal "$(jq -r .output <<<"$output")" $'cook\n[]'
	run jq -r .errors <<<"$output"
	assert_output --partial 'ValueError: burnt'
	refute_output --partial livepost
}
