# The programs of examples/ work by hand as their first lines say, and what the prose says of the recipe is the recipe's.

load support/livepost

POST=$PROJECT/posts/2021-03-10-concurrency-in-python.md

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# The post's prose on one line.
prose() {
	tr '\n' ' ' <"$POST" | tr -s ' '
}

@test "each program compiles by hand without a warning" {
	local file
	for file in "$PROJECT"/examples/*.c; do
		run cc -pthread -Wall -Wextra -Werror -o program "$file"
		assert_success
		assert_output ""
		run cc -pthread -Wall -Wextra -Werror -O2 -std=c11 -o program "$file"
		assert_success
		assert_output ""
	done
}

@test "each program runs by the command in its first comment, and cooks every dish" {
	cp -r "$PROJECT/examples" .
	local file command least
	for file in examples/*.c; do
		command=$(sed -n 's/^ \* \(cc .* && \.\/a\.out\) \*\/$/\1/p' "$file")
		assert_equal "$command" "cc -pthread $file && ./a.out"
		rm -f a.out
		run --separate-stderr timeout 60 bash -c "$command"
		assert_success
		assert_equal "$stderr" ""
		assert_equal "$(sed -E 's/ +ready at minute +[0-9]+$//' <<<"$output" | sort | tr '\n' ' ')" "broccoli chicken dinner gravy potatoes "
		assert_line --index 4 --regexp '^dinner +ready at minute +[0-9]+$'
		# No clock runs fast: dinner is never sooner than by the recipe.
		case $file in
		*serial*) least=122 ;;
		*threads*) least=57 ;;
		*processes*) least=98 ;;
		esac
		[ "${lines[4]##* }" -ge "$least" ] || fail "$file: dinner at minute ${lines[4]##* }, by the recipe not before $least"
	done
}

# Computes what follows from the recipe; `two_chefs` cook without threads, `one_chef` has a thread for each dish.
recipe() {
	cat >recipe.c <<-'END'
		#include "kitchen.h"

		struct queued { int from, minutes, dish, is_first; };

		static int one_chef(void)
		{
			struct queued queue[2 * DISHES];
			int count = 0, free_at = 0, last = 0;
			for (int i = 0; i < DISHES; i++)
				queue[count++] = (struct queued){ i, recipe[i].prepare, i, 1 }; /* a minute apart */
			for (int done = 0; done < 2 * DISHES; done++) {
				int next = done;
				for (int i = done; i < count; i++)
					if (queue[i].from < queue[next].from)
						next = i;
				struct queued one = queue[next];
				queue[next] = queue[done];
				free_at = (one.from > free_at ? one.from : free_at) + one.minutes;
				last = free_at;
				if (one.is_first)
					queue[count++] = (struct queued){ free_at + recipe[one.dish].cook, recipe[one.dish].finish, one.dish, 0 };
			}
			return last;
		}

		int main(void)
		{
			int hands = 0, cook = 0, slowest = 0;
			for (int i = 0; i < DISHES; i++) {
				const struct dish *d = &recipe[i];
				int all = d->prepare + d->cook + d->finish;
				hands += d->prepare + d->finish;
				cook += d->cook;
				slowest = all > slowest ? all : slowest;
				printf("%s_prepare=%d\n%s_cook=%d\n%s_finish=%d\n", d->name, d->prepare, d->name, d->cook, d->name, d->finish);
				printf("%s_ready=%d\n", d->name, hands + cook);
			}
			printf("hands=%d\ncook=%d\nserial=%d\nslowest=%d\n", hands, cook, hands + cook, slowest);
			printf("one_chef=%d\n", one_chef());
			printf("minute_ms=%lld\n", MINUTE / 1000000);
		}
	END
	cc -pthread -I"$PROJECT/examples" -o recipe recipe.c && ./recipe
}

@test "the prose's dishes are the recipe's" {
	recipe >facts
	source ./facts
	local dish name ready prepare cook finish
	for dish in Chicken Potatoes Broccoli Gravy; do
		name=${dish,,}
		prepare=${name}_prepare cook=${name}_cook finish=${name}_finish
		run grep -E "^- \*\*$dish\*\*: ${!prepare} minutes of [a-z ]+, ${!cook} (in the oven|of [a-z]+), ${!finish} of [^0-9]+\.$" "$POST"
		assert_success
	done
	assert_equal "$(grep -cE '^- \*\*[A-Z][a-z]+\*\*: [0-9]+ minutes' "$POST")" 4
}

@test "the prose's sums are the recipe's" {
	recipe >facts
	source ./facts
	local words=(no one two three four five) said
	said=$(prose)
	# shellcheck disable=SC2154
	assert_equal "$serial" 122
	# shellcheck disable=SC2154
	assert_regex "$said" "you get $serial minutes, of which $hands need hands"
	# shellcheck disable=SC2154
	assert_regex "$said" "the chicken had been standing about for $((serial - chicken_ready)) minutes and the potatoes for $((serial - potatoes_ready))\."
	# shellcheck disable=SC2154
	assert_regex "$said" "The chicken takes $chicken_prepare \+ $chicken_cook \+ $chicken_finish = $slowest minutes"
	# shellcheck disable=SC2154
	assert_regex "$said" "By the recipe, one chef with threads needs $one_chef\. The second chef could save you ${words[one_chef - slowest]} minutes"
	# shellcheck disable=SC2154
	assert_regex "$said" "Of the $serial minutes of the first dinner, $cook went by in front of an oven"
	# shellcheck disable=SC2154
	assert_regex "$said" "A kitchen minute lasts $minute_ms milliseconds"
	assert_regex "$said" "\`hands_on\($chicken_prepare\)\`"
	assert_regex "$said" "\`oven\($chicken_cook\)\`"
}

@test "the post takes its three programs from examples/, and leaves none out" {
	local file
	for file in "$PROJECT"/examples/*.c; do
		run grep -cxF "//| file: ${file##*/}" "$POST"
		assert_output 1
	done
}
