# What tests of kept and frozen measurements start from, instead of support/posts: cells that show whether they ran.

# What `run` leaves is named by Bats.
# shellcheck disable=SC2154

load support/posts

# A program that prints another number each time it is run: the same number twice means that it was not run.
number_program() { # [LINE]
	cat <<-END
		#include <stdio.h>
		#include <sys/random.h>
		$1
		int main(void) { unsigned long n; return getrandom(&n, 8, 0) != 8 || printf("number %lu\\n", n) < 0; }
	END
}

# A cell of that program, run once.
cell() { # LABEL [LINE-OF-CODE [OPTION…]]
	number_program "${2:-}" | write_cell "$1" 'runs: 1' "${@:3}"
}

# The number in the page of the post, of its first cell or of that with the label.
number() { # NAME [LABEL]
	sed -n "/<div class=\"cell\" id=\"${2:-}/,/<\/div>/s/.*number \([0-9]*\)\$/\1/p" "$(page "$1")"
}

# The labels of the cells that the build whose output is at hand ran, sorted.
labels_run() {
	sed -n 's/^posts\/[^:]*: \([^:]*\): .* of .* done$/\1/p' <<<"$output" | sort | tr '\n' ' '
}

# The build that follows runs these cells and no other; with no argument it runs nothing, nor compiles.
builds_running() { # [LABEL…]
	build
	assert_equal "$(labels_run)" "$*${*:+ }"
	[ $# -gt 0 ] || refute_line --partial compiling
}
