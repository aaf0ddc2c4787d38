// The budgets: instructions, CPU time, memory. A tripped budget is a flag of the host that no rule can clear.
#define _GNU_SOURCE
#include "sandbox.h"
#include <stdlib.h>
#include <time.h>

int64_t sb_thread_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t sb_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void hook(lua_State *L, lua_Debug *activation);

static void set_hook(lua_State *L, int count) { lua_sethook(L, hook, LUA_MASKCOUNT, count); }

int sb_line(lua_State *L) {
  lua_Debug activation;
  for (int level = 0; level < 200 && lua_getstack(L, level, &activation); level++) {
    lua_getinfo(L, "l", &activation);
    if (activation.currentline > 0) return activation.currentline;
  }
  return 0;
}

static void mark(sb_state *state, lua_State *L, int status) {
  if (state->tripped) return;
  state->tripped = status;
  state->trip_line = sb_line(L);
  // Sticky: from here on every instruction of every thread that is still on the stack raises again.
  set_hook(L, 1);
  if (L != state->main) set_hook(state->main, 1);
}

static int raise_limit(lua_State *L) {
  lua_pushliteral(L, "over the budget");
  return lua_error(L);
}

int sb_trip(lua_State *L, int status) {
  mark(sb_of(L), L, status);
  return raise_limit(L);
}

void sb_charge(lua_State *L, uint64_t steps) {
  sb_state *state = sb_of(L);
  if (!state->armed) return;
  if (state->tripped) raise_limit(L);
  // A step in C is about a tenth of an instruction's work; time decides first, this keeps replays equal.
  state->instructions += steps / 16;
  if (state->instructions > state->limits.instructions) sb_trip(L, SB_INSTRUCTIONS);
  state->uncounted += steps;
  if (state->uncounted < 1024) return; // a look at the clock is a system call
  state->uncounted = 0;
  if (sb_thread_nanoseconds() > state->deadline) sb_trip(L, SB_TIME);
}

static void hook(lua_State *L, lua_Debug *activation) {
  (void)activation;
  sb_state *state = sb_of(L);
  if (!state->armed) return;
  if (state->tripped) raise_limit(L);
  state->instructions += state->tight ? SB_TIGHT_HOOK_COUNT : state->hook_step;
  if (state->instructions > state->limits.instructions) sb_trip(L, SB_INSTRUCTIONS);
  if (sb_thread_nanoseconds() > state->deadline) sb_trip(L, SB_TIME);
  // A coroutine that was made before the hook was tightened still has its wide one.
  if (state->tight && lua_gethookcount(L) != SB_TIGHT_HOOK_COUNT) set_hook(L, SB_TIGHT_HOOK_COUNT);
}

void sb_caught(lua_State *L, int status) {
  sb_state *state = sb_of(L);
  if (status == LUA_ERRMEM && !state->tripped) {
    if (state->refusal != SB_REFUSED_STACK) mark(state, L, SB_MEMORY);
    else {
      state->refusal = SB_REFUSED_NOTHING;
      lua_pop(L, 1);
      lua_pushliteral(L, "stack overflow");
    }
  }
  if (state->tripped) raise_limit(L);
}

void sb_arm(sb_state *state, sb_limits limits, int64_t start) {
  state->limits = limits;
  state->tripped = 0;
  state->trip_line = 0;
  state->instructions = 0;
  state->refusal = SB_REFUSED_NOTHING;
  state->deadline = start + limits.cpu_nanoseconds;
  state->cap = limits.memory_bytes > SIZE_MAX - state->used ? SIZE_MAX : state->used + limits.memory_bytes;
  state->peak = state->used;
  state->running = state->main;
  if (limits.instructions == UINT64_MAX) { // measured without budgets
    state->hook_step = 0;
    lua_sethook(state->main, NULL, 0, 0);
    return;
  }
  uint64_t step = limits.instructions < SB_HOOK_COUNT ? limits.instructions : SB_HOOK_COUNT;
  if (step == 0) step = 1;
  if (state->tight || state->hook_step != step || lua_gethook(state->main) != hook) {
    state->tight = 0;
    state->hook_step = step;
    set_hook(state->main, (int)step);
  }
  state->armed = 1;
}

void sb_disarm(sb_state *state) { state->armed = 0; }

// A hash part has 2^n nodes of 24 bytes; nothing else asks for a fresh block of just these sizes above the limit
// (an array of 3 * 2^n constants would have to).
static int is_hash_part(const void *block, size_t old_size, size_t size) {
  if (block != NULL || old_size != 0 || size % 24 != 0) return 0;
  size_t slots = size / 24;
  return (slots & (slots - 1)) == 0;
}

// Lua 5.4.4 moves a growing stack to a fresh block of (2^n * 40 + 5) slots of 16 bytes; strings and userdata tell their
// kind, tables grow by powers of two. A mistake here only makes a refusal catchable: refused it is all the same.
static int is_stack(const void *block, size_t old_size, size_t size) {
  if (block != NULL || old_size != 0 || size % 16 != 0) return 0;
  size_t slots = size / 16;
  return (slots & (slots - 1)) != 0;
}

static sb_refusal judge_growth(sb_state *state, void *block, size_t old_size, size_t growth, size_t size) {
  if (size > SB_BLOCK_MAX) return is_stack(block, old_size, size) ? SB_REFUSED_STACK : SB_REFUSED_BLOCK;
  if (size > 24 * (size_t)state->limits.table_slots && is_hash_part(block, old_size, size)) return SB_REFUSED_TABLE;
  if (state->used + growth > state->cap) return SB_REFUSED_TOTAL;
  return SB_REFUSED_NOTHING;
}

void *sb_allocate(void *context, void *block, size_t old_size, size_t size) {
  sb_state *state = context;
  size_t held = block != NULL ? old_size : 0; // without a block, old_size tells what kind of object is made
  if (size == 0) {
    free(block);
    state->used -= held;
    return NULL;
  }
  if (size > held && state->armed) {
    sb_refusal refusal = judge_growth(state, block, old_size, size - held, size);
    if (refusal != SB_REFUSED_NOTHING) {
      // Lua collects its garbage and asks once more before it raises; only then it counts (sb_caught).
      state->refusal = refusal;
      state->refusal_line = sb_line(state->running);
      return NULL;
    }
    if (size > SB_LARGE_BLOCK) {
      if (sb_thread_nanoseconds() > state->deadline) {
        mark(state, state->running, SB_TIME);
        return NULL;
      }
      if (!state->tight && !state->tripped && !is_stack(block, old_size, size)) {
        state->tight = 1;
        set_hook(state->running, SB_TIGHT_HOOK_COUNT);
        if (state->running != state->main) set_hook(state->main, SB_TIGHT_HOOK_COUNT);
      }
    }
  }
  void *fresh = realloc(block, size);
  if (fresh == NULL) return size <= held ? block : NULL;
  state->used += size - held;
  if (state->used > state->peak) state->peak = state->used;
  return fresh;
}
