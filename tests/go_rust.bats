# Go and Rust as livepost(5) describes them: the tables stand there and nowhere else. Each needs its compiler.

# shellcheck disable=SC2016
load support/livepost

POST=posts/2021-03-10-a.md

# The settings are the manual's example.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	make_site
	{
		echo 'return {'
		sed -n '/^languages = {$/,/^}$/p' "$PROJECT/man/livepost.5" | sed 's/\\e/\\/g; s/\\&//g'
		echo '}'
	} >pipeline.lua
}

# Without the compiler, which no site needs that has no such cells, there is nothing to try.
needs() { # TOOL
	[[ -x /usr/local/bin/$1 || -x /usr/bin/$1 || -x /bin/$1 ]] || skip "$1 is not installed"
}

# The post from standard input cannot be built: each argument is a line of what is said.
says() { # LINE…
	make_post 2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	local line
	for line in "$@"; do
		grep -qxF -- "$line" <<<"$stderr" || fail "no \`$line\` in: $stderr"
	done
	refute grep -q '/site\|cells/' <<<"$stderr"
	assert_not_exists site
}

@test "Go: output, threads on a timeline that says what it does not see, goroutines that wait with the C library" {
	needs go
	make_post 2021-03-10-a.md <<-'END'
		```{go}
		//| label: alone
		//| runs: 1
		//| args: [soup]
		package main

		import (
			"fmt"
			"os"
			"sync"
		)

		func main() {
			var pots sync.WaitGroup
			sums := make([]int, 2)
			for i := range sums {
				pots.Add(1)
				go func(i int) {
					defer pots.Done()
					for j := 0; j < 10000000; j++ {
						sums[i] += j % 3
					}
				}(i)
			}
			pots.Wait()
			fmt.Println(os.Args[1], sums)
		}
		```

		```{go}
		//| label: linked
		//| runs: 1
		package main

		import (
			"fmt"
			"net"
			"time"
		)

		func main() {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			time.Sleep(20 * time.Millisecond)
			fmt.Println(listener != nil, err)
		}
		```
	END
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	run -0 jq -cr '(.[] | .output), (.alone.timeline | .blind, (.lanes | length > 1)), .linked.timeline.blind' <<<"$output"
	assert_output 'soup [9999999 9999999]

true <nil>

["reasons"]
true
[]'
	run -0 "$LIVEPOST" build
	assert_equal "$(grep -c 'not seen: why anything waited;' "$(page a)")" 1
}

@test "Go: errors of the compiler and a panic stand at the post's own lines, also in files" {
	needs go
	says "$POST:8:8: cell \`a\` does not compile: imported and not used: \"os\"" \
		"$POST:11:1: cell \`a\` does not compile: undefined: salt" <<-'END'
		```{go}
		//| label: a
		package main
		import "os"

		func main() {
			salt()
		}
		```
	END
	make_post 2021-03-10-a.md <<-'END'
		```{go}
		//| label: a
		package main

		func main() {
			pots := []int{1}
			println(pots[len(pots)+2])
		}
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" "$POST:11: cell \`a\`: exit code 2 after [0-9.]+ m?s"
	assert_regex "$stderr" "panic: runtime error: index out of range \[3\] with length 1"
	printf 'package main\n\nfunc main() {\n\tprintln(pots())\n}\n' >examples/main.go
	printf 'package main\n\nfunc pots() int {\n\treturn "two"\n}\n' >examples/pots.go
	make_post 2021-03-10-a.md <<-'END'
		```{go}
		//| file: [main.go, pots.go]
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'examples/pots\.go:4:9: cell `cell-1` does not compile: cannot use "two"'
}

@test "Rust: output, threads by their names, sleeps and joins; a warning at its line" {
	needs rustc
	make_post 2021-03-10-a.md <<-'END'
		```{rust}
		//| label: pot
		//| runs: 1
		use std::thread;
		use std::time::Duration;

		fn main() {
		    let spare = 3;
		    let cooks: Vec<_> = (1..3)
		        .map(|i| {
		            thread::Builder::new()
		                .name(format!("cook {}", i))
		                .spawn(move || {
		                    thread::sleep(Duration::from_millis(20));
		                    i * i
		                })
		                .unwrap()
		        })
		        .collect();
		    let sum: i32 = cooks.into_iter().map(|cook| cook.join().unwrap()).sum();
		    println!("{} {}", std::env::args().count(), sum);
		}
		```
	END
	run -0 --separate-stderr "$LIVEPOST" dump measurements "$POST"
	assert_regex "$stderr" "$POST:12:9: warning: unused variable: \`spare\`"
	run -0 jq -cr '.pot | .output, (.warnings | map([.line, .message])), (.timeline | .blind, ([.lanes[].name] | sort),
		([.lanes[].slices[].state] | unique | map(select(. == "sleeping" or . == "joining"))))' <<<"$output"
	assert_output '1 5

[[12,"unused variable: `spare`"]]
[]
["cook 1","cook 2","main"]
["joining","sleeping"]'
}

@test "Rust: errors of the compiler and a panic stand at the post's own lines" {
	needs rustc
	says "$POST:8:18: cell \`a\` does not compile: mismatched types" "$POST:9:5: cell \`a\` does not compile: cannot find function \`salt\` in this scope" \
		"        9 |     salt();" <<-'END'
		```{rust}
		//| label: a
		fn main() {
		    let x: i32 = "soup";
		    salt();
		}
		```
	END
	make_post 2021-03-10-a.md <<-'END'
		```{rust}
		//| label: a
		fn main() {
		    let pots = vec![1];
		    println!("{}", pots[std::env::args().count() + 2]);
		}
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" "$POST:9: cell \`a\`: exit code 101"
	assert_regex "$stderr" "index out of bounds: the len is 1 but the index is 3', $POST:9:20"
}

@test "where the compiler of such a table is not there, its package is named" {
	sed -i 's/"go", "build"/"go-that-is-not-there", "build"/' pipeline.lua
	make_post 2021-03-10-a.md <<<$'```{go}\npackage main\n```'
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" "$POST:5:1: .*go-that-is-not-there.*package golang-go"
}
