/* livepost.deadline: the end of Lua that no hook can stop, because one call of a function written in C does not return: a
 * pattern with many repetitions on a long text. Leaving such a call from a signal is not to be had (it allocates), so the
 * process ends: publishing survives that at any moment. */
#include "bind/state.h"

#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char message[512];
static volatile sig_atomic_t armed;

static void end_process(int number)
{
	(void)number;
	if (!armed)
		return;
	/* Whether anybody could read it changes nothing. */
	ssize_t written = write(STDERR_FILENO, message, strlen(message));
	(void)written;
	_exit(1);
}

static void set_timer(lua_Integer seconds)
{
	const struct itimerval time = { .it_value = { .tv_sec = (time_t)seconds } };
	setitimer(ITIMER_PROF, &time, NULL);
}

/* set(seconds, message) → whether it was: from now on, so many seconds of CPU time later, the process ends with the message
 * on standard error and exit code 1. Where a deadline is set already, that one holds. */
static int set(lua_State *L)
{
	lua_Integer seconds = luaL_checkinteger(L, 1);
	const char *said = luaL_checkstring(L, 2);
	lua_pushboolean(L, !armed);
	if (armed)
		return 1;
	struct sigaction action = { .sa_handler = end_process };
	sigemptyset(&action.sa_mask);
	snprintf(message, sizeof message, "%s", said);
	sigaction(SIGPROF, &action, NULL);
	armed = 1;
	set_timer(seconds);
	return 1;
}

/* clear(): there is none any more. */
static int clear(lua_State *L)
{
	(void)L;
	armed = 0;
	set_timer(0);
	return 0;
}

int luaopen_livepost_deadline(lua_State *L)
{
	static const luaL_Reg functions[] = { { "clear", clear }, { "set", set }, { NULL, NULL } };
	luaL_newlib(L, functions);
	return 1;
}
