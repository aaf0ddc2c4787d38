// string.format: like stock's, but without %p, because no address may leave the VM.
#include "sandbox.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SPEC_MAX = 32, ITEM_BYTES = 512 }; // %99.99f of 1e308 has 410 characters

static void add_quoted_text(lua_State *L, luaL_Buffer *buffer, const char *text, size_t length) {
  uint32_t steps = 0;
  luaL_addchar(buffer, '"');
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    sb_step(L, &steps);
    if (byte == '"' || byte == '\\' || byte == '\n') {
      luaL_addchar(buffer, '\\');
      luaL_addchar(buffer, (char)byte);
    } else if (byte < 0x20 || byte == 0x7f) {
      char code[8];
      int digit_follows = i + 1 < length && text[i + 1] >= '0' && text[i + 1] <= '9';
      snprintf(code, sizeof code, digit_follows ? "\\%03d" : "\\%d", byte);
      luaL_addstring(buffer, code);
    } else {
      luaL_addchar(buffer, (char)byte);
    }
  }
  luaL_addchar(buffer, '"');
}

static void add_quoted(lua_State *L, luaL_Buffer *buffer, int argument) {
  switch (lua_type(L, argument)) {
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, argument, &length);
      add_quoted_text(L, buffer, text, length);
      return;
    }
    case LUA_TNUMBER: {
      char text[64];
      lua_Number number = lua_tonumber(L, argument);
      if (lua_isinteger(L, argument)) {
        lua_Integer whole = lua_tointeger(L, argument);
        snprintf(text, sizeof text, whole == LUA_MININTEGER ? "0x%llx" : "%lld", (long long)whole);
      } else if (number == floor(number) && fabs(number) < 1e300) {
        snprintf(text, sizeof text, "%a", number);
      } else if (number != number) {
        snprintf(text, sizeof text, "(0/0)");
      } else if (isinf(number)) {
        snprintf(text, sizeof text, "%s1e9999", number < 0 ? "-" : "");
      } else {
        snprintf(text, sizeof text, "%a", number);
      }
      luaL_addstring(buffer, text);
      return;
    }
    case LUA_TNIL: case LUA_TBOOLEAN:
      sb_to_text(L, argument, NULL);
      luaL_addvalue(buffer);
      return;
    default: luaL_argerror(L, argument, "value has no literal form");
  }
}

static void add_text(lua_State *L, luaL_Buffer *buffer, int argument, const char *spec) {
  size_t length;
  const char *text = sb_to_text(L, argument, &length);
  if (spec[2] == 0) { // plain %s
    luaL_addvalue(buffer);
    return;
  }
  luaL_argcheck(L, length == strlen(text), argument, "string contains zeros");
  if (strchr(spec, '.') == NULL && length >= 100) {
    luaL_addvalue(buffer);
    return;
  }
  char item[ITEM_BYTES];
  int written = snprintf(item, sizeof item, spec, text);
  lua_pop(L, 1);
  luaL_addlstring(buffer, item, written < 0 ? 0 : (size_t)written);
}

// Reads flags, width (two digits) and precision (two digits) up to the letter.
static size_t read_spec(lua_State *L, const char *at, const char *end, char *spec) {
  size_t used = 0;
  spec[used++] = '%';
  const char *p = at;
  while (p < end && *p != 0 && strchr("-+ #0", *p) != NULL && p - at < 6) spec[used++] = *p++;
  for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '9'; i++) spec[used++] = *p++;
  if (p < end && *p == '.') {
    spec[used++] = *p++;
    for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '9'; i++) spec[used++] = *p++;
  }
  spec[used] = 0;
  if (p >= end || (*p >= '0' && *p <= '9')) luaL_error(L, "invalid conversion '%s' to 'format'", spec);
  return (size_t)(p - at);
}

static void add_item(lua_State *L, luaL_Buffer *buffer, int argument, char *spec, char letter) {
  size_t used = strlen(spec);
  char item[ITEM_BYTES];
  int written;
  switch (letter) {
    case 'c':
      if (used == 1) {
        luaL_addchar(buffer, (char)luaL_checkinteger(L, argument));
        return;
      }
      memcpy(spec + used, "c", 2);
      written = snprintf(item, sizeof item, spec, (int)luaL_checkinteger(L, argument));
      break;
    case 'd': case 'i': case 'o': case 'x': case 'X':
      memcpy(spec + used, "ll", 2);
      spec[used + 2] = letter;
      spec[used + 3] = 0;
      written = snprintf(item, sizeof item, spec, (long long)luaL_checkinteger(L, argument));
      break;
    case 'a': case 'A': case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
      spec[used] = letter;
      spec[used + 1] = 0;
      written = snprintf(item, sizeof item, spec, luaL_checknumber(L, argument));
      break;
    case 's':
      spec[used] = 's';
      spec[used + 1] = 0;
      add_text(L, buffer, argument, spec);
      return;
    case 'q':
      if (used > 1) luaL_error(L, "specifier '%%q' cannot have modifiers");
      add_quoted(L, buffer, argument);
      return;
    default:
      spec[used] = letter >= 0x20 && letter < 0x7f ? letter : '?';
      spec[used + 1] = 0;
      luaL_error(L, "invalid conversion '%s' to 'format'", spec);
      return;
  }
  if (written > 0) luaL_addlstring(buffer, item, (size_t)written < sizeof item ? (size_t)written : sizeof item - 1);
}

static int format(lua_State *L) {
  int top = lua_gettop(L), argument = 1;
  size_t length;
  const char *at = luaL_checklstring(L, 1, &length), *end = at + length;
  uint32_t steps = 0;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (at < end) {
    sb_step(L, &steps);
    if (*at != '%') {
      luaL_addchar(&buffer, *at++);
    } else if (++at < end && *at == '%') {
      luaL_addchar(&buffer, *at++);
    } else {
      if (++argument > top) return luaL_argerror(L, argument, "no value");
      char spec[SPEC_MAX];
      at += read_spec(L, at, end, spec);
      add_item(L, &buffer, argument, spec, *at++);
    }
  }
  luaL_pushresult(&buffer);
  return 1;
}

void sb_open_string_format(lua_State *L) {
  lua_pushcfunction(L, format);
  lua_setfield(L, -2, "format");
}
