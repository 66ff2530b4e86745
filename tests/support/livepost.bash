# What every Bats file starts from: `load support/livepost`. PROJECT is this project's folder, LIVEPOST the binary under
# test; each test works in its own BATS_TEST_TMPDIR.

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
