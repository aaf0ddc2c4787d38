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
typedef curl_socket_t (*switchboard_curl_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

// Once per process, from any thread; 0 when libcurl is usable.
int switchboard_curl_start(void);

// For the thread that will call libcurl: names it and blocks SIGPIPE there, which CURLOPT_NOSIGNAL leaves to us.
void switchboard_curl_enter_thread(const char *name);

CURLcode switchboard_curl_prepare(
  CURL *easy, const switchboard_curl_request *request, switchboard_curl_data on_header,
  switchboard_curl_data on_body, switchboard_curl_prereq on_request);

// Asks `on_socket` about each address right before it is connected to, whatever the name resolved to by then. No kept
// connection is used: it may lead where this request must not go.
CURLcode switchboard_curl_guard(CURL *easy, switchboard_curl_socket on_socket, void *context);

// 1 when the address belongs to the public internet; 0 for loopback, private, link-local, shared, documentation,
// multicast and reserved networks (IANA special-purpose registries), also inside IPv6 forms that carry an IPv4 address.
int switchboard_address_is_public(const struct sockaddr *address);
int switchboard_curl_is_public(const struct curl_sockaddr *address);

// 0 when the host of the URL is a number outside the public internet or a name of the local machine or network;
// 1 for all else, as names can be judged only by who resolves them.
int switchboard_url_may_be_public(const char *url);

// What libcurl does by itself.
curl_socket_t switchboard_curl_open(const struct curl_sockaddr *address);

typedef int (*switchboard_curl_watch)(CURL *easy, curl_socket_t socket, int what, void *context, void *);
typedef int (*switchboard_curl_timer)(CURLM *multi, long timeout_ms, void *context);

// Tells `on_watch` which sockets to wait for and `on_timer` until when, so that the work of a turn grows with what has
// happened and not with what is under way.
void switchboard_curl_events(
  CURLM *multi, switchboard_curl_watch on_watch, switchboard_curl_timer on_timer, void *context);

void switchboard_curl_limit(CURLM *multi, int64_t per_host, int64_t total, int64_t idle);

long switchboard_curl_status(CURL *easy);
#endif
