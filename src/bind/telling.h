/* A timeline while it becomes a Lua table, and what its lanes, locks and places are called there. Knows symbols and the
   author's names; knows nothing of how the table looks. */
#ifndef LIVEPOST_BIND_TELLING_H
#define LIVEPOST_BIND_TELLING_H

#include "measure/hang.h"
#include "measure/symbols.h"
#include "measure/timeline.h"

#include <lua.h>

/* All that is in C's hands while the table is made; freed when Lua throws. */
struct telling {
	struct timeline timeline;
	struct hang hang;
	struct symbols **symbols; /* of each image; NULL: not asked for yet */
	char **names;             /* of each resource */
	uint32_t *ids;            /* of each lane */
	const char *root;         /* Lua's */
	int options;              /* where on the stack */
	size_t most;              /* pieces of a kind */
	uint64_t resolution_ns;   /* of measure/fold.h; 0: all is told as it is */
	size_t flows_left_out, spans_left_out, marks_left_out, resources_left_out;
};

/* Pushes an empty one, which frees what it owns when it is closed or Lua throws. */
struct telling *telling_push(lua_State *L);
/* Names what is in the timeline: fills ids and names, calls lanes that nobody named by their start functions, makes
   compound locks of what the author gave one name. The table of options has to stay on the stack meanwhile and for
   as long as places are asked for. */
void telling_name_all(lua_State *L, struct telling *telling);
/* Pushes where the wait's call stands, "file:line" or what else is known, or nothing: false then. */
bool telling_push_place(lua_State *L, struct telling *telling, const struct wait *wait);

#endif
