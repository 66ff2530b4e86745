/* The nodes of a document as Lua values: what livepost.post adds to a document's methods. */
#ifndef LIVEPOST_BIND_TREE_H
#define LIVEPOST_BIND_TREE_H

#include "post/document.h"

#include <lua.h>

#define TREE_DOCUMENT "livepost.document"

/* The document of the argument; throws when it is none. */
struct document *tree_check_document(lua_State *L, int argument);
/* Pushes the userdata of a document that is still to come. */
struct document **tree_push_document(lua_State *L);
/* Adds the methods that give out nodes to the table on top. */
void tree_open(lua_State *L);
/* Pushes a table, kind → true, of all kinds of nodes. */
void tree_push_kinds(lua_State *L);

#endif
