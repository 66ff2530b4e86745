# Programs that write over what measures them: livepost says so with a shorter timeline, or with an error, and never falls.

# shellcheck disable=SC2016
load support/livepost

SCRIBBLE=$PROJECT/tests/fixtures/programs/scribble.c

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# What holds of every timeline, as a list of what does not.
TILED='
	. as $all
	| ((.lanes // [])[] | . as $lane
		| (select(.slices != [] and (.slices[0].start_ns != .start_ns or .slices[-1].end_ns != .end_ns)) | "\(.name) is not tiled"),
		(select(.slices == [] and .start_ns != .end_ns) | "\(.name) has no slices"),
		(range(1; .slices | length) as $i | select(.slices[$i].start_ns != .slices[$i - 1].end_ns) | "\(.name): a gap at \($i)"),
		(.slices[] | select(.end_ns <= .start_ns) | "\($lane.name) has an empty slice"),
		(select(.start_ns < 0 or .end_ns > $all.wall_ns) | "\(.name) is not within the run")),
	((.flows // [])[] | select(.from.ns > .to.ns) | "a flow goes back"),
	((.resources // [])[] | .name as $name | (.holds + .waits)[] | select(.start_ns > .end_ns or .end_ns > $all.wall_ns)
		| "\($name) is held or waited for at no time")'

# survives METHOD HOW SEED: a whole timeline or an error of livepost's own, in time. Leaves it in `value`, or nothing.
survives() {
	local status=0
	LIVEPOST_METHOD=$1 timeout 60 "$LIVEPOST" run --json "$SCRIBBLE" "$2" "$3" >value 2>errors || status=$?
	if [ "$status" -ge 124 ] || grep -Eq 'Sanitizer|traceback|runtime error' errors; then
		echo "$1, $2, seed $3: exit $status"
		cat errors
		return 1
	fi
	if [ ! -s value ]; then
		[ -s errors ] && return
		echo "$1, $2, seed $3: exit $status and no word"
		return 1
	fi
	local broken
	broken=$(jq -r "[$TILED] | .[:3][]" value) || return
	[ -z "$broken" ] && return
	echo "$1, $2, seed $3: $broken"
	return 1
}

@test "a program that leaves its log alone is whole" {
	survives probe nothing 1
	run jq -c '[.exit.code, .lost, .refused, .problem, (.lanes | length)]' value
	assert_output '[0,0,null,null,3]'
}

# scribbled HOW: with some seeds, on the rung that rests on the log alone and on the one that has the kernel's records, too.
scribbled() {
	local method seed
	for seed in 1 2 3; do
		for method in probe auto; do
			survives "$method" "$1" "$seed" || return
		done
	done
}

# said HOW: on the log's own rung something is missing from the timeline, and it is said. What a scribble hits depends on when
# it comes: where it hit nothing that matters, there is nothing to say, so the next seed is tried.
said() {
	local seed
	for seed in 1 2 3 4 5; do
		survives probe "$1" "$seed" || return
		run jq '(.refused // 0) > 0 or .lost > 0 or .problem != null or (.lanes == null and (.method_why | test("log")))' value
		[ "$output" = true ] && return
	done
	fail "nothing was said of any of five logs written over: $1"
}

@test "a log that is written over: random bytes" {
	scribbled bytes
	said bytes
}

@test "a log that is written over: random times, objects and values" {
	scribbled records
	said records
}

@test "a log that is written over: whose pages are whose" {
	scribbled heads
	said heads
}

@test "a log that is written over: the head of all" {
	scribbled header
	said header
}

@test "a log that is written over: what was seen of the threads" {
	scribbled samples
	said samples
}

@test "a log that is written over: zeros all over" {
	scribbled zero
	said zero
}

@test "a log that is written over: cut off anywhere" {
	scribbled cut
}

@test "a log that is written over: without a name" {
	scribbled gone
}
