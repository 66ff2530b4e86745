# Waits that no wrapper sees: what the launcher saw when it looked.

load support/livepost

UNSEEN=$PROJECT/tests/fixtures/programs/unseen.c

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# Says in which calls the program was blocked for long, on the rung. On a busy machine nobody may have come to look.
blocked_calls() {
	local try
	for try in {1..6}; do
		LIVEPOST_METHOD=$1 "$LIVEPOST" run --json "$UNSEEN" >value || return
		calls=$(jq -c '[.lanes[0].slices[] | select(.state == "blocked" and .end_ns - .start_ns > 50000000) | .call]' value)
		[ "$calls" = '["futex"]' ] && return
	done
	return 1
}

@test "a wait that no wrapper sees is blocked, with its system call" {
	echo 'int main(void) { return 0; }' >nothing.c
	refused=$("$LIVEPOST" run --json nothing.c | jq -r 'select(.method != "switch-records") | .method_why // "?"')
	[ -z "$refused" ] || skip "no switch records on this machine: $refused"
	blocked_calls auto
	run jq -r '.lanes[0].slices[] | select(.call == "futex") | .where' value
	assert_output --partial 'unseen.c:'
}

@test "of many short waits some are seen, and none is called otherwise" {
	echo 'int main(void) { return 0; }' >nothing.c
	[ "$("$LIVEPOST" run --json nothing.c | jq -r .method)" = switch-records ] || skip "no switch records on this machine"
	for try in {1..6}; do
		"$LIVEPOST" run --json "$UNSEEN" 100 >value
		calls=$(jq -c '[.lanes[0].slices[] | select(.state == "blocked" and .end_ns - .start_ns > 2000000) | .call]
			| [length > 90, (map(select(. == "futex")) | length >= 5), (unique - [null, "futex"])]' value)
		[ "$calls" = '[true,true,[]]' ] && break
	done
	assert_equal "$calls" '[true,true,[]]'
}

@test "where no switch is recorded it stays unknown" {
	LIVEPOST_METHOD=probe "$LIVEPOST" run --json "$UNSEEN" >value
	run jq -c '[.lanes[0].slices[] | select(.end_ns - .start_ns > 50000000) | [.state, .call]]' value
	assert_output '[["unknown",null]]'
}

@test "at the timeout it is said of a lane on every rung" {
	for method in auto schedstat getrusage probe; do
		LIVEPOST_METHOD=$method "$LIVEPOST" run --json --timeout 50ms "$UNSEEN" >value
		run jq -c '[.exit.ending, (.hang.stuck[] | .name, .state, .call)]' value
		assert_output '["timeout","main","blocked","futex"]'
	done
}
