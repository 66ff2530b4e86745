# Programs as people write them: what their timelines say is checked against what must hold of every timeline, and against
# what is known of the program. No run here may fail because a machine is slow.

# shellcheck disable=SC2016
load support/livepost

TRACED=tests/fixtures/traced

setup_file() {
	cd "$PROJECT" || return
	echo 'int main(void) { return 0; }' >"$BATS_FILE_TMPDIR/nothing.c"
	FIRST=$("$LIVEPOST" run --json "$BATS_FILE_TMPDIR/nothing.c" | jq -r .method)
	export FIRST
}

setup() {
	cd "$PROJECT" || return
	VALUE=$BATS_TEST_TMPDIR/value
	unset -v LIVEPOST_METHOD
}

# trace FILE.c ARGUMENTS…: the run as JSON in $VALUE, sound as every timeline has to be.
trace() {
	"$LIVEPOST" run --json "$@" >"$VALUE" 2>"$VALUE.errors" || return
	run "$(dirname "$LIVEPOST")/tests/lua-host" tests/support/check_scenes.lua "$VALUE" "${LIVEPOST_METHOD:-$FIRST}"
	assert_equal "$status: $output" '0: '
}

# holds FILTER: true of $VALUE.
holds() {
	run jq 'def named($name): [.lanes[] | select(.name == $name)]
			| if length == 1 then .[0] else error("\(length) lanes are \($name)") end;
		def resource($name): [.resources[] | select(.name == $name)]
			| if length == 1 then .[0] else error("\(length) resources are \($name)") end;
		def flows($kind): [.flows[] | select(.kind == $kind)]; '"$1" "$VALUE"
	assert_equal "$output" true
}

# tries COMMAND…, one chain of `&&`: what is wrong here is wrong every time; that a ring was full because nobody emptied it
# on a machine with much else to do is not.
tries() {
	"$@" || "$@" || "$@"
}

# on_every_rung COMMAND…, as in tries.
on_every_rung() {
	local method
	for method in switch-records schedstat getrusage probe; do
		[ "$method" != switch-records ] || [ "$FIRST" = switch-records ] || continue
		LIVEPOST_METHOD=$method tries "$@" || return
	done
}

@test "each rung names itself, why it was taken and what it cannot see" {
	local method
	echo '#include <unistd.h>
		int main(void) { return usleep(1000); }' >"$BATS_TEST_TMPDIR/nap.c"
	for method in switch-records schedstat getrusage probe none; do
		[ "$method" != switch-records ] || [ "$FIRST" = switch-records ] || continue
		LIVEPOST_METHOD=$method "$LIVEPOST" run --json "$BATS_TEST_TMPDIR/nap.c" | jq -r \
			'"\(.method): \(.blind // ["no timeline"] | join(" ")): \([.lanes[]?.slices[].state] | map(select(. == "sleeping"))[0] // "nothing")"'
	done >"$VALUE"
	[ "$FIRST" = switch-records ] || sed -i '1i switch-records: : sleeping' "$VALUE"
	run cat "$VALUE"
	assert_output 'switch-records: : sleeping
schedstat: cpus preemption unwrapped: sleeping
getrusage: cpus preemption delay unwrapped: sleeping
probe: cpus preemption delay unwrapped cpu-time: sleeping
none: no timeline: nothing'
	run jq -r .method_why <(LIVEPOST_METHOD=getrusage "$LIVEPOST" run --json "$BATS_TEST_TMPDIR/nap.c")
	assert_output 'LIVEPOST_METHOD is getrusage'
}

# Locks at places without a name are numbered among themselves.
names() {
	trace $TRACED/names.c && holds '[.resources[].name | select(test("pipe") | not)] == ["global", "shown", "kitchen.oven",
		"kitchen.sink.tap", "forks[2]", "grid[1][0]", "either.lock", "mutex 1", "mutex 2", "mutex 3", "mutex 4", "hidden"]' &&
		holds '[.lanes[].name] | sort
			== (["main", "cook 1", "cook 2", "helper", "other 1", "other 2"] + [range(1; 13) | "taker \(.)"] | sort)' &&
		holds 'named("helper") | [.spans[].name] == ["outer", "inner"] and .spans[0].start_ns <= .spans[1].start_ns
			and .spans[1].end_ns <= .spans[0].end_ns and .spans[1].end_ns - .spans[1].start_ns >= 100000
			and [.marks[].name] == ["now"] and .marks[0].ns <= .spans[1].start_ns'
}

@test "locks bear the names of their variables, lanes those of their functions, on every rung" {
	on_every_rung names
}

places() {
	trace $TRACED/where.c && holds '[.lanes[].slices[] | select(.state == "sleeping" and .asked_ns > 0)]
		| length == 9 and all(.[]; .where == "tests/fixtures/traced/where.c:\(.asked_ns / 10000)")'
}

@test "a wait is where its line is, inlined, unoptimised, or called by a library, on every rung" {
	on_every_rung places
}

@test "a file given by an absolute path is named as it was given" {
	local folder=$BATS_TEST_TMPDIR/here
	mkdir -p "$folder/below"
	cp $TRACED/traced.h $TRACED/where.c "$folder"
	trace "$folder/where.c"
	run jq -r '[.lanes[].slices[] | select(.asked_ns > 0) | .where | sub(":[0-9]+$"; "")] | unique[]' \
		"$VALUE"
	assert_output "$folder/where.c"
}

# The longer of two threads decides, all the way from its creation; the other could have ended as much later as it ended
# before that one. What is left is main's way there and back.
longer_decides() {
	trace $TRACED/names.c path && holds '. as $all | named("gravy") as $gravy | named("chicken") as $chicken
		| ($chicken.end_ns - $gravy.end_ns) as $spare | $chicken.slack_ns == 0
		and $gravy.slack_ns >= 0.9 * $spare and $gravy.slack_ns <= $spare + 0.1 * $all.wall_ns
		and ([.path[] | select(.lane == $gravy.id)] == [])
		and ([.path[] | select(.lane == $chicken.id) | .end_ns - .start_ns] | add) >= 0.95 * ($chicken.end_ns - $chicken.start_ns)
		and .finish.lane == 2'
}

# Who had the lock first decides until it is let go, then the other; the first one's end holds up nobody.
relay_decides() {
	trace $TRACED/names.c relay && holds 'named("lend") as $lend | named("borrow") as $borrow
		| (flows("hand-off")[0]) as $baton | $baton.what == "global" and $baton.from.lane == $lend.id
		and $baton.to.lane == $borrow.id and $lend.least_slack_ns == 0 and $lend.slack_ns > 0 and $borrow.slack_ns == 0
		and ([.path[] | .lane] | .[-3:]) == [$lend.id, $borrow.id, 2]
		and any(.path[]; .lane == $lend.id and .end_ns == $baton.from.ns)'
}

@test "of two joined threads the longer decides, and the other has the difference to spare, on every rung" {
	on_every_rung longer_decides
}

@test "the critical path follows a lock that is handed on, on every rung" {
	on_every_rung relay_decides
}

# The letters say who took the baton each time, in capitals where it waited for the other one.
hand_off() {
	trace $TRACED/hand_off.c && holds '(.output | fromjson) as $true | ($true.owners / "") as $letters
		| { a: $true.a, b: $true.b } as $tids | resource("baton") as $baton
		| [$baton.holds[].lane] == [$letters[] | $tids[ascii_downcase]]
		and ($baton.waits | length) == 10000
		and all($baton.waits[]; .owner_lane == (if .lane == $true.a then $true.b else $true.a end))
		and (flows("hand-off") | length) == 10000
		and all(flows("hand-off")[]; .from.lane != .to.lane and .what == "baton")'
}

@test "of 10,000 hand-offs each one's owner, order and arrow is right, on every rung" {
	on_every_rung hand_off
}

kitchen_of_five() {
	trace $TRACED/philosophers.c && holds '. as $all | (.lanes | length) == 6 and all(range(5);
			. as $i | $all | resource("forks[\($i)]").holds | length == 20
			and all(.[]; .lane as $lane | $all.lanes[] | select(.id == $lane) | .name
				| . == "philosopher \($i)" or . == "philosopher \(($i + 4) % 5)"))' &&
		holds '([.resources[] | select(.kind == "mutex") | .waits | length] | add) as $waits
			| $waits > 0 and $waits == (flows("hand-off") | length)'
}

@test "dining philosophers hold forks beside them, and each wait ends with a hand-off, on every rung" {
	on_every_rung kitchen_of_five
}

@test "readers share a lock and a writer does not" {
	trace $TRACED/readers_writer.c
	holds '(named("writer").id) as $writer | resource("menu").holds
		| all(.[]; (.read == true) == (.lane != $writer)) and any(.[]; .lane == $writer)'
}

@test "a pool waits for its condition and is woken by whoever signals" {
	trace $TRACED/thread_pool.c
	holds '(.output == "30 served\n") and (resource("pool.ordered") | .holds == [])
		and all(.lanes[].slices[] | select(.state == "waiting-cond"); .what == "pool.ordered" and (.where | test("thread_pool")))
		and all(flows("wake-up")[] | select(.what == "pool.ordered"); .from.lane == 2)'
}

@test "a pipe between two threads is one resource with both ends' waits" {
	trace $TRACED/pipe.c
	holds '(.output == "16 loaves\n") and ([.resources[] | select(.kind == "pipe") | [.waits[].lane] | unique]
		| any(length == 2)) and all(flows("wake-up")[]; .what | test("^pipe "))'
}

@test "an epoll server and its client wait for I/O alone" {
	trace $TRACED/epoll.c
	holds '[.lanes[] | select(.name != "main") | .slices[].state] | unique
		| (index("waiting-io") != null) and (. - ["running", "waiting-cpu", "waiting-io", "blocked", "sleeping"]) == []'
}

@test "fifty children and as many grandchildren have lanes, each created and waited for" {
	trace $TRACED/children.c
	holds '(.lanes | length) == 101 and (flows("create") | length) == 100 and (flows("join") | length) == 100'
}

@test "two hundred threads have lanes, arrows and a door that they pass one by one" {
	trace $TRACED/many_threads.c
	holds '(.lanes | length) == 201 and (flows("create") | length) == 200 and (flows("join") | length) == 200
		and (resource("door").holds | length) == 200 and (flows("wake-up") | length) >= 199'
}

crowd() {
	trace $TRACED/short_threads.c && holds '(.lanes | length) == 20001 and (flows("create") | length) == 20000
		and (flows("join") | length) == 20000 and .lost == 0'
}

@test "twenty thousand short threads have lanes, and none is lost" {
	tries crowd
}

@test "what a program prints does not depend on how it is measured" {
	local method file
	for file in pipe children; do
		for method in switch-records schedstat getrusage probe none; do
			[ "$method" != switch-records ] || [ "$FIRST" = switch-records ] || continue
			LIVEPOST_METHOD=$method "$LIVEPOST" run --json $TRACED/$file.c | jq -c '[.output, .errors, .exit]' >>"$VALUE"
		done
		run sort -u "$VALUE"
		assert_equal "${#lines[@]}" 1
		rm "$VALUE"
	done
}

# python SCRIPT OUTPUT
python() {
	[ -x /usr/bin/python3 ] || skip "no python3"
	trace $TRACED/python.c "$1"
	run jq -r .output "$VALUE"
	assert_output "$2"
}

@test "Python's lock is one resource, its threads bear their names and run only with it, on every rung" {
	[ -x /usr/bin/python3 ] || skip "no python3"
	local method
	for method in switch-records schedstat getrusage probe; do
		[ "$method" != switch-records ] || [ "$FIRST" = switch-records ] || continue
		LIVEPOST_METHOD=$method "$LIVEPOST" run --json $TRACED/python.c busy >"$VALUE"
		run "$(dirname "$LIVEPOST")/tests/lua-host" tests/support/check_gil.lua "$VALUE" 3
		assert_equal "$status: $output" '0: '
		holds '[.lanes[1:][].name] | sort == ["cook 0", "cook 1", "cook 2"]'
	done
}

@test "three Python threads that sleep, sleep at the same time" {
	python naps slept
	holds '[.lanes[] | select(.tid != .pid) | .slices[] | select(.state == "sleeping" and .end_ns - .start_ns >= 19e6)]
		| length == 3'
}

@test "asyncio waits for I/O in one thread" {
	python asyncio 10
	holds '[.resources[] | select(.name | test("GIL")) | .name] == ["GIL"]'
	holds '(.lanes | length) == 1 and any(.lanes[0].slices[]; .state == "waiting-io" and .end_ns - .start_ns >= 2e6)'
}

@test "a pool of Python processes has a lane for each" {
	python pool '[1, 2, 3]'
	holds '[.resources[] | select(.name | test("GIL")) | .name] | unique | length <= 3'
	holds '([.lanes[] | select(.pid == .tid)] | length) == 3 and (flows("create") | length) == (.lanes | length) - 1'
}

@test "programs that Python starts have lanes of their own, and Python waits for them" {
	python programs "0 b'hi\\n'"
	holds 'named("sleep") as $sleep | named("echo").pid != $sleep.pid
		and any(named("python3").slices[]; .state == "waiting-child" and .owner_lane == $sleep.id)
		and any(flows("join")[]; .from.lane == $sleep.id)'
}
