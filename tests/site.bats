# This project's own site, as it is frozen: built once, looked at from all sides. Nothing of it is measured here.

load support/posts

POSTS=(posts/2021-03-10-concurrency-in-python.md posts/2021-03-11-how-this-page-was-measured.md)
PAGE=site/2021/03/10/concurrency-in-python.html
METHOD=site/2021/03/10/how-this-page-was-measured.html
PAGES=("$PAGE" "$METHOD" site/index.html)

setup_file() {
	mkdir "$BATS_FILE_TMPDIR/whole" "$BATS_FILE_TMPDIR/refused"
	cd "$BATS_FILE_TMPDIR/whole" || return
	cp -r "$PROJECT"/{posts,examples,templates,pipeline.lua} .
	# As anywhere else: on the machine that measured it, another compiler or Python would have it measured again.
	sed -i -E 's/("cpu": ?"[^"]*)"/\1 of another machine"/' posts/_measured/*/*.json
	"$LIVEPOST" build 2>build.log || true
	cd "$BATS_FILE_TMPDIR/refused" || return
	cp -r "$PROJECT"/{examples,templates,pipeline.lua} .
	# Shorter minutes: what is asked of this one is not how long things take.
	sed -i 's/^#define MINUTE .*/#define MINUTE (MILLISECOND \/ 2)/' examples/kitchen.h
	mkdir posts
	cat >posts/2021-03-10-roast.md <<-'END'
		---
		title: A roast
		---
		Serial and threads.

		```{c}
		//| label: roast-serial
		//| file: roast-serial.c
		//| output-varies: true
		```

		```{c}
		//| label: roast-threads
		//| file: roast-threads.c
		//| output-varies: true
		//| claim: runs("roast-threads") == 5
		```

		```{lua}
		--| label: fig-roast
		return bars("roast-serial", "roast-threads")
		```

		And it took `{lua} wall("roast-serial")`.
	END
	LIVEPOST_METHOD=none "$LIVEPOST" build 2>build.log || true
}

setup() {
	cd "$BATS_FILE_TMPDIR/whole" || return
}

# All values of an attribute, one a line.
values() { # ATTRIBUTE FILE
	xmllint --html --xpath "//@$1" "$2" 2>/dev/null | sed -nE "s/^ *$1=\"(.*)\"$/\1/p"
}

# The page of a post.
page_of() { # POST
	case $1 in
	*how-this*) echo "$METHOD" ;;
	*) echo "$PAGE" ;;
	esac
}

# The frozen files of a post.
frozen() { # POST
	find "posts/_measured/$(basename "$1" .md)" -name '*.json' | sort
}

@test "the site is built of what is frozen: nothing is compiled, nothing is run, nothing is warned of" {
	run cat build.log
	assert_output --regexp '^published 2 posts: [0-9]+ files, [0-9]+ changed, in [0-9.]+ s$'
	run "$LIVEPOST" explain
	assert_success
	assert_line --regexp '^0 of [0-9]+ cells would run$'
	# Every cell that runs has its file, and each file its cell.
	local post
	for post in "${POSTS[@]}"; do
		assert [ "$(frozen "$post" | wc -l)" -gt 1 ]
		run grep -c '^  .*: frozen' <("$LIVEPOST" explain)
		[ "$output" -gt 30 ]
	done
	assert_equal "$(git -C "$PROJECT" status --porcelain --ignored=no posts/_measured 2>/dev/null | grep -v '^??' || true)" ""
}

@test "the site consists of its pages, their figures and data, and what templates need" {
	assert_equal "$(cd site && find . -type f ! -path './2021/03/10/*/*' ! -name .gitignore | sort)" "./2021/03/10/concurrency-in-python.html
./2021/03/10/how-this-page-was-measured.html
./figures.css
./index.html
./livepost.js
./style.css"
	# Beside a page lie drawings that are on it, and data of cells that are.
	local post folder file label
	for post in "${POSTS[@]}"; do
		folder=$(page_of "$post")
		folder=${folder%.html}
		for file in "$folder"/*; do
			label=$(basename "$file")
			label=${label%%.*}
			case $file in
			*.svg | *.js)
				values id "$(page_of "$post")" | grep -qxF "$label" || fail "$file is no figure of its page"
				;;
			*.trace.json) assert_file_exists "${file%.trace.json}.json" ;;
			*.json) jq -e .wall_ns "$file" >/dev/null || jq -e .wall "$file" >/dev/null || fail "$file has no wall time" ;;
			*) fail "what is $file?" ;;
			esac
		done
	done
}

@test "built again, nothing is run and nothing changes" {
	cp -rp site before
	run "$LIVEPOST" build
	assert_success
	assert_output --regexp '^published 2 posts: [0-9]+ files, 0 changed, in [0-9.]+ s$'
	run diff -r before site
	assert_success
	assert_equal "$(cd site && find . -type f -printf '%P %T@\n' | sort)" "$(cd before && find . -type f -printf '%P %T@\n' | sort)"
	rm -r before
}

@test "a reader does not wait for pages: what each weighs, packed as servers pack it" {
	local file size
	for file in "${PAGES[@]}"; do
		size=$(gzip -9c "$file" | wc -c)
		for file in site/style.css site/figures.css site/livepost.js; do size=$((size + $(gzip -9c "$file" | wc -c))); done
		[ "$size" -le 102400 ] || fail "a page with styles and script: $size bytes"
	done
	# What is beside the pages is for those who ask for it; it has to be cloned, published and kept all the same.
	size=$(find site -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
	[ "$size" -le $((32 << 20)) ] || fail "the site has $size bytes"
	size=$(find posts/_measured -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
	[ "$size" -le $((4 << 20)) ] || fail "what is frozen has $size bytes"
}

# The options of cells with a file: LABEL FILE, a line each, without those that are not echoed.
shown_files() { # POST
	awk '
		/^```\{/ { label = file = ""; echo = 1; inside = 1 }
		/^(\/\/|#)\| label: / { label = $3 }
		/^(\/\/|#)\| file: / { file = $3 }
		/^(\/\/|#)\| echo: false/ { echo = 0 }
		/^```$/ { if (inside && file != "" && echo) print label, file; inside = 0 }' "$1"
}

@test "the listings are the programs as they are, and say which" {
	local label file count=0
	while read -r label file; do
		assert_equal "$(at "//div[@id='$label']/figure[@class='listing']/figcaption//code")" "examples/$file"
		at "//div[@id='$label']/figure[@class='listing']//pre" >listed
		# Whole or a piece, but in one piece: marks of pieces are not shown.
		[ -s listed ] || fail "$label shows nothing of $file"
		grep -v 'ANCHOR' "examples/$file" >whole
		# shellcheck disable=SC2016
		awk 'NR == FNR { whole = whole $0 "\n"; next } { listed = listed $0 "\n" } END { gsub(/^\n+|\n+$/, "", listed); exit !index(whole, listed) }' \
			whole listed || fail "$label does not show examples/$file as it is"
		count=$((count + 1))
	done < <(shown_files "${POSTS[0]}")
	[ "$count" -ge 15 ] || fail "$count programs are shown"
}

@test "the page says what the programs printed, and that they did what was expected" {
	local file label line count=0
	while read -r file; do
		label=$(basename "$file" .json)
		[[ $label != *,* ]] || continue
		line=$(jq -r '.measurement.output[0] // empty' "$file")
		[ -n "$line" ] && [ "$(count "//div[@id='$label']/div[@class='output']")" -gt 0 ] || continue
		run at "//div[@id='$label']/div[@class='output']//samp"
		assert_output --partial "$line"
		count=$((count + 1))
	done < <(frozen "${POSTS[0]}")
	[ "$count" -ge 10 ] || fail "$count outputs are shown"
	assert_regex "$(at "//div[@id='gravy-race']//div[@class='report']")" 'ThreadSanitizer: data race on.*salt'
	assert_regex "$(at "//figure[@id='oven-and-tray-timeline']")" '[Dd]eadlock'
}

# The names of the lanes of a timeline, in order.
lanes_of() { # FIGURE
	xmllint --html --xpath "(//figure[@id='$1']//table)[1]//th[@scope='row']/text()" "$PAGE" 2>/dev/null | tr '\n' ' '
}

@test "the timelines show the lanes that the text speaks of, and what they were made of" {
	assert_regex "$(lanes_of roast-serial-timeline)" '^chef '
	assert_regex "$(lanes_of fig-roast)" 'chef.*chicken.*potatoes.*broccoli.*gravy'
	assert_regex "$(lanes_of fig-lock)" 'gravy.*chicken.*potatoes.*broccoli'
	assert_regex "$(lanes_of fig-lock)" 'python3.*gravy.*chicken.*potatoes.*broccoli'
	assert_regex "$(lanes_of fig-roast-python)" 'python3.*chicken.*potatoes.*broccoli.*gravy'
	assert_regex "$(lanes_of oven-and-tray-timeline)" 'chicken.*potatoes'
	assert_regex "$(lanes_of roast-loop-timeline)" '^chef '
	local figure
	for figure in roast-serial gil-free roast-loop; do
		assert_equal "$(count "//figure[@id='$figure-timeline']/div[@class='drawing']/svg")" 2
		assert_regex "$(at "//figure[@id='$figure-timeline']//span[@class='provenance']")" \
			'median of [0-9]+ runs, .* [0-9]+ cores?.*switch records, none lost'
	done
}

@test "bars have a dot for every run" {
	local rows row runs=0
	rows=$(count "//figure[@id='fig-requests']//tbody/tr")
	assert_equal "$rows" 4
	for ((row = 1; row <= rows; row++)); do
		run at "//figure[@id='fig-requests']//tbody/tr[$row]/td[last()]"
		assert_output --regexp '^[0-9.]+( \(apart\))?(, [0-9.]+( \(apart\))?){2,} (ms|s)$'
		runs=$((runs + 1 + $(tr -cd , <<<"$output" | wc -c)))
	done
	assert_equal "$(count "//figure[@id='fig-requests']//svg[1]/circle")" "$runs"
	assert_equal "$(count "//figure[@id='fig-requests']//svg[2]/circle")" "$runs"
}

@test "the numbers of the prose are there, and its claims hold" {
	local post page inline claims
	for post in "${POSTS[@]}"; do
		page=$(page_of "$post")
		assert_equal "$(grep -c '{lua}' "$page")" 0
		# Those that are numbers are marked as such; what claims were computed of comes on top.
		inline=$(grep -oE '`\{lua\} (wall|cpu|speedup|difference|interval)\(' "$post" | wc -l)
		[ "$(count "//span[@class='measured'][not(ancestor::p[starts-with(@class, 'claim')])]" "$page")" -ge "$inline" ] ||
			fail "$page has fewer than $inline numbers"
		claims=$(awk '/\| claim: *[^ ]/ { n++ } /\| claim: *$/ { list = 1; next } list && /\|   - / { n++; next } { list = 0 } END { print n + 0 }' "$post")
		assert_equal "$(count "//p[@class='claim'][starts-with(., 'Tested: ')]" "$page")" "$claims"
		# What is published is what was shown: no claim about which the runs cannot tell.
		assert_equal "$(count "//p[@class='claim not-shown']" "$page")" 0
		run bash -c 'xmllint --html --xpath "//span[@class=\"measured\"]/text()" "$1" 2>/dev/null' bash "$page"
		refute_line --regexp '(^|[^a-z])(nan|inf|nil)([^a-z]|$)|table:|^ +$'
	done
	[ "$(grep -o '`{lua} ' "${POSTS[0]}" | wc -l)" -gt 30 ]
	[ "$(count "//p[@class='claim']")" -ge 10 ]
}

@test "the pages are HTML whose tags match" {
	local file
	for file in "${PAGES[@]}"; do
		assert_equal "$(head -c 15 "$file")" '<!DOCTYPE html>'
		# The parser is older than HTML5 and than SVG in it: that it does not know a tag says nothing.
		run bash -c 'xmllint --html --noout "$1" 2>&1 | grep "error :" | grep -v "error : Tag [a-z]* invalid$"' bash "$file"
		assert_output ""
		assert_equal "$(at '/html/@lang' "$file")" en
		assert_equal "$(count '/html/head/meta[@charset="utf-8"]' "$file")" 1
		assert_equal "$(count '/html/head/meta[@name="viewport"]' "$file")" 1
		assert_equal "$(count '//main' "$file")" 1
		assert_not_equal "$(at '/html/head/title' "$file")" ""
		assert_not_equal "$(at '/html/head/meta[@name="description"]/@content' "$file")" ""
		assert_equal "$(count '//img[not(@alt)]' "$file")" 0
	done
	assert_regex "$(at /html/head/title)" '^Concurrency in Python'
}

@test "tags are closed by themselves, in the order in which they were opened" {
	local file
	for file in "${PAGES[@]}"; do
		run awk '
			BEGIN { RS = "<"; split("meta link br hr img input wbr", list, " "); for (i in list) empty[list[i]] = 1 }
			NR == 1 || /^!/ { next }
			{
				sub(/>[^>]*$/, ">"); name = $0; closing = sub(/^\//, "", name); sub(/[ \t\n>\/].*/, "", name)
				if (closing) {
					if (stack[depth] != name) { print "</" name "> closes <" stack[depth] ">"; exit }
					depth--
				} else if (!(name in empty) && $0 !~ /\/>$/) stack[++depth] = name
			}
			END { if (depth) print "open: " stack[depth] }' "$file"
		assert_output ""
	done
}

@test "ids are unique, and what is referred to is there" {
	local file
	for file in "${PAGES[@]}"; do
		values id "$file" | sort >ids
		assert_equal "$(uniq -d ids)" ""
		{
			values 'aria-labelledby' "$file"
			values 'aria-describedby' "$file"
			grep -oE 'url\(#[^)]+\)' "$file" | sed -E 's/url\(#(.*)\)/\1/'
			values href "$file" | sed -n 's/^#//p'
		} | sort -u >referred
		assert_equal "$(comm -13 ids referred)" ""
	done
	[ "$(values id "$PAGE" | wc -l)" -gt 20 ]
}

@test "links lead to files of the site; nothing comes from elsewhere, and the one script is ours" {
	local file target
	for file in "${PAGES[@]}"; do
		while read -r target; do
			case $target in
			'#'* | data:*) ;;
			*:* | /*) fail "$file links to $target" ;;
			*) assert_file_exists "$(dirname "$file")/${target%%#*}" ;;
			esac
		done < <(values href "$file" && values src "$file" || true)
		[ "$(count '//script[not(@type="application/json")][not(@defer) or text() or not(contains(@src, "livepost.js"))]' "$file")" = 0 ]
		assert_equal "$(count '//iframe | //object | //embed | //form | //base' "$file")" 0
		assert_equal "$(count '//@*[starts-with(name(), "on")]' "$file")" 0
		refute grep -qE '(src|href|srcset|action)="(https?:)?//' "$file"
	done
	refute grep -qE '@import|url\((["'"'"']?)(https?:)?//' site/style.css site/figures.css
	assert_equal "$(count "//link[@rel='stylesheet']")" 2
}

@test "headings go down one level at a time from the one h1" {
	local file level last
	for file in "${PAGES[@]}"; do
		assert_equal "$(count //h1 "$file")" 1
		last=0
		for level in $(grep -oE '<h[1-6]' "$file" | tr -dc '1-6\n'); do
			((level <= last + 1)) || fail "$file: h$level below h$last"
			last=$level
		done
	done
}

@test "every drawing has a name and a description, and is one image to those who listen" {
	local page drawings
	for page in "$PAGE" "$METHOD"; do
		drawings=$(count "//svg[contains(@class, 'lp-figure')]" "$page")
		[ "$drawings" -ge 2 ]
		assert_equal "$(count "//svg[contains(@class, 'lp-figure')][@role='img'][string-length(title) > 10][@aria-labelledby = title/@id][@aria-describedby = //desc[string-length(.) > 40]/@id]" "$page")" "$drawings"
		assert_equal "$(count "//svg[not(@role='img')][not(@aria-hidden='true')]" "$page")" 0
		# And its data as a table, in words that a table's cells can be found by.
		assert_equal "$(count "//figure[@class='figure'][.//svg][not(.//details//table[.//th[@scope='col']][.//th[@scope='row']])]" "$page")" 0
		assert_equal "$(count "//figure//table[not(.//th)]" "$page")" 0
		assert_equal "$(count "//pre[not(@tabindex='0')]" "$page")" 0
	done
	[ "$(count "//svg[contains(@class, 'lp-figure')]")" -ge 30 ]
}

@test "each figure and listing of the page is numbered once, in order, and has a caption" {
	run bash -c 'grep -oE "<span class=\"number\">Figure [0-9]+:" "$1" | tr -dc "0-9\n"' bash "$PAGE"
	assert_equal "$output" "$(seq "$(wc -l <<<"$output")")"
	assert_equal "$(count "//figure[@class='figure'][not(figcaption)]")" 0
}

@test "the index leads to both posts, the later one first" {
	assert_equal "$(count "//ol/li//a/@href" site/index.html)" 2
	assert_equal "$(at "(//ol/li//a)[1]/@href" site/index.html)" "2021/03/10/how-this-page-was-measured.html"
	assert_equal "$(at "(//ol/li//a)[2]/@href" site/index.html)" "2021/03/10/concurrency-in-python.html"
	assert_equal "$(at "(//ol/li//a)[2]" site/index.html)" "Concurrency in Python"
	assert_equal "$(at "(//ol/li//time)[2]/@datetime" site/index.html)" "2021-03-10T20:58:00+00:00"
	assert_equal "$(at "//a[@class='home']/@href")" "../../../index.html"
	# Each leads to the other.
	assert [ "$(count "//main//a[@href='how-this-page-was-measured.html']")" -ge 1 ]
	assert [ "$(count "//main//a[@href='concurrency-in-python.html']" "$METHOD")" -ge 1 ]
}

@test "without any records the page is built all the same, says so, and draws no order" {
	cd "$BATS_FILE_TMPDIR/refused" || return
	local page=site/2021/03/10/roast.html name
	run cat build.log
	assert_line --regexp '^published 1 post: [0-9]+ files'
	assert_equal "$(count "//figure[@class='figure']" "$page")" 3
	for name in serial threads; do
		assert_regex "$(at "//figure[@id='roast-$name-timeline']//span[@class='provenance']" "$page")" 'order unknown'
		assert_equal "$(count "//figure[@id='roast-$name-timeline']//svg[1]//text[text()='totals']" "$page")" 1
		assert_equal "$(count "//figure[@id='roast-$name-timeline']//svg[1]//rect[@class='lp-run']" "$page")" 1
	done
	assert_equal "$(count "//svg//text[text()='chicken' or text()='chef' or text()='guests']" "$page")" 0
	assert_equal "$(count "//rect[@class='lp-wait'] | //rect[@class='lp-blocked'] | //path[@class='lp-flow']" "$page")" 0
	refute grep -q 'none lost' "$page"
	assert_regex "$(at '//footer' "$page")" 'order unknown'
	# What needs no order is there: bars, numbers, claims.
	assert [ "$(count "//figure[@id='fig-roast']//svg[1]/circle" "$page")" -ge 10 ]
	assert_equal "$(count "//p/span[@class='measured'][contains(., 's')]" "$page")" 1
	assert_equal "$(count "//p[starts-with(@class, 'claim')]" "$page")" 1
}
