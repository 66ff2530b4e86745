# What README.md, the manuals and ARCHITECTURE.md say is so: names and numbers in them are those of the program, and
# their examples work.

# shellcheck disable=SC2016,SC1112
load support/livepost

MAN1=$PROJECT/man/livepost.1
MAN5=$PROJECT/man/livepost.5
MAN3=$PROJECT/man/livepost.3lua

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# The first word behind `.It MACRO` on the lines below a heading, sorted.
items() { # FILE HEADING MACRO
	awk -v heading="$2" -v macro="$3" '
		/^\.S[hs] / { on = substr($0, 5) == heading }
		on && index($0, ".It " macro " ") == 1 { print $3 }' "$1" | sort -u
}

# The text below a heading as mdoc.
section() { # FILE HEADING
	awk -v heading="$2" '/^\.Sh / { on = substr($0, 5) == heading } on' "$1"
}

# A manual as plain text.
plain() { # FILE
	mandoc -T utf8 "$1" | sed 's/.\x08//g'
}

# Runs Lua, with the pipeline's modules, on standard input.
lua() {
	cat >script.lua
	(cd "$PROJECT" && "${BUILD:-build}/tests/lua-host" "$BATS_TEST_TMPDIR/script.lua")
}

# Names in a message, "a, b, c" or "`a`, `b`" → one a line, sorted.
names() {
	tr -d '` ' | tr ',' '\n' | sort -u
}

# A build that must fail; the part of what it says behind the words.
said_behind() { # WORDS
	run -1 "$LIVEPOST" build
	assert_output --partial "$1"
	sed -n "s/.*$1//p" <<<"$output"
}

# The first fenced block whose fence is four backticks, of a Markdown file.
fragment() { # FILE
	awk '/^````[a-z]/ { on = 1; next } /^````$/ { exit } on' "$1"
}

# The manuals

@test "mandoc finds nothing to say about the manuals" {
	run -0 mandoc -T lint -W warning "$MAN1" "$MAN5"
	assert_output ""
	# It knows no sections for languages, man(1) does.
	run mandoc -T lint -W warning "$MAN3"
	refute_line --regexp '(WARNING|ERROR|UNSUPP): [^u]|unknown [^m]'
	assert_equal "$(grep -c . <<<"$output")" "$(grep -c 'unknown manual section: Dt ... 3lua' <<<"$output")"
}

@test "livepost(1) has the commands, stages and options of --help, and no others" {
	run -0 "$LIVEPOST" --help
	local help=$output stages commands
	stages=$(sed -n 's/.*makes of a post: //p' <<<"$help" | names)
	commands=$(sed -n 's/^  livepost \([a-z][a-z]*\) .*/\1/p' <<<"$help" | sort -u)
	assert_equal "$commands" $'build\ncheck\ncompare\ndump\nexplain\nmeasure\nrun'
	assert_equal "$(items "$MAN1" DESCRIPTION Cm)" "$(sort -u <<<"$commands"$'\n'"$stages")"
	assert_equal "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Cm //p' "$MAN1" | sort)" "$commands"
	local options
	options=$(grep -oE -- '--[a-z][a-z-]*' <<<"$help" | sort -u)
	assert [ "$(wc -l <<<"$options")" -ge 5 ]
	assert_equal "$(sed -n 's/^\.It Fl Fl \([a-z-]*\).*/--\1/p' "$MAN1" | sort -u)" "$options"
	assert_equal "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$MAN1" | grep -oE 'Fl Fl [a-z-]+' | sed 's/Fl Fl /--/' |
		sort -u)" "$options"
}

@test "livepost(1) has the stages in the order of the data, and so have README.md and ARCHITECTURE.md" {
	local stages flow
	stages=$("$LIVEPOST" --help | sed -n 's/.*makes of a post: //p')
	assert_equal "$(awk '/-width measurements/ { on = 1 } on && /^\.El/ { exit } on && /^\.It Cm/ { print $3 }' "$MAN1" |
		paste -sd ,)" "${stages// /}"
	flow="    post ${stages//, / → } → site"
	run -0 grep -xF "$flow" "$PROJECT/README.md"
	run -0 grep -xF "$flow" "$PROJECT/ARCHITECTURE.md"
}

@test "livepost(1) has the environment variables that are read" {
	run -0 bash -c "cat '$PROJECT'/src/*/*.c '$PROJECT'/src/pipeline/*.lua '$PROJECT'/src/pipeline/*/*.lua |
		grep -oE 'getenv\(\"[A-Z_]+\"' | cut -d '\"' -f 2 | sort -u"
	assert [ "${#lines[@]}" -ge 3 ]
	assert_equal "$(items "$MAN1" ENVIRONMENT Ev)" "$output"
}

@test "livepost(1) has the limits of the sandbox" {
	lua >limits <<-'END'
		local function limits(stage)
			local source = assert(io.open("src/pipeline/stage/" .. stage .. ".lua")):read("a")
			return load("return " .. source:match("LIMITS = (%b{})"))()
		end
		local compiler, program = limits "builds", limits "runs"
		local function size(bytes)
			return bytes % (1 << 30) == 0 and (bytes >> 30) .. " GiB" or (bytes >> 20) .. " MiB"
		end
		print(("wall time Ta %d s Ta its timeout"):format(compiler.wall_ns // 1000000000))
		for what, name in pairs { ["standard output and error together"] = "output_bytes", ["one file"] = "scratch_bytes",
			["Pa /tmp , No and again Pa /dev/shm"] = "scratch_bytes", ["address space of each process"] = "memory_bytes" } do
			print(("%s Ta %s Ta %s"):format(what, size(compiler[name]), size(program[name])))
		end
		print(("processes and threads at once Ta %d Ta %d"):format(compiler.processes, program.processes))
		print("core files Ta none Ta none")
		print("Ta compiler Ta program")
	END
	assert_equal "$(sed -n '/^Limits:/,/^\.El/s/^\.It //p' "$MAN1" | sort)" "$(sort limits)"
}

@test "livepost(5) has the settings, each with its default" {
	make_site
	echo 'return { zebra = {} }' >pipeline.lua
	local groups group expected=
	groups=$(said_behind '`zebra`: there are ' | names)
	assert_equal "$groups" $'c\ncpp\nexecute\nfigures\nfilters\nfunctions\nlanguages\nnames\nservices\nsite\nstages'
	expected=$'execute\nfigures\nfilters\nfunctions\nlanguages\nnames._PyRuntime\nservices\nstages\n' # any key may stand beside it
	for group in c cpp site; do
		echo "return { $group = { zebra = 1 } }" >pipeline.lua
		expected+=$(said_behind "\`$group.zebra\`: there are " | names | sed "s/^/$group./")$'\n'
	done
	assert_equal "$(items "$MAN5" SETTINGS Va)" "$(sort <<<"${expected%$'\n'}")"
	lua >defaults <<-'END'
		for group, fields in pairs(require "settings".defaults()) do
			local is_list = group == "filters" or group == "languages" -- which livepost(3lua) and (5) have
			for name, value in pairs(is_list and {} or fields) do
				local words = {}
				for i, word in ipairs(type(value) == "table" and value or { value }) do words[i] = ('"%s"'):format(word) end
				print(("     %s.%s (%s)"):format(group, name, (value == "" or #words == 0) and "empty" or table.concat(words, ", ")))
			end
		end
	END
	# Typographic quotes stand for plain ones.
	plain "$MAN5" | sed 's/[“”]/"/g' >manual
	while IFS= read -r line; do
		grep -qxF -- "$line" manual || fail "not in livepost(5): $line"
	done <defaults
}

@test "livepost(5) has the fields of languages, and the options that may have a default" {
	lua >fields <<<'for name in pairs(require "cell.languages".FIELDS) do print(name) end'
	assert [ "$(wc -l <fields)" -ge 12 ]
	assert_equal "$(items "$MAN5" LANGUAGES Va)" "$(sort fields)"
	lua >options <<<'for name in pairs(require "cell.cell_options".execute_fields()) do print(name) end'
	assert_equal "$({ sed -n '/^\.It Va execute/,/^and$/p' "$MAN5" | sed -n '/^Those that can/,$p' | grep '^\.Cm' |
		tr -s ' ,' '\n' | grep -v '^\.Cm$'; echo warmup; } | sort)" "$(sort options)"
}

@test "livepost(5) has the keys of front matter" {
	lua >keys <<-'END'
		local source = assert(io.open("src/pipeline/stage/document.lua")):read("a")
		for name in pairs(load("return " .. source:match("FIELDS = (%b{})"))()) do print(name) end
	END
	assert_equal "$(items "$MAN5" POSTS Cm)" "$(sort keys)"
	# And those are the ones that the program knows: a slip from each is found out.
	make_site
	local key
	for key in $(items "$MAN5" POSTS Cm); do
		printf -- '---\n%sx: 1\n---\n' "$key" >posts/2021-03-10-slip.md
		run -1 "$LIVEPOST" build
		assert_output --partial "did you mean \`$key\`?"
	done
}

# The options of a kind of cells, one a line, sorted.
options_of() { # KIND
	lua <<-END | sort -u
		for name in pairs(require("cell.cell_options").fields("$1")) do print(name) end
	END
}

@test "livepost(5) has the options of cells, and of blocks that are only shown" {
	assert [ "$(options_of program | wc -l)" -ge 20 ]
	assert_equal "$(items "$MAN5" 'Cells of C' Cm)" "$(options_of program)"
	assert_equal "$(items "$MAN5" 'Cells of Lua' Cm)" "$(options_of lua)"
	local name
	lua <<<'for name in pairs(require("cell.cell_options").SHOWN) do print(name) end' >shown
	awk '/^\.S[hs] / { on = $0 == ".Ss Code that is only shown" } on' "$MAN5" >said
	assert [ -s shown ]
	while read -r name; do
		grep -qE "^\.Cm $name( |$)" said || fail "no $name among the attributes of blocks that are only shown"
	done <shown
}

@test "livepost(5) has the defaults of cells" {
	make_site
	make_post 2021-03-10-plain.md <<-'END'
		```{c}
		int main(void) { return 0; }
		```
	END
	run -0 --separate-stderr "$LIVEPOST" dump cells posts/2021-03-10-plain.md
	run -0 jq -c '.[0] | [.label, .runs, .timeout_ns, .echo, .output]' <<<"$output"
	assert_output '["cell-1",5,10000000000,true,true]'
	plain "$MAN5" | tr -s '\n ' ' ' >manual
	grep -qF 'from 1 to 1000, 5 if nothing is said' manual
	grep -qF '‘10s’ (the default)' manual
	grep -qF 'Else ‘cell-1’, ‘cell-2’' manual
	grep -qF 'Whether the code is shown: ‘true’ (the default)' manual
	grep -qF 'Whether what it printed is shown: ‘true’ (the default)' manual
	grep -qF 'What stands for folded code: ‘Code’ if nothing is said' manual
	local edge
	for edge in 'runs: 0' 'runs: 1001' 'timeout: 999us' 'timeout: 61m'; do
		printf '```{c}\n//| %s\nint main(void) { return 0; }\n```\n' "$edge" | make_post 2021-03-10-plain.md
		run -1 "$LIVEPOST" build
		assert_output --regexp ':6:[0-9]+: .*at (least|most)'
	done
}

@test "livepost(5) has the functions of authors' Lua" {
	make_site
	make_post 2021-03-10-names.md <<-'END'
		```{lua}
		--| echo: false
		local names = {}
		for name in pairs(_ENV) do names[#names + 1] = name end
		return "names:" .. table.concat(names, ",") .. ":"
		```
	END
	run -0 "$LIVEPOST" build
	sed -n 's/.*names:\(.*\):.*/\1/p' "$(page names)" | tr , '\n' | sort >given
	lua <<<'for name in pairs(_G) do print(name) end' | sort >of_lua
	# table is a figure and a library.
	assert_equal "$(items "$MAN5" LUA Fn)" "$(comm -23 given of_lua | sort - <(echo table))"
	assert_equal "$(section "$MAN5" LUA | sed -n '/^Besides there are/,$p' | sed -n 's/^\.Va \([a-z0-9]*\).*/\1/p' | sort)" \
		"$(comm -12 given of_lua)"
}

@test "livepost(5) has the options of timelines" {
	local option
	lua >options <<<'for _, name in ipairs(require "figure.timeline".options) do print(name) end'
	assert [ -s options ]
	while read -r option; do
		sed -n "/^\.It Fn timeline /,/^\.It Fn bars/p" "$MAN5" | grep -qE "^\.(It )?Va $option( |$)" ||
			fail "option $option is not in livepost(5)"
	done <options
}

@test "livepost(5) has the variables of templates" {
	make_site
	make_post 2021-03-10-variables.md <<<"Text."
	echo '{{ zebra.x }}' >templates/post.html
	assert_equal "$(items "$MAN5" TEMPLATES Va | grep -v '\.')" "$(said_behind 'the variables are ' | names)"
	cat >templates/post.html <<-'END'
		{% for name in pairs(post) %}
		post.{{ name }}
		{% end %}
	END
	make_post 2021-03-10-variables.md <<-'END'
		Text.

		```{c}
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	run -0 "$LIVEPOST" build
	assert_equal "$(grep -oE '^\.It Va post\..*' "$MAN5" | grep -oE 'post\.[a-z_]+' | sort)" "$(sort "$(page variables)")"
	cat >templates/post.html <<-'END'
		{% for name in pairs(post.date) %}
		{{ name }}
		{% end %}
	END
	run -0 "$LIVEPOST" build
	assert_equal "$(sed -n '/^with the fields/,/^\.It/s/^\.Va //p' "$MAN5" | tr -d ' ;' | tr , '\n' | sort)" \
		"$(sort "$(page variables)")"
}

@test "livepost(5) has the tags and the library of templates" {
	make_site
	make_post 2021-03-10-tags.md <<<"Text."
	echo '{% zebra %}' >templates/post.html
	said_behind 'the tags are ' | names >tags
	assert_equal "$(section "$MAN5" TEMPLATES | sed -n 's/^\.It Ic//p' | grep -oE '\{% [a-z]+' | cut -c 4- | sort -u)" "$(cat tags)"
	lua >library <<<'for name in pairs(require "page.template_library") do print(name) end'
	assert_equal "$(section "$MAN5" TEMPLATES | sed -n '/^An expression is/,/^\.Bl/s/^\.[VF][an] \([a-z0-9]*\).*/\1/p' | sort)" \
		"$(sort library)"
}

@test "livepost(5) has the methods and the states" {
	printf 'int main(void) { return 0; }\n' >nothing.c
	LIVEPOST_METHOD=zebra run -1 "$LIVEPOST" run nothing.c
	local method
	for method in $(items "$MAN5" METHODS Li); do
		assert_output --partial "$method"
	done
	assert_equal "$(items "$MAN5" METHODS Li)" "$(sed 's/.*LIVEPOST_METHOD is //; s/ or /, /' <<<"$output" | names | grep -vx auto)"
	lua >states <<<'for _, name in ipairs(require "timeline.states".order) do print(name) end'
	assert_equal "$(items "$MAN5" STATES Li)" "$(sort states)"
}

# The leaves of some JSON as livepost(5) names them.
leaves() {
	jq -r 'paths(type != "object" and type != "array") | map(if type == "number" then "[]" else "." + . end) | join("") | .[1:]' |
		sort -u
}

@test "livepost(5) has each value of run --json, and no other" {
	cat >threads.c <<-'END'
		#define _GNU_SOURCE 1
		#include <livepost.h>
		#include <pthread.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <time.h>
		#include <unistd.h>
		static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
		static pthread_rwlock_t book = PTHREAD_RWLOCK_INITIALIZER;
		static void *cook(void *unused)
		{
			span("prep") {
				mark("served");
				pthread_mutex_lock(&oven);
				pthread_mutex_unlock(&oven);
			}
			return unused;
		}
		static void *look(void *unused)
		{
			char byte = 0;
			int ends[2];
			return pipe(ends) || read(ends[0], &byte, 1) < 0 ? NULL : unused;
		}
		static void *nap(void *unused) { sleep(100); return unused; }
		int main(int count, char **words)
		{
			pthread_t thread;
			struct timespec late = { time(NULL) + 1000, 0 };
			pthread_rwlock_rdlock(&book);
			usleep(1000);
			pthread_mutex_lock(&oven);
			pthread_create(&thread, NULL, cook, NULL);
			usleep(5000);
			pthread_mutex_unlock(&oven);
			pthread_join(thread, NULL);
			if (count > 1 && !strcmp(words[1], "abort"))
				abort();
			if (count > 1) {
				pthread_create(&thread, NULL, look, NULL);
				pthread_create(&thread, NULL, nap, NULL);
				pthread_mutex_lock(&other);
				pthread_create(&thread, NULL, cook, NULL);
				if (!strcmp(words[1], "late"))
					pthread_mutex_timedlock(&other, &late);
				pthread_mutex_lock(&other);
			}
			return 0;
		}
	END
	"$LIVEPOST" run --json threads.c >good.json
	"$LIVEPOST" run --json threads.c abort >bad.json
	"$LIVEPOST" run --timeout 200ms --json threads.c hang >hang.json
	"$LIVEPOST" run --timeout 200ms --json threads.c late >late.json
	LIVEPOST_METHOD=none "$LIVEPOST" run --json threads.c >low.json
	LIVEPOST_METHOD=probe "$LIVEPOST" run --json threads.c >probe.json
	cc -static -o static -xc - <<<'int main(void) { return 0; }'
	"$LIVEPOST" run --json ./static >static.json
	"$LIVEPOST" run --json --lines threads.c >lines.json
	LIVEPOST_METHOD=none "$LIVEPOST" run --json --lines threads.c >no-lines.json
	# States are the keys of some.
	cat ./*.json | leaves | sed -E 's/(off_cpu|mix|unplaced)\..*/\1/' | sort -u >given
	items "$MAN5" 'THE TIMELINE AS JSON' Va >described
	run -0 comm -23 given described
	assert_output ""
	# A machine without a hypervisor has none to tell of. These say what is rare: damaged and very long timelines, coroutines.
	has_switch_records || skip "switch records are refused here"
	run -0 bash -c "comm -13 given described | grep -vxE 'machine.hypervisor|lines|lines\\.elsewhere.*|refused|problem|lanes\\[\\]\\.thread|folded_ns|left_out\\..*|.*\\.(count|mix|held_ns|waited_ns)' || true"
	assert_output ""
}

@test "the example of livepost(5) is a post" {
	make_site
	plain "$MAN5" | sed -n '/^EXAMPLES/,/^SEE ALSO/s/^           //p' >posts/2021-03-10-toast.md
	run -0 "$LIVEPOST" build
	grep -qF '<p class="claim" id="claim-' "$(page toast)"
	grep -qF 'id="fig-toast"' "$(page toast)"
	grep -qF '<title>Toast</title>' "$(page toast)"
}

@test "livepost(5) has the fields that explain, check and compare print as JSON" {
	make_site
	printf '```{c}\n//| label: pool\n//| sweep: { threads: [1, 2] }\n//| runs: 2\n#include <stdio.h>\nint main(void) { return printf("%%d\\n", threads) < 0; }\n```\n```{c}\n//| label: refused\n//| expect: compile-error\nint threads) < 0;\n```\n' |
		make_post 2021-03-10-x.md
	run -0 "$LIVEPOST" build
	{
		"$LIVEPOST" explain --json
		sed -i 's/threads) < 0/threads) < 1/' posts/*.md
		"$LIVEPOST" explain --json || true
		"$LIVEPOST" check --json 2>log || true
		"$LIVEPOST" compare --json . .
	} >printed
	jq -r '.. | objects | keys[]' printed | sort -u | grep -vxE 'threads|cpu|cores|kernel|hypervisor|memory_bytes' >fields
	assert [ "$(wc -l <fields)" -ge 25 ]
	section "$MAN5" 'EXPLAIN, CHECK AND COMPARE AS JSON' | sed -n 's/^\.\(Va\|Ql\) //p' | tr ' ,;:.' '\n' | grep . | sort -u >told
	assert_equal "$(cat told)" "$(cat fields)"
}

# livepost(3lua)

# The names behind `.It Fn` below a heading of livepost(3lua), from one level of its lists.
kit_items() {
	awk '/^\.Sh THE KIT/ { on = 1 } on' "$MAN3" | sed -n 's/^\.It Fn \(kit[.:][a-z_]*\).*/\1/p' | sort
}

@test "livepost(3lua) has each figure with its options, and no other" {
	lua >figures <<-'END'
		local source = assert(io.open("src/pipeline/stage/figures.lua")):read("a")
		for name in source:match("pairs (%b{}) do"):gmatch("([%w_]+) =") do
			local figure = require("figure." .. name)
			if figure.of then figure = figure.of(require "figure.timeline") end
			for _, option in ipairs(name ~= "timeline" and figure.options or {}) do print(name .. " " .. option) end
			print(name)
		end
	END
	awk '/^\.Sh / { on = $2 == "FIGURES" } on && /^\.It Fn / { name = $3; print name } on && /^\.It Va / { print name, $3 }' "$MAN3" >told
	assert_equal "$(sort told)" "$(sort figures)"
	assert [ "$(wc -l <figures)" -ge 12 ]
}

@test "livepost(3lua) has each field of a result, and no other" {
	lua >fields <<<'for name in pairs(require "author.results".FIELDS) do print(name) end'
	section "$MAN3" RESULTS | sed -n 's/^\.It Va //p' | sed 's/ , /\n/g' | sed 's/\..*//' | sort -u >told
	assert_equal "$(cat told)" "$(sort fields)"
	assert [ "$(wc -l <told)" -ge 20 ]
}

@test "livepost(3lua) has each function of the kit, and no other" {
	lua >functions <<-'END'
		for name in pairs(require "measurement.figure_words") do print("kit." .. name) end
		local source = assert(io.open("src/pipeline/chart/figure_kit.lua")):read("a")
		for mark, name in source:gmatch("\nfunction Kit([.:])([%w_]+)") do print("kit" .. mark .. name) end
		for name in source:gmatch("\nKit%.([a-z]%w*) =") do print("kit." .. name) end
	END
	assert_equal "$(kit_items)" "$(sort functions)"
	assert [ "$(wc -l <functions)" -ge 30 ]
}

@test "livepost(3lua) has the options of the kit's marks, and its styles, colours and hatches" {
	lua >names <<-'END'
		local style = require "drawing.chart_style"
		for _, name in ipairs(style.colours) do print(name) end
		for name in pairs(style.texts) do print(name) end
		for name in pairs(style.hatches) do print(name) end
		for name in pairs(style.dashes) do print(name) end
	END
	plain "$MAN3" >manual
	local name
	while read -r name; do
		grep -qw -- "$name" manual || fail "no $name in livepost(3lua)"
	done <names
	# Of each method the options that it checks.
	lua >options <<-'END'
		local source = assert(io.open("src/pipeline/chart/figure_kit.lua")):read("a")
		for method, body in source:gmatch("\nfunction Kit:([%w_]+)(.-)\nend") do
			for name in (body:match("options_of%(given, (.-)%)") or ""):gmatch('"(%w+)"') do print(method, name) end
		end
	END
	assert [ "$(wc -l <options)" -ge 25 ]
	local method
	while read -r method name; do
		sed -n "/^\.It Fn kit:$method /,/^\.It Fn\|^\.El/p" "$MAN3" | grep -qw -- "$name" || fail "kit:$method: no $name in livepost(3lua)"
	done <options
}

# The example behind the N-th mark of a kind: `.\" example KIND …`.
example() { # KIND N
	awk -v kind="$1" -v wanted="$2" '
		/^\.\\" example / { on = $3 == kind && ++count == wanted; next }
		on && /^\.Ed/ { exit }
		on && shown { print }
		on && /^\.Bd/ { shown = 1 }' "$MAN3" | sed 's/\\&//g; s/\\e/\\/g'
}

# How many there are.
examples() { # KIND
	grep -c "^\.\\\\\" example $1" "$MAN3"
}

@test "the examples of livepost(3lua) draw figures" {
	make_site
	local i count
	count=$(examples pipeline)
	assert [ "$count" -ge 3 ]
	{
		for ((i = 1; i <= count; i++)); do
			echo "local site_$i = (function()"
			example pipeline "$i"
			echo "end)()"
		done
		echo "local figures = {}"
		for ((i = 1; i <= count; i++)); do
			echo "for name, figure in pairs(site_$i.figures) do figures[name] = figure end"
		done
		echo "return { figures = figures }"
	} >pipeline.lua
	local cells
	cells=$(examples cell)
	{
		cat <<-'END'
			```{c}
			//| label: one-by-one
			#include <unistd.h>
			int main(void) { usleep(2000); for (volatile int i = 0; i < 5000000; i++); usleep(2000); return 0; }
			```

			```{c}
			//| label: side-by-side
			#include <pthread.h>
			#include <unistd.h>
			static void *wait(void *unused) { usleep(2000); return unused; }
			int main(void)
			{
				pthread_t thread;
				pthread_create(&thread, NULL, wait, NULL);
				usleep(2000);
				return pthread_join(thread, NULL);
			}
			```

			```{c}
			//| label: race
			//| outcomes: true
			//| runs: 20
			#include <stdio.h>
			#include <unistd.h>
			int main(void) { return printf("%d\n", getpid() % 1) < 0; }
			```

			```{c}
			//| label: pool
			//| sweep: { threads: [1, 2, 4] }
			#include <unistd.h>
			int main(void) { return usleep(4000 / threads); }
			```
		END
		for ((i = 1; i <= cells; i++)); do
			printf '\n```{lua}\n--| label: example-%d\n' "$i"
			example cell "$i"
			printf '```\n'
		done
		i=0
		sed -n 's/^\.\\" example pipeline //p' "$MAN3" | while read -r call; do
			i=$((i + 1))
			printf '\n```{lua}\n--| label: own-%d\nreturn %s\n```\n' "$i" "$call"
		done
		for ((i = 1; i <= $(examples result); i++)); do printf '\nRESULT `{lua} %s` END\n' "$(example result "$i")"; done
	} | make_post 2021-03-10-examples.md
	run -0 "$LIVEPOST" measure other
	run -0 "$LIVEPOST" build
	local page
	page=$(page examples)
	assert [ "$cells" -ge 9 ]
	for ((i = 1; i <= cells; i++)); do
		grep -q "<figure class=\"figure\" id=\"example-$i\">" "$page" || fail "example $i draws nothing"
	done
	for i in 1 2 3; do
		grep -q "<figure class=\"figure\" id=\"own-$i\">" "$page" || fail "own figure $i draws nothing"
	done
	assert [ "$(examples result)" -ge 6 ]
	assert_equal "$(grep -c 'RESULT .* END' "$page")" "$(examples result)"
	grep -qF 'Most memory' "$page"
	grep -qF 'Wall time over threads' "$page"
}

# The lines of each `.Bd` block below a heading that stand between quotes of mdoc, as Lua.
blocks() { # HEADING
	awk -v heading="$1" '/^\.Sh / { on = substr($0, 5) == heading } on && /^\.Ed/ { shown = 0 } shown; on && /^\.Bd/ { shown = 1 }' \
		"$MAN3" | sed 's/\\&//g; s/\\e/\\/g'
}

@test "livepost(3lua) has each function and library of authors' Lua, and an example that calls it" {
	lua >words <<-'END'
		local environment = require "author.author".environment({}, {})
		for name, value in pairs(environment) do
			if type(value) ~= "table" then
				print(name, _G[name] ~= nil and "lua" or "own")
			else
				for word in pairs(value) do print(word, "lua") end
			end
		end
	END
	assert [ "$(grep -c . words)" -ge 40 ]
	section "$MAN3" NUMBERS >numbers
	blocks NUMBERS >examples
	local name kind
	while read -r name kind; do
		if [ "$kind" = own ]; then
			grep -q "^\.It Fn $name " numbers || fail "livepost(3lua) does not have $name"
			grep -qE "(^|[^A-Za-z_.:])$name\(" examples || fail "no example calls $name"
		else
			grep -E '^\.Ic ' numbers | grep -qw -- "$name" || fail "livepost(3lua) does not have $name"
		fi
	done <words
	# And nothing that is not there.
	assert_equal "$(items "$MAN3" NUMBERS Fn)" "$(sed -n 's/\town$//p' words | sort)"
}

@test "livepost(3lua) has each function of filters and nodes, and an example that calls it" {
	lua >words <<-'END'
		local filters = require "author.filters"
		local given = { { document = function(_, context)
			for name, value in pairs(context) do print((type(value) == "function" and "Fn context." or "Va context.") .. name) end
		end } }
		filters.run(filters.read(given, "p"), { text = "a", line = 1, path = "p", front = {} })
		local source = assert(io.open("src/bind/node.c")):read("a"):match("methods%[%] = {%s*{\"append\".-};")
		for name in source:gmatch('{"(%a+)"') do print("Fn node:" .. name) end
		for name in pairs(require "livepost.post".kinds) do print("kind " .. name) end
		for name in pairs { text = 1, info = 1, url = 1, title = 1, level = 1, start = 1, tight = 1, ordered = 1, parent = 1, first = 1,
				last = 1, next = 1, previous = 1, line = 1, column = 1, end_line = 1, end_column = 1, escaped = 1 } do
			print("field " .. name)
		end
	END
	assert [ "$(grep -c . words)" -ge 80 ]
	section "$MAN3" FILTERS >filters
	blocks FILTERS >examples
	local kind name
	while read -r kind name; do
		case $kind in
		Fn)
			grep -qE "^\.It Fn $name( |$)" filters || fail "livepost(3lua) does not have $name"
			# A node goes by any name.
			grep -qF -- "${name#node}" examples || fail "no example calls $name"
			;;
		Va) grep -E '^\.It Va' filters | grep -qw -- "$name" || fail "livepost(3lua) does not have $name" ;;
		kind) grep -E '^\.Li' filters | grep -qw -- "$name" || fail "livepost(3lua) does not have the kind $name" ;;
		field) grep -E '^\.Va' filters | grep -qw -- "$name" || fail "livepost(3lua) does not have the field $name" ;;
		esac
	done <words
	assert_equal "$(sed -n 's/^\.It Fn \(node:[a-z]*\).*/\1/p' filters | sort)" "$(sed -n 's/^Fn \(node:.*\)/\1/p' words | sort)"
}

@test "livepost(3lua) has the filters that there are, and those that are on" {
	lua >words <<-'END'
		local filters = require "author.filters"
		local source = assert(io.open("src/pipeline/author/filters.lua")):read("a"):match("SHIPPED = (%b{})")
		for name in source:gmatch("(%a+) = require") do print(name) end
		for i, name in ipairs(filters.DEFAULT) do assert(filters.read(nil, "p")[i].name == name) end
		print(#filters.DEFAULT, "on")
	END
	assert_equal "$(section "$MAN3" FILTERS | awk '/-width strikethrough/ { on = 1 } on && /^\.El/ { exit } on && /^\.It Cm/ { print $3 }' | sort)" \
		"$(grep -v on$ words | sort)"
	section "$MAN3" FILTERS | grep -q 'stands for the first seven'
	assert_equal "$(sed -n 's/\ton$//p' words)" 7
}

@test "the examples of livepost(3lua) that are a pipeline.lua do what they say" {
	make_site
	make_post 2021-03-10-a.md <<-'END'
		Hello, *world*.

		# Two words
	END
	make_post 2021-03-10-b.md <<<'`{lua} spread and spread(41, 5) or "no function"`'
	awk '/^\.\\" example site / { shows = substr($0, 18) }
		/^\.Ed/ && on { close(file); on = 0 } on { print > file }
		/^\.Bd/ && shows { file = "example-" ++count ".lua"; print shows > (file ".shows"); close(file ".shows"); shows = ""; on = 1 }' "$MAN3"
	local example count=0
	for example in example-*.lua; do
		sed 's/\\&//g; s/\\e/\\/g' "$example" >pipeline.lua
		run -0 "$LIVEPOST" build
		grep -qF -- "$(cat "$example.shows")" "$(page a)" "$(page b)" || fail "$example: no $(cat "$example.shows") in $(cat "$(page a)")"
		count=$((count + 1))
	done
	assert [ "$count" -ge 4 ]
}

@test "the examples of livepost(3lua) that are numbers say something" {
	make_site
	{
		for label in one-by-one side-by-side; do
			printf '```{c}\n//| label: %s\n//| runs: 3\nint main(void) { return 0; }\n```\n\n' "$label"
		done
		awk '/^\.\\" example number/ { next_is = 1 } /^\.Ed/ && on { print "```\n"; on = 0 } on
			/^\.Bd/ && next_is { print "```{lua}"; on = 1; next_is = 0 }' "$MAN3" | sed 's/\\&//g; s/\\e/\\/g'
	} | make_post 2021-03-10-numbers.md
	assert [ "$(grep -c '^```{lua}' posts/2021-03-10-numbers.md)" -ge 9 ]
	run -0 "$LIVEPOST" build
	grep -q 'one-by-one ran 3 times; side-by-side ran 3 times' "$(page numbers)"
	grep -q '<p>quick</p>' "$(page numbers)"
}

@test "make install installs the manuals" {
	run -0 make -n -C "$PROJECT" install DESTDIR=/staged PREFIX=/usr
	assert_output --partial 'man/livepost.3lua /staged/usr/share/man/man3/livepost.3lua'
	local manual
	for manual in "$PROJECT"/man/*; do
		assert_output --partial "man/${manual##*/} /staged/"
	done
}

# README.md

@test "README.md: the two commands stand alone, and make knows them" {
	local command
	for command in 'make setup site' 'make setup test'; do
		grep -B 1 -A 1 -xF "$command" "$PROJECT/README.md" | tr '\n' ' ' >block
		assert_equal "$(cat block)" "\`\`\` $command \`\`\` "
		# shellcheck disable=SC2086
		run -0 make -n -C "$PROJECT" ${command#make }
	done
}

@test "README.md and ARCHITECTURE.md: each file they name exists" {
	local document name root found count=0
	for document in README.md ARCHITECTURE.md; do
		for name in $(tr '\n' ' ' <"$PROJECT/$document" | grep -oE '\]\([^)]+\)' | tr -d '()]' | grep -v '^https:') \
			$(grep -oE '`(man|doc|tests|src|lib|stage|figure|system|launch|measure|post|pipeline|examples)/[a-z0-9_./]+`' \
				"$PROJECT/$document" | tr -d '`'); do
			found=
			for root in . src src/pipeline; do
				[ -e "$PROJECT/$root/$name" ] && found=yes
			done
			[ "$found" ] || fail "$document names $name, which is not there"
			count=$((count + 1))
		done
	done
	assert [ "$count" -ge 20 ]
}

@test "README.md: the piece of a post does what is said of it" {
	make_site
	fragment "$PROJECT/README.md" >posts/2026-11-22-tea.md
	run -0 "$LIVEPOST" build
	local page=site/2026/11/22/tea.html
	assert_equal "$(grep -c '<figure class="listing">' $page)" 2
	assert_equal "$(grep -c '<figure class="figure"' $page)" 2
	assert_equal "$(grep -c '<p class="claim" id=' $page)" 1
	run -0 grep -E 'Tea is ready after <span class="measured">[0-9.]+ m?s</span>.*<span class="measured">[0-9.]+×</span>' $page
	run -0 "$LIVEPOST" build
	refute_output --partial side-by-side
	# Without the thread the claim is false, at the place that README.md says.
	sed -i -e '/pthread_create/d' -e '/pthread_join/d' -e 's/^\tboil(NULL);/\tboil(NULL); boil(NULL);/' posts/2026-11-22-tea.md
	run -1 "$LIVEPOST" build
	local place='posts/2026-11-22-tea.md:14:12: claim `speedup("one-by-one", "side-by-side") > 1.2`: the measurements contradict it:'
	assert_line --partial "$place"
	run -0 grep -F "    $place" "$PROJECT/README.md"
}

# Every number as N, with its unit; without what depends on how busy the machine was: who decides, and who waited longest.
shape() {
	sed -E 's/[0-9]+(\.[0-9]+)?( (ns|µs|ms|s|MiB))?/N/g; s/ +/ /g; s/^(critical path:).*/\1/; s/, [a-z]+ behind [a-z]+$//; s/ - / N /g'
}

@test "README.md: what livepost run prints looks like that" {
	has_switch_records || skip "switch records are refused here"
	awk '/^\$ build\/livepost run/ { on = 1; next } /^```/ { on = 0 } on' "$PROJECT/README.md" | shape | sed '0,/dinner/d' >shown
	assert_equal "$(wc -l <shown)" 11
	(cd "$PROJECT" && "$LIVEPOST" run examples/roast-threads.c) | shape | sed '0,/dinner/d' >printed
	run -0 diff shown printed
}

# ARCHITECTURE.md

@test "ARCHITECTURE.md has a reason for each package that setup installs, and for no other" {
	make -n -C "$PROJECT" -p setup 2>/dev/null | sed -n 's/^\(SITE\|TEST\)_PACKAGES = //p' | tr -s ' ' '\n' | sort -u >installed
	assert [ "$(wc -l <installed)" -ge 20 ]
	sed -n '/^## Parts/,/^## /p' "$PROJECT/ARCHITECTURE.md" | sed -n 's/^| \([a-z][^|]*\) |.*/\1/p' | grep -vx package | names >told
	run -0 diff told installed
}

@test "ARCHITECTURE.md has each part of a measurement" {
	make_site
	make_post 2021-03-10-parts.md <<-'END'
		```{c}
		//| runs: 1
		int main(void) { return 0; }
		```
	END
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-parts.md
	# Of the timeline and the lines livepost(5) has the parts.
	jq -r '."cell-1" | .timeline |= 0 | .lines |= 0 | [paths[-1] | strings] | unique | .[]' <<<"$output" >parts
	assert [ "$(wc -l <parts)" -ge 20 ]
	sed -n '/^### measurement/,/^###/p' "$PROJECT/ARCHITECTURE.md" >described
	local part
	while read -r part; do
		grep -qw -- "$part" described || fail "no $part in ARCHITECTURE.md"
	done <parts
}
