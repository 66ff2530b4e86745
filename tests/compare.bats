# `livepost compare` puts the measurements of two places side by side.

# shellcheck disable=SC1112,SC2016
load support/livepost

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	make_site
	{
		printf '```{c}\n//| label: tea\n//| runs: 5\n#include <unistd.h>\nint main(void) { return usleep(2000); }\n```\n'
		printf '```{c}\n//| label: milk\n//| runs: 1\n//| sweep: { litres: [1, 2] }\nvolatile int used = litres;\nint main(void) { return used > 8; }\n```\n'
	} | make_post 2021-03-10-x.md
	"$LIVEPOST" build 2>log
}

setup() {
	cp -r "$BATS_FILE_TMPDIR"/{posts,site,templates,examples,pipeline.lua,.livepost} "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	FROZEN=posts/_measured/2021-03-10-x
}

# took FILE MS…: its runs took so long, on another machine.
took() {
	set_times "$@"
	jq -c '.measurement.machine.cpu = "Otherchip 9"' <"$1" >changed
	mv changed "$1"
}

@test "two machines side by side: medians, intervals, the ratio, and where no difference is shown" {
	cp -r posts/_measured there
	took $FROZEN/tea.json 200 203 201 207 199
	took there/2021-03-10-x/tea.json 100 104 101 99 102
	run -0 "$LIVEPOST" compare . there
	assert_line --regexp '^A: \.: .*Otherchip 9'
	assert_line --regexp '^B: there: .*Otherchip 9'
	assert_line --regexp '^2021-03-10-x/tea +201 ms \[199–207 ms\] +101 ms \[99–104 ms\] +1\.99× as fast \(1\.9[0-9]–2\.0[0-9]×\)$'
	assert_line --regexp '^2021-03-10-x/milk,litres=1 .* \(one run\) .* 1\.00×, not known how sure$'
	run -0 "$LIVEPOST" compare there .
	assert_line --regexp 'tea .* 0\.50× as fast'
	took $FROZEN/tea.json 100 104 101 98 103
	run -0 "$LIVEPOST" compare . there
	assert_line --regexp 'tea .* no difference shown \('
}

@test "sites, folders, files, what is kept and what is published can be compared" {
	run -0 "$LIVEPOST" compare . posts/_measured
	assert_line --regexp '^2021-03-10-x/tea .*no difference shown \(1\.00–1\.00×\)|tea .*no difference'
	run -0 "$LIVEPOST" compare $FROZEN/tea.json site/2021/03/10/x/tea.json
	assert_line --regexp '^tea .*no difference shown'
	run -0 "$LIVEPOST" compare $FROZEN/tea.json $FROZEN/milk,litres=1.json
	assert_line --regexp '^tea \| milk,litres=1 '
	run -0 "$LIVEPOST" compare $FROZEN site/2021/03/10/x
	assert_line --regexp '^tea .*no difference'
	assert_line --regexp '^milk, litres = 1 .*1\.00×'
	local kept
	kept=$(grep -l '"label":"tea"' .livepost/measurements/*.json)
	run -0 "$LIVEPOST" compare "$kept" $FROZEN/tea.json
	assert_output --partial 'no difference'
	rm $FROZEN/tea.json
	run -0 "$LIVEPOST" compare site .
	assert_line --regexp 'tea .*only in A$'
}

@test "--json has the same numbers" {
	cp -r posts/_measured there
	took $FROZEN/tea.json 200 203 201 207 199
	took there/2021-03-10-x/tea.json 100 104 101 99 102
	run -0 --separate-stderr "$LIVEPOST" compare --json . there
	run -0 jq -c '.cells[] | select(.name == "2021-03-10-x/tea") | [.a.median_ns, .b.median_ns, .a.low_ns, .a.high_ns, .a.runs, .a.machine.cpu,
		(.ratio * 100 | round), .shown, .low < .ratio, .ratio < .high]' <<<"$output"
	assert_output '[201000000,101000000,199000000,207000000,5,"Otherchip 9",199,true,true,true]'
}

@test "what cannot be compared is told with the way out" {
	run -2 "$LIVEPOST" compare .
	assert_output --partial 'compare takes two sites, folders or files'
	run -2 "$LIVEPOST" compare . . .
	run -2 "$LIVEPOST" compare --fast . .
	run -1 "$LIVEPOST" compare . nowhere
	assert_output --partial 'nowhere: there is no such file or folder'
	mkdir empty
	run -1 "$LIVEPOST" compare . empty
	assert_output --partial 'no measurement lies there'
	echo '{' >broken.json
	run -1 "$LIVEPOST" compare $FROZEN/tea.json broken.json
	assert_output --partial 'broken.json:2:0: it is no JSON'
	echo '{"runs":[]}' >broken.json
	run -1 "$LIVEPOST" compare broken.json broken.json
	assert_output --partial 'it holds no measurement'
	jq -c '.label = "coffee"' $FROZEN/tea.json >empty/coffee.json
	run -1 "$LIVEPOST" compare . empty
	assert_output --partial 'it has no cell that . has'
	cp broken.json empty/tea.json
	cp $FROZEN/tea.json empty/milk,litres=1.json
	run -0 "$LIVEPOST" compare $FROZEN empty
	assert_output --partial 'empty/tea.json:1:1: passed over: it holds no measurement'
	refute_output --partial traceback
}
