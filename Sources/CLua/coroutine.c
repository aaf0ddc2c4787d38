// Coroutines that share the budget of the call. No close: closing a coroutine that the limit killed would run its
// pending handlers where the hook is off (reliability.md §0.2), and in 5.4.4 a chain of closes overflows the C stack.
#include "sandbox.h"

static lua_State *thread_of(lua_State *L) {
  lua_State *thread = lua_tothread(L, 1);
  luaL_argexpected(L, thread, 1, "coroutine");
  return thread;
}

static const char *status_of(lua_State *L, lua_State *thread) {
  if (L == thread) return "running";
  switch (lua_status(thread)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK: {
      lua_Debug activation;
      if (lua_getstack(thread, 0, &activation)) return "normal";
      return lua_gettop(thread) == 0 ? "dead" : "suspended";
    }
    default: return "dead";
  }
}

// Leaves results (count >= 0) or an error object (-1) on L.
static int resume_thread(lua_State *L, lua_State *thread, int arguments) {
  sb_state *state = sb_of(L);
  if (status_of(L, thread)[0] != 's') {
    lua_pushfstring(L, "cannot resume %s coroutine", status_of(L, thread)[0] == 'd' ? "dead" : "non-suspended");
    return -1;
  }
  if (!lua_checkstack(thread, arguments)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, thread, arguments);
  // Each thread counts for itself from the start, so a swarm of short ones would hide from the hook.
  sb_charge(L, 1600);
  int results;
  state->running = thread;
  int status = lua_resume(thread, L, arguments, &results);
  state->running = L;
  if (status == LUA_OK || status == LUA_YIELD) {
    if (state->tripped) sb_caught(L, status);
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(thread, results);
      lua_pushliteral(L, "too many results to resume");
      return -1;
    }
    lua_xmove(thread, L, results);
    return results;
  }
  lua_xmove(thread, L, 1);
  sb_caught(L, status);
  return -1;
}

static int create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *thread = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, thread, 1);
  return 1;
}

static int resume(lua_State *L) {
  lua_State *thread = thread_of(L);
  int results = resume_thread(L, thread, lua_gettop(L) - 1);
  lua_pushboolean(L, results >= 0);
  int count = results < 0 ? 1 : results;
  lua_insert(L, -(count + 1));
  return count + 1;
}

static int wrapped(lua_State *L) {
  lua_State *thread = lua_tothread(L, lua_upvalueindex(1));
  int results = resume_thread(L, thread, lua_gettop(L));
  if (results < 0) return lua_error(L);
  return results;
}

static int wrap(lua_State *L) {
  create(L);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

static int yield(lua_State *L) { return lua_yield(L, lua_gettop(L)); }

static int status(lua_State *L) {
  lua_pushstring(L, status_of(L, thread_of(L)));
  return 1;
}

static int running(lua_State *L) {
  lua_pushboolean(L, lua_pushthread(L));
  return 2;
}

static int is_yieldable(lua_State *L) {
  lua_pushboolean(L, lua_isyieldable(L));
  return 1;
}

void sb_open_coroutine(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"create", create}, {"resume", resume}, {"wrap", wrap}, {"yield", yield}, {"status", status},
    {"running", running}, {"isyieldable", is_yieldable}, {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
}
