// utf8.* of rules, from §6.5 of the manual, with counted steps.
#include "sandbox.h"

static const uint32_t LAX_MAX = 0x7FFFFFFF;

static int is_continuation(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

// Reads one sequence; NULL when it is not valid. `end` guards the read.
static const char *decode(const char *at, const char *end, uint32_t *code, int strict) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
  unsigned char first = (unsigned char)*at;
  if (first < 0x80) {
    *code = first;
    return at + 1;
  }
  if (first < 0xC0 || first >= 0xFE) return NULL;
  int more = first >= 0xFC ? 5 : first >= 0xF8 ? 4 : first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (end - at <= more) return NULL;
  uint32_t value = first & (0x3Fu >> more);
  for (int i = 1; i <= more; i++) {
    if (!is_continuation(at[i])) return NULL;
    value = value << 6 | ((unsigned char)at[i] & 0x3F);
  }
  if (value < least[more] || value > LAX_MAX) return NULL;
  if (strict && (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))) return NULL;
  *code = value;
  return at + more + 1;
}

static lua_Integer absolute(lua_Integer position, size_t length) {
  if (position >= 0) return position;
  return (size_t)-(lua_Unsigned)position > length ? 0 : (lua_Integer)length + position + 1;
}

static int length(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer from = absolute(luaL_optinteger(L, 2, 1), size) - 1, to = absolute(luaL_optinteger(L, 3, -1), size) - 1;
  int strict = !lua_toboolean(L, 4);
  luaL_argcheck(L, from >= 0 && from <= (lua_Integer)size, 2, "initial position out of bounds");
  luaL_argcheck(L, to < (lua_Integer)size, 3, "final position out of bounds");
  uint32_t steps = 0;
  lua_Integer count = 0;
  while (from <= to) {
    uint32_t code;
    sb_step(L, &steps);
    const char *next = decode(text + from, text + size, &code, strict);
    if (next == NULL) {
      luaL_pushfail(L);
      lua_pushinteger(L, from + 1);
      return 2;
    }
    from = next - text;
    count++;
  }
  lua_pushinteger(L, count);
  return 1;
}

static int code_point(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer from = absolute(luaL_optinteger(L, 2, 1), size), to = absolute(luaL_optinteger(L, 3, from), size);
  int strict = !lua_toboolean(L, 4);
  luaL_argcheck(L, from >= 1, 2, "out of bounds");
  luaL_argcheck(L, to <= (lua_Integer)size, 3, "out of bounds");
  if (from > to) return 0;
  if (to - from >= 8000) return luaL_error(L, "string slice too long");
  luaL_checkstack(L, (int)(to - from + 1), "string slice too long");
  int count = 0;
  for (const char *at = text + from - 1; at < text + to; count++) {
    uint32_t code;
    at = decode(at, text + size, &code, strict);
    if (at == NULL) return luaL_error(L, "invalid UTF-8 code");
    lua_pushinteger(L, code);
  }
  return count;
}

static int offset(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer n = luaL_checkinteger(L, 2);
  lua_Integer end = (lua_Integer)size, at = absolute(luaL_optinteger(L, 3, n > 0 ? 1 : end + 1), size) - 1;
  luaL_argcheck(L, at >= 0 && at <= end, 3, "position out of bounds");
  uint32_t steps = 0;
  if (n == 0) {
    while (at > 0 && at < end && is_continuation(text[at])) at--;
    lua_pushinteger(L, at + 1);
    return 1;
  }
  if (at < end && is_continuation(text[at])) return luaL_error(L, "initial position is a continuation byte");
  while (n < 0 && at > 0) {
    do {
      at--;
      sb_step(L, &steps);
    } while (at > 0 && is_continuation(text[at]));
    n++;
  }
  if (n > 0) {
    n--;
    while (n > 0 && at < end) {
      do {
        at++;
        sb_step(L, &steps);
      } while (at < end && is_continuation(text[at]));
      n--;
    }
  }
  if (n == 0) lua_pushinteger(L, at + 1);
  else luaL_pushfail(L);
  return 1;
}

static int next_code(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Unsigned at = (lua_Unsigned)lua_tointeger(L, 2);
  if (at > 0) while (at < size && is_continuation(text[at])) at++;
  if (at >= size) return 0;
  uint32_t code;
  const char *next = decode(text + at, text + size, &code, !lua_toboolean(L, lua_upvalueindex(1)));
  if (next == NULL || (next < text + size && is_continuation(*next))) return luaL_error(L, "invalid UTF-8 code");
  lua_pushinteger(L, (lua_Integer)at + 1);
  lua_pushinteger(L, code);
  return 2;
}

static int codes(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size == 0 || !is_continuation(*text), 1, "invalid UTF-8 code");
  lua_pushboolean(L, lua_toboolean(L, 2));
  lua_pushcclosure(L, next_code, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

void sb_open_utf8(lua_State *L) {
  static const char *const stock[] = {"char", "charpattern", NULL};
  sb_copy_stock(L, luaopen_utf8, stock);
  static const luaL_Reg own[] = {
    {"len", length}, {"codepoint", code_point}, {"offset", offset}, {"codes", codes}, {NULL, NULL},
  };
  luaL_setfuncs(L, own, 0);
}
