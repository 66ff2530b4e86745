# What every Bats file starts from: `load support/livepost`. PROJECT is this project's folder, LIVEPOST the binary under
# test; each test works in its own BATS_TEST_TMPDIR.

# What `run` leaves is named by Bats, `started` by a test.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

PROJECT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
LIVEPOST=${LIVEPOST:-$PROJECT/build/livepost}
unset LIVEPOST_METHOD LIVEPOST_LUA SOURCE_DATE_EPOCH

# A site with the least there can be, in the current folder: settings, templates, no post.
make_site() {
	mkdir -p posts templates examples
	echo 'return { site = { title = "Test site" } }' >pipeline.lua
	cat >templates/base.html <<-'END'
		<!DOCTYPE html>
		<html lang="{{ site.language }}"><head><meta charset="utf-8"><title>{% block title %}{{ site.title }}{% end %}</title></head>
		<body>{% block content %}{% end %}</body></html>
	END
	cat >templates/post.html <<-'END'
		{% extends "base.html" %}
		{% block title %}{{ post.title }}{% end %}
		{% block content %}<h1>{{ post.title }}</h1>
		{{ post.content | raw }}{% end %}
	END
	cat >templates/index.html <<-'END'
		{% extends "base.html" %}
		{% block content %}{% for post in posts %}<a href="{{ post.url }}">{{ post.title }}</a>
		{% end %}{% end %}
	END
	echo 'body { margin: 1em }' >templates/style.css
}

# make_post NAME: a post whose body is standard input. NAME is its file's name below posts/.
make_post() {
	{
		printf -- '---\ntitle: A post\ndate: 2021-03-10\n---\n'
		cat
	} >"posts/$1"
}

# The published page of the post 2021-03-10-NAME.md.
page() {
	echo "site/2021/03/10/$1.html"
}

# What stands at the caret of each message, from there to the end of its line.
at_caret() {
	awk '/^ +\| +\^$/ { print substr(line, index($0, "^")) } { gsub(/…/, "."); line = $0 }'
}

# Messages without the lines of sources below them: `        5 | text` and the caret.
without_source() {
	grep -vE '^ +[0-9]* +\| ?'
}

# The command ends with this code, and writes nothing on standard output.
ends_silently() { # CODE ARGUMENTS…
	run --separate-stderr "$LIVEPOST" "${@:2}"
	assert_failure "$1"
	assert_output ""
}

# The same, and it says exactly this on standard error.
refuses() { # CODE MESSAGE ARGUMENTS…
	ends_silently "$1" "${@:3}"
	assert_equal "$stderr" "$2"
}

# As refuses, of wrong usage, which ends with 2 and says where to read more.
misuses() { # MESSAGE ARGUMENTS…
	refuses 2 "livepost: $1"$'\nTry `livepost --help`.' "${@:2}"
}

# Why this machine lets nobody have switch records; nothing where it does.
why_no_switch_records() {
	echo 'int main(void) { return 0; }' >"$BATS_FILE_TMPDIR/nothing.c"
	"$LIVEPOST" run --json "$BATS_FILE_TMPDIR/nothing.c" | jq -r 'select(.method != "switch-records") | .method_why // "?"'
}

has_switch_records() {
	[ -z "$(why_no_switch_records)" ]
}

# All of a folder: names, kinds, sizes, modes, times, contents.
snapshot() { # FOLDER
	find "$1" -printf '%p %y %s %m %T@ %i\n' | sort
	find "$1" -type f -print0 | sort -z | xargs -0 -r sha256sum
}

# Ends the processes of the test's own that `started` lists, and waits for them.
end_started() {
	local process
	for process in $started; do
		kill -KILL "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
}

# A measurement's file, kept or frozen, with these times of its runs.
set_times() { # FILE MS…
	local changed
	changed=$(jq -c '($ARGS.positional | map(tonumber * 1000000)) as $ns | ($ns | sort) as $sorted | .measurement |= (
		.runs[0] as $one | .runs = [$ns[] as $wall | if ($one | type) == "array" then [$wall] + $one[1:] else $one + { wall_ns: $wall } end] |
		.median_run = 1 | .wall = { n: ($ns | length), median_ns: $sorted[($ns | length) / 2 | floor], min_ns: $sorted[0],
			max_ns: $sorted[-1], q1_ns: $sorted[0], q3_ns: $sorted[-1] })' --args "${@:2}" <"$1")
	echo "$changed" >"$1"
}

needs_chromium() {
	command -v chromium >/dev/null || {
		echo "chromium is missing: run \`make setup test\`" >&2
		return 1
	}
}
