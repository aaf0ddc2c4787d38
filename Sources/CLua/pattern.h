// Lua patterns, compiled before they are matched (pattern.c).
#ifndef SWITCHBOARD_PATTERN_H
#define SWITCHBOARD_PATTERN_H
#include "sandbox.h"

enum { SB_ITEMS_MAX = 256, SB_SETS_MAX = 32, SB_CAPTURES_MAX = 32, SB_DEPTH_MAX = 200 };

typedef struct { uint8_t kind, quantifier, a, b; } sb_item;

typedef struct {
  int item_count, set_count, capture_count;
  int anchored;
  sb_item items[SB_ITEMS_MAX];
  uint32_t sets[SB_SETS_MAX][8];
} sb_pattern;

typedef struct {
  lua_State *L;
  const sb_pattern *pattern;
  const uint8_t *subject, *end;
  uint32_t steps;
  int depth;
  struct { const uint8_t *start; ptrdiff_t length; } captures[SB_CAPTURES_MAX];
} sb_match;

// Raises "malformed pattern …". With `anchors` a leading ^ ties the match to its start.
void sb_pattern_compile(lua_State *L, const char *bytes, size_t length, int anchors, sb_pattern *pattern);
void sb_match_begin(lua_State *L, sb_match *match, const sb_pattern *pattern, const char *subject, size_t length);
// The end of the match that starts at `at`, or NULL.
const uint8_t *sb_match_at(sb_match *match, const uint8_t *at);
// Pushes the captures; the whole match when there are none and `whole`.
int sb_push_captures(sb_match *match, const uint8_t *start, const uint8_t *end, int whole);
void sb_push_capture(sb_match *match, int index, const uint8_t *start, const uint8_t *end);
#endif
