# What the post says of other numbers: of machines with 1 and 64 cores, and of results that come out otherwise. What is frozen
# is altered by tests/support/alter_frozen.lua; nothing is run. Each sentence is worded by its result, or a claim stops the build.

load support/livepost

POST=posts/2021-03-10-concurrency-in-python.md
FROZEN=posts/_measured/2021-03-10-concurrency-in-python
PAGE=site/2021/03/10/concurrency-in-python.html

setup_file() {
	mkdir "$BATS_FILE_TMPDIR/as-frozen"
	cd "$BATS_FILE_TMPDIR/as-frozen" || return
	cp -r "$PROJECT"/{posts,examples,templates,pipeline.lua} .
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$BATS_FILE_TMPDIR/as-frozen/." .
}

# Whatever a machine, by the recipe: waits are the same everywhere.
ANYWHERE=('gil-python:wall:1.2*gil-model' 'chunks-gil:wall:1.02*chunks-serial' 'chunks-processes,PROCESSES=1:wall:1*chunks-serial'
	'roast-threads:wall:0.48*roast-serial' 'roast-loop:wall:0.55*roast-serial' 'roast-python:wall:0.68*roast-serial'
	'roast-last:wall:0.72*roast-serial' 'sandwiches-threads:wall:1*sandwiches' 'greenlets:wall:0.2*thread-turns')

# alter RULE…
alter() {
	(cd "$PROJECT" && "${LIVEPOST%/*}/tests/lua-host" tests/support/alter_frozen.lua "$BATS_TEST_TMPDIR/$FROZEN" "$@")
	# What is frozen for other code would be measured here, and alter nothing.
	run "$LIVEPOST" explain
	assert_success
	assert_line --regexp '^0 of [0-9]+ cells would run$'
}

# The page's text on one line.
prose() {
	xmllint --html --xpath 'string(//main)' "$PAGE" 2>/dev/null | tr '\n' ' ' | tr -s ' '
}

# Claims of wall times, one a line, as the build names them.
claims_of_walls() {
	sed -nE "s/^(\/\/|#|--)\| (claim:|  -) *(.*)/\3/p" "$POST" | sed -E "s/^'(.*)'\$/\1/" | grep -E 'wall\(|speedup\('
}

@test "on a machine of one core the build bears out all that is claimed, and says what one core does" {
	alter cores:1 "${ANYWHERE[@]}" 'gil-free:wall:1*gil-model' 'chunks-threads:wall:1*chunks-serial' \
		'chunks-processes,PROCESSES=2:wall:1*chunks-serial' 'chunks-processes,PROCESSES=3:wall:1.01*chunks-serial' \
		'chunks-processes,PROCESSES=4:wall:1.02*chunks-serial' 'requests-threads:wall:0.14*requests-serial' \
		'requests-processes:wall:0.16*requests-serial' 'requests-loop:wall:0.1*requests-serial' \
		'roast-chefs,CHEFS=2:wall:0.62*roast-chefs,CHEFS=1' 'roast-chefs,CHEFS=3:wall:0.52*roast-chefs,CHEFS=1' \
		'roast-chefs,CHEFS=4:wall:0.5*roast-chefs,CHEFS=1' 'sandwiches-two:wall:1*sandwiches' gravy-race:outcomes:199
	run "$LIVEPOST" build
	assert_success
	run prose
	assert_output --regexp '[^0-9]1 core[^s]'
	refute_output --regexp '[^0-9]1 cores[^_]'
	assert_output --partial 'the model without a lock is no faster'
	assert_output --partial 'no faster here, for want of a second core'
	assert_output --partial 'you would have shipped it'
	refute_output --partial 'Here you would have noticed'
}

@test "on a machine of 64 cores the build bears out all that is claimed, and says what many cores do" {
	alter cores:64 "${ANYWHERE[@]}" 'gil-free:wall:0.33*gil-model' 'chunks-threads:wall:0.26*chunks-serial' \
		'chunks-processes,PROCESSES=2:wall:0.51*chunks-serial' 'chunks-processes,PROCESSES=3:wall:0.35*chunks-serial' \
		'chunks-processes,PROCESSES=4:wall:0.26*chunks-serial' 'requests-threads:wall:0.021*requests-serial' \
		'requests-processes:wall:0.13*requests-serial' 'requests-loop:wall:0.021*requests-serial' \
		'roast-chefs,CHEFS=2:wall:0.55*roast-chefs,CHEFS=1' 'roast-chefs,CHEFS=3:wall:0.47*roast-chefs,CHEFS=1' \
		'roast-chefs,CHEFS=4:wall:0.46*roast-chefs,CHEFS=1' 'sandwiches-two:wall:0.5*sandwiches' gravy-race:outcomes:20
	run "$LIVEPOST" build
	assert_success
	run prose
	assert_output --partial '64 cores'
	assert_output --partial 'the model without a lock is faster'
	assert_output --regexp 'Two chefs are faster'
	assert_output --partial 'Here you would have noticed'
	refute_output --partial 'for want of a second core'
}

@test "what is not claimed is worded by its result: slower" {
	alter cores:3 "${ANYWHERE[@]}" 'gil-free:wall:3*gil-model' 'chunks-gil:wall:3*chunks-serial' \
		'sandwiches-threads:wall:3*sandwiches' 'sandwiches-two:wall:3*sandwiches'
	run "$LIVEPOST" build
	assert_success
	run prose
	assert_output --partial 'the model without a lock is slower, of all things'
	assert_output --regexp 'And it is slower than doing one chunk'
	assert_output --partial 'they are slower for the queueing'
	assert_output --partial 'Two chefs are slower'
}

@test "a claim that the measurements contradict stops the build, each by its words, and the site stays" {
	mkdir -p site
	echo before >site/index.html
	alter cores:3 'requests-threads:wall:4*requests-serial' 'requests-processes:wall:4*requests-serial' \
		'requests-loop:wall:4*requests-serial' 'chunks-gil:wall:0.1*chunks-serial' 'roast-threads:wall:8*roast-serial' \
		'roast-loop:wall:4*roast-serial' 'roast-python:wall:4*roast-serial' 'roast-last:wall:4*roast-serial' \
		'roast-chefs,CHEFS=2:wall:4*roast-chefs,CHEFS=1' 'sandwiches-threads:wall:0.1*sandwiches' 'greenlets:wall:5*thread-turns' \
		'gil-python:wall:0.2*gil-model'
	run "$LIVEPOST" build
	assert_failure 1
	local claim count=0
	while read -r claim; do
		assert_line --regexp "^$POST:[0-9]+:[0-9]+: claim \`.*the measurements contradict it"
		grep -qF "claim \`$claim\`: the measurements contradict it" <<<"$output" || fail "$claim: nothing contradicts it"
		count=$((count + 1))
	done < <(claims_of_walls)
	[ "$count" -ge 10 ] || fail "$count claims of wall times"
	assert_equal "$(cat site/index.html)" before
}
