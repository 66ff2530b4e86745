# The walls around every program: what it can see, reach, use up and leave behind.

# shellcheck disable=SC2016,SC2030,SC2031
load support/livepost

PROGRAMS=$PROJECT/tests/fixtures/programs

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	started=
}

teardown() {
	end_started
	rm -f "$HOME/.livepost-test-secret.h"
}

# What the program FILE.c prints when it is run with ARGUMENTS.
printed_by() {
	"$LIVEPOST" run --json "$@" | jq -r .output
}

# A copy of the program under a name that no other process on this machine bears: in the sandbox it is /cell/NAME.
unique() {
	local name=$1-$BATS_TEST_NUMBER-$$-$RANDOM
	cp "$PROGRAMS/$1.c" "$name.c"
	echo "$name"
}

# The processes that have WORD among their arguments, as seen from outside. Read from standard input, so that the one
# who looks does not have it.
processes_with() {
	# shellcheck disable=SC2062
	grep -lzxF -f - /proc/[0-9]*/cmdline <<<"$1" 2>/dev/null | cut -d / -f 3
}

# Of those the ones that are the program itself, and not what set up its sandbox.
programs_named() {
	local process first
	for process in $(processes_with "/cell/$1"); do
		IFS= read -r -d '' first <"/proc/$process/cmdline" && [ "$first" = "/cell/$1" ] && echo "$process"
	done 2>/dev/null
	return 0
}

assert_gone() {
	assert_equal "$(processes_with "$1")" ''
}

# What kill -9 left has a moment to go; it needs none when livepost itself says that it is over.
assert_gone_soon() {
	for _ in {1..100}; do
		[ -z "$(processes_with "$1")" ] && return
		sleep 0.1
	done
	assert_gone "$1"
}

wait_for() {
	for _ in {1..200}; do
		"$@" >/dev/null && return
		sleep 0.05
	done
	fail "never came true: $*"
}

runs_now() {
	[ -n "$(programs_named "$1")" ]
}

uses() {
	[ -n "$(processes_with "$1")" ]
}

# In the background, as a terminal would start it (where a shell's background ignores interrupts).
start_livepost() {
	env --default-signal=INT,TERM,HUP "$LIVEPOST" "$@" >log 2>&1 3>&- &
	livepost_process=$!
	started+=" $!"
}

# assert_ends CODE: start_livepost's process does, before long.
assert_ends() {
	local code=0
	wait "$livepost_process" || code=$?
	assert_equal "$code" "$1"
}

@test "a program is nobody special inside, without capabilities" {
	run printed_by "$PROGRAMS/identity.c"
	assert_line 'uid 1000 1000 gid 1000 1000 pid 2'
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		assert_line "$set:	0000000000000000"
	done
	assert_line 'NoNewPrivs:	1'
}

@test "a program is not root outside either, in no group, and in a pid namespace of its own" {
	name=$(unique identity)
	start_livepost run --timeout 60s "$name.c" stay
	wait_for runs_now "$name"
	process=$(programs_named "$name")
	run cat "/proc/$process/status"
	kill -INT "$livepost_process"
	assert_line --regexp '^Uid:	([1-9][0-9]*)	\1	\1	\1$'
	assert_line --regexp '^Gid:	([1-9][0-9]*)	\1	\1	\1$'
	assert_line --regexp '^NSpid:	[0-9]+(	[0-9]+)*	2$'
	if [ "$(id -u)" = 0 ]; then
		assert_line --regexp '^Groups:	[[:space:]]*$'
	fi
}

@test "the network is an empty loopback" {
	cc -D_GNU_SOURCE -o listener "$PROGRAMS/listener.c"
	./listener "livepost-test-$$" >port 3>&- &
	started+=" $!"
	wait_for test -s port
	run printed_by "$PROGRAMS/network.c" "$(cat port)" "livepost-test-$$"
	assert_output - <<-END
		interface: lo
		loopback: ECONNREFUSED
		internet: ENETUNREACH
		abstract: ECONNREFUSED
	END
	# Else the two refusals would prove nothing.
	cc -o network "$PROGRAMS/network.c"
	run ./network "$(cat port)" "livepost-test-$$"
	assert_line 'loopback: connected'
	assert_line 'abstract: connected'
}

@test "no file of the host is there but those of the system and, of a program outside of a post, those beside it" {
	mkdir other beside
	echo secret | tee other/secret >beside/public
	chmod 444 other/secret
	cp "$PROGRAMS/reach.c" beside/
	cd beside || return
	run printed_by reach.c -"$BATS_TEST_TMPDIR/other/secret" -"$PWD/public" -/etc/shadow -/etc/hosts "-$HOME" "-$PROJECT" -/root -/home -/work \
		-/var -/run -/mnt -/srv /cell /etc / -/proc/1/root/etc/shadow
	assert_line --partial "-$BATS_TEST_TMPDIR/other/secret: ENOENT"
	assert_line --partial "-$PWD/public: yes"
	for path in /etc/shadow /etc/hosts "$HOME" "$PROJECT" /root /home /work /var /run /mnt /srv; do
		assert_line "-$path: ENOENT"
	done
	assert_line '-/proc/1/root/etc/shadow: EACCES'
	assert_line '/cell: reach'
	[[ $output =~ $'\n/etc: '([^$'\n']*) ]]
	for name in ${BASH_REMATCH[1]}; do
		[[ " alternatives group ld.so.cache ld.so.conf ld.so.conf.d localtime passwd " == *" $name "* ]] ||
			fail "/etc/$name"
	done
	[[ $output =~ $'\n/: '([^$'\n']*) ]]
	for name in ${BASH_REMATCH[1]}; do
		[[ " bin cell dev etc gnu lib lib32 lib64 libx32 livepost nix proc sbin sys tmp usr " == *" $name "* ]] ||
			fail "/$name"
	done
}

@test "nothing can be written but /tmp and /dev/shm" {
	run printed_by "$PROGRAMS/reach.c" +/x +/etc/x +/etc/passwd +/usr/x +/usr/bin/cc +/bin/sh +/cell/x +/cell/reach \
		+/livepost/launch +/sys/x +/dev/x +/proc/sys/kernel/core_pattern +/proc/1/oom_score_adj +/tmp/written-x +/dev/shm/x \
		+/dev/null +/dev/sda +/dev/kmsg +/dev/mem
	refute_line --regexp '^\+/(x|etc|usr|bin|cell|livepost|sys|proc|dev/(x|sda|kmsg|mem)).*: yes$'
	assert_line '+/tmp/written-x: yes'
	assert_line '+/dev/shm/x: yes'
	assert_line '+/dev/null: yes'
}

@test "what can be written is bounded" {
	for folder in /tmp /dev/shm; do
		run printed_by "$PROGRAMS/fill.c" "$folder"
		# Folders and names take some of the 64 MiB.
		assert_output --regexp '^6[34] MiB: (ENOSPC|a part of it)$'
	done
}

@test "the probe's log and the program's files take no room from each other" {
	LIVEPOST_METHOD=probe "$LIVEPOST" run --json "$PROGRAMS/shares_log.c" fill >value
	assert_equal "$(jq -r .output value)" $'64 MiB: EFBIG\ndone'
	run jq -c '[.exit.code, .lost, (.resources[] | select(.name == "chef") | .holds | length)]' value
	assert_output '[0,0,30000]'
}

@test "the probe's log survives a program that tidies up" {
	LIVEPOST_METHOD=probe "$LIVEPOST" run --json "$PROGRAMS/shares_log.c" tidy >value
	assert_equal "$(jq -r .output value)" $'unlink probe: EACCES\ndone'
	run jq -c '[.exit.code, .lost, (.resources[] | select(.name == "chef") | .holds | length)]' value
	assert_output '[0,0,30000]'
}

@test "what finds no room in the probe's log is counted, and the program goes on" {
	LIVEPOST_METHOD=probe "$LIVEPOST" run --json "$PROGRAMS/shares_log.c" crowd >value
	assert_equal "$(jq -r .output value)" $'63 MiB: ENOSPC\ndone'
	# Two records for each of 30,000 times.
	run jq '.exit.code == 0 and .lost + 2 * (.resources[] | select(.name == "chef") | .holds | length) >= 60000
		and .lost > 50000' value
	assert_output true
}

@test "no other process can be seen or killed" {
	sleep 100 3>&- &
	other=$!
	started+=" $other"
	run printed_by "$PROGRAMS/neighbours.c" "$other"
	kill -0 "$other"
	assert_line 'others: 0'
	assert_line 'parent: 1'
	assert_line 'PID: ESRCH'
	assert_line 'everybody: ESRCH'
}

@test "a program cannot speak in the launcher's name" {
	# Whatever our caller has open must not get in.
	run --separate-stderr "$LIVEPOST" run --json "$PROGRAMS/forge.c" 7</etc/passwd 98>/dev/null
	assert_success
	assert_equal "$(jq -c .exit <<<"$output")" '{"code":7}'
	run jq -r .output <<<"$output"
	assert_output - <<-END
		descriptor 0
		descriptor 1
		descriptor 2
		input: 0
		ptrace: EPERM
		seize: EPERM
		memory: EACCES
		descriptors: EACCES
		process_vm_writev: EPERM
		still here
	END
}

# What the program FILE.c prints as a cell of a post.
printed_in_post() {
	make_site
	cp "$1" examples/
	make_post 2021-03-10-a.md <<-END
		\`\`\`{c}
		//| label: one
		//| runs: 1
		//| file: ${1##*/}
		\`\`\`
	END
	"$LIVEPOST" dump measurements posts/2021-03-10-a.md | jq -r .one.output
}

@test "a cell sees no folder of the host" {
	# A program without arguments looks at these.
	sed 's|int main(int argc, char \*\*argv)|static char *argv[] = { "", "-'"$PWD"'/secret", "-'"$PROJECT"'", "-'"$HOME"'", "/", 0 };\nstatic int argc = 5;\nint main(void)|' \
		"$PROGRAMS/reach.c" >reach.c && grep -q "static int argc" reach.c
	echo secret >secret
	run printed_in_post "$PWD/reach.c"
	assert_line "-$PWD/secret: ENOENT"
	assert_line "-$PROJECT: ENOENT"
	assert_line "-$HOME: ENOENT"
	refute_line --regexp '^/: .*(home|root|work|var)'
}

@test "the environment of a cell is always the same" {
	SECRET=1 LD_PRELOAD='' LANG=xx_YY.UTF-8 TMPDIR=$PWD run printed_in_post "$PROGRAMS/environment.c"
	output=$(sort <<<"$output")
	assert_output - <<-END
		HOME=/tmp
		LANG=C.UTF-8
		LD_PRELOAD=/livepost/probe.so
		PATH=/usr/local/bin:/usr/bin:/bin
		PWD=/tmp
		TMPDIR=/tmp
		USER=livepost
	END
}

@test "output is cut at 1 MiB and the program stopped" {
	for descriptor in 1 2; do
		name=$(unique flood)
		"$LIVEPOST" run --json "$name.c" "$descriptor" >value
		assert_gone "/cell/$name"
		assert_equal "$(jq -r .exit.ending value)" flood
		assert_equal "$(jq '(.output + .errors) | length' value)" 1048576
	done
}

@test "at its timeout a program ends with all that it started" {
	name=$(unique tree)
	run "$LIVEPOST" run --timeout 300ms "$name.c"
	assert_gone "/cell/$name"
	assert_success
	assert_line 'left behind'
	assert_output --partial 'stopped at its timeout'
}

@test "what a program leaves behind ends with it" {
	name=$(unique tree)
	start_livepost run --timeout 60s "$name.c" exit
	assert_ends 0
	assert_gone "/cell/$name"
	run cat log
	assert_line 'left behind'
	assert_output --partial 'exit code 0'
}

@test "forking without end is stopped" {
	name=$(unique fork_bomb)
	run "$LIVEPOST" run --timeout 300ms "$name.c"
	assert_gone "/cell/$name"
	assert_success
	assert_output --partial 'stopped at its timeout'
}

@test "each crash is told by its name" {
	for signal in SEGV ABRT FPE BUS ILL KILL; do
		run "$LIVEPOST" run "$PROGRAMS/crash.c" "$signal"
		assert_success
		assert_line before
		assert_output --partial "killed by SIG$signal after"
	done
}

@test "kill -9 of livepost leaves no process of the program" {
	name=$(unique tree)
	start_livepost run --timeout 60s "$name.c"
	wait_for runs_now "$name"
	sleep 0.2
	kill -KILL "$livepost_process"
	assert_gone_soon "/cell/$name"
}

@test "kill -9 of livepost leaves no process of the compiler" {
	endless_to_compile >"slow-$$.c"
	start_livepost run "slow-$$.c"
	wait_for uses "/tmp/program"
	sleep 0.2
	kill -KILL "$livepost_process"
	assert_gone_soon "slow-$$.c"
}

# A program of few lines that keeps the compiler busy for minutes.
endless_to_compile() {
	echo '#define A0 x+'
	for i in {1..9}; do
		p="A$((i - 1))"
		echo "#define A$i $p $p $p $p $p $p $p $p $p $p"
	done
	echo 'int x; int main(void) { return A9 0; }'
}

@test "an interrupt ends run with exit code 130, and the sandbox" {
	name=$(unique tree)
	start_livepost run --timeout 60s "$name.c"
	wait_for runs_now "$name"
	kill -INT "$livepost_process"
	assert_ends 130
	assert_gone "/cell/$name"
}

@test "an interrupt while the sandbox is being made ends it, too" {
	printf 'int main(void) { return 0; }\n' >"early-$$.c"
	for i in {1..40}; do
		start_livepost run "early-$$.c"
		sleep "0.0$((i % 8 + 1))"
		kill -INT "$livepost_process" 2>/dev/null || true
		# Not for ever, if it is for ever.
		timeout 10 tail -s 0.05 --pid="$livepost_process" -f /dev/null || fail "interrupt $i was not heard"
	done
	assert_gone "early-$$.c"
}

@test "an interrupt ends build with the site as it was" {
	make_site
	echo 'A text.' | make_post 2021-03-10-first.md
	"$LIVEPOST" build
	snapshot site >before
	label=endless-$$-$RANDOM
	make_post 2021-03-10-second.md <<-END
		\`\`\`{c}
		//| label: $label
		int main(void) { for (;;) { } }
		\`\`\`
	END
	for signal in INT TERM HUP; do
		start_livepost build
		wait_for runs_now "$label"
		kill "-$signal" "$livepost_process"
		assert_ends $((128 + $(kill -l "$signal")))
		assert_gone "/cell/$label"
		snapshot site | diff before -
		run cat log
		assert_output --partial 'interrupted'
	done
}

# make_cell NAME OPTIONS…: a post with one cell, whose fence stands in line 7, column 1, and whose code is standard input.
make_cell() {
	local name=$1
	shift
	{
		printf 'A text.\n\n```{c}\n'
		printf '//| %s\n' "$@"
		cat
		printf '```\n'
	} | make_post "$name"
}

# cell_fails MESSAGE-REGEX: the build fails with this one error at the cell of posts/2021-03-10-cell.md.
cell_fails() {
	run "$LIVEPOST" build
	assert_failure 1
	assert_line --regexp "^posts/2021-03-10-cell\\.md:7:1: cell \`it\`: $1"
	assert_not_exist site
}

@test "a cell that crashes is an error at its line" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' 'runs: 1' <<-'END'
		#include <stdio.h>
		int main(void) { fputs("\033[2Jlast words\n", stderr); __builtin_trap(); }
	END
	cell_fails 'killed by SIGILL \(illegal instruction\) after '
	# Not as an order to the terminal.
	assert_line '    last words'
}

@test "a cell that fails is an error at its line" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' <<<'int main(void) { return 3; }'
	cell_fails 'exit code 3 after .*: a cell that works ends with 0$'
}

@test "a cell that hangs is an error at its line" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' 'timeout: 200ms' <"$PROGRAMS/tree.c"
	cell_fails 'stopped after 200 ms, its timeout, with 5 processes and threads alive: does it hang\?'
	assert_gone /cell/it
}

@test "a cell that floods its output is an error at its line" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' <<<'#include <stdio.h>
int main(void) { for (;;) puts("more"); }'
	cell_fails 'wrote more than 1 MiB of output and was stopped'
	assert_gone /cell/it
}

@test "a cell that forks without end is an error at its line" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' 'timeout: 400ms' <"$PROGRAMS/fork_bomb.c"
	# On a machine that has much else to do nobody gets round to counting them.
	cell_fails 'stopped after 400 ms with ([0-9]+ processes and threads alive, at the limit of 512|more processes and threads alive than could be counted): does it fork without end\?'
	assert_gone /cell/it
}

@test "memory is bounded" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' <<-'END'
		#include <stdlib.h>
		int main(void) { return malloc(8ul << 30) ? 0 : 5; }
	END
	cell_fails 'exit code 5 after '
}

@test "the compiler reads no file of the host" {
	make_site
	echo 'int very_secret = 4711;' >secret.h
	cp secret.h "$HOME/.livepost-test-secret.h" || true # who has no home has no secrets there
	for path in /etc/shadow "$HOME/.livepost-test-secret.h" "$PWD/secret.h" ../secret.h ../../../../../etc/shadow \
		/proc/1/root/etc/shadow; do
		for line in "#include \"$path\"" "#include <$path>" "__asm__(\".incbin \\\"$path\\\"\");"; do
			make_cell 2021-03-10-cell.md 'label: it' <<<"$line
int main(void) { return 0; }"
			run "$LIVEPOST" build
			assert_failure 1
			assert_line --regexp '^posts/2021-03-10-cell\.md:[0-9]+:[0-9]+: cell `it` does not compile: '
			refute_output --partial 4711
			refute_output --partial root:
		done
	done
}

@test "a cell's file lies in examples/ and nowhere else" {
	make_site
	echo 'int main(void) { return 0; }' | tee outside.c >examples/inside.c
	for path in ../../etc/passwd /etc/passwd ../outside.c "$PWD/outside.c" sub/../../outside.c .. . ../examples/../outside.c; do
		make_cell 2021-03-10-cell.md 'label: it' "file: $path" </dev/null
		run "$LIVEPOST" build
		assert_failure 1
		assert_line --regexp '^posts/2021-03-10-cell\.md:9:11: file `'
		refute_output --partial root:
	done
	make_cell 2021-03-10-cell.md 'label: it' 'file: inside.c' </dev/null
	run "$LIVEPOST" build
	assert_success
}

@test "a compiler that never ends is stopped by an interrupt" {
	endless_to_compile >"slow-$$.c"
	start_livepost run "slow-$$.c"
	wait_for uses "slow-$$.c"
	wait_for uses "/tmp/program"
	kill -INT "$livepost_process"
	assert_ends 130
	assert_gone "slow-$$.c"
}

@test "whatever a program prints, its page holds text only" {
	make_site
	cp "$PROGRAMS/bytes.c" examples/
	make_cell 2021-03-10-cell.md 'label: it' 'runs: 1' 'echo: false' 'file: bytes.c' </dev/null
	run "$LIVEPOST" build
	assert_success
	iconv -f UTF-8 -t UTF-8 "$(page cell)" >/dev/null
	run grep -cP '[\x00-\x08\x0b-\x1f\x7f]' "$(page cell)"
	assert_output 0
	refute grep -q '<script>\|</samp></pre><' <(sed 's,</samp></pre></div>$,,' "$(page cell)")
	assert_equal "$(grep -c '</samp>' "$(page cell)")" 1
	run cat "$(page cell)"
	assert_line '&amp;amp; &quot;quoted&quot; &#39;too&#39; &lt;b&gt;'
	assert_line --partial '<samp>&lt;/samp&gt;&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;'
	assert_line --partial 'red '
}

@test "without bubblewrap nothing is run" {
	make_site
	make_cell 2021-03-10-cell.md 'label: it' <<<'int main(void) { return 0; }'
	[ "$(id -u)" = 0 ] || skip 'to hide bwrap takes root'
	run unshare --mount sh -c 'mount --bind /dev/null /usr/bin/bwrap && exec "$@"' sh "$LIVEPOST" build
	assert_failure 1
	assert_output --partial 'sandbox'
	assert_output --partial 'nothing was published'
	assert_not_exist site
}
