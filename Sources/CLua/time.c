// The `time` library: moments and what clocks and calendars show of them. A time is a table as `ctx.local_time` is one;
// nothing here asks a clock, so that a replay decides the same.
#include "sandbox.h"
#include <stdio.h>
#include <string.h>

// Beyond, no calendar of ours is asked: the years 1 to 9999.
static const int64_t EARLIEST = -62135596800, LATEST = 253402300799;

// Days since 1970-01-01 of a date of the Gregorian calendar.
static int64_t days_of(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

void sb_push_time(lua_State *L, int64_t seconds, int32_t offset) {
  if (seconds < EARLIEST || seconds > LATEST || offset < -86400 || offset > 86400) {
    luaL_error(L, "the time is out of range");
  }
  int64_t local = seconds + offset;
  int64_t days = local / 86400 - (local % 86400 < 0), rest = local - days * 86400;
  int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  int64_t of_era = shifted - era * 146097;
  int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t part = (5 * day_of_year + 2) / 153;
  int day = (int)(day_of_year - (153 * part + 2) / 5 + 1), month = (int)(part < 10 ? part + 3 : part - 9);
  int64_t year = year_of_era + era * 400 + (month <= 2);
  int hour = (int)(rest / 3600), minute = (int)(rest / 60 % 60), second = (int)(rest % 60);
  lua_createtable(L, 0, 12);
  set_integer(L, "year", year);
  set_integer(L, "month", month);
  set_integer(L, "day", day);
  set_integer(L, "hour", hour);
  set_integer(L, "minute", minute);
  set_integer(L, "second", second);
  set_integer(L, "weekday", ((days + 3) % 7 + 7) % 7 + 1);
  set_integer(L, "yearday", days - days_of(year, 1, 1) + 1);
  set_integer(L, "unix", seconds);
  int away = offset < 0 ? -offset : offset;
  char text[64];
  snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", (int)year, month, day, hour, minute, second,
           offset < 0 ? '-' : '+', away / 3600, away / 60 % 60);
  lua_pushstring(L, text);
  lua_setfield(L, -2, "iso");
  lua_pushlstring(L, text, 10);
  lua_setfield(L, -2, "date");
  lua_pushlstring(L, text + 11, 5);
  lua_setfield(L, -2, "clock");
}

static int32_t offset_at(lua_State *L, const char *zone, size_t length, int64_t seconds) {
  sb_state *state = sb_of(L);
  if (state->zone == NULL && length == 0) return state->utc_offset_seconds;
  if (++state->zone_queries > SB_ZONE_QUERIES_MAX) {
    luaL_error(L, "over %d questions about time zones in one call", SB_ZONE_QUERIES_MAX);
  }
  sb_charge(L, 1600);
  int32_t offset = 0;
  if (state->zone == NULL || !state->zone(state->zone_context, zone, length, seconds, &offset)) {
    if (length == 0) return state->utc_offset_seconds; // of the project nobody knows more
    luaL_error(L, "there is no time zone '%s'", length < 64 ? zone : "…");
  }
  return offset;
}

static int64_t seconds_argument(lua_State *L, int index) {
  lua_Integer seconds = luaL_checkinteger(L, index);
  luaL_argcheck(L, seconds >= EARLIEST && seconds <= LATEST, index, "the time is out of range");
  return seconds;
}

// time.at(seconds, zone)
static int at(lua_State *L) {
  int64_t seconds = seconds_argument(L, 1);
  size_t length = 0;
  const char *zone = luaL_optlstring(L, 2, "", &length);
  sb_push_time(L, seconds, offset_at(L, zone, length, seconds));
  return 1;
}

// `count` digits as a number, or -1.
static int digits(const char *text, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + text[i] - '0';
  }
  return value;
}

static int is_date(int year, int month, int day) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1) return 0;
  int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= lengths[month - 1] + (month == 2 && leap);
}

// The offset that a time ends with: `Z`, `+03:00`. 1 read, 0 absent, -1 wrong.
static int read_offset(const char *text, size_t length, int *offset) {
  if (length == 0) return 0;
  *offset = 0;
  if (length == 1 && (*text == 'Z' || *text == 'z')) return 1;
  if (length != 6 || (*text != '+' && *text != '-') || text[3] != ':') return -1;
  int hours = digits(text + 1, 2), minutes = digits(text + 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return -1;
  *offset = (hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
  return 1;
}

// time.parse("2026-03-02 10:00"): unix seconds, or nil. Without an offset it is read by the project's clock.
static int parse(lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_settop(L, 1);
  lua_pushnil(L);
  if (length < 10 || text[4] != '-' || text[7] != '-') return 1;
  int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
  if (!is_date(year, month, day)) return 1;
  int hour = 0, minute = 0, second = 0, offset = 0, has_offset = 0;
  if (length > 10) {
    if ((text[10] != 'T' && text[10] != ' ') || length < 16 || text[13] != ':') return 1;
    hour = digits(text + 11, 2);
    minute = digits(text + 14, 2);
    size_t next = 16;
    if (length >= 19 && text[16] == ':') {
      second = digits(text + 17, 2);
      next = 19;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 1;
    has_offset = read_offset(text + next, length - next, &offset);
    if (has_offset < 0) return 1;
  }
  int64_t local = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  if (!has_offset) {
    // The offset at the moment itself: asked twice, as the first guess may lie on the other side of a change.
    offset = offset_at(L, "", 0, local);
    offset = offset_at(L, "", 0, local - offset);
  }
  lua_pushinteger(L, local - offset);
  return 1;
}

static int field(lua_State *L, int index, const char *name) {
  luaL_argexpected(L, lua_type(L, index) == LUA_TTABLE, index, "time such as ctx.local_time");
  lua_pushstring(L, name);
  lua_rawget(L, index);
  int is_number;
  lua_Integer value = lua_tointegerx(L, -1, &is_number);
  if (!is_number || value < 0 || value > 9999) luaL_error(L, "a time such as ctx.local_time needs '%s'", name);
  lua_pop(L, 1);
  return (int)value;
}

// Minutes of `09:30`; `24:00` is the end of the day.
static int minutes_argument(lua_State *L, int index) {
  size_t length;
  const char *text = luaL_checklstring(L, index, &length);
  size_t hours = length == 4 ? 1 : 2;
  int hour = -1, minute = -1;
  if ((length == 4 || length == 5) && text[hours] == ':') {
    hour = digits(text, (int)hours);
    minute = digits(text + hours + 1, 2);
  }
  int is_right = hour >= 0 && minute >= 0 && minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
  luaL_argcheck(L, is_right, index, "a time of day such as \"09:30\" expected");
  return hour * 60 + minute;
}

// time.between(t, "21:00", "09:00"): from the first to just before the second, over midnight when it is earlier.
static int between(lua_State *L) {
  int now = field(L, 1, "hour") * 60 + field(L, 1, "minute");
  int from = minutes_argument(L, 2), to = minutes_argument(L, 3);
  lua_pushboolean(L, from <= to ? now >= from && now < to : now >= from || now < to);
  return 1;
}

static int is_weekend(lua_State *L) {
  lua_pushboolean(L, field(L, 1, "weekday") >= 6);
  return 1;
}

// time.is_date(t, { "2026-03-08", "01-01" }): a date with a year, or a day of every year.
static int is_date_of(lua_State *L) {
  int year = field(L, 1, "year"), month = field(L, 1, "month"), day = field(L, 1, "day");
  char whole[32];
  snprintf(whole, sizeof whole, "%04d-%02d-%02d", year, month, day);
  int is_list = lua_type(L, 2) == LUA_TTABLE, found = 0;
  luaL_argexpected(L, is_list || lua_type(L, 2) == LUA_TSTRING, 2, "list of dates");
  lua_Integer count = is_list ? (lua_Integer)lua_rawlen(L, 2) : 1;
  uint32_t steps = 0;
  for (lua_Integer i = 1; i <= count && !found; i++) {
    sb_step(L, &steps);
    if (is_list) lua_rawgeti(L, 2, i);
    else lua_pushvalue(L, 2);
    const char *date = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    size_t length = strlen(date);
    if (length != 10 && length != 5) return luaL_error(L, "a date is written \"2026-03-08\" or \"03-08\"");
    found = strcmp(date, length == 10 ? whole : whole + 5) == 0;
    lua_pop(L, 1);
  }
  lua_pushboolean(L, found);
  return 1;
}

void sb_open_time(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"at", at}, {"parse", parse}, {"between", between}, {"is_weekend", is_weekend}, {"is_date", is_date_of},
    {NULL, NULL},
  };
  luaL_setfuncs(L, functions, 0);
  sb_seal_names(L, "time");
}
