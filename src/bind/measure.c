/* livepost.measure: what a trace says, what repeated runs come to, and on what machine. */
#include "bind/state.h"

#include "bind/trace.h"
#include "measure/machine.h"
#include "measure/sample.h"
#include "measure/timeline.h"

#include <lauxlib.h>
#include <limits.h>
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

/* A timeline in C's hands while the table is made of it; freed when Lua throws. */
static int free_timeline(lua_State *L)
{
	timeline_free(lua_touserdata(L, 1));
	return 0;
}

static struct timeline *push_timeline(lua_State *L)
{
	struct timeline *timeline = lua_newuserdatauv(L, sizeof *timeline, 0);
	*timeline = (struct timeline){0};
	if (luaL_newmetatable(L, "livepost.measure.timeline")) {
		lua_pushcfunction(L, free_timeline);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, free_timeline);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	lua_toclose(L, -1);
	return timeline;
}

static void set_integer(lua_State *L, const char *field, uint64_t value)
{
	lua_pushinteger(L, (lua_Integer)value);
	lua_setfield(L, -2, field);
}

static void set_string(lua_State *L, const char *field, const char *value)
{
	lua_pushstring(L, value);
	lua_setfield(L, -2, field);
}

static int array_size(size_t count)
{
	return count > INT_MAX ? INT_MAX : (int)count;
}

static void push_lane(lua_State *L, const struct lane *lane)
{
	lua_createtable(L, 0, 7);
	set_string(L, "name", lane->name);
	set_integer(L, "pid", lane->pid);
	set_integer(L, "tid", lane->tid);
	set_integer(L, "start_ns", lane->start_ns);
	set_integer(L, "end_ns", lane->end_ns);
	set_integer(L, "cpu_ns", lane->cpu_ns);
	lua_createtable(L, array_size(lane->slice_count), 0);
	for (size_t i = 0; i < lane->slice_count; i++) {
		const struct slice *slice = &lane->slices[i];
		lua_createtable(L, 0, slice->state == LANE_RUNNING ? 4 : 3);
		set_integer(L, "start_ns", slice->start_ns);
		set_integer(L, "end_ns", slice->end_ns);
		set_string(L, "state", lane_state_name(slice->state));
		if (slice->state == LANE_RUNNING)
			set_integer(L, "cpu", (uint64_t)slice->cpu);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "slices");
}

static void set_flow_end(lua_State *L, const char *field, uint32_t tid, uint64_t ns)
{
	lua_createtable(L, 0, 2);
	set_integer(L, "lane", tid);
	set_integer(L, "ns", ns);
	lua_setfield(L, -2, field);
}

/* timeline(trace) → { wall_ns, method, lost, lanes = { { name, pid, tid, start_ns, end_ns, cpu_ns, slices = {
   { start_ns, end_ns, state, cpu }, … } }, … }, flows = { { kind = "create", from = { lane, ns }, to = { lane, ns } },
   … } }; a flow names lanes by tid, cpu is there for running slices. nil and why when the trace has no switch records
   or its bytes are none. */
static int timeline(lua_State *L)
{
	const struct trace *trace = trace_check(L, 1);
	struct timeline *made = push_timeline(L);
	struct error err = {0};
	if (!timeline_make(trace, made, &err)) {
		lua_pushnil(L);
		lua_pushstring(L, err.text);
		return 2;
	}
	lua_createtable(L, 0, 5);
	set_integer(L, "wall_ns", made->wall_ns);
	set_string(L, "method", trace_method_name(trace->method));
	set_integer(L, "lost", made->lost);
	lua_createtable(L, array_size(made->lane_count), 0);
	for (size_t i = 0; i < made->lane_count; i++) {
		push_lane(L, &made->lanes[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "lanes");
	lua_createtable(L, array_size(made->flow_count), 0);
	for (size_t i = 0; i < made->flow_count; i++) {
		const struct flow *flow = &made->flows[i];
		lua_createtable(L, 0, 3);
		set_string(L, "kind", "create");
		set_flow_end(L, "from", made->lanes[flow->from].tid, flow->from_ns);
		set_flow_end(L, "to", made->lanes[flow->to].tid, flow->to_ns);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "flows");
	return 1;
}

/* method(trace) → "switch-records" or "getrusage", and for the latter why. */
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
	set_integer(L, "n", sample.n);
	set_integer(L, "median_ns", sample.median_ns);
	set_integer(L, "min_ns", sample.min_ns);
	set_integer(L, "max_ns", sample.max_ns);
	set_integer(L, "q1_ns", sample.q1_ns);
	set_integer(L, "q3_ns", sample.q3_ns);
	lua_pushinteger(L, (lua_Integer)sample.median_run + 1);
	return 2;
}

/* machine() → { cpu, cores, kernel, memory_bytes, hypervisor (nil on bare metal) } */
static int machine(lua_State *L)
{
	struct machine here = {0};
	machine_read(&here);
	lua_createtable(L, 0, 5);
	set_string(L, "cpu", here.cpu);
	set_integer(L, "cores", (uint64_t)here.cores);
	set_string(L, "kernel", here.kernel);
	set_integer(L, "memory_bytes", here.memory_bytes);
	if (*here.hypervisor)
		set_string(L, "hypervisor", here.hypervisor);
	return 1;
}

int luaopen_livepost_measure(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "machine", machine }, { "method", method }, { "summary", summary }, { "timeline", timeline }, { NULL, NULL },
	};
	luaL_newlib(L, functions);
	return 1;
}
