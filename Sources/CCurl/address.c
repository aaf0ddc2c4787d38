// Which addresses are public (RFC 6890 and IANA's special-purpose address registries).
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "switchboard_curl.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static int is_in(uint32_t address, uint32_t network, int bits) { return (address ^ network) >> (32 - bits) == 0; }

static int is_public_v4(uint32_t address) {
  static const struct {
    uint32_t network;
    int bits;
  } special[] = {
    {0x00000000, 8},  // this network
    {0x0A000000, 8},  // private
    {0x64400000, 10}, // shared (carrier-grade NAT)
    {0x7F000000, 8},  // loopback
    {0xA9FE0000, 16}, // link-local: the metadata services of clouds
    {0xAC100000, 12}, // private
    {0xC0000000, 24}, // protocol assignments
    {0xC0000200, 24}, // documentation
    {0xC0586300, 24}, // 6to4 relays
    {0xC0A80000, 16}, // private
    {0xC6120000, 15}, // benchmarks
    {0xC6336400, 24}, // documentation
    {0xCB007100, 24}, // documentation
    {0xE0000000, 4},  // multicast
    {0xF0000000, 4},  // reserved, broadcast
  };
  for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
    if (is_in(address, special[i].network, special[i].bits)) return 0;
  }
  return 1;
}

static uint32_t word(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int is_public_v6(const uint8_t *a) {
  static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  static const uint8_t nat64[12] = {0, 0x64, 0xFF, 0x9B};
  if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0) return is_public_v4(word(a + 12));
  if (a[0] >> 5 != 1) return 0; // only 2000::/3 is global unicast: loopback, unique local, link-local are not in it
  if (a[0] == 0x20 && a[1] == 0x02) return is_public_v4(word(a + 2)); // 6to4
  if (word(a) == 0x20010000 || word(a) == 0x20010DB8) return 0;       // Teredo, documentation
  return 1;
}

int switchboard_address_is_public(const struct sockaddr *address) {
  if (address->sa_family == AF_INET) {
    struct sockaddr_in v4;
    memcpy(&v4, address, sizeof v4);
    return is_public_v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof v6);
    return is_public_v6(v6.sin6_addr.s6_addr);
  }
  return 0;
}

int switchboard_curl_is_public(const struct curl_sockaddr *address) {
  return switchboard_address_is_public(&address->addr);
}

static int ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), wanted = strlen(ending);
  return length >= wanted && strcasecmp(text + length - wanted, ending) == 0;
}

static int host_may_be_public(char *host) {
  size_t length = strlen(host);
  while (length > 0 && host[length - 1] == '.') host[--length] = 0;
  if (length > 1 && host[0] == '[' && host[length - 1] == ']') {
    host[length - 1] = 0;
    host++;
  }
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *found = NULL;
  if (getaddrinfo(host, NULL, &hints, &found) == 0) {
    int is_public = switchboard_address_is_public(found->ai_addr);
    freeaddrinfo(found);
    return is_public;
  }
  if (strchr(host, '.') == NULL) return 0;
  return !ends_with(host, ".localhost") && !ends_with(host, ".local") && !ends_with(host, ".internal");
}

int switchboard_url_may_be_public(const char *url) {
  CURLU *parts = curl_url();
  char *host = NULL;
  int answer = 0;
  if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
      curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    answer = host_may_be_public(host);
  }
  curl_free(host);
  curl_url_cleanup(parts);
  return answer;
}
