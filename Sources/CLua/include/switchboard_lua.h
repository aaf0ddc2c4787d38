// The C side of the rule engine. No longjmp of Lua's may cross a Swift frame: everything that can raise
// a Lua error lives on this side, and Swift only returns status codes.
#ifndef SWITCHBOARD_LUA_H
#define SWITCHBOARD_LUA_H
#include <stddef.h>
#include <stdint.h>
#include <lua5.4/lua.h>
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>

// One Lua state in its sandbox, used by one thread at a time.
typedef struct sb_state sb_state;

// Budgets of one call (and, with larger figures, of loading one file). UINT64_MAX instructions switch all budgets off:
// no hook, no caps; for measuring what budgets cost.
typedef struct {
  uint64_t instructions;
  uint64_t memory_bytes;
  int64_t cpu_nanoseconds;
  uint32_t table_slots; // hash part of one table: colliding keys make one rehash quadratic
} sb_limits;

// What stopped a call, or SB_OK.
typedef enum {
  SB_OK = 0,
  SB_FAILED = 1,       // a Lua error; message and line are set
  SB_INSTRUCTIONS = 2,
  SB_MEMORY = 3,
  SB_TIME = 4,
  SB_BAD_RESULT = 5,   // it ran, but returned no decision
  SB_BAD_STATE = 6,    // conv.state is over its limits
} sb_status;

// Text work done by Swift: writes at most `capacity` bytes to `out` and returns the full length, or -1 for "none".
typedef enum {
  SB_TEXT_FOLD = 0, SB_TEXT_STEMS, SB_TEXT_LOWER, SB_TEXT_UPPER, SB_TEXT_TRIM, SB_TEXT_WORDS, SB_TEXT_STEM,
  SB_TEXT_PHONE, SB_TEXT_PRICE, SB_TEXT_PHONES, SB_TEXT_NUMBER, SB_TEXT_EMAIL, SB_TEXT_LINK, SB_TEXT_DIGITS,
  SB_TEXT_LANGUAGE,
} sb_text_operation;
typedef long (*sb_text_function)(int operation, const char *in, size_t length, char *out, size_t capacity);
// Seconds east of UTC in a time zone (empty: the project's own) at a moment; 0 when there is no such zone, else 1.
typedef int (*sb_zone_function)(
    const void *context, const char *zone, size_t length, int64_t unix_seconds, int32_t *offset_seconds);

// What one call is about. The tape holds message, conversation and settings, one after the other (tape.c says how).
typedef struct {
  const uint8_t *tape;
  size_t tape_length;
  int64_t now_milliseconds;
  int32_t utc_offset_seconds;
  uint64_t seed;
  sb_zone_function zone; // may be NULL: then only the project's offset at `now` is known
  const void *zone_context;
} sb_call;

// Valid until the next use of the state.
typedef struct {
  int status;
  int line;              // 0 when unknown
  const char *message;   // for failures; not cut, not escaped
  size_t message_length;
  const uint8_t *result; // a tape
  size_t result_length;
  const char *log;       // lines of print, each ended by \n
  size_t log_length;
  uint32_t log_dropped;
  uint64_t instructions;
  uint64_t peak_bytes;
  int64_t cpu_nanoseconds;
} sb_outcome;

// NULL when there is no memory for it.
sb_state *sb_open(sb_text_function text);
void sb_close(sb_state *state);
// Compiles the file, runs it and keeps the rule it returns; *reference is what sb_judge takes.
sb_outcome sb_load(
    sb_state *state, const char *name, const char *source, size_t length, sb_limits limits, int *reference);
void sb_unload(sb_state *state, int reference);
sb_outcome sb_judge(sb_state *state, int reference, const sb_call *call, sb_limits limits);
// Runs a bare chunk with writable globals of its own; its result is a text or a decision.
sb_outcome sb_run(
    sb_state *state, const char *name, const char *source, size_t length, const sb_call *call, sb_limits limits);
// Compiles only: SB_OK or SB_FAILED.
sb_outcome sb_compile(sb_state *state, const char *name, const char *source, size_t length, sb_limits limits);
// CPU time of this thread.
int64_t sb_thread_nanoseconds(void);
#endif
