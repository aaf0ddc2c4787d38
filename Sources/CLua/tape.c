// The tape: plain data between Swift and Lua in one block of bytes, so that neither side walks the other's objects.
// null 0 | false 1 | true 2 | integer 3 + 8 bytes | number 4 + 8 | text 5 + u32 length + bytes
// list 6 + u32 count + u32 bytes + elements | mapping 7 + u32 count + u32 bytes + (u32 length + key + value)…
// Byte order is the machine's: a tape never leaves the process.
#include "sandbox.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { T_NULL, T_FALSE, T_TRUE, T_INTEGER, T_NUMBER, T_TEXT, T_LIST, T_MAP };

static uint32_t u32(const uint8_t *tape, size_t at) {
  uint32_t value;
  memcpy(&value, tape + at, 4);
  return value;
}

uint8_t sb_tape_tag(const uint8_t *tape, size_t at) { return tape[at]; }

size_t sb_tape_skip(const uint8_t *tape, size_t at) {
  switch (tape[at]) {
    case T_INTEGER: case T_NUMBER: return at + 9;
    case T_TEXT: return at + 5 + u32(tape, at + 1);
    case T_LIST: case T_MAP: return at + 9 + u32(tape, at + 5);
    default: return at + 1;
  }
}

const char *sb_tape_text(const uint8_t *tape, size_t at, size_t *length) {
  if (tape[at] != T_TEXT) {
    *length = 0;
    return "";
  }
  *length = u32(tape, at + 1);
  return (const char *)tape + at + 5;
}

int sb_tape_find(const uint8_t *tape, size_t at, const char *key, size_t length, size_t *found) {
  if (tape[at] != T_MAP) return 0;
  uint32_t count = u32(tape, at + 1);
  size_t entry = at + 9;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t size = u32(tape, entry);
    size_t value = entry + 4 + size;
    if (size == length && memcmp(tape + entry + 4, key, length) == 0) {
      *found = value;
      return 1;
    }
    entry = sb_tape_skip(tape, value);
  }
  return 0;
}

void sb_tape_push(lua_State *L, const uint8_t *tape, size_t at) {
  luaL_checkstack(L, 4, "value nested too deep");
  switch (tape[at]) {
    case T_FALSE: lua_pushboolean(L, 0); return;
    case T_TRUE: lua_pushboolean(L, 1); return;
    case T_INTEGER: {
      int64_t value;
      memcpy(&value, tape + at + 1, 8);
      lua_pushinteger(L, value);
      return;
    }
    case T_NUMBER: {
      double value;
      memcpy(&value, tape + at + 1, 8);
      lua_pushnumber(L, value);
      return;
    }
    case T_TEXT: lua_pushlstring(L, (const char *)tape + at + 5, u32(tape, at + 1)); return;
    case T_LIST: {
      uint32_t count = u32(tape, at + 1);
      size_t element = at + 9;
      lua_createtable(L, (int)count, 0);
      for (uint32_t i = 0; i < count; i++) {
        sb_tape_push(L, tape, element);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
        element = sb_tape_skip(tape, element);
      }
      return;
    }
    case T_MAP: {
      uint32_t count = u32(tape, at + 1);
      size_t entry = at + 9;
      lua_createtable(L, 0, (int)count);
      for (uint32_t i = 0; i < count; i++) {
        uint32_t size = u32(tape, entry);
        lua_pushlstring(L, (const char *)tape + entry + 4, size);
        sb_tape_push(L, tape, entry + 4 + size);
        lua_rawset(L, -3);
        entry = sb_tape_skip(tape, entry + 4 + size);
      }
      return;
    }
    default: lua_pushnil(L);
  }
}

// Writing.

int sb_bad_result(lua_State *L, const char *format, ...) {
  sb_of(L)->bad_result = 1;
  va_list arguments;
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  return lua_error(L);
}

static void put(lua_State *L, const void *bytes, size_t length) {
  sb_state *state = sb_of(L);
  if (state->out_length + length > state->out_capacity) {
    size_t capacity = (state->out_length + length) * 2;
    uint8_t *grown = realloc(state->out, capacity);
    if (grown == NULL) sb_trip(L, SB_MEMORY);
    state->out = grown;
    state->out_capacity = capacity;
  }
  memcpy(state->out + state->out_length, bytes, length);
  state->out_length += length;
}

static void put_u32(lua_State *L, uint32_t value) { put(L, &value, 4); }
static void put_tag(lua_State *L, uint8_t tag) { put(L, &tag, 1); }

void sb_out_null(lua_State *L) { put_tag(L, T_NULL); }

void sb_out_text(lua_State *L, const char *bytes, size_t length) {
  if (length > SB_RESULT_TEXT_BYTES) sb_bad_result(L, "a text of the result is over %d bytes", SB_RESULT_TEXT_BYTES);
  put_tag(L, T_TEXT);
  put_u32(L, (uint32_t)length);
  put(L, bytes, length);
}

// The byte size of lists and mappings is filled in by Swift's reader never being asked for it: it counts elements.
void sb_out_list(lua_State *L, uint32_t count) {
  put_tag(L, T_LIST);
  put_u32(L, count);
  put_u32(L, 0);
}

void sb_out_map(lua_State *L, uint32_t count) {
  put_tag(L, T_MAP);
  put_u32(L, count);
  put_u32(L, 0);
}

void sb_out_key(lua_State *L, const char *bytes, size_t length) {
  put_u32(L, (uint32_t)length);
  put(L, bytes, length);
}

typedef struct { const char *what; int depth, depth_max; uint32_t nodes, nodes_max; size_t text; } measure;

static void out_value(lua_State *L, int index, measure *m);

static void out_text(lua_State *L, int index, measure *m) {
  size_t length;
  const char *bytes = lua_tolstring(L, index, &length);
  m->text += length;
  if (m->text > SB_RESULT_TEXT_BYTES)
    sb_bad_result(L, "the texts of %s are over %d bytes", m->what, SB_RESULT_TEXT_BYTES);
  put_u32(L, (uint32_t)length);
  put(L, bytes, length);
}

static void out_table(lua_State *L, int table, measure *m) {
  if (++m->depth > m->depth_max) {
    sb_bad_result(L, "%s is nested over %d levels (or holds itself)", m->what, m->depth_max);
  }
  luaL_checkstack(L, 4, "result nested too deep");
  lua_Unsigned length = lua_rawlen(L, table);
  if (length > 0) {
    if (length > m->nodes_max) sb_bad_result(L, "%s has over %d values", m->what, (int)m->nodes_max);
    lua_Unsigned members = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) members++;
    if (members != length) sb_bad_result(L, "a table of %s mixes a list and named members", m->what);
    sb_out_list(L, (uint32_t)length);
    for (lua_Unsigned i = 1; i <= length; i++) {
      lua_rawgeti(L, table, (lua_Integer)i);
      out_value(L, lua_gettop(L), m);
      lua_pop(L, 1);
    }
  } else {
    uint32_t members = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
      if (lua_type(L, -2) != LUA_TSTRING) {
        sb_bad_result(
            L, "a key of %s is a %s; only texts and 1, 2, 3 … are allowed", m->what, luaL_typename(L, -2));
      }
      if (++members > m->nodes_max) sb_bad_result(L, "%s has over %d values", m->what, (int)m->nodes_max);
    }
    put_tag(L, T_MAP);
    put_u32(L, members);
    put_u32(L, 0);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
      out_text(L, -2, m);
      out_value(L, lua_gettop(L), m);
    }
  }
  m->depth--;
}

static void out_value(lua_State *L, int index, measure *m) {
  if (++m->nodes > m->nodes_max) sb_bad_result(L, "%s has over %d values", m->what, (int)m->nodes_max);
  switch (lua_type(L, index)) {
    case LUA_TNIL: put_tag(L, T_NULL); return;
    case LUA_TBOOLEAN: put_tag(L, lua_toboolean(L, index) ? T_TRUE : T_FALSE); return;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        int64_t value = lua_tointeger(L, index);
        put_tag(L, T_INTEGER);
        put(L, &value, 8);
      } else {
        double value = lua_tonumber(L, index);
        if (value != value || value - value != 0) sb_bad_result(L, "a number of %s is not finite", m->what);
        put_tag(L, T_NUMBER);
        put(L, &value, 8);
      }
      return;
    case LUA_TSTRING: put_tag(L, T_TEXT); out_text(L, index, m); return;
    case LUA_TTABLE: out_table(L, index, m); return;
    default: sb_bad_result(L, "%s holds a %s", m->what, luaL_typename(L, index));
  }
}

void sb_out_value(lua_State *L, int index) {
  measure m = {"the result", 0, SB_RESULT_DEPTH, 0, SB_RESULT_NODES, 0};
  out_value(L, lua_absindex(L, index), &m);
}

void sb_out_state(lua_State *L, int index) {
  measure m = {"conv.state", 0, SB_STATE_DEPTH, 0, SB_STATE_NODES, 0};
  sb_of(L)->bad_state = 1; // until it has been written whole
  index = lua_absindex(L, index);
  if (lua_rawlen(L, index) > 0) sb_bad_result(L, "conv.state must have named members");
  out_value(L, index, &m);
  sb_of(L)->bad_state = 0;
}
