// What a rule file says: rule{…}, and the decisions reply, route, pass, block and drop.
#include "sandbox.h"
#include <string.h>

const char sb_rule_metatable = 'r', sb_decision_metatable = 'd';


enum { WITHOUT, TEXT, NAME, REASON };
static const struct { const char *name; int argument; } actions[] = {
  {"pass", WITHOUT}, {"reply", TEXT}, {"route", NAME}, {"block", REASON}, {"drop", REASON},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

typedef struct { uint8_t action, tags, values; } decision; // user values: 1 the argument, 2 tags, 3 named values

static int lowered(char letter) { return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter; }

// `isAnswered` and `is_answered` are one name to their reader.
static int is_same_name(const char *left, const char *right) {
  for (;; left++, right++) {
    while (*left == '_') left++;
    while (*right == '_') right++;
    if (lowered(*left) != lowered(*right)) return 0;
    if (*left == 0) return 1;
  }
}

// Edit distance with a cap: names here are short.
static int distance(const char *left, const char *right) {
  if (is_same_name(left, right)) return 0;
  int row[32], m = (int)strlen(left), n = (int)strlen(right);
  if (m > 30 || n > 30) return 99;
  for (int j = 0; j <= n; j++) row[j] = j;
  for (int i = 1; i <= m; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= n; j++) {
      int change = diagonal + (left[i - 1] != right[j - 1]);
      diagonal = row[j];
      int best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
      row[j] = change < best ? change : best;
    }
  }
  return row[n];
}

typedef struct { const char *wanted, *best; int least; } search;

static search begin_search(const char *wanted) {
  // One letter off in a short name, two in a long one.
  return (search){.wanted = wanted, .best = NULL, .least = strlen(wanted) < 6 ? 2 : 3};
}

static void consider(search *s, const char *name) {
  int d = distance(s->wanted, name);
  if (d > s->least || d >= (int)strlen(name)) return;
  // Equally near names: the one that comes first in the alphabet, whatever the order of a table.
  if (d == s->least && (s->best == NULL || strcmp(name, s->best) >= 0)) return;
  s->least = d;
  s->best = name;
}

static void push_found(lua_State *L, const search *s) {
  if (s->best != NULL) lua_pushfstring(L, "; did you mean '%s'?", s->best);
  else lua_pushliteral(L, "");
}

void sb_suggest(lua_State *L, const char *wanted, const char *const *names) {
  search s = begin_search(wanted);
  for (int i = 0; names[i] != NULL; i++) consider(&s, names[i]);
  push_found(L, &s);
}

static int unknown_member(lua_State *L) {
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
  search s = begin_search(name);
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING) consider(&s, lua_tostring(L, -2));
  }
  push_found(L, &s);
  const char *library = lua_tostring(L, lua_upvalueindex(1));
  return luaL_error(L, "unknown function '%s.%s'%s", library, name, lua_tostring(L, -1));
}

void sb_seal_names(lua_State *L, const char *library) {
  lua_createtable(L, 0, 1);
  lua_pushstring(L, library);
  lua_pushcclosure(L, unknown_member, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

// The handlers of a rule, one for each kind of event; `on_message` also takes kinds without a handler of their own.
static const char *const rule_fields[] = {
  "description", "on_message", "on_edit", "on_delete", "on_reaction", "on_callback", "on_timer", "on_service", NULL,
};

static int rule_field(const char *name) {
  for (int i = 0; rule_fields[i] != NULL; i++) if (strcmp(name, rule_fields[i]) == 0) return i;
  return -1;
}

static int make_rule(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int handlers = 0;
  for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
    int field = rule_field(name);
    if (field < 0) {
      sb_suggest(L, name, rule_fields);
      return luaL_error(L, "unknown field '%s' in rule%s", name, lua_tostring(L, -1));
    }
    if (field == 0) {
      if (lua_type(L, -1) != LUA_TSTRING) return luaL_error(L, "description must be a text");
    } else {
      if (lua_type(L, -1) != LUA_TFUNCTION) return luaL_error(L, "%s must be a function", name);
      handlers++;
    }
  }
  if (handlers == 0) return luaL_error(L, "rule needs on_message = function(msg, conv, ctx) … end");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &sb_rule_metatable);
  lua_setmetatable(L, 1);
  return 1;
}

int sb_push_handler(lua_State *L, int rule, const char *kind, size_t length) {
  rule = lua_absindex(L, rule);
  char name[24];
  if (length < sizeof name - 3) {
    memcpy(name, "on_", 3);
    memcpy(name + 3, kind, length);
    name[3 + length] = 0;
    if (rule_field(name) > 0) {
      lua_pushlstring(L, name, length + 3);
      if (lua_rawget(L, rule) == LUA_TFUNCTION) return 1;
      lua_pop(L, 1);
    }
  }
  lua_pushliteral(L, "on_message");
  if (lua_rawget(L, rule) == LUA_TFUNCTION) return 1;
  lua_pop(L, 1);
  return 0;
}

static int decide(lua_State *L) {
  int action = (int)lua_tointeger(L, lua_upvalueindex(1));
  int argument = actions[action].argument;
  if (argument == WITHOUT || (argument == REASON && lua_isnoneornil(L, 1))) {
    lua_settop(L, 0);
    lua_pushnil(L);
  } else {
    static const char *const what[] = {"", "a text", "the name of a route", "a reason"};
    if (lua_type(L, 1) != LUA_TSTRING && lua_type(L, 1) != LUA_TNUMBER) {
      return luaL_error(L, "%s needs %s, but got %s", actions[action].name, what[argument], luaL_typename(L, 1));
    }
    size_t length;
    lua_tolstring(L, 1, &length);
    if (length == 0) return luaL_error(L, "%s needs %s, but got an empty text", actions[action].name, what[argument]);
    lua_settop(L, 1);
  }
  decision *made = lua_newuserdatauv(L, sizeof(decision), 3);
  *made = (decision){.action = (uint8_t)action};
  lua_insert(L, 1);
  lua_setiuservalue(L, 1, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_setmetatable(L, 1);
  return 1;
}

// `pass{…}` and friends never meet another userdata here: the metatable is hidden, but methods can be called oddly.
static decision *decision_at(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &sb_decision_metatable);
  int same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? lua_touserdata(L, index) : NULL;
}

static int tag(lua_State *L) {
  decision *made = decision_at(L, 1);
  if (made == NULL) return luaL_error(L, "write reply(\"…\"):tag(\"name\") with a colon");
  luaL_argexpected(L, lua_type(L, 2) == LUA_TSTRING, 2, "text");
  if (made->tags >= SB_TAGS_MAX) return luaL_error(L, "a decision may have %d tags", SB_TAGS_MAX);
  if (made->tags == 0) {
    lua_newtable(L);
    lua_setiuservalue(L, 1, 2);
  }
  lua_getiuservalue(L, 1, 2);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, ++made->tags);
  lua_settop(L, 1);
  return 1;
}

// decision:set("name", value): a named text, number or flag that the flow reads as `rules.values.name`.
static int set(lua_State *L) {
  decision *made = decision_at(L, 1);
  if (made == NULL) return luaL_error(L, "write reply(\"…\"):set(\"name\", value) with a colon");
  luaL_argexpected(L, lua_type(L, 2) == LUA_TSTRING, 2, "text");
  int kind = lua_type(L, 3);
  luaL_argexpected(
      L, kind == LUA_TSTRING || kind == LUA_TNUMBER || kind == LUA_TBOOLEAN, 3, "text, number, true or false");
  lua_settop(L, 3);
  if (made->values == 0) {
    lua_newtable(L);
    lua_setiuservalue(L, 1, 3);
  }
  lua_getiuservalue(L, 1, 3);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, 4) == LUA_TNIL) {
    if (made->values >= SB_VALUES_MAX) return luaL_error(L, "a decision may have %d values", SB_VALUES_MAX);
    made->values++;
  }
  lua_settop(L, 4);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, 4);
  lua_settop(L, 1);
  return 1;
}

uint64_t sb_random_next(sb_state *state) { // splitmix64
  uint64_t z = (state->random[0] += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

int sb_random(lua_State *L) {
  sb_state *state = sb_of(L);
  lua_Integer low = 1, high;
  switch (lua_gettop(L)) {
    case 0:
      lua_pushnumber(L, (lua_Number)(sb_random_next(state) >> 11) * 0x1p-53);
      return 1;
    case 1: high = luaL_checkinteger(L, 1); break;
    default:
      low = luaL_checkinteger(L, 1);
      high = luaL_checkinteger(L, 2);
  }
  luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
  lua_Unsigned span = (lua_Unsigned)high - (lua_Unsigned)low + 1;
  lua_Unsigned drawn = sb_random_next(state);
  lua_pushinteger(L, (lua_Integer)((lua_Unsigned)low + (span == 0 ? drawn : drawn % span)));
  return 1;
}

// The table of named values at an index, to the tape.
static void write_values(lua_State *L, int table) {
  uint32_t count = 0;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    int kind = lua_type(L, -1);
    int is_plain = kind == LUA_TSTRING || kind == LUA_TNUMBER || kind == LUA_TBOOLEAN;
    if (lua_type(L, -2) != LUA_TSTRING || !is_plain) {
      sb_bad_result(L, "a value of the decision is a text, number, true or false under a name");
    }
    if (++count > SB_VALUES_MAX) sb_bad_result(L, "a decision may have %d values", SB_VALUES_MAX);
  }
  sb_out_map(L, count);
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    size_t length;
    const char *name = lua_tolstring(L, -2, &length);
    if (length > 128) sb_bad_result(L, "the name of a decision's value is over 128 bytes");
    sb_out_key(L, name, length);
    sb_out_value(L, -1);
  }
}

// A table `{ action = "…", reply =, route =, reason =, tags = { }, values = { } }`: for words of the rule's own.
static void read_table(lua_State *L, int index) {
  static const char *const fields[] = {"action", "reply", "route", "reason", "tags", "values", NULL};
  luaL_checkstack(L, 8, "result too deep");
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING) sb_bad_result(L, "the decision has a key that is a %s", luaL_typename(L, -2));
    int known = 0;
    for (int i = 0; fields[i] != NULL; i++) known |= strcmp(lua_tostring(L, -2), fields[i]) == 0;
    if (!known) {
      lua_pushvalue(L, -2);
      size_t length;
      const char *name = lua_tolstring(L, -1, &length);
      sb_suggest(L, length < 30 ? name : "", fields);
      sb_bad_result(L, "unknown field '%s' in the decision%s", length < 64 ? name : "…", lua_tostring(L, -1));
    }
  }
  for (int i = 0; i < 4; i++) {
    lua_pushstring(L, fields[i]);
    int kind = lua_rawget(L, index);
    if (kind != LUA_TSTRING && (i == 0 || kind != LUA_TNIL)) {
      sb_bad_result(L, "'%s' of the decision must be a text, not %s", fields[i], lua_typename(L, kind));
    }
    sb_out_value(L, -1);
    lua_pop(L, 1);
  }
  lua_pushstring(L, fields[4]);
  int kind = lua_rawget(L, index), tags = lua_gettop(L);
  if (kind == LUA_TNIL) {
    sb_out_list(L, 0);
  } else if (kind != LUA_TTABLE) {
    sb_bad_result(L, "'tags' of the decision must be a list of texts");
  } else {
    lua_Unsigned count = lua_rawlen(L, -1);
    lua_pushnil(L);
    if (count == 0 && lua_next(L, -2)) sb_bad_result(L, "'tags' of the decision must be a list of texts");
    lua_settop(L, tags);
    if (count > SB_TAGS_MAX) sb_bad_result(L, "a decision may have %d tags", SB_TAGS_MAX);
    sb_out_list(L, (uint32_t)count);
    for (lua_Unsigned i = 1; i <= count; i++) {
      if (lua_rawgeti(L, -1, (lua_Integer)i) != LUA_TSTRING) sb_bad_result(L, "a tag must be a text");
      sb_out_value(L, -1);
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  lua_pushstring(L, fields[5]);
  kind = lua_rawget(L, index);
  if (kind == LUA_TNIL) sb_out_map(L, 0);
  else if (kind != LUA_TTABLE || lua_rawlen(L, -1) > 0) sb_bad_result(L, "'values' of the decision must have names");
  else write_values(L, lua_gettop(L));
  lua_pop(L, 1);
}

// To the tape: action, reply, route, reason, tags, values.
void sb_read_decision(lua_State *L, int index) {
  decision *made = decision_at(L, index);
  if (made == NULL) {
    switch (lua_type(L, index)) {
      case LUA_TTABLE: read_table(L, index); return;
      case LUA_TNIL: sb_bad_result(L, "the rule returned nothing; end it with: return pass()"); return;
      case LUA_TFUNCTION: sb_bad_result(L, "the rule returned a function; write pass(), not pass"); return;
      default: sb_bad_result(L, "the rule returned a %s, not a decision like reply(\"…\")", luaL_typename(L, index));
    }
    return;
  }
  const char *name = actions[made->action].name;
  sb_out_text(L, name, strlen(name));
  lua_getiuservalue(L, index, 1);
  for (int argument = TEXT; argument <= REASON; argument++) {
    if (actions[made->action].argument == argument && !lua_isnil(L, -1)) {
      size_t length;
      const char *text = lua_tolstring(L, -1, &length);
      sb_out_text(L, text, length);
    } else {
      sb_out_null(L);
    }
  }
  sb_out_list(L, made->tags);
  if (made->tags > 0) {
    lua_getiuservalue(L, index, 2);
    for (int i = 1; i <= made->tags; i++) {
      lua_rawgeti(L, -1, i);
      sb_out_value(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  if (made->values > 0) {
    lua_getiuservalue(L, index, 3);
    write_values(L, lua_gettop(L));
    lua_pop(L, 1);
  } else {
    sb_out_map(L, 0);
  }
}

void sb_out_pass(lua_State *L) {
  sb_out_text(L, "pass", 4);
  for (int i = 0; i < 3; i++) sb_out_null(L);
  sb_out_list(L, 0);
  sb_out_map(L, 0);
}

void sb_open_rule(lua_State *L) {
  int globals = lua_gettop(L);
  lua_createtable(L, 0, 1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &sb_rule_metatable);
  lua_createtable(L, 0, 2); // of decisions
  lua_newtable(L);
  lua_pushcfunction(L, tag);
  lua_setfield(L, -2, "tag");
  lua_pushcfunction(L, set);
  lua_setfield(L, -2, "set");
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &sb_decision_metatable);
  for (int i = 0; i < ACTIONS; i++) {
    lua_pushinteger(L, i);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, decide, 2);
    lua_setfield(L, globals, actions[i].name);
  }
  lua_pop(L, 1);
  lua_pushcfunction(L, make_rule);
  lua_setfield(L, globals, "rule");
}
