// What the source files of this surface share; not seen from outside.
#pragma once

#include "COnnxRuntime.h"
#include "Functions.h"

struct AssayOrtLibrary {
  void *handle;
  const char *version;
  // Any address inside the library.
  const void *version_function;
  Functions call;
  // Made by the first session: `probe` needs neither.
  OrtEnv *environment;
  OrtMemoryInfo *memory;
  OrtAllocator *allocator;
};

struct AssayOrtSession {
  AssayOrtLibrary *library;
  OrtSession *session;
  int flushes_denormals;
  size_t counts[2];
  char **names[2];
  AssayOrtDescription *descriptions[2];
  OrtTypeInfo **types[2];
};

// Takes the status apart: code back, message into the buffer, memory released.
int assay_ort_take(const Functions *call, OrtStatus *status, AssayOrtMessage *message);
// Writes a message of ours and returns `code`.
int assay_ort_say(int code, const char *text, AssayOrtMessage *message);

// The floating point state of the calling thread.
uint64_t assay_ort_float_state(void);
void assay_ort_set_float_state(uint64_t state);
uint64_t assay_ort_flushing(uint64_t state);

// Returns from the calling function with the code when a call of ONNX Runtime fails.
#define TRY(call_table, expression)                                        \
  do {                                                                     \
    int try_code = assay_ort_take((call_table), (expression), message);    \
    if (try_code) return try_code;                                         \
  } while (0)
