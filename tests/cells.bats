# What cells become in the page: each option, the figures and numbers of Lua, and code that is only shown.

load support/posts

@test "a cell without options: shown, measured five times, with its output and timeline" {
	publish <<-'END'
		Tea.

		```{c}
		#include <stdio.h>
		int main(void) { puts("tea is ready"); }
		```
	END
	assert_equal "$(count "//div[@class='cell'][@id='cell-1']")" 1
	assert_equal "$(at "//div[@id='cell-1']/figure[@class='listing']/pre/code[@class='language-c']")" '#include <stdio.h>
int main(void) { puts("tea is ready"); }'
	assert_equal "$(count "//figure[@class='listing']//span[@class='line']")" 2
	assert_equal "$(count "//figure[@class='listing']/figcaption")" 0
	assert_equal "$(at "//div[@id='cell-1']/div[@class='output']/pre/samp")" "tea is ready"
	assert_equal "$(count "//figure[@class='figure'][@id='cell-1-timeline']/div[@class='drawing']/svg")" 2
	assert_equal "$(at "//figure[@id='cell-1-timeline']//svg[1]/title")" "Timeline of cell-1"
	assert_regex "$(at "//span[@class='provenance']")" '^median of 5 runs, .*; kernel switch records, none lost; measured [0-9]+ [A-Z][a-z]+ [0-9]{4}$'
	assert_equal "$(count "//figure[@id='cell-1-timeline']//details//table")" 1
	assert_equal "$(count "//p[@class='claim']")" 0
	run "$LIVEPOST" dump cells posts/2021-03-10-a.md
	assert_equal "$(jq -c '.[0] | [.runs, .timeout_ns, .echo, .output, .claims]' <<<"$output")" '[5,10000000000,true,true,{}]'
}

@test "a program that prints nothing has no output, and what it says on standard error is not shown" {
	publish <<-'END'
		```{c}
		//| runs: 1
		#include <stdio.h>
		int main(void) { fputs("psst\n", stderr); }
		```
	END
	assert_equal "$(count "//div[@class='output']")" 0
	refute grep -q '<samp>psst' "$(page a)"
}

@test "label: the cell's id, its figure's, and its name in Lua" {
	publish <<-END
		\`\`\`{c}
		//| label: tea_2-pots
		//| runs: 1
		$QUICK
		\`\`\`

		Runs: \`{lua} runs("tea_2-pots")\`.
	END
	assert_equal "$(count "//div[@class='cell'][@id='tea_2-pots']")" 1
	assert_equal "$(count "//figure[@class='figure'][@id='tea_2-pots-timeline']")" 1
	assert_equal "$(at '//p[last()]')" "Runs: 1."
}

@test "options as block comments, and blank lines between them; none of them is shown" {
	publish <<-END
		\`\`\`{c}
		/*| label: tea */
		//|runs: 2

		//| fig-cap: >
		//|   A long
		//|   caption.
		$QUICK // not | an option
		\`\`\`
	END
	assert_equal "$(at "//div[@id='tea']/figure[@class='listing']/pre")" "$QUICK // not | an option"
	assert_regex "$(at "//figure[@id='tea-timeline']/figcaption")" '^Figure 1: A long caption\. '
	assert_regex "$(at "//figure[@id='tea-timeline']//span[@class='provenance']")" '^median of 2 runs'
}

@test "file: the code is that of the file, whose name is said, also when it is in a folder with headers" {
	mkdir -p examples/pots/lib
	printf '#include "size.h"\n#include "lib/shape.h"\n#include <stdio.h>\nint main(void) { printf("%%d %%s\\n", SIZE, SHAPE); }\n\n\n' >examples/pots/pot.c
	printf '#include "common.h"\n' >examples/pots/size.h
	printf '#define SIZE 3\n' >examples/common.h
	printf '#include "round.h"\n' >examples/pots/lib/shape.h
	printf '#define SHAPE "round"\n' >examples/pots/lib/round.h
	publish <<-'END'
		```{c}
		//| file: pots/../pots/pot.c
		//| runs: 1
		```
	END
	assert_equal "$(at "//figure[@class='listing']/figcaption/code")" "examples/pots/pot.c"
	assert_equal "$(at "//figure[@class='listing']/pre")" "$(cat examples/pots/pot.c)"
	assert_equal "$(count "//figure[@class='listing']//span[@class='line']")" 4
	assert_equal "$(at "//samp")" "3 round"
}

@test "a cell's own code includes headers of examples/" {
	mkdir examples/lib
	printf '#include "../cups.h"\nstatic inline int pots(void) { return CUPS / 3; }\n' >examples/lib/pots.h
	printf '#pragma once\n#define CUPS 6\n' >examples/cups.h
	publish <<-'END'
		```{c}
		//| runs: 1
		#include "cups.h"
		# include "lib/pots.h"
		#include <stdio.h>
		int main(void) { printf("%d cups, %d pots\n", CUPS, pots()); }
		```
	END
	assert_equal "$(at "//samp")" "6 cups, 2 pots"
}

@test "a program has the libraries for mathematics and threads" {
	publish <<-'END'
		```{c}
		//| runs: 1
		#include <math.h>
		#include <pthread.h>
		#include <stdio.h>
		#include <stdlib.h>
		static void *brew(void *cups) { return printf("%.2f\n", pow(atof(cups), 0.5)), NULL; }
		int main(void)
		{
			pthread_t pot;
			return pthread_create(&pot, NULL, brew, "2") || pthread_join(pot, NULL);
		}
		```
	END
	assert_equal "$(at "//samp")" "1.41"
}

@test "echo: false hides the listing, output: false what was printed" {
	publish <<-'END'
		```{c}
		//| label: silent
		//| runs: 1
		//| echo: false
		#include <stdio.h>
		int main(void) { puts("heard"); }
		```

		```{c}
		//| label: deaf
		//| runs: 1
		//| output: no
		#include <stdio.h>
		int main(void) { puts("unheard"); }
		```
	END
	assert_equal "$(count "//div[@id='silent']/figure[@class='listing']")" 0
	assert_equal "$(at "//div[@id='silent']//samp")" heard
	assert_equal "$(count "//div[@id='deaf']/figure[@class='listing']")" 1
	assert_equal "$(count "//div[@id='deaf']/div[@class='output']")" 0
	assert_equal "$(count "//figure[@class='figure']")" 2
}

@test "fig-cap is Markdown with numbers in it, fig-alt names the drawing; both are escaped" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		//| fig-cap: "*Tea* & <b>cake</b>, \`{lua} runs('tea')\` times (\`{lua} '<i>'\`)."
		//| fig-alt: "Pots < cups & \`{lua} runs('tea') + 1\` \"cakes\"."
		$QUICK
		\`\`\`
	END
	assert_regex "$(tr '\n' ' ' <"$(page a)")" '<figcaption><span class="number">Figure 1:</span> <em>Tea</em> &amp; <b>cake</b>, <span class="measured">2</span> times \(&lt;i&gt;\)\. <span class="provenance">'
	assert_equal "$(at "(//svg)[1]/title")" 'Pots < cups & 3 "cakes".'
	assert_equal "$(at "(//svg)[2]/title")" 'Pots < cups & 3 "cakes".'
}

@test "runs: that many are measured, in the data and in the caption" {
	publish <<-END
		\`\`\`{c}
		//| label: once
		//| runs: 1
		$QUICK
		\`\`\`

		\`\`\`{c}
		//| label: thrice
		//| runs: 3
		$QUICK
		\`\`\`

		\`{lua} runs("once")\` and \`{lua} runs("thrice")\`.
	END
	assert_regex "$(at "//figure[@id='once-timeline']//span[@class='provenance']")" '^a single run, '
	assert_regex "$(at "//figure[@id='thrice-timeline']//span[@class='provenance']")" '^median of 3 runs, '
	assert_equal "$(at '//p[last()]')" "1 and 3."
	run "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	assert_equal "$(jq -c '[.once, .thrice | .wall.n, (.runs | length)]' <<<"$output")" '[1,1,3,3]'
	# The median is one of the runs, and the timeline shown is that run's.
	assert_equal "$(jq '.thrice | .runs[.median_run - 1].wall_ns == .wall.median_ns and .timeline.wall_ns == .wall.median_ns' <<<"$output")" true
}

@test "timeout: is what the run is given" {
	publish <<-END
		\`\`\`{c}
		//| timeout: 1.5 s
		//| runs: 1
		$QUICK
		\`\`\`
	END
	run "$LIVEPOST" dump cells posts/2021-03-10-a.md
	assert_equal "$(jq '.[0].timeout_ns' <<<"$output")" 1500000000
}

@test "claim: one or several, shown as tested with what was measured" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		//| claim: wall("tea") > ms(0)
		$QUICK
		\`\`\`

		\`\`\`{lua}
		--| echo: false
		--| claim:
		--|   - runs("tea") == 2 and 1 < 2
		--|   - speedup("tea", "tea") <= 1
		return "Cake."
		\`\`\`
	END
	assert_equal "$(count "//div[@id='tea']/p[@class='claim']")" 1
	assert_regex "$(at "//div[@id='tea']/p[@class='claim']")" '^Tested: wall\("tea"\) > ms\(0\) — here [0-9.]+ (µs|ms) \[[0-9.]+, [0-9.]+\]; true in 100 % of 1,000 resamples$'
	assert_equal "$(at "//div[@id='tea']/p[@class='claim']/code")" 'wall("tea") > ms(0)'
	assert_equal "$(count "//p[@class='claim']")" 3
	assert_equal "$(at "(//p[@class='claim'])[2]/code")" 'runs("tea") == 2 and 1 < 2'
	assert_regex "$(at "(//p[@class='claim'])[2]")" ' — here 2$'
	assert_equal "$(at "(//p[@class='claim'])[3]/code")" 'speedup("tea", "tea") <= 1'
	assert_regex "$(at "(//p[@class='claim'])[3]")" ' — here 1\.00× \[1\.00, 1\.00\]; true in 100 % of 1,000 resamples$'
}

@test "what a program prints is text: markup is escaped, bytes that are no text are marked" {
	publish <<-'END'
		```{c}
		//| runs: 1
		#include <stdio.h>
		int main(void) { puts("</samp></pre><script>alert('tea' & \"cake\")</script>&amp; na\xefve \xc3\xa9"); }
		```
	END
	assert_file_contains "$(page a)" '<samp>&lt;/samp&gt;&lt;/pre&gt;&lt;script&gt;alert(&#39;tea&#39; &amp; &quot;cake&quot;)&lt;/script&gt;&amp;amp; na�ve é$'
	assert_equal "$(count "//script[not(@type='application/json')]")" 0
}

@test "control characters that a program prints do not break the page" {
	publish <<-'END'
		```{c}
		//| runs: 1
		#include <stdio.h>
		int main(void) { fwrite("a\0b\033[1mc\r\n", 1, 9, stdout); }
		```
	END
	assert_file_contains "$(page a)" '<samp>a�bc$'
	assert_equal "$(tr -dc '\000-\011\013-\037' <"$(page a)" | wc -c)" 0
}

@test "a block without braces is shown with its words marked, and not run" {
	publish <<-'END'
		```c
		int main(void) { return 1; } // <tea>
		```

		~~~lua
		return `{lua} 1`
		~~~

		```
		plain <text>
		```

		```no-such-language extra
		a <b>
		```

		    indented <code>
	END
	refute grep -q compiling <<<"$stderr"
	assert_equal "$(count "//div[@class='cell']")" 0
	assert_file_contains "$(page a)" '<pre tabindex="0"><code class="language-c"><span class="hl-type">int</span> '
	assert_file_contains "$(page a)" '<span class="hl-comment">// &lt;tea&gt;</span>'
	assert_equal "$(at "//code[@class='language-c']")" 'int main(void) { return 1; } // <tea>'
	assert_equal "$(at "//code[@class='language-lua']")" 'return `{lua} 1`'
	assert_file_contains "$(page a)" '<pre><code>plain &lt;text&gt;'
	assert_equal "$(at "//code[@class='language-no-such-language']")" 'a <b>'
	assert_file_contains "$(page a)" 'indented &lt;code&gt;'
}

@test "listings are marked and escaped" {
	publish <<-'END'
		```{c}
		//| runs: 1
		#include <stdio.h>
		/* <b>
		   two lines */
		int main(void) { return "a" < "b" && '&' == 0; }
		```
	END
	assert_file_contains "$(page a)" '<span class="line"><span class="hl-comment">/\* &lt;b&gt;</span></span>$'
	assert_file_contains "$(page a)" '<span class="line"><span class="hl-comment">   two lines \*/</span></span>$'
	assert_file_contains "$(page a)" '<span class="hl-string">&quot;a&quot;</span> &lt; '
}

@test "inline Lua: numbers of measurements bear a class, text is escaped, wherever it stands" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 1
		$QUICK
		\`\`\`

		# Tea in \`{lua} runs("tea")\`

		A \`{lua} "<b>&amp;"\`, *\`{lua} 7 // 2\`*, [\`{lua} 1 / 3\`](https://example.org/), \`{lua}\`, \`lua\`, \`{lua}x\`,
		\`\`{lua} ("%d\`s"):format(5)\`\`, \`{lua} speedup("tea", "tea")\` and \`{lua} difference("tea", "tea") + s(0.25)\`.

		![Alt \`{lua} runs("tea")\`](tea.png)

		Took \`{lua} wall("tea")\` of \`{lua} cpu("tea")\`.
	END
	assert_file_contains "$(page a)" '<h1 id="tea-in">Tea in <span class="measured">1</span></h1>'
	assert_file_contains "$(page a)" 'A &lt;b&gt;&amp;amp;, <em><span class="measured">3</span></em>, <a href="https://example.org/"><span class="measured">0\.3333</span></a>'
	assert_file_contains "$(page a)" '<code>{lua}</code>, <code>lua</code>, <code>{lua}x</code>'
	assert_file_contains "$(page a)" '^5`s, <span class="measured">1\.00×</span> and <span class="measured">250 ms</span>'
	assert_file_contains "$(page a)" '<img src="tea.png" alt="Alt 1" />'
	assert_regex "$(at '//p[last()]')" '^Took [0-9.]+ (µs|ms) of [0-9.]+ (ns|µs|ms)\.$'
}

@test "bytes that are no text become marks, wherever Lua says them" {
	publish <<-'END'
		A `{lua} "a\0b\xff"`.

		```{lua}
		--| echo: false
		return "c\0d\xffé"
		```
	END
	assert_file_contains "$(page a)" '<p>A a�b�\.</p>'
	assert_file_contains "$(page a)" '<p>c�d�é</p>'
}

@test "a Lua cell returns a figure, several, or Markdown" {
	publish <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		$QUICK
		\`\`\`

		\`\`\`{c}
		//| label: cake
		//| runs: 2
		$QUICK
		\`\`\`

		\`\`\`{lua}
		--| label: one
		--| echo: false
		--| fig-cap: "Tea *and* cake"
		--| fig-alt: "Two bars"
		return bars("tea", "cake", { baseline = "tea" })
		\`\`\`

		\`\`\`{lua}
		--| label: both
		return { timeline("tea", "cake", { titles = { "First", "Second" } }), bars("tea"), "*Markdown*, too & <i>HTML</i>" }
		\`\`\`

		\`\`\`{lua}
		local lines = {}
		for i = 1, 3 do lines[i] = ("- %d"):format(i) end
		return table.concat(lines, "\n")
		\`\`\`
	END
	assert_equal "$(count "//figure[@class='figure'][@id='one']//svg")" 2
	assert_equal "$(at "//figure[@id='one']//svg[1]/title")" "Two bars"
	assert_regex "$(at "//figure[@id='one']/figcaption")" '^Figure 1: Tea and cake .*medians of 2 runs each'
	assert_equal "$(count "//figure[@id='one']//svg[1]//circle")" 4
	assert_equal "$(count "//figure[@id='one']/preceding-sibling::figure[@class='listing']")" 0
	assert_equal "$(count "//figure[@id='both']/preceding-sibling::figure[@class='listing']")" 1
	assert_equal "$(at "//figure[@id='both']//svg[1]/title")" "Timeline of First, Second"
	assert_equal "$(count "//figure[@id='both-2']//svg")" 2
	assert_file_contains "$(page a)" '<p><em>Markdown</em>, too &amp; <i>HTML</i></p>'
	assert_equal "$(count "//div[@class='cell']/ul/li")" 3
	assert_equal "$(at "//code[@class='language-lua']/span[1]")" 'return { timeline("tea", "cake", { titles = { "First", "Second" } }), bars("tea"), "*Markdown*, too & <i>HTML</i>" }'
}

@test "all timelines of a post stand on one scale" {
	publish <<-'END'
		```{c}
		//| label: long
		//| runs: 1
		#include <unistd.h>
		int main(void) { usleep(40000); }
		```

		```{c}
		//| label: short
		//| runs: 1
		#include <unistd.h>
		int main(void) { usleep(10000); }
		```
	END
	local drawing marks
	# The axis of a drawing: each mark's place and label.
	axis() {
		xmllint --html --xpath "//figure[@id='$1-timeline']//svg[@class='lp-figure lp-$2']//g[@class='lp-ticks']/text" "$(page a)" 2>/dev/null |
			grep -oE ' x="[0-9.]+"|>[^<]+<'
	}
	for drawing in wide narrow; do
		marks=$(axis long "$drawing")
		assert_regex "$marks" '>40\.?0? ms<|>30\.?0? ms<'
		assert_equal "$(axis short "$drawing")" "$marks"
	done
	# And on it the shorter ends at less than half of the longer.
	finish() {
		xmllint --html --xpath "string(//figure[@id='$1-timeline']//svg[1]//path[@class='lp-finish']/@d)" "$(page a)" 2>/dev/null |
			sed -E 's/^M([0-9]+).*/\1/'
	}
	(($(finish short) < $(finish long) * 3 / 4)) || fail "short ends at $(finish short), long at $(finish long)"
	# A timeline that is not shown stretches none.
	sed -i 's/^\/\/| label: long$/&\n\/\/| timeline: false/' posts/*.md
	"$LIVEPOST" build
	assert_regex "$(axis short wide)" '>1[0-9](\.0)? ms<'
	refute_regex "$(axis short wide)" '>[2-9][0-9](\.0)? ms<'
}

@test "cells stand in lists and quotes, and so does what they show" {
	publish <<-END
		1. Tea:

		   \`\`\`{c}
		   //| label: in-list
		   //| runs: 1
		   #include <stdio.h>

		   int main(void)
		   {
		       puts("tea");
		   }
		   \`\`\`

		   More.

		> - Cake:
		>   ~~~~{c}
		>   //| label: in-quote
		>   //| runs: 1
		>   $QUICK
		>   ~~~~
	END
	assert_equal "$(count "//ol/li/div[@class='cell'][@id='in-list']")" 1
	assert_equal "$(at "//div[@id='in-list']//samp")" tea
	assert_equal "$(at "//div[@id='in-list']/figure[@class='listing']/pre")" '#include <stdio.h>

int main(void)
{
    puts("tea");
}'
	assert_equal "$(count "//blockquote/ul/li/div[@class='cell'][@id='in-quote']")" 1
	assert_equal "$(at "//div[@id='in-quote']/figure[@class='listing']/pre")" "$QUICK"
}

@test "the author's own HTML stays, also around cells" {
	publish <<-END
		<details class="more"><summary>More</summary>

		\`\`\`{c}
		//| label: tea
		//| runs: 1
		$QUICK
		\`\`\`

		</details>
	END
	assert_equal "$(count "//details[@class='more']/div[@id='tea']")" 1
}

@test "without any records the page says so, and shows totals without an order" {
	rm -rf posts/*
	make_post 2021-03-10-a.md <<-END
		\`\`\`{c}
		//| label: tea
		//| runs: 2
		$QUICK
		\`\`\`
	END
	LIVEPOST_METHOD=none run --separate-stderr "$LIVEPOST" build
	assert_success
	assert_regex "$(at "//span[@class='provenance']")" 'order unknown'
	refute grep -qi 'none lost' "$(page a)"
	assert_equal "$(LIVEPOST_METHOD=none "$LIVEPOST" dump measurements posts/2021-03-10-a.md | jq -c '.tea | [.method, has("timeline")]')" '["none",false]'
}
