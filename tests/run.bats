# `livepost run`: one program outside of a post, from the command line to the exit code.

# shellcheck disable=SC1112,SC2016,SC2103,SC2154
load support/livepost

PROGRAMS=$PROJECT/tests/fixtures/programs

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# say.c prints its arguments, a line each.
make_say() {
	cat >say.c <<-'END'
		#include <stdio.h>
		int main(int argc, char **argv)
		{
			for (int i = 1; i < argc; i++)
				printf("[%s]\n", argv[i]);
			return 0;
		}
	END
}

@test "help and version are printed" {
	run --separate-stderr "$LIVEPOST" --help
	assert_success
	assert_equal "$stderr" ''
	assert_line '  livepost run [OPTIONS] FILE [ARGUMENTS…]'
	for command in build dump; do
		run "$LIVEPOST" "$command" --help
		assert_success
		assert_line '  livepost run [OPTIONS] FILE [ARGUMENTS…]'
	done
	run "$LIVEPOST" --version
	assert_success
	assert_output --regexp '^livepost [0-9]+\.[0-9]+\.[0-9]+$'
}

@test "wrong usage ends with 2 and says what is wrong" {
	misuses 'a command is needed: there are build, check, compare, dump, explain, measure and run'
	misuses 'no command `biuld`: did you mean `build`?' biuld
	misuses 'no command `xyzzy`: there are build, check, compare, dump, explain, measure and run' xyzzy
	misuses 'build takes one folder at most' build a b
	misuses 'build has no option `--fast`' build --fast
	misuses 'dump takes a stage and a post' dump
	misuses 'dump takes a stage and a post' dump cells
	misuses 'run needs a program: a C file, a script, a binary, or a name in PATH' run
	misuses 'run needs a program: a C file, a script, a binary, or a name in PATH' run --json
	misuses 'run needs a program: a C file, a script, a binary, or a name in PATH' run --
	misuses 'run needs a program: a C file, a script, a binary, or a name in PATH' run ''
	misuses 'run has no option `--fast`' run --fast x.c
	misuses 'run has no option `-x`' run -x x.c
	misuses 'run has no option `--json`' run --json=yes x.c
	misuses '--svg needs a value' run --svg
	misuses '--trace needs a value' run --trace
	misuses '--trace needs a value' run --trace= x.c
	misuses '--timeout needs a value' run --timeout
	misuses '--timeout needs a value' run --timeout= x.c
}

@test "a timeout is a number with its unit" {
	make_say
	for value in 0 0s 5 junk -1s 1e3s '' ' ' 5parsecs 0.0000000001s; do
		run "$LIVEPOST" run --timeout "$value" say.c
		assert_failure 2
		assert_output --regexp '^livepost: --timeout (`.*`: a time such as 500ms, 5s or 2m is expected|needs a value)'
	done
	for value in 60000ms 60s 60.0s '60 s' 1m 1min 1h 60000000us 60000000000ns; do
		run "$LIVEPOST" run --timeout "$value" say.c
		assert_success
		run "$LIVEPOST" run "--timeout=$value" say.c
		assert_success
	done
}

@test "a timeout ends the program when it is over, and not before" {
	cat >sleep.c <<-'END'
		#include <unistd.h>
		int main(void) { sleep(60); return 0; }
	END
	run "$LIVEPOST" run --timeout 150ms --json sleep.c
	assert_success
	assert_equal "$(jq -c .exit <<<"$output")" '{"ending":"timeout"}'
	run jq '.wall_ns >= 150e6 and .wall_ns < 30e9' <<<"$output"
	assert_output true
}

@test "what follows the file belongs to the program" {
	make_say
	run "$LIVEPOST" run say.c --json -x --timeout 0 -- '' 'two words' '*' '$HOME' $'line\nbreak' ö
	assert_success
	expected=$'[--json]\n[-x]\n[--timeout]\n[0]\n[--]\n[]\n[two words]\n[*]\n[$HOME]\n[line\nbreak]\n[ö]\nsay: exit code 0 after '
	assert_equal "${output:0:${#expected}}" "$expected"
	cp say.c ./-say.c
	run "$LIVEPOST" run -- -say.c -x
	assert_success
	assert_line '[-x]'
}

@test "the summary says how it ended and has a line for each lane" {
	cat >lanes.c <<-'END'
		#define _GNU_SOURCE 1
		#include <pthread.h>
		#include <stdio.h>
		#include <unistd.h>
		static void *work(void *name) { pthread_setname_np(pthread_self(), name); usleep(1000); return NULL; }
		int main(void)
		{
			pthread_t thread;
			puts("printed");
			fputs("complained\n", stderr);
			pthread_create(&thread, NULL, work, "helper");
			pthread_join(thread, NULL);
			return 0;
		}
	END
	run --separate-stderr "$LIVEPOST" run lanes.c
	assert_success
	assert_equal "$stderr" complained
	assert_line --index 0 printed
	assert_line --index 1 --regexp '^lanes: exit code 0 after [0-9.]+ [µm]?s; on CPU '
	assert_line --index 2 'measured by kernel switch records, none lost'
	assert_line --index 3 --regexp '^critical path: .*decide'
	# Only states that occur have a column; a lane that was never in one of them has a dash there.
	assert_line --index 4 --regexp '^  lane +pid/tid +from +to +running .*sleeping.*joining'
	refute_line --regexp '^  lane .*(waiting-child|unknown)'
	assert_line --index 5 --regexp '^  main +2/2 .* - '
	assert_line --index 6 --regexp '^  helper +2/3 '
	assert_equal "${#lines[@]}" 7
}

@test "the summary names the locks that were waited for, and who held them" {
	cat >locks.c <<-'END'
		#define _GNU_SOURCE 1
		#include <pthread.h>
		#include <stdatomic.h>
		#include <unistd.h>
		static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER, unused = PTHREAD_MUTEX_INITIALIZER;
		static _Atomic int asks;
		static void *cook(void *nothing)
		{
			pthread_setname_np(pthread_self(), "cook");
			pthread_mutex_lock(&unused);
			pthread_mutex_unlock(&unused);
			asks = 1;
			pthread_mutex_lock(&oven);
			pthread_mutex_unlock(&oven);
			return nothing;
		}
		int main(void)
		{
			pthread_t thread;
			pthread_mutex_lock(&oven);
			pthread_create(&thread, NULL, cook, NULL);
			while (!asks)
				usleep(100);
			usleep(5000);
			pthread_mutex_unlock(&oven);
			pthread_join(thread, NULL);
			return 0;
		}
	END
	run "$LIVEPOST" run locks.c
	assert_success
	assert_line --regexp '^  lock +kind +held +for +waits +waited +longest wait$'
	assert_line --regexp '^  oven +mutex +2× +[0-9.]+ ms +1 +[0-9.]+ ms +[0-9.]+ ms, cook behind main$'
	refute_line --regexp '^  unused '
}

@test "a program that hangs: what each thread waits for, where, and who holds it" {
	cat >hang.c <<-'END'
		#define _GNU_SOURCE 1
		#include <pthread.h>
		#include <unistd.h>
		static pthread_mutex_t fork_1 = PTHREAD_MUTEX_INITIALIZER, fork_2 = PTHREAD_MUTEX_INITIALIZER;
		static pthread_barrier_t seated;
		static void *alice(void *name)
		{
			pthread_setname_np(pthread_self(), name);
			pthread_mutex_lock(&fork_1);
			pthread_barrier_wait(&seated);
			pthread_mutex_lock(&fork_2);
			return NULL;
		}
		static void *bob(void *name)
		{
			pthread_setname_np(pthread_self(), name);
			pthread_mutex_lock(&fork_2);
			pthread_barrier_wait(&seated);
			pthread_mutex_lock(&fork_1);
			return NULL;
		}
		static void *count(void *nothing)
		{
			for (volatile int i = 0;; i = i + 1)
				;
			return nothing;
		}
		static void *look(void *nothing)
		{
			int ends[2];
			char byte = 0;
			if (!pipe(ends))
				(void)!read(ends[0], &byte, 1);
			return nothing;
		}
		static void *nap(void *nothing) { sleep(1000); return nothing; }
		int main(void)
		{
			pthread_t first, other;
			pthread_barrier_init(&seated, NULL, 2);
			pthread_create(&first, NULL, alice, "alice");
			pthread_create(&other, NULL, bob, "bob");
			pthread_create(&other, NULL, count, NULL);
			pthread_create(&other, NULL, look, NULL);
			pthread_create(&other, NULL, nap, NULL);
			pthread_join(first, NULL);
			return 0;
		}
	END
	mkdir deep
	for name in hang.c "$PWD/hang.c" deep/../hang.c; do
		run "$LIVEPOST" run --timeout 400ms "$name"
		assert_success
		assert_line --index 0 --regexp '^hang: stopped at its timeout after '
		assert_line 'when it was stopped:'
		assert_line "  deadlock: alice waits for \`fork_2\`, held by bob ($name:11); bob waits for \`fork_1\`, held by alice ($name:19)"
		assert_line --regexp "^  main waits for the end of \`alice\` \\($name:46\\), for [0-9]+ ms$"
		assert_line --regexp "^  look waits in read for \`pipe 1\` \\($name:33\\), for [0-9]+ ms$"
		assert_line --regexp "^  nap sleeps for 16.7 min \\($name:36\\), for [0-9]+ ms$"
		assert_line --regexp '^  count was at work, [0-9.]+ ms on a core in all$'
		refute_line --partial 'critical path'
	done
}

@test "a program that fails is reported like any other" {
	run "$LIVEPOST" run "$PROGRAMS/crash.c" none
	assert_success
	assert_line before
	assert_line --regexp '^crash: exit code 3 after '
	run "$LIVEPOST" run "$PROGRAMS/crash.c" SEGV
	assert_success
	assert_line --regexp '^crash: killed by SIGSEGV after '
	run "$LIVEPOST" run --json "$PROGRAMS/crash.c" none
	assert_equal "$(jq -c .exit <<<"$output")" '{"code":3}'
	run "$LIVEPOST" run --json "$PROGRAMS/crash.c" SEGV
	assert_equal "$(jq -c .exit <<<"$output")" '{"ending":"signal","signal":"SEGV"}'
}

# What livepost(5) says of the JSON: exactly these keys, of these types.
SCHEMA='
def time: type == "number" and . >= 0 and . == floor;
def id: type == "number" and . > 0 and . == floor;
def words: type == "string" and . != "";
def only($must; $may): (keys - $must - $may == []) and ($must - keys == []);
def slice:
	only(["start_ns", "end_ns", "state"]; ["cpu", "what", "owner", "owner_lane", "where", "call", "asked_ns", "count", "mix"])
	and (.start_ns | time) and (.end_ns | time)
	and (.state | IN("running", "waiting-cpu", "waiting-lock", "waiting-cond", "sleeping", "waiting-io", "joining",
		"waiting-child", "blocked", "unknown"))
	and (has("cpu") == (.state == "running")) and (.cpu // 0 | time)
	and all(.what, .owner, .where, .call | values; words) and (.owner_lane // 1 | id) and (.asked_ns // 0 | time);
def stretch: (.start_ns | time) and (.end_ns | time) and .start_ns <= .end_ns;
def lane:
	only(["name", "id", "pid", "tid", "start_ns", "end_ns", "cpu_ns", "slices", "spans", "marks"];
		["slack_ns", "least_slack_ns", "thread"])
	and (.name | words) and (.id | id) and (.pid | id) and (.tid | id)
	and stretch and (.cpu_ns | time) and all(.slack_ns, .least_slack_ns | values; time)
	and (.slices | type == "array" and all(slice))
	and (.spans | type == "array" and all(only(["name", "start_ns", "end_ns"]; []) and stretch and (.name | words)))
	and (.marks | type == "array" and all(only(["name", "ns"]; []) and (.ns | time) and (.name | words)));
def point: only(["lane", "ns"]; []) and (.lane | id) and (.ns | time);
def flow:
	only(["kind", "from", "to"]; ["what"]) and (.kind | IN("create", "join", "hand-off", "wake-up"))
	and (.from | point) and (.to | point) and .from.ns <= .to.ns and (.what // "x" | words);
def resource:
	only(["name", "kind", "holds", "waits"]; []) and (.name | words) and (.kind | words)
	and (.holds | type == "array" and all(only(["lane", "start_ns", "end_ns"]; ["read", "open", "count", "held_ns"]) and stretch and (.lane | id)))
	and (.waits | type == "array" and all(only(["lane", "start_ns", "end_ns"]; ["owner_lane", "count", "waited_ns"]) and stretch and (.lane | id)));
def path: only(["lane", "start_ns", "end_ns"]; ["count"]) and stretch and (.lane | id);
def stuck:
	only(["lane", "name", "state", "start_ns", "end_ns", "holders"];
		["what", "owner", "owner_lane", "where", "call", "asked_ns", "timed"])
	and (.lane | id) and (.name | words) and stretch and (.holders | type == "array" and all(id));
def timeline:
	(.lanes | type == "array" and all(lane)) and (.resources | type == "array" and all(resource))
	and (.flows | type == "array" and all(flow)) and (.path | type == "array" and all(path)) and (.finish | point)
	and (.blind | type == "array" and all(words))
	and (.hang // {"stuck": []} | only(["stuck"]; ["deadlock"]) and (.stuck | all(stuck)) and (.deadlock // [] | all(id)));
def machine:
	only(["cpu", "cores", "kernel", "memory_bytes"]; ["hypervisor"])
	and (.cpu | type == "string" and . != "") and (.cores | id) and (.kernel | test("^Linux [0-9]+\\."))
	and (.memory_bytes | id) and (.hypervisor // "x" | type == "string" and . != "");
def ending:
	if has("ending") then only(["ending"]; ["signal"]) and (.ending | IN("signal", "timeout", "flood"))
	else only(["code"]; []) and (.code | time) end;
def common: (.wall_ns | time) and (.user_ns | time) and (.system_ns | time) and (.lost | time)
	and (.notes | type == "array" and all(words)) and (.output | type == "string") and (.errors | type == "string") and (.exit | ending) and (.machine | machine);
'
COMMON='["wall_ns", "user_ns", "system_ns", "method", "lost", "exit", "output", "errors", "machine", "notes"]'
TIMELINE='["lanes", "resources", "flows", "path", "finish", "blind"]'

@test "the JSON is as livepost(5) says" {
	for end in none SEGV; do
		"$LIVEPOST" run --json "$PROGRAMS/crash.c" "$end" >value
		run jq "$SCHEMA"' only('"$COMMON + $TIMELINE"'; ["hang"]) and common and .method == "switch-records"
			and timeline and (.lanes | length == 1) and .flows == [] and .notes == []' value
		assert_output true
	done
	cat >threads.c <<-'END'
		#include <pthread.h>
		#include <unistd.h>
		static void *work(void *nothing) { usleep(1000); return nothing; }
		int main(void)
		{
			pthread_t thread;
			pthread_create(&thread, NULL, work, NULL);
			if (!fork())
				_exit(0);
			pthread_join(thread, NULL);
			return 0;
		}
	END
	"$LIVEPOST" run --json threads.c >value
	run jq "$SCHEMA"' common and timeline and (.lanes | length == 3)
		and ([.flows[] | select(.kind == "create")] | length == 2 and ([.[].from.lane] | unique) == [2])
		and ([.flows[] | select(.kind == "create") | .to.lane] | sort) == ([.lanes[].tid] - [2] | sort)' value
	assert_output true
	assert_equal "$(jq 'keys_unsorted == keys' value)" true
}

@test "without a timeline the JSON says why, and has no lanes" {
	LIVEPOST_METHOD=none "$LIVEPOST" run --json "$PROGRAMS/crash.c" none >value
	run jq "$SCHEMA"' only('"$COMMON"' + ["method_why"]; []) and common and .method == "none"
		and .method_why == "LIVEPOST_METHOD is none"' value
	assert_output true
}

@test "the method of measuring can be named" {
	make_say
	LIVEPOST_METHOD=none run "$LIVEPOST" run say.c x
	assert_success
	assert_line '[x]'
	assert_line --regexp '^say: exit code 0 after '
	assert_line 'measured without a timeline: no lanes, order unknown (LIVEPOST_METHOD is none)'
	refute_output --partial pid/tid
	local method
	for method in schedstat getrusage probe; do
		LIVEPOST_METHOD=$method run "$LIVEPOST" run say.c x
		assert_success
		assert_line --regexp "^measured by .*\\(LIVEPOST_METHOD is $method\\), none lost; not seen: which core ran what, "
		assert_line --regexp '^  main +2/2 '
	done
	for method in switch-records auto ''; do
		LIVEPOST_METHOD=$method run "$LIVEPOST" run say.c x
		assert_success
		assert_line --regexp '^measured by kernel switch records, none lost'
	done
	LIVEPOST_METHOD=sundial run "$LIVEPOST" run say.c
	assert_failure 1
	assert_output --partial ': measuring method "sundial": unknown; LIVEPOST_METHOD is auto, switch-records, schedstat, getrusage, probe or none'
}

@test "where the kernel refuses switch records the next method is taken, and says why" {
	make_say
	cc -o without_perf "$PROGRAMS/without_perf.c"
	while read -r number reason; do
		run ./without_perf "$number" "$LIVEPOST" run say.c x
		assert_success
		assert_line '[x]'
		assert_line --regexp "^measured by .*\\(perf_event_open: $reason.*; not seen: "
		LIVEPOST_METHOD=switch-records run ./without_perf "$number" "$LIVEPOST" run say.c x
		assert_failure 1
		assert_output --partial "LIVEPOST_METHOD=switch-records: perf_event_open: $reason"
		assert_output --partial 'use LIVEPOST_METHOD=auto'
		refute_line '[x]'
	done <<-'END'
		1 Operation not permitted
		13 Permission denied
		38 Function not implemented
	END
}

@test "a compile error names the place as the user named the file" {
	mkdir -p there/deep
	cat >there/deep/bad.c <<-'END'
		int main(void)
		{
			return missing;
		}
	END
	for name in there/deep/bad.c ./there/deep/bad.c there/../there/deep/bad.c "$PWD/there/deep/bad.c"; do
		run --separate-stderr "$LIVEPOST" run "$name"
		assert_failure 1
		assert_output ''
		assert_equal "${stderr_lines[0]}" "$name:3:8: cell \`bad\` does not compile: ‘missing’ undeclared (first use in this function)"
	done
	cd there/deep
	run "$LIVEPOST" run bad.c
	assert_line --index 0 --regexp '^bad\.c:3:8: '
	mkdir elsewhere
	cd elsewhere
	run "$LIVEPOST" run ../bad.c
	assert_line --index 0 --regexp '^\.\./bad\.c:3:8: '
}

@test "each compile error is told, and what only the linker sees, too" {
	cat >bad.c <<-'END'
		int one(void) { return first; }
		int main(void) { return second }
	END
	run "$LIVEPOST" run bad.c
	assert_failure 1
	assert_line --regexp '^bad\.c:1:24: .*first'
	assert_line --regexp '^bad\.c:2:31: .*expected'
	echo 'int missing(void); int main(void) { return missing(); }' >unlinked.c
	run "$LIVEPOST" run unlinked.c
	assert_failure 1
	assert_output --partial 'unlinked.c'
	assert_output --partial "undefined reference to \`missing'"
}

@test "a warning is told and stops nothing" {
	echo 'int main(void) { int unused; return 0; }' >warned.c
	run --separate-stderr "$LIVEPOST" run warned.c
	assert_success
	assert_line --partial 'exit code 0'
	assert_equal "${stderr_lines[0]}" 'warned.c:1:22: warning: unused variable ‘unused’ [-Wunused-variable]'
}

@test "included files are found as by the compiler, and named in its errors" {
	mkdir -p a/b c
	echo '#define FROM_ABOVE 1' >x.h
	echo '#include "../../c/z.h"' >a/b/y.h
	echo '#define FROM_C 2' >c/z.h
	cat >a/main.c <<-'END'
		#include "../x.h"
		#include "b/y.h"
		#include <stdio.h>
		int main(void) { printf("%d\n", FROM_ABOVE + FROM_C); return 0; }
	END
	for name in a/main.c "$PWD/a/main.c"; do
		run "$LIVEPOST" run "$name"
		assert_success
		assert_line --index 0 3
	done
	cd c
	run "$LIVEPOST" run ../a/main.c
	assert_success
	assert_line --index 0 3
	cd ..
	echo '#error "broken header"' >x.h
	run "$LIVEPOST" run a/main.c
	assert_failure 1
	assert_line --regexp '^(a/\.\./)?x\.h:1:2: .*broken header'
	rm x.h
	run "$LIVEPOST" run a/main.c
	assert_failure 1
	assert_line --regexp '^a/main\.c:1:10: .*\.\./x\.h: No such file or directory'
}

@test "a file that cannot be read is an error" {
	mkdir folder.c
	mkfifo pipe.c
	refuses 1 'missing.c: cannot read missing.c: No such file or directory' run missing.c
	refuses 1 'folder.c: cannot read folder.c: it is not a regular file' run folder.c
	refuses 1 'pipe.c: cannot read pipe.c: it is not a regular file' run pipe.c
	refuses 1 'x.c/y.c: cannot read x.c/y.c: No such file or directory' run x.c/y.c
	: >empty.c
	run "$LIVEPOST" run empty.c
	assert_failure 1
	assert_output --partial empty.c
}

@test "strange names of files and folders are no matter" {
	make_say
	mkdir 'a folder "quoted" $(x) ö'
	for name in 'two words.c' '"quoted".c' "it's.c" '$x;`y`.c' 'ö.c' '#.c' '%s.c' '\n.c' 'a folder "quoted" $(x) ö/x.c' 'x..c' -x.c; do
		cp -- say.c "$name"
		run "$LIVEPOST" run --json -- "$name" works
		assert_success
		assert_equal "$(jq -r .output <<<"$output")" '[works]'
	done
}

@test "the drawing is XML that needs nothing else" {
	make_say
	name='<&>"]]>.c'
	cat >"$name" <<-'END'
		#define _GNU_SOURCE 1
		#include <pthread.h>
		#include <unistd.h>
		static void *work(void *name) { pthread_setname_np(pthread_self(), name); usleep(1000); return NULL; }
		int main(void)
		{
			pthread_t a, b;
			pthread_create(&a, NULL, work, "<b>&\"'\033[31m");
			pthread_create(&b, NULL, work, "\xff\xfe]]>");
			pthread_join(a, NULL);
			pthread_join(b, NULL);
			return 0;
		}
	END
	run "$LIVEPOST" run --svg drawing.svg "$name"
	assert_success
	if command -v xmllint >/dev/null; then
		xmllint --nonet --noout drawing.svg
	else
		python3 -c 'import xml.dom.minidom; xml.dom.minidom.parse("drawing.svg")'
	fi
	run cat drawing.svg
	assert_line --index 0 --partial '<svg '
	assert_output --partial 'xmlns="http://www.w3.org/2000/svg"'
	assert_output --partial '<style'
	assert_output --partial '&lt;b&gt;&amp;'
	refute_output --regexp '(href|src|url)[=(]"?(https?:|/)'
	run "$LIVEPOST" run --svg=other.svg --json say.c
	assert_success
	assert_file_exist other.svg
	assert_equal "$(jq .exit.code <<<"$output")" 0
}

@test "without a timeline the drawing says so" {
	make_say
	LIVEPOST_METHOD=none run "$LIVEPOST" run --svg drawing.svg say.c
	assert_success
	run cat drawing.svg
	assert_output --partial 'LIVEPOST_METHOD is none'
}

@test "a drawing that cannot be written is an error" {
	make_say
	echo old >file
	refuses 1 'livepost: cannot make the folder file: File exists' run --svg file/x.svg say.c
	assert_equal "$(cat file)" old
	mkdir folder
	run --separate-stderr "$LIVEPOST" run --svg folder say.c
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" 'livepost: cannot write folder: a folder stands in its place'
	assert_equal "$(find . -name '*.new')" ''
	run "$LIVEPOST" run --svg /proc/x.svg say.c
	assert_failure 1
	assert_output --partial /proc
}

@test "output that cannot be written is an error" {
	make_say
	run bash -c '"$1" run say.c >/dev/full' - "$LIVEPOST"
	assert_failure 1
	assert_output 'livepost: standard output: No space left on device'
	run bash -c '"$1" run --json say.c >&-' - "$LIVEPOST"
	assert_failure 1
	assert_output 'livepost: standard output: Bad file descriptor'
	for option in --help --version; do
		run bash -c '"$1" "$2" >/dev/full' - "$LIVEPOST" "$option"
		assert_failure 1
		assert_output 'livepost: standard output: No space left on device'
	done
	# More than a pipe holds, to a reader that has gone.
	run bash -c '"$1" run "$2" 1 2>errors | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"' - "$LIVEPOST" "$PROGRAMS/flood.c"
	assert_failure 1
	assert_equal "$(cat errors)" 'livepost: standard output: Broken pipe'
}

@test "closed descriptors at the start change nothing" {
	make_say
	run bash -c '"$1" run say.c works <&-' - "$LIVEPOST"
	assert_success
	assert_line '[works]'
	run bash -c '"$1" run say.c works 2>&-' - "$LIVEPOST"
	assert_success
	assert_line '[works]'
	run bash -c '"$1" run --svg drawing.svg say.c <&- >&- 2>&-' - "$LIVEPOST"
	assert_failure 1
	assert_file_exist drawing.svg
	refute grep -q livepost: drawing.svg
}

@test "a hang-up that was to be ignored is ignored, as by nohup" {
	cat >nap.c <<-'END'
		#include <stdio.h>
		#include <unistd.h>
		int main(void) { usleep(800000); puts("rested"); }
	END
	env --ignore-signal=HUP "$LIVEPOST" run nap.c >out 2>&1 &
	local pid=$!
	sleep 0.4
	kill -HUP "$pid"
	wait "$pid"
	grep -q '^rested$' out
}
