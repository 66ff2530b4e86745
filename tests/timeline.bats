# What the timeline of a live run says, checked against what must hold of any run and what the program itself measured.

# shellcheck disable=SC2016
load support/livepost

PROGRAMS=$PROJECT/tests/fixtures/programs

setup_file() {
	REFUSED=$(why_no_switch_records)
	export REFUSED
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "$REFUSED" ] || skip "no switch records on this machine: $REFUSED"
}

# What holds of every timeline, as a list of what does not.
INVARIANTS='
def sum_of(state): [.slices[] | select(.state == state) | .end_ns - .start_ns] | add // 0;
def length_ns: .end_ns - .start_ns;
def broken:
	. as $all
	| (select(.lost != 0) | "records are lost"),
	(.lanes[] | . as $lane
		| (select(.slices == [] and .start_ns != .end_ns), select(.slices != [] and .slices[0].start_ns != .start_ns)
			| "lane \(.tid) does not begin with its first slice"),
		(select(.slices != [] and .slices[-1].end_ns != .end_ns) | "lane \(.tid) does not end with its last slice"),
		(range(1; .slices | length) as $i | select(.slices[$i].start_ns != .slices[$i - 1].end_ns)
			| "lane \(.tid): slice \($i) does not begin where the one before ends"),
		(range(1; .slices | length) as $i
			| select(.slices[$i].state == .slices[$i - 1].state and .slices[$i].cpu == .slices[$i - 1].cpu)
			| "lane \(.tid): slice \($i) is like the one before"),
		(.slices[] | select(.end_ns <= .start_ns) | "lane \($lane.tid) has an empty slice"),
		(.slices[] | select(.state == "unknown") | "lane \($lane.tid) is unknown for a time, and nothing is lost"),
		(select(.cpu_ns != sum_of("running")) | "lane \(.tid): cpu_ns is not the sum of what runs"),
		(select(.start_ns < 0 or .end_ns > $all.wall_ns) | "lane \(.tid) is not within the run"),
		(select(.end_ns < .start_ns) | "lane \(.tid) ends before it begins")),
	(range(1; .lanes | length) as $i | select(.lanes[$i].start_ns < .lanes[$i - 1].start_ns)
		| "lane \($i) stands behind one that began later"),
	([.lanes[] | {tid, start_ns}] | select((unique | length) != length) | "a lane is there twice"),
	([.lanes[].slices[] | select(.state == "running")] | group_by(.cpu)[] | sort_by(.start_ns)
		| range(1; length) as $i | select(.[$i].start_ns < .[$i - 1].end_ns)
		| "two lanes run on core \(.[0].cpu) at \(.[$i].start_ns)"),
	(.flows[] | . as $flow
		| (select([$all.lanes[] | select(.id == $flow.to.lane and .start_ns <= $flow.to.ns and .end_ns >= $flow.to.ns
			and ($flow.kind != "create" or .start_ns == $flow.to.ns))] | length != 1)
			| "a flow ends at no lane: \(.)"),
		(select([$all.lanes[] | select(.id == $flow.from.lane and .start_ns <= $flow.from.ns and .end_ns >= $flow.from.ns)]
			| length != 1) | "a flow begins at no lane: \(.)"));
def named($name): [.lanes[] | select(.name == $name)] | if length == 1 then .[0] else error("\(length) lanes are \($name)") end;
'

# trace FILE.c ARGUMENTS…: the run as JSON in the file `value`, checked by INVARIANTS.
trace() {
	"$LIVEPOST" run --json "$@" >value || return
	run jq -r "$INVARIANTS"'[broken] | .[:5][]' value
	assert_equal "$status: $output" '0: '
}

# holds FILTER: true of `value`.
holds() {
	run jq "$INVARIANTS $1" value
	assert_equal "$output" true
}

# For times that the rest of the machine can lengthen: what is wrong in livepost is wrong every time, what a neighbour
# did is not. CHECK… must be one chain of `&&`: in a condition a failure in between ends nothing.
within_tries() {
	for _ in {1..6}; do
		"$@" && return
	done
	return 1
}

@test "the least program has one lane" {
	echo 'int main(void) { return 0; }' >nothing.c
	trace nothing.c
	holds '(.lanes | length) == 1 and .flows == [] and .lanes[0].name == "main" and .lanes[0].tid == 2'
}

@test "threads, late threads, children and grandchildren have lanes of their own, with their names" {
	trace "$PROGRAMS/family.c"
	holds '[.lanes[].name] | sort
		== ["child", "first", "grandchild", "its thread", "late", "main", "parent", "second", "third"]'
	# Each as pid/tid under its name, as the program itself saw them.
	holds '. as $all | [.output | splits("\n") | select(. != "") / "\t"]
		| length == 9 and all(. as $note | $all | named($note[0]) | "\(.pid) \(.tid)" == "\($note[1]) \($note[2])")'
	holds '[.flows[] | select(.kind == "create") | "\(.from.lane) \(.to.lane)"] | unique | length == 8'
	holds '(named("parent").tid) as $parent | (named("late").tid) as $late
		| any(.flows[]; .from.lane == $parent and .to.lane == $late)'
	holds '(named("child").tid) as $child | (named("grandchild").tid) as $grandchild | (named("main").tid) as $main
		| any(.flows[]; .from.lane == $main and .to.lane == $child)
		and any(.flows[]; .from.lane == $child and .to.lane == $grandchild)'
	holds '(named("late").start_ns - named("parent").start_ns) >= 100e6'
}

# In each lane, time running is what the thread's own clock says. That of the main thread began before its program was
# executed; its note counts from where main began, so the lane is longer by what the loader took.
clocks_agree() {
	trace "$PROGRAMS/family.c" && holds '. as $all | [.output | splits("\n") | select(. != "") / "\t"
		| . as [$name, $pid, $tid, $clock] | ($clock | tonumber) as $clock
		| ($all | named($name).cpu_ns - $clock) as $more | ([$clock * 0.01, 200000] | max) as $tolerance
		| select($more < -$tolerance or $more > $tolerance + (if $name == "main" then 3000000 else 0 end))
		| "\($name) is \($more) ns off"] == []'
}

@test "the time running is the thread's own CPU time" {
	within_tries clocks_agree
}

@test "two hundred threads have two hundred lanes" {
	trace "$PROGRAMS/crowd.c"
	holds '(.lanes | length) == 201 and ([.flows[] | select(.kind == "create")] | length) == 200
		and ([.lanes[].name] | sort) == ([range(200) | "t\(.)"] + ["main"] | sort)'
	run "$LIVEPOST" run "$PROGRAMS/crowd.c"
	assert_success
	assert_line '  … and 161 lanes more; --json prints them all'
}

@test "a process that executes another program bears its name" {
	trace "$PROGRAMS/execs.c" child
	holds '(.lanes | length) == 2 and .exit.code == 0 and (named("sleep") | .pid == .tid and .pid != 2 and sum_of("sleeping") > 20e6)'
	trace "$PROGRAMS/execs.c" main
	holds '(.lanes | length) == 1 and .exit.code == 0 and (named("sleep") | .tid == 2 and sum_of("sleeping") > 20e6)'
}

@test "a thread that executes another program takes the place of all others" {
	trace "$PROGRAMS/execs.c" thread
	holds '(.lanes | length) == 4 and .exit.code == 0'
	holds '(named("sleep")) as $sleep | $sleep.tid == 2 and ($sleep | sum_of("sleeping") > 20e6)
		and all(.lanes[] | select(.name != "sleep"); .end_ns <= $sleep.start_ns + 5e6 and .end_ns < $sleep.end_ns)'
}

shared_core() {
	# Each waits while the other runs; neither waits for anything else.
	trace "$PROGRAMS/one_core.c" "$1" &&
		holds '[named("a", "b") | .slices[] | select(.state == "running") | .cpu] | unique | length == 1' &&
		holds '[named("a", "b")] | all(sum_of("blocked") < 1e6)' &&
		holds '([named("a", "b") | sum_of("waiting-cpu")] | add) / ([named("a", "b") | length_ns] | add) > 0.42' &&
		holds '([named("a", "b") | sum_of("running")] | add)
			<= ([named("a", "b") | .end_ns] | max) - ([named("a", "b") | .start_ns] | min)'
}

@test "two busy threads on one core wait for each other half of the time" {
	within_tries shared_core busy
}

@test "giving way is waiting for a core, not for something" {
	within_tries shared_core yield
	holds '[named("a", "b") | .slices | map(select(.state == "waiting-cpu")) | length] | min > 50'
}

@test "a sleep is a slice between the clock before and the clock after" {
	within_tries naps
}

# The thread's creation lies between the first two readings of the program's clock: so the timeline's zero is known to
# within these.
naps() {
	trace "$PROGRAMS/naps.c" && holds '
		[.output | splits("\n") | select(. != "") | tonumber] as $clocks
		| .flows[0].from.ns as $created | ($clocks[0] - $created) as $zero_least | ($clocks[1] - $created) as $zero_most
		| [.lanes[0].slices[] | select(.state == "sleeping" and .end_ns - .start_ns > 2e6)] as $naps
		| ($naps | length) == 10 and ($zero_most - $zero_least < 1e6) and all(range(10);
			$clocks[2 + 2 * .] as $before | $clocks[3 + 2 * .] as $after
			| $naps[.].start_ns + $zero_most >= $before and $naps[.].end_ns + $zero_least <= $after
			and $naps[.].end_ns - $naps[.].start_ns >= 2900000)'
}

@test "a run is as long as the program" {
	cat >long.c <<-'END'
		#include <stdio.h>
		#include <time.h>
		#include <unistd.h>
		int main(void)
		{
			struct timespec start, end;
			clock_gettime(CLOCK_MONOTONIC, &start);
			usleep(50000);
			clock_gettime(CLOCK_MONOTONIC, &end);
			printf("%lld\n", (end.tv_sec - start.tv_sec) * 1000000000ll + end.tv_nsec - start.tv_nsec);
			return 0;
		}
	END
	trace long.c
	holds '(.output | tonumber) as $own | .wall_ns >= $own and (.lanes[0] | length_ns) >= $own'
	within_tries eval 'trace long.c && holds ".wall_ns - (.output | tonumber) < 20e6"'
}

@test "a child that is killed has a lane that ends then" {
	trace "$PROGRAMS/killed_child.c"
	holds '(.lanes | length) == 2 and .lanes[1].pid == .lanes[1].tid and .lanes[1].tid != 2
		and .lanes[0].end_ns - .lanes[1].end_ns >= 15e6 and (.lanes[1] | length_ns) >= 14e6'
}

@test "a child that is left behind is shown until the program ends" {
	trace "$PROGRAMS/killed_child.c" leave
	holds '(.lanes | length) == 2 and .lanes[1].end_ns == .wall_ns'
}

@test "at its timeout all lanes end with the run" {
	cat >hang.c <<-'END'
		#include <pthread.h>
		#include <unistd.h>
		static void *spin(void *nothing) { for (;;) ; return nothing; }
		static void *wait_in_vain(void *nothing) { pause(); return nothing; }
		int main(void)
		{
			pthread_t thread;
			pthread_create(&thread, NULL, spin, NULL);
			pthread_create(&thread, NULL, wait_in_vain, NULL);
			if (!fork())
				pause();
			for (;;)
				pause();
		}
	END
	trace --timeout 120ms hang.c
	holds '. as $all | .exit.ending == "timeout" and .wall_ns >= 120e6 and (.lanes | length) == 4
		and all(.lanes[]; .end_ns == $all.wall_ns)'
}

@test "a program that dies has its timeline up to there" {
	cat >die.c <<-'END'
		#include <unistd.h>
		int main(void) { usleep(10000); __builtin_trap(); }
	END
	trace die.c
	holds '.exit.signal == "ILL" and (.lanes | length) == 1 and (.lanes[0] | sum_of("sleeping") >= 8e6)'
}

@test "no switch of many is lost" {
	trace "$PROGRAMS/ping_pong.c"
	# Each byte that was sent woke the other process, or came while it ran.
	holds '.lost == 0 and (.lanes | length) == 2 and ([.lanes[].slices | length] | min) > 1000'
}

@test "a name given late is the lane's name" {
	cat >late_name.c <<-'END'
		#include <sys/prctl.h>
		#include <unistd.h>
		int main(void) { usleep(3000); prctl(PR_SET_NAME, "head chef"); usleep(3000); return 0; }
	END
	trace late_name.c
	holds '[.lanes[].name] == ["head chef"]'
}
