# Why a lane waited, as the timeline says it, against what the program knows of itself: state, name, owner, line, arrow
# and holds, on every rung. Nothing here rests on how fast anything is; but a neighbour on the machine can take a core
# away at the one moment between a thread's falling asleep and the kernel's word on it, so what fails is tried again.

load support/livepost

TRACED=tests/fixtures/traced

setup_file() {
	cd "$PROJECT" || return
	REFUSED=$(why_no_switch_records)
	export REFUSED
}

setup() {
	cd "$PROJECT" || return
}

# true_scenes METHOD NAME: the program's scenes are what the timeline says, on that rung.
true_scenes() {
	local try value=$BATS_TEST_TMPDIR/value
	for try in 1 2 3; do
		LIVEPOST_METHOD=$1 "$LIVEPOST" run --json "$TRACED/$2.c" >"$value" 2>"$value.errors" || return
		run "$(dirname "$LIVEPOST")/tests/lua-host" tests/support/check_scenes.lua "$value" "$1" "$TRACED/$2.c"
		[ "$status: $output" != '0: ' ] || return 0
		echo "try $try: $output"
	done
	return 1
}

first_rung() {
	[ -z "$REFUSED" ] || skip "no switch records on this machine: $REFUSED"
}

@test "locks, conditions, barriers and joins are what they are, by switch records" {
	first_rung
	true_scenes switch-records waits_lock
}

@test "locks, conditions, barriers and joins are what they are, by schedstat" {
	true_scenes schedstat waits_lock
}

@test "locks, conditions, barriers and joins are what they are, by getrusage" {
	true_scenes getrusage waits_lock
}

@test "locks, conditions, barriers and joins are what they are, by the probe alone" {
	true_scenes probe waits_lock
}

@test "time, descriptors, children and signals are what they are, by switch records" {
	first_rung
	true_scenes switch-records waits_outside
}

@test "time, descriptors, children and signals are what they are, by schedstat" {
	true_scenes schedstat waits_outside
}

@test "time, descriptors, children and signals are what they are, by getrusage" {
	true_scenes getrusage waits_outside
}

@test "time, descriptors, children and signals are what they are, by the probe alone" {
	true_scenes probe waits_outside
}
