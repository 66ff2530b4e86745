# Claims are tested on resamples of the runs: shown, contradicted, or not to be told, when more runs are asked for.

# shellcheck disable=SC2016
load support/posts

# A cell whose program ends at once, and is not that of another label.
named_cell() { # LABEL OPTION…
	write_cell "$@" <<<"int ${1//-/_}; $QUICK"
	printf '\n'
}

# The post of a cell `slow` and a cell `fast`, with this claim below the second.
post() { # CLAIM
	{
		named_cell slow 'runs: 5'
		named_cell fast 'runs: 5' "claim: '$1'"
	} | make_post 2021-03-10-a.md
}

# The kept file of a cell.
file_of() { # LABEL
	grep -lF "\"label\":\"$1\"" .livepost/measurements/*.json
}

# The runs of a kept measurement took so many milliseconds.
took() { # LABEL MS…
	set_times "$(file_of "$1")" "${@:2}"
	rm -rf posts/_measured # what is frozen comes first
}

# Builds once with a claim that is true, then as if the runs had taken other times, with this claim.
build_with() { # CLAIM; `slow` 200, 203, … and `fast` 100, 104, … or `wide` times
	post 'runs("slow") == 5'
	run -0 "$LIVEPOST" build
	took slow 200 203 201 207 199
	took fast "${FAST[@]:-100}"
	post "$1"
	run --separate-stderr "$LIVEPOST" build
	refute grep -q compiling <<<"$stderr"
}

# The runs of a kept measurement gave up a core so often, in the order in which they ran.
gave_up() { # LABEL COUNT…
	local file
	file=$(file_of "$1")
	jq -c '($ARGS.positional | map(tonumber)) as $count | .measurement.runs |= [range(length) as $i | .[$i] + { voluntary: $count[$i] }]' \
		--args "${@:2}" <"$file" >changed
	mv changed "$file"
}

@test "what each run has is resampled like its time, and what comes from the timeline of one run is said to" {
	post 'runs("slow") == 5'
	run -0 "$LIVEPOST" build
	took slow 200 201 202 203 204
	gave_up slow 1 2 30 4 5
	post 'm["slow"].voluntary > 0'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$(at '//p[@class="claim"]')" 'Tested: .* — here 1 \[1, 30\]; true in 100 % of 1,000 resamples$'
	post 'm["slow"].voluntary < 10'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'claim `m\["slow"\].voluntary < 10`: not shown: m\["slow"\].voluntary is 1 \[1, 30\], true in [3-7][0-9.]* % of 1,000 resamples'
	post 'm["slow"].voluntary > 40'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'claim `m\["slow"\].voluntary > 40`: the measurements contradict it: .*, true in 0 % of 1,000 resamples'
	post 'm["slow"].lanes.main.length > ms(0)'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$(at '//p[@class="claim"]')" '; its timeline is that of one run$'
}

@test "shown: the page has the value, its interval, and in how many resamples it is true" {
	FAST=(100 104 101 99 102)
	build_with 'speedup("slow", "fast") > 1.5'
	assert_success
	refute grep -q warning <<<"$stderr"
	assert_equal "$(at '//p[@class="claim"]')" \
		'Tested: speedup("slow", "fast") > 1.5 — here 1.99× [1.93, 2.05]; true in 100 % of 1,000 resamples'
	post 'wall("fast") < ms(150) and wall("slow") > ms(150)'
	run -0 "$LIVEPOST" build
	assert_equal "$(at '//p[@class="claim"]')" 'Tested: wall("fast") < ms(150) and wall("slow") > ms(150) — here '\
'wall("fast") = 101 ms [99.0, 104], wall("slow") = 201 ms [199, 207]; true in 100 % of 1,000 resamples'
}

@test "not shown: the build goes on with a warning, and the page says that nobody can tell" {
	FAST=(80 260 195 150 230)
	build_with 'wall("fast") < wall("slow")'
	assert_success
	assert_regex "$stderr" "$POST"':14:12: warning: claim `wall\("fast"\) < wall\("slow"\)`: not shown: wall\("fast"\) is 195 ms \[80.0, 260\], wall\("slow"\) is 201 ms \[199, 207\], true in [0-9.]+ % of 1,000 resamples: raise `runs`, or claim less'
	assert_regex "$(at '//p[@class="claim not-shown"]')" '^Not shown: wall\("fast"\) < wall\("slow"\) — here wall\("fast"\) = 195 ms \[80.0, 260\], .*; true in [1-9][0-9](\.[0-9])? % of 1,000 resamples$'
	assert_equal "$(xmllint --html --xpath 'count(//p[@class="claim"])' "$(page a)" 2>/dev/null)" 0
	# The opposite cannot be told either, although the medians are against it.
	post 'wall("fast") > wall("slow")'
	run -0 "$LIVEPOST" build
	assert_output --partial 'not shown'
	# The same bytes again.
	cp -a site before
	run -0 "$LIVEPOST" build
	diff -r before site
}

@test "contradicted: the build fails, says by what, and how to measure again" {
	FAST=(300 304 301 299 302)
	build_with 'wall("fast") < wall("slow")'
	assert_failure 1
	grep -qF "$POST:14:12: claim \`wall(\"fast\") < wall(\"slow\")\`: the measurements contradict it: wall(\"fast\") is 301 ms [299, 304], wall(\"slow\") is 201 ms [199, 207], true in 0 % of 1,000 resamples: correct the claim and the prose around it, or the program" <<<"$stderr" || fail "$stderr"
	run -0 grep -F 'to measure again: livepost build --remeasure ' <<<"$stderr"
	assert_equal "${output##*remeasure }" "fast slow"
	# Only those that it stands on; and the command does it.
	post 'wall("fast") < ms(100)'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(sed -n 's/.*to measure again: livepost //p' <<<"$stderr")" "build --remeasure fast"
	run -0 "$LIVEPOST" build --remeasure fast
	refute_output --partial 'slow: '
	assert_output --partial 'fast: 5 runs'
}

@test "from a single run: decided as it is, and marked" {
	{ named_cell tea 'runs: 1' 'claim: [wall("tea") > ms(0), runs("tea") == 1]'; } | make_post 2021-03-10-a.md
	run -0 "$LIVEPOST" build
	assert_regex "$(at '(//p[@class="claim"])[1]')" '^Tested: wall\("tea"\) > ms\(0\) — here [0-9.]+ (µs|ms); from a single run$'
	assert_equal "$(at '(//p[@class="claim"])[2]')" 'Tested: runs("tea") == 1 — here 1'
	{ named_cell tea 'runs: 1' 'claim: wall("tea") < ms(0)'; } | make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'from a single run: correct the claim'
}

@test "a claim on a number compared with == is refused at its place" {
	FAST=(100)
	build_with 'wall("fast") == 100'
	assert_failure 1
	grep -qF "$POST:14:12: Lua: \`==\` compares a time and a number, which are never equal: use < or >, and write a time as ms(5) or s(1.2)" <<<"$stderr" || fail "$stderr"
}

# A cell whose program sleeps for 1 or for 6 ms, by chance.
coin() { # LABEL OPTION…
	printf '```{c}\n//| label: %s\n' "$1"
	printf '//| %s\n' "${@:2}"
	cat <<-END
		#include <sys/random.h>
		#include <unistd.h>
		int $1;
		int main(void)
		{
			unsigned char side = 0;
			if (getrandom(&side, 1, 0) != 1)
				return 1;
			usleep(side % 2 ? 1000 : 6000);
		}
		\`\`\`

	END
}

# Which of two such cells is the quicker nobody can tell, but by luck: in one of some twenty cases. This claim can be told
# only where all three pairs were lucky at once. How quick the machine is does not matter.
TOSS='(wall("a") < wall("b")) == ((wall("c") < wall("d")) == (wall("e") < wall("f")))'

# The number of runs of each cell, "a 20 b 20 …".
runs_of() {
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	run -0 jq -r '[.[] | .label, (.wall.n | tostring)] | join(" ")' <<<"$output"
}

@test "what cannot be told is run again: the cells that the claim depends on, four times their runs" {
	{
		coin a; coin b; coin c 'runs: 4'; coin d; coin e; coin f; coin other
		named_cell last 'runs: 2' "claim: ['$TOSS', 'wall(\"last\") < s(5)', 'wall(\"other\") < s(5)']"
	} | make_post 2021-03-10-a.md
	runs_of
	assert_output 'a 20 b 20 c 16 d 20 e 20 f 20 last 2 other 5'
	# What is kept is kept, and counts as it is.
	{
		coin a; coin b; coin c 'runs: 4'; coin d; coin e; coin f; coin other
		named_cell last 'runs: 2' "claim: ['$TOSS', 'runs(\"a\") == 20']"
	} | make_post 2021-03-10-a.md
	run "$LIVEPOST" build
	refute_output --partial compiling
	refute_output --partial 'more runs'
}

@test "what cannot be told is run again forty times at most, in turns, and this is said" {
	{ coin a 'runs: 21'; coin b; coin c; coin d; coin e; coin f 'runs: 5' "claim: '$TOSS'"; } | make_post 2021-03-10-a.md
	run "$LIVEPOST" build
	assert_line "$POST: claims cannot be told yet: more runs of a; b; c; d; e; f"
	assert_line --regexp "^$POST: a: 61 runs, .* of 6 cells done"
	assert_line --regexp "^$POST: b: 20 runs, .* of 6 cells done"
	assert_equal "$(sed -n 's/.* done$/&/; s/.*, \([0-9]\) of 6 cells done$/\1/p' <<<"$output" | tr '\n' ' ')" '1 2 3 4 5 6 1 2 3 4 5 6 '
}

@test "a point of a sweep is run again without the others, and functions of the post are known" {
	{
		printf '```{lua}\n--| echo: false\nfunction sooner(...) return speedup(...) > 1 end\nreturn "."\n```\n\n'
		coin a 'sweep: { n: [1, 2] }' | sed 's/int a;/int a = n;/'
		coin b; coin c; coin d; coin e
		coin f "claim: 'sooner(\"a\", { n = 2 }, \"b\") == (sooner(\"c\", \"d\") == sooner(\"e\", \"f\"))'"
	} | make_post 2021-03-10-a.md
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	run -0 jq -c '[.a.points[].wall.n, .b.wall.n, .f.wall.n]' <<<"$output"
	assert_output '[5,20,20,20]'
}

@test "a claim that is wrong in itself, or a cell that fails, runs nothing again" {
	{ coin a; coin b; coin c; coin d; coin e; coin f "claim: ['$TOSS', 'wall(\"d\") > 1']"; printf '```{c}\nint main(void) { return 3; }\n```\n'; } |
		make_post 2021-03-10-a.md
	run -1 "$LIVEPOST" build
	refute_output --partial 'more runs'
	assert_output --partial 'exit code 3'
}
