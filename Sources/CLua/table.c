// table.* of rules, from §6.6 of the manual. Lengths may come from a lying __len, so every loop counts its steps.
#include "sandbox.h"
#include <limits.h>

enum { UNPACK_MAX = 8000 };

static void check_table(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TTABLE) return;
  if (luaL_getmetafield(L, index, "__index") != LUA_TNIL) {
    lua_pop(L, 1);
    return;
  }
  luaL_checktype(L, index, LUA_TTABLE);
}

static lua_Integer length_of(lua_State *L, int index) {
  check_table(L, index);
  return luaL_len(L, index);
}

static int concat(lua_State *L) {
  lua_Integer length = length_of(L, 1);
  size_t between;
  const char *separator = luaL_optlstring(L, 2, "", &between);
  lua_Integer i = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, length);
  uint32_t steps = 0;
  size_t total = 0;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  for (; i <= last; i++) {
    sb_step(L, &steps);
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1)) {
      return luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)i);
    }
    size_t size;
    lua_tolstring(L, -1, &size);
    total += size + between;
    if (total > SB_BLOCK_MAX) return sb_trip(L, SB_MEMORY);
    luaL_addvalue(&buffer);
    if (i < last) luaL_addlstring(&buffer, separator, between);
    if (i == LUA_MAXINTEGER) break;
  }
  luaL_pushresult(&buffer);
  return 1;
}

static int insert(lua_State *L) {
  lua_Integer end = (lua_Integer)((lua_Unsigned)length_of(L, 1) + 1), position = end;
  uint32_t steps = 0;
  switch (lua_gettop(L)) {
    case 2: break;
    case 3:
      position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, (lua_Unsigned)position - 1 < (lua_Unsigned)end, 2, "position out of bounds");
      for (lua_Integer i = end; i > position; i--) {
        sb_step(L, &steps);
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
      }
      break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

static int remove_at(lua_State *L) {
  lua_Integer length = length_of(L, 1), position = luaL_optinteger(L, 2, length);
  uint32_t steps = 0;
  if (lua_gettop(L) > 1) {
    int inside = (lua_Unsigned)length + 1 >= (lua_Unsigned)position && (position > 0 || length == 0);
    luaL_argcheck(L, inside, 2, "position out of bounds");
  }
  lua_geti(L, 1, position);
  for (; position < length; position++) {
    sb_step(L, &steps);
    lua_geti(L, 1, position + 1);
    lua_seti(L, 1, position);
  }
  lua_pushnil(L);
  lua_seti(L, 1, position);
  return 1;
}

static int move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), target = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1);
  check_table(L, to);
  uint32_t steps = 0;
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    int forward = target > last || target <= first || (to != 1 && !lua_compare(L, 1, to, LUA_OPEQ));
    for (lua_Integer k = 0; k < count; k++) {
      lua_Integer i = forward ? k : count - 1 - k;
      sb_step(L, &steps);
      lua_geti(L, 1, first + i);
      lua_seti(L, to, target + i);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

static int unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= UNPACK_MAX || !lua_checkstack(L, (int)count + 1)) return luaL_error(L, "too many results to unpack");
  for (lua_Unsigned i = 0; i <= count; i++) lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
  return (int)count + 1;
}

static int pack(lua_State *L) {
  int count = lua_gettop(L);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int i = count; i >= 1; i--) lua_seti(L, 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

// Whether the value at `left` comes before the one at `right` (stack indices from the top).
static int before(lua_State *L, int left, int right) {
  if (lua_isnil(L, 2)) return lua_compare(L, left, right, LUA_OPLT);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, left - 1);
  lua_pushvalue(L, right - 2);
  lua_call(L, 2, 1);
  int answer = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return answer;
}

// Sinks the value on top into the heap of 1…size, from `hole`; pops it. Heap sort: n log n for every input, and an
// inconsistent comparison can only give a wrong order, never leave the table.
static void sink(lua_State *L, lua_Integer hole, lua_Integer size, uint32_t *steps) {
  while (hole <= size / 2) {
    lua_Integer child = hole * 2;
    sb_step(L, steps);
    lua_geti(L, 1, child);
    if (child < size) {
      lua_geti(L, 1, child + 1);
      if (before(L, -2, -1)) {
        lua_remove(L, -2);
        child++;
      } else {
        lua_pop(L, 1);
      }
    }
    if (!before(L, -2, -1)) {
      lua_pop(L, 1);
      break;
    }
    lua_seti(L, 1, hole);
    hole = child;
  }
  lua_seti(L, 1, hole);
}

static int sort(lua_State *L) {
  lua_Integer size = length_of(L, 1);
  uint32_t steps = 0;
  if (size < 2) return 0;
  luaL_argcheck(L, size < INT_MAX, 1, "array too big");
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  for (lua_Integer i = size / 2; i >= 1; i--) {
    sb_step(L, &steps);
    lua_geti(L, 1, i);
    sink(L, i, size, &steps);
  }
  for (lua_Integer last = size; last > 1; last--) {
    sb_step(L, &steps);
    lua_geti(L, 1, last);
    lua_geti(L, 1, 1);
    lua_seti(L, 1, last);
    sink(L, 1, last - 1, &steps);
  }
  return 0;
}

void sb_open_table(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"concat", concat}, {"insert", insert}, {"remove", remove_at}, {"move", move}, {"unpack", unpack}, {"pack", pack},
    {"sort", sort}, {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
