// Typed doors to libcurl's variadic setters, which Swift cannot call.
#ifndef SWITCHBOARD_CURL_H
#define SWITCHBOARD_CURL_H
#include <curl/curl.h>
#endif
