#include "switchboard_curl.h"
