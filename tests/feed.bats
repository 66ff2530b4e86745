# Figures as files of their own, and a post's text as feeds have it.

# shellcheck disable=SC2016
load support/posts

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
	echo 'int main(void) { return 0; }' >examples/tea.c
}

feed() { # [FILE]
	"$LIVEPOST" dump page "${1:-posts/2021-03-10-a.md}" | jq -r '.post.feed_content'
}

tea() { # LABEL [OPTION…]
	printf '```{c}\n//| label: %s\n//| runs: 1\n//| echo: false\n//| file: tea.c\n' "$1"
	shift
	[ $# = 0 ] || printf '//| %s\n' "$@"
	printf '```\n'
}

@test "each figure that is drawn is a file beside its page, whole and for both schemes" {
	{
		tea tea
		printf '\n```{lua}\n--| label: both\nreturn { bars("tea"), "*or*", timeline("tea") }\n```\n'
	} | make_post 2021-03-10-a.md
	build
	run find site/2021 -type f -printf '%P\n'
	assert_equal "$(sort <<<"$output")" "03/10/a.html
03/10/a/both-3.svg
03/10/a/both.svg
03/10/a/tea-timeline.svg
03/10/a/tea.json
03/10/a/tea.trace.json"
	local drawn
	for drawn in site/2021/03/10/a/*.svg; do
		xmllint --noout --nonet "$drawn"
		assert_equal "$(xmllint --xpath 'namespace-uri(/*)' "$drawn")" http://www.w3.org/2000/svg
		assert_equal "$(xmllint --xpath 'count(/*/*[local-name()="title" or local-name()="desc"])' "$drawn")" 2
		grep -q 'prefers-color-scheme: dark' "$drawn"
		# Nothing that a viewer would have to fetch, and nothing that runs.
		refute_regex "$(<"$drawn")" '(@import|<script|<image|href=|url\((http|//|data))'
	done
}

@test "the same measurement is drawn in the same bytes" {
	tea tea | make_post 2021-03-10-a.md
	build
	cp -r site before
	build
	assert_line --regexp '^published 1 post: [0-9]+ files, 0 changed'
	diff -r site before
	rm -r site
	build
	diff -r site before
}

@test "figures of a page that is a folder's index lie in that folder" {
	{
		printf -- '---\ntitle: Tea\ndate: 2021-03-10\npermalink: /brews/tea/\n---\n'
		tea tea
	} >posts/tea.md
	build
	assert_file_exists site/brews/tea/index.html
	assert_file_exists site/brews/tea/tea-timeline.svg
}

@test "files go with their cell, and so does their folder" {
	{
		tea tea
		tea pot
	} | make_post 2021-03-10-a.md
	build
	assert_file_exists site/2021/03/10/a/pot-timeline.svg
	tea tea | make_post 2021-03-10-a.md
	build
	assert_file_not_exists site/2021/03/10/a/pot-timeline.svg
	assert_file_exists site/2021/03/10/a/tea-timeline.svg
	echo text | make_post 2021-03-10-a.md
	build
	assert_not_exists site/2021/03/10/a
	assert_file_exists site/2021/03/10/a.html
}

@test "a file whose place is taken is an error of the post, and nothing is published" {
	tea tea | make_post 2021-03-10-a.md
	mkdir -p templates/2021/03/10/a
	echo taken >templates/2021/03/10/a/tea-timeline.svg
	run "$LIVEPOST" build
	assert_failure 1
	assert_line 'posts/2021-03-10-a.md: a file of its page would be 2021/03/10/a/tea-timeline.svg, which already is that of the site itself: give it another `permalink`'
	assert_not_exists site
	rm -r templates/2021
	# Two pages whose folders are one.
	{
		printf -- '---\ntitle: B\ndate: 2021-03-10\npermalink: /2021/03/10/a/\n---\n'
		tea tea
	} >posts/b.md
	run "$LIVEPOST" build
	assert_failure 1
	assert_line 'posts/b.md:4:12: a file of its page would be 2021/03/10/a/tea.json, which already is that of posts/2021-03-10-a.md: give it another `permalink`'
	# A page where another one's files need a folder.
	printf -- '---\ntitle: B\ndate: 2021-03-10\npermalink: /x.y/a.html\n---\ntext\n' >posts/b.md
	{
		printf -- '---\ntitle: C\ndate: 2021-03-10\npermalink: /x.y.html\n---\n'
		tea tea
	} >posts/c.md
	build
	printf -- '---\ntitle: B\ndate: 2021-03-10\npermalink: /x.y\n---\ntext\n' >posts/b.md
	run "$LIVEPOST" build
	assert_failure 1
	assert_line 'posts/c.md:4:12: a file of its page would be x.y/tea.json, but x.y is no folder, it is that of posts/b.md: give it another `permalink`'
}

@test "a feed's text has an image with its size and words for each figure, and no drawing" {
	{
		echo 'Before `{lua} runs("tea")`.'
		echo
		tea tea 'fig-cap: "A *hot* drink."' "fig-alt: 'Tea, \"black\" & <strong>.'" 'claim: runs("tea") == 1'
		echo
		tea pot
	} | make_post 2021-03-10-a.md
	build
	{ echo "<!DOCTYPE html><meta charset=utf-8>" && feed; } >feed.html
	assert_equal "$(grep -c '<img ' feed.html)" 2
	refute_regex "$(<feed.html)" '<(svg|script|style|details|table)'
	assert_regex "$(<feed.html)" 'Before <span class="measured">1</span>'
	assert_regex "$(<feed.html)" '<figcaption><span class="number">Figure 1:</span> A <em>hot</em> drink\. '
	assert_regex "$(<feed.html)" 'Tested:</strong> <code>runs\(&quot;tea&quot;\) == 1</code>'
	xmllint --html --nonet --noout feed.html
	local image
	image() { xmllint --html --xpath "string((//figure/a/img)[$1]/@$2)" feed.html; }
	assert_equal "$(image 1 src)" 2021/03/10/a/tea-timeline.svg
	assert_equal "$(image 1 alt)" 'Tea, "black" & <strong>.'
	assert_equal "$(xmllint --html --xpath 'string((//figure/a)[1]/@href)' feed.html)" '2021/03/10/a.html#tea-timeline'
	# Without words of its author it says what the drawing says.
	assert_equal "$(image 2 alt)" "$(xmllint --xpath 'string(//*[local-name()="desc"])' site/2021/03/10/a/pot-timeline.svg)"
	local i found
	for i in 1 2; do
		found=site/$(image $i src)
		assert_equal "$(image $i width) $(image $i height)" \
			"$(xmllint --xpath 'string(/*/@width)' "$found") $(xmllint --xpath 'string(/*/@height)' "$found")"
	done
	# The page itself has its drawings still.
	assert_equal "$(grep -c '<svg class="lp-figure lp-wide"' "$(page a)")" 2
	refute_regex "$(<"$(page a)")" '<img '
}

@test "with a base address the feed's images and links are whole addresses, with what needs escaping escaped" {
	echo 'return { site = { title = "T", base_url = "https://example.org/blog/" } }' >pipeline.lua
	{
		printf -- '---\ntitle: T\ndate: 2021-03-10\npermalink: "/a b/\xc3\xa4&c.html"\n---\n'
		tea tea
	} >posts/2021-03-10-a.md
	build
	assert_file_exists 'site/a b/ä&c/tea-timeline.svg'
	run feed
	assert_output --partial '<a href="https://example.org/blog/a%20b/%C3%A4%26c.html#tea-timeline"><img src="https://example.org/blog/a%20b/%C3%A4%26c/tea-timeline.svg" alt='
}

@test "templates see every post's text for feeds, also where the index is made" {
	tea tea | make_post 2021-03-10-a.md
	cat >templates/index.html <<-'END'
		{% for post in posts %}<content>{{ post.feed_content }}</content>{% end %}
	END
	build
	run cat site/index.html
	assert_output --partial '&lt;img src=&quot;2021/03/10/a/tea-timeline.svg&quot; alt='
}

@test "what is no measurement drawn is no file, and the feed still has it" {
	printf '```{lua}\n--| label: words\nreturn "some *words*"\n```\n\n```c\nint x;\n```\n' | make_post 2021-03-10-a.md
	build
	assert_not_exists site/2021/03/10/a
	run feed
	assert_output --partial 'some <em>words</em>'
	assert_output --partial 'class="hl-type">int</span>'
}
