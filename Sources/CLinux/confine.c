// A process that gives up nearly everything before it runs what it does not trust: no files, no network, no programs, no
// other process. What an unprivileged process can do to itself: seccomp(2), resource limits, no_new_privs, namespaces.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "switchboard_linux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "the system call filter does not know this machine"
#endif

int switchboard_worker_start(const char *program, const char *verb, int *socket_out) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, sockets[1], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  posix_spawnattr_init(&attributes);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  // Nothing of our environment: secrets stand there. The libraries' path is what the loader needs.
  char library_path[4200] = "LD_LIBRARY_PATH=";
  const char *path = getenv("LD_LIBRARY_PATH");
  if (path != NULL) strncat(library_path, path, sizeof library_path - strlen(library_path) - 1);
  char language[] = "LANG=C.UTF-8", backtrace[] = "SWIFT_BACKTRACE=enable=no";
  char *environment[] = {language, backtrace, path != NULL ? library_path : NULL, NULL};
  char *arguments[] = {(char *)"switchboard", (char *)verb, NULL};
  pid_t child = -1;
  int status = posix_spawn(&child, program, &actions, &attributes, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(sockets[1]);
  if (status != 0) {
    close(sockets[0]);
    errno = status;
    return -1;
  }
  fcntl(sockets[0], F_SETFL, O_NONBLOCK); // ours only: we never wait longer than the worker's time
  *socket_out = sockets[0];
  return child;
}

int switchboard_worker_end(int process, int *signal_out) {
  int status = 0;
  kill(process, SIGKILL);
  while (waitpid(process, &status, 0) < 0) if (errno != EINTR) return -1;
  *signal_out = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

int switchboard_worker_has_ended(int process, int *signal_out) {
  int status = 0;
  if (waitpid(process, &status, WNOHANG) != process) return 0;
  *signal_out = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return 1;
}

int64_t switchboard_process_cpu_ns(int process) {
  clockid_t clock;
  struct timespec now;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &now) != 0) return -1;
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void switchboard_confine_early(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_DUMPABLE, 0);
  mallopt(M_ARENA_MAX, 1); // arenas of other threads would reserve address space
  // As far as the system lets us: the filter below refuses the same things in any case.
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) return;
  }
}

static size_t mapped_bytes(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  unsigned long pages = 0;
  if (file == NULL) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int limit(int resource, rlim_t value) {
  struct rlimit both = {.rlim_cur = value, .rlim_max = value};
  return setrlimit(resource, &both);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
// Memory, but none that can be run.
#define ALLOW_WITHOUT_EXEC(name) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOAD(args[2]), \
  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), \
  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int filter_calls(void) {
  struct sock_filter filter[] = {
    LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    ALLOW(read), ALLOW(write), ALLOW(futex), ALLOW(clock_gettime), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise),
    ALLOW(brk), ALLOW(exit), ALLOW(exit_group), ALLOW(rt_sigreturn), ALLOW(rt_sigprocmask), ALLOW(sigaltstack),
    ALLOW(sched_yield), ALLOW(gettid), ALLOW(getpid), ALLOW(getrandom), ALLOW(restart_syscall),
    ALLOW_WITHOUT_EXEC(mmap), ALLOW_WITHOUT_EXEC(mprotect),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  // Over all threads: those that the runtime started before us are confined as well.
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

int switchboard_confine(size_t memory_bytes, unsigned cpu_seconds) {
  size_t mapped = mapped_bytes();
  if (mapped == 0 || limit(RLIMIT_AS, mapped + memory_bytes) != 0) return 1;
  if (limit(RLIMIT_CPU, cpu_seconds) != 0 || limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_FSIZE, 0) != 0) return 2;
  limit(RLIMIT_NPROC, 0); // counts all processes of the user: not for the privileged
  if (limit(RLIMIT_NOFILE, 0) != 0) return 3;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 4;
  return filter_calls() == 0 ? 0 : 5;
}

static void report(char *out, size_t capacity, const char *name, long result) {
  size_t length = strlen(out);
  snprintf(out + length, capacity - length, "%s%s=%d", length > 0 ? " " : "", name, result < 0 ? errno : 0);
}

void switchboard_confinement_probe(char *out, size_t capacity) {
  out[0] = 0;
  report(out, capacity, "open", syscall(__NR_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
  report(out, capacity, "create", syscall(__NR_openat, AT_FDCWD, "/tmp/switchboard-probe", O_CREAT | O_WRONLY, 0600));
  report(out, capacity, "socket", syscall(__NR_socket, AF_INET, SOCK_STREAM, 0));
  report(out, capacity, "unix", syscall(__NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0}));
  report(out, capacity, "clone", syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0));
  report(out, capacity, "execve", syscall(__NR_execve, "/bin/true", NULL, NULL));
  report(out, capacity, "kill", syscall(__NR_kill, 1, 0));
  report(out, capacity, "ptrace", syscall(__NR_ptrace, 16, 1, 0, 0));
  report(out, capacity, "getppid", syscall(__NR_getppid));
  report(out, capacity, "prctl", syscall(__NR_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0));
  report(out, capacity, "setrlimit", syscall(__NR_prlimit64, 0, RLIMIT_AS, NULL, NULL));
  report(out, capacity, "unlink", syscall(__NR_unlinkat, AT_FDCWD, "/tmp/switchboard-probe", 0));
  void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  report(out, capacity, "exec_memory", code == MAP_FAILED ? -1 : 0);
}
