// Holds the clocks of a process that is started with this library in LD_PRELOAD. The file that FAKE_CLOCK names has two
// numbers of seconds, eight bytes each, which may change at any time:
// - how far ahead the wall clock is set,
// - how much time has passed by every clock without anybody waiting; timers that are due by then fire at once. A file
//   that ends before it means 0.
// The timers are those of timerfd_create, by which Dispatch and SwiftNIO wait. Sleep, and waits for a lock or a
// descriptor, take as long as ever.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const volatile struct {
  int64_t set;
  int64_t passed;
} *held;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAKE_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *memory = mmap(NULL, sizeof *held, PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) abort();
  close(file);
  held = memory;
}

// What is added to a clock, in seconds.
static int64_t ahead(clockid_t clock) {
  if (!held) return 0;
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return held->set + held->passed;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
      return held->passed;
    default:
      return 0;
  }
}

// MARK: Clocks

static int right_time(clockid_t clock, struct timespec *now) { return (int)syscall(SYS_clock_gettime, clock, now); }

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = right_time(clock, now);
  if (!result) now->tv_sec += ahead(clock);
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}

// Who waits for a moment computed it with the calls above; the kernel goes by the right one. Which clock it is of shows
// in how near it is: by the other one it is decades away.
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict moment) {
  static int (*wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!wait) wait = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(RTLD_NEXT, __func__);
  static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
  struct timespec right = *moment;
  for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
    struct timespec now;
    clock_gettime(clocks[i], &now);
    int64_t rest = moment->tv_sec - now.tv_sec;
    if (rest > -86400 && rest < 86400) {
      right.tv_sec -= ahead(clocks[i]);
      break;
    }
  }
  return wait(condition, mutex, &right);
}

// MARK: Timers

// By its descriptor; `lock` guards them.
static struct timer {
  clockid_t clock;
  int flags;
  // by the clock that is held; zero where the timer is not set
  struct itimerspec due;
  // the same moment by the kernel's clock, as it was last told
  struct timespec told;
} timers[4096];
enum { most = sizeof timers / sizeof *timers };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_past(struct timespec moment, clockid_t clock) {
  struct timespec now;
  right_time(clock, &now);
  return moment.tv_sec < now.tv_sec || (moment.tv_sec == now.tv_sec && moment.tv_nsec <= now.tv_nsec);
}

static int tell(int descriptor, struct itimerspec *old) {
  struct timer *timer = &timers[descriptor];
  struct itimerspec right = timer->due;
  if (right.it_value.tv_sec || right.it_value.tv_nsec) {
    right.it_value.tv_sec -= ahead(timer->clock);
    // long due; zero would mean never
    if (right.it_value.tv_sec < 0) right.it_value = (struct timespec){.tv_nsec = 1};
    if (!right.it_value.tv_sec && !right.it_value.tv_nsec) right.it_value.tv_nsec = 1;
  }
  timer->told = right.it_value;
  return (int)syscall(SYS_timerfd_settime, descriptor, timer->flags, &right, old);
}

// Tells the kernel anew of each timer that has not fired, whenever the file was written to.
static void *follow(void *file) {
  char events[4096];
  for (;;) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < most; i++) {
      struct timespec told = timers[i].told;
      if ((told.tv_sec || told.tv_nsec) && !is_past(told, timers[i].clock)) tell(i, NULL);
    }
    pthread_mutex_unlock(&lock);
    if (read((int)(intptr_t)file, events, sizeof events) < 0 && errno != EINTR) abort();
  }
}

static void begin_to_follow(void) {
  int file = inotify_init1(IN_CLOEXEC);
  if (file < 0 || inotify_add_watch(file, getenv("FAKE_CLOCK"), IN_MODIFY) < 0) abort();
  pthread_t thread;
  // signals are for the program's own threads
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread, NULL, follow, (void *)(intptr_t)file)) abort();
  pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int timerfd_create(clockid_t clock, int flags) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, begin_to_follow);
  int descriptor = (int)syscall(SYS_timerfd_create, clock, flags);
  if (descriptor >= most) abort();
  if (descriptor >= 0) {
    pthread_mutex_lock(&lock);
    timers[descriptor] = (struct timer){.clock = clock};
    pthread_mutex_unlock(&lock);
  }
  return descriptor;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *new, struct itimerspec *old) {
  if (descriptor < 0 || descriptor >= most) return (int)syscall(SYS_timerfd_settime, descriptor, flags, new, old);
  pthread_mutex_lock(&lock);
  struct timer *timer = &timers[descriptor];
  timer->due = *new;
  timer->flags = flags | TFD_TIMER_ABSTIME;
  bool is_set = new->it_value.tv_sec || new->it_value.tv_nsec;
  if (is_set && !(flags & TFD_TIMER_ABSTIME)) {
    struct timespec now;
    clock_gettime(timer->clock, &now);
    int64_t nanoseconds = now.tv_nsec + new->it_value.tv_nsec;
    timer->due.it_value.tv_sec += now.tv_sec + nanoseconds / 1000000000;
    timer->due.it_value.tv_nsec = nanoseconds % 1000000000;
  }
  int result = tell(descriptor, old);
  pthread_mutex_unlock(&lock);
  return result;
}
