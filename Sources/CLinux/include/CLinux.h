// What Swift cannot call on glibc directly: feature macros, inline clock reads, a safe spawn. Nothing else.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Nanoseconds of CLOCK_MONOTONIC_RAW: not slewed by NTP, equal in all processes of one machine, read in the vDSO.
static inline uint64_t assay_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/// Writes the CPUs the calling thread may run on, ascending, and returns how many there are.
/// Returns -errno on failure. A capacity that is too small cuts the list, not the returned count.
int assay_get_affinity(int *cpus, int capacity);

/// Lets the process `pid` (0: the calling thread) run on these CPUs only. Returns 0 or an errno value.
int assay_set_affinity(pid_t pid, const int *cpus, int count);

/// Lets the kernel send `signal` to this process when the thread that started it ends. Returns 0 or an errno value.
int assay_set_parent_death_signal(int signal);

/// How a child process is started.
typedef struct {
  const char *path;
  char *const *argv;  // NULL-terminated
  char *const *envp;  // NULL-terminated
  int stdin_fd;       // becomes fd 0 of the child; -1: inherit
  int stdout_fd;      // becomes fd 1 of the child; -1: inherit
  int stderr_fd;      // becomes fd 2 of the child; -1: inherit
  const int *cpus;    // CPUs to run on, from before the first instruction of the program
  int cpu_count;      // 0: inherit
  int death_signal;   // sent to the child when the spawning *thread* ends; 0: none
  int new_group;      // not 0: the child leads a new process group, so that Ctrl-C does not reach it
  int fixed_layout;   // not 0: no address randomization in the child, where the kernel permits that
} assay_spawn_request;

/// The call that failed in the child before the program ran.
typedef enum {
  ASSAY_SPAWN_NOTHING = 0,
  ASSAY_SPAWN_PIPE = 1,
  ASSAY_SPAWN_FORK = 2,
  ASSAY_SPAWN_GROUP = 3,
  ASSAY_SPAWN_DESCRIPTORS = 4,
  ASSAY_SPAWN_AFFINITY = 5,
  ASSAY_SPAWN_DEATH_SIGNAL = 6,
  ASSAY_SPAWN_EXEC = 7,
} assay_spawn_stage;

/// Starts a program with no descriptor above 2, default signal handling and an empty signal mask.
///
/// Returns 0 and sets `pid` once the program has been entered, or else returns the errno value of what failed and sets
/// `stage`; then no child is left behind. The caller reaps the child with waitpid.
/// Call it from a thread that lives as long as the child shall, when `death_signal` is set.
int assay_spawn(const assay_spawn_request *request, pid_t *pid, assay_spawn_stage *stage);

/// Whether this process may start children without address randomization (containers can forbid it).
int assay_may_fix_layout(void);

/// Moves what is mapped and allocated from now on: by `pages` pages of address space and `bytes` bytes of heap.
///
/// Where a child has no address randomization, equal shifts make equal layouts and different ones different layouts.
void assay_shift_layout(size_t pages, size_t bytes);

/// Makes a pipe that programs started later do not inherit: `ends[0]` to read, `ends[1]` to write. Returns 0 or -1.
int assay_pipe(int ends[2]);

/// Lets SIGINT and SIGTERM be remembered instead of ending the process; a second one ends it at once.
///
/// System calls that wait return with EINTR, so that the waiting code can look.
void assay_catch_interrupts(void);

/// The signal that was caught, 0 when none was.
int assay_was_interrupted(void);

#ifdef __cplusplus
}
#endif
