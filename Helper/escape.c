#include "escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "records.h"

// Each returns something that is not negative where it has worked.

static long open_file(void) { return open("/etc/hostname", O_RDONLY); }

static long open_by_old_call(void) { return syscall(SYS_open, "/etc/hostname", O_RDONLY); }

static long create_file(void) { return open("/tmp/posevault-escaped", O_WRONLY | O_CREAT, 0600); }

static long look_at_file(void) { return access("/etc/passwd", R_OK); }

static long make_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static long make_local_socket(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }

static long run_program(void) {
  char *const words[] = {"/bin/true", NULL};
  return execv(words[0], words);
}

static long make_process(void) {
  const long child = syscall(SYS_fork);
  if (child == 0) _exit(0);
  return child;
}

static long clone_process(void) {
  const long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  return child;
}

static long clone3_process(void) {
  uint64_t arguments[8] = {0};
  arguments[4] = SIGCHLD;
  const long child = syscall(SYS_clone3, arguments, sizeof arguments);
  if (child == 0) _exit(0);
  return child;
}

static long signal_parent(void) { return kill(getppid(), 0); }

static long signal_other(void) { return syscall(SYS_tgkill, 1, 1, 0); }

static long trace_parent(void) { return ptrace(PTRACE_SEIZE, 1, 0, 0); }

static long make_code(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : 0;
}

static long turn_into_code(void) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long make_ring(void) {
  struct io_uring_params parameters = {0};
  return syscall(SYS_io_uring_setup, 4, &parameters);
}

static long raise_limit(void) {
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  return syscall(SYS_prlimit64, 0, RLIMIT_AS, &all, NULL);
}

static long make_namespace(void) { return unshare(CLONE_NEWUSER); }

static long become_root(void) { return setuid(0); }

static long stop_clock(void) {
  alarm(0);
  return 0;
}

static long take_memory(void) {
  for (;;) {
    // what is not written to is not taken
    char *block = malloc(16 << 20);
    if (!block) return -1;
    memset(block, 1, 16 << 20);
  }
}

static long take_all_at_once(void) {
  void *all = mmap(NULL, UINT64_C(1) << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return all == MAP_FAILED ? -1 : 0;
}

static volatile int forever = 1;

static void *count(void *nothing) {
  while (forever) {
  }
  return nothing;
}

static long loop(void) {
  count(NULL);
  return 0;
}

/// The clock of CPU time counts all threads.
static long loop_in_threads(void) {
  pthread_t thread;
  for (int i = 0; i < 3; i++) {
    if (pthread_create(&thread, NULL, count, NULL)) return -1;
  }
  return loop();
}

static long wait_for_ever(void) {
  while (forever) sleep(1000);
  return 0;
}

static long make_thread(void) {
  pthread_t thread;
  forever = 0;
  if (pthread_create(&thread, NULL, count, NULL)) return -1;
  return pthread_join(thread, NULL);
}

static long fall(void) { abort(); }

static const struct {
  const char *name;
  long (*action)(void);
} attempts[] = {
    {"open", open_file},
    {"old-open", open_by_old_call},
    {"create", create_file},
    {"access", look_at_file},
    {"socket", make_socket},
    {"local-socket", make_local_socket},
    {"exec", run_program},
    {"fork", make_process},
    {"clone", clone_process},
    {"clone3", clone3_process},
    {"signal-parent", signal_parent},
    {"signal-other", signal_other},
    {"trace", trace_parent},
    {"code", make_code},
    {"turn-into-code", turn_into_code},
    {"ring", make_ring},
    {"raise-limit", raise_limit},
    {"namespace", make_namespace},
    {"root", become_root},
    {"stop-clock", stop_clock},
    {"memory", take_memory},
    {"memory-at-once", take_all_at_once},
    {"loop", loop},
    {"loop-in-threads", loop_in_threads},
    {"wait", wait_for_ever},
    // what has to work
    {"thread", make_thread},
    {"abort", fall},
};

int try_escape(const char *attempt) {
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    if (strcmp(attempts[i].name, attempt) != 0) continue;
    if (attempts[i].action() < 0) return record_failure(failure_sandbox, strerrorname_np(errno));
    static const char free[] = {'F', 'R', 'E', 'E', 0, 0, 0, 0};
    return write(STDOUT_FILENO, free, sizeof free) == sizeof free ? 0 : 1;
  }
  return record_failure(failure_internal, "This is not tried.");
}
