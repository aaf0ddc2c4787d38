#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "switchboard_linux.h"
#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int switchboard_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int switchboard_epoll_set(int epoll, int descriptor, uint32_t interest, uint32_t tag, int is_new) {
  struct epoll_event event = {.events = 0, .data.u32 = tag};
  if (interest & SWITCHBOARD_EPOLL_READ) event.events |= EPOLLIN;
  if (interest & SWITCHBOARD_EPOLL_WRITE) event.events |= EPOLLOUT;
  int operation = interest == 0 ? EPOLL_CTL_DEL : is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  return epoll_ctl(epoll, operation, descriptor, &event);
}

int switchboard_epoll_wait(int epoll, switchboard_epoll_ready *ready, int ready_max, int64_t timeout_ns) {
  struct epoll_event events[256];
  struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
  int count = epoll_pwait2(epoll, events, ready_max < 256 ? ready_max : 256, timeout_ns < 0 ? NULL : &timeout, NULL);
  if (count < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < count; i++) {
    ready[i].tag = events[i].data.u32;
    ready[i].events = (events[i].events & EPOLLIN ? SWITCHBOARD_EPOLL_READ : 0) |
                      (events[i].events & EPOLLOUT ? SWITCHBOARD_EPOLL_WRITE : 0) |
                      (events[i].events & (EPOLLERR | EPOLLHUP) ? SWITCHBOARD_EPOLL_BROKEN : 0);
  }
  return count;
}

int switchboard_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void switchboard_eventfd_ring(int descriptor) {
  uint64_t one = 1;
  ssize_t written = write(descriptor, &one, sizeof one);
  (void)written;
}

void switchboard_eventfd_clear(int descriptor) {
  uint64_t count;
  ssize_t got = read(descriptor, &count, sizeof count);
  (void)got;
}

int64_t switchboard_thread_cpu_ns(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 0;
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

ptrdiff_t switchboard_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count) {
  const char *found = memmem(bytes, count, wanted, wanted_count);
  return found == NULL ? -1 : found - (const char *)bytes;
}

void switchboard_malloc_keep(int keep_bytes, int map_above_bytes) {
  mallopt(M_TRIM_THRESHOLD, keep_bytes);
  mallopt(M_MMAP_THRESHOLD, map_above_bytes);
}
