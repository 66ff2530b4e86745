/* livepost.measure: what a trace says, what repeated runs come to, and on what machine. */
#include "bind/state.h"

#include "bind/table.h"
#include "bind/timeline.h"
#include "bind/trace.h"
#include "measure/machine.h"
#include "measure/sample.h"

#include <lauxlib.h>
#include <stdbool.h>

static const char TRACE[] = "livepost.trace";

static int free_trace(lua_State *L)
{
	trace_free(luaL_checkudata(L, 1, TRACE));
	return 0;
}

struct trace *trace_push(lua_State *L)
{
	struct trace *trace = lua_newuserdatauv(L, sizeof *trace, 0);
	*trace = (struct trace){0};
	if (luaL_newmetatable(L, TRACE)) {
		lua_pushcfunction(L, free_trace);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	return trace;
}

struct trace *trace_check(lua_State *L, int index)
{
	return luaL_checkudata(L, index, TRACE);
}

/* method(trace) → the rung that was tried ("switch-records", "schedstat"…), and for all but the first why. */
static int method(lua_State *L)
{
	const struct trace *trace = trace_check(L, 1);
	lua_pushstring(L, trace_method_name(trace->method));
	if (trace->method == TRACE_SWITCH_RECORDS)
		return 1;
	lua_pushstring(L, trace->why);
	return 2;
}

/* summary{ ns, … } → { n, median_ns, min_ns, max_ns, q1_ns, q3_ns }, and which of them is nearest the median, from 1. */
static int summary(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_Integer n = luaL_len(L, 1);
	luaL_argcheck(L, n >= 1, 1, "at least one time expected");
	luaL_argcheck(L, n <= 1 << 24, 1, "too many times");
	uint64_t *times = lua_newuserdatauv(L, (size_t)n * sizeof *times, 0);
	for (lua_Integer i = 1; i <= n; i++) {
		int good = 0;
		bool number = lua_geti(L, 1, i) == LUA_TNUMBER;
		lua_Integer time = lua_tointegerx(L, -1, &good);
		luaL_argcheck(L, number && good && time >= 0, 1, "whole nanoseconds from 0 expected");
		times[i - 1] = (uint64_t)time;
		lua_pop(L, 1);
	}
	struct sample sample = sample_summarise(times, (size_t)n);
	lua_createtable(L, 0, 6);
	table_set_integer(L, "n", sample.n);
	table_set_integer(L, "median_ns", sample.median_ns);
	table_set_integer(L, "min_ns", sample.min_ns);
	table_set_integer(L, "max_ns", sample.max_ns);
	table_set_integer(L, "q1_ns", sample.q1_ns);
	table_set_integer(L, "q3_ns", sample.q3_ns);
	lua_pushinteger(L, (lua_Integer)sample.median_run + 1);
	return 2;
}

/* machine() → { cpu, cores, kernel, memory_bytes, hypervisor (nil on bare metal) } */
static int machine(lua_State *L)
{
	struct machine here = {0};
	machine_read(&here);
	lua_createtable(L, 0, 5);
	table_set_string(L, "cpu", here.cpu);
	table_set_integer(L, "cores", (uint64_t)here.cores);
	table_set_string(L, "kernel", here.kernel);
	table_set_integer(L, "memory_bytes", here.memory_bytes);
	table_set_string(L, "hypervisor", *here.hypervisor ? here.hypervisor : NULL);
	return 1;
}

int luaopen_livepost_measure(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "machine", machine }, { "method", method }, { "summary", summary },
		{ "timeline", timeline_of_trace }, { NULL, NULL },
	};
	luaL_newlib(L, functions);
	return 1;
}
