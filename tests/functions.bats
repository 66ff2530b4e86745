# What the Lua of a post defines for what comes after, and the functions that a site gives to all posts.

# shellcheck disable=SC2016
load support/posts

# Settings that are wrong.
wrong() { # SETTINGS MESSAGE
	echo "return { $1 }" >pipeline.lua
	run -1 "$LIVEPOST" build
	assert_line "$2"
}

@test "what a cell defines is seen by later cells, inline code, captions, claims and its own claims" {
	run -0 html <<-'END'
		```{lua}
		--| echo: false
		--| claim: twice(2) == 4
		function twice(n) return n * 2 end
		cups = { 3 }
		return ""
		```

		`{lua} twice(cups[1])`

		```{lua}
		--| echo: false
		--| claim: cups[1] > 2
		cups[1] = twice(10)
		return "Now " .. cups[1]
		```

		`{lua} twice(cups[1])`

		```{c}
		//| label: tea
		//| echo: false
		//| fig-cap: Of `{lua} twice(21)` cups.
		//| fig-alt: Drawn of `{lua} cups[1]`.
		//| claim: twice(runs("tea")) == 10
		int main(void) { return 0; }
		```
	END
	assert_line '<p><span class="measured">6</span></p>'
	assert_line '<p>Now 20</p>'
	assert_line '<p><span class="measured">40</span></p>'
	assert_line --partial 'Of <span class="measured">42</span> cups.'
	assert_line --partial 'Drawn of 20.'
	assert_equal "$(grep -c '<strong>Tested:' <<<"$output")" 3
}

@test "the alternative text of a cell of Lua sees what the cell defines" {
	write_cell tea 'freeze: false' <<<"$QUICK" >tea
	{
		cat tea
		printf '```{lua}\n--| label: drawn\n--| fig-alt: Of `{lua} count` cups.\ncount = 7\nreturn bars("tea")\n```\n'
	} >body
	run -0 html <body
	assert_line --partial 'Of 7 cups.'
}

@test "a cell that only defines leaves nothing in the page" {
	run -0 html <<-'END'
		before

		```{lua}
		--| echo: false
		x = 1
		return ""
		```

		after
	END
	refute_output --partial '<div'
	assert_line '<p>before</p>'
}

@test "a cell that returns nothing is told" {
	fails <<-'END'
		```{lua}
		x = 1
		```
	END
	assert_line 'posts/2021-03-10-a.md:5:1: cell `cell-1` returns nothing: return a figure, a list of figures, or Markdown as a string'
}

@test "what a cell defines is not there before it, nor in another post" {
	make_post 2021-03-11-b.md <<<'`{lua} x`'
	fails <<-'END'
		`{lua} x`

		```{lua}
		x = 1
		return ""
		```
	END
	assert_line 'posts/2021-03-10-a.md:5:1: Lua: `x` is nothing: a number or a string is expected in a sentence'
	assert_line 'posts/2021-03-11-b.md:5:1: Lua: `x` is nothing: a number or a string is expected in a sentence'
}

@test "a site's functions: in cells, inline and in claims, with what authors' Lua has and what the post defines" {
	cat >pipeline.lua <<-'END'
		local unit = " cups"
		function spelt(n) return n .. unit end
		return { functions = {
			times = function(label) return spelt(m[label].runs * 1) end,
			down = function(n)
				if n == 0 then return "zero" end
				local below = down(n - 1)
				return below
			end,
			brewed = function(...) return kind, select("#", ...) end,
		} }
	END
	{
		write_cell tea 'freeze: false' <<<"$QUICK"
		cat <<-'END'
			```{lua}
			--| echo: false
			--| claim: down(3) == "zero"
			kind = "oolong"
			local what, count = brewed(nil, nil)
			return what .. " " .. count
			```

			`{lua} times("tea")`, `{lua} down(1000)`
		END
	} >body
	run -0 html <body
	assert_line '<p>oolong 2</p>'
	assert_line '<p>5 cups, zero</p>'
	assert_line --partial '<strong>Tested:</strong> <code>down(3) == &quot;zero&quot;</code>'
}

@test "what a site's function sets is gone with the post" {
	cat >pipeline.lua <<-'END'
		count = 0
		return { functions = { next_one = function() count = count + 1 return count end } }
	END
	make_post 2021-03-11-b.md <<<'`{lua} next_one()`, `{lua} next_one()`'
	run -0 html <<<'`{lua} next_one()`, `{lua} next_one()`, `{lua} count or "none"`'
	assert_line '<p><span class="measured">1</span>, <span class="measured">2</span>, none</p>'
	run -0 grep -c '<p><span class="measured">1</span>, <span class="measured">2</span></p>' "$(page b)"
}

@test "what a site's function sees of a post nothing else of pipeline.lua does, also after a mistake in it" {
	cat >pipeline.lua <<-'END'
		return {
			functions = { sees = function() return type(wall) end, fails = function() error("so") end },
			filters = { { document = function(_, context) context.warn(type(wall) .. " seen") end } },
		}
	END
	make_post 2021-03-11-b.md <<<'`{lua} sees()` `{lua} fails()`'
	# Filters are at work on what a cell returns when the functions have been called.
	printf '```{lua}\nreturn sees()\n```\n' | make_post 2021-03-12-c.md
	fails <<<'`{lua} sees()`'
	assert_equal "$(grep -c 'nil seen' <<<"$output")" 4
	refute_output --partial 'function seen'
}

@test "a mistake in a site's function is told at its line, with the post's line as the caller" {
	cat >pipeline.lua <<-'END'
		local function length_of(text)
			local length = #text
			return length
		end
		return { functions = {
			length = function(text)
				local found = length_of(text)
				return found
			end,
			taken = function(label) return wall(label) end,
			endless = function() while true do end end,
			large = function() local t = {} for i = 1, 1e9 do t[i] = i end end,
			thrown = function() error({}) end,
		} }
	END
	{
		cat <<-'END'
			A `{lua} length(nil)` b.

			```{lua}
			local a = 1

			local b = length(nil)
			return b
			```

			`{lua} taken("x")`

			```{c}
			//| label: tea
			//| freeze: false
			//| claim: length(5) > 4
			int main(void) { return 0; }
			```

			`{lua} thrown()`

			`{lua} endless()`

			`{lua} large()`
		END
	} >body
	fails <body
	assert_equal "$(grep -A 3 -F "pipeline.lua:2: function \`length\`: attempt to get length of a nil value (local 'text')" <<<"$output" |
		grep -E '^    called')" "$(printf '    called from pipeline.lua:7\n    called from posts/2021-03-10-a.md:%d\n' 5 10)"
	assert_line "pipeline.lua:2: function \`length\`: attempt to get length of a number value (local 'text')"
	assert_line '    called from posts/2021-03-10-a.md:19'
	assert_line 'pipeline.lua:10: function `taken`: no cell `x` was measured in this post: known are `tea`'
	assert_line '    called from posts/2021-03-10-a.md:14'
	assert_line 'pipeline.lua:13: function `thrown`: error() was called with a table: give it a text'
	assert_line 'pipeline.lua:11: function `endless`: stopped after 200 million instructions: does it loop for ever?'
	assert_line --partial 'stopped: it takes more than 256 MiB of memory'
}

@test "settings of functions that cannot be" {
	make_post 2021-03-10-a.md <<<text
	wrong 'functions = { wall = function() end }' 'pipeline.lua:1:24: setting `functions.wall`: authors'\'' Lua has a `wall` already: call it otherwise'
	wrong 'functions = { table = function() end }' 'pipeline.lua:1:24: setting `functions.table`: authors'\'' Lua has a `table` already: call it otherwise'
	wrong 'functions = { mine = function() end }, figures = { mine = function() end }' \
		'pipeline.lua:1:24: setting `functions.mine`: authors'\'' Lua has a `mine` already: call it otherwise'
	wrong 'functions = { ["a-b"] = function() end }' 'pipeline.lua:1:24: setting `functions`: a function'\''s name is a word of Lua, not `a-b`'
	wrong 'functions = { function() end }' 'pipeline.lua:1:24: setting `functions`: a function'\''s name is a word of Lua, not `1`'
	wrong 'functions = { mine = 3 }' 'pipeline.lua:1:31: setting `functions.mine`: a function is expected, not a number'
	wrong 'functions = 3' 'pipeline.lua:1:22: setting `functions`: a table is expected, not a number'
}
