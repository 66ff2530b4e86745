# Figures in posts: charts of what was measured, and those that a site's pipeline.lua has of its own.

load support/posts
# shellcheck disable=SC2016

# A post with a quick cell `quick`, a swept one `pool`, and a cell of Lua that returns this.
make_post_returning() { # LUA
	make_post 2021-03-10-figures.md <<-END
		\`\`\`{c}
		//| label: quick
		//| runs: 3
		#include <unistd.h>
		int main(void) { return usleep(1000); }
		\`\`\`

		\`\`\`{c}
		//| label: pool
		//| sweep: { threads: [1, 2] }
		//| runs: 3
		#include <unistd.h>
		int main(void) { return usleep(4000 / threads); }
		\`\`\`

		\`\`\`{lua}
		--| label: fig-own
		return $1
		\`\`\`
	END
}

# What XPath says of a page; the parser knows neither HTML 5 nor SVG, and says so.
page_says() { # PAGE XPATH
	xmllint --html --xpath "$2" "$1" 2>/dev/null
}

@test "charts stand in the page with their table, tables by themselves" {
	make_post_returning '{ bars("quick", "pool"), scaling("pool"), states("quick"), lines("quick"), table("pool"), machine("quick") }'
	run -0 "$LIVEPOST" build
	local page
	page=$(page figures)
	run -0 page_says "$page" 'count(//figure[starts-with(@id, "fig-own")])'
	assert_output 6
	local id
	for id in fig-own fig-own-2 fig-own-3; do
		run -0 page_says "$page" "count(//figure[@id='$id']//div[@class='drawing']/svg) + 10 * count(//figure[@id='$id']//details//table)"
		assert_output 12
	done
	for id in fig-own-4 fig-own-5 fig-own-6; do
		run -0 page_says "$page" "count(//figure[@id='$id']//table) + 10 * count(//figure[@id='$id']//details)"
		assert_output 1
	done
	# The code of the cell, with the line of the post.
	run -0 page_says "$page" "string(//figure[@id='fig-own-4']//tr[th='9'])"
	assert_output --partial 'usleep(1000)'
}

@test "the library table is there beside the figure of that name" {
	make_post_returning 'table.concat({ "one", "two" }, " and ")'
	run -0 "$LIVEPOST" build
	grep -qF 'one and two' "$(page figures)"
}

@test "a figure of the site's own is drawn, and what it says is escaped" {
	cat >pipeline.lua <<-'END'
		return { figures = {
			mine = function(measurements, options, kit)
				kit:text(0, 20, "<script>alert(1)</script> " .. options.word, { style = "title" })
				kit:say { story = "<b>bold</b>" }
				kit:table { head = { "a" }, rows = { { "<i>" } } }
			end,
		} }
	END
	make_post_returning 'mine("quick", "pool", { word = "]]>&" })'
	run -0 "$LIVEPOST" build
	local page
	page=$(page figures)
	run -1 grep -F -e '<script>alert' -e '<b>bold' -e '<i>' "$page"
	grep -qF '&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt;&amp;' "$page"
	grep -qF '&lt;b&gt;bold&lt;/b&gt;' "$page"
}

@test "a mistake in a figure of the site's own is told at its line of pipeline.lua, and nothing is published" {
	cat >pipeline.lua <<-'END'
		return { figures = {
			mine = function(measurements, options, kit)
				local x = kit.linear(0, 10, 0, kit.width)
				kit:dot(x(3), measurements[1].zebra)
			end,
			endless = function() while true do end end,
		} }
	END
	make_post_returning 'mine("quick")'
	run -1 "$LIVEPOST" build
	assert_line 'pipeline.lua:4: figure `mine`: y is a nil: a number of the drawing'\''s units is expected'
	assert_line --regexp '^    drawn by the cell `fig-own`, posts/2021-03-10-figures.md:20$'
	assert_not_exist site/index.html
	sed -i 's/return mine/return endless/' posts/*.md
	run -1 "$LIVEPOST" build
	assert_line 'pipeline.lua:6: figure `endless`: stopped after 200 million instructions: does it loop for ever?'
}

@test "a figure of the site's own cannot take a name that is taken, nor reach out of its pen" {
	make_post_returning '"text"'
	local name
	for name in bars wall string timeline; do
		echo "return { figures = { $name = function() end } }" >pipeline.lua
		run -1 "$LIVEPOST" build
		assert_line "pipeline.lua:1:22: setting \`figures.$name\`: authors' Lua has a \`$name\` already: call it otherwise"
	done
	make_post_returning 'mine("quick")'
	for name in io os require load debug package setmetatable getmetatable rawset pcall coroutine math.random; do
		echo "return { figures = { mine = function() if $name ~= nil then error('reached') end end } }" >pipeline.lua
		run -0 "$LIVEPOST" build
	done
	# What it does to the libraries is its own affair.
	echo 'return { figures = { mine = function() string.format, table.concat = nil, nil end } }' >pipeline.lua
	run -0 "$LIVEPOST" build
	# Nor is there memory without end in one call.
	echo 'return { figures = { mine = function() return string.rep("x", 1 << 33) end } }' >pipeline.lua
	run -1 "$LIVEPOST" build
	assert_line --partial 'pipeline.lua:1: figure `mine`: string.rep: more than 16 MiB'
}

@test "options that a figure of the site's own names are the ones that a post may give" {
	echo 'return { figures = { mine = { draw = function() end, options = { "colour" } } } }' >pipeline.lua
	make_post_returning 'mine("quick", { color = 1 })'
	run -1 "$LIVEPOST" build
	assert_line --partial 'mine: unknown option `color`: did you mean `colour`?'
	echo 'return { figures = { mine = { draw = function() end, takes = "points" } } }' >pipeline.lua
	make_post_returning 'mine("quick")'
	run -1 "$LIVEPOST" build
	assert_line --partial 'mine: cell `quick` is not swept'
	make_post_returning 'mine("pool")'
	run -0 "$LIVEPOST" build
}

@test "what a chart cannot show is an error at the cell" {
	make_post_returning 'outcomes("quick")'
	run -1 "$LIVEPOST" build
	assert_line --partial 'posts/2021-03-10-figures.md:20:1: cell `fig-own`: outcomes: the outcomes of `quick` were not counted: give it the option `outcomes: true`'
	make_post_returning 'scaling("quick")'
	run -1 "$LIVEPOST" build
	assert_line --partial 'scaling: cell `quick` is not swept'
	make_post_returning 'bars("quick", { baseline = "slow" })'
	run -1 "$LIVEPOST" build
	assert_line --partial "bars: the baseline 'slow' is not among the measurements"
}
