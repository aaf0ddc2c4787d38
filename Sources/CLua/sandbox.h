// Shared by the files of the sandbox; not seen by Swift.
#ifndef SWITCHBOARD_SANDBOX_H
#define SWITCHBOARD_SANDBOX_H
#include "switchboard_lua.h"

enum {
  SB_HOOK_COUNT = 1000,           // a clock read each 1,000 instructions costs 9 %, each 100 more than doubles the time
  SB_TIGHT_HOOK_COUNT = 25,       // once blocks over SB_LARGE_BLOCK exist: one instruction may then take milliseconds
  SB_GARBAGE_MAX = 4 * 1024 * 1024,
  SB_LARGE_BLOCK = 64 * 1024,
  SB_BLOCK_MAX = 4 * 1024 * 1024 + 64 * 1024, // one string (4 MiB and its header), array or stack
  SB_LOG_BYTES = 16 * 1024,
  SB_LOG_LINES = 100,
  SB_RESULT_DEPTH = 64,
  SB_RESULT_NODES = 10000,
  SB_RESULT_TEXT_BYTES = 256 * 1024,
  SB_TAGS_MAX = 20,
  SB_VALUES_MAX = 20,
  SB_STATE_DEPTH = 8,
  SB_STATE_NODES = 500,
  SB_ZONE_QUERIES_MAX = 100,
  SB_TEXT_INPUT_BYTES = 128 * 1024, // twice a message: work on a text cannot be interrupted
};

// A refused stack is an ordinary, catchable error (recursion too deep); the others end the call.
typedef enum { SB_REFUSED_NOTHING, SB_REFUSED_TOTAL, SB_REFUSED_BLOCK, SB_REFUSED_TABLE, SB_REFUSED_STACK } sb_refusal;

struct sb_state {
  lua_State *main;
  lua_State *running;     // main, or the coroutine that is running now
  sb_text_function text;
  // Budgets.
  sb_limits limits;
  int armed;              // off while the state is built or closed
  int tripped;            // sticky sb_status; whatever the script says afterwards does not count
  int trip_line;
  int tight;              // SB_TIGHT_HOOK_COUNT is set
  uint64_t instructions;
  uint64_t hook_step;
  uint64_t uncounted;     // steps in C since the last look at the clock
  int64_t deadline;
  size_t used, peak, cap, base; // base: held after the last rule was loaded
  sb_refusal refusal;
  int refusal_line;
  // The call.
  const uint8_t *tape;
  size_t conversation_at, settings_at;
  int64_t now_milliseconds;
  int32_t utc_offset_seconds;
  sb_zone_function zone;
  const void *zone_context;
  int zone_queries;
  uint64_t random[2];
  uint32_t serial;
  int state_touched;
  // What it leaves.
  char *message;
  size_t message_length;
  int bad_result, bad_state;
  char log[SB_LOG_BYTES];
  size_t log_length;
  uint32_t log_lines, log_dropped;
  uint8_t *out;
  size_t out_length, out_capacity;
  // The last text that was folded or stemmed (by address: it is anchored in the registry).
  struct { const char *source; size_t source_length; char *bytes; size_t length, capacity; } recent[2];
  size_t cached_words;
};

static inline sb_state *sb_of(lua_State *L) { return *(sb_state **)lua_getextraspace(L); }

// budget.c
int64_t sb_monotonic_nanoseconds(void);
void *sb_allocate(void *context, void *block, size_t old_size, size_t new_size);
void sb_arm(sb_state *state, sb_limits limits, int64_t start);
void sb_disarm(sb_state *state);
int sb_trip(lua_State *L, int status);                 // marks the limit and raises; never returns
void sb_charge(lua_State *L, uint64_t steps);           // work done inside one C function
void sb_caught(lua_State *L, int status);               // after any catch: raises again what must not be caught
int sb_line(lua_State *L);                              // the innermost line of Lua code, or 0
// Loops in C call this each round: cheap, with a look at the clock each 1,024 rounds.
static inline void sb_step(lua_State *L, uint32_t *counter) {
  if ((++*counter & 1023) == 0) sb_charge(L, 1024);
}

// Libraries: each pushes one table of functions.
void sb_open_base(lua_State *L);       // fills the table on top
void sb_open_coroutine(lua_State *L);
void sb_open_string(lua_State *L);
void sb_open_string_format(lua_State *L); // adds `format` to the table on top
void sb_open_table(lua_State *L);
void sb_open_utf8(lua_State *L);
void sb_open_text(lua_State *L);
void sb_open_text_forms(lua_State *L); // adds to the table on top
void sb_push_transformed(lua_State *L, int operation, const char *text, size_t length);
void sb_open_time(lua_State *L);
void sb_seal_names(lua_State *L, const char *library); // unknown members of the table on top become errors
void sb_open_rule(lua_State *L);       // fills the table on top
void sb_copy_stock(lua_State *L, lua_CFunction opener, const char *const *names); // into the table on top
const char *sb_to_text(lua_State *L, int index, size_t *length); // pushes; like tostring, never an address

// rule.c
extern const char sb_rule_metatable, sb_node_metatable, sb_decision_metatable;
void sb_push_node(lua_State *L, size_t at, int schema);
int sb_push_handler(lua_State *L, int rule, const char *kind, size_t length); // pushes it, or nothing and answers 0
void sb_out_pass(lua_State *L);                         // `pass()`, to the out tape
void sb_read_decision(lua_State *L, int index);         // to the out tape
void sb_suggest(lua_State *L, const char *wanted, const char *const *names); // pushes "; did you mean 'x'?" or ""
uint64_t sb_random_next(sb_state *state);
int sb_random(lua_State *L);                            // () -> [0,1), (m) -> 1…m, (m, n) -> m…n

// objects.c
enum { SB_MESSAGE, SB_CONVERSATION, SB_CONTEXT, SB_SENDER, SB_CHAT, SB_ITEM, SB_CALLBACK, SB_PROJECT, SB_SCHEMAS };
void sb_open_objects(lua_State *L);
void sb_read_state(lua_State *L, int conversation);     // to the out tape

// time.c
void sb_push_time(lua_State *L, int64_t unix_seconds, int32_t offset_seconds);

// tape.c
size_t sb_tape_skip(const uint8_t *tape, size_t at);
void sb_tape_push(lua_State *L, const uint8_t *tape, size_t at);   // as plain Lua values
int sb_tape_find(const uint8_t *tape, size_t at, const char *key, size_t length, size_t *found);
const char *sb_tape_text(const uint8_t *tape, size_t at, size_t *length); // "" for what is no text
uint8_t sb_tape_tag(const uint8_t *tape, size_t at);
void sb_out_value(lua_State *L, int index);              // raw access only; raises a bad result
void sb_out_state(lua_State *L, int index);              // the same within the limits of conv.state
void sb_out_text(lua_State *L, const char *bytes, size_t length);
void sb_out_null(lua_State *L);
void sb_out_list(lua_State *L, uint32_t count);
void sb_out_map(lua_State *L, uint32_t count);           // then a key by sb_out_key and a value, so many times
void sb_out_key(lua_State *L, const char *bytes, size_t length);
int sb_bad_result(lua_State *L, const char *format, ...);
#endif
