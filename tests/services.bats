#!/usr/bin/env bats
# Services: processes that cells talk to, in their own network, for one run each.

load support/posts

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	make_site
	cat >examples/talk.h <<-'END'
		#include <arpa/inet.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>
		/* A socket at a port of the loopback: that of a client, or listening. */
		static inline int at_port(int port, int listens)
		{
			int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
			struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
			setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
			if (listens ? bind(s, (void *)&address, sizeof address) || listen(s, 8) : connect(s, (void *)&address, sizeof address)) {
				perror(listens ? "listen" : "connect");
				exit(1);
			}
			return s;
		}
	END
	cat >examples/api.c <<-'END'
		#include "talk.h"
		#include <signal.h>
		int main(int argc, char **argv)
		{
			const char *how = argc > 1 ? argv[1] : "";
			int requests = 0;
			if (!strcmp(how, "stubborn")) signal(SIGTERM, SIG_IGN);
			if (!strcmp(how, "crash")) { fprintf(stderr, "no kitchen here\n"); return 4; }
			if (!strcmp(how, "deaf")) pause();
			int listener = at_port(8080, 1);
			while (!strcmp(how, "flood")) puts("and so on");
			for (;;) {
				int client = accept(listener, NULL, NULL);
				char asked[32] = {0};
				if (read(client, asked, sizeof asked - 1) > 0 && !strcmp(asked, "die")) abort();
				dprintf(client, "%s %s %d", getenv("GREETING") ? getenv("GREETING") : "hello", asked, ++requests);
				close(client);
			}
		}
	END
}

# site FIELDS: the service `api` with these fields beside its file and port.
site() {
	printf 'return { services = { api = { file = "api.c", port = 8080, %s } } }\n' "$1" >pipeline.lua
}

# asks WORD OPTIONS: a post with one cell that sends the word to the service and prints what comes back.
asks() {
	write_cell asks 'service: api' 'runs: 2' ${2:+"$2"} <<-END | make_post 2021-03-10-a.md
		#include "talk.h"
		int main(void)
		{
			int s = at_port(8080, 0);
			char said[64] = {0};
			write(s, "$1", strlen("$1"));
			if (read(s, said, sizeof said - 1) <= 0) return 7;
			puts(said);
		}
	END
}

# The build fails with this at the service of the cell that asks makes.
cell_fails() { # REGEX
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" "posts/2021-03-10-a\.md:7:14: cell \`asks\`: $1"
	assert_not_exists site/2021
}

@test "a cell talks to a service of its own, which every run finds as new, and which is not in its timeline" {
	site 'environment = { GREETING = "good morning" }'
	asks cook 'expect: output good morning cook 1'
	run -0 --separate-stderr "$LIVEPOST" build
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -r '.asks | .output, (.runs | length), (.timeline.lanes | map(.name) | join(" "))' <<<"$output"
	assert_output $'good morning cook 1\n\n2\nmain'
}

@test "a service that starts slowly is waited for, and that is no part of the measured time" {
	cat >examples/slow.c <<-'END'
		#include "talk.h"
		int main(void) { usleep(300000); at_port(8080, 1); pause(); }
	END
	echo 'return { services = { api = { file = "slow.c", port = 8080 } } }' >pipeline.lua
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: connects
		//| service: api
		//| runs: 1
		//| timeout: 250ms
		#include "talk.h"
		int main(void) { at_port(8080, 0); }
		```
	END
	run -0 --separate-stderr "$LIVEPOST" build
	run -0 --separate-stderr "$LIVEPOST" dump measurements posts/2021-03-10-a.md
	run -0 jq -e '.connects.runs[0].wall_ns < 250000000' <<<"$output"
}

@test "a service that crashes at its start, never listens, or says too much: the cell fails, with what it said" {
	asks cook ''
	site 'arguments = { "crash" }'
	cell_fails 'service `api` ended with exit code 4 before anything listened at its port 8080: .*
    what it said last:
    no kitchen here'
	site 'arguments = { "deaf" }, ready = "100ms"'
	cell_fails 'service `api`: nothing listened at its port 8080 after 100 ms: .*`ready`.*
    it said nothing'
	site 'arguments = { "flood" }'
	cell_fails 'service `api` wrote more than 1 MiB and was stopped'
	echo 'return { services = { api = { command = { "nothing-of-this-name" }, port = 8080 } } }' >pipeline.lua
	cell_fails 'service `api` ended with exit code 127 before .*
    livepost: cannot execute nothing-of-this-name: No such file or directory'
}

@test "a service that crashes during a run ends it at once, with what it said" {
	site ''
	asks die 'timeout: 60s'
	cell_fails 'service `api` was killed by SIGABRT while the cell was running'
}

@test "error: true does not show a service's failure as the cell's" {
	site ''
	asks die 'error: true'
	cell_fails 'service `api` was killed by SIGABRT while the cell was running'
}

@test "a service that ignores SIGTERM is killed with all that it started" {
	site "arguments = { \"stubborn\", \"kitchen-$$-stubborn\" }"
	asks cook ''
	run -0 --separate-stderr "$LIVEPOST" build
	run -1 pgrep -f "kitchen-$$-stubborn"
}

@test "a cell that hangs is stopped at its timeout, counts its own threads alone, and its hang is told" {
	site "arguments = { \"\", \"kitchen-$$-waits\" }"
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: waits
		//| service: api
		//| timeout: 100ms
		#include "talk.h"
		int main(void) { char one; return read(at_port(8080, 0), &one, 1); }
		```
	END
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'cell `waits`: stopped after 100 ms, its timeout, with one thread alive'
	run -1 pgrep -f "kitchen-$$-waits"
}

@test "two services, one of which asks the other; the same port twice is refused before anything runs" {
	site ''
	cat >pipeline.lua <<-'END'
		return { services = {
			api = { file = "api.c", port = 8080 },
			menu = { file = "menu.c", port = 8081 },
			other = { file = "api.c", port = 8080 },
		} }
	END
	cat >examples/menu.c <<-'END'
		#include "talk.h"
		int main(void)
		{
			int listener = at_port(8081, 1), client = accept(listener, NULL, NULL), api = at_port(8080, 0);
			char said[64] = {0};
			write(api, "menu", 4);
			write(client, said, read(api, said, sizeof said));
			pause();
		}
	END
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: both
		//| service: [api, menu]
		//| expect: output hello menu 1
		#include "talk.h"
		int main(void) { char said[64] = {0}; read(at_port(8081, 0), said, 63); puts(said); }
		```
	END
	run -0 --separate-stderr "$LIVEPOST" build
	sed -i 's/\[api, menu\]/[api, other]/' posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '7:20: `service`: `api` and `other` both want port 8080'
	sed -i 's/at_port(8080, 1)/at_port(8081, 1); at_port(8080, 1)/' examples/api.c
	sed -i 's/\[api, other\]/[api, menu]/' posts/2021-03-10-a.md
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'service `menu`: something listens at its port 8081 before it is started'
}

@test "a command with files, as a service: Python's own web server" {
	command -v python3 >/dev/null || skip "python3 is not installed"
	mkdir examples/menu
	echo soup >examples/menu/today.txt
	cat >pipeline.lua <<-'END'
		return { services = { web = { command = { "python3", "-m", "http.server", "--bind", "127.0.0.1", "8000" }, port = 8000,
			files = { "menu/today.txt" }, ready = "20s" } } }
	END
	make_post 2021-03-10-a.md <<-'END'
		```{c}
		//| label: reads
		//| service: web
		//| runs: 1
		//| warmup: false
		//| expect: { output: { contains: soup } }
		#include "talk.h"
		int main(void)
		{
			int s = at_port(8000, 0);
			char said[1024] = {0};
			dprintf(s, "GET /menu/today.txt HTTP/1.0\r\n\r\n");
			while (read(s, said, sizeof said - 1) > 0) fputs(said, stdout), memset(said, 0, sizeof said);
		}
		```
	END
	run -0 --separate-stderr "$LIVEPOST" build
}

@test "a service's source, its headers, arguments and port are in the cell's key" {
	site ''
	asks cook ''
	run -0 --separate-stderr "$LIVEPOST" build
	run -0 --separate-stderr "$LIVEPOST" build
	refute_regex "$stderr" compiling
	echo '/* changed */' >>examples/api.c
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" compiling
	site 'arguments = { "politely" }'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" compiling
	sed -i 's/#include "talk.h"/#include "more.h"/' examples/api.c
	echo '#include "talk.h"' >examples/more.h
	run -0 --separate-stderr "$LIVEPOST" build
	echo '/* changed */' >>examples/more.h
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" compiling
}

@test "a service is linked with its libs" {
	site ''
	asks cook ''
	sed -i 's/int requests = 0;/int requests = inflateInit_((z_streamp)argv, "0", argc) == Z_OK;/; 1i #include <zlib.h>' examples/api.c
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" '(^|[^/])examples/api\.c:[0-9:]*: service `api` does not compile: .*(undefined reference to|zlib\.h)'
	[[ "$stderr" == *zlib.h:* || "$stderr" == *'zlib.h: No'* ]] && skip "there is no zlib to link with"
	site 'libs = { "z" }'
	run -0 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" compiling
}

@test "a service that does not compile, or whose file is not there" {
	site ''
	asks cook ''
	echo 'int main(void) { return none; }' >examples/api.c
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'examples/api\.c:1:25: service `api` does not compile: '
	rm examples/api.c
	run -1 --separate-stderr "$LIVEPOST" build
	assert_regex "$stderr" 'pipeline\.lua:1:[0-9]+: service `api`: cannot read examples/api\.c'
}

@test "a sanitizer's run has its service, too" {
	site ''
	asks cook 'sanitize: address'
	run -0 --separate-stderr "$LIVEPOST" build
}

@test "wrong services are errors" {
	local fields message
	asks cook ''
	while IFS='|' read -r fields message; do
		echo "return { services = { $fields } }" >pipeline.lua
		run -1 --separate-stderr "$LIVEPOST" build
		assert_regex "$stderr" "$message"
		refute grep -qE 'traceback|: stage ' <<<"$stderr"
	done <<'END'
|posts/2021-03-10-a\.md:7:14: no service `api`: describe it in pipeline\.lua
apy = { file = "api.c", port = 1 }|no service `api`: did you mean `apy`\?
api = 3|^pipeline\.lua:1:29: setting `services\.api`: a table is expected, not a number
api = { port = 8080 }|^pipeline\.lua:1:23: setting `services\.api`: give it either a `command` or a `file`
api = { file = "../api.c", port = 8080 }|^pipeline\.lua:1:38: setting `services\.api\.file`: a C file below examples/ is expected
api = { file = "api.sh", port = 8080 }|^pipeline\.lua:1:38: setting `services\.api\.file`: a C file below examples/
api = { command = {}, port = 8080 }|^pipeline\.lua:1:41: setting `services\.api\.command`: a list of strings
api = { file = "api.c" }|^pipeline\.lua:1:29: setting `services\.api\.port`: the TCP port
api = { file = "api.c", port = 65536 }|^pipeline\.lua:1:54: setting `services\.api\.port`: the TCP port
api = { file = "api.c", port = 80, ready = 5 }|^pipeline\.lua:1:66: setting `services\.api\.ready`: a duration
api = { file = "api.c", port = 80, ready = "2m" }|^pipeline\.lua:1:66: setting `services\.api\.ready`: a duration
api = { file = "api.c", port = 80, arguments = "a" }|^pipeline\.lua:1:70: setting `services\.api\.arguments`: a list of strings
api = { file = "api.c", port = 80, environment = { "A=1" } }|^pipeline\.lua:1:72: setting `services\.api\.environment`: a table of NAME = string
api = { file = "api.c", port = 80, files = { "/etc/passwd" } }|^pipeline\.lua:1:68: setting `services\.api\.files`: `/etc/passwd` is no path below examples/
api = { file = "api.c", port = 80, libs = "m" }|^pipeline\.lua:1:65: setting `services\.api\.libs`: a list of libraries
api = { command = { "api" }, port = 80, libs = { "m" } }|^pipeline\.lua:1:70: setting `services\.api\.libs`: only a `file` is linked
api = { file = "api.c", prot = 80 }|^pipeline\.lua:1:47: unknown setting `services\.api\.prot`: did you mean `port`\?
["a b"] = { file = "api.c", port = 80 }|^pipeline\.lua:1:23: setting `services`: `a b` is no name
END
}

@test "of several services all that is wrong is told, and a cell's service is not called unknown for it" {
	asks cook ''
	echo 'return { services = { api = { file = "api.c", port = 0, ready = 1 }, tea = { prot = 80, command = {} }, ["a b"] = {} } }' >pipeline.lua
	run -1 --separate-stderr "$LIVEPOST" build
	assert_equal "$(without_source <<<"$stderr")" 'pipeline.lua:1:54: setting `services.api.port`: the TCP port it listens at is expected, from 1 to 65535
pipeline.lua:1:65: setting `services.api.ready`: a duration such as "5s" is expected, from 1ms to 60s
pipeline.lua:1:78: unknown setting `services.tea.prot`: did you mean `port`?
pipeline.lua:1:99: setting `services.tea.command`: a list of strings is expected, the program first
pipeline.lua:1:105: setting `services`: `a b` is no name for a service: letters, digits, _ and -
livepost: the site is as it was: nothing was published'
}
