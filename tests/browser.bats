# The pages as a browser shows them: on phones and on wide screens, light and dark.

load support/livepost
load support/browser

PAGE=2021/03/10/concurrency-in-python.html
METHOD=2021/03/10/how-this-page-was-measured.html

setup_file() {
	needs_chromium || return
	cd "$BATS_FILE_TMPDIR"
	cp -r "$PROJECT"/{posts,examples,templates,pipeline.lua} .
	# It has words of code, links and blocks that the site's own posts, which are frozen, do not have.
	cp "$PROJECT/tests/fixtures/posts/2021-03-11-all.md" posts/
	"$LIVEPOST" build 2>build.log || {
		cat build.log >&2
		return 1
	}
	local scheme
	for scheme in light dark; do
		look "$PWD/site" "$scheme" "320,360,700,800,1280,320*2" index.html "$PAGE" "$METHOD" 2021/03/11/all.html >"$scheme.json" || return 1
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# What a jq filter says of both schemes; nothing is what is wanted.
assert_none() { # FILTER
	local scheme
	for scheme in light dark; do
		run jq -r --arg scheme "$scheme" "$1" "$scheme.json"
		assert_success
		assert_output ""
	done
}

@test "every page was looked at, at every width, in both schemes" {
	local scheme
	for scheme in light dark; do
		assert_equal "$(jq -c '[.frames[] | .width] | unique' "$scheme.json")" '[320,360,700,800,1280]'
		assert_equal "$(jq '.frames | length' "$scheme.json")" 24
		assert_equal "$(jq '[.frames[] | select(.zoom == 2)] | length' "$scheme.json")" 4
		assert_equal "$(jq -c '[.frames[] | .dark] | unique' "$scheme.json")" "[$([ "$scheme" = dark ] && echo true || echo false)]"
		# As many figures at every width: those that the page has.
		assert_equal "$(jq -c --arg page "$PAGE" '[.frames[] | select(.page == $page) | .drawings | length] | unique' "$scheme.json")" \
			"[$(grep -o '<div class="drawing"' "site/$PAGE" | wc -l)]"
	done
}

@test "no page scrolls sideways, and nothing reaches beyond it" {
	assert_none '.frames[] | select(.scroll_width > .width) | "\(.page) is \(.scroll_width) wide at \(.width), text × \(.zoom)"'
	assert_none '.frames[] | select(.outside != []) | "\(.page) at \(.width), text × \(.zoom): \(.outside[:5])"'
}

@test "of the two drawings of a figure exactly the one that fits is shown" {
	# A slider has a curve beside the point that is shown; a figure may be a table.
	assert_none '.frames[] | . as $frame | .drawings[] | select(.shown | length != 1) | select(.id | IN("fig-chefs", "fig-machine") | not) |
		"\(.id) at \($frame.width): \(.shown)"'
	assert_none '.frames[] | . as $frame | .drawings[] | select(.id == "fig-chefs") | select(.shown | length != 2) | "\(.id) at \($frame.width): \(.shown)"'
	assert_none '.frames[] | select(.width < 400) | .drawings[] | select(.shown - ["lp-figure lp-narrow"] != []) | .id'
	assert_none '.frames[] | select(.width > 1000) | .drawings[] | select(.shown - ["lp-figure lp-wide"] != []) | .id'
}

@test "the words of drawings are large enough to read, and whole" {
	assert_none '.frames[] | . as $frame | .small[] | "\(.text) at \($frame.width): \(.size) px"'
	assert_none '.frames[] | . as $frame | .clipped[] | "\(.) at \($frame.width)"'
}

@test "all text stands out from what is behind it, in both schemes" {
	assert_none '.frames[] | . as $frame | .texts[] | select(.ratio < 4.5) | "\($scheme), \($frame.width): \(.element) \(.text): \(.pair): \(.ratio)"'
	# Words of code, captions and drawings were among the texts.
	local scheme part
	for scheme in light dark; do
		for part in '^p' '^span\.hl-comment' '^span\.hl-string' '^span\.hl-keyword' '^span\.provenance' '^text\.lp-on-run' '^text\.lp-on-sleep' '^text\.lp-on-held' '^text\.lp-lock-name' '^span\.story' '^text\.lp-(tick|key|quiet)' '^a'; do
			[ "$(jq --arg part "$part" '[.frames[].texts[] | select(.element | test($part))] | length' "$scheme.json")" -gt 0 ] ||
				fail "no text in $part was looked at ($scheme)"
		done
		[ "$(jq '[.frames[] | .texts | length] | max' "$scheme.json")" -gt 8 ]
	done
}

@test "light is light and dark is dark" {
	[ "$(jq '[.frames[].texts[] | select(.element == "p") | .pair | split(" on ")[1] | split(",")[0] | tonumber] | min' light.json)" -gt 200 ]
	[ "$(jq '[.frames[].texts[] | select(.element == "p") | .pair | split(" on ")[1] | split(",")[0] | tonumber] | max' dark.json)" -lt 60 ]
}

@test "the console is silent" {
	assert_none '.console[]'
}

@test "no page asks the network for anything" {
	assert_none '.requests[]'
}

@test "what is wrong with a page is seen" {
	mkdir -p planted
	cat >planted/bad.html <<-'END'
		<!DOCTYPE html><meta charset="utf-8">
		<style>body { margin: 0; background: #fff; color: #000 } .pale { color: #999 } .wide { width: 900px; height: 1em; background: red }</style>
		<link rel="stylesheet" href="http://styles.example/a.css"><script>console.error("planted")</script>
		<p>Fine.</p><div class="big" style="width: 18rem">Big.</div><p class="pale">Pale.</p><div class="wide"></div><div style="overflow: auto"><div class="wide inside"></div></div>
		<figure id="both"><div class="drawing"><svg class="lp-wide" viewBox="0 0 100 20" width="300"><text x="90" y="12" font-size="12">beyond</text></svg>
		<svg class="lp-narrow" viewBox="0 0 100 20" width="50"><text x="0" y="12" font-size="12">tiny</text></svg></div></figure>
	END
	look "$PWD/planted" light '320,1000,1000*4' bad.html >planted.json
	assert_equal "$(jq -c '[.frames[].scroll_width]' planted.json)" '[900,1000,1152]'
	assert_equal "$(jq -c '[.frames[].outside]' planted.json)" '[["div.wide to 900"],[],["div.big to 1152"]]'
	assert_equal "$(jq -c '.frames[0].drawings' planted.json)" '[{"id":"both","shown":["lp-wide","lp-narrow"]}]'
	assert_equal "$(jq -c '.frames[1] | [.small[].text], .clipped' planted.json)" $'["both: tiny"]\n["both: beyond"]'
	assert_equal "$(jq -c '[.frames[0].texts[] | select(.ratio < 4.5) | .element]' planted.json)" '["p.pale"]'
	assert_equal "$(jq '.frames[0].texts[] | select(.element == "p.pale") | .ratio * 100 | floor' planted.json)" 284
	assert_regex "$(jq -r '.console[0]' planted.json)" planted
	assert_equal "$(jq -c .requests planted.json)" '["http://styles.example/a.css"]'
}
