# What tests of posts start from, instead of support/livepost: each test has a site of its own, most often with the one post
# POST, which is published at PAGE.

# What `run` leaves is named by Bats.
# shellcheck disable=SC2154

load support/livepost

# shellcheck disable=SC2034
{
	POST=posts/2021-03-10-a.md
	PAGE=site/2021/03/10/a.html
	# The program of a cell that needs no time.
	QUICK='int main(void) { return 0; }'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
}

# ---- what stands in a post

# A cell with this label and these options, whose code is standard input.
write_cell() { # LABEL [OPTION…]
	printf '```{c}\n//| label: %s\n' "$1"
	[ $# -eq 1 ] || printf '//| %s\n' "${@:2}"
	cat
	printf '```\n'
}

# The post is one cell. OPTIONS is one text, its options with `\n//| ` between them; nothing is none.
one_cell() { # LABEL OPTIONS CODE
	write_cell "$1" ${2:+"$2"} <<<"$3" | make_post "${POST#posts/}"
}

# ---- what a build makes of it

build() { # [ARGUMENTS…]
	run "$LIVEPOST" build "$@"
	assert_success
}

# The post from standard input, and no other, is published.
publish() {
	rm -rf posts/*
	make_post "${POST#posts/}"
	run --separate-stderr "$LIVEPOST" build
	[ "$status" -eq 0 ] || fail "$stderr"
}

# Publishes the post from standard input, and prints its HTML without the page around it.
html() {
	make_post "${POST#posts/}"
	"$LIVEPOST" build >log 2>&1 || { cat log; return 1; }
	sed '1,/<h1>A post<\/h1>/d; /<\/body>/d' "$PAGE"
}

# The text at an XPath of a published page, and how often an XPath is found in it.
at() { # XPATH [FILE]
	xmllint --html --xpath "string($1)" "${2:-$PAGE}" 2>/dev/null
}

count() { # XPATH [FILE]
	xmllint --html --xpath "count($1)" "${2:-$PAGE}" 2>/dev/null
}

# What dump says of a stage of the post, through a jq filter, is in $output.
dumped() { # STAGE FILTER
	run -0 --separate-stderr "$LIVEPOST" dump "$1" "$POST"
	run -0 jq -cr "$2" <<<"$output"
}

# The same of the post from standard input: of its measurements, and of its cells, for which nothing is run.
measured() { # FILTER
	make_post "${POST#posts/}"
	dumped measurements "$1"
}

cells() { # FILTER
	make_post "${POST#posts/}"
	dumped cells "$1"
}

# Builds, and prints the cells that were measured for it, each with a semicolon behind it.
ran() {
	run -0 --separate-stderr "$LIVEPOST" build
	sed -n 's/^posts.*\.md: \(.*\): .*cells done$/\1/p' <<<"$stderr" | tr '\n' ';'
}

# ---- posts that cannot be built

# What the last build told, without its progress and without the indented lines below a problem. Times that were measured
# read TIME.
told() {
	grep -vE '^(    |compiling [0-9]+ cells?$|.*, [0-9]+ of [0-9]+ cells done$)' <<<"$stderr" |
		sed -E 's/(after|is) [0-9.]+ (µs|ms|s)([:,]| )/\1 TIME\3/g'
}

# Builds: exactly these problems are told, in this order, and nothing is published. One that begins with a number is in the post.
refused() { # PROBLEM…
	local expected='' one
	for one in "$@"; do
		[[ $one != [0-9]* ]] || one="$POST:$one"
		expected+="$one"$'\n'
	done
	run --separate-stderr "$LIVEPOST" build
	assert_equal "$(told)" "${expected}livepost: the site is as it was: nothing was published"
	assert_failure 1
	assert_output ""
	assert_not_exists site
}

# Builds: each of these stands in what is told, and nothing is published. One that begins with a number is in the post.
build_fails() { # PART…
	local part
	run -1 --separate-stderr "$LIVEPOST" build
	for part in "$@"; do
		[[ $part != [0-9]* ]] || part="$POST:$part"
		grep -qF -- "$part" <<<"$stderr" || fail "no \`$part\` in: $stderr"
	done
	refute grep -q traceback <<<"$stderr"
	assert_not_exists site
}

# The same of the post from standard input.
post_fails() { # PART…
	make_post "${POST#posts/}"
	build_fails "$@"
}

# The post from standard input cannot be built; what the build said, all of it, is in $output.
fails() {
	make_post "${POST#posts/}"
	run -1 "$LIVEPOST" build
	assert_file_not_exists site/index.html
}
