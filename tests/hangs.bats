# Programs that hang: who waits for what, and whether it is a deadlock. Nothing may be called one that could still go on.

load support/livepost

setup() {
	cd "$PROJECT" || return
}

# hangs NAME EXPECTED [METHOD]: what `livepost run` says of that hang, a line for each lane that is stuck (main first, then
# by name) and one for the deadlock. On a busy machine a hang may take longer to come about than the first timeout.
hangs() {
	local timeout said
	for timeout in 250ms 1s 4s; do
		LIVEPOST_METHOD=${3:-auto} "$LIVEPOST" run --timeout "$timeout" --json tests/fixtures/traced/hangs.c "$1" \
			>"$BATS_TEST_TMPDIR/value" || return
		# shellcheck disable=SC2016
		said=$(jq -r '(.lanes | map({ (.id | tostring): .name }) | add) as $names
			| (if .exit.ending != "timeout" then "it ended: \(.errors)" else empty end),
			([.hang.stuck[]?] | sort_by(.name != "main", .name)[] | .name + " " + .state
				+ ([.what, (if .owner then "held by \(.owner)" else empty end), (if .timed then "for a time" else empty end)]
					| map(select(.)) | map(": " + .) | join(""))),
			([.hang.deadlock[]? | $names[tostring]] | sort | if . == [] then "no deadlock" else "deadlock: " + join(", ") end)' \
			"$BATS_TEST_TMPDIR/value" | sed 's/^\(car[^ ]*\|bus[^ ]*\) \(running\|waiting-cpu\|unknown\)$/\1 is busy/')
		[ "$said" != "$2" ] || return 0
	done
	assert_equal "$said" "$2"
}

@test "a thread that locks a mutex twice is a deadlock of its own" {
	hangs self 'main waiting-lock: knife: held by main
deadlock: main'
}

PAIR='main joining: alice
alice waiting-lock: fork_: held by bob
bob waiting-lock: knife: held by alice
carol is busy
deadlock: alice, bob'

@test "two locks taken crosswise are a deadlock of those two alone" {
	hangs pair "$PAIR"
}

@test "a deadlock is one on every rung" {
	hangs pair "$PAIR" schedstat
	hangs pair "$PAIR" getrusage
	hangs pair "$PAIR" probe
}

@test "threads that join each other in a circle are a deadlock" {
	hangs joins 'main waiting-cond
anna joining: berta
berta joining: clara
clara joining: anna
deadlock: anna, berta, clara'
}

@test "to join what waits for one's lock is a deadlock" {
	hangs join-lock 'main joining: worker
worker waiting-lock: knife: held by main
deadlock: main, worker'
}

@test "two readers that both want to write are a deadlock" {
	hangs upgrade 'main joining: reader 1
reader 1 waiting-lock: book: held by reader 2
reader 2 waiting-lock: book: held by reader 1
deadlock: reader 1, reader 2'
}

@test "a writer and a reader can be a deadlock" {
	hangs writer 'main joining: reader
reader waiting-lock: knife: held by writer
writer waiting-lock: book: held by reader
deadlock: reader, writer'
}

@test "two processes over shared mutexes are a deadlock" {
	hangs processes 'child waiting-lock: mutex 1: held by parent
parent waiting-lock: mutex 2: held by child
deadlock: child, parent'
}

@test "a parent that waits for a child that waits for its mutex is a deadlock" {
	hangs child-lock 'child waiting-lock: mutex 1: held by parent
parent waiting-child: child
deadlock: child, parent'
}

@test "two spin locks taken crosswise are a deadlock" {
	hangs spin 'main joining: one
one waiting-lock: right: held by two
two waiting-lock: left: held by one
deadlock: one, two'
}

@test "two semaphores used as locks are a deadlock when nobody is left to post" {
	hangs semaphores 'main joining: one
one waiting-lock: blue: held by two
two waiting-lock: red: held by one
deadlock: one, two'
}

@test "what something could still end is no deadlock" {
	hangs patient 'main joining: listener
alice waiting-lock: fork_: held by bob: for a time
alone waiting-cond: never
bob waiting-lock: knife: held by alice
buyer waiting-lock: till: held by seller
consumer sleeping: for a time
heir waiting-lock: grave: held by late
listener waiting-cond: silence
outsider waiting-lock: outer: held by reporter
producer waiting-lock: spaces: held by producer
reporter waiting-cond: news
seller waiting-io: pipe 1
sleeper sleeping: for a time
tired waiting-lock: bed: held by sleeper
no deadlock'
}

@test "a semaphore that a signal's handler will post is no deadlock" {
	hangs handler 'main waiting-lock: blue: held by main
no deadlock'
}

@test "threads that compute for ever are no deadlock" {
	hangs busy 'main joining: busy
busier is busy
busy is busy
no deadlock'
}
