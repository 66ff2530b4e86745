/* Where in the code time was spent, as a Lua table. */
#include "bind/lines.h"

#include "base/memory.h"
#include "bind/table.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>

static int free_lines(lua_State *L)
{
	lines_free(lua_touserdata(L, 1));
	return 0;
}

static struct lines *push_lines(lua_State *L)
{
	struct lines *lines = lua_newuserdatauv(L, sizeof *lines, 0);
	*lines = (struct lines){0};
	if (luaL_newmetatable(L, "livepost.measure.lines")) {
		lua_pushcfunction(L, free_lines);
		lua_setfield(L, -2, "__gc");
		lua_pushcfunction(L, free_lines);
		lua_setfield(L, -2, "__close");
	}
	lua_setmetatable(L, -2);
	lua_toclose(L, -1);
	return lines;
}

/* The states in which there was time. */
static void set_states(lua_State *L, const char *field, const uint64_t *ns)
{
	lua_newtable(L);
	for (int state = 0; state < LANE_STATES; state++)
		if (ns[state])
			table_set_integer(L, lane_state_name((enum lane_state)state), ns[state]);
	lua_setfield(L, -2, field);
}

static void set_rows(lua_State *L, const char *field, const struct line_time *rows, size_t count,
                     const struct lines *lines)
{
	lua_createtable(L, count > INT_MAX ? INT_MAX : (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		lua_createtable(L, 0, 6);
		table_set_string(L, "file", rows[i].file);
		if (rows[i].line)
			table_set_integer(L, "line", (uint64_t)rows[i].line);
		table_set_string(L, "module", rows[i].module);
		table_set_string(L, "function", rows[i].function);
		if (lines->sampled) {
			table_set_integer(L, "on_cpu_ns", rows[i].on_cpu_ns);
			table_set_integer(L, "samples", rows[i].samples);
		}
		if (lines->waited)
			set_states(L, "off_cpu", rows[i].off_cpu_ns);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, field);
}

static void push_table(lua_State *L, const struct lines *lines)
{
	lua_createtable(L, 0, 12);
	set_rows(L, "own", lines->own, lines->own_count, lines);
	set_rows(L, "elsewhere", lines->other, lines->other_count, lines);
	if (lines->sampled) {
		table_set_integer(L, "period_ns", lines->period_ns);
		table_set_integer(L, "samples", lines->samples);
		table_set_integer(L, "unknown_samples", lines->unknown_samples);
		table_set_integer(L, "lost", lines->lost);
		table_set_integer(L, "cpu_ns", lines->cpu_ns);
		table_set_integer(L, "unattributed_ns", lines->unattributed_ns);
	} else {
		table_set_string(L, "on_cpu_why", lines->why);
	}
	if (lines->waited)
		set_states(L, "unplaced", lines->unplaced_ns);
	else
		table_set_string(L, "off_cpu_why", lines->wait_why);
}

/* The table of programs is on top of the stack; its strings stay Lua's. */
static struct lines_program *read_programs(lua_State *L, size_t *count)
{
	size_t room = 0;
	*count = 0;
	for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
		room++;
	struct lines_program *programs = lua_newuserdatauv(L, (room + 1) * sizeof *programs, 0);
	for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1)) {
		/* Nothing is turned into a string here: lua_next would lose its way. */
		if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
			continue;
		struct lines_program *program = &programs[(*count)++];
		program->path = lua_tostring(L, -2);
		program->bytes = lua_tolstring(L, -1, &program->size);
	}
	return programs;
}

/* { own = { { file, line, on_cpu_ns, samples, off_cpu = { [state] = ns } } },   the author's lines, by file and line
     elsewhere = { { module, function, on_cpu_ns, samples, off_cpu } },          by module and function
     period_ns, samples, unknown_samples, lost, cpu_ns, unattributed_ns, unplaced = { [state] = ns } }

   Where nothing was sampled, on_cpu_ns, samples and the numbers are absent and on_cpu_why says why; without a timeline
   off_cpu and unplaced are, and off_cpu_why says why. function is absent where unknown, a state where it is 0. */
int lines_push(lua_State *L, struct lines_plan *plan, int options)
{
	luaL_checkstack(L, 32, "lines");
	if (options && lua_getfield(L, options, "root") != LUA_TNIL)
		plan->root = luaL_checkstring(L, -1); /* stays on the stack */
	if (options && lua_getfield(L, options, "programs") == LUA_TTABLE)
		plan->programs = read_programs(L, &plan->program_count);
	struct lines *lines = push_lines(L);
	struct error err = {0};
	if (!lines_make(plan, lines, &err)) {
		lua_pushnil(L);
		lua_pushstring(L, err.text);
		return 2;
	}
	push_table(L, lines);
	return 1;
}
