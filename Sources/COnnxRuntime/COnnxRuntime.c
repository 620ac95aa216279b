// Library, messages and the floating point state.
#define _GNU_SOURCE
#include "Shared.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int assay_ort_say(int code, const char *text, AssayOrtMessage *message) {
  if (message && message->text && message->capacity) {
    size_t length = strlen(text);
    if (length > message->capacity - 1) length = message->capacity - 1;
    memcpy(message->text, text, length);
    message->text[length] = 0;
  }
  return code;
}

int assay_ort_take(const Functions *call, OrtStatus *status, AssayOrtMessage *message) {
  if (!status) return ASSAY_ORT_OK;
  int code = call->GetErrorCode(status);
  assay_ort_say(code, call->GetErrorMessage(status), message);
  call->ReleaseStatus(status);
  return code ? code : 1;
}

int assay_ort_open(const char *path, AssayOrtLibrary **out, AssayOrtMessage *message) {
  *out = NULL;
  // The official builds since 1.29 collect telemetry, keep a database under ~/.cache and try to upload it, from
  // CreateEnv on; only this variable keeps them from it. A value the user chose stays. It is set here, and not beside
  // CreateEnv, which may run on a second thread, while the first reads variables.
  if (!getenv("ORT_DISABLE_TELEMETRY")) setenv("ORT_DISABLE_TELEMETRY", "1", 0);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return assay_ort_say(ASSAY_ORT_NOT_A_LIBRARY, reason ? reason : "dlopen failed", message);
  }
  const OrtApiBase *(*base_function)(void) = (const OrtApiBase *(*)(void))dlsym(handle, "OrtGetApiBase");
  const OrtApiBase *base = base_function ? base_function() : NULL;
  if (!base) {
    dlclose(handle);
    return assay_ort_say(ASSAY_ORT_NOT_ONNXRUNTIME, "it has no function OrtGetApiBase", message);
  }
  // Read before GetApi, which prints a line of its own when the library is too old.
  const char *version = base->GetVersionString();
  int major = 0, minor = 0;
  int is_new = version && sscanf(version, "%d.%d", &major, &minor) == 2 && (major > 1 || minor >= lowest_version);
  void *const *table = is_new ? base->GetApi(lowest_version) : NULL;
  AssayOrtLibrary *library = table ? calloc(1, sizeof *library) : NULL;
  if (!library) {
    char text[128];
    snprintf(text, sizeof text, "it is version %.32s, and 1.%d or later is needed", version ? version : "?", lowest_version);
    dlclose(handle);
    return assay_ort_say(table ? ASSAY_ORT_NO_MEMORY : ASSAY_ORT_TOO_OLD, table ? "out of memory" : text, message);
  }
  library->handle = handle;
  library->version = version;
  library->version_function = (const void *)base->GetVersionString;
#define LOAD(position, result, name, ...) library->call.name = (result(*)(__VA_ARGS__))table[position];
  ORT_FUNCTIONS(LOAD)
#undef LOAD
  *out = library;
  return ASSAY_ORT_OK;
}

void assay_ort_close(AssayOrtLibrary *library) {
  if (!library) return;
  // The handle is not closed: static objects and threads of the library do not survive unmapping. Nor is the environment
  // released: it is one for the process inside ONNX Runtime, and releasing the last reference while another thread asks
  // for it fails there ("Only one instance of LoggingManager").
  if (library->memory) library->call.ReleaseMemoryInfo(library->memory);
  free(library);
}

const char *assay_ort_version(const AssayOrtLibrary *library) { return library->version; }

const char *assay_ort_path(const AssayOrtLibrary *library) {
  Dl_info info;
  return dladdr(library->version_function, &info) ? info.dli_fname : NULL;
}

int assay_ort_providers(const AssayOrtLibrary *library, char *names, size_t capacity, AssayOrtMessage *message) {
  char **providers = NULL;
  int count = 0;
  size_t used = 0;
  if (!capacity) return assay_ort_say(ASSAY_ORT_NO_MEMORY, "no room for the names", message);
  names[0] = 0;
  TRY(&library->call, library->call.GetAvailableProviders(&providers, &count));
  for (int i = 0; i < count; i++) {
    int written = snprintf(names + used, capacity - used, "%s\n", providers[i]);
    if (written < 0 || (size_t)written >= capacity - used) break;
    used += (size_t)written;
  }
  return assay_ort_take(&library->call, library->call.ReleaseAvailableProviders(providers, count), message);
}

int assay_ort_start(AssayOrtLibrary *library, AssayOrtMessage *message) {
  const Functions *call = &library->call;
  enum { severity_fatal = 4, arena_allocator = 1, default_memory = 0 };
  if (!library->environment) {
    TRY(call, call->CreateEnv(severity_fatal, "assay", &library->environment));
    TRY(call, call->DisableTelemetryEvents(library->environment));
  }
  if (!library->memory) TRY(call, call->CreateCpuMemoryInfo(arena_allocator, default_memory, &library->memory));
  if (!library->allocator) TRY(call, call->GetAllocatorWithDefaultOptions(&library->allocator));
  return ASSAY_ORT_OK;
}

#if defined(__x86_64__)
#include <xmmintrin.h>
uint64_t assay_ort_float_state(void) { return _mm_getcsr(); }
void assay_ort_set_float_state(uint64_t state) { _mm_setcsr((unsigned)state); }
// FTZ and DAZ.
uint64_t assay_ort_flushing(uint64_t state) { return state | 0x8040; }
#elif defined(__aarch64__)
uint64_t assay_ort_float_state(void) {
  uint64_t state;
  __asm__ volatile("mrs %0, fpcr" : "=r"(state));
  return state;
}
void assay_ort_set_float_state(uint64_t state) { __asm__ volatile("msr fpcr, %0" ::"r"(state)); }
// FZ.
uint64_t assay_ort_flushing(uint64_t state) { return state | (1u << 24); }
#else
uint64_t assay_ort_float_state(void) { return 0; }
void assay_ort_set_float_state(uint64_t state) { (void)state; }
uint64_t assay_ort_flushing(uint64_t state) { return state; }
#endif
