# Where in the code time was spent: what samples say ran, what the probe says waited.

# shellcheck disable=SC2016
load support/livepost

PROGRAMS=$PROJECT/tests/fixtures/programs

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp "$PROGRAMS/hot.c" .
}

# The number of the line that bears the comment.
line() { # NAME FILE
	grep -n "/\* $1 \*/" "$2" | cut -d : -f 1
}

# Whether it holds of the file `value`, in which $hot, $warm, $sleep and $lock are the rows of these lines of FILE.
assert_holds() { # FILE CONDITION
	run jq --argjson hot "$(line hot "$1")" --argjson warm "$(line warm "$1")" --argjson sleep "$(line sleep "$1")" \
		--argjson lock "$(line lock "$1")" --arg file "$1" '
		def row($line): [.lines.own[] | select(.file == $file and .line == $line)] | if length == 1 then .[0] else error("row") end;
		row($hot) as $hot | row($warm) as $warm | row($sleep) as $sleep | row($lock) as $lock | '"$2" value
	assert_output true
}

# Every sample and every moment off a CPU has its place, or is said to have none.
SUMS='(.lines as $l | [$l.own[], $l.elsewhere[]] as $rows
	| (($rows | map(.samples) | add) + $l.unknown_samples == $l.samples)
	and ($rows | all(.on_cpu_ns == .samples * $l.period_ns))
	and $l.unattributed_ns == ([$l.cpu_ns - $l.samples * $l.period_ns, 0] | max)
	and ($l.own | map([.file, .line]) | . == (sort | unique)))'
WAITS='(([.lanes[].slices[] | select(.state != "running")] | group_by(.state)
		| map({ key: .[0].state, value: (map(.end_ns - .start_ns) | add) }) | from_entries)
	== ([.lines.own[].off_cpu, .lines.elsewhere[].off_cpu, .lines.unplaced | to_entries[]] | group_by(.key)
		| map({ key: .[0].key, value: (map(.value) | add) }) | from_entries))'

@test "each line bears what ran and what waited there" {
	has_switch_records || skip "this machine refuses switch records"
	"$LIVEPOST" run --json --lines hot.c >value
	assert_holds hot.c "$SUMS"
	assert_holds hot.c "$WAITS"
	# What runs in the program's own code has samples, one a millisecond, as far as it had a core.
	assert_holds hot.c '$hot.samples > $warm.samples and $warm.samples > 0 and $hot.off_cpu == {}'
	assert_holds hot.c '.lines.unattributed_ns < .lines.cpu_ns / 2 and .lines.cpu_ns == ([.lanes[].cpu_ns] | add)'
	# Who waits does not run.
	# The delay at a wait's end may be some of what was before it, and is taken out of the sleep.
	assert_holds hot.c '$sleep.off_cpu.sleeping > 15000000 and ($sleep.off_cpu | add) >= 20000000 and $sleep.samples == 0'
	assert_holds hot.c '$lock.off_cpu["waiting-lock"] >= 20000000 and $lock.samples == 0'
	assert_holds hot.c '.lines | has("on_cpu_why") or has("off_cpu_why") | not'
}

@test "a run is sampled only where that is asked for" {
	"$LIVEPOST" run --json hot.c >value
	assert_equal "$(jq 'has("lines")' value)" false
	run "$LIVEPOST" run hot.c
	refute_output --partial 'sample'
}

@test "code that is not the author's has rows of its own" {
	has_switch_records || skip "this machine refuses switch records"
	cat >sorts.c <<-'END'
		#include <stdlib.h>
		static int numbers[400000];
		static int compare(const void *a, const void *b)
		{
			return *(const int *)a - *(const int *)b; /* compare */
		}
		int main(void)
		{
			for (int i = 0; i < 400000; i++)
				numbers[i] = (int)((unsigned)i * 2654435761u >> 8);
			qsort(numbers, 400000, sizeof *numbers, compare);
			return numbers[0] < 0;
		}
	END
	"$LIVEPOST" run --json --lines sorts.c >value
	run jq "$SUMS"' and (.lines.elsewhere | map(select(.module == "libc.so.6") | .samples) | add > 3)
		and (.lines.elsewhere | all(has("file") or has("line") | not))
		and (.lines.own | all(.file == "sorts.c"))' value
	assert_output true
}

@test "time in the kernel is said to have no line" {
	has_switch_records || skip "this machine refuses switch records"
	cat >reads.c <<-'END'
		#include <fcntl.h>
		#include <unistd.h>
		int main(void)
		{
			static char bytes[1 << 20];
			int zero = open("/dev/urandom", O_RDONLY);
			for (int i = 0; i < 10; i++)
				if (read(zero, bytes, sizeof bytes) < 0)
					return 1;
			return 0;
		}
	END
	"$LIVEPOST" run --json --lines reads.c >value
	run jq "$SUMS"' and .lines.unattributed_ns > .lines.cpu_ns / 2' value
	assert_output true
}

@test "lines of a child are those of the program" {
	has_switch_records || skip "this machine refuses switch records"
	cat >forks.c <<-'END'
		#include <sys/wait.h>
		#include <unistd.h>
		static volatile unsigned heat;
		int main(void)
		{
			if (!fork()) {
				for (unsigned i = 0; i < 30000000; i++) heat += i; /* child */
				_exit(0);
			}
			wait(NULL); /* wait */
			return 0;
		}
	END
	"$LIVEPOST" run --json --lines forks.c >value
	run jq --argjson child "$(line child forks.c)" --argjson wait "$(line wait forks.c)" "$SUMS and $WAITS"'
		and ([.lines.own[] | select(.line == $child) | .samples] | add > 2)
		and ([.lines.own[] | select(.line == $wait) | .off_cpu["waiting-child"]] | add > 2000000)' value
	assert_output true
}

@test "a lock of several parts is one in the lines, too" {
	has_switch_records || skip "this machine refuses switch records"
	cat >busy.py <<-'END'
		import threading
		def work():
		    for i in range(400000): pass
		threads = [threading.Thread(target=work) for _ in range(2)]
		for thread in threads: thread.start()
		for thread in threads: thread.join()
	END
	"$LIVEPOST" run --json --lines busy.py >value
	assert_equal "$(jq '[.resources[] | select(.name == "GIL")] | length' value)" 1
	run jq "$WAITS"' and ([.lines.elsewhere[].off_cpu["waiting-lock"] // 0] | add > 0)' value
	assert_output true
}

@test "where the kernel refuses, lines say what waited, and why they do not say what ran" {
	cc -o without_perf "$PROGRAMS/without_perf.c"
	./without_perf 13 "$LIVEPOST" run --json --lines hot.c >value
	assert_equal "$(jq -r .method value)" schedstat
	run jq -r .lines.on_cpu_why value
	assert_output --regexp '^perf_event_open: Permission denied \(kernel\.perf_event_paranoid is -?[0-9]+\)$'
	run jq --argjson sleep "$(line sleep hot.c)" --argjson lock "$(line lock hot.c)" "$WAITS"'
		and ([.lines.own[] | select(.line == $sleep) | .off_cpu.sleeping] | add >= 20000000)
		and ([.lines.own[] | select(.line == $lock) | .off_cpu["waiting-lock"]] | add >= 20000000)
		and (.lines.own | all(has("samples") or has("on_cpu_ns") | not))
		and (.lines | has("samples") or has("cpu_ns") | not)' value
	assert_output true
	LIVEPOST_METHOD=none "$LIVEPOST" run --json --lines hot.c >value
	run jq -c .lines value
	assert_output '{"elsewhere":[],"off_cpu_why":"no timeline: the run was measured by none: LIVEPOST_METHOD is none","on_cpu_why":"LIVEPOST_METHOD is none","own":[]}'
}

@test "the terminal has the lines with the most time first" {
	has_switch_records || skip "this machine refuses switch records"
	run "$LIVEPOST" run --lines hot.c
	assert_success
	assert_line --regexp '^  line +on CPU +waiting$'
	assert_line --regexp "^  hot\.c:$(line sleep hot.c) +0 ns +[0-9.]+ ms$"
	assert_line --regexp "^  hot\.c:$(line hot hot.c) +[0-9.]+ ms +0 ns$"
	assert_line --regexp '^on CPU by [0-9]+ samples?, one each 1\.00 ms; of [0-9.]+ ms on a CPU [0-9.]+ .?s has none, '
	LIVEPOST_METHOD=probe run "$LIVEPOST" run --lines hot.c
	assert_line --regexp "^  hot\.c:$(line sleep hot.c) +unknown +[0-9.]+ ms$"
	assert_line 'on CPU: unknown (LIVEPOST_METHOD is probe)'
}

@test "a cell's lines are those of the post, and the run that is sampled is not counted" {
	has_switch_records || skip "this machine refuses switch records"
	make_site
	{
		printf '```{c}\n//| label: hot\n//| runs: 2\n//| freeze: false\n' # what is frozen is rounded
		cat hot.c
		printf '```\n'
	} | make_post 2021-03-10-hot.md
	"$LIVEPOST" dump measurements posts/2021-03-10-hot.md | jq .hot >value
	assert_holds posts/2021-03-10-hot.md '(.runs | length == 2) and .wall.n == 2'
	assert_holds posts/2021-03-10-hot.md '$hot.samples > 0 and $sleep.off_cpu.sleeping >= 20000000'
	# What waited is of the run whose timeline is kept.
	run jq ".lanes = .timeline.lanes | $SUMS and $WAITS" value
	assert_output true
}
