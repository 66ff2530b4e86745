# The layers of ARCHITECTURE.md hold: who includes and requires whom, who prints, exits, starts processes, writes files.
# Sources are looked at as lines `FILE:LINE:CODE`.

load support/livepost

# What the row of a folder in ARCHITECTURE.md's table lets it include: names of folders, and single headers.
allowed() { # ROOT FOLDER
	awk -F'|' -v row="\`src/$2" '
		index($2, row "`") || index($2, row "/`") {
			gsub(/[`,]/, " ", $4)
			count = split($4, words, " ")
			for (i = 1; i <= count; i++)
				if (words[i] ~ /^(bind|measure|post|system|launch|probe|base)$/ || words[i] ~ /\.h$/) print words[i]
		}' "$1/ARCHITECTURE.md"
}

# C without comments, and with a Q for what stands in quotes; includes stay as they are.
c_lines() { # ROOT
	(cd "$1" && find src -name '*.[ch]' | sort | xargs awk '
		FNR == 1 { inside = 0 }
		/^[ \t]*#[ \t]*include/ && !inside { print FILENAME ":" FNR ":" $0; next }
		{
			rest = $0; out = ""
			while (rest != "") {
				if (inside) {
					at = index(rest, "*/")
					if (!at) break
					inside = 0; rest = substr(rest, at + 2); continue
				}
				if (!match(rest, /\/\*|\/\/|["\047]/)) { out = out rest; break }
				out = out substr(rest, 1, RSTART - 1); mark = substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
				if (mark == "//") break
				if (mark == "/*") { inside = 1; continue }
				while (rest != "" && substr(rest, 1, 1) != mark) rest = substr(rest, substr(rest, 1, 1) == "\\" ? 3 : 2)
				rest = substr(rest, 2); out = out "Q"
			}
			print FILENAME ":" FNR ":" out
		}')
}

# The pipeline's Lua without the lines that are comments.
lua_lines() { # ROOT
	(cd "$1" && find src/pipeline -name '*.lua' | sort | xargs awk '!/^[ \t]*--/ { print FILENAME ":" FNR ":" $0 }')
}

# Says of each line on standard input that matches: FILE:LINE: MESSAGE.
forbid() { # MESSAGE PATTERN FILES [FILES THAT MAY]
	MESSAGE=$1 PATTERN=$2 FILES=$3 MAY=${4:-^$} awk '{
		at = index($0, ":"); file = substr($0, 1, at - 1); rest = substr($0, at + 1)
		at = index(rest, ":"); line = substr(rest, 1, at - 1); code = substr(rest, at + 1)
		if (file ~ ENVIRON["FILES"] && file !~ ENVIRON["MAY"] && code ~ ENVIRON["PATTERN"])
			print file ":" line ": " ENVIRON["MESSAGE"]
	}'
}

check_includes() { # ROOT; C lines on standard input
	local folder rules=
	for folder in main.c bind measure post system launch probe base; do
		rules+="$folder $folder $(allowed "$1" "$folder" | tr '\n' ' ')"$'\n'
	done
	RULES=$rules awk '
		BEGIN {
			count = split(ENVIRON["RULES"], rows, "\n")
			for (i = 1; i <= count; i++) {
				size = split(rows[i], words, " ")
				for (j = 2; j <= size; j++) may[words[1], words[j]] = 1
			}
		}
		match($0, /:[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
			split($0, place, ":"); split(place[1], parts, "/"); split($0, quoted, "\""); split(quoted[2], target, "/")
			if (!((parts[2], target[1]) in may) && !((parts[2], quoted[2]) in may))
				print place[1] ":" place[2] ": " parts[2] " may not include " quoted[2]
		}'
}

# A word that is called, and not the end of a longer one.
call() {
	echo "(^|[^A-Za-z0-9_])($1)[ ]*\\("
}

check_c() { # C lines on standard input
	local lines
	lines=$(cat)
	forbid 'only bind and main.c see Lua' '#[ \t]*include[ \t]*[<"](lua|lauxlib|lualib)\.h' '.' '^src/(bind/|main\.c)' <<<"$lines"
	forbid 'this layer never prints' "$(call 'v?f?printf|v?dprintf|f?puts|f?putc|putchar|perror|psignal|v?warnx?|fwrite')" \
		'^src/(base|post|measure|system)/' <<<"$lines"
	# The launcher is a program of its own; the probe wraps what ends other people's.
	forbid 'only main.c exits' "$(call 'exit|quick_exit|_Exit|v?errx?|error')" . '^src/(launch/|main\.c|probe/process\.c)' <<<"$lines"
	# Between fork and exec there is no other way to end.
	forbid 'only a forked child may end so' "$(call _exit)" . '^src/(launch/|system/child_start\.c|probe/process\.c|bind/deadline\.c)' <<<"$lines"
	forbid 'only running out of memory ends so' "$(call abort)" . '^src/base/memory\.c' <<<"$lines"
}

# Which file of the pipeline may require what; the first row that matches both decides, and none forbids.
requires_table() {
	cat <<-'END'
		^stage/(builds|runs)\.lua$     ^livepost\.process$ yes
		^stage/                        ^livepost\.(process|terminal)$ no
		^stage/                        ^(base|drawing|timeline|measurement|chart|cell|page|author|figure|livepost)\. yes
		^figure/                       ^(base|drawing|timeline|measurement|chart|page)\. yes
		^page/highlight\.lua$          ^(lpeg|lexer)$ yes
		^(base|drawing|timeline|measurement|chart|cell|page|author)/ ^livepost\.(text|deadline|json|digits|draws|hash|memory|post|trace_events)$ yes
		^base/                         ^base\. yes
		^drawing/                      ^(base|drawing)\. yes
		^timeline/                     ^(base|drawing|timeline)\. yes
		^measurement/                  ^(base|timeline|measurement)\. yes
		^chart/                        ^(base|drawing|timeline|measurement|chart)\. yes
		^cell/                         ^(base|measurement|cell)\. yes
		^page/                         ^(base|drawing|measurement|cell|page)\. yes
		^author/                       ^(base|timeline|measurement|chart|author)\. yes
		^filter/                       ^base\.(slug|emoji_names)$ yes
		^author/filters\.lua$          ^filter\. yes
		^stages\.lua$                  ^stage\.$ yes
		^stages\.lua$                  ^author\.site_stage$ yes
		^main\.lua$                    ^(livepost|base)\. yes
		^main\.lua$                    ^stages$ yes
		^main\.lua$                    ^command\. yes
		^command/                      ^(livepost|base|timeline|measurement|cell|page|figure)\. yes
		^command/                      ^(progress|runner|settings|stages)$ yes
		^command/                      ^command\.(context|housekeeping)$ yes
		^progress\.lua$                ^(base\.|measurement\.|livepost\.terminal$) yes
		^settings\.lua$                ^(base\.|cell\.|page\.|author\.|livepost\.file$) yes
		^runner\.lua$                  ^(base\.|livepost\.span$) yes
	END
}

check_requires() { # Lua lines on standard input
	RULES=$(requires_table) awk '
		BEGIN {
			count = split(ENVIRON["RULES"], rows, "\n")
			for (i = 1; i <= count; i++) { split(rows[i], words, " "); who[i] = words[1]; what[i] = words[2]; says[i] = words[3] }
		}
		match($0, /(^|[^A-Za-z0-9_.])require[ (]*["\047][^"\047]*["\047]/) {
			split($0, place, ":"); split(substr($0, RSTART, RLENGTH), quoted, /["\047]/)
			file = place[1]; sub(/^src\/pipeline\//, "", file)
			allowed = "no"
			for (i = 1; i <= count; i++)
				if (file ~ who[i] && quoted[2] ~ what[i]) { allowed = says[i]; break }
			if (allowed != "yes") print place[1] ":" place[2] ": " file " may not require " quoted[2]
			next
		}
		# stages.lua makes its list of them; the lexers of vis are given a require of their own.
		/(^|[^A-Za-z0-9_."])require/ && !/^src\/pipeline\/(stages|page\/highlight)\.lua:/ {
			split($0, place, ":")
			print place[1] ":" place[2] ": a require whose name cannot be read"
		}'
}

check_lua() { # Lua lines on standard input
	local lines start='(^|[^A-Za-z0-9_.])' end='([^A-Za-z0-9_]|$)'
	lines=$(cat)
	forbid 'only stage/site.lua writes into site/' "${start}file\\.(publish|remove|remove_empty_folder|sweep)$end" . \
		'/(stage/site|command/housekeeping)\.lua$' <<<"$lines"
	# Pages, kept and frozen measurements, the list of what was used, and the files of `run --svg` and `--trace`.
	forbid 'this file writes no files' "${start}file\\.write$end" . \
		'/(stage/site|stage/measurements|command/run|command/housekeeping)\.lua$' <<<"$lines"
	forbid 'only stage/builds.lua and stage/runs.lua start processes' "${start}process\\.(run|run_all)$end" . \
		'/stage/(builds|runs)\.lua$' <<<"$lines"
	forbid 'only main.lua, command/ and progress.lua print' "${start}terminal\\.(print|tell)$end" . \
		'/(main|progress|command/[a-z]+)\.lua$' <<<"$lines"
	forbid 'files, processes and output go through livepost.*' \
		"${start}(io\\.[a-z]|os\\.(execute|exit|remove|rename|tmpname)$end|print[ ]*\\(|package\\.loadlib)" . <<<"$lines"
	# Or the names above would say nothing.
	grep -vE ':local (file|process|terminal) = require "livepost\.(file|process|terminal)"$' <<<"$lines" |
		forbid 'a module is kept whole, under its own name' 'livepost\.(file|process|terminal)["\047]' .
	grep -E ':local [a-z]+ = require "livepost\.' <<<"$lines" | grep -vE ':local ([a-z]+) = require "livepost\.\1"$' |
		forbid 'a module is kept whole, under its own name' . .
}

violations() { # ROOT
	local code
	code=$(c_lines "$1")
	check_includes "$1" <<<"$code"
	check_c <<<"$code"
	code=$(lua_lines "$1")
	check_requires <<<"$code"
	check_lua <<<"$code"
}

# A copy of what is checked, in the current folder.
copy_sources() {
	mkdir copy
	cp -r "$PROJECT/src" "$PROJECT/ARCHITECTURE.md" copy/
}

# The text as a last line of src/FILE in the copy.
plant() { # FILE TEXT
	printf '%s\n' "$2" >>"copy/src/$1"
}

# The last line of src/FILE in the copy is a violation; counted in `planted`.
assert_found() { # FILE MESSAGE
	assert_line "src/$1:$(wc -l <"copy/src/$1"): $2"
	planted=$((planted + 1))
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	planted=0
}

@test "the sources obey the layers" {
	run violations "$PROJECT"
	assert_success
	assert_output ""
}

@test "the table of ARCHITECTURE.md is read: each folder has its row" {
	local folder
	for folder in main.c bind measure post system launch probe base; do
		run grep -c "^| \`src/$folder" "$PROJECT/ARCHITECTURE.md"
		assert_output 1
	done
	run allowed "$PROJECT" bind
	assert_output "measure
post
system
base
probe/livepost.h"
	run allowed "$PROJECT" base
	assert_output ""
	run allowed "$PROJECT" system
	assert_output "base
launch/message.h"
}

@test "a forbidden include is found" {
	copy_sources
	plant base/error.c '#include "system/file.h"'
	plant post/place.h '#include "measure/trace.h"'
	plant measure/sample.c '  #  include "post/yaml.h"'
	plant system/clock.h '#include "launch/launch.h"'
	plant launch/launch.c '#include "base/error.h"'
	plant bind/hash.c '#include "hash.h"'
	plant measure/machine.c '#include <lua.h>'
	plant post/yaml.c '#include "lauxlib.h"'
	run violations copy
	assert_found base/error.c "base may not include system/file.h"
	assert_found post/place.h "post may not include measure/trace.h"
	assert_found measure/sample.c "measure may not include post/yaml.h"
	assert_found system/clock.h "system may not include launch/launch.h"
	assert_found launch/launch.c "launch may not include base/error.h"
	assert_found bind/hash.c "bind may not include hash.h"
	assert_found measure/machine.c "only bind and main.c see Lua"
	assert_found post/yaml.c "only bind and main.c see Lua"
	assert_found post/yaml.c "post may not include lauxlib.h"
	assert_equal "${#lines[@]}" "$planted"
}

@test "what the table takes away is forbidden" {
	copy_sources
	sed -i '/^| `src\/measure/s/system, base/base/' copy/ARCHITECTURE.md
	run violations copy
	assert_line --partial "measure may not include system/child.h"
}

@test "printing and exiting in the wrong layer are found" {
	copy_sources
	plant base/buffer.c 'void speak(void) { fprintf(stderr, "x"); }'
	plant post/place.c 'void speak(void) { puts("x"); }'
	plant measure/trace.c 'void speak(void) { perror ("x"); }'
	plant system/clock.c 'void speak(void) { exit(1); }'
	plant bind/hash.c 'void speak(void) { exit(1); }'
	plant measure/sample.c 'void speak(void) { _exit(1); }'
	plant post/yaml.c 'void speak(void) { abort(); }'
	run violations copy
	assert_found base/buffer.c "this layer never prints"
	assert_found post/place.c "this layer never prints"
	assert_found measure/trace.c "this layer never prints"
	assert_found system/clock.c "only main.c exits"
	assert_found bind/hash.c "only main.c exits"
	assert_found measure/sample.c "only a forked child may end so"
	assert_found post/yaml.c "only running out of memory ends so"
	assert_equal "${#lines[@]}" "$planted"
}

@test "words in comments, in quotes and in longer names are no violation" {
	copy_sources
	plant base/buffer.c '/* exit(1), printf("x"); */ // puts("x")'
	plant base/buffer.c 'int take_exit(int x) { return snprintf(0, 0, "exit(1) \" abort()") + (x == '"'"'"'"'"'); }'
	plant pipeline/base/units.lua '-- require "stage.runs", io.open'
	run violations copy
	assert_output ""
}

@test "a forbidden require is found" {
	copy_sources
	plant pipeline/stage/cells.lua 'local text = require "stage.text"'
	plant pipeline/stage/text.lua "local text = require('stage.page')"
	plant pipeline/figure/bars.lua 'local other = require "figure.timeline"'
	plant pipeline/figure/timeline.lua 'local text = require "livepost.text"'
	plant pipeline/base/units.lua 'local file = require "livepost.file"'
	plant pipeline/base/scale.lua 'local bars = require "figure.bars"'
	plant pipeline/drawing/svg.lua 'local settings = require("settings")'
	plant pipeline/timeline/lanes.lua 'local chart = require "chart.chart"'
	plant pipeline/cell/sources.lua 'local author = require "author.author"'
	plant pipeline/stage/page.lua 'local process = require "livepost.process"'
	plant pipeline/stage/site.lua 'local cells = require ("stage." .. name)'
	plant pipeline/stage/document.lua 'local take = require; take(name)'
	plant pipeline/runner.lua 'local process = require "livepost.process"'
	run violations copy
	assert_found pipeline/stage/cells.lua "stage/cells.lua may not require stage.text"
	assert_found pipeline/stage/text.lua "stage/text.lua may not require stage.page"
	assert_found pipeline/figure/bars.lua "figure/bars.lua may not require figure.timeline"
	assert_found pipeline/figure/timeline.lua "figure/timeline.lua may not require livepost.text"
	assert_found pipeline/base/units.lua "base/units.lua may not require livepost.file"
	assert_found pipeline/base/scale.lua "base/scale.lua may not require figure.bars"
	assert_found pipeline/drawing/svg.lua "drawing/svg.lua may not require settings"
	assert_found pipeline/timeline/lanes.lua "timeline/lanes.lua may not require chart.chart"
	assert_found pipeline/cell/sources.lua "cell/sources.lua may not require author.author"
	assert_found pipeline/stage/page.lua "stage/page.lua may not require livepost.process"
	assert_found pipeline/stage/site.lua "stage/site.lua may not require stage."
	assert_found pipeline/stage/document.lua "a require whose name cannot be read"
	assert_found pipeline/runner.lua "runner.lua may not require livepost.process"
}

@test "starting processes, writing and printing in the wrong file are found" {
	copy_sources
	plant pipeline/main.lua 'process.run_all(plans, 1)'
	plant pipeline/stage/page.lua 'file.publish { }'
	plant pipeline/stage/measurements.lua 'file.remove(path)'
	plant pipeline/stage/cells.lua 'file.write(path, bytes)'
	plant pipeline/stage/runs.lua 'print("x")'
	plant pipeline/stage/builds.lua 'os.execute("true")'
	plant pipeline/base/units.lua 'local handle = io.open("x")'
	plant pipeline/stage/text.lua 'local write = require "livepost.file".write'
	plant pipeline/settings.lua 'local other = require "livepost.file"'
	run violations copy
	assert_found pipeline/main.lua "only stage/builds.lua and stage/runs.lua start processes"
	assert_found pipeline/stage/page.lua "only stage/site.lua writes into site/"
	assert_found pipeline/stage/measurements.lua "only stage/site.lua writes into site/"
	assert_found pipeline/stage/cells.lua "this file writes no files"
	assert_found pipeline/stage/runs.lua "files, processes and output go through livepost.*"
	assert_found pipeline/stage/builds.lua "files, processes and output go through livepost.*"
	assert_found pipeline/base/units.lua "files, processes and output go through livepost.*"
	assert_found pipeline/stage/text.lua "a module is kept whole, under its own name"
	assert_found pipeline/settings.lua "a module is kept whole, under its own name"
}
