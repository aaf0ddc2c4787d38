// The C side of the rule engine. No longjmp of Lua's may cross a Swift frame: everything that can raise
// a Lua error lives on this side, and Swift only returns status codes.
#ifndef SWITCHBOARD_LUA_H
#define SWITCHBOARD_LUA_H
#include <lua5.4/lua.h>
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>
#endif
