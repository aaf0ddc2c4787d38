// The `text` library: what it means is decided in Swift (FlowModel/Text….swift) and asked through one function that
// returns a status; Lua errors are raised here, after Swift has returned.
#define _GNU_SOURCE
#include "sandbox.h"
#include <stdlib.h>
#include <string.h>

enum { CACHED_WORDS_MAX = 2048, CACHED_WORD_BYTES = 128, KEPT_BYTES = 64 * 1024 };

static const char word_cache[2] = {'f', 's'}, anchors[2] = {'f', 's'};

static void check_length(lua_State *L, size_t length) {
  if (length > SB_TEXT_INPUT_BYTES) {
    luaL_error(L, "the text has %d KiB, over the %d that 'text' works on", (int)(length >> 10), SB_TEXT_INPUT_BYTES >> 10);
  }
}

// Pushes what Swift makes of a text, or nil.
void sb_push_transformed(lua_State *L, int operation, const char *text, size_t length) {
  sb_state *state = sb_of(L);
  char small[512];
  check_length(L, length);
  sb_charge(L, length);
  long needed = state->text(operation, text, length, small, sizeof small);
  if (needed < 0) {
    lua_pushnil(L);
  } else if ((size_t)needed <= sizeof small) {
    lua_pushlstring(L, small, (size_t)needed);
  } else {
    luaL_Buffer buffer;
    char *out = luaL_buffinitsize(L, &buffer, (size_t)needed);
    long written = state->text(operation, text, length, out, (size_t)needed);
    luaL_pushresultsize(&buffer, written < 0 || written > needed ? 0 : (size_t)written);
  }
}

// The folded (0) or stemmed (1) form of a long text, made once while the same text is asked about.
static const char *recent_form(lua_State *L, int form, int index, size_t *length) {
  sb_state *state = sb_of(L);
  size_t source_length;
  const char *source = luaL_checklstring(L, index, &source_length);
  int operation = form == 0 ? SB_TEXT_FOLD : SB_TEXT_STEMS;
  if (state->recent[form].source != source || state->recent[form].source_length != source_length) {
    state->recent[form].source = NULL;
    check_length(L, source_length);
    sb_charge(L, source_length);
    long needed = state->text(
        operation, source, source_length, state->recent[form].bytes, state->recent[form].capacity);
    if (needed < 0) needed = 0;
    if ((size_t)needed > state->recent[form].capacity) {
      if ((size_t)needed > SB_BLOCK_MAX) sb_trip(L, SB_MEMORY);
      char *grown = realloc(state->recent[form].bytes, (size_t)needed);
      if (grown == NULL) sb_trip(L, SB_MEMORY);
      state->recent[form].bytes = grown;
      state->recent[form].capacity = (size_t)needed;
      needed = state->text(operation, source, source_length, grown, (size_t)needed);
    }
    state->recent[form].length = (size_t)needed;
    lua_pushvalue(L, index); // while it is anchored, no other text can have its address
    lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors[form]);
    state->recent[form].source = source;
    state->recent[form].source_length = source_length;
  }
  *length = state->recent[form].length;
  return state->recent[form].bytes;
}

// Replaces the word on top by its folded or stemmed form, from a cache that holds keywords of rules.
static void word_form(lua_State *L, int form) {
  sb_state *state = sb_of(L);
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "a list of texts is needed, but it holds a %s", luaL_typename(L, -1));
  lua_rawgetp(L, LUA_REGISTRYINDEX, &word_cache[form]);
  lua_pushvalue(L, -2);
  if (lua_rawget(L, -2) == LUA_TNIL) {
    size_t length;
    const char *word = lua_tolstring(L, -3, &length);
    lua_pop(L, 1);
    sb_push_transformed(L, form == 0 ? SB_TEXT_FOLD : SB_TEXT_STEMS, word, length);
    if (length <= CACHED_WORD_BYTES) {
      if (++state->cached_words > CACHED_WORDS_MAX) {
        state->cached_words = 0;
        for (int i = 0; i < 2; i++) {
          lua_newtable(L);
          lua_rawsetp(L, LUA_REGISTRYINDEX, &word_cache[i]);
        }
      } else {
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
      }
    }
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
}

// Whether the form of the word on top occurs in `text`; pops it.
static int occurs(lua_State *L, int form, const char *text, size_t length) {
  word_form(L, form);
  size_t size;
  const char *word = lua_tolstring(L, -1, &size);
  // An empty word is in no text; a word without letters has the stem form of one blank.
  int found = size > (size_t)form && memmem(text, length, word, size) != NULL;
  lua_pop(L, 1);
  return found;
}

// Whether one (or each) of the texts at 2 occurs; an empty list has none.
static int has(lua_State *L, int form, int wants_all) {
  size_t length;
  const char *text = recent_form(L, form, 1, &length);
  int found = 0;
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_settop(L, 2);
    found = occurs(L, form, text, length);
  } else {
    luaL_argexpected(L, lua_type(L, 2) == LUA_TTABLE, 2, "list of texts");
    lua_Unsigned count = lua_rawlen(L, 2);
    for (lua_Unsigned i = 1; i <= count; i++) {
      lua_rawgeti(L, 2, (lua_Integer)i);
      found = occurs(L, form, text, length);
      sb_charge(L, length / 16 + 4);
      if (found != wants_all) break;
    }
  }
  lua_pushboolean(L, found);
  return 1;
}

static int has_any(lua_State *L) { return has(L, 0, 0); }
static int has_all(lua_State *L) { return has(L, 0, 1); }
static int has_word(lua_State *L) { return has(L, 1, 0); }
static int has_all_words(lua_State *L) { return has(L, 1, 1); }

static int contains(lua_State *L) {
  luaL_checktype(L, 2, LUA_TSTRING);
  return has(L, 0, 0);
}

static int transform(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  sb_push_transformed(L, (int)lua_tointeger(L, lua_upvalueindex(1)), text, length);
  return 1;
}

static int number(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  sb_push_transformed(L, (int)lua_tointeger(L, lua_upvalueindex(1)), text, length);
  if (lua_isnil(L, -1)) return 1;
  if (lua_stringtonumber(L, lua_tostring(L, -1)) == 0) lua_pushnil(L);
  return 1;
}

// What Swift gives one a line, as a list.
static int lines(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  sb_push_transformed(L, (int)lua_tointeger(L, lua_upvalueindex(1)), text, length);
  const char *at = lua_tolstring(L, -1, &length);
  lua_newtable(L);
  uint32_t steps = 0;
  for (lua_Integer count = 1; length > 0; count++) {
    sb_step(L, &steps);
    const char *newline = memchr(at, '\n', length);
    size_t size = newline ? (size_t)(newline - at) : length;
    lua_pushlstring(L, at, size);
    lua_rawseti(L, -2, count);
    at += size + (newline != NULL);
    length -= size + (newline != NULL);
  }
  return 1;
}

static int scalar_count(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer count = 0;
  for (size_t i = 0; i < length; i++) count += ((unsigned char)text[i] & 0xC0) != 0x80;
  sb_charge(L, length / 8);
  lua_pushinteger(L, count);
  return 1;
}

void sb_open_text(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"has_any", has_any}, {"has_all", has_all}, {"has_word", has_word}, {"has_all_words", has_all_words},
    {"contains", contains}, {"length", scalar_count}, {NULL, NULL},
  };
  static const struct { const char *name; lua_CFunction function; int operation; } transforms[] = {
    {"fold", transform, SB_TEXT_FOLD}, {"lower", transform, SB_TEXT_LOWER}, {"upper", transform, SB_TEXT_UPPER},
    {"trim", transform, SB_TEXT_TRIM}, {"stem", transform, SB_TEXT_STEM}, {"words", lines, SB_TEXT_WORDS},
    {"find_phone", transform, SB_TEXT_PHONE}, {"find_phones", lines, SB_TEXT_PHONES},
    {"find_price", number, SB_TEXT_PRICE}, {"find_number", number, SB_TEXT_NUMBER},
    {"find_email", transform, SB_TEXT_EMAIL}, {"find_link", transform, SB_TEXT_LINK},
    {"digits", transform, SB_TEXT_DIGITS}, {"language", transform, SB_TEXT_LANGUAGE},
  };
  luaL_setfuncs(L, functions, 0);
  sb_open_text_forms(L);
  for (size_t i = 0; i < sizeof transforms / sizeof *transforms; i++) {
    lua_pushinteger(L, transforms[i].operation);
    lua_pushcclosure(L, transforms[i].function, 1);
    lua_setfield(L, -2, transforms[i].name);
  }
  for (int i = 0; i < 2; i++) {
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &word_cache[i]);
  }
  sb_seal_names(L, "text");
}
