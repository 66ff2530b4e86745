# `livepost run --trace`: timelines as trace events, which Perfetto opens. The rules of the format are in
# tests/support/trace_rules.jq, which is itself tried on what breaks them.

load support/livepost

TRACED=$PROJECT/tests/fixtures/traced

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# sound FILE: nothing in it is against the rules.
sound() {
	run jq -r -f "$PROJECT/tests/support/trace_rules.jq" "$1"
	assert_success
	assert_output ''
	# Bytes that are not UTF-8 would have been replaced by jq without a word.
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null
}

# Two threads that hand a lock to each other, spans that begin in the middle of a slice, and marks.
make_kitchen() {
	cat >kitchen.c <<-'END'
		#define _GNU_SOURCE 1
		#include <livepost.h>
		#include <pthread.h>
		#include <unistd.h>
		static pthread_mutex_t oven = PTHREAD_MUTEX_INITIALIZER;
		static pthread_rwlock_t book = PTHREAD_RWLOCK_INITIALIZER;
		static pthread_barrier_t ready;
		static void *cook(void *name)
		{
			lane_name(name);
			pthread_barrier_wait(&ready);
			span("dinner") {
				for (int i = 0; i < 3; i++) {
					span("bake") {
						pthread_rwlock_rdlock(&book);
						pthread_mutex_lock(&oven);
						usleep(500);
						pthread_mutex_unlock(&oven);
						pthread_rwlock_unlock(&book);
					}
					mark("served");
				}
			}
			return NULL;
		}
		int main(void)
		{
			pthread_t threads[2];
			pthread_barrier_init(&ready, NULL, 2);
			pthread_create(&threads[0], NULL, cook, "alice");
			pthread_create(&threads[1], NULL, cook, "b\"ob\\\n");
			pthread_join(threads[0], NULL);
			pthread_join(threads[1], NULL);
			return 0;
		}
	END
}

@test "the rules find what is against them" {
	local good='{"displayTimeUnit":"ns","otherData":{},"traceEvents":[
		{"ph":"M","name":"process_name","pid":1,"tid":0,"ts":0,"args":{"name":"p"}},
		{"ph":"M","name":"thread_name","pid":1,"tid":1,"ts":0,"args":{"name":"t"}},
		{"ph":"X","name":"a","cat":"c","pid":1,"tid":1,"ts":0,"dur":10},
		{"ph":"X","name":"b","cat":"c","pid":1,"tid":1,"ts":2,"dur":8},
		{"ph":"s","name":"n","cat":"c","id":1,"pid":1,"tid":1,"ts":3},
		{"ph":"i","name":"n","cat":"c","s":"t","pid":1,"tid":1,"ts":3},
		{"ph":"X","name":"c","cat":"c","pid":1,"tid":1,"ts":10,"dur":1.001},
		{"ph":"f","name":"n","cat":"c","id":1,"bp":"e","pid":1,"tid":1,"ts":10.5}]}'
	jq . <<<"$good" >good.json
	sound good.json
	local change
	for change in '.traceEvents[2].ph = "Q"' 'del(.traceEvents[2].dur)' '.traceEvents[3].dur = 9' '.traceEvents[2].dur = -1' \
		'del(.traceEvents[4])' 'del(.traceEvents[7])' '.traceEvents[7].id = 2' '.traceEvents[7].name = "m"' \
		'.traceEvents[7].ts = 11.001' '.traceEvents[4].ts = 10.7' '.traceEvents[2].ts = 0.0001' 'del(.traceEvents[7].bp)' \
		'.traceEvents |= reverse' '.traceEvents[6].tid = 2' '.traceEvents[6].pid = 2' 'del(.traceEvents[1].args)' \
		'del(.traceEvents[5].s)' 'del(.traceEvents)' 'del(.otherData)' '.traceEvents[5].name = ""' '.traceEvents += [.traceEvents[1]]'; do
		jq "$change" good.json >bad.json
		run jq -r -f "$PROJECT/tests/support/trace_rules.jq" bad.json
		[ -n "$output" ] || fail "not found: $change"
	done
}

@test "a trace keeps the rules of the format, on every method" {
	make_kitchen
	local method
	for method in switch-records schedstat getrusage probe none; do
		LIVEPOST_METHOD=$method run "$LIVEPOST" run --trace "$method.json" kitchen.c
		assert_success
		sound "$method.json"
		assert_equal "$(jq -r .otherData.label "$method.json")" kitchen
	done
	# Without a timeline there is one slice, and the reason.
	assert_equal "$(jq -c '[.traceEvents[] | select(.ph == "X") | [.name, .args.why]]' none.json)" \
		'[["no timeline","LIVEPOST_METHOD is none"]]'
}

@test "traces of processes, pipes, readers, a pool and many threads keep the rules" {
	local name
	for name in children pipe readers_writer thread_pool many_threads epoll; do
		run "$LIVEPOST" run --trace "$name.json" "$TRACED/$name.c"
		assert_success
		sound "$name.json"
	done
	# Readers hold a lock at the same time: on tracks of their own.
	assert_equal "$(jq '[.traceEvents[] | select(.name == "thread_name" and (.args.name | test("rwlock")))] | length > 1' readers_writer.json)" true
}

@test "a trace says what the JSON says" {
	make_kitchen
	run "$LIVEPOST" run --json --trace trace.json kitchen.c
	assert_success
	printf '%s' "$output" >run.json
	sound trace.json
	# Every slice, to the nanosecond, under its lane's id, by its state; named by what it waits for.
	jq -c '[.lanes[] | .id as $id | .slices[] | [$id, .start_ns, .end_ns - .start_ns, .state, .what // .state]] | sort' run.json >expected
	jq -c '(.traceEvents | map(select(.name == "thread_name" and .pid < 8388608 and .tid < 8388608) | .tid)) as $lanes |
		[.traceEvents[] | select(.ph == "X" and (.tid | IN($lanes[]))) |
		[.tid, (.ts * 1000 | round), (.dur * 1000 | round), .cat, .name]] | sort' trace.json >given
	cmp expected given
	# Spans, marks, flows, holds and the path, all of them.
	jq -c '[([.lanes[].spans[] | [.start_ns, .name]] | sort), ([.lanes[].marks[] | [.ns, .name]] | sort),
		([.flows[] | .kind] | sort), ([.resources[].holds[] | .start_ns] | sort), [.path[].start_ns]]' run.json >expected
	jq -c 'def at: .ts * 1000 | round; def all($cat): [.traceEvents[] | select(.cat == $cat)];
		[([all("span")[] | [at, .name]] | sort), ([all("mark")[] | [at, .name]] | sort),
		([.traceEvents[] | select(.ph == "s") | .name | split(":")[0]] | sort),
		([all("hold")[] | at] | sort), [all("critical-path")[] | at]]' trace.json >given
	cmp expected given
	run jq -c 'map(length > 0)' given
	assert_output '[true,true,true,true,true]'
	assert_equal "$(jq -c '.otherData | [.method, .lost, .flows_left_out]' trace.json)" '["switch-records",0,0]'
}

@test "a trace of a program that hung is whole" {
	cat >hang.c <<-'END'
		#include <pthread.h>
		static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
		int main(void)
		{
			pthread_mutex_lock(&lock);
			pthread_mutex_lock(&lock);
		}
	END
	run "$LIVEPOST" run --timeout 100ms --trace trace.json hang.c
	assert_success
	assert_line '  deadlock: main waits for `lock`, held by itself (hang.c:6)'
	sound trace.json
	assert_equal "$(jq -r '[.traceEvents[] | select(.cat == "waiting-lock") | .args | [.what, .owner, .where]] | .[-1] | @csv' trace.json)" \
		'"lock","main","hang.c:6"'
	assert_equal "$(jq -c .otherData.exit trace.json)" '{"ending":"timeout"}'
}

@test "a trace that cannot be written is an error" {
	echo 'int main(void) { return 0; }' >nothing.c
	mkdir folder
	run --separate-stderr "$LIVEPOST" run --trace folder nothing.c
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" 'livepost: cannot write folder: a folder stands in its place'
}
