// Opening, describing and running a session.
#include "Shared.h"

#include <stdio.h>
#include <stdlib.h>

static int use_cuda(const Functions *call, OrtSessionOptions *options, int device, AssayOrtMessage *message) {
  OrtCUDAProviderOptionsV2 *cuda = NULL;
  TRY(call, call->CreateCUDAProviderOptions(&cuda));
  char number[16];
  snprintf(number, sizeof number, "%d", device);
  const char *keys[] = {"device_id"}, *values[] = {number};
  int code = assay_ort_take(call, call->UpdateCUDAProviderOptions(cuda, keys, values, 1), message);
  if (!code) code = assay_ort_take(call, call->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda), message);
  call->ReleaseCUDAProviderOptions(cuda);
  return code;
}

static int set_options(
    const Functions *call, OrtSessionOptions *options, const AssayOrtSettings *settings, AssayOrtMessage *message) {
  // Errors come back as statuses; at severity "error" they would be printed as well.
  enum { sequential = 0, severity_fatal = 4 };
  TRY(call, call->SetSessionExecutionMode(options, sequential));
  TRY(call, call->SetInterOpNumThreads(options, 1));
  TRY(call, call->SetIntraOpNumThreads(options, settings->threads));
  TRY(call, call->SetSessionLogSeverityLevel(options, severity_fatal));
  TRY(call, call->SetSessionGraphOptimizationLevel(options, settings->optimization_level));
  if (settings->optimized_model_path)
    TRY(call, call->SetOptimizedModelFilePath(options, settings->optimized_model_path));
  if (settings->profile_prefix) TRY(call, call->EnableProfiling(options, settings->profile_prefix));
  for (size_t i = 0; i < settings->config_count; i++)
    TRY(call, call->AddSessionConfigEntry(options, settings->config_keys[i], settings->config_values[i]));
  return settings->cuda_device >= 0 ? use_cuda(call, options, settings->cuda_device, message) : ASSAY_ORT_OK;
}

static int describe(AssayOrtSession *session, int side, size_t index, AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  AssayOrtDescription *out = &session->descriptions[side][index];
  OrtAllocator *allocator = session->library->allocator;
  TRY(call, (side ? call->SessionGetOutputName : call->SessionGetInputName)(
                session->session, index, allocator, &session->names[side][index]));
  out->name = session->names[side][index];
  TRY(call, (side ? call->SessionGetOutputTypeInfo : call->SessionGetInputTypeInfo)(
                session->session, index, &session->types[side][index]));
  const OrtTensorTypeAndShapeInfo *info = NULL;
  TRY(call, call->CastTypeInfoToTensorInfo(session->types[side][index], &info));
  if (!info) return ASSAY_ORT_OK;
  TRY(call, call->GetTensorElementType(info, &out->element_type));
  TRY(call, call->GetDimensionsCount(info, &out->rank));
  // One element more, because calloc(0) may answer NULL.
  int64_t *shape = calloc(out->rank + 1, sizeof *shape);
  const char **symbols = calloc(out->rank + 1, sizeof *symbols);
  out->shape = shape;
  out->symbols = symbols;
  if (!shape || !symbols) return assay_ort_say(ASSAY_ORT_NO_MEMORY, "out of memory", message);
  TRY(call, call->GetDimensions(info, shape, out->rank));
  TRY(call, call->GetSymbolicDimensions(info, symbols, out->rank));
  return ASSAY_ORT_OK;
}

static int describe_all(AssayOrtSession *session, AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  for (int side = 0; side < 2; side++) {
    size_t count = 0;
    TRY(call, (side ? call->SessionGetOutputCount : call->SessionGetInputCount)(session->session, &count));
    session->names[side] = calloc(count + 1, sizeof *session->names[side]);
    session->types[side] = calloc(count + 1, sizeof *session->types[side]);
    session->descriptions[side] = calloc(count + 1, sizeof *session->descriptions[side]);
    if (!session->names[side] || !session->types[side] || !session->descriptions[side])
      return assay_ort_say(ASSAY_ORT_NO_MEMORY, "out of memory", message);
    session->counts[side] = count;
    for (size_t i = 0; i < count; i++) {
      int code = describe(session, side, i, message);
      if (code) return code;
    }
  }
  return ASSAY_ORT_OK;
}

int assay_ort_session_open(
    AssayOrtLibrary *library, const AssayOrtSettings *settings, AssayOrtSession **out, AssayOrtMessage *message) {
  *out = NULL;
  const Functions *call = &library->call;
  int code = assay_ort_start(library, message);
  if (code) return code;
  AssayOrtSession *session = calloc(1, sizeof *session);
  if (!session) return assay_ort_say(ASSAY_ORT_NO_MEMORY, "out of memory", message);
  session->library = library;
  session->flushes_denormals = settings->flushes_denormals;
  OrtSessionOptions *options = NULL;
  code = assay_ort_take(call, call->CreateSessionOptions(&options), message);
  if (!code) code = set_options(call, options, settings, message);
  if (!code) {
    // ONNX Runtime's own setting reaches its pool threads, but the calling thread only for the first session of a
    // process, and stays there; so the calling thread is set here, around each call, and set back.
    uint64_t state = assay_ort_float_state();
    if (session->flushes_denormals) assay_ort_set_float_state(assay_ort_flushing(state));
    code = assay_ort_take(
        call, call->CreateSession(library->environment, settings->model_path, options, &session->session), message);
    assay_ort_set_float_state(state);
  }
  if (options) call->ReleaseSessionOptions(options);
  if (!code) code = describe_all(session, message);
  if (code) {
    assay_ort_session_close(session);
    return code;
  }
  *out = session;
  return ASSAY_ORT_OK;
}

void assay_ort_session_close(AssayOrtSession *session) {
  if (!session) return;
  const Functions *call = &session->library->call;
  for (int side = 0; side < 2; side++) {
    for (size_t i = 0; i < session->counts[side]; i++) {
      if (session->names[side][i])
        (void)assay_ort_take(call, call->AllocatorFree(session->library->allocator, session->names[side][i]), NULL);
      free((void *)session->descriptions[side][i].shape);
      free((void *)session->descriptions[side][i].symbols);
      if (session->types[side][i]) call->ReleaseTypeInfo(session->types[side][i]);
    }
    free(session->names[side]);
    free(session->types[side]);
    free(session->descriptions[side]);
  }
  if (session->session) call->ReleaseSession(session->session);
  free(session);
}

size_t assay_ort_session_count(const AssayOrtSession *session, enum AssayOrtSide side) { return session->counts[side]; }

AssayOrtDescription assay_ort_session_description(const AssayOrtSession *session, enum AssayOrtSide side, size_t index) {
  return session->descriptions[side][index];
}

static uint64_t begin(const AssayOrtSession *session) {
  if (!session->flushes_denormals) return 0;
  uint64_t state = assay_ort_float_state();
  assay_ort_set_float_state(assay_ort_flushing(state));
  return state;
}

static void end(const AssayOrtSession *session, uint64_t state) {
  if (session->flushes_denormals) assay_ort_set_float_state(state);
}

int assay_ort_run(
    AssayOrtSession *session, const AssayOrtTensor *const *inputs, AssayOrtTensor **outputs, AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  uint64_t state = begin(session);
  OrtStatus *status = call->Run(
      session->session, NULL, (const char *const *)session->names[0], (const OrtValue *const *)inputs,
      session->counts[0], (const char *const *)session->names[1], session->counts[1], (OrtValue **)outputs);
  end(session, state);
  return assay_ort_take(call, status, message);
}

int assay_ort_run_bound(AssayOrtSession *session, const AssayOrtBinding *binding, AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  uint64_t state = begin(session);
  OrtStatus *status = call->RunWithBinding(session->session, NULL, (const OrtIoBinding *)binding);
  end(session, state);
  return assay_ort_take(call, status, message);
}

int assay_ort_profile_end(AssayOrtSession *session, char *path, size_t capacity, AssayOrtMessage *message) {
  const Functions *call = &session->library->call;
  char *name = NULL;
  TRY(call, call->SessionEndProfiling(session->session, session->library->allocator, &name));
  int written = snprintf(path, capacity, "%s", name);
  TRY(call, call->AllocatorFree(session->library->allocator, name));
  if (written < 0 || (size_t)written >= capacity)
    return assay_ort_say(ASSAY_ORT_NO_MEMORY, "the path of the profile is too long", message);
  return ASSAY_ORT_OK;
}
