// Lua patterns as §6.4.1 of the manual describes them. A pattern is compiled to a row of items first; matching then
// walks items, backtracks by recursion, and counts every step, because no hook fires inside C.
#include "pattern.h"
#include <ctype.h>
#include <string.h>

enum {
  ITEM_END, ITEM_CHAR, ITEM_ANY, ITEM_SET, ITEM_CLASS, ITEM_OPEN, ITEM_POSITION, ITEM_CLOSE, ITEM_BACK, ITEM_BALANCE,
  ITEM_FRONTIER, ITEM_FINISH,
};
static const ptrdiff_t POSITION = -2;

static int in_class(int byte, int letter) {
  int yes;
  switch (letter | 0x20) {
    case 'a': yes = isalpha(byte); break;
    case 'c': yes = iscntrl(byte); break;
    case 'd': yes = isdigit(byte); break;
    case 'g': yes = isgraph(byte); break;
    case 'l': yes = islower(byte); break;
    case 'p': yes = ispunct(byte); break;
    case 's': yes = isspace(byte); break;
    case 'u': yes = isupper(byte); break;
    case 'w': yes = isalnum(byte); break;
    default: yes = isxdigit(byte); break;
  }
  return (letter & 0x20) ? yes != 0 : yes == 0;
}

static int is_class_letter(int letter) {
  return letter != 0 && letter < 0x80 && strchr("acdglpsuwxACDGLPSUWX", letter) != NULL;
}

static void add(uint32_t *set, int byte) { set[byte >> 5] |= 1u << (byte & 31); }
static int has(const uint32_t *set, int byte) { return (int)(set[byte >> 5] >> (byte & 31)) & 1; }

// `at` stands after '['; the answer stands after ']'.
static const uint8_t *compile_set(lua_State *L, const uint8_t *at, const uint8_t *end, uint32_t *set) {
  int negated = at < end && *at == '^';
  if (negated) at++;
  const uint8_t *close = at; // a ']' in the first place is literal
  do {
    if (close >= end) luaL_error(L, "malformed pattern (missing ']')");
    if (*close++ == '%') close++;
  } while (close >= end || *close != ']');
  memset(set, 0, 32);
  while (at < close) {
    if (*at == '%' && at + 1 < close) {
      int letter = at[1];
      if (is_class_letter(letter)) {
        for (int byte = 0; byte < 256; byte++) if (in_class(byte, letter)) add(set, byte);
      } else {
        add(set, letter);
      }
      at += 2;
    } else if (at + 2 < close && at[1] == '-') {
      for (int byte = at[0]; byte <= at[2]; byte++) add(set, byte);
      at += 3;
    } else {
      add(set, *at++);
    }
  }
  if (negated) for (int i = 0; i < 8; i++) set[i] = ~set[i];
  return close + 1;
}

static sb_item *new_item(lua_State *L, sb_pattern *pattern, int kind) {
  if (pattern->item_count >= SB_ITEMS_MAX) luaL_error(L, "pattern too complex");
  sb_item *item = &pattern->items[pattern->item_count++];
  *item = (sb_item){.kind = (uint8_t)kind};
  return item;
}

static const uint8_t *add_set(
    lua_State *L, sb_pattern *pattern, const uint8_t *at, const uint8_t *end, sb_item *item) {
  if (pattern->set_count >= SB_SETS_MAX) luaL_error(L, "pattern too complex");
  item->a = (uint8_t)pattern->set_count;
  return compile_set(L, at, end, pattern->sets[pattern->set_count++]);
}

// After '%', which was not followed by a class or an escaped character.
static const uint8_t *compile_special(
    lua_State *L, sb_pattern *pattern, const uint8_t *at, const uint8_t *end, const uint8_t *open) {
  if (*at == 'b') {
    if (at + 2 >= end) luaL_error(L, "malformed pattern (missing arguments to '%%b')");
    sb_item *item = new_item(L, pattern, ITEM_BALANCE);
    item->a = at[1];
    item->b = at[2];
    return at + 3;
  }
  if (*at == 'f') {
    if (at + 1 >= end || at[1] != '[') luaL_error(L, "missing '[' after '%%f' in pattern");
    return add_set(L, pattern, at + 2, end, new_item(L, pattern, ITEM_FRONTIER));
  }
  int index = *at - '1';
  if (index < 0 || index >= pattern->capture_count || open[index]) {
    luaL_error(L, "invalid capture index %%%d in pattern", index + 1);
  }
  new_item(L, pattern, ITEM_BACK)->a = (uint8_t)index;
  return at + 1;
}

static const uint8_t *compile_single(lua_State *L, sb_pattern *pattern, const uint8_t *at, const uint8_t *end) {
  sb_item *item = new_item(L, pattern, ITEM_CHAR);
  int byte = *at++;
  if (byte == '.') {
    item->kind = ITEM_ANY;
  } else if (byte == '[') {
    item->kind = ITEM_SET;
    at = add_set(L, pattern, at, end, item);
  } else if (byte == '%') {
    item->a = *at;
    if (is_class_letter(*at)) item->kind = ITEM_CLASS;
    at++;
  } else {
    item->a = (uint8_t)byte;
  }
  if (at < end && (*at == '*' || *at == '+' || *at == '-' || *at == '?')) item->quantifier = *at++;
  return at;
}

void sb_pattern_compile(lua_State *L, const char *bytes, size_t length, int anchors, sb_pattern *pattern) {
  const uint8_t *at = (const uint8_t *)bytes, *end = at + length;
  uint8_t open[SB_CAPTURES_MAX] = {0};
  pattern->item_count = pattern->set_count = pattern->capture_count = 0;
  pattern->anchored = anchors && length > 0 && *at == '^';
  if (pattern->anchored) at++;
  while (at < end) {
    if (*at == '(') {
      if (pattern->capture_count >= SB_CAPTURES_MAX) luaL_error(L, "too many captures");
      int position = at + 1 < end && at[1] == ')';
      new_item(L, pattern, position ? ITEM_POSITION : ITEM_OPEN)->a = (uint8_t)pattern->capture_count;
      open[pattern->capture_count++] = (uint8_t)!position;
      at += position ? 2 : 1;
    } else if (*at == ')') {
      int index = pattern->capture_count - 1;
      while (index >= 0 && !open[index]) index--;
      if (index < 0) luaL_error(L, "invalid pattern capture");
      open[index] = 0;
      new_item(L, pattern, ITEM_CLOSE)->a = (uint8_t)index;
      at++;
    } else if (*at == '$' && at + 1 == end) {
      new_item(L, pattern, ITEM_FINISH);
      at++;
    } else if (*at == '%') {
      if (at + 1 >= end) luaL_error(L, "malformed pattern (ends with '%%')");
      if (at[1] == 'b' || at[1] == 'f' || isdigit(at[1])) at = compile_special(L, pattern, at + 1, end, open);
      else at = compile_single(L, pattern, at, end);
    } else {
      at = compile_single(L, pattern, at, end);
    }
  }
  for (int i = 0; i < pattern->capture_count; i++) if (open[i]) luaL_error(L, "unfinished capture");
  new_item(L, pattern, ITEM_END);
}

void sb_match_begin(lua_State *L, sb_match *match, const sb_pattern *pattern, const char *subject, size_t length) {
  match->L = L;
  match->pattern = pattern;
  match->subject = (const uint8_t *)subject;
  match->end = match->subject + length;
  match->steps = 0;
  match->depth = 0;
}

static int single(const sb_match *match, const sb_item *item, const uint8_t *at) {
  if (at >= match->end) return 0;
  switch (item->kind) {
    case ITEM_CHAR: return *at == item->a;
    case ITEM_ANY: return 1;
    case ITEM_CLASS: return in_class(*at, item->a);
    default: return has(match->pattern->sets[item->a], *at);
  }
}

static const uint8_t *balance(sb_match *match, const sb_item *item, const uint8_t *at) {
  if (at >= match->end || *at != item->a) return NULL;
  int nested = 1;
  for (at++; at < match->end; at++) {
    sb_step(match->L, &match->steps);
    if (*at == item->b) {
      if (--nested == 0) return at + 1;
    } else if (*at == item->a) {
      nested++;
    }
  }
  return NULL;
}

static const uint8_t *walk(sb_match *match, const uint8_t *at, const sb_item *item);

static const uint8_t *greedy(sb_match *match, const uint8_t *at, const sb_item *item, ptrdiff_t least) {
  ptrdiff_t count = 0;
  while (single(match, item, at + count)) {
    count++;
    sb_step(match->L, &match->steps);
  }
  const sb_item *next = item + 1;
  for (; count >= least; count--) {
    sb_step(match->L, &match->steps);
    // A literal that cannot follow here needs no descent.
    int must_follow = next->kind == ITEM_CHAR && (next->quantifier == 0 || next->quantifier == '+');
    if (must_follow && !single(match, next, at + count)) continue;
    const uint8_t *end = walk(match, at + count, next);
    if (end != NULL) return end;
  }
  return NULL;
}

static const uint8_t *lazy(sb_match *match, const uint8_t *at, const sb_item *item) {
  for (;;) {
    sb_step(match->L, &match->steps);
    const uint8_t *end = walk(match, at, item + 1);
    if (end != NULL) return end;
    if (!single(match, item, at)) return NULL;
    at++;
  }
}

// One item that is no capture and has no choice; NULL when it does not match.
static const uint8_t *fixed(sb_match *match, const uint8_t *at, const sb_item *item) {
  switch (item->kind) {
    case ITEM_BALANCE: return balance(match, item, at);
    case ITEM_FRONTIER: {
      const uint32_t *set = match->pattern->sets[item->a];
      int before = at == match->subject ? 0 : at[-1], here = at < match->end ? *at : 0;
      return !has(set, before) && has(set, here) ? at : NULL;
    }
    case ITEM_BACK: {
      if (match->captures[item->a].length < 0) return NULL; // a position has no text
      size_t length = (size_t)match->captures[item->a].length;
      if ((size_t)(match->end - at) < length) return NULL;
      match->steps += (uint32_t)(length / 64);
      return memcmp(match->captures[item->a].start, at, length) == 0 ? at + length : NULL;
    }
    case ITEM_FINISH: return at == match->end ? at : NULL;
    default: return single(match, item, at) ? at + 1 : NULL;
  }
}

static const uint8_t *walk_items(sb_match *match, const uint8_t *at, const sb_item *item) {
  for (;; item++) {
    sb_step(match->L, &match->steps);
    switch (item->kind) {
      case ITEM_END: return at;
      case ITEM_OPEN:
        match->captures[item->a].start = at;
        continue;
      case ITEM_POSITION:
        match->captures[item->a].start = at;
        match->captures[item->a].length = POSITION;
        continue;
      case ITEM_CLOSE:
        match->captures[item->a].length = at - match->captures[item->a].start;
        continue;
      default: break;
    }
    switch (item->quantifier) {
      case '*': return greedy(match, at, item, 0);
      case '+': return greedy(match, at, item, 1);
      case '-': return lazy(match, at, item);
      case '?':
        if (single(match, item, at)) {
          const uint8_t *end = walk(match, at + 1, item + 1);
          if (end != NULL) return end;
        }
        continue;
      default:
        at = fixed(match, at, item);
        if (at == NULL) return NULL;
    }
  }
}

static const uint8_t *walk(sb_match *match, const uint8_t *at, const sb_item *item) {
  if (++match->depth > SB_DEPTH_MAX) luaL_error(match->L, "pattern too complex");
  const uint8_t *end = walk_items(match, at, item);
  match->depth--;
  return end;
}

const uint8_t *sb_match_at(sb_match *match, const uint8_t *at) {
  match->depth = 0;
  return walk(match, at, match->pattern->items);
}

void sb_push_capture(sb_match *match, int index, const uint8_t *start, const uint8_t *end) {
  if (index >= match->pattern->capture_count) {
    if (index != 0) luaL_error(match->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(match->L, (const char *)start, (size_t)(end - start));
  } else if (match->captures[index].length == POSITION) {
    lua_pushinteger(match->L, match->captures[index].start - match->subject + 1);
  } else {
    lua_pushlstring(match->L, (const char *)match->captures[index].start, (size_t)match->captures[index].length);
  }
}

int sb_push_captures(sb_match *match, const uint8_t *start, const uint8_t *end, int whole) {
  int count = match->pattern->capture_count == 0 && whole ? 1 : match->pattern->capture_count;
  luaL_checkstack(match->L, count, "too many captures");
  for (int i = 0; i < count; i++) sb_push_capture(match, i, start, end);
  return count;
}
