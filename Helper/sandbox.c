#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *do_nothing(void *nothing) { return nothing; }

/// Has the C library do what it does at first need, and would need files and signal handlers for.
static void prepare_library(void) {
  // it looks for the file of every time zone that is not known yet
  setenv("TZ", "UTC0", 1);
  tzset();
  // the first thread sets the handler by which threads are cancelled
  pthread_t thread;
  if (pthread_create(&thread, NULL, do_nothing, NULL) == 0) pthread_join(thread, NULL);
}

void sandbox_prepare(const struct limits *limits) {
  // what the parent forgot to close must not be inherited any further
  close_range(3, ~0U, 0);
  // libraries must not write there: their words may quote the file
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0) close(STDERR_FILENO);
  if (nowhere > STDERR_FILENO) close(nowhere);
  // the parent kills on time; this is for a parent that is no longer there
  alarm((unsigned)limits->wall_seconds);
  // each further arena reserves 64 MB, each thread by default as much as the stack of this one may take
  mallopt(M_ARENA_MAX, 1);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) == 0) {
    pthread_attr_setstacksize(&attributes, 2 << 20);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
  }
  prepare_library();
#ifdef F_SETPIPE_SZ
  // fewer changes between the two processes; refused where a user has many pipes, which costs nothing else
  fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20);
#endif
}

/// Bytes of address space that the program and its libraries take.
static uint64_t space_in_use(void) {
  FILE *file = fopen("/proc/self/statm", "re");
  unsigned long pages = 0;
  if (!file) return 0;
  if (fscanf(file, "%lu", &pages) != 1) pages = 0;
  fclose(file);
  return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
  struct rlimit now;
  if (getrlimit(resource, &now)) return -1;
  // one that is lower already stays: only root could raise it
  if (hard > now.rlim_max) hard = now.rlim_max;
  if (soft > hard) soft = hard;
  return setrlimit(resource, &(struct rlimit){.rlim_cur = soft, .rlim_max = hard});
}

static int set_limits(const struct limits *limits, uint64_t used) {
  struct stat output;
  const int writes_file = fstat(STDOUT_FILENO, &output) == 0 && S_ISREG(output.st_mode);
  // by SIGXCPU, which says what it was; a second later by SIGKILL
  return limit(RLIMIT_AS, used + limits->memory, used + limits->memory) ||
         limit(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1) || limit(RLIMIT_NOFILE, 0, 0) ||
         limit(RLIMIT_CORE, 0, 0) || limit(RLIMIT_MEMLOCK, 0, 0) || limit(RLIMIT_MSGQUEUE, 0, 0) ||
         (writes_file ? 0 : limit(RLIMIT_FSIZE, 0, 0));
}

/// Takes all rights to files, and from Linux 6.7 and 6.12 on to ports and other processes, away. Kernels without it are
/// no reason to refuse: the filter alone keeps all of this.
static int restrict_files(void) {
  struct {
    uint64_t files, network, scoped;
  } attributes = {0};
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  static const unsigned rights[] = {13, 14, 15, 15, 16};
  attributes.files = (UINT64_C(1) << rights[version < 5 ? version - 1 : 4]) - 1;
  size_t size = sizeof attributes.files;
  if (version >= 4) {
    attributes.network = 3;
    size += sizeof attributes.network;
  }
  if (version >= 6) {
    attributes.scoped = 3;
    size += sizeof attributes.scoped;
  }
  long rules = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (rules < 0) return -1;
  long outcome = syscall(SYS_landlock_restrict_self, rules, 0);
  close((int)rules);
  return outcome ? -1 : 0;
}

/// Calls that decoding needs, whatever their arguments: memory, threads, time, the descriptors that are open.
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(lseek),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrandom),
};

/// The filter on system calls: what is not listed kills the process with SIGSYS.
static int add_rules(scmp_filter_ctx filter) {
  int failed = 0;
  for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
  }
  // memory that could be run is never made
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  // threads, never processes. clone3 has its flags in memory, where a filter can't see them: the C library takes clone
  // where it is missing.
  const unsigned long thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
  failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  // the names of threads
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
  // what abort() does; to itself alone
  failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
  return failed;
}

static int filter_calls(void) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (!filter) return -1;
  // for all threads, should a library have started one
  int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) || add_rules(filter) || seccomp_load(filter);
  seccomp_release(filter);
  return failed ? -1 : 0;
}

const char *sandbox_enter(const struct request *request) {
  const uint64_t used = space_in_use();
  if (used == 0) return "the memory in use could not be read";
  // others of the same user must not read the pixels out of this process
  if (prctl(PR_SET_DUMPABLE, 0)) return "the process could not be closed to others";
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return "new rights could not be ruled out";
  if (restrict_files()) return "the file system could not be closed";
  if (set_limits(&request->limits, used)) return "the limits could not be set";
  if (!request->unfiltered && filter_calls()) return "system calls could not be filtered";
  return NULL;
}
