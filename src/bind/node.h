/* One node of a document as a Lua value: what the document's own methods need of it. Only for bind/tree.c. */
#ifndef LIVEPOST_BIND_NODE_H
#define LIVEPOST_BIND_NODE_H

#include "base/error.h"
#include "post/document.h"
#include "post/tree.h"

#include <lua.h>
#include <stdbool.h>

/* The document lives as long as one of its nodes does in Lua: it is the user value. */
struct node_handle {
	cmark_node *node;
	struct document *document;
};

/* Pushes the node, nil for none. document_index: where the document's userdata is on the stack. */
void node_push(lua_State *L, int document_index, cmark_node *node);
/* Pushes the list of what is in the node. */
void node_push_children(lua_State *L, int document_index, cmark_node *node);
/* The node of the argument; throws when it is none. */
struct node_handle *node_check(lua_State *L, int argument);
/* Puts the node, string or list of them at `index`; returns the last node that was put, `at` when there was none. */
cmark_node *node_put_all(lua_State *L, int index, enum tree_place place, struct document *document, cmark_node *at);
/* True when there is a field of this name that can be set; throws when the value is none for it. */
bool node_set_field(lua_State *L, const struct node_handle *handle, const char *name, int index);
/* Sets the attributes that the table at this index has, in the order of their names; throws where it is no such table. */
void node_set_attributes(lua_State *L, const struct node_handle *handle, int table);
/* Throws what it says. */
int node_raise(lua_State *L, const struct error *err);
/* Makes what all nodes have in common in this state. */
void node_open(lua_State *L);

#endif
