// The least a program can do: one session, one thread, values made once, a clock around each Run.
//
//   bare_loop LIBRARY MODEL SECONDS [--binding] [--slowdown SHARE]
//   bare_loop LIBRARY MODEL --serve [--binding] [--slowdown SHARE]
//
// Prints one JSON line with the nearest-rank percentiles of all latencies in nanoseconds. Inputs are zeros, axes without
// a fixed extent are 1. With --binding the same is done through an OrtIoBinding instead of Run's arrays. With --serve it
// prints "ready", then reads lengths of blocks in seconds, one a line, and answers each block with such a line, so that
// another program's blocks can come between. With --slowdown each latency is made longer by that share of itself.
#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { maximum_values = 16, maximum_rank = 16, maximum_samples = 20000000 };

typedef void Status;
typedef struct { void *const *(*get_api)(uint32_t); const char *(*version)(void); } ApiBase;

static void *const *api;

static void check(Status *status) {
  if (!status) return;
  fprintf(stderr, "bare_loop: %s\n", ((const char *(*)(Status *))api[2])(status));
  exit(1);
}

// Positions in the function table; they never change (see Sources/COnnxRuntime).
#define CALL(position, types, ...) check(((Status * (*) types) api[position])(__VA_ARGS__))

static size_t element_size(int type) {
  switch (type) {
  case 1: case 6: case 12: return 4;
  case 2: case 3: case 9: return 1;
  case 4: case 5: case 10: case 16: return 2;
  case 7: case 11: case 13: case 14: return 8;
  default: fprintf(stderr, "bare_loop: element type %d is not handled\n", type); exit(1);
  }
}

static void *tensor_of(void *type_info, void *memory) {
  const void *info;
  int type;
  size_t rank, count = 1;
  int64_t shape[maximum_rank];
  CALL(55, (void *, const void **), type_info, &info);
  CALL(60, (const void *, int *), info, &type);
  CALL(61, (const void *, size_t *), info, &rank);
  if (rank > maximum_rank) { fprintf(stderr, "bare_loop: rank %zu\n", rank); exit(1); }
  CALL(62, (const void *, int64_t *, size_t), info, shape, rank);
  for (size_t i = 0; i < rank; i++) {
    if (shape[i] < 1) shape[i] = 1;
    count *= (size_t)shape[i];
  }
  size_t bytes = count * element_size(type);
  void *data = aligned_alloc(64, (bytes + 63) / 64 * 64), *value = NULL;
  if (!data) { fprintf(stderr, "bare_loop: no memory\n"); exit(1); }
  memset(data, 0, bytes);
  CALL(49, (void *, void *, size_t, int64_t *, size_t, int, void **), memory, data, bytes, shape, rank, type, &value);
  return value;
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 4) { fprintf(stderr, "usage: bare_loop LIBRARY MODEL SECONDS [--binding]\n"); return 64; }
  bool binds = false;
  double slowdown = 0;
  for (int i = 4; i < argc; i++) {
    if (strcmp(argv[i], "--binding") == 0) binds = true;
    if (strcmp(argv[i], "--slowdown") == 0 && i + 1 < argc) slowdown = atof(argv[++i]);
  }
  double seconds = atof(argv[3]);
  void *library = dlopen(argv[1], RTLD_NOW);
  if (!library) { fprintf(stderr, "bare_loop: %s\n", dlerror()); return 69; }
  const ApiBase *(*base)(void) = (const ApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
  if (!base || !(api = base()->get_api(15))) { fprintf(stderr, "bare_loop: not ONNX Runtime 1.15 or later\n"); return 69; }

  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void *environment, *options, *session, *memory, *allocator, *binding;
  CALL(3, (int, const char *, void **), 3, "bare", &environment);
  CALL(10, (void **), &options);
  CALL(24, (void *, int), options, 1);
  CALL(25, (void *, int), options, 1);
  CALL(7, (void *, const char *, void *, void **), environment, argv[2], options, &session);
  CALL(69, (int, int, void **), 1, 0, &memory);
  CALL(78, (void **), &allocator);

  size_t counts[2];
  char *names[2][maximum_values];
  void *values[2][maximum_values];
  for (int side = 0; side < 2; side++) {
    CALL(30 + side, (void *, size_t *), session, &counts[side]);
    if (counts[side] > maximum_values) { fprintf(stderr, "bare_loop: too many values\n"); return 1; }
    for (size_t i = 0; i < counts[side]; i++) {
      void *type_info;
      CALL(36 + side, (void *, size_t, void *, char **), session, i, allocator, &names[side][i]);
      CALL(33 + side, (void *, size_t, void **), session, i, &type_info);
      values[side][i] = tensor_of(type_info, memory);
    }
  }
  CALL(134, (void *, void **), session, &binding);
  for (int side = 0; side < 2; side++)
    for (size_t i = 0; i < counts[side]; i++)
      CALL(136 + side, (void *, const char *, void *), binding, names[side][i], values[side][i]);

  typedef Status *(*Run)(void *, void *, char **, void **, size_t, char **, size_t, void **);
  typedef Status *(*RunWithBinding)(void *, void *, void *);
  Run run = (Run)api[9];
  RunWithBinding run_with_binding = (RunWithBinding)api[133];
  uint32_t *samples = malloc(maximum_samples * sizeof *samples);
  if (!samples) return 1;
  char line[64];
  bool serves = strcmp(argv[3], "--serve") == 0;
  if (serves) { puts("ready"); fflush(stdout); }
  do {
    double warm_up = serves ? 0 : 0.2 * seconds;
    if (serves) {
      if (!fgets(line, sizeof line, stdin)) return 0;
      seconds = atof(line);
    }
    size_t count = 0;
    uint64_t begin = now_ns(), warm = begin + (uint64_t)(warm_up * 1e9), end = warm + (uint64_t)(seconds * 1e9);
    for (uint64_t start = begin; start < end && count < maximum_samples;) {
      start = now_ns();
      Status *status = binds ? run_with_binding(session, NULL, binding)
                             : run(session, NULL, names[0], values[0], counts[0], names[1], counts[1], values[1]);
      uint64_t stop = now_ns();
      if (slowdown > 0)
        for (uint64_t until = stop + (uint64_t)(slowdown * (double)(stop - start)); stop < until;) stop = now_ns();
      if (status) check(status);
      if (start >= warm) samples[count++] = (uint32_t)(stop - start);
    }
    if (!count) { fprintf(stderr, "bare_loop: no inference ended in time\n"); return 1; }
    qsort(samples, count, sizeof *samples, ascending);
    printf("{\"model\":\"%s\",\"call\":\"%s\",\"count\":%zu,\"p10_ns\":%" PRIu32 ",\"p50_ns\":%" PRIu32
           ",\"p90_ns\":%" PRIu32 "}\n",
           argv[2], binds ? "RunWithBinding" : "Run", count, samples[(count - 1) / 10], samples[(count - 1) / 2],
           samples[(count - 1) * 9 / 10]);
    fflush(stdout);
  } while (serves);
  return 0;
}
