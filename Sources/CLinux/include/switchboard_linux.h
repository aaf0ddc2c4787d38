// What Linux and glibc have and Swift's Glibc module leaves out: epoll(7), eventfd(2), memmem(3), mallopt(3), the thread clock.
#ifndef SWITCHBOARD_LINUX_H
#define SWITCHBOARD_LINUX_H
#include <stddef.h>
#include <stdint.h>

// The kernel's events are packed on some machines; these are not.
typedef struct {
  uint32_t events;
  uint32_t tag;
} switchboard_epoll_ready;

enum { SWITCHBOARD_EPOLL_READ = 1, SWITCHBOARD_EPOLL_WRITE = 2, SWITCHBOARD_EPOLL_BROKEN = 4 };

int switchboard_epoll_create(void);
// `interest` 0 removes the descriptor. 0 or -1 with errno.
int switchboard_epoll_set(int epoll, int descriptor, uint32_t interest, uint32_t tag, int is_new);
// Up to 256 at a time; a negative time-out waits for ever. The count, 0 when interrupted, or -1.
int switchboard_epoll_wait(int epoll, switchboard_epoll_ready *ready, int ready_max, int64_t timeout_ns);

int switchboard_eventfd_create(void);
void switchboard_eventfd_ring(int descriptor);
void switchboard_eventfd_clear(int descriptor);

// Processor time of the calling thread so far.
int64_t switchboard_thread_cpu_ns(void);

// The offset of the first occurrence, or -1.
ptrdiff_t switchboard_find(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

// Keeps freed memory in the threads' arenas up to this size instead of giving it back with every burst; larger blocks
// are mapped and go back at once.
void switchboard_malloc_keep(int keep_bytes, int map_above_bytes);
#endif
