// The basic functions of rules. Own pcall and xpcall, because stock ones would swallow a tripped budget; own tostring,
// because stock's tells addresses.
#include "sandbox.h"
#include <string.h>

void sb_copy_stock(lua_State *L, lua_CFunction opener, const char *const *names) {
  int target = lua_gettop(L);
  lua_pushcfunction(L, opener);
  lua_call(L, 0, 1);
  for (int i = 0; names[i] != NULL; i++) {
    lua_getfield(L, -1, names[i]);
    lua_setfield(L, target, names[i]);
  }
  lua_settop(L, target);
}

const char *sb_to_text(lua_State *L, int index, size_t *length) {
  index = lua_absindex(L, index);
  if (luaL_callmeta(L, index, "__tostring")) {
    if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
    return lua_tolstring(L, -1, length);
  }
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: case LUA_TSTRING:
      lua_pushvalue(L, index);
      break;
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    case LUA_TNIL: lua_pushliteral(L, "nil"); break;
    default: lua_pushstring(L, luaL_typename(L, index));
  }
  return lua_tolstring(L, -1, length);
}

static int to_string(lua_State *L) {
  luaL_checkany(L, 1);
  sb_to_text(L, 1, NULL);
  return 1;
}

static int print(lua_State *L) {
  sb_state *state = sb_of(L);
  int count = lua_gettop(L);
  if (state->log_lines >= SB_LOG_LINES) {
    state->log_dropped++;
    return 0;
  }
  size_t start = state->log_length;
  for (int i = 1; i <= count; i++) {
    size_t length;
    const char *bytes = sb_to_text(L, i, &length);
    if (state->log_length + length + 2 > SB_LOG_BYTES) {
      state->log_length = start;
      state->log_dropped++;
      return 0;
    }
    if (i > 1) state->log[state->log_length++] = '\t';
    for (size_t k = 0; k < length; k++) {
      unsigned char byte = (unsigned char)bytes[k];
      state->log[state->log_length++] = byte < 0x20 || byte == 0x7f ? ' ' : (char)byte; // one record, one line
    }
    lua_pop(L, 1);
  }
  if (state->log_length + 1 > SB_LOG_BYTES) {
    state->log_length = start;
    state->log_dropped++;
    return 0;
  }
  state->log[state->log_length++] = '\n';
  state->log_lines++;
  return 0;
}

static int finish_pcall(lua_State *L, int status, lua_KContext extra) {
  if (status == LUA_OK || status == LUA_YIELD) {
    if (sb_of(L)->tripped) sb_caught(L, status);
    return lua_gettop(L) - (int)extra;
  }
  sb_caught(L, status);
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

static int protected_call(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

// The handler runs after the stack is unwound, so that it cannot loop where the hook is off.
static int finish_xpcall(lua_State *L, int status, lua_KContext extra) {
  if (status == LUA_OK || status == LUA_YIELD) return finish_pcall(L, status, extra);
  sb_caught(L, status);
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  int handled = lua_pcallk(L, 1, 1, 0, 0, NULL);
  if (handled != LUA_OK) sb_caught(L, handled);
  if (sb_of(L)->tripped) sb_caught(L, handled);
  lua_pushboolean(L, 0);
  lua_insert(L, -2);
  return 2;
}

static int protected_call_with_handler(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 1);
  lua_copy(L, 2, 1);
  lua_pushboolean(L, 1);
  lua_replace(L, 2); // handler, true, arguments…, function
  lua_insert(L, 3);
  return finish_xpcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 0, 1, finish_xpcall), 1);
}

static int set_metatable(lua_State *L) {
  int kind = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  if (kind == LUA_TTABLE) {
    static const char *const refused[] = {"__gc", "__close"};
    for (int i = 0; i < 2; i++) {
      lua_pushstring(L, refused[i]);
      if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "'%s' is not allowed in rules", refused[i]);
      lua_pop(L, 1);
    }
  }
  lua_settop(L, 2);
  lua_setmetatable(L, 1);
  return 1;
}

void sb_open_base(lua_State *L) {
  static const char *const stock[] = {
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "rawequal", "rawget", "rawlen", "select", "tonumber",
    "type", "_VERSION", NULL,
  };
  sb_copy_stock(L, luaopen_base, stock);
  static const luaL_Reg own[] = {
    {"print", print}, {"tostring", to_string}, {"pcall", protected_call}, {"xpcall", protected_call_with_handler},
    {"setmetatable", set_metatable}, {NULL, NULL},
  };
  luaL_setfuncs(L, own, 0);
}
