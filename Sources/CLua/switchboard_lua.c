#include "switchboard_lua.h"
