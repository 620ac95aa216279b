// A small C surface over ONNX Runtime's C API, loaded with dlopen.
//
// Every fallible function returns a status: 0 success, negative one of ours, positive ONNX Runtime's OrtErrorCode. The
// message goes into the caller's buffer (it may be NULL), always NUL-terminated. Nothing is global; nothing throws.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum AssayOrtStatus {
  ASSAY_ORT_OK = 0,
  // dlopen refused the file.
  ASSAY_ORT_NOT_A_LIBRARY = -1,
  // The library has no OrtGetApiBase.
  ASSAY_ORT_NOT_ONNXRUNTIME = -2,
  // The library is older than what is called here.
  ASSAY_ORT_TOO_OLD = -3,
  ASSAY_ORT_NO_MEMORY = -4,
};

typedef struct AssayOrtLibrary AssayOrtLibrary;
typedef struct AssayOrtSession AssayOrtSession;
// One tensor; the OrtValue itself.
typedef struct AssayOrtTensor AssayOrtTensor;
// Inputs and outputs of one inference, in place; the OrtIoBinding itself.
typedef struct AssayOrtBinding AssayOrtBinding;

typedef struct {
  char *text;
  size_t capacity;
} AssayOrtMessage;

// ---- Library

// Maps the library at `path` and asks for its function table. Starts nothing else.
int assay_ort_open(const char *path, AssayOrtLibrary **out, AssayOrtMessage *message);
// Lets go of the library, which stays mapped (its threads and static objects do not survive unmapping).
void assay_ort_close(AssayOrtLibrary *library);
// Makes ONNX Runtime's environment and what every session shares, once for the process. Opening a session does it too.
int assay_ort_start(AssayOrtLibrary *library, AssayOrtMessage *message);
const char *assay_ort_version(const AssayOrtLibrary *library);
// Path the library was really loaded from, or NULL.
const char *assay_ort_path(const AssayOrtLibrary *library);
// Writes the names of the execution providers built into the library, one a line.
int assay_ort_providers(const AssayOrtLibrary *library, char *names, size_t capacity, AssayOrtMessage *message);

// ---- Session

typedef struct {
  const char *model_path;
  int threads;
  // GraphOptimizationLevel: 0 none, 99 all.
  int optimization_level;
  // NULL, or where the optimized graph is written.
  const char *optimized_model_path;
  // NULL, or how the name of the profile begins.
  const char *profile_prefix;
  // Whether denormals count as zero while a session of this library loads or runs on the calling thread.
  int flushes_denormals;
  // CUDA device, or -1 for the CPU.
  int cuda_device;
  const char *const *config_keys;
  const char *const *config_values;
  size_t config_count;
} AssayOrtSettings;

// The session keeps the library: close the session first.
int assay_ort_session_open(
    AssayOrtLibrary *library, const AssayOrtSettings *settings, AssayOrtSession **out, AssayOrtMessage *message);
void assay_ort_session_close(AssayOrtSession *session);

enum AssayOrtSide { ASSAY_ORT_INPUTS = 0, ASSAY_ORT_OUTPUTS = 1 };

// An input or output; all pointers live as long as the session.
typedef struct {
  const char *name;
  // ONNX TensorProto.DataType; 0 when it is not a tensor.
  int element_type;
  size_t rank;
  // -1 where an axis has no fixed extent; then its name in `symbols`, or "".
  const int64_t *shape;
  const char *const *symbols;
} AssayOrtDescription;

size_t assay_ort_session_count(const AssayOrtSession *session, enum AssayOrtSide side);
AssayOrtDescription assay_ort_session_description(const AssayOrtSession *session, enum AssayOrtSide side, size_t index);

// Runs once. `inputs` and `outputs` are in the session's order; an output that is NULL is allocated by the engine and
// then belongs to the caller.
int assay_ort_run(
    AssayOrtSession *session, const AssayOrtTensor *const *inputs, AssayOrtTensor **outputs, AssayOrtMessage *message);
// Ends profiling and writes the path of the profile.
int assay_ort_profile_end(AssayOrtSession *session, char *path, size_t capacity, AssayOrtMessage *message);

// ---- Tensors

// A tensor over the caller's memory, which must outlive it.
int assay_ort_tensor_over(
    const AssayOrtLibrary *library, int element_type, const int64_t *shape, size_t rank, void *data, size_t byte_count,
    AssayOrtTensor **out, AssayOrtMessage *message);
// A tensor of strings, copied; element i has `lengths[i]` bytes, all of them one after the other in `bytes`.
int assay_ort_tensor_of_strings(
    const AssayOrtLibrary *library, const int64_t *shape, size_t rank, const char *bytes, const size_t *lengths,
    size_t count, AssayOrtTensor **out, AssayOrtMessage *message);
void assay_ort_tensor_close(const AssayOrtLibrary *library, AssayOrtTensor *tensor);

typedef struct {
  int element_type;
  size_t rank;
  size_t count;
  // Elements in place; NULL for strings.
  const void *data;
  // Bytes of all strings together.
  size_t string_byte_count;
} AssayOrtTensorDescription;

// Fills in the description, and the shape as far as `capacity` reaches.
int assay_ort_tensor_describe(
    const AssayOrtLibrary *library, const AssayOrtTensor *tensor, AssayOrtTensorDescription *out, int64_t *shape,
    size_t capacity, AssayOrtMessage *message);
// Copies all strings, one after the other; string i begins at `offsets[i]`.
int assay_ort_tensor_strings(
    const AssayOrtLibrary *library, const AssayOrtTensor *tensor, char *bytes, size_t byte_count, size_t *offsets,
    size_t count, AssayOrtMessage *message);

// ---- Binding

// Binds all inputs and outputs, none of them NULL; they must outlive the binding.
int assay_ort_binding_open(
    AssayOrtSession *session, AssayOrtTensor *const *inputs, AssayOrtTensor *const *outputs, AssayOrtBinding **out,
    AssayOrtMessage *message);
void assay_ort_binding_close(const AssayOrtLibrary *library, AssayOrtBinding *binding);
// Runs on bound inputs into bound outputs.
int assay_ort_run_bound(AssayOrtSession *session, const AssayOrtBinding *binding, AssayOrtMessage *message);
