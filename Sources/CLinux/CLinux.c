#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The kernel refuses a mask smaller than its own; no machine has more CPUs than this.
#define CPU_LIMIT 16384

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

int assay_get_affinity(int *cpus, int capacity) {
  cpu_set_t *mask = CPU_ALLOC(CPU_LIMIT);
  if (mask == NULL) return -ENOMEM;
  size_t size = CPU_ALLOC_SIZE(CPU_LIMIT);
  CPU_ZERO_S(size, mask);
  if (sched_getaffinity(0, size, mask) != 0) {
    int error = errno;
    CPU_FREE(mask);
    return -error;
  }
  int found = 0;
  for (int cpu = 0; cpu < CPU_LIMIT; ++cpu) {
    if (!CPU_ISSET_S(cpu, size, mask)) continue;
    if (found < capacity) cpus[found] = cpu;
    ++found;
  }
  CPU_FREE(mask);
  return found;
}

// The mask of a list of CPUs, to be freed with CPU_FREE; NULL with errno set.
static cpu_set_t *make_mask(const int *cpus, int count) {
  if (count <= 0) {
    errno = EINVAL;
    return NULL;
  }
  cpu_set_t *mask = CPU_ALLOC(CPU_LIMIT);
  if (mask == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  CPU_ZERO_S(CPU_ALLOC_SIZE(CPU_LIMIT), mask);
  for (int index = 0; index < count; ++index) {
    if (cpus[index] < 0 || cpus[index] >= CPU_LIMIT) {
      CPU_FREE(mask);
      errno = EINVAL;
      return NULL;
    }
    CPU_SET_S(cpus[index], CPU_ALLOC_SIZE(CPU_LIMIT), mask);
  }
  return mask;
}

int assay_set_affinity(pid_t pid, const int *cpus, int count) {
  cpu_set_t *mask = make_mask(cpus, count);
  if (mask == NULL) return errno;
  int error = sched_setaffinity(pid, CPU_ALLOC_SIZE(CPU_LIMIT), mask) == 0 ? 0 : errno;
  CPU_FREE(mask);
  return error;
}

int assay_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) == 0 ? 0 : errno; }

// Everything the child needs, made ready before the fork: the child only makes system calls.
typedef struct {
  const assay_spawn_request *request;
  cpu_set_t *mask;  // NULL: inherit
  pid_t parent;
  int report_fd;
  int descriptor_limit;
} child_plan;

typedef struct {
  int error;
  int stage;
} child_report;

static void fail_child(const child_plan *plan, assay_spawn_stage stage) {
  child_report report = {errno, (int)stage};
  ssize_t written;
  do {
    written = write(plan->report_fd, &report, sizeof report);
  } while (written < 0 && errno == EINTR);
  _exit(127);
}

// Handlers belong to the parent's program; ignored signals would stay ignored through exec.
static void reset_signals(void) {
  for (int number = 1; number < NSIG; ++number) {
    if (number == SIGKILL || number == SIGSTOP) continue;
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_DFL) continue;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(number, &action, NULL);
  }
}

static int set_descriptors(const child_plan *plan) {
  int sources[3] = {plan->request->stdin_fd, plan->request->stdout_fd, plan->request->stderr_fd};
  // First out of the way of 0, 1 and 2, so that no source is overwritten before it was used.
  for (int index = 0; index < 3; ++index) {
    if (sources[index] < 0) continue;
    sources[index] = fcntl(sources[index], F_DUPFD_CLOEXEC, 3);
    if (sources[index] < 0) return -1;
  }
  for (int index = 0; index < 3; ++index) {
    if (sources[index] >= 0 && dup2(sources[index], index) < 0) return -1;
  }
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return 0;
  for (int fd = 3; fd < plan->descriptor_limit; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);  // before Linux 5.11
  return 0;
}

static void __attribute__((noinline, noreturn)) run_child(const child_plan *plan) {
  const assay_spawn_request *request = plan->request;
  reset_signals();
  if (request->new_group && setpgid(0, 0) != 0) fail_child(plan, ASSAY_SPAWN_GROUP);
  if (request->death_signal != 0) {
    if (prctl(PR_SET_PDEATHSIG, request->death_signal, 0, 0, 0) != 0) fail_child(plan, ASSAY_SPAWN_DEATH_SIGNAL);
    if (getppid() != plan->parent) _exit(127);  // the parent ended before the signal was set
  }
  if (plan->mask != NULL && sched_setaffinity(0, CPU_ALLOC_SIZE(CPU_LIMIT), plan->mask) != 0) {
    fail_child(plan, ASSAY_SPAWN_AFFINITY);
  }
  if (request->fixed_layout) {
    int present = personality(0xffffffffu);
    if (present >= 0) personality((unsigned long)present | ADDR_NO_RANDOMIZE);
  }
  if (set_descriptors(plan) != 0) fail_child(plan, ASSAY_SPAWN_DESCRIPTORS);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(request->path, request->argv, request->envp);
  fail_child(plan, ASSAY_SPAWN_EXEC);
  _exit(127);
}

int assay_may_fix_layout(void) {
  int present = personality(0xffffffffu);
  if (present < 0 || personality((unsigned long)present | ADDR_NO_RANDOMIZE) < 0) return 0;
  // Only programs entered from now on would notice; none is.
  personality((unsigned long)present);
  return 1;
}

void assay_shift_layout(size_t pages, size_t bytes) {
  // Both are meant to stay for the life of the process.
  if (pages > 0) {
    void *ignored = mmap(NULL, pages * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    (void)ignored;
  }
  if (bytes > 0) {
    char *volatile kept = malloc(bytes);
    (void)kept;
  }
}

static int descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 1048576) return 1048576;
  return (int)limit.rlim_cur;
}

int assay_spawn(const assay_spawn_request *request, pid_t *pid, assay_spawn_stage *stage) {
  *stage = ASSAY_SPAWN_AFFINITY;
  child_plan plan = {request, NULL, getpid(), -1, descriptor_limit()};
  if (request->cpu_count > 0 && (plan.mask = make_mask(request->cpus, request->cpu_count)) == NULL) return errno;

  int pipe_fds[2];
  *stage = ASSAY_SPAWN_PIPE;
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    int error = errno;
    if (plan.mask != NULL) CPU_FREE(plan.mask);
    return error;
  }
  plan.report_fd = pipe_fds[1];

  // No handler of the parent may run in the child, whose memory is the parent's until exec (vfork: a parent with much
  // memory is not copied).
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = vfork();
  if (child == 0) run_child(&plan);
  int error = child < 0 ? errno : 0;
  *stage = child < 0 ? ASSAY_SPAWN_FORK : ASSAY_SPAWN_NOTHING;
  pthread_sigmask(SIG_SETMASK, &before, NULL);

  close(pipe_fds[1]);
  if (child > 0) {
    child_report report;
    ssize_t got;
    do {
      got = read(pipe_fds[0], &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof report) {  // otherwise exec closed the pipe: the program runs
      error = report.error;
      *stage = (assay_spawn_stage)report.stage;
      while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
      }
    } else {
      *pid = child;
    }
  }
  close(pipe_fds[0]);
  if (plan.mask != NULL) CPU_FREE(plan.mask);
  return error;
}

static volatile sig_atomic_t caught_signal = 0;

static void remember(int signal_number) {
  caught_signal = signal_number;
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigaction(signal_number, &standard, NULL);
}

void assay_catch_interrupts(void) {
  struct sigaction action = {.sa_handler = remember};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int assay_was_interrupted(void) { return caught_signal; }

int assay_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
