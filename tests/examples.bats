# The programs of examples/ work by hand as their first comments say, without livepost; none ignores what a call returns.

# shellcheck disable=SC2013,SC2016,SC2094,SC2154
load support/livepost

POSTS=$PROJECT/posts

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir examples
	find "$PROJECT/examples" -maxdepth 1 -type f -exec cp -t examples {} +
}

# The first comment of a program, without its marks.
comment() { # FILE
	case $1 in
	*.py) sed -n '/^#/!q; s/^# \{0,1\}//p' "$1" ;;
	*) sed -n '1,/\*\/$/p' "$1" | sed -E 's:^[/ ]\* ::; s: \*/$::' ;;
	esac
}

# The last line of it: the command that builds and runs the program.
command_of() { # FILE
	comment "$1" | tail -n 1
}

# The part of it that builds, with further flags.
build_of() { # FILE [FLAG…]
	local command
	command=$(command_of "$1")
	shift
	echo "${command%% && *} $*"
}

programs() {
	find examples -name '*.c' | sort
}

# Those that need nothing but themselves.
alone() {
	programs | grep -vE '/(requests-|api-server)'
}

# What the posts make of a program besides: FILE and macros as flags, a line for each cell or point of a sweep.
variants() {
	awk '
		/^```/ { file = flags = "" }
		/^\/\/\| file: / { file = $3 }
		/^\/\/\| (defines|sweep): / {
			flags = $0; sub(/^[^{]*\{/, "", flags); sub(/\}.*/, "", flags); gsub(/[][ ]/, "", flags)
			split(flags, part, ":"); count = split(part[2], values, ",")
			for (i = 1; i <= count; i++) print file, "-D" part[1] "=" values[i]
		}' "$POSTS"/*.md | sort -u
}

# What a program prints, as a pattern for all of it; `hangs` and `races` are said of those that show a bug.
expected() { # FILE [FLAG]
	local kinds='([0-9]+ ){9}[0-9]+' ages='chicken [0-9]+, potatoes [0-9]+, broccoli [0-9]+, gravy [0-9]+'
	case "$*" in
	*/chunks-*.c*) echo "^$kinds\$" ;;
	*/gil-model.c\ -DGIL=0) echo '^the lock changed hands 0 times$' ;;
	*/gil-model.c*) echo '^the lock changed hands [0-9]+ times$' ;;
	*/gravy-race.c\ -DTASTE_FIRST=1) echo '^as salty as it should be$' ;;
	*/gravy-race.c) echo '^(as salty as it should be|not salty enough)$' ;;
	*/greenlets.c | */asyncio-turns.py) echo '^10000 cooks, 100000 turns$' ;;
	*/thread-turns.c) echo '^2 cooks, 100000 turns$' ;;
	*/oven-and-tray.c\ -DIN_ORDER=1) echo $'^(chicken: done\npotatoes: done|potatoes: done\nchicken: done)$' ;;
	*/oven-and-tray.c) echo '^$' ;;
	*/roast-chefs.c*) echo '^12 dishes$' ;;
	*/roast-*.c*) echo "^dinner at minute [0-9]+, old: $ages\$" ;;
	*/sandwiches*.c*) echo '^10 sandwiches$' ;;
	*/requests-*.c) echo '^5000 answers$' ;;
	*) echo '^this test knows nothing of it$' ;;
	esac
}

# Runs a built program, which may hang only if its deadlock is what it shows.
run_program() { # FILE FLAG COMMAND…
	local file=$1 flag=$2
	shift 2
	if [ "$file$flag" = examples/oven-and-tray.c ]; then
		run --separate-stderr timeout --foreground 2 "$@"
		assert_equal "$status" 124
	else
		run --separate-stderr timeout --foreground 60 "$@"
	fi
	[[ $output =~ $(expected "$file" ${flag:+"$flag"}) ]] || fail "$file $flag: ended with $status and printed: $output $stderr"
}

@test "each program opens with what to look for and the command that runs it, and is short" {
	local file
	for file in $(programs) examples/*.py; do
		comment "$file" >said
		case $file in
		*.py) assert_equal "$(command_of "$file")" "python3 $file" ;;
		*) assert_regex "$(command_of "$file")" "^cc( -O2)? -pthread( -o [a-z-]+)? $file( -l[a-z]+)? && \./[a-z.-]+\$" ;;
		esac
		assert_equal "$(grep -c '&& ./' "$file")" "$([[ $file == *.py ]] && echo 0 || echo 1)"
		grep -qE '(^|\. )Look (at|for) ' said || fail "$file does not say what to look for: $(cat said)"
		[ "$(wc -l <said)" -le 6 ] || fail "$file: a first comment of $(wc -l <said) lines"
	done
	for file in examples/*; do
		case $file in
		*/checked.h) ;; # no program, nor the kitchen
		*) [ "$(wc -l <"$file")" -le 80 ] || fail "$file has $(wc -l <"$file") lines" ;;
		esac
		assert_equal "$(expand "$file" | awk 'length > 110')" ""
	done
	assert_equal "$(wc -l < <(grep -l '^struct dish {' examples/*))" 1
}

@test "each program is built by its command without a warning, as the sandbox builds it, and strictly" {
	local file flags
	for file in $(programs); do
		for flags in "" "-std=gnu17 -O2 -g" "-O2 -D_FORTIFY_SOURCE=2 -Wunused-result -Wshadow -Wstrict-prototypes -Wmissing-prototypes"; do
			rm -f a.out api-server
			run bash -c "$(build_of "$file" "-Wall -Wextra -Werror $flags")"
			assert_success
			assert_output ""
			assert [ -x a.out -o -x api-server ]
		done
	done
}

@test "no program ignores what a call returns" {
	local file name checked
	# Where there is nothing to see: they return nothing, or never.
	local void=' err errx exit makecontext curl_easy_cleanup curl_global_cleanup MHD_stop_daemon MHD_destroy_response '
	for file in $(programs); do
		bash -c "$(build_of "$file" '-O0 -fno-builtin -c -o program.o' | sed 's: -l[a-z]*::; s:-o api-server::')"
		{
			# Of system headers alone: our own are to be looked at, too.
			cat examples/*.h "$file" | grep -hE '^#include <' | grep -v livepost | sort -u |
				if grep -q curl "$file" || grep -q requests.h "$file"; then cat; else grep -v curl; fi
			checked=0
			for name in $(nm -u program.o | sed -nE 's/^ +U ([a-zA-Z][a-zA-Z0-9_]*)(@.*)?$/\1/p'); do
				[[ $void == *" $name "* || $name == std* ]] && continue
				echo "extern __typeof__($name) $name __attribute__((warn_unused_result));"
				checked=$((checked + 1))
			done
			((checked > 3)) || fail "$file calls $checked functions"
			echo "#include \"$file\""
		} >strict.c
		run cc -D_GNU_SOURCE -O0 -fno-builtin -Wall -Wextra -Werror -Wno-attributes -fsyntax-only -I. -Iexamples strict.c
		assert_output ""
		assert_success
		run cc -D_GNU_SOURCE -O0 -fno-builtin -Wall -Wextra -Werror -c -o strict.o -I. -Iexamples strict.c
		assert_output ""
		assert_success
	done
}

@test "each program runs by its command, and says what it should" {
	local file
	for file in $(alone); do
		rm -f a.out
		run_program "$file" "" bash -c "$(command_of "$file")"
		assert_equal "$stderr" ""
		[[ $file == */oven-and-tray.c ]] || assert_success
	done
}

@test "dinner is never sooner than by the recipe" {
	local file least
	cat >recipe.c <<-'END'
		#include "kitchen.h"
		int main(void)
		{
			int hands = 0, serial = 0, slowest = 0;
			for (int i = 0; i < DISHES; i++) {
				int all = recipe[i].prepare + recipe[i].cook + recipe[i].finish;
				hands += recipe[i].prepare + recipe[i].finish;
				serial += all;
				slowest = all > slowest ? all : slowest;
			}
			say("serial=%d longest=%d\n", serial, hands > slowest ? hands : slowest);
		}
	END
	cc -pthread -Iexamples -o recipe recipe.c
	eval "$(./recipe)"
	# shellcheck disable=SC2154
	[ "$serial" -gt "$longest" ]
	for file in serial threads loop; do
		bash -c "$(build_of examples/roast-$file.c)"
		run -0 ./a.out
		least=$longest
		[ "$file" != serial ] || least=$serial
		[[ $output =~ ^dinner\ at\ minute\ ([0-9]+), ]]
		# A minute that has begun counts from its half on.
		[ "${BASH_REMATCH[1]}" -ge $((least - 1)) ] || fail "$file: $output, by the recipe not before $least"
	done
}

@test "each script runs by its command" {
	local file
	for file in examples/*.py; do
		run --separate-stderr timeout 60 bash -c "$(command_of "$file")"
		assert_success
		assert_equal "$stderr" ""
	done
	run -0 python3 examples/asyncio-turns.py
	assert_output --regexp "$(expected examples/asyncio-turns.py)"
}

@test "what the posts define are macros that the programs ask for, and these run, too" {
	local file flag kinds
	variants >variants
	assert [ "$(wc -l <variants)" -gt 8 ]
	kinds=$(bash -c "$(command_of examples/chunks-serial.c)")
	while read -r file flag; do
		file=examples/$file
		# shellcheck disable=SC2046
		grep -qE "^#ifndef $(sed -E 's/^-D(.*)=.*/\1/' <<<"$flag")\$" "$file" $(grep -o '[a-z]*\.h"' "$file" | sed 's/"//; s:^:examples/:') ||
			fail "$file does not know $flag"
		bash -c "$(build_of "$file" -Wall -Wextra -Werror "$flag")"
		run_program "$file" "$flag" ./a.out
		assert_success
		assert_equal "$stderr" ""
		# However the work is shared, it is the same work.
		[[ $file != */chunks-* ]] || assert_output "$kinds"
	done <variants
}

@test "one core is enough" {
	local file core
	core=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
	for file in chunks-threads chunks-processes gil-model gravy-race roast-threads sandwiches-two; do
		bash -c "$(build_of examples/$file.c)"
		run_program "examples/$file.c" "" taskset -c "$core" ./a.out
		assert_success
	done
}

# serve FLAGS COMMANDS: the commands in a network of their own, where the API runs; built with the flags.
serve() {
	bash -c "$(build_of examples/api-server.c "$1")"
	cat >served.sh <<-'END'
		./api-server 2>api.err &
		api=$!
		trap 'kill -KILL $api 2>/dev/null' EXIT
		for try in $(seq 100); do
			(exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null && break
			sleep 0.05
		done
		. ./commands.sh
		kill -TERM $api && wait $api || echo "the API ended with $?"
		cat api.err
	END
	printf '%s\n' "$2" >commands.sh
	timeout --foreground 120 bwrap --dev-bind / / --unshare-net --die-with-parent setarch -R bash served.sh 2>&1
}

@test "the requests are made by their commands while the API runs by its own; without it they say so" {
	local file
	for file in serial threads processes loop; do
		bash -c "$(build_of examples/requests-$file.c "-o $file" | sed 's/ -o a.out//')"
		run -1 bwrap --dev-bind / / --unshare-net "./$file"
		assert_output --regexp "$file: http://127.0.0.1:8080/menu: .*connect"
	done
	run -0 serve "" './serial >serial.out & serial=$!; ./threads; ./processes; ./loop; wait $serial && cat serial.out'
	assert_output "$(printf '5000 answers\n%.0s' 1 2 3 4)"
}

# What a program says under a sanitizer, but for the one line by which ASan says that coroutines are not its strength.
reports() {
	grep -v "WARNING: ASan doesn't fully support makecontext/swapcontext" <<<"$stderr" || true
}

# With short minutes and few chunks: what is asked of these is not how long things take. No random addresses: they take
# ThreadSanitizer's place.
sanitized() { # SANITIZER FILE [FLAG]
	local minute=MILLISECOND
	# Who waits for each other has to meet: threads start slowly with a sanitizer.
	[ "$2" != examples/oven-and-tray.c ] || minute='(50 * MILLISECOND)'
	sed -i "s/^#define MINUTE .*/#define MINUTE $minute/" examples/kitchen.h
	sed -i 's/ CHUNKS = 5000,/ CHUNKS = 200,/' examples/chunks.h
	bash -c "$(build_of "$2" "-g -fsanitize=$1" "${3:-}")"
	run_program "$2" "${3:-}" setarch -R ./a.out
}

@test "no program has an error of memory or undefined behaviour" {
	local file flag
	{
		alone
		variants | sed -n -e 's:^:examples/:' -e '/TASTE_FIRST\|IN_ORDER\|LATE\|GIL\|THREADS/p'
	} >wanted
	while read -r file flag; do
		sanitized address,undefined "$file" "$flag"
		assert_equal "$(reports)" ""
		[ "$file$flag" = examples/oven-and-tray.c ] || assert_success
	done <wanted
}

@test "no program has a race but the one that shows it, and that is found" {
	local file flag
	{
		alone
		variants | sed -n -e 's:^:examples/:' -e '/TASTE_FIRST\|IN_ORDER\|LATE\|GIL\|THREADS/p'
	} >wanted
	while read -r file flag; do
		sanitized thread "$file" "$flag"
		if [ "$file$flag" = examples/gravy-race.c ]; then
			assert_equal "$status" 66
			assert_regex "$stderr" "data race.*season .*gravy-race\.c:[0-9]+.*'salt'"
		else
			assert_equal "$stderr" ""
			[ "$file$flag" = examples/oven-and-tray.c ] || assert_success
		fi
	done <wanted
}

@test "the requests and their API are clean under the sanitizers" {
	local sanitizer file
	for sanitizer in address,undefined thread; do
		for file in serial threads processes loop; do
			bash -c "$(build_of examples/requests-$file.c "-DREQUESTS=300 -g -fsanitize=$sanitizer -o $file")"
		done
		run -0 serve "-g -fsanitize=$sanitizer" './serial; ./threads; ./processes; ./loop'
		assert_output "$(printf '300 answers\n%.0s' 1 2 3 4)"
	done
}

@test "what cannot be printed is not taken for said" {
	bash -c "$(build_of examples/roast-threads.c)"
	run bash -c './a.out >/dev/full'
	assert_failure 1
	assert_output --regexp '^a\.out: standard output: '
}

@test "the posts show every program, and none that is not there" {
	local file
	for file in examples/*.c examples/*.py; do
		grep -qE "^(//|#)\| file: ${file##*/}\$" "$POSTS"/*.md || grep -qF "file = \"${file##*/}\"" "$PROJECT/pipeline.lua" ||
			fail "no post shows $file"
	done
	for file in $(sed -nE 's,^(//|#)\| file: ,,p' "$POSTS"/*.md); do
		assert_file_exists "$PROJECT/examples/$file"
	done
}

@test "the prose's dishes and minutes are the recipe's" {
	local post=$POSTS/2021-03-10-concurrency-in-python.md dish numbers
	for dish in Chicken Potatoes Broccoli Gravy; do
		numbers=$(sed -nE "s/^\t\{ \"${dish,,}\", *([0-9]+), *([0-9]+), *([0-9]+) \},/\1 \2 \3/p" examples/kitchen.h)
		read -r prepare cook finish <<<"$numbers"
		run grep -cE "^- \*\*$dish\*\*: $prepare minutes of [a-z ]+, $cook (in the oven|of [a-z]+), $finish of [^0-9]+\.$" "$post"
		assert_output 1
	done
	assert_equal "$(grep -cE '^- \*\*[A-Z][a-z]+\*\*: [0-9]+ minutes' "$post")" 4
	local minute
	minute=$(sed -nE 's/^#define MINUTE \(([0-9]+) \* MILLISECOND\)$/\1/p' examples/kitchen.h)
	run tr '\n' ' ' <"$post"
	assert_output --regexp "kitchen +minute +lasts +$minute +milliseconds"
	assert_output --regexp "two +kinds .*\`hands_on\(10\)\`.*\`oven\(40\)\`"
	# What reckons in minutes for the figures reckons in these.
	run grep -oE 'MINUTE = [0-9]+|ms\([1-9][0-9]*\)' "$PROJECT/pipeline.lua"
	assert_output "$(printf 'MINUTE = %s\nms(%s)' "$minute" "$minute")"
}
