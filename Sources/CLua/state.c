// A state's life: opening, loading rules, judging, closing. Everything that can raise runs under lua_pcall here.
#include "sandbox.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char strict_key = 's', fresh_key = 'f';

static int unknown_global(lua_State *L) {
  static const char *const names[] = {
    "rule", "reply", "route", "pass", "block", "drop", "text", "time", "string", "table", "math", "utf8", "coroutine", "print",
    "pairs", "ipairs", "next", "select", "tostring", "tonumber", "type", "error", "assert", "pcall", "xpcall",
    "setmetatable", "getmetatable", NULL,
  };
  static const char *const absent[] = {
    "io", "os", "debug", "package", "require", "load", "loadstring", "loadfile", "dofile",
    "collectgarbage", "rawset", NULL,
  };
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  for (int i = 0; absent[i] != NULL; i++) {
    if (strcmp(name, absent[i]) == 0) return luaL_error(L, "'%s' does not exist in rules", name);
  }
  sb_suggest(L, name, names);
  return luaL_error(L, "unknown global '%s'%s", name, lua_tostring(L, -1));
}

static int known_global(lua_State *L) {
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

static int global_write(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  return luaL_error(L, "write to global '%s': rules have no globals, write 'local %s'", name, name);
}

static int read_only(lua_State *L) { return luaL_error(L, "libraries are read-only"); }

// Replaces the table of functions on top by a userdata that gives them: nothing raw can be written into it.
static void seal(lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, read_only);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

static void add_library(lua_State *L, int globals, const char *name, void (*open)(lua_State *)) {
  lua_newtable(L);
  open(L);
  seal(L);
  lua_setfield(L, globals, name);
}

static int build(lua_State *L) {
  lua_newtable(L);
  int globals = lua_gettop(L);
  sb_open_base(L);
  sb_open_objects(L);
  sb_open_rule(L);
  add_library(L, globals, "coroutine", sb_open_coroutine);
  add_library(L, globals, "string", sb_open_string);
  add_library(L, globals, "table", sb_open_table);
  add_library(L, globals, "utf8", sb_open_utf8);
  add_library(L, globals, "text", sb_open_text);
  add_library(L, globals, "time", sb_open_time);
  lua_newtable(L);
  static const char *const math[] = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger",
    "min", "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult", NULL,
  };
  sb_copy_stock(L, luaopen_math, math);
  lua_pushcfunction(L, sb_random); // the event's own stream: nobody's seed can reach another tenant
  lua_setfield(L, -2, "random");
  seal(L);
  lua_setfield(L, globals, "math");

  lua_createtable(L, 0, 3); // metatable of a bare chunk's globals: unknown names are nil
  lua_pushvalue(L, globals);
  lua_pushcclosure(L, known_global, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &fresh_key);

  lua_createtable(L, 0, 1); // the globals of rules: unknown names are errors
  lua_pushcfunction(L, unknown_global);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, globals);
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 3);
  lua_pushvalue(L, globals);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, global_write);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &strict_key);
  // The stock globals and loaded modules served as a quarry only.
  lua_newtable(L);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushnil(L);
  lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_gc(L, LUA_GCCOLLECT);
  return 0;
}

sb_state *sb_open(sb_text_function text) {
  sb_state *state = calloc(1, sizeof(sb_state));
  if (state == NULL) return NULL;
  state->text = text;
  state->limits.table_slots = UINT32_MAX;
  lua_State *L = lua_newstate(sb_allocate, state);
  if (L == NULL) {
    free(state);
    return NULL;
  }
  state->main = state->running = L;
  *(sb_state **)lua_getextraspace(L) = state;
  lua_pushcfunction(L, build);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    sb_close(state);
    return NULL;
  }
  return state;
}

void sb_close(sb_state *state) {
  if (state == NULL) return;
  state->armed = 0;
  lua_close(state->main); // no rule code runs here: __gc and __close were refused at their doors
  free(state->message);
  free(state->out);
  free(state->recent[0].bytes);
  free(state->recent[1].bytes);
  free(state);
}

// What the protected functions below are told.
typedef struct {
  const char *name, *source;
  size_t length;
  int reference;
  const sb_call *call;
} request;

static void compile(lua_State *L, const request *r) {
  const char *name = lua_pushfstring(L, "=%s", r->name);
  int status = luaL_loadbufferx(L, r->source, r->length, name, "t");
  if (status == LUA_ERRMEM) sb_caught(L, status);
  if (status != LUA_OK) lua_error(L);
}

static int compile_only(lua_State *L) {
  compile(L, lua_touserdata(L, 1));
  return 0;
}

// Runs the file's chunk, which is on top, and leaves its rule there. A chunk run anew has new locals, and its
// `_ENV` is set anew: nothing that one call left in a rule's variables reaches the next conversation.
static int open_rule(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &strict_key);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, 1);
  int isRule = 0;
  if (lua_type(L, -1) == LUA_TTABLE && lua_getmetatable(L, -1)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &sb_rule_metatable);
    isRule = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
  }
  if (!isRule) {
    return sb_bad_result(L, "the file must end with: return rule { on_message = function(msg, conv, ctx) … end }");
  }
  return 1;
}

static int load_rule(lua_State *L) {
  request *r = lua_touserdata(L, 1);
  compile(L, r);
  lua_pushvalue(L, -1);
  open_rule(L);
  lua_pop(L, 1);
  r->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

static void begin(sb_state *state, const sb_call *call) {
  state->tape = call->tape;
  state->conversation_at = sb_tape_skip(call->tape, 0);
  state->settings_at = sb_tape_skip(call->tape, state->conversation_at);
  state->now_milliseconds = call->now_milliseconds;
  state->utc_offset_seconds = call->utc_offset_seconds;
  state->zone = call->zone;
  state->zone_context = call->zone_context;
  state->zone_queries = 0;
  state->random[0] = call->seed;
  state->random[1] = call->seed ^ 0x9e3779b97f4a7c15u;
  state->serial++;
  state->state_touched = 0;
}

static int judge_rule(lua_State *L) {
  request *r = lua_touserdata(L, 1);
  sb_state *state = sb_of(L);
  lua_settop(L, 0);
  sb_push_node(L, state->conversation_at, SB_CONVERSATION);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->reference);
  open_rule(L);
  size_t kind, length = 0;
  const char *name = "";
  if (sb_tape_find(state->tape, 0, "kind", 4, &kind)) name = sb_tape_text(state->tape, kind, &length);
  if (!sb_push_handler(L, 2, name, length)) { // it says nothing about events of this kind
    sb_out_pass(L);
    sb_out_null(L);
    return 0;
  }
  lua_replace(L, 2);
  sb_push_node(L, 0, SB_MESSAGE);
  lua_pushvalue(L, 1);
  sb_push_node(L, state->settings_at, SB_CONTEXT);
  lua_call(L, 3, 1);
  sb_read_decision(L, 2);
  sb_read_state(L, 1);
  return 0;
}

static int run_chunk(lua_State *L) {
  request *r = lua_touserdata(L, 1);
  compile(L, r);
  lua_newtable(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &fresh_key);
  lua_setmetatable(L, -2);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, 1);
  if (lua_type(L, -1) == LUA_TSTRING) sb_out_value(L, -1);
  else sb_read_decision(L, lua_gettop(L));
  return 0;
}

static void keep_message(sb_state *state, lua_State *L) {
  size_t length = 0;
  const char *bytes = NULL;
  if (lua_type(L, -1) == LUA_TSTRING) bytes = lua_tolstring(L, -1, &length);
  char other[64];
  if (bytes == NULL) {
    length = (size_t)snprintf(other, sizeof other, "error object is a %s value", luaL_typename(L, -1));
    bytes = other;
  }
  if (length > 8192) length = 8192;
  char *copy = realloc(state->message, length + 1);
  if (copy == NULL) return;
  memcpy(copy, bytes, length);
  copy[length] = 0;
  state->message = copy;
  state->message_length = length;
}

static sb_outcome perform(sb_state *state, lua_CFunction body, request *r, sb_limits limits) {
  lua_State *L = state->main;
  // Garbage of earlier calls must not add up to more than one call's share.
  if (state->used > state->base + SB_GARBAGE_MAX) lua_gc(L, LUA_GCCOLLECT);
  state->bad_result = state->bad_state = 0;
  state->message_length = 0;
  state->out_length = 0;
  state->log_length = state->log_lines = state->log_dropped = 0;
  state->recent[0].source = state->recent[1].source = NULL;
  size_t before = state->used;
  int64_t start = sb_thread_nanoseconds(), begun = sb_monotonic_nanoseconds();
  sb_arm(state, limits, start);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, r);
  int status = lua_pcall(L, 1, 0, 0);
  sb_disarm(state);
  sb_outcome outcome = {.status = SB_OK};
  if (status != LUA_OK) {
    outcome.status = !state->bad_result ? SB_FAILED : state->bad_state ? SB_BAD_STATE : SB_BAD_RESULT;
    if (status == LUA_ERRMEM && state->refusal != SB_REFUSED_STACK) outcome.status = SB_MEMORY;
    keep_message(state, L);
    if (status == LUA_ERRMEM) {
      static const char *const why[] = {
        "not enough memory", "over the memory budget", "one text or table is over 4 MiB",
        "one table has too many keys", "stack overflow: calls nested too deep",
      };
      outcome.message = why[state->refusal];
      outcome.line = state->refusal_line;
      outcome.message_length = strlen(outcome.message);
    } else {
      outcome.message = state->message;
      outcome.message_length = state->message_length;
    }
  }
  lua_settop(L, 0);
  if (state->tripped) {
    outcome.status = state->tripped;
    outcome.line = state->trip_line;
  }
  outcome.result = state->out;
  outcome.result_length = state->out_length;
  outcome.log = state->log;
  outcome.log_length = state->log_length;
  outcome.log_dropped = state->log_dropped;
  outcome.instructions = state->instructions;
  outcome.peak_bytes = state->peak - before;
  // The thread's clock is a system call; what took less than a millisecond of any clock needs none.
  int64_t passed = sb_monotonic_nanoseconds() - begun;
  outcome.cpu_nanoseconds = passed < 1000000 ? passed : sb_thread_nanoseconds() - start;
  return outcome;
}

sb_outcome sb_load(
    sb_state *state, const char *name, const char *source, size_t length, sb_limits limits, int *reference) {
  request r = {.name = name, .source = source, .length = length, .reference = LUA_NOREF};
  sb_outcome outcome = perform(state, load_rule, &r, limits);
  *reference = r.reference;
  if (outcome.status == SB_OK) {
    lua_gc(state->main, LUA_GCCOLLECT);
    state->base = state->used;
  }
  return outcome;
}

void sb_unload(sb_state *state, int reference) { luaL_unref(state->main, LUA_REGISTRYINDEX, reference); }

sb_outcome sb_judge(sb_state *state, int reference, const sb_call *call, sb_limits limits) {
  request r = {.reference = reference};
  begin(state, call);
  return perform(state, judge_rule, &r, limits);
}

sb_outcome sb_run(
    sb_state *state, const char *name, const char *source, size_t length, const sb_call *call, sb_limits limits) {
  request r = {.name = name, .source = source, .length = length};
  begin(state, call);
  return perform(state, run_chunk, &r, limits);
}

sb_outcome sb_compile(sb_state *state, const char *name, const char *source, size_t length, sb_limits limits) {
  request r = {.name = name, .source = source, .length = length};
  return perform(state, compile_only, &r, limits);
}
