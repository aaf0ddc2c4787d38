// msg, conv and ctx: read-only views of the call's tape. A field becomes a Lua value when it is first asked for.
#define _GNU_SOURCE
#include "sandbox.h"
#include <string.h>

const char sb_node_metatable = 'n';

typedef struct { size_t at; uint32_t serial; int schema; } node; // user value 1: the fields read so far

static const char *const message_fields[] = {
  "id", "text", "from", "kind", "sender", "chat", "attachments", "reply_to", "channel", "callback", NULL};
static const char *const conversation_fields[] = {
  "key", "name", "item", "state", "is_answered", NULL};
static const char *const context_fields[] = {"now", "random", "local_time", "project", NULL};
static const char *const sender_fields[] = {"id", "name", "username", "is_bot", NULL};
static const char *const chat_fields[] = {"id", "kind", "title", NULL};
static const char *const item_fields[] = {"id", "title", "price", "price_text", "url", NULL};
static const char *const callback_fields[] = {"id", "data", "message_id", NULL};
static const struct { const char *name; const char *const *fields; } schemas[SB_SCHEMAS] = {
  {"msg", message_fields}, {"conv", conversation_fields}, {"ctx", context_fields}, {"msg.sender", sender_fields},
  {"msg.chat", chat_fields}, {"conv.item", item_fields}, {"msg.callback", callback_fields}, {"ctx.project", NULL},
};

static int is_known(const char *const *fields, const char *name) {
  for (int i = 0; fields[i] != NULL; i++) if (strcmp(fields[i], name) == 0) return 1;
  return 0;
}

static int inner_schema(int schema, const char *key) {
  if (schema == SB_MESSAGE && strcmp(key, "sender") == 0) return SB_SENDER;
  if (schema == SB_MESSAGE && strcmp(key, "chat") == 0) return SB_CHAT;
  if (schema == SB_MESSAGE && strcmp(key, "callback") == 0) return SB_CALLBACK;
  if (schema == SB_CONVERSATION && strcmp(key, "item") == 0) return SB_ITEM;
  return -1;
}

void sb_push_node(lua_State *L, size_t at, int schema) {
  node *made = lua_newuserdatauv(L, sizeof(node), 1);
  *made = (node){.at = at, .serial = sb_of(L)->serial, .schema = schema};
  lua_rawgetp(L, LUA_REGISTRYINDEX, &sb_node_metatable);
  lua_setmetatable(L, -2);
}

static node *live_node(lua_State *L) {
  node *it = lua_touserdata(L, 1);
  if (it->serial != sb_of(L)->serial) luaL_error(L, "%s of an earlier message was kept", schemas[it->schema].name);
  return it;
}

static void push_context_field(lua_State *L, sb_state *state, const char *key) {
  if (strcmp(key, "now") == 0) {
    int64_t milliseconds = state->now_milliseconds;
    lua_pushinteger(L, milliseconds / 1000 - (milliseconds % 1000 < 0));
  } else if (strcmp(key, "random") == 0) {
    lua_pushcfunction(L, sb_random);
  } else if (strcmp(key, "local_time") == 0) {
    int64_t milliseconds = state->now_milliseconds;
    sb_push_time(L, milliseconds / 1000 - (milliseconds % 1000 < 0), state->utc_offset_seconds);
  } else if (strcmp(key, "project") == 0) {
    sb_push_node(L, state->settings_at, SB_PROJECT); // a setting is copied only when it is asked for
  } else {
    sb_suggest(L, key, context_fields);
    luaL_error(L, "unknown field 'ctx.%s'%s", key, lua_tostring(L, -1));
  }
}

static void push_field(lua_State *L, node *it, const char *key, size_t length) {
  sb_state *state = sb_of(L);
  if (it->schema == SB_CONTEXT) {
    push_context_field(L, state, key);
    return;
  }
  size_t found;
  int inner = inner_schema(it->schema, key);
  int present = sb_tape_find(state->tape, it->at, key, length, &found);
  if (it->schema == SB_CONVERSATION && strcmp(key, "state") == 0) {
    state->state_touched = 1;
    if (present) sb_tape_push(L, state->tape, found);
    else lua_pushnil(L);
    if (lua_type(L, -1) != LUA_TTABLE) lua_newtable(L);
  } else if (present) {
    if (inner >= 0 && sb_tape_tag(state->tape, found) == 7) sb_push_node(L, found, inner);
    else sb_tape_push(L, state->tape, found);
  } else if (it->schema == SB_PROJECT || is_known(schemas[it->schema].fields, key)) {
    lua_pushnil(L);
  } else {
    sb_suggest(L, key, schemas[it->schema].fields);
    luaL_error(L, "unknown field '%s.%s'%s", schemas[it->schema].name, key, lua_tostring(L, -1));
  }
}

static void keep_field(lua_State *L) { // of the value on top, under the key at 2
  if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 8);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, 1);
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static int read_field(lua_State *L) {
  node *it = live_node(L);
  if (lua_type(L, 2) != LUA_TSTRING) return luaL_error(L, "fields of %s have names", schemas[it->schema].name);
  if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  }
  lua_settop(L, 2);
  size_t length;
  const char *key = lua_tolstring(L, 2, &length);
  push_field(L, it, key, length);
  if (!lua_isnil(L, -1)) keep_field(L);
  return 1;
}

static int new_index(lua_State *L) {
  node *it = live_node(L);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  if (it->schema == SB_CONVERSATION && strcmp(key, "state") == 0) {
    luaL_argexpected(L, lua_type(L, 3) == LUA_TTABLE, 3, "table");
    sb_of(L)->state_touched = 1;
    keep_field(L);
    return 0;
  }
  return luaL_error(L, "'%s.%s' cannot be changed; only conv.state keeps values", schemas[it->schema].name, key);
}

static int next_pair(lua_State *L) {
  lua_settop(L, 2);
  return lua_next(L, 1) ? 2 : 0;
}

static int pairs_of(lua_State *L) {
  node *it = live_node(L);
  lua_pushcfunction(L, next_pair);
  if (it->schema == SB_CONTEXT) lua_newtable(L);
  else sb_tape_push(L, sb_of(L)->tape, it->at);
  if (lua_isnil(L, -1)) lua_newtable(L);
  return 2;
}

static int name_of(lua_State *L) {
  lua_pushstring(L, schemas[((node *)lua_touserdata(L, 1))->schema].name);
  return 1;
}

// To the tape: whether the state was touched, and what it is now.
void sb_read_state(lua_State *L, int conversation) {
  sb_state *state = sb_of(L);
  if (state->state_touched && lua_getiuservalue(L, conversation, 1) == LUA_TTABLE) {
    lua_pushliteral(L, "state");
    lua_rawget(L, -2);
    sb_out_state(L, -1);
  } else {
    sb_out_null(L);
  }
}

void sb_open_objects(lua_State *L) {
  static const luaL_Reg events[] = {
    {"__index", read_field}, {"__newindex", new_index}, {"__pairs", pairs_of}, {"__tostring", name_of}, {NULL, NULL},
  };
  lua_newtable(L);
  luaL_setfuncs(L, events, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &sb_node_metatable);
}
