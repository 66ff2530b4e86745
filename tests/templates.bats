# Templates through a build: what they write, what they are given, what happens to the other files of templates/, and how
# their mistakes are told.

load support/posts

setup() {
	cd "$BATS_TEST_TMPDIR"
	make_site
	make_post 2021-03-10-a.md <<<'Tea & *cake*.'
}

# The template templates/NAME from standard input; folders are made.
template() { # NAME
	mkdir -p "templates/$(dirname "$1")"
	cat >"templates/$1"
}

# Builds and gives what index.html became, without empty lines.
index() {
	run --separate-stderr "$LIVEPOST" build
	[ "$status" -eq 0 ] || fail "$stderr"
	grep -v '^$' site/index.html
}

# As refused, and no details are told below the problems.
refused_plainly() { # PROBLEM…
	refused "$@"
	assert_equal "$(without_source <<<"$stderr")" "$(told)"
}

@test "values are escaped, raw ones are not" {
	cat >pipeline.lua <<-'END'
		return { site = { title = "Tea & <b>\"cake\"</b>", author = "O'Hara" } }
	END
	template index.html <<-'END'
		<p title="{{ site.title }}">{{ site.title }}</p> {{ site.author }}
		{{ site.title | raw }} {{ "{{" }} {{ 1 + 2 }}
	END
	assert_equal "$(index)" "<p title=\"Tea &amp; &lt;b&gt;&quot;cake&quot;&lt;/b&gt;\">Tea &amp; &lt;b&gt;&quot;cake&quot;&lt;/b&gt;</p> O&#39;Hara
Tea & <b>\"cake\"</b> {{ 3"
}

@test "conditions, loops, comments and includes" {
	make_post 2021-03-11-b.md <<<'More.'
	template parts/post.html <<<'{{ post.date.text }}: {{ post.title }}'
	template index.html <<-'END'
		{# nothing of this #}
		{% if #posts > 5 %}
		many
		{% elseif #posts == 2 %}
		two
		{% else %}
		few
		{% end %}
		{% for i, post in posts %}
		{{ i }} {% include "parts/post.html" %}
		{% end %}
		{% for key, value in pairs({ b = 2, a = 1 }) %}{{ key }}={{ value }};{% end %}
	END
	assert_equal "$(index)" "two
1 10 March 2021: A post
2 10 March 2021: A post
a=1;b=2;"
}

@test "a template fills the blocks of the one it extends, over several floors" {
	template frame.html <<<'[{% block head %}base head{% end %}|{% block main %}base main{% end %}|{% block foot %}base foot{% end %}]'
	template middle.html <<-'END'
		{% extends "frame.html" %}
		{% block main %}middle {% block inner %}middle inner{% end %}{% end %}
		{% block foot %}middle foot{% end %}
	END
	template index.html <<-'END'
		{% extends "middle.html" %}
		{% block inner %}{{ #posts }} post{% end %}
		{% block foot %}index foot{% end %}
	END
	assert_equal "$(index)" '[base head|middle 1 post|index foot]'
}

@test "a post's template has all that is known of the post and the site" {
	cat >pipeline.lua <<<'return { site = { title = "Teas", base_url = "https://example.org" } }'
	rm posts/*
	cat >posts/2020-02-29-leap-day.md <<-'END'
		---
		title: "Leap & day"
		date: 2020-02-29 13:30:00 +0100
		categories: tea cake
		tags: [hot, black]
		permalink: /:categories/:title/
		colour: red
		cups: 3
		nested: { pots: [1, two] }
		---
		First *paragraph*.

		Second.
	END
	template post.html <<-'END'
		{{ post.title }}|{{ post.date.iso }}|{{ post.date.text }}|{{ post.url }}|{{ root }}|{{ post.excerpt }}
		{{ table.concat(post.categories, ",") }}|{{ table.concat(post.tags, ",") }}|{{ site.title }}|{{ site.base_url }}
		{{ post.front.colour }}|{{ post.front.cups + 1 }}|{{ post.front.nested.pots[2] }}|{{ post.front.missing or "none" }}
		{% for style in styles %}{{ style }} {% end %}|{{ date(post.date.iso, "%A %e %b %Y, %H:%M") }}|{{ generator:match("^%a+") }}
		{{ post.content | raw }}
	END
	index >/dev/null
	assert_equal "$(cat site/tea/cake/leap-day/index.html)" 'Leap &amp; day|2020-02-29T13:30:00+01:00|29 February 2020|tea/cake/leap-day/index.html|../../../|First paragraph.
tea,cake|hot,black|Teas|https://example.org
red|4|two|none
../../../style.css ../../../figures.css |Saturday 29 Feb 2020, 13:30|livepost
<p>First <em>paragraph</em>.</p>
<p>Second.</p>'
}

@test "posts of the index are the newest first, and those of one moment by their address" {
	local name
	for name in 2021-03-09-z 2021-03-11-b 2021-03-11-c 2019-01-01-old; do
		printf -- '---\ntitle: %s\n---\nTea.\n' "$name" >"posts/$name.md"
	done
	template index.html <<<'{% for post in posts %}{{ post.title }} {% end %}'
	assert_equal "$(index)" "2021-03-11-b 2021-03-11-c A post 2021-03-09-z 2019-01-01-old "
}

@test "front matter chooses the layout" {
	template plain.html <<<'plain {{ post.title }}'
	template old/letter.html <<<'letter {{ post.title }}'
	printf -- '---\ntitle: B\nlayout: plain\n---\n' >posts/2021-03-10-b.md
	printf -- '---\ntitle: C\nlayout: old/letter\n---\n' >posts/2021-03-10-c.md
	index >/dev/null
	assert_equal "$(cat "$(page b)")" "plain B"
	assert_equal "$(cat "$(page c)")" "letter C"
	assert_file_contains "$(page a)" '<h1>A post</h1>'
}

@test "what is no template is published as it is, in its folder; templates are not" {
	mkdir -p templates/img/small templates/.hidden
	printf 'a\0\377{{ not a template }}\n' >templates/img/small/pot.png
	echo '{{ neither }}' >templates/robots.txt
	echo secret | tee templates/.draft templates/.hidden/notes.txt >/dev/null
	template parts/unused.html <<<'{{ this is never read'
	index >/dev/null
	assert_equal "$(cd site && find . -type f | sort)" "./2021/03/10/a.html
./figures.css
./img/small/pot.png
./index.html
./livepost.js
./robots.txt
./style.css"
	assert cmp templates/img/small/pot.png site/img/small/pot.png
	assert cmp templates/robots.txt site/robots.txt
}

@test "mistakes in a template's tags are told at their line and column" {
	template index.html <<-'END'
		<p>
		  {% if #posts > 0 %}
		</p>
	END
	refused_plainly "templates/index.html:2:3: this if is not closed: write {% end %} where it ends"
	template index.html <<<$'\n<p>{{ #posts</p>'
	refused_plainly "templates/index.html:2:4: a {{ is opened here, and it is not closed: close it with }}"
	template index.html <<<'<p>{{ #posts + }}</p>'
	refused_plainly "templates/index.html:1:4: #posts + is not a Lua expression: unexpected symbol near <eof>"
	template index.html <<<'<p>{% endif %}</p>'
	refused_plainly "templates/index.html:1:4: there is no tag 'endif': write {% end %}"
	template index.html <<<'<p>{{ site.title | upper }}</p>'
	refused_plainly "templates/index.html:1:4: there is no filter 'upper': | raw is the only one; call a function instead"
}

@test "mistakes while a template runs are told at their line and column" {
	template index.html <<<$'<ul>\n<li>{{ site.titel }}</li>'
	refused_plainly 'templates/index.html:2:5: site.titel is nil: it is misspelt or not set for this page; where it may be missing write {{ site.titel or "" }}'
	template index.html <<<$'<ul>\n<li>{{ sight.title }}</li>'
	refused_plainly "templates/index.html:2:5: sight.title: there is no variable 'sight': the variables are generator, posts, root, scripts, site, styles"
	template index.html <<<'{{ site.title:uper() }}'
	refused_plainly "templates/index.html:1:1: site.title:uper(): attempt to call a nil value (method 'uper')"
	template index.html <<<'{{ posts }}'
	refused_plainly "templates/index.html:1:1: posts is a table, which cannot be written: write its parts in a {% for %}"
	template index.html <<<'{% for post in post %}{% end %}'
	refused_plainly "templates/index.html:1:1: post is nil, not a list: where it may be missing write {% for … in post or {} %}"
}

@test "mistakes between templates are told where one asks for the other" {
	template index.html <<<$'\n {% include "no.html" %}'
	refused_plainly "templates/index.html:2:2: cannot read the template 'no.html': No such file or directory"
	template index.html <<<'{% include "../pipeline.lua" %}'
	refused_plainly "templates/index.html:1:1: '../pipeline.lua' cannot be the name of a template: it is a path inside the templates' folder"
	template index.html <<<$'{% extends "base.html" %}\n{% block contents %}{% end %}'
	refused_plainly "templates/index.html:2:1: there is no block 'contents' in base.html: its blocks are content, title"
	template index.html <<<'{% include "other.html" %}'
	template other.html <<<'{% include "index.html" %}'
	refused_plainly "templates/other.html:1:1: templates need each other in a circle (index.html → other.html → index.html): take one of them out"
}

@test "a mistake in the posts' template is told, whichever post meets it" {
	make_post 2021-03-11-b.md <<<'More.'
	template post.html <<<$'{{ post.title }}\n{{ post.front.cups }}'
	run --separate-stderr "$LIVEPOST" build
	assert_failure 1
	assert_regex "$stderr" '^templates/post\.html:2:1: post\.front\.cups is nil: it is misspelt or not set for this page; where it may be missing write \{\{ post\.front\.cups or "" \}\}'
	assert_not_exists site
}

@test "templates reach no file and no process" {
	local name
	for name in io os require load dofile debug package _G getmetatable; do
		template index.html <<<"{{ $name.x }}"
		refused_plainly "templates/index.html:1:1: $name.x: there is no variable '$name': the variables are generator, posts, root, scripts, site, styles"
	done
}

@test "figures have their style sheet, or the one that the site brings" {
	make_post 2021-03-10-a.md <<<'Text.'
	run -0 "$LIVEPOST" build
	grep -q -- '--lp-run' site/figures.css
	echo ':root { --lp-run: red }' >templates/figures.css
	run -0 "$LIVEPOST" build
	assert_equal "$(cat site/figures.css)" ':root { --lp-run: red }'
	run -0 "$LIVEPOST" build
	assert_output --partial '0 changed'
}
