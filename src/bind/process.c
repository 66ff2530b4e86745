/* livepost.process: programs run in the sandbox, and recorded on request. */
#include "bind/state.h"

#include "base/memory.h"
#include "bind/table.h"
#include "bind/trace.h"
#include "measure/recorder.h"
#include "system/child.h"
#include "system/interrupt.h"

#include <lauxlib.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char RECORDER[] = "livepost.recorder";

/* <livepost.h>, put into the binary by the Makefile. */
extern const char livepost_header[];
extern const uint64_t livepost_header_size;

static int push_failure(lua_State *L, const struct error *err)
{
	lua_pushnil(L);
	lua_pushstring(L, err->text);
	return 2;
}

/* Plans and results while they are in C's hands; freed when Lua throws. The strings of a plan belong to Lua: the
   table they came from stays on the stack. */
struct batch {
	size_t count;
	struct child_plan *plans;
	struct child_result *results; /* NULL until they ran */
};

static int free_batch(lua_State *L)
{
	struct batch *batch = lua_touserdata(L, 1);
	for (size_t i = 0; i < batch->count; i++) {
		free((void *)batch->plans[i].argv);
		free((void *)batch->plans[i].environment);
		free((void *)batch->plans[i].outputs);
		free((void *)batch->plans[i].files);
		for (size_t j = 0; j < batch->plans[i].folder_count; j++)
			shown_free((struct shown_folder *)&batch->plans[i].folders[j]);
		free((void *)batch->plans[i].folders);
		for (size_t j = 0; j < batch->plans[i].service_count; j++) {
			free((void *)batch->plans[i].services[j].argv);
			free((void *)batch->plans[i].services[j].environment);
		}
		free((void *)batch->plans[i].services);
		if (batch->results)
			child_result_free(&batch->results[i]);
	}
	free(batch->plans);
	free(batch->results);
	*batch = (struct batch){0};
	return 0;
}

static struct batch *push_batch(lua_State *L)
{
	struct batch *batch = lua_newuserdatauv(L, sizeof *batch, 0);
	*batch = (struct batch){0};
	if (luaL_newmetatable(L, "livepost.process.batch")) {
		lua_pushcfunction(L, free_batch);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, free_batch);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	lua_toclose(L, -1);
	return batch;
}

/* The field of the table on top: an array of strings, as a NULL-terminated array; NULL when the field is absent. */
static const char **read_words(lua_State *L, const char *field)
{
	int type = lua_getfield(L, -1, field);
	if (type == LUA_TNIL) {
		lua_pop(L, 1);
		return NULL;
	}
	if (type != LUA_TTABLE)
		luaL_error(L, "process: %s: array of strings expected", field);
	lua_Integer count = luaL_len(L, -1);
	for (lua_Integer i = 1; i <= count; i++) {
		if (lua_geti(L, -1, i) != LUA_TSTRING)
			luaL_error(L, "process: %s[%d]: string expected", field, (int)i);
		lua_pop(L, 1);
	}
	const char **words = memory_zero((size_t)count + 1, sizeof *words);
	for (lua_Integer i = 1; i <= count; i++) {
		lua_geti(L, -1, i);
		words[i - 1] = lua_tostring(L, -1); /* held by the table */
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	return words;
}

static const char *read_text(lua_State *L, const char *field, size_t *size)
{
	const char *text = NULL;
	if (lua_getfield(L, -1, field) != LUA_TNIL) {
		if (lua_type(L, -1) != LUA_TSTRING)
			luaL_error(L, "process: %s: string expected", field);
		text = lua_tolstring(L, -1, size);
	}
	lua_pop(L, 1);
	return text;
}

static uint64_t read_number(lua_State *L, const char *field)
{
	int good = 0;
	lua_getfield(L, -1, field);
	lua_Integer number = lua_tointegerx(L, -1, &good);
	if (!good || number < 0)
		luaL_error(L, "process: %s: a number from 0 expected", field);
	lua_pop(L, 1);
	return (uint64_t)number;
}

static void read_files(lua_State *L, struct child_plan *plan)
{
	if (lua_getfield(L, -1, "files") != LUA_TTABLE) {
		lua_pop(L, 1);
		return;
	}
	size_t count = (size_t)luaL_len(L, -1);
	struct child_file *files = memory_zero(count, sizeof *files);
	plan->files = files; /* freed with the batch, also when what follows throws */
	for (size_t i = 0; i < count; i++) {
		if (lua_geti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
			luaL_error(L, "process: files[%d]: table expected", (int)i + 1);
		files[i].path = read_text(L, "path", NULL);
		files[i].data = read_text(L, "bytes", &files[i].size);
		if (!files[i].path || files[i].path[0] != '/' || !files[i].data)
			luaL_error(L, "process: files[%d]: { path = absolute path, bytes = … } expected", (int)i + 1);
		lua_getfield(L, -1, "program");
		files[i].mode = lua_toboolean(L, -1) ? 0555 : 0444;
		lua_pop(L, 2);
	}
	plan->file_count = count;
	lua_pop(L, 1);
}

/* Folders are looked through for each run: what is covered must be what is there now. */
static bool read_folders(lua_State *L, struct child_plan *plan, struct error *err)
{
	bool ok = true;
	if (lua_getfield(L, -1, "folders") == LUA_TTABLE) {
		size_t count = (size_t)luaL_len(L, -1);
		if (count > SHOWN_FOLDERS)
			luaL_error(L, "process: folders: at most %d expected", SHOWN_FOLDERS);
		struct shown_folder *folders = memory_zero(count, sizeof *folders);
		plan->folders = folders; /* freed with the batch, also when what follows throws */
		for (size_t i = 0; ok && i < count; i++) {
			if (lua_geti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
				luaL_error(L, "process: folders[%d]: absolute path expected", (int)i + 1);
			struct error why = {0};
			plan->folder_count = i + 1;
			if (!shown_look(lua_tostring(L, -1), &folders[i], &why))
				ok = error_set(err, "sandbox: cannot show %s: %s", lua_tostring(L, -1), why.text);
			lua_pop(L, 1);
		}
	}
	lua_pop(L, 1);
	return ok;
}

static bool read_flag(lua_State *L, const char *field)
{
	lua_getfield(L, -1, field);
	bool flag = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return flag;
}

static void read_services(lua_State *L, struct child_plan *plan)
{
	if (lua_getfield(L, -1, "services") == LUA_TTABLE) {
		size_t count = (size_t)luaL_len(L, -1);
		if (count > CHILD_SERVICES)
			luaL_error(L, "process: services: at most %d expected", CHILD_SERVICES);
		struct child_service *services = memory_zero(count, sizeof *services);
		plan->services = services; /* freed with the batch, also when what follows throws */
		for (size_t i = 0; i < count; i++) {
			if (lua_geti(L, -1, (lua_Integer)i + 1) != LUA_TTABLE)
				luaL_error(L, "process: services[%d]: table expected", (int)i + 1);
			plan->service_count = i + 1;
			services[i].argv = read_words(L, "argv");
			services[i].environment = read_words(L, "environment");
			services[i].directory = read_text(L, "directory", NULL);
			services[i].port = (unsigned)read_number(L, "port");
			services[i].ready_ns = read_number(L, "ready_ns");
			if (!services[i].argv || !services[i].argv[0] || !services[i].port || services[i].port > 65535)
				luaL_error(L, "process: services[%d]: a program and a port from 1 to 65535 expected", (int)i + 1);
			lua_pop(L, 1);
		}
	}
	lua_pop(L, 1);
}

/* The plan in the table on top of the stack. */
static bool read_plan(lua_State *L, struct child_plan *plan, struct error *err)
{
	if (lua_type(L, -1) != LUA_TTABLE)
		luaL_error(L, "process: a plan is a table");
	plan->argv = read_words(L, "argv");
	if (!plan->argv || !plan->argv[0])
		luaL_error(L, "process: argv: a program expected");
	plan->environment = read_words(L, "environment");
	plan->outputs = read_words(L, "outputs");
	plan->directory = read_text(L, "directory", NULL);
	plan->input = read_text(L, "input", &plan->input_size);
	plan->input_is_ours = read_flag(L, "input_is_ours");
	plan->outputs_always = read_flag(L, "outputs_always");
	plan->fixed_addresses = read_flag(L, "fixed_addresses");
	read_files(L, plan);
	read_services(L, plan);
	if (lua_getfield(L, -1, "limits") != LUA_TTABLE)
		luaL_error(L, "process: limits: table expected");
	plan->limits = (struct child_limits){
		.wall_ns = read_number(L, "wall_ns"),
		.output_bytes = (size_t)read_number(L, "output_bytes"),
		.processes = (unsigned)read_number(L, "processes"),
		.memory_bytes = read_number(L, "memory_bytes"),
		.scratch_bytes = read_number(L, "scratch_bytes"),
	};
	if (lua_getfield(L, -1, "resident_bytes") != LUA_TNIL) {
		lua_pop(L, 1);
		plan->limits.resident_bytes = read_number(L, "resident_bytes");
	} else {
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	return read_folders(L, plan, err);
}

static uint64_t time_ns(struct timeval time)
{
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

static void push_signal(lua_State *L, int signal)
{
	const char *name = sigabbrev_np(signal);
	if (name)
		lua_pushstring(L, name);
	else
		lua_pushfstring(L, "%d", signal);
	lua_setfield(L, -2, "signal");
}

/* What was wrong with a service: { service = its number, fault, code or signal, log }. */
static void push_fault(lua_State *L, const struct child_result *result)
{
	static const char *const faults[] = {
		[CHILD_PORT_TAKEN] = "taken", [CHILD_NOT_READY] = "not-ready", [CHILD_ENDED_EARLY] = "ended-early",
		[CHILD_ENDED_AMID] = "ended", [CHILD_LOG_FLOODED] = "flood",
	};
	lua_createtable(L, 0, 4);
	table_set_integer(L, "service", result->service + 1);
	table_set_string(L, "fault", faults[result->fault]);
	if (result->fault == CHILD_ENDED_EARLY || result->fault == CHILD_ENDED_AMID) {
		if (WIFSIGNALED(result->service_status))
			push_signal(L, WTERMSIG(result->service_status));
		else
			table_set_integer(L, "code", (uint64_t)WEXITSTATUS(result->service_status));
	}
	const struct buffer *log = &result->logs[result->service];
	lua_pushlstring(L, log->data, log->size);
	lua_setfield(L, -2, "log");
	lua_setfield(L, -2, "unserved");
}

static void push_result(lua_State *L, const struct child_result *result)
{
	static const char *const endings[] = {
		[CHILD_EXITED] = "exit", [CHILD_SIGNALED] = "signal", [CHILD_TIMED_OUT] = "timeout", [CHILD_FLOODED] = "flood",
		[CHILD_UNSERVED] = "service",
	};
	lua_createtable(L, 0, 16);
	table_set_string(L, "ending", endings[result->end]);
	if (result->end == CHILD_EXITED)
		table_set_integer(L, "code", (uint64_t)result->code);
	if (result->end == CHILD_SIGNALED) {
		push_signal(L, result->signal);
		table_set_string(L, "signal_text", strsignal(result->signal));
	}
	if (result->end == CHILD_UNSERVED)
		push_fault(L, result);
	table_set_integer(L, "wall_ns", result->end_ns - result->start_ns);
	if (result->over_resident) {
		lua_pushboolean(L, true);
		lua_setfield(L, -2, "over_resident");
	}
	if (result->usage_known) {
		table_set_integer(L, "user_ns", time_ns(result->usage.ru_utime));
		table_set_integer(L, "system_ns", time_ns(result->usage.ru_stime));
		table_set_integer(L, "voluntary", (uint64_t)result->usage.ru_nvcsw);
		table_set_integer(L, "involuntary", (uint64_t)result->usage.ru_nivcsw);
		table_set_integer(L, "max_rss_bytes", (uint64_t)result->usage.ru_maxrss * 1024);
	}
	table_set_integer(L, "tasks", result->tasks_at_end);
	lua_pushlstring(L, result->out.data, result->out.size);
	lua_setfield(L, -2, "out");
	lua_pushlstring(L, result->err.data, result->err.size);
	lua_setfield(L, -2, "err");
	lua_createtable(L, (int)result->output_count, 0);
	for (size_t i = 0; i < result->output_count; i++) {
		lua_pushlstring(L, result->outputs[i].data ? result->outputs[i].data : "", result->outputs[i].size);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "outputs");
}

/* run_all(plans, jobs) → array of results, or nil and a message when a sandbox could not be made.
   plan: { argv, environment, directory, files = { { path, bytes, program }, … }, folders = { path, … }, outputs, input,
           input_is_ours, outputs_always, fixed_addresses,
           services = { { argv, environment, directory, port, ready_ns }, … },
           limits = { wall_ns, output_bytes, processes, memory_bytes, resident_bytes or nil, scratch_bytes } }
   result: { ending = "exit" | "signal" | "timeout" | "flood" | "service", unserved = what push_fault says, code, signal, signal_text, wall_ns, user_ns, system_ns,
             voluntary, involuntary, max_rss_bytes, over_resident, tasks, out, err, outputs }; from user_ns to max_rss_bytes nil where
             the sandbox had to be killed before it could tell */
static int run_all(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_Integer jobs = luaL_checkinteger(L, 2);
	luaL_argcheck(L, jobs >= 1 && jobs <= 1024, 2, "1 to 1024 expected");
	lua_settop(L, 1);
	struct batch *batch = push_batch(L);
	size_t count = (size_t)luaL_len(L, 1);
	batch->plans = memory_zero(count, sizeof *batch->plans);
	batch->count = count;
	struct error err = {0};
	for (size_t i = 0; i < count; i++) {
		lua_geti(L, 1, (lua_Integer)i + 1);
		if (!read_plan(L, &batch->plans[i], &err))
			return push_failure(L, &err);
		lua_pop(L, 1);
	}
	struct child_result *results = memory_zero(count, sizeof *results);
	bool ok = child_run_all(batch->plans, count, (unsigned)jobs, results, &err);
	batch->results = results;
	if (!ok)
		return push_failure(L, &err);
	lua_createtable(L, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		push_result(L, &results[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int free_recorder(lua_State *L)
{
	struct recorder **recorder = luaL_checkudata(L, 1, RECORDER);
	recorder_free(*recorder);
	*recorder = NULL;
	return 0;
}

/* recorder(method) → a recorder ("auto", "switch-records", "schedstat"…), or nil and why there is none. */
static int new_recorder(lua_State *L)
{
	const char *method = luaL_checkstring(L, 1);
	struct recorder **recorder = lua_newuserdatauv(L, sizeof(struct recorder *), 0);
	*recorder = NULL;
	luaL_setmetatable(L, RECORDER);
	struct error err = {0};
	*recorder = recorder_new(method, &err);
	return *recorder ? 1 : push_failure(L, &err);
}

/* recorder:method() → the rung it settled on: "switch-records", "schedstat"… */
static int method_of_recorder(lua_State *L)
{
	struct recorder **recorder = luaL_checkudata(L, 1, RECORDER);
	luaL_argcheck(L, *recorder, 1, "a recorder that was not collected expected");
	lua_pushstring(L, trace_method_name(recorder_method(*recorder)));
	return 1;
}

/* run(plan, recorder [, { sample }]) → result with `trace`, nil where a service failed; else as run_all. sample = true: the trace tells, too, where in
   the code the time on CPUs went, and the run takes longer. */
static int run(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	struct recorder **recorder = luaL_checkudata(L, 2, RECORDER);
	bool sampled = false;
	if (!lua_isnoneornil(L, 3)) {
		luaL_checktype(L, 3, LUA_TTABLE);
		lua_getfield(L, 3, "sample");
		sampled = lua_toboolean(L, -1);
	}
	lua_settop(L, 2);
	struct trace *trace = trace_push(L);
	struct batch *batch = push_batch(L);
	batch->plans = memory_zero(1, sizeof *batch->plans);
	batch->count = 1;
	struct error err = {0};
	lua_pushvalue(L, 1);
	if (!read_plan(L, batch->plans, &err))
		return push_failure(L, &err);
	lua_pop(L, 1);
	recorder_sample(*recorder, sampled);
	batch->plans->observer = recorder_observer(*recorder);
	struct child_result *result = memory_zero(1, sizeof *result);
	bool ok = child_run(batch->plans, result, &err);
	batch->results = result;
	bool unserved = ok && result->end == CHILD_UNSERVED; /* it may never have started */
	ok = ok && (unserved || recorder_finish(*recorder, result, trace, &err));
	if (!ok)
		return push_failure(L, &err);
	push_result(L, result);
	if (!unserved) {
		lua_pushvalue(L, 3);
		lua_setfield(L, -2, "trace");
	}
	return 1;
}

/* cores() → how many this process may use. */
static int cores(lua_State *L)
{
	cpu_set_t set;
	lua_pushinteger(L, sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set));
	return 1;
}

/* interrupted() → whether a signal asked us to end. */
static int interrupted(lua_State *L)
{
	lua_pushboolean(L, interrupt_signal() != 0);
	return 1;
}

/* Beside the functions: header, the text of <livepost.h>. */
int luaopen_livepost_process(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "cores", cores }, { "interrupted", interrupted }, { "recorder", new_recorder }, { "run", run },
		{ "run_all", run_all }, { NULL, NULL },
	};
	if (luaL_newmetatable(L, RECORDER)) {
		lua_pushcfunction(L, free_recorder);
		lua_setfield(L, -2, "__gc");
		lua_newtable(L);
		lua_pushcfunction(L, method_of_recorder);
		lua_setfield(L, -2, "method");
		lua_setfield(L, -2, "__index");
	}
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	lua_pushlstring(L, livepost_header, (size_t)livepost_header_size);
	lua_setfield(L, -2, "header");
	return 1;
}
