# Measurements are frozen in posts/_measured: a clone elsewhere shows the same page without a run, as long as what was
# measured is what the post measures; and what is frozen stays small, settled and safe.

# shellcheck disable=SC1112,SC2016
load support/kept

frozen() {
	echo "posts/_measured/2021-03-10-$1/$2.json"
}

# Changes a frozen file by a jq filter; it is JSON on one line then, which is read like any other.
change() { # FILE FILTER
	local changed
	changed=$(jq -c "$2" "$1")
	echo "$changed" >"$1"
}

# As if the file had been frozen on another machine.
from_elsewhere() {
	change "$1" '.measurement.machine.cpu = "Otherchip 9" | .inputs.tools.cc = "0123456789abcdef" |
		.system_headers |= map(gsub("=[0-9a-f]+"; "=000000000000"))'
}

# The same site without what was kept and published: what git would bring.
clone() {
	mkdir -p "$1"
	cp -r posts templates examples pipeline.lua "$1/"
}

@test "a clone builds the same pages without a run, byte for byte" {
	{ cell one; cell two '#include "a.h"'; printf 'It took `{lua} wall("one")`.\n'; } | make_post 2021-03-10-x.md
	echo '#define A 1' >examples/a.h
	builds_running one two
	clone there
	cd there
	builds_running
	diff -r ../site site
	SOURCE_DATE_EPOCH=1000000000 build
	diff -r ../site site
	diff -r ../posts posts
}

@test "a clone on another machine uses what is frozen, and names the machine it is from" {
	cell one '#include "a.h"' | make_post 2021-03-10-x.md
	echo '#define A 1' >examples/a.h
	builds_running one
	first=$(number x)
	from_elsewhere "$(frozen x one)"
	rm -r .livepost
	builds_running
	assert_equal "$(number x)" "$first"
	assert grep -q 'Otherchip 9' "$(page x)"
	# What is measured is the same as long as the code and its own headers are.
	echo '#define A 2' >examples/a.h
	builds_running one
	refute grep -q 'Otherchip 9' "$(page x)"
}

@test "on the machine that measured it the compiler and the system's headers count" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	rm -r .livepost
	builds_running
	change "$(frozen x one)" '.inputs.tools.cc = "0123456789abcdef"'
	builds_running one
	rm -r .livepost
	change "$(frozen x one)" '.system_headers |= map(gsub("stdio.h=[0-9a-f]+"; "stdio.h=000000000000"))'
	run "$LIVEPOST" explain
	assert_output --partial 'header /usr/include/stdio.h changed'
	builds_running one
}

@test "what changed is measured again and frozen anew; what is as before again is taken from what was kept" {
	cell one '/* a */' | make_post 2021-03-10-x.md
	builds_running one
	first=$(number x)
	cp "$(frozen x one)" before
	cell one '/* b */' | make_post 2021-03-10-x.md
	builds_running one
	assert_not_equal "$(number x)" "$first"
	assert grep -q "number $(number x)" "$(frozen x one)"
	cell one '/* a */' | make_post 2021-03-10-x.md
	builds_running
	assert_equal "$(number x)" "$first"
	cmp before "$(frozen x one)"
}

@test "freeze: false freezes nothing, and takes back what was frozen" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	assert_file_exist "$(frozen x one)"
	cell one '' 'freeze: false' | make_post 2021-03-10-x.md
	builds_running
	assert_not_exist "$(frozen x one)"
	assert_not_exist posts/_measured/2021-03-10-x
	rm -r .livepost
	builds_running one
	assert_not_exist "$(frozen x one)"
}

@test "freeze: true runs nothing again, even when the code changed, and says so in the build and on the page" {
	cell one '/* a */' 'freeze: true' | make_post 2021-03-10-x.md
	builds_running one
	first=$(number x)
	builds_running
	refute_output --partial warning
	cell one '/* b */' 'freeze: true' 'warmup: false' | make_post 2021-03-10-x.md
	builds_running
	assert_output --partial 'posts/2021-03-10-x.md:5:1: warning: cell `one`: `freeze: true` keeps what was measured before: its code changed; `warmup`: true → false: livepost build --remeasure one'
	assert_equal "$(number x)" "$first"
	assert grep -q 'measured before it was changed: its code changed' "$(page x)"
	build --remeasure one
	assert_not_equal "$(number x)" "$first"
	builds_running
	refute grep -q 'measured before it was changed' "$(page x)"
}

@test "what a compiler refuses is frozen too: a clone shows it without one" {
	refused() {
		printf '```{c}\n//| label: refused\n//| expect: compile-error\n%s#include "a.h"\nint main(void) { return }\n```\n' "${1:-}"
	}
	echo '#define A 1' >examples/a.h
	refused | make_post 2021-03-10-x.md
	build
	file=$(frozen x refused)
	run -0 jq -e '.measurement.refused[0] | .line == 9 and .column == 25 and (.message | length) > 0 and (.details | length) == 2' "$file"
	change "$file" '.measurement.machine.cpu = "Otherchip 9" | .inputs.tools.cc = "0123456789abcdef"
		| .measurement.refused[0].message = "nothing to return"'
	# Another line of the post is another line of the refusal.
	{ printf 'A word.\n\n'; refused; } | make_post 2021-03-10-x.md
	clone there
	cd there
	builds_running
	refute_output --partial compiling
	assert grep -q 'nothing to return' "$(page x)"
	assert grep -q 'href="#refused-line-11"' "$(page x)"
	# Its headers and its code count, and so does what is expected of it.
	echo '#define A 2' >examples/a.h
	run -3 "$LIVEPOST" explain
	assert_output --partial 'refused: would be compiled: header examples/a.h changed'
	build
	assert_output --partial 'compiling 1 cell'
	refute grep -q 'nothing to return' "$(page x)"
	cp "$(frozen x refused)" whole
	for filter in '.measurement.refused = []' '.measurement.refused[0].details = 7' '.measurement.refused[0] = 1' 'del(.measurement.refused[0].line)'; do
		cp whole "$(frozen x refused)"
		change "$(frozen x refused)" "$filter"
		run -1 "$LIVEPOST" build
		assert_line --regexp "^$(frozen x refused):1:1: frozen measurement: "
		refute_output --partial traceback
	done
	cp whole "$(frozen x refused)"
	printf '```{c}\n//| label: refused\n//| freeze: true\n//| runs: 1\nint main(void) { return 0; }\n```\n' | make_post 2021-03-10-x.md
	builds_running refused
}

@test "freeze: numbers freezes all but the timeline, and the page is the same here and in a clone" {
	numbers() {
		cell one '#include <unistd.h>' 'freeze: numbers' 'output-varies: true'
		printf 'It took `{lua} wall("one")` and `{lua} m["one"].voluntary` switches.\n\n'
		printf '```{lua}\n--| label: drawn\nreturn bars("one")\n```\n'
	}
	numbers | make_post 2021-03-10-x.md
	builds_running one
	run -0 jq -e '.measurement | .numbers_only and .timeline == null and (.runs | length) == 1 and .method != "none"' "$(frozen x one)"
	refute grep -q 'id="one-timeline"' "$(page x)"
	clone there
	(
		cd there
		builds_running
		diff -r ../site site
	)
	run -0 "$LIVEPOST" check
	# What was kept here has the timeline still, and nothing runs when it is wanted.
	cell one '#include <unistd.h>' | make_post 2021-03-10-x.md
	builds_running
	assert grep -q 'id="one-timeline"' "$(page x)"
	run -0 jq -e '.measurement.timeline.lanes | length == 1' "$(frozen x one)"
	# In a clone of what has it, it is left out; of what lacks it, measured again.
	clone other
	cd other
	numbers | make_post 2021-03-10-x.md
	builds_running
	run -0 jq -e '.measurement.numbers_only' "$(frozen x one)"
	cell one '#include <unistd.h>' | make_post 2021-03-10-x.md
	rm -r .livepost
	run -3 "$LIVEPOST" explain
	assert_output --partial 'one: would run: it was frozen without its timeline'
	builds_running one
	run -0 jq -e '.measurement.timeline' "$(frozen x one)"
}

@test "with freeze: numbers whatever needs the timeline is refused, where it is asked for" {
	{
		cell one '/* 1 */' 'freeze: numbers'
		printf 'A `{lua} m["one"].marks.done`, a `{lua} m["one"].states.running`.\n\n'
		for figure in timeline states; do printf '```{lua}\n--| label: a-%s\nreturn %s("one")\n```\n' $figure $figure; done
		printf '```{c}\n//| label: pool\n//| runs: 1\n//| freeze: numbers\n//| sweep: { n: [1, 2] }\nvolatile int used = n;\nint main(void) { return used > 2; }\n```\n'
		printf '```{lua}\n--| label: a-slider\nreturn slider("pool")\n```\n'
		cell two '/* 2 */' 'freeze: numbers' 'timeline: true'
		cell three '/* 3 */' 'freeze: numbers' 'fig-cap: What it did'
	} | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_line --regexp '^posts/2021-03-10-x\.md:[0-9]+:15: `timeline`: with `freeze: numbers` it has none that could be drawn everywhere: remove one of the two'
	assert_line --regexp '^posts/2021-03-10-x\.md:[0-9]+:14: `fig-cap`: the cell has no figure, as `freeze: numbers` keeps no timeline'
	sed -i '/timeline: true/d; /fig-cap/d' posts/*.md
	run -1 "$LIVEPOST" build
	assert_line --partial 'm["one"]: with `freeze: numbers` nothing is frozen of its lanes, states, locks and marks: let the cell `one` have `freeze: auto`'
	assert_equal "$(grep -c 'nothing is frozen of its lanes' <<<"$output")" 2
	for figure in timeline states slider; do
		assert_line --regexp "Lua: $figure: with .freeze: numbers. there is no timeline of cell .[a-z]*.*. to draw: let it have .freeze: auto"
	done
}

@test "a frozen file of more than 1 MiB is noted once, with the way out" {
	loud() {
		cell one '#include <string.h>' "$@" | sed 's/int main(void) {/& static char said[700000]; memset(said, 34, sizeof said); fwrite(said, 1, sizeof said, stdout);/'
	}
	loud | make_post 2021-03-10-x.md
	build
	assert_line --regexp '^posts/2021-03-10-x\.md:5:1: note: cell `one`: posts/_measured/2021-03-10-x/one\.json takes 1\.[0-9]* MiB: `freeze: numbers` freezes all but the timeline, or let the program do less$'
	builds_running
	refute_output --partial note
	loud 'freeze: numbers' | make_post 2021-03-10-x.md
	build
	assert_line --regexp 'note: cell `one`: .* takes 1\.[0-9]* MiB: let the program print less$'
}

@test "freeze takes true, false, numbers and auto" {
	cell one '' 'freeze: sometimes' | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_line --regexp '^posts/2021-03-10-x\.md:8:13: .*freeze.*`true`, `false`.*`auto`.*`numbers`'
	printf '```{lua}\n--| freeze: true\nreturn "x"\n```\n' | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'freeze'
}

@test "--remeasure measures all cells again, those that are named, or those of a post" {
	{ cell one; cell two '/* 2 */'; } | make_post 2021-03-10-x.md
	cell one '/* y */' | make_post 2021-03-10-y.md
	builds_running one one two
	build --remeasure
	assert_equal "$(grep -c ' cells done$' <<<"$output")" 3
	for words in one:2 two:1 2021-03-10-x#one:1 posts/2021-03-10-x.md#two:1 2021-03-10-x.md#:2; do
		build --remeasure "${words%:*}"
		assert_equal "$words $(grep -c ' cells\? done$' <<<"$output")" "$words ${words#*:}"
	done
	build . --remeasure one two
	assert_equal "$(grep -c ' cells done$' <<<"$output")" 3
	first=$(number x two)
	builds_running
	assert_equal "$(number x two)" "$first"
	run -1 "$LIVEPOST" build --remeasure on
	assert_output --partial '--remeasure: no cell `on`: did you mean `one`?'
	run -1 "$LIVEPOST" build --remeasure 2021-03-10-y#two
	assert_output --partial 'no cell `2021-03-10-y#two`'
	run -2 "$LIVEPOST" build --remeasure one --json
	assert_output --partial 'build --remeasure takes cells, not `--json`'
	run -2 "$LIVEPOST" build a b
}

@test "what is frozen lies below its post's name, a point of a swept cell beside the others, and is no post" {
	mkdir -p posts/deep
	{
		printf '```{c}\n//| label: pool\n//| runs: 1\n//| sweep: { threads: [1, 2], kind: ["a/b"] }\n'
		printf '#include <stdio.h>\nint main(void) { return printf("%%d %%s\\n", threads, "x" #kind) < 0; }\n```\n' | sed 's/"x" #kind/__FILE__/; s/int main/#define STRING_(x) #x\n#define STRING(x) STRING_(x)\nstatic const char said[] = STRING(kind);\nint main/; s/__FILE__/said/'
	} | make_post deep/2021-03-10-x.md
	build
	run find posts/_measured -type f
	assert_line --regexp '^posts/_measured/deep/2021-03-10-x/pool,kind=a-b-[0-9a-f]{8},threads=1\.json$'
	assert_line --regexp '^posts/_measured/deep/2021-03-10-x/pool,kind=a-b-[0-9a-f]{8},threads=2\.json$'
	assert_equal "${#lines[@]}" 2
	printf -- '---\ntitle: No post\ndate: 2021-03-10\n---\n' >posts/_measured/note.md
	build
	assert_line --partial 'published 1 post'
	rm -r .livepost
	build
	refute_line --partial compiling
}

@test "a frozen file is small, reads line by line, and is the same each time" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	file=$(frozen x one)
	run -0 jq -e '.version == 2 and .label == "one" and .inputs.runs == 1 and .measurement.machine.cores > 0' "$file"
	assert_equal "$(awk 'length > 200' "$file")" ''
	assert grep -q '^  "output": \["number' "$file"
	[ "$(stat -c %s "$file")" -lt 8000 ] || fail "$(stat -c %s "$file") bytes"
	cp "$file" before
	sed -i 's/^title:.*/title: Another/' posts/*.md
	builds_running
	cmp before "$file"
}

@test "a real timeline of some 10,000 slices is frozen in 200 KB" {
	{
		printf '```{c}\n//| label: many\n//| runs: 1\n//| warmup: false\n'
		cat <<-'END'
			#include <pthread.h>
			#include <sched.h>
			#include <unistd.h>
			static pthread_mutex_t chef = PTHREAD_MUTEX_INITIALIZER;
			static void *cook(void *unused)
			{
				for (int i = 0; i < 1000; i++) {
					pthread_mutex_lock(&chef);
					for (volatile int work = 0; work < 20000; work++)
						;
					pthread_mutex_unlock(&chef);
					usleep(20);
				}
				return unused;
			}
			int main(void)
			{
				pthread_t cooks[4];
				for (int i = 0; i < 4; i++)
					pthread_create(&cooks[i], NULL, cook, NULL);
				for (int i = 0; i < 4; i++)
					pthread_join(cooks[i], NULL);
			}
			```
		END
	} | make_post 2021-03-10-x.md
	build
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-x.md
	slices=$(jq '[.many.timeline.lanes[].slices | length] | add' <<<"$output")
	size=$(stat -c %s "$(frozen x many)")
	echo "# $slices slices: $size bytes frozen" >&3
	[ "$slices" -ge 7000 ] || fail "only $slices slices"
	# Of 10,000 slices; of more, as many times more.
	[ "$size" -le $((slices > 10000 ? 20 * slices : 200000)) ] || fail "$size bytes"
}

@test "a damaged frozen file is an error with its place and the way out, and --remeasure is one" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	file=$(frozen x one)
	cp "$file" whole
	cp -r site before
	refused() { # MESSAGE
		run -1 "$LIVEPOST" build
		assert_line --regexp "^$file:$1"
		refute_output --partial traceback
		diff -r before site
	}
	for length in 0 1 100 1000; do
		head -c "$length" whole >"$file"
		refused '[0-9]+:[0-9]+: frozen measurement: it is no JSON: .*: restore the file, or remove it to measure again$'
	done
	{ head -3 whole; echo '<<<<<<< HEAD'; tail -n +4 whole; } >"$file"
	refused '4:1: frozen measurement: it holds both sides of a merge that nobody settled: restore the file'
	sed 's/"version": 2/"version": 99/' whole >"$file"
	refused '1:1: frozen measurement: a later livepost froze it \(version 99, this one knows 2\): take that livepost, or remove'
	for filter in '.measurement.wall = 5' 'del(.measurement.machine.cpu)' '.measurement.timeline.kinds = []' '.measurement.runs[0] = 7' \
		'.measurement.timeline.lanes[0].slices[0] = 99999' '.headers = []|.system_headers = 3' '.measurement.output = "x"' 'del(.label)'; do
		cp whole "$file"
		change "$file" "$filter"
		refused '1:1: frozen measurement: '
	done
	build --remeasure one
	assert_success
	builds_running
	rm "$file"
	mkdir "$file"
	run -1 "$LIVEPOST" build --remeasure one
	refute_output --partial traceback
}

@test "no frozen measurement brings markup into a page" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	bad='<script>alert(1)</script>'
	change "$(frozen x one)" ".measurement.output = [\"$bad\"] | .measurement.machine.cpu = \"$bad\" | .measurement.measured_at = \"$bad\"
		| .measurement.machine.kernel = \"$bad\" | .measurement.method_why = \"$bad\" | .label = \"$bad\"
		| .measurement.timeline.lanes[0].name = \"$bad\" | .measurement.outdated = \"$bad\""
	builds_running
	assert grep -q 'alert' "$(page x)"
	refute grep -q '<script>' "$(page x)"
}

@test "a frozen file whose cell is gone is removed where this build wrote it as it is, and else named" {
	{ cell one; cell two '/* 2 */'; } | make_post 2021-03-10-x.md
	cell three '/* 3 */' | make_post 2021-03-10-y.md
	builds_running one three two
	cell renamed | make_post 2021-03-10-x.md
	builds_running
	assert_line 'posts/_measured/2021-03-10-x/one.json: removed: its cell is gone'
	assert_line 'posts/_measured/2021-03-10-x/two.json: removed: its cell is gone'
	assert_file_exist "$(frozen x renamed)"
	cp "$(frozen x renamed)" "$(frozen x brought)"
	echo 'not ours' >posts/_measured/2021-03-10-x/notes.txt
	builds_running
	assert_line 'posts/_measured/2021-03-10-x/brought.json: warning: no cell is frozen in it any more: remove it'
	assert_file_exist "$(frozen x brought)"
	assert_file_exist posts/_measured/2021-03-10-x/notes.txt
	rm posts/2021-03-10-y.md
	builds_running
	assert_line 'posts/_measured/2021-03-10-y/three.json: removed: its cell is gone'
	assert_not_exist posts/_measured/2021-03-10-y
}

@test "a post that is left out, or wrong, keeps what is frozen of it" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	sed -i 's/^date:/published: false\ndate:/' posts/2021-03-10-x.md
	build
	assert_file_exist "$(frozen x one)"
	refute_output --partial 'no cell'
	sed -i 's/^published: false$/permalnk: x/' posts/2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_file_exist "$(frozen x one)"
}

@test "kept measurements that nobody used for ninety days are removed, and no others" {
	cell one '/* a */' | make_post 2021-03-10-x.md
	builds_running one
	old=$(echo .livepost/measurements/*.json)
	cell one '/* b */' | make_post 2021-03-10-x.md
	builds_running one
	echo mine >.livepost/measurements/notes.txt
	day=$(($(date +%s) / 86400))
	age() { # DAYS
		jq ".days[\"$(basename "$old" .json)\"] = $((day - $1))" .livepost/used.json >used
		cp used .livepost/used.json
		builds_running
	}
	age 90
	assert_file_exist "$old"
	age -5
	assert_file_exist "$old"
	age 91
	assert_not_exist "$old"
	assert_equal "$(find .livepost/measurements -name '*.json' | wc -l)" 1
	assert_file_exist .livepost/measurements/notes.txt
	echo '{"days":[],"cells":7' >.livepost/used.json
	builds_running
	assert_equal "$(find .livepost/measurements -name '*.json' | wc -l)" 1
}

@test "where the compiler is missing what is frozen is used, and said; else the package is named" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	from_elsewhere "$(frozen x one)"
	change "$(frozen x one)" '.inputs.command = "nocc" | .inputs.tools = { nocc: "0123456789abcdef" }'
	rm -r .livepost
	echo 'return { site = { title = "Test site" }, c = { compiler = "nocc" } }' >pipeline.lua
	build
	assert_line --partial 'one: `nocc` is missing here: its frozen result is used'
	assert grep -q 'Otherchip 9' "$(page x)"
	rm "$(frozen x one)"
	run -1 "$LIVEPOST" build
	assert_output --partial 'cell `one`: `nocc`, which `{c}` needs, is not in'
	assert_output --partial 'package gcc or clang'
}

@test "where a header of the system is not there at all what is frozen is used, and said; one that changed counts" {
	cell one | make_post 2021-03-10-x.md
	builds_running one
	change "$(frozen x one)" '.system_headers += ["/usr/include/curl/not-there.h=0123456789ab"]'
	rm -r .livepost
	builds_running
	assert_line --partial 'one: `/usr/include/curl/not-there.h` is missing here: its frozen result is used'
	# The author's own are another thing.
	change "$(frozen x one)" '.headers = { "examples/gone.h": "0123456789ab" }'
	run -3 "$LIVEPOST" explain
	assert_output --partial 'one: would run: header examples/gone.h is gone'
}

@test "a machine's measurements stand beside each other under their names, and a figure shows them" {
	{
		printf '```{c}\n//| label: one\n//| runs: 3\n#include <unistd.h>\nint main(void) { return usleep(2000); }\n```\n'
		printf '```{lua}\n--| label: side\nreturn machines("one")\n```\n'
	} | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'machines: cell `one` was measured on this machine only: run `livepost measure NAME` on another one'
	run -0 "$LIVEPOST" measure pi
	assert_line --partial '1 measurement frozen as those of pi, nothing published'
	assert_file_exist "$(frozen x one@pi)"
	assert_not_exist "$(page x)"
	change "$(frozen x one@pi)" '.measurement.machine.cpu = "Otherchip 9"'
	build
	assert grep -q 'Otherchip 9' "$(page x)"
	assert_file_exist site/2021/03/10/x/one@pi.json
	assert grep -q '>pi<' "$(page x)"
	cp -r site before
	build
	diff -r before site
	# What is no longer the same program is not drawn.
	sed -i 's/usleep(2000)/usleep(2001)/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_output --partial 'one@pi.json: warning: not shown, as it no longer is what the cell measures: its code changed: run `livepost measure pi` on that machine'
	run -2 "$LIVEPOST" measure ../x
	assert_output --partial 'cannot name a machine'
	run -2 "$LIVEPOST" measure
}
