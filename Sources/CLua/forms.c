// The rest of the `text` library: comparing, cutting and putting together. Comparisons are made on folded text.
#define _GNU_SOURCE
#include "sandbox.h"
#include <string.h>

enum { COMPARED_LETTERS_MAX = 64 };

// Pushes the folded text of the argument, without white space at its ends.
static const char *folded_argument(lua_State *L, int index, size_t *length) {
  size_t source_length;
  const char *source = luaL_checklstring(L, index, &source_length);
  sb_push_transformed(L, SB_TEXT_FOLD, source, source_length);
  const char *text = lua_tolstring(L, -1, length);
  if (*length > 0 && text[*length - 1] == ' ') (*length)--;
  if (*length > 0 && text[0] == ' ') {
    text++;
    (*length)--;
  }
  return text;
}

static int starts_with(lua_State *L) {
  size_t length, part_length;
  const char *text = folded_argument(L, 1, &length), *part = folded_argument(L, 2, &part_length);
  lua_pushboolean(L, part_length > 0 && part_length <= length && memcmp(text, part, part_length) == 0);
  return 1;
}

static int ends_with(lua_State *L) {
  size_t length, part_length;
  const char *text = folded_argument(L, 1, &length), *part = folded_argument(L, 2, &part_length);
  int found = part_length > 0 && part_length <= length
    && memcmp(text + length - part_length, part, part_length) == 0;
  lua_pushboolean(L, found);
  return 1;
}

static int equals(lua_State *L) {
  size_t length, other_length;
  const char *text = folded_argument(L, 1, &length), *other = folded_argument(L, 2, &other_length);
  lua_pushboolean(L, length == other_length && memcmp(text, other, length) == 0);
  return 1;
}

static int is_blank(lua_State *L) {
  size_t length;
  folded_argument(L, 1, &length);
  lua_pushboolean(L, length == 0);
  return 1;
}

typedef struct { uint32_t letters[COMPARED_LETTERS_MAX]; int count; } word;

// At most COMPARED_LETTERS_MAX letters; bytes that are no UTF-8 count as letters of their own.
static void read_word(const char *bytes, size_t length, word *into) {
  into->count = 0;
  for (size_t i = 0; i < length && into->count < COMPARED_LETTERS_MAX;) {
    uint32_t letter = (unsigned char)bytes[i++];
    if (letter >= 0xC0) while (i < length && ((unsigned char)bytes[i] & 0xC0) == 0x80) {
      letter = letter << 6 | ((unsigned char)bytes[i++] & 0x3F);
    }
    into->letters[into->count++] = letter;
  }
}

// Letters to add, drop or change; two neighbours that changed places count once.
static int edits_between(const word *left, const word *right) {
  int rows[3][COMPARED_LETTERS_MAX + 1];
  int *before = rows[0], *above = rows[1], *row = rows[2];
  for (int j = 0; j <= right->count; j++) above[j] = j;
  for (int i = 1; i <= left->count; i++) {
    row[0] = i;
    for (int j = 1; j <= right->count; j++) {
      int best = above[j - 1] + (left->letters[i - 1] != right->letters[j - 1]);
      if (above[j] + 1 < best) best = above[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      int swapped = i > 1 && j > 1 && left->letters[i - 1] == right->letters[j - 2]
        && left->letters[i - 2] == right->letters[j - 1];
      if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
      row[j] = best;
    }
    int *spare = before;
    before = above;
    above = row;
    row = spare;
  }
  return above[right->count];
}

static int text_distance(lua_State *L) {
  size_t length;
  word left, right;
  const char *text = folded_argument(L, 1, &length);
  read_word(text, length, &left);
  text = folded_argument(L, 2, &length);
  read_word(text, length, &right);
  sb_charge(L, (uint64_t)left.count * right.count);
  lua_pushinteger(L, edits_between(&left, &right));
  return 1;
}

static int tolerance(int letters) { return letters < 4 ? 0 : letters < 8 ? 1 : 2; }

// Whether a word of the folded words (one a line) is near the word.
static int is_near(lua_State *L, const char *words, size_t length, const word *wanted, int edits) {
  while (length > 0) {
    const char *newline = memchr(words, '\n', length);
    size_t size = newline ? (size_t)(newline - words) : length;
    word found;
    read_word(words, size, &found);
    int apart = found.count - wanted->count;
    sb_charge(L, 16);
    if (apart <= edits && -apart <= edits) {
      sb_charge(L, (uint64_t)found.count * wanted->count);
      if (edits_between(&found, wanted) <= edits) return 1;
    }
    words += size + (newline != NULL);
    length -= size + (newline != NULL);
  }
  return 0;
}

// text.has_close(s, words, edits): spelling mistakes allowed, more of them in longer words.
static int has_close(lua_State *L) {
  size_t length;
  lua_Integer edits = luaL_optinteger(L, 3, -1);
  luaL_argcheck(L, edits >= -1 && edits <= 8, 3, "0 to 8 expected");
  luaL_argexpected(L, lua_type(L, 2) == LUA_TTABLE || lua_type(L, 2) == LUA_TSTRING, 2, "list of texts");
  const char *text = folded_argument(L, 1, &length);
  sb_push_transformed(L, SB_TEXT_WORDS, text, length);
  const char *words = lua_tolstring(L, -1, &length);
  lua_Integer count = lua_type(L, 2) == LUA_TSTRING ? 1 : (lua_Integer)lua_rawlen(L, 2);
  int top = lua_gettop(L), found = 0;
  for (lua_Integer i = 1; i <= count && !found; i++) {
    if (lua_type(L, 2) == LUA_TSTRING) lua_pushvalue(L, 2);
    else lua_rawgeti(L, 2, i);
    if (lua_type(L, -1) != LUA_TSTRING) {
      return luaL_error(L, "a list of texts is needed, but it holds a %s", luaL_typename(L, -1));
    }
    size_t wanted_length;
    word wanted;
    const char *bytes = folded_argument(L, top + 1, &wanted_length);
    read_word(bytes, wanted_length, &wanted);
    if (wanted.count > 0) {
      found = is_near(L, words, length, &wanted, edits < 0 ? tolerance(wanted.count) : (int)edits);
    }
    lua_settop(L, top);
  }
  lua_pushboolean(L, found);
  return 1;
}

static int split(lua_State *L) {
  size_t length, size;
  const char *text = luaL_checklstring(L, 1, &length), *separator = luaL_checklstring(L, 2, &size);
  luaL_argcheck(L, size > 0, 2, "a separator is needed");
  lua_newtable(L);
  uint32_t steps = 0;
  lua_Integer count = 0;
  for (;;) {
    sb_step(L, &steps);
    const char *found = memmem(text, length, separator, size);
    lua_pushlstring(L, text, found ? (size_t)(found - text) : length);
    lua_rawseti(L, -2, ++count);
    if (found == NULL) return 1;
    length -= (size_t)(found - text) + size;
    text = found + size;
  }
}

static int shorten(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer wanted = luaL_checkinteger(L, 2), letters = 0;
  luaL_argcheck(L, wanted > 0, 2, "a number over 0 expected");
  size_t cut = 0; // before the last letter that may stay
  for (size_t i = 0; i < length; i++) {
    if (((unsigned char)text[i] & 0xC0) == 0x80) continue;
    if (++letters == wanted) cut = i;
    if (letters > wanted) break;
  }
  sb_charge(L, length / 8);
  if (letters <= wanted) {
    lua_pushvalue(L, 1);
  } else {
    while (cut > 0 && text[cut - 1] == ' ') cut--;
    lua_pushlstring(L, text, cut);
    lua_pushliteral(L, "…");
    lua_concat(L, 2);
  }
  return 1;
}

// text.plural(5, "день", "дня", "дней"): the form that goes with the number in Russian.
static int plural(lua_State *L) {
  lua_Integer number = luaL_checkinteger(L, 1);
  for (int i = 2; i <= 4; i++) luaL_checktype(L, i, LUA_TSTRING);
  lua_Unsigned size = number < 0 ? 0 - (lua_Unsigned)number : (lua_Unsigned)number;
  int teen = size % 100 / 10 == 1, last = (int)(size % 10);
  lua_pushvalue(L, !teen && last == 1 ? 2 : !teen && last >= 2 && last <= 4 ? 3 : 4);
  return 1;
}

// text.fill("Привет, {name}!", { name = "Анна" }): `{{` is a brace; a hole without a value is an error.
static int fill(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length), *end = text + length;
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  uint32_t steps = 0;
  while (text < end) {
    sb_step(L, &steps);
    const char *brace = memchr(text, '{', (size_t)(end - text));
    luaL_addlstring(&buffer, text, (size_t)((brace ? brace : end) - text));
    if (brace == NULL) break;
    text = brace + 1;
    if (text < end && *text == '{') {
      luaL_addchar(&buffer, '{');
      text++;
      continue;
    }
    const char *close = memchr(text, '}', (size_t)(end - text));
    if (close == NULL) return luaL_error(L, "a hole '{' is not closed; write '{{' for a brace");
    lua_pushlstring(L, text, (size_t)(close - text));
    lua_pushvalue(L, -1);
    int kind = lua_rawget(L, 2);
    if (kind != LUA_TSTRING && kind != LUA_TNUMBER) {
      return luaL_error(L, "there is no text or number for '{%s}'", lua_tostring(L, -2));
    }
    lua_remove(L, -2);
    luaL_addvalue(&buffer);
    text = close + 1;
  }
  luaL_pushresult(&buffer);
  return 1;
}

void sb_open_text_forms(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"starts_with", starts_with}, {"ends_with", ends_with}, {"equals", equals}, {"is_blank", is_blank},
    {"distance", text_distance}, {"has_close", has_close}, {"split", split}, {"shorten", shorten},
    {"plural", plural}, {"fill", fill}, {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
