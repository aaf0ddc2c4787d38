// Typed doors to libcurl's variadic functions, which Swift cannot call.
#ifndef SWITCHBOARD_CURL_H
#define SWITCHBOARD_CURL_H
#include <curl/curl.h>
#include <stdint.h>

// One request as libcurl needs it. Strings end with NUL and are copied by libcurl, as is the body;
// `headers` and `context` must outlive the transfer.
typedef struct {
  const char *url;
  const char *method;
  const void *body;
  int64_t body_bytes;
  struct curl_slist *headers;
  int64_t timeout_ms;
  int64_t connect_timeout_ms;
  int64_t idle_connection_age_s;
  // "" goes direct and ignores the environment's proxies.
  const char *proxy;
  void *context;
} switchboard_curl_request;

typedef size_t (*switchboard_curl_data)(char *bytes, size_t size, size_t count, void *context);
typedef int (*switchboard_curl_prereq)(void *context, char *, char *, int, int);

// Once per process, from any thread; 0 when libcurl is usable.
int switchboard_curl_start(void);

// For the thread that will call libcurl: names it and blocks SIGPIPE there, which CURLOPT_NOSIGNAL leaves to us.
void switchboard_curl_enter_thread(const char *name);

CURLcode switchboard_curl_prepare(
  CURL *easy, const switchboard_curl_request *request, switchboard_curl_data on_header,
  switchboard_curl_data on_body, switchboard_curl_prereq on_request);

void switchboard_curl_limit(CURLM *multi, int64_t per_host, int64_t total, int64_t idle);

long switchboard_curl_status(CURL *easy);
#endif
