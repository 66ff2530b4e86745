# The published site: whole or as it was, whatever goes wrong, and free of what is no longer made.

# shellcheck disable=SC2016
load support/posts

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
	started=
}

teardown() {
	end_started
}

# post NAME [KEY: VALUE…]: a post of that name with these lines of front matter; its body is standard input.
post() {
	local name=$1
	shift
	{
		printf -- '---\ntitle: %s\n' "$name"
		[ $# = 0 ] || printf '%s\n' "$@"
		printf -- '---\n'
		cat
	} >"posts/$name"
}

# changes_nothing REGEX: the build fails, says so in a line, and changes nothing in site/.
changes_nothing() {
	snapshot site >before
	run "$LIVEPOST" build
	assert_failure 1
	assert_line --regexp "$1"
	assert_line 'livepost: the site is as it was: nothing was published'
	snapshot site | diff before -
}

# The named files, and the style sheet and script of figures, which every site has.
assert_files() {
	run find site -type f -printf '%P\n'
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' figures.css livepost.js "$@" | sort)"
}

@test "a site is its pages, an index, and what templates/ holds besides" {
	mkdir templates/images
	head -c 1000 /dev/urandom >templates/images/a.bin
	echo 'One.' | post 2021-03-10-one.md
	mkdir posts/sub
	echo 'Two.' | post sub/2022-01-02-two.md 'categories: [a, B c]' 'permalink: /:categories/:title/'
	build
	assert_line --regexp '^published 2 posts: 7 files, 7 changed, in '
	assert_files 2021/03/10/one.html a/b-c/two/index.html index.html style.css images/a.bin
	cmp templates/images/a.bin site/images/a.bin
	assert_equal "$(find . -name '*.new')" ''
}

@test "a site can be built from elsewhere" {
	echo 'One.' | post 2021-03-10-one.md
	mkdir "$BATS_FILE_TMPDIR/elsewhere"
	cd "$BATS_FILE_TMPDIR/elsewhere"
	build "$BATS_TEST_TMPDIR"
	build "$BATS_TEST_TMPDIR/"
	assert_line --regexp '5 files, 0 changed'
	assert_equal "$(ls -A)" ''
	cd "$BATS_TEST_TMPDIR"
	build .
	assert_line --regexp '5 files, 0 changed'
	build ./
	assert_line --regexp '5 files, 0 changed'
}

@test "what has not changed is not written" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'Two.' | post 2021-03-11-two.md
	build
	touch -d '1 day ago' now
	find site -type f -exec touch -r now {} +
	snapshot site >before
	build
	assert_line --regexp '6 files, 0 changed'
	snapshot site | diff before -
	echo 'Two, changed.' | post 2021-03-11-two.md
	build
	assert_line --regexp '6 files, 1 changed'
	assert_equal "$(find site -type f -newer now)" site/2021/03/11/two.html
}

@test "a failed build leaves the site as it was" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'Gone.' | post 2021-03-11-gone.md
	build
	# All that a successful build would change besides.
	rm posts/2021-03-11-gone.md
	echo 'New.' | post 2021-03-12-new.md
	echo '/* new */' >>templates/style.css
	printf '```{c}\nint main(void) { return }\n```\n' | post 2021-03-10-one.md
	changes_nothing '^posts/2021-03-10-one\.md:5:25: .* does not compile: '
	printf '```{c}\n//| label: x\n//| runs: 1\n//| claim: wall("x") > s(1000)\nint main(void) { return 0; }\n```\n' |
		post 2021-03-10-one.md
	changes_nothing '^posts/2021-03-10-one\.md:7:12: claim `wall\("x"\) > s\(1000\)`: the measurements contradict it: '
	printf '```{lua}\nerror("no")\n```\n' | post 2021-03-10-one.md
	changes_nothing '^posts/2021-03-10-one\.md:5'
	echo 'One.' | post 2021-03-10-one.md 'layout: nosuch'
	changes_nothing 'templates/nosuch\.html'
	echo 'One.' | post 2021-03-10-one.md 'tilte: x'
	changes_nothing '^posts/2021-03-10-one\.md:3:1: unknown key `tilte`: did you mean `title`\?'
	echo 'One.' | post 2021-03-10-one.md 'date: tomorrow'
	changes_nothing '^posts/2021-03-10-one\.md:3:7: '
	echo 'One.' | post 2021-03-10-one.md
	echo '{% extends "base.html" %}{{ nosuch.key }}' >templates/index.html
	changes_nothing '^templates/index\.html:1'
	echo '{% if %}' >templates/index.html
	changes_nothing '^templates/index\.html:1'
	rm templates/index.html
	changes_nothing 'templates/index\.html'
	mv templates elsewhere
	changes_nothing 'templates'
	mv elsewhere templates
	mv posts elsewhere
	snapshot site >before
	run "$LIVEPOST" build
	assert_failure 1
	assert_output 'livepost: cannot list ./posts: No such file or directory: a site has its posts in posts/'
	snapshot site | diff before -
}

@test "a removed post's page goes, and the folders that are empty then" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'Two.' | post 2021-03-11-two.md
	echo 'Three.' | post 2022-01-01-three.md
	build
	rm posts/2021-03-11-two.md posts/2022-01-01-three.md
	build
	assert_files 2021/03/10/one.html index.html style.css
	assert_not_exist site/2021/03/11
	assert_not_exist site/2022
	rm templates/style.css
	echo 'One.' | post 2021-03-10-one.md 'permalink: /elsewhere.html'
	build
	assert_files elsewhere.html index.html
	assert_not_exist site/2021
}

@test "the last post can be removed" {
	echo 'One.' | post 2021-03-10-one.md
	build
	rm posts/*
	build
	assert_line --regexp '^published 0 posts: 4 files'
	assert_files index.html style.css
}

@test "a post that is not published has no page, no line in the index, and runs nothing" {
	echo 'One.' | post 2021-03-10-one.md
	printf '```{c}\nint main(void) { return 1; }\n```\n' | post 2021-03-11-two.md 'published: false'
	build
	refute_line --partial compiling
	assert_line --regexp '^published 1 post: '
	assert_files 2021/03/10/one.html index.html style.css
	refute grep -q two site/index.html
	echo 'One.' | post 2021-03-10-one.md 'published: false'
	build
	assert_files index.html style.css
	assert_not_exist site/2021
	echo 'One.' | post 2021-03-10-one.md 'published: true'
	build
	assert_files 2021/03/10/one.html index.html style.css
}

@test "files in site/ that livepost did not make stay" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'Two.' | post 2021-03-11-two.md
	build
	mkdir -p site/mine site/.git
	touch -d '1 day ago' site/CNAME site/mine/a.html site/2021/03/11/photo.jpg site/.git/config site/.nojekyll
	snapshot site/mine >before
	rm posts/2021-03-11-two.md
	build
	assert_files 2021/03/10/one.html index.html style.css CNAME mine/a.html 2021/03/11/photo.jpg .git/config .nojekyll
	snapshot site/mine | diff before -
}

@test "of site/ only what was published is ever removed" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'precious' >precious
	cp precious posts/precious
	build
	jq '. + ["../precious", "x/../../precious", "/../posts/precious", "..", ".", "", "../posts", 5, null, {}]' \
		.livepost/published.json >changed
	mv changed .livepost/published.json
	echo 'Two.' | post 2021-03-11-two.md
	"$LIVEPOST" build
	assert_equal "$(cat precious posts/precious)" $'precious\nprecious'
	for bytes in '' '{' '5' '{"a":1}' '["index.html"' "$(printf '[%.0s' {1..50000})"; do
		echo "$bytes" >.livepost/published.json
		build
	done
	assert_files 2021/03/10/one.html 2021/03/11/two.html index.html style.css
}

@test "folders of a page that was never finished go with it" {
	echo 'One.' | post 2021-03-10-one.md
	build
	mkdir -p site/2031/01
	jq '. + ["2031/01/02/x.html"]' .livepost/published.json >changed
	mv changed .livepost/published.json
	build
	assert_not_exist site/2031
}

@test "two posts cannot have the same page" {
	echo 'One.' | post 2021-03-10-one.md
	build
	echo 'Two.' | post 2021-03-11-two.md 'permalink: /2021/03/10/one.html'
	changes_nothing '^posts/2021-03-11-two\.md:3:12: its page would be 2021/03/10/one\.html, which already is that of posts/2021-03-10-one\.md: give it another `permalink`$'
	mkdir posts/a
	rm posts/2021-03-11-two.md
	echo 'Two.' | post a/2021-03-10-one.md
	changes_nothing 'its page would be 2021/03/10/one\.html, which already is that of posts/'
}

@test "no post can take a place of the site's own" {
	echo 'One.' | post 2021-03-10-one.md
	build
	for path in / /index.html /style.css; do
		echo 'Two.' | post 2021-03-11-two.md "permalink: $path"
		changes_nothing '^posts/2021-03-11-two\.md:3:12: its page would be '
	done
}

@test "a page cannot be another page's folder" {
	echo 'One.' | post 2021-03-10-one.md
	build
	echo 'Two.' | post 2021-03-11-two.md 'permalink: /2021/03/10/one.html/two.html'
	changes_nothing '^posts/2021-03-11-two\.md:3:12: '
	echo 'Two.' | post 2021-03-09-two.md 'permalink: /style.css/two.html'
	rm posts/2021-03-11-two.md
	changes_nothing '^posts/2021-03-09-two\.md:3:12: '
	# Nor is it when neither is there yet.
	rm -r site
	run "$LIVEPOST" build
	assert_failure 1
	assert_not_exist site/index.html
}

@test "a permalink leads nowhere but into the site" {
	echo 'One.' | post 2021-03-10-one.md
	build
	for path in /../../x ../x /a/../x /a/../../../x /.. .. /./x /.git/config /.htaccess '/a/..' '"/x\\y"' '"/x\ny"'; do
		echo 'Two.' | post 2021-03-11-two.md "permalink: $path"
		changes_nothing '^posts/2021-03-11-two\.md:3:12: permalink `'
	done
	echo 'Two.' | post 2021-03-11-two.md 'permalink: /:nosuch/x'
	changes_nothing '^posts/2021-03-11-two\.md:3:12: permalink `/:nosuch/x`: no such part `:nosuch`'
	assert_equal "$(find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort | tr '\n' ' ')" \
		'.livepost before examples pipeline.lua posts site templates '
	echo 'Two.' | post 2021-03-11-two.md 'permalink: //a//b'
	build
	assert_file_exist site/a/b.html
}

@test "a folder that stands where a page should be is an error, and nothing changes" {
	echo 'One.' | post 2021-03-10-one.md
	build
	mkdir -p site/2021/03/11/two.html
	echo 'Two.' | post 2021-03-11-two.md
	echo '/* new */' >>templates/style.css
	snapshot site/index.html >before
	files=$(find site -type f -exec sha256sum {} + | sort)
	run "$LIVEPOST" build
	assert_failure 1
	assert_output --partial 'site/2021/03/11/two.html: a folder stands in its place'
	assert_equal "$(find site -type f -exec sha256sum {} + | sort)" "$files"
	snapshot site/index.html | diff before -
}

@test "a link in site/ is replaced, not followed" {
	echo 'One.' | post 2021-03-10-one.md
	build
	echo precious >precious
	ln -sf ../precious site/index.html
	build
	assert_equal "$(cat precious)" precious
	assert [ ! -L site/index.html ]
}

# in_a_small_disk SCRIPT: bash runs it, the current folder's site/ being a file system of 256 KiB that nobody else sees.
in_a_small_disk() {
	local user=
	[ "$(id -u)" = 0 ] || user=--map-root-user
	mkdir -p site
	unshare $user --mount true 2>/dev/null || skip 'file systems cannot be mounted here'
	LIVEPOST=$LIVEPOST run unshare $user --mount bash -euc '
		mount -t tmpfs -o size=256k livepost-test site
		'"$(declare -f snapshot)
		$1"
}

@test "a full disk is an error, and every old page is whole" {
	echo 'One.' | post 2021-03-10-one.md
	echo 'Two.' | post 2021-03-11-two.md
	head -c 300000 /dev/urandom | base64 >big
	in_a_small_disk '
		"$LIVEPOST" build
		find site -type f -exec sha256sum {} + | sort >before
		sed -i "s/One/One, changed/" posts/2021-03-10-one.md
		cat big >>posts/2021-03-11-two.md
		echo "/* new */" >>templates/style.css
		"$LIVEPOST" build && exit 9
		[ $? = 1 ]
		find site -type f -exec sha256sum {} + | sort | diff before -
		sed -i "6,\$d" posts/2021-03-11-two.md
		"$LIVEPOST" build
		grep -q "One, changed" site/2021/03/10/one.html
	'
	assert_success
	assert_output --partial 'No space left on device'
	assert_line 'livepost: the site is as it was: nothing was published'
}

@test "a site/ that cannot be written is an error, and stays as it was" {
	echo 'One.' | post 2021-03-10-one.md
	in_a_small_disk '
		"$LIVEPOST" build
		mount -o remount,bind,ro site
		snapshot site >before
		echo "Two." >>posts/2021-03-10-one.md
		"$LIVEPOST" build && exit 9
		[ $? = 1 ]
		snapshot site | diff before -
		mount -o remount,bind,rw site
		"$LIVEPOST" build
		grep -q Two site/2021/03/10/one.html
	'
	assert_success
	assert_output --partial 'Read-only file system'
	assert_line 'livepost: the site is as it was: nothing was published'
}

@test "two builds at once: the second says so" {
	label=slow-$$-$RANDOM
	printf '```{c}\n//| label: %s\n//| runs: 1\n//| timeout: 60s\nint main(void) { for (;;) ; }\n```\n' "$label" |
		post 2021-03-10-one.md
	env --default-signal=INT "$LIVEPOST" build >log 2>&1 3>&- &
	first=$!
	started=$first
	# shellcheck disable=SC2062
	for _ in {1..200}; do
		grep -qzxF -f - /proc/[0-9]*/cmdline <<<"/cell/$label" 2>/dev/null && break
		sleep 0.05
	done
	run "$LIVEPOST" build
	assert_failure 1
	assert_output '.: another livepost is at work on this site: wait for it to end'
	run "$LIVEPOST" build "$PWD"
	assert_failure 1
	assert_output "$PWD: another livepost is at work on this site: wait for it to end"
	# Not even killed does the first leave the site locked.
	kill -KILL "$first"
	wait "$first" || true
	echo 'One.' | post 2021-03-10-one.md
	build
}

# 24 pages that say at their start and at their end which version they are; the version is one setting.
make_versions() {
	mkdir -p posts
	for i in {10..33}; do
		{ yes "A line of post $i that is there to make it long." | head -n 1200; } | post "2021-03-10-post-$i.md"
	done
	cat >templates/post.html <<-'END'
		{{ site.title }}
		{{ post.content | raw }}
		{{ site.title }} <end>
	END
}

set_version() {
	echo "return { site = { title = 'version-$1' } }" >pipeline.lua
}

# Each published page is one version from its first line to its last.
assert_pages_whole() {
	run awk '
		FNR == 1 { if (last != "" && last != first " <end>") print "cut: " file; file = FILENAME; first = $0; pages++
			if (first !~ /^version-[0-9]+$/) print "no version: " file }
		{ last = $0; lines[FILENAME] = FNR }
		END { if (last != first " <end>") print "cut: " file
			for (name in lines) if (lines[name] != lines[file]) print "of another length: " name
			print pages " pages" }' site/2021/03/10/*.html
	assert_output '24 pages'
}

@test "kill -9 at any moment leaves every page whole" {
	make_versions
	set_version 1000
	build
	start=${EPOCHREALTIME/[.,]/}
	set_version 1001
	build
	took=$((${EPOCHREALTIME/[.,]/} - start))
	assert_pages_whole
	killed=0
	for i in {2000..2199}; do
		[ "$killed" -lt 32 ] || break
		set_version "$i"
		"$LIVEPOST" build >/dev/null 2>&1 3>&- &
		process=$!
		pause=$((took * (20 + RANDOM % 80) / 100))
		sleep "$((pause / 1000000)).$(printf %06d $((pause % 1000000)))"
		kill -KILL "$process" 2>/dev/null || true
		code=0
		wait "$process" 2>/dev/null || code=$?
		if [ "$code" = 137 ]; then
			killed=$((killed + 1))
		else
			took=$((took * 95 / 100)) # it is faster than it was
		fi
		assert_pages_whole
	done
	assert [ "$killed" -ge 30 ]
	set_version 3000
	build
	assert_pages_whole
	assert_equal "$(cat site/2021/03/10/*.html | grep -c '^version-3000')" 48
	assert_equal "$(find . -name '*.new')" ''
	# And what was made by a build that was killed is known to the next.
	rm posts/*
	build
	assert_files index.html style.css
}

@test "what a killed build had begun to publish is removed when its post is" {
	make_versions
	set_version 1000
	for _ in {1..12}; do
		rm -rf site .livepost
		"$LIVEPOST" build >/dev/null 2>&1 3>&- &
		process=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -KILL "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
		mkdir kept
		mv posts/* kept/
		build
		assert_files index.html style.css
		assert_equal "$(find site -type d)" site
		mv kept/* posts/
		rmdir kept
	done
}
