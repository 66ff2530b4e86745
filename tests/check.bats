# `livepost check` runs everything again and compares it with what is published, follows all links, and publishes nothing.

# shellcheck disable=SC1112,SC2016
load support/posts

# A cell that is run twice, whose program is this body of main.
main_cell() { # LABEL CODE [OPTION…]
	write_cell "$1" 'runs: 2' "${@:3}" <<<"#include <stdio.h>
#include <sys/random.h>
int main(void) { $2 }"
}

RANDOM_OUTPUT='unsigned n; return getrandom(&n, 4, 0) != 4 || printf("first\nnumber %u\n", n) < 0;'

# All that is here but what check may touch, with the bytes of each file.
state() {
	find . -path ./.livepost -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
	find .livepost -name '*.json' -print0 | sort -z | xargs -0 sha256sum
}

@test "what comes out as published is right, and nothing is written" {
	{ main_cell one 'puts("tea");' 'claim: wall("one") < s(5)'; echo 'A [link](#one).'; } | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	state >"$BATS_TEST_TMPDIR.before"
	run -0 "$LIVEPOST" check
	assert_line --partial 'one: 2 runs'
	assert_line --regexp '^posts/2021-03-10-x\.md: one: .*×'
	assert_line --regexp '^checked 1 cell and [0-9]+ links?: nothing is wrong; nothing was published$'
	state | diff "$BATS_TEST_TMPDIR.before" -
}

@test "what was never published has nothing to be compared with" {
	main_cell one 'puts("tea");' | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" check
	assert_line 'posts/2021-03-10-x.md: one: measured, and nothing is published yet to compare it with'
	assert_not_exist site
	assert_not_exist posts/_measured
	assert_equal "$(find .livepost -name '*.json')" ''
}

@test "an output that is another one is told with its line, unless it may differ" {
	main_cell one "$RANDOM_OUTPUT" | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	run -1 "$LIVEPOST" check
	assert_line --regexp '^posts/2021-03-10-x\.md:5:1: cell `one`: its output is not what is published: line 2 was “number [0-9]+” and is “number [0-9]+”: if it may differ say so with `output-varies: true`, else livepost build --remeasure one$'
	assert_line --partial '1 problem; nothing was published'
	main_cell one "$RANDOM_OUTPUT" 'output-varies: true' | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" check
	main_cell one "$RANDOM_OUTPUT" 'freeze: false' | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" check
	assert_output --partial 'its output is not what is published'
	run -1 "$LIVEPOST" build --remeasure nothing
	main_cell one "$RANDOM_OUTPUT" 'output-varies: perhaps' | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" build
	assert_line --regexp '^posts/2021-03-10-x\.md:8:20: .*output-varies'
}

@test "what is published of another version of the cell is told" {
	main_cell one 'puts("tea");' | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	main_cell one 'puts("milk");' | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" check
	assert_line 'posts/2021-03-10-x.md:5:1: cell `one`: what is published is not of this cell any more: its code changed: livepost build'
	run -0 "$LIVEPOST" build
	run -0 "$LIVEPOST" check
}

@test "claims and expectations are tried again, here" {
	{ main_cell one 'FILE *f = fopen("/proc/sys/kernel/random/uuid", "r"); return !f;'; } | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	# What is frozen says that the runs took a minute each; what is run here says otherwise.
	file=posts/_measured/2021-03-10-x/one.json
	jq -c '.measurement.runs = [.measurement.runs[] | .[0] = 60000000000] | .measurement.wall |= (. + { median_ns: 60000000000, min_ns: 60000000000,
		max_ns: 60000000000, q1_ns: 60000000000, q3_ns: 60000000000 })' $file >changed
	mv changed $file
	{ main_cell one 'FILE *f = fopen("/proc/sys/kernel/random/uuid", "r"); return !f;' 'claim: wall("one") > s(50)'; } | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	run -1 "$LIVEPOST" check
	assert_line --partial 'claim `wall("one") > s(50)`: the measurements contradict it'
	assert_line --regexp 'checked .* no links, as pages are missing: 1 problem; nothing was published$'
	{ main_cell one 'FILE *f = fopen("/proc/sys/kernel/random/uuid", "r"); return f != 0;'; } | make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" check
	assert_line --partial 'cell `one`: exit code 1'
}

@test "links inside of the site lead somewhere, or are told with their place" {
	mkdir -p templates
	echo picture >templates/dinner.png
	echo '# other' | make_post 2021-03-10-other.md
	make_post 2021-03-10-x.md <<-'END'
		## A heading {#here}

		Good: [page](other.html), [from the root](/2021/03/10/other.html), [index](../../../index.html),
		[home](/), [self](#), [query](other.html?a=1&b=2), ![dinner](../../../dinner.png), [anchor](#raw), [its](x.html#raw).
		<a id="raw"></a><a href="other.html#top">up</a> `[code](nowhere.html)` <!-- <a href="gone.html"> -->

		Bad: [page](othr.html), [up](../../../../x.html), [post](2021-03-10-other.md), [anchor](#rwa),
		[its](other.html#raw), ![picture](diner.png), [empty](), <img src="/lost.png" alt="x">
	END
	run -1 "$LIVEPOST" check
	assert_line 'posts/2021-03-10-x.md:11:13: link `othr.html`: the site has no such file: correct it, or add the file'
	assert_line --partial '11:30: link `../../../../x.html`: the site has no such file'
	assert_line --partial '11:58: link `2021-03-10-other.md`: a reader has no posts/2021-03-10-other.md: link to its page, 2021/03/10/other.html'
	assert_line --partial '11:89: link `#rwa`: this page has no anchor `rwa`: correct it, or give a heading or cell this name'
	assert_line --partial '12:7: link `other.html#raw`: 2021/03/10/other.html has no anchor `raw`'
	assert_line --partial 'link `diner.png`: the site has no such file'
	assert_line --partial '12:54: link ``: it is empty'
	assert_line --partial 'link `/lost.png`: the site has no such file'
	assert_equal "$(grep -c ': link `' <<<"$output")" 8
	assert_not_exist site
}

@test "links out of the site are looked at, and no network is asked" {
	make_post 2021-03-10-x.md <<-'END'
		[a](https://example.org/a?b#c) [b](mailto:cook@example.org) [c](https://[::1]:8000/) [d](//example.org/x) [e](tel:123)
		[f](http://) [g](https:///path) [h](mailto:cook) [i](<https://example.org/a b>)
		<a href="https://exa mple.org/">j</a> <a href="http://a..b/">k</a>
	END
	run -1 "$LIVEPOST" check
	assert_line --partial '6:5: link `http://`: it names no host: write it as https://HOST/…'
	assert_line --partial 'link `https:///path`: it names no host'
	assert_line --partial '6:37: link `mailto:cook`: it is no mail address'
	assert_line --partial 'link `https://exa mple.org/`: an address has no blanks: write them as %20'
	assert_line --partial 'link `http://a..b/`: it names no host'
	assert_equal "$(grep -c ': link `' <<<"$output")" 5
}

@test "an anchor that is there twice is told; a mistake of a template once, whatever the number of pages" {
	printf '<p id="twice">a</p>\n<p id="twice">b</p>\n' | make_post 2021-03-10-x.md
	echo 'Text.' | make_post 2021-03-10-y.md
	sed -i 's|</body>|<a href="/nowhere.html">x</a></body>|' templates/base.html
	run -1 "$LIVEPOST" check
	assert_line --partial 'posts/2021-03-10-x.md:5:8: the anchor `twice` is there twice'
	assert_equal "$(grep -c 'nowhere.html' <<<"$output")" 1
	assert_line --partial 'link `/nowhere.html`: the site has no such file: correct it, or add the file (it is no text of a post: a template or Lua wrote it)'
}

@test "the site's own address leads into it" {
	echo 'return { site = { title = "T", base_url = "https://example.org/blog/" } }' >pipeline.lua
	printf '[a](https://example.org/blog/index.html) [b](https://example.org/blog/nothing.html) [c](https://example.org/other)\n' |
		make_post 2021-03-10-x.md
	run -1 "$LIVEPOST" check
	assert_line --partial 'link `https://example.org/blog/nothing.html`: the site has no such file'
	assert_equal "$(grep -c ': link `' <<<"$output")" 1
}

@test "--json has what was found" {
	{ main_cell one "$RANDOM_OUTPUT"; echo '[x](nowhere.html)'; } | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	run -1 --separate-stderr "$LIVEPOST" check --json
	run -0 jq -c '[.ok, .links >= 1, (.problems | length), .problems[1].line, (.cells[0] | .label, (.problem | length > 10), .median_ns > 0,
		.published_ns > 0, .ratio > 0, .low <= .high)]' <<<"$output"
	assert_output '[false,true,2,12,"one",true,true,true,true,true]'
	run -2 "$LIVEPOST" check --fast
	run -2 "$LIVEPOST" check a b
}

@test "a damaged frozen file is a problem of the check" {
	main_cell one 'puts("tea");' | make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	echo '{' >posts/_measured/2021-03-10-x/one.json
	run -1 "$LIVEPOST" check
	assert_line --partial 'posts/_measured/2021-03-10-x/one.json:2:0: frozen measurement: it is no JSON'
}
