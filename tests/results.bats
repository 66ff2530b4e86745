# What was measured, as a post's Lua addresses it: m["label"], its points, its fields with their units, and verdicts.

# shellcheck disable=SC2016
load support/livepost

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
}

# A program that takes a lock for some milliseconds, marks an instant and says something; swept over `threads`.
program() {
	cat <<-'END'
		```{c}
		//| label: pool
		//| runs: 3
		//| sweep: { threads: [1, 2] }
		#include <livepost.h>
		#include <pthread.h>
		#include <stdio.h>
		#include <unistd.h>
		static pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;
		static void *cook(void *unused)
		{
			pthread_mutex_lock(&chef);
			usleep(20000);
			pthread_mutex_unlock(&chef);
			return unused;
		}
		int main(void)
		{
			pthread_t cooks[threads];
			for (int i = 0; i < threads; i++)
				pthread_create(&cooks[i], NULL, cook, NULL);
			for (int i = 0; i < threads; i++)
				pthread_join(cooks[i], NULL);
			mark("served");
			puts("served");
		}
		```
	END
}

# say EXPRESSION: builds a post that says it in a sentence; the sentence is `said`.
say() {
	{ program; printf '\nSAID `{lua} %s` END\n' "$1"; } | make_post 2021-03-10-x.md
	run "$LIVEPOST" build
	said=$(sed -n 's/.*SAID \(.*\) END.*/\1/p' "$(page x)" 2>/dev/null | sed 's/<[^>]*>//g; s/&gt;/>/g; s/&quot;/"/g')
}

says() { # EXPRESSION PATTERN
	say "$1"
	assert_success
	[[ $said =~ ^($2)$ ]] || fail "$1: $said"
}

refuses() { # EXPRESSION MESSAGE
	say "$1"
	assert_failure 1
	assert_output --partial "posts/2021-03-10-x.md:33:6: Lua: $2"
}

@test "every field of a measurement is there, with its unit" {
	local time='[0-9.]+ (ns|µs|ms|s)' point='m["pool"].at{threads=2}'
	says "$point.wall.median" "$time"
	says "$point.wall.min" "$time"
	says "$point.wall.max" "$time"
	says "$point.wall.q1" "$time"
	says "$point.wall.q3" "$time"
	says "$point.wall.low" "$time"
	says "$point.wall.high" "$time"
	says "$point.wall.n" 3
	says "$point.runs" 3
	says "$point.cpu" "$time"
	says "$point.user + $point.system" "$time"
	says "$point.cores_busy" '[0-9.]+'
	says "$point.voluntary + $point.involuntary" '[0-9]+'
	says "$point.memory" '[0-9.]+ (KiB|MiB)'
	says "$point.exit.code" 0
	says "$point.exit.ending" 'exit'
	says "$point.output:match(\"%a+\")" served
	says "$point.method" 'switch-records|schedstat|getrusage|probe'
	says "$point.machine.cores" '[1-9][0-9]*'
	says "$point.machine.memory" '[0-9.]+ GiB'
	says "$point.measured_at" '20[0-9-]+T[0-9:]+Z'
	says "$point.at.threads" 2
	says "$point.label" pool
}

@test "sums of states, lanes, locks and marks agree with each other" {
	local point='m["pool"].at{threads=2}'
	says "$point.states.sleeping >= ms(40) and \"slept\"" slept
	says "$point.states[\"waiting-lock\"] == $point.states.waiting_lock and \"same\"" same
	says "$point.locks.chef.held > ms(5) and $point.locks.chef.held < $point.wall.max and \"held\"" held
	says "$point.locks.chef.waited > ms(1) and \"waited\"" waited
	says "$point.locks.chef.holds" 2
	says "$point.locks.chef.waits" 1
	says "$point.locks.chef.hand_offs" 1
	says "$point.lanes.cook.count" 2
	says "$point.lanes.cook.states.sleeping <= $point.states.sleeping and \"within\"" within
	says "$point.lanes[\"cook 1\"].count" 1
	says "$point.lanes.main.length > ms(5) and \"long\"" long
	says "$point.marks.served > ms(5) and \"late\"" late
	says "#m[\"pool\"].points .. m[\"pool\"].points[1].at.threads .. m[\"pool\"].names[1]" 21threads
}

@test "what is not there is refused, with the nearest that is" {
	refuses 'm["pol"].wall.median' 'no cell `pol` was measured in this post: did you mean `pool`?'
	refuses 'm["pool"].wall.median' 'cell `pool` is swept: say at which point, as in m["pool"].at{ threads = 1 }.wall: there are threads = 1; threads = 2'
	refuses 'm["pool"].at{threads=3}.wall.median' 'cell `pool` has no point threads = 3: there are threads = 1; threads = 2; the nearest is threads = 2'
	refuses 'm["pool"].at{thread=2}.wall' 'cell `pool` is not swept over `thread`: did you mean `threads`?'
	refuses 'm["pool"].at(2).wall' 'm["pool"].at: values are expected, as in .at{ threads = 1 }'
	refuses 'm["pool"].at{threads=2}.wal.median' 'm["pool"].at{ threads = 2 } has no field `wal`: did you mean `wall`?'
	refuses 'm["pool"].at{threads=2}.wall.meadian' 'm["pool"].at{ threads = 2 }.wall has no field `meadian`: did you mean `median`?'
	refuses 'm["pool"].at{threads=2}.states.runing' 'm["pool"].at{ threads = 2 }.states has no state `runing`: did you mean `running`?'
	refuses 'm["pool"].at{threads=2}.locks.chief.held' 'm["pool"].at{ threads = 2 }.locks has no lock `chief`: did you mean `chef`?'
	refuses 'm["pool"].at{threads=2}.lanes.waiter' 'm["pool"].at{ threads = 2 }.lanes has no lane `waiter`: there are `cook`, `cook 1`, `cook 2`, `main`'
	refuses 'm["pool"].at{threads=2}.wall.at' 'm["pool"].at{ threads = 2 }.wall has no field `at`'
	refuses 'm["pool"].at{threads=2}.memory > ms(5)' 'cannot compare a time and a bytes'
	refuses 'm["pool"].at{threads=2}.outcomes[1].count' 'm["pool"].at{ threads = 2 }.outcomes: the outcomes of `pool` were not counted: give it the option `outcomes: true`'
	refuses 'm["pool"].at{threads=2}.wall' '`m["pool"].at{threads=2}.wall` is'
}

@test "a cell that is not swept needs no point, and of a single run there is no interval" {
	{
		program | sed 's/sweep: .*/flags-are-not-needed: x/; /flags-are-not-needed/d; s/\[threads\]/[2]/; s/i < threads/i < 2/; s/runs: 3/runs: 1/'
		printf '\nSAID `{lua} m["pool"].wall.median` END\n'
	} | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	sed -i 's/wall.median/wall.low/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'm["pool"].wall.low: of a single run there is no interval: raise `runs`'
	sed -i 's/wall.low/at.threads/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'cell `pool` is not swept: it has no points'
	sed -i 's/at.threads/wall.median = 5/' posts/*.md
	run -1 "$LIVEPOST" build
}

@test "claims are made of results, and are told what they stand on" {
	{
		program
		cat <<-'END'
			```{lua}
			--| label: claims
			--| claim:
			--|   - m["pool"].at{threads=2}.wall.median > 1.2 * m["pool"].at{threads=1}.wall.median
			--|   - m["pool"].at{threads=2}.memory < MiB(64)
			return "text"
			```
		END
	} | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	assert grep -q 'class="claim"' "$(page x)"
	assert grep -q 'm\[&quot;pool&quot;\].at{ threads = 2 }.wall.median\|m\["pool"\].at{ threads = 2 }.wall.median' "$(page x)"
	sed -i 's/> 1.2/< 0.5/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'the measurements contradict it: m["pool"].at{ threads = 2 }.wall.median is'
	assert_output --partial 'to measure again: livepost build --remeasure pool'
}

@test "a verdict is the word for what the interval says" {
	says 'verdict("pool", {threads=2}, {threads=1})' faster
	says 'verdict("pool", {threads=1}, {threads=2}, { slower = "later" })' later
	says 'verdict("pool", {threads=1}, {threads=1}, { same = "no sooner" })' 'no sooner'
	refuses 'verdict("pool", {threads=1}, {threads=2}, { fast = "x", same = "y" })' 'verdict: unknown word `fast`: there are faster, slower and same'
	refuses 'verdict("pool", {threads=1})' 'the label of a cell is expected, in quotes, not a nil'
}

@test "a ratio is a plain number to tonumber, and what has a unit is none" {
	says '("%.1f"):format(tonumber(ms(30) / ms(12)))' '2\.5'
	says 'tonumber("7") + tonumber("11", 2)' 10
	says 'tostring(tonumber("seven"))' nil
	refuses 'tonumber(ms(3))' 'tonumber: 3.00 ms has a unit: divide it by one, such as ms(1) or KiB(1)'
}

@test "outcomes are a list, the most frequent first" {
	make_post 2021-03-10-x.md <<-'END'
		```{c}
		//| label: gravy
		//| runs: 6
		//| outcomes: true
		#include <stdio.h>
		#include <unistd.h>
		int main(int count, char **arguments) { (void)arguments; return puts(count == 1 ? "salty" : "bland") < 0; }
		```

		SAID `{lua} #m["gravy"].outcomes .. " " .. m["gravy"].outcomes[1].count .. " " .. m["gravy"].outcomes[1].output` END
	END
	run -0 "$LIVEPOST" build
	assert grep -q 'SAID .*1 6 salty' "$(page x)"
}
