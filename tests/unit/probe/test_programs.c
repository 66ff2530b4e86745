/* The probe on real programs: they behave as without it. */
#include "probe_case.h"

static void test_real_programs(void **state)
{
	(void)state;
	struct log log;
	check_same(SHELL("for i in 1 2 3; do echo $i | { read x; echo \"got $x\"; }; done; (exit 4); echo $?; ls / | sort | wc -l >/dev/null;"
	                 "sleep 0.01 & wait $!; echo done; kill -TERM $$"), NULL, &log);
	assert_true(count_kind(&log, PROBE_EXEC) >= 4);
	free_log(&log);
	check_same(SHELL("command -v python3 >/dev/null || exit 0; exec python3 -c '\n"
	                 "import threading, time, subprocess, os\n"
	                 "total = [0] * 4\n"
	                 "def work(n):\n"
	                 "    for i in range(30000): total[n] += i\n"
	                 "    time.sleep(0.005)\n"
	                 "threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n"
	                 "[t.start() for t in threads]\n"
	                 "[t.join() for t in threads]\n"
	                 "print(total, subprocess.run([\"echo\", \"hi\"], capture_output=True).stdout)\n"
	                 "pid = os.fork()\n"
	                 "if pid == 0: os._exit(3)\n"
	                 "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))'"), NULL, &log);
	assert_true(count_kind(&log, PROBE_COND) > 0);
	free_log(&log);
	check_same(SHELL("cd /tmp && d=$(mktemp -d) && cd $d && printf '#include <stdio.h>\\nint main(void) { puts(\"made\"); return 5; }\\n' >a.c"
	                 " && gcc -O1 -o a a.c && ./a; echo $?; printf 'int x = ;' >b.c; gcc -c b.c 2>&1 | grep -c error; rm -rf $d"), NULL, NULL);
	/* Linked statically: not observed, not harmed. */
	check_same(SHELL("cd /tmp && d=$(mktemp -d) && cd $d && printf '#include <stdio.h>\\nint main(void) { puts(\"static\"); return 5; }\\n' >a.c"
	                 " && gcc -static -o a a.c && ./a; echo $?; rm -rf $d"), NULL, NULL);
}

/* What each prints, with which code it ends; those that are not installed are left out. */
static void test_more_programs(void **state)
{
	(void)state;
	static const char *const scripts[] = {
		"python3 -c '\n"
		"import asyncio, queue, threading\n"
		"from concurrent.futures import ThreadPoolExecutor\n"
		"async def tick(n):\n"
		"    await asyncio.sleep(0.002); return n\n"
		"async def all():\n"
		"    r, w = await asyncio.open_connection(sock=b)\n"
		"    a.sendall(b\"over\\n\"); print(await r.readline()); w.close()\n"
		"    print(await asyncio.gather(*(tick(n) for n in range(4))))\n"
		"import socket; a, b = socket.socketpair(); b.setblocking(False)\n"
		"asyncio.run(all())\n"
		"q = queue.Queue(2); t = threading.Thread(target=lambda: [q.put(n) for n in range(9)]); t.start()\n"
		"print([q.get() for n in range(9)], list(ThreadPoolExecutor(3).map(lambda x: x * x, range(5))))\n"
		"raise SystemExit(3)'",
		"python3 -c '\n"
		"import multiprocessing as m\n"
		"def work(n): return n * n\n"
		"if __name__ == \"__main__\":\n"
		"    with m.get_context(\"fork\").Pool(2) as pool: print(pool.map(work, range(6)))\n"
		"    q = m.Queue(); p = m.Process(target=q.put, args=(4,)); p.start(); print(q.get()); p.join(); print(p.exitcode)'",
		"perl -e '$| = 1; pipe(my $r, my $w); if (!fork) { print $w \"from the child\\n\"; exit 3 } close $w; print <$r>;"
		" wait; print $? >> 8, \"\\n\"; print `echo by a shell`; kill TERM => $$; sleep 1'",
		"d=$(mktemp -d) && cd $d && printf 'all: a b\\na b:\\n\\t@sleep 0.01; echo made >$@\\nbad:\\n\\tfalse\\n' >Makefile && unset MAKEFLAGS MFLAGS MAKELEVEL && make -j2 &&"
		" cat a b; make bad 2>&1; echo $?; rm -rf $d",
		"seq 30000 | sort -R --random-source=/bin/sh | sort --parallel=2 -n | md5sum; seq 50000 | xz -T2 --block-size=65536 | xz -d | md5sum",
		"jq -c 'map(.a)' <<<'[{\"a\":1},{\"a\":2}]'; jq . <<<'{' 2>&1; echo $?",
		"d=$(mktemp -d) && cd $d && git init -q . && git -c user.name=n -c user.email=e commit -q --allow-empty -m first &&"
		" git log --format=%s; git gc -q; git status --short; rm -rf $d",
		"sqlite3 :memory: 'create table t(a); insert into t values (1), (2); select sum(a) from t;'",
		"exec node -e 'setTimeout(() => console.log(1 + 1), 2); require(\"fs\").readFile(\"/etc/hostname\", () => process.exitCode = 4)'",
	};
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		char name[16], command[4096];
		snprintf(command, sizeof command, "%s", scripts[i]);
		sscanf(strncmp(command, "exec ", 5) ? command : command + 5, "%15s", name);
		if (!strncmp(name, "d=", 2))
			snprintf(name, sizeof name, "%s", strstr(command, "git") ? "git" : "make");
		char look[64];
		snprintf(look, sizeof look, "command -v %s >/dev/null", strcmp(name, "seq") ? name : "xz");
		if (system(look)) {
			print_message("there is no %s here\n", name);
			continue;
		}
		check_same(SHELL(command), "PATH=/usr/bin:/bin", NULL);
	}
}

static size_t count_named(const struct log *log, const char *name)
{
	size_t count = 0;
	for (size_t i = 0; i < log->count; i++)
		count += log->seen[i].record->kind == PROBE_NAME && !strcmp(text_of(log, i), name);
	return count;
}

/* Lanes are called as Python calls its threads; without the log's sight nothing about the program changes. */
static void test_python_names(void **state)
{
	(void)state;
	if (system("/usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null")) {
		print_message("there is no python3 here\n");
		return;
	}
	struct log log;
	check_same(SHELL("exec /usr/bin/python3 -c '\n"
	                 "import threading, sys\n"
	                 "from concurrent.futures import ThreadPoolExecutor\n"
	                 "lock = threading.Lock()\n"
	                 "def f():\n"
	                 "    with lock: pass\n"
	                 "def g():\n"
	                 "    threading.current_thread().name = \"after\"; sum(range(9999)); f()\n"
	                 "class Odd(threading.Thread):\n"
	                 "    asked = 0\n"
	                 "    def __getattribute__(self, name):\n"
	                 "        Odd.asked += 1; return super().__getattribute__(name)\n"
	                 "    def run(self):\n"
	                 "        try: raise ValueError\n"
	                 "        except ValueError: f()\n"
	                 "threads = [threading.Thread(target=f, name=\"chicken\"), threading.Thread(target=f),\n"
	                 "           threading.Thread(target=g, name=\"before\"), Odd(name=\"\\u00fc\" * 80)]\n"
	                 "for t in threads: t.start()\n"
	                 "for t in threads: t.join()\n"
	                 "with ThreadPoolExecutor(1, \"pool\") as pool: pool.submit(f).result()\n"
	                 "print(Odd.asked, [t.name for t in threading.enumerate()], len(threading._limbo), sys.getrefcount(threads[3]))'"), NULL, &log);
	assert_int_equal(count_named(&log, "chicken"), 1);
	assert_int_equal(count_named(&log, "Thread-1 (f)"), 1);
	assert_int_equal(count_named(&log, "before"), 1);
	assert_int_equal(count_named(&log, "after"), 1);
	assert_int_equal(count_named(&log, "pool_0"), 1);
	assert_int_equal(count_named(&log, "MainThread"), 0);
	/* Cut at a whole character. */
	char cut[121] = "";
	for (int i = 0; i < 60; i++)
		strcat(cut, "\u00fc");
	assert_int_equal(count_named(&log, cut), 1);
	assert_int_equal(count_kind(&log, PROBE_NAME), 6);
	free_log(&log);
}

static void test_sanitizers(void **state)
{
	(void)state;
	static const char *const names[] = { "address", "thread", "undefined" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char command[PATH + 1024];
		snprintf(command, sizeof command,
		         "cd %s && printf '#include <pthread.h>\\n#include <stdio.h>\\n#include <stdlib.h>\\n"
		         "static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; static int n;\\n"
		         "static void *run(void *p) { for (int i = 0; i < 1000; i++) { pthread_mutex_lock(&m); n++; pthread_mutex_unlock(&m); } return p; }\\n"
		         "int main(void) { pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, run, malloc(3));\\n"
		         "for (int i = 0; i < 4; i++) { void *p; pthread_join(t[i], &p); free(p); } printf(\"%%%%d\\\\n\", n); return 0; }\\n' >san.c"
		         " && gcc -g -fsanitize=%s -pthread -o san-%s san.c 2>/dev/null", folder, names[i], names[i]);
		if (system(command)) {
			print_message("gcc has no -fsanitize=%s here\n", names[i]);
			continue;
		}
		snprintf(command, sizeof command, "%s/san-%s", folder, names[i]);
		struct log log;
		check_same((const char *const[]){ command, NULL }, NULL, &log);
		assert_int_equal(log.traced.status, 0);
		assert_int_equal(count_kind(&log, PROBE_THREAD_START), names[i][0] == 't' ? count_kind(&log, PROBE_THREAD_START) : 5);
		free_log(&log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_programs),
		cmocka_unit_test(test_more_programs),
		cmocka_unit_test(test_python_names),
		cmocka_unit_test(test_sanitizers),
	};
	return run_probe_tests(tests, sizeof tests / sizeof *tests);
}
