// What Linux and glibc have and Swift's Glibc module leaves out: epoll(7), eventfd(2), memmem(3), mallopt(3), the thread clock;
// and worker processes that give up what they could do.
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

// Starts the program with this verb, a socket as its standard input, and nothing of our environment and descriptors.
// The process, or -1 with errno; `socket` is our end.
int switchboard_worker_start(const char *program, const char *verb, int *socket);
// Kills it if it still lives, and waits. Its exit status; `signal` is what ended it, or 0.
int switchboard_worker_end(int process, int *signal);
// 1 when it has ended by itself, and then it need not be ended.
int switchboard_worker_has_ended(int process, int *signal);
// Processor time of all threads of a process; -1 when it is gone.
int64_t switchboard_process_cpu_ns(int process);

// For the worker, before it has other threads: dies with its parent, tells nothing, leaves the network's namespace.
void switchboard_confine_early(void);
// Then: no files, sockets, processes or programs for any thread; this much more memory, this much processor time.
// 0, or which part failed.
int switchboard_confine(size_t memory_bytes, unsigned cpu_seconds);
// What a confined process is refused, as "open=1 socket=1 …": the error number of each attempt, 0 for one that worked.
void switchboard_confinement_probe(char *out, size_t capacity);
#endif
