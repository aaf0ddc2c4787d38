// string.* of rules: find, match, gmatch, gsub and rep are our own, because stock ones can run for minutes inside one
// C call; what is linear and allocates its result comes from the system's library.
#define _GNU_SOURCE
#include "pattern.h"
#include <string.h>

// A position from the end counts back; before the start is the start.
static size_t start_index(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)-position;
}

static int find_or_match(lua_State *L, int find) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *bytes = luaL_checklstring(L, 2, &pattern_length);
  size_t from = start_index(luaL_optinteger(L, 3, 1), length);
  if (from > length) {
    luaL_pushfail(L);
    return 1;
  }
  int plain = find && (lua_toboolean(L, 4) || strcspn(bytes, "^$*+?.([%-") == pattern_length);
  if (plain) {
    const char *found = memmem(subject + from, length - from, bytes, pattern_length);
    sb_charge(L, ((found ? (size_t)(found - subject) - from : length - from) + pattern_length) / 16 + 1);
    if (found == NULL) {
      luaL_pushfail(L);
      return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)pattern_length);
    return 2;
  }
  sb_pattern pattern;
  sb_match match;
  sb_pattern_compile(L, bytes, pattern_length, 1, &pattern);
  sb_match_begin(L, &match, &pattern, subject, length);
  for (const uint8_t *at = match.subject + from; at <= match.end; at++) {
    const uint8_t *end = sb_match_at(&match, at);
    if (end != NULL) {
      if (!find) return sb_push_captures(&match, at, end, 1);
      lua_pushinteger(L, at - match.subject + 1);
      lua_pushinteger(L, end - match.subject);
      return 2 + sb_push_captures(&match, at, end, 0);
    }
    if (pattern.anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

static int find(lua_State *L) { return find_or_match(L, 1); }
static int match_once(lua_State *L) { return find_or_match(L, 0); }

typedef struct {
  const uint8_t *at, *last_end;
  sb_pattern pattern; // cut to the sets in use
} iteration;

static int gmatch_next(lua_State *L) {
  iteration *state = lua_touserdata(L, lua_upvalueindex(3));
  size_t length;
  const char *subject = lua_tolstring(L, lua_upvalueindex(1), &length);
  sb_match match;
  sb_match_begin(L, &match, &state->pattern, subject, length);
  for (const uint8_t *at = state->at; at <= match.end; at++) {
    const uint8_t *end = sb_match_at(&match, at);
    if (end != NULL && end != state->last_end) {
      state->at = state->last_end = end;
      return sb_push_captures(&match, at, end, 1);
    }
  }
  return 0;
}

static int gmatch(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *bytes = luaL_checklstring(L, 2, &pattern_length);
  size_t from = start_index(luaL_optinteger(L, 3, 1), length);
  if (from > length) from = length + 1;
  sb_pattern pattern;
  sb_pattern_compile(L, bytes, pattern_length, 0, &pattern);
  lua_settop(L, 2);
  size_t unused = sizeof(pattern.sets) - (size_t)pattern.set_count * sizeof(pattern.sets[0]);
  iteration *state = lua_newuserdatauv(L, sizeof(iteration) - unused, 0);
  memcpy(&state->pattern, &pattern, sizeof(sb_pattern) - unused);
  state->at = (const uint8_t *)subject + from;
  state->last_end = NULL;
  lua_pushcclosure(L, gmatch_next, 3);
  return 1;
}

static void add_template(lua_State *L, sb_match *match, luaL_Buffer *buffer, const uint8_t *start, const uint8_t *end) {
  size_t length;
  const char *text = lua_tolstring(L, 3, &length);
  for (size_t i = 0; i < length; i++) {
    sb_step(L, &match->steps);
    if (text[i] != '%') {
      luaL_addchar(buffer, text[i]);
      continue;
    }
    char next = ++i < length ? text[i] : 0;
    if (next == '%') {
      luaL_addchar(buffer, '%');
    } else if (next == '0') {
      luaL_addlstring(buffer, (const char *)start, (size_t)(end - start));
    } else if (next >= '1' && next <= '9') {
      sb_push_capture(match, next - '1', start, end);
      luaL_tolstring(L, -1, NULL); // a position capture is a number
      lua_remove(L, -2);
      luaL_addvalue(buffer);
    } else {
      luaL_error(L, "invalid use of '%%' in replacement string");
    }
  }
}

// Adds what replaces one match; whether it differs from the match.
static int add_replacement(
    lua_State *L, sb_match *match, luaL_Buffer *buffer, const uint8_t *start, const uint8_t *end, int kind) {
  if (kind == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, sb_push_captures(match, start, end, 1), 1);
  } else if (kind == LUA_TTABLE) {
    sb_push_capture(match, 0, start, end);
    lua_gettable(L, 3);
  } else {
    add_template(L, match, buffer, start, end);
    return 1;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(buffer, (const char *)start, (size_t)(end - start));
    return 0;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(buffer);
  return 1;
}

static int gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *bytes = luaL_checklstring(L, 2, &pattern_length);
  int kind = lua_type(L, 3);
  luaL_argexpected(
      L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
      "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  sb_pattern pattern;
  sb_match match;
  sb_pattern_compile(L, bytes, pattern_length, 1, &pattern);
  sb_match_begin(L, &match, &pattern, subject, length);
  const uint8_t *at = match.subject, *last_end = NULL;
  int changed = 0;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (count < most) {
    const uint8_t *end = sb_match_at(&match, at);
    if (end != NULL && end != last_end) {
      count++;
      changed |= add_replacement(L, &match, &buffer, at, end, kind);
      at = last_end = end;
    } else if (at < match.end) {
      luaL_addchar(&buffer, (char)*at++);
    } else {
      break;
    }
    if (pattern.anchored) break;
  }
  if (!changed) {
    lua_pushvalue(L, 1);
  } else {
    luaL_addlstring(&buffer, (const char *)at, (size_t)(match.end - at));
    luaL_pushresult(&buffer);
  }
  lua_pushinteger(L, count);
  return 2;
}

static int repeat(lua_State *L) {
  size_t length, between;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &between);
  if (count <= 0 || length + between == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((lua_Unsigned)count > SB_BLOCK_MAX / (length + between)) return sb_trip(L, SB_MEMORY);
  size_t total = (size_t)count * length + (size_t)(count - 1) * between;
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, total);
  for (lua_Integer i = 0; i < count; i++) {
    memcpy(out, text, length);
    out += length;
    if (i + 1 < count) {
      memcpy(out, separator, between);
      out += between;
    }
  }
  luaL_pushresultsize(&buffer, total);
  sb_charge(L, total / 16);
  return 1;
}

// "10" + 1: the manual (§3.4.3) lets the string library convert.
static int arithmetic(lua_State *L) {
  lua_settop(L, 2);
  for (int i = 1; i <= 2; i++) {
    if (lua_type(L, i) == LUA_TNUMBER) continue;
    const char *text = lua_type(L, i) == LUA_TSTRING ? lua_tostring(L, i) : NULL;
    if (text == NULL || lua_stringtonumber(L, text) != lua_rawlen(L, i) + 1) {
      return luaL_error(L, "attempt to perform arithmetic on a %s value", luaL_typename(L, i));
    }
    lua_replace(L, i);
  }
  int operation = (int)lua_tointeger(L, lua_upvalueindex(1));
  if (operation == LUA_OPUNM) lua_settop(L, 1);
  lua_arith(L, operation);
  return 1;
}

void sb_open_string(lua_State *L) {
  static const char *const stock[] = {"byte", "char", "len", "lower", "reverse", "sub", "upper", NULL};
  sb_copy_stock(L, luaopen_string, stock);
  static const luaL_Reg own[] = {
    {"find", find}, {"match", match_once}, {"gmatch", gmatch}, {"gsub", gsub}, {"rep", repeat}, {NULL, NULL},
  };
  luaL_setfuncs(L, own, 0);
  sb_open_string_format(L);
  // All strings share one metatable: hidden, with a table that no rule can reach.
  static const struct { const char *name; int operation; } events[] = {
    {"__add", LUA_OPADD}, {"__sub", LUA_OPSUB}, {"__mul", LUA_OPMUL}, {"__div", LUA_OPDIV}, {"__mod", LUA_OPMOD},
    {"__pow", LUA_OPPOW}, {"__unm", LUA_OPUNM}, {"__idiv", LUA_OPIDIV},
  };
  lua_pushliteral(L, "");
  lua_newtable(L);
  for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
    lua_pushinteger(L, events[i].operation);
    lua_pushcclosure(L, arithmetic, 1);
    lua_setfield(L, -2, events[i].name);
  }
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}
