#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "switchboard_curl.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started = -1;

static void start(void) { started = (int)curl_global_init(CURL_GLOBAL_DEFAULT); }

int switchboard_curl_start(void) {
  pthread_once(&once, start);
  return started;
}

void switchboard_curl_enter_thread(const char *name) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_setname_np(pthread_self(), name);
}

#define SET(option, value)                                        \
  do {                                                            \
    CURLcode code = curl_easy_setopt(easy, (option), (value));    \
    if (code != CURLE_OK) return code;                            \
  } while (0)

static CURLcode set_method(CURL *easy, const switchboard_curl_request *request) {
  if (strcmp(request->method, "HEAD") == 0) {
    SET(CURLOPT_NOBODY, 1L);
    return CURLE_OK;
  }
  if (strcmp(request->method, "GET") == 0 && request->body_bytes == 0) {
    SET(CURLOPT_HTTPGET, 1L);
    return CURLE_OK;
  }
  if (strcmp(request->method, "POST") == 0 || request->body_bytes > 0) {
    // The size first: with it, COPYPOSTFIELDS copies bytes that may hold NUL.
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
    SET(CURLOPT_COPYPOSTFIELDS, request->body_bytes > 0 ? (const char *)request->body : "");
  }
  if (strcmp(request->method, "POST") != 0) SET(CURLOPT_CUSTOMREQUEST, request->method);
  return CURLE_OK;
}

CURLcode switchboard_curl_prepare(
  CURL *easy, const switchboard_curl_request *request, switchboard_curl_data on_header,
  switchboard_curl_data on_body, switchboard_curl_prereq on_request) {
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_PROTOCOLS_STR, "http,https");
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
  SET(CURLOPT_PATH_AS_IS, 1L);
  SET(CURLOPT_TCP_KEEPALIVE, 1L);
  SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_PROXY, request->proxy);
  SET(CURLOPT_NOPROXY, "");
  SET(CURLOPT_URL, request->url);
  SET(CURLOPT_HTTPHEADER, request->headers);
  SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
  SET(CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
  SET(CURLOPT_MAXAGE_CONN, (long)request->idle_connection_age_s);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, request->context);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, request->context);
  SET(CURLOPT_PREREQFUNCTION, on_request);
  SET(CURLOPT_PREREQDATA, request->context);
  return set_method(easy, request);
}

CURLcode switchboard_curl_guard(CURL *easy, switchboard_curl_socket on_socket, void *context) {
  SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  SET(CURLOPT_OPENSOCKETDATA, context);
  SET(CURLOPT_FRESH_CONNECT, 1L);
  SET(CURLOPT_FORBID_REUSE, 1L);
  return CURLE_OK;
}

curl_socket_t switchboard_curl_open(const struct curl_sockaddr *address) {
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void switchboard_curl_events(
  CURLM *multi, switchboard_curl_watch on_watch, switchboard_curl_timer on_timer, void *context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_watch);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}

void switchboard_curl_limit(CURLM *multi, int64_t per_host, int64_t total, int64_t idle) {
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)per_host);
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)total);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)idle);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
}

long switchboard_curl_status(CURL *easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}
