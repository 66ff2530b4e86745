/* What <livepost.h> calls when the probe is there: the program's own names for stretches and instants. */
#define LIVEPOST_LONG_NAMES
#include "probe/livepost.h"
#include "probe/log.h"
#include "probe/real.h"

#include <string.h>

static void say(uint16_t kind, const char *name, uint64_t caller)
{
	if (!probe_on())
		return;
	log_know(caller);
	log_text((struct note){ .kind = kind, .caller = caller }, name, name ? strlen(name) : 0);
}

WRAP void livepost_span_begin(const char *name)
{
	say(PROBE_SPAN, name, CALLER);
}

WRAP void livepost_span_end(void)
{
	if (!probe_on())
		return;
	uint64_t caller = CALLER;
	log_know(caller);
	log_put((struct note){ .kind = PROBE_SPAN | PROBE_END, .value = UINT32_MAX,
	                       .caller = probe_page.flags & PROBE_WANT_CPU_TIME ? log_cpu_ns() : caller });
}

WRAP void livepost_instant(const char *name)
{
	say(PROBE_MARK, name, CALLER);
}

WRAP void livepost_name(const char *name)
{
	say(PROBE_NAME, name, CALLER);
}

/* AddressSanitizer wants to be the first library; behind this one it works as well. */
const char *__asan_default_options(void);
WRAP const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0";
}
