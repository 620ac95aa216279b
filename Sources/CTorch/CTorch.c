#include "CTorch.h"

#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static int say(int code, const char *text, AssayTorchMessage *message) {
  if (message && message->text && message->capacity) snprintf(message->text, message->capacity, "%s", text);
  return code;
}

void assay_torch_keep_freed_memory(void) {
  // Blocks below the first come from the heap, and the heap gives nothing back below the second.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

int assay_torch_open(const char *path, const AssayTorchFunctions **out, AssayTorchMessage *message) {
  *out = NULL;
  // Read while the libraries are loaded. libtorch logs to standard error what is no error ("Could not initialize
  // NNPACK"). Its threads spin for milliseconds when they have nothing to do, which would heat whatever is measured
  // next. Values the user chose stay.
  setenv("TORCH_CPP_LOG_LEVEL", "ERROR", 0);
  if (!getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "20000", 0);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return say(ASSAY_TORCH_NOT_A_LIBRARY, reason ? reason : "dlopen failed", message);
  }
  // Never closed again: static objects and threads of libtorch do not survive unmapping.
  AssayTorchEntry entry = (AssayTorchEntry)dlsym(handle, ASSAY_TORCH_ENTRY);
  if (!entry) return say(ASSAY_TORCH_NOT_A_BRIDGE, "it has no function " ASSAY_TORCH_ENTRY, message);
  const AssayTorchFunctions *functions = entry(ASSAY_TORCH_ABI);
  if (!functions || functions->abi != ASSAY_TORCH_ABI) {
    return say(ASSAY_TORCH_NOT_A_BRIDGE, "it was compiled from other sources than this program", message);
  }
  *out = functions;
  return ASSAY_TORCH_OK;
}
