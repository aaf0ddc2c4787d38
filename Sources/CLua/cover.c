// Which lines hold code, read out of the bytecode that Lua's own compiler makes of a file (format of Lua 5.4's lundump.c).
// Nothing of it is run.
#include "sandbox.h"
#include <stdlib.h>
#include <string.h>

enum { SB_OP_TAILCALL = 69 }; // lopcodes.h of Lua 5.4

typedef struct {
  uint8_t *bytes;
  size_t length, capacity;
} buffer;

typedef struct {
  const uint8_t *at, *end;
  uint8_t *lines;
  size_t count;
  int is_broken;
} reader;

void sb_cover(sb_state *state, uint8_t *lines, size_t count) {
  state->lines = lines;
  state->line_count = count;
}

static int append(lua_State *L, const void *piece, size_t size, void *context) {
  (void)L;
  buffer *out = context;
  if (out->length + size > out->capacity) {
    size_t capacity = (out->length + size) * 2;
    uint8_t *grown = realloc(out->bytes, capacity);
    if (grown == NULL) return 1;
    out->bytes = grown;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->length, piece, size);
  out->length += size;
  return 0;
}

static void skip(reader *in, size_t size) {
  if ((size_t)(in->end - in->at) < size) {
    in->is_broken = 1;
    in->at = in->end;
  } else {
    in->at += size;
  }
}

static uint8_t byte(reader *in) {
  if (in->at >= in->end) {
    in->is_broken = 1;
    return 0;
  }
  return *in->at++;
}

// Seven bits a byte, the highest first; the last byte has its top bit set.
static size_t number(reader *in) {
  size_t value = 0;
  for (int digits = 0; digits < 10; digits++) {
    uint8_t next = byte(in);
    value = (value << 7) | (next & 0x7F);
    if (next & 0x80) return value;
  }
  in->is_broken = 1;
  return 0;
}

static void text(reader *in) {
  size_t size = number(in);
  if (size > 1) skip(in, size - 1);
}

static void constants(reader *in) {
  for (size_t left = number(in); left > 0 && !in->is_broken; left--) {
    switch (byte(in)) {
    case 0x03: case 0x13: skip(in, 8); break; // integer, float
    case 0x04: case 0x14: text(in); break;    // short, long string
    default: break;                           // nil, false, true
    }
  }
}

// Line numbers are differences from instruction to instruction; -128 sends to the table of absolute ones.
static void note_lines(reader *in, const uint8_t *code, int is_variadic, size_t line) {
  size_t count = number(in);
  const uint8_t *differences = in->at;
  skip(in, count);
  if (in->is_broken) return;
  size_t absolute = number(in), next_at = 0, next_line = 0;
  int has_next = 0;
  if (absolute > 0) {
    next_at = number(in), next_line = number(in);
    has_next = 1;
  }
  for (size_t at = 0; at < count && !in->is_broken; at++) {
    if ((int8_t)differences[at] == -128 && has_next && next_at == at) {
      line = next_line;
      has_next = --absolute > 0;
      if (has_next) next_at = number(in), next_line = number(in);
    } else {
      line += (size_t)(ptrdiff_t)(int8_t)differences[at];
    }
    // The first instruction of a variadic function and the return at the end of each are not the author's, nor is the
    // return behind a tail call, which is never come to.
    int is_after_tail_call = at > 0 && (code[4 * (at - 1)] & 0x7F) == SB_OP_TAILCALL;
    if (!(is_variadic && at == 0) && at + 1 < count && !is_after_tail_call && line < in->count) in->lines[line] = 1;
  }
  while (has_next && --absolute > 0 && !in->is_broken) number(in), number(in);
}

static void function(reader *in, int depth) {
  if (depth > 200) {
    in->is_broken = 1;
    return;
  }
  text(in);
  size_t line = number(in);
  number(in);
  skip(in, 1);
  int is_variadic = byte(in);
  skip(in, 1);
  size_t code = number(in);
  if (code > (size_t)(in->end - in->at)) in->is_broken = 1;
  if (in->is_broken) return;
  const uint8_t *instructions = in->at;
  skip(in, code * 4);
  constants(in);
  size_t upvalues = number(in);
  if (upvalues > 255) in->is_broken = 1;
  if (in->is_broken) return;
  skip(in, upvalues * 3);
  for (size_t left = number(in); left > 0 && !in->is_broken; left--) function(in, depth + 1);
  if (in->is_broken) return;
  note_lines(in, instructions, is_variadic, line);
  for (size_t left = number(in); left > 0 && !in->is_broken; left--) text(in), number(in), number(in);
  for (size_t left = number(in); left > 0 && !in->is_broken; left--) text(in);
}

int sb_code_lines(const char *name, const char *source, size_t length, uint8_t *lines, size_t count) {
  lua_State *L = luaL_newstate();
  if (L == NULL) return 0;
  buffer out = {0};
  int is_compiled = luaL_loadbufferx(L, source, length, name, "t") == LUA_OK && lua_dump(L, append, &out, 0) == 0;
  lua_close(L);
  // Signature, version, format, data, three sizes, an integer, a number; then the count of upvalues.
  reader in = {out.bytes, out.bytes + out.length, lines, count, 0};
  if (is_compiled) {
    skip(&in, 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1);
    function(&in, 0);
  }
  free(out.bytes);
  return is_compiled && !in.is_broken;
}
