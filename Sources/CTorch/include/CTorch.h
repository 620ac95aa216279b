// A small C surface over libtorch: tensors, ATen operators by name, gradients.
//
// Two halves share this header. The bridge (Bridge/*.cpp) is compiled by scripts/setup against libtorch and exports one
// function, `assay_torch_functions`, that returns the table below. The package itself holds only the loader
// (`assay_torch_open`), so that it builds without libtorch.
//
// Every fallible function returns a status; the message goes into the caller's buffer (it may be NULL), always
// NUL-terminated. No exception crosses; nothing here is global. Tensors are given back with `tensor_release`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Raised when the table changes: a bridge of another number is refused, never misread.
#define ASSAY_TORCH_ABI 1

enum AssayTorchStatus {
  ASSAY_TORCH_OK = 0,
  // dlopen refused the file.
  ASSAY_TORCH_NOT_A_LIBRARY = 1,
  // The library is no bridge, or one with another table.
  ASSAY_TORCH_NOT_A_BRIDGE = 2,
  // No operator of this name.
  ASSAY_TORCH_NO_OPERATOR = 3,
  // Number, type, shape or value of an argument.
  ASSAY_TORCH_ARGUMENT = 4,
  // An element type, or an operator on this device or type, that libtorch does not have.
  ASSAY_TORCH_UNSUPPORTED = 5,
  ASSAY_TORCH_NO_MEMORY = 6,
  // The device is not there or failed.
  ASSAY_TORCH_DEVICE = 7,
  ASSAY_TORCH_OTHER = 8,
};

typedef struct AssayTorchTensor AssayTorchTensor;
typedef struct AssayTorchOperator AssayTorchOperator;

typedef struct {
  char *_Nullable text;
  size_t capacity;
} AssayTorchMessage;

// Devices: -1 the CPU, n the CUDA device of that number. Element types: ONNX's TensorProto.DataType.

enum AssayTorchKind {
  ASSAY_TORCH_NONE = 0,
  // `pointer` is the tensor.
  ASSAY_TORCH_TENSOR = 1,
  // `pointer` is an array of `count` tensors; NULL ones are None.
  ASSAY_TORCH_TENSORS = 2,
  // In `integer`.
  ASSAY_TORCH_INTEGER = 3,
  // `pointer` is an array of `count` int64_t.
  ASSAY_TORCH_INTEGERS = 4,
  // In `real`.
  ASSAY_TORCH_REAL = 5,
  // `pointer` is an array of `count` double.
  ASSAY_TORCH_REALS = 6,
  // In `integer`, 0 or 1.
  ASSAY_TORCH_BOOLEAN = 7,
  // `pointer` is an array of `count` bytes, 0 or 1.
  ASSAY_TORCH_BOOLEANS = 8,
  // `pointer` is `count` bytes of UTF-8.
  ASSAY_TORCH_TEXT = 9,
  // In `integer`.
  ASSAY_TORCH_ELEMENT_TYPE = 10,
  // In `integer`.
  ASSAY_TORCH_DEVICE_NUMBER = 11,
};

// One argument of an operator.
typedef struct {
  int64_t kind;
  int64_t integer;
  double real;
  const void *_Nullable pointer;
  size_t count;
} AssayTorchValue;

typedef struct {
  // 0 where ONNX has no such type.
  int32_t element_type;
  int32_t device;
  size_t rank;
  size_t count;
  int32_t is_defined;
  int32_t requires_gradient;
} AssayTorchDescription;

// Receives one result, which then belongs to the receiver.
typedef void (*AssayTorchSink)(void *_Nullable context, AssayTorchTensor *tensor);
// Called once when the memory of a tensor is no longer needed.
typedef void (*AssayTorchRelease)(void *_Nullable context);

typedef struct {
  int32_t abi;
  // libtorch's own: `2.13.0`.
  const char *version;

  // ---- Process

  int32_t (*cuda_device_count)(void);
  int (*cuda_synchronize)(int32_t device, AssayTorchMessage *_Nullable message);
  void (*set_threads)(int32_t count);
  int32_t (*threads)(void);
  void (*set_deterministic)(int32_t is_deterministic);
  int (*seed)(uint64_t seed, AssayTorchMessage *_Nullable message);
  // The state of the random numbers of a device, as a tensor of bytes.
  int (*random_state)(int32_t device, AssayTorchTensor *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);
  int (*set_random_state)(int32_t device, const AssayTorchTensor *state, AssayTorchMessage *_Nullable message);
  // Whether operators on this thread are recorded for gradients; returns what it was.
  int32_t (*set_recording)(int32_t is_recording);
  // Bytes in tensors now, and the most so far; -1 where it is not counted.
  int64_t (*memory_B)(int32_t device);
  int64_t (*peak_memory_B)(int32_t device);

  // ---- Tensors

  // Copies `byte_count` bytes; with `data` NULL the elements are zero.
  int (*tensor_make)(
      int32_t element_type, const int64_t *_Nullable shape, size_t rank, const void *_Nullable data, size_t byte_count,
      int32_t device, AssayTorchTensor *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);
  // A tensor over memory of the caller's, which stays until `release` is called; also when this fails.
  int (*tensor_over)(
      int32_t element_type, const int64_t *_Nullable shape, size_t rank, void *_Nullable data, size_t byte_count,
      AssayTorchRelease release, void *_Nullable context, AssayTorchTensor *_Nullable *_Nonnull out,
      AssayTorchMessage *_Nullable message);
  void (*tensor_release)(AssayTorchTensor *tensor);
  AssayTorchDescription (*tensor_describe)(const AssayTorchTensor *tensor);
  // Writes the first `capacity` extents.
  void (*tensor_shape)(const AssayTorchTensor *tensor, int64_t *shape, size_t capacity);
  // Copies the elements, row-major, to the host; `byte_count` must be theirs.
  int (*tensor_read)(
      const AssayTorchTensor *tensor, void *_Nullable data, size_t byte_count, AssayTorchMessage *_Nullable message);
  // Overwrites the elements in place.
  int (*tensor_write)(
      AssayTorchTensor *tensor, const void *_Nullable data, size_t byte_count, AssayTorchMessage *_Nullable message);
  // The one element as a number.
  int (*tensor_number)(const AssayTorchTensor *tensor, double *out, AssayTorchMessage *_Nullable message);
  int (*tensor_to)(
      const AssayTorchTensor *tensor, int32_t device, AssayTorchTensor *_Nullable *_Nonnull out,
      AssayTorchMessage *_Nullable message);
  // The same elements, apart from what computed them.
  int (*tensor_detach)(
      const AssayTorchTensor *tensor, AssayTorchTensor *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);

  // ---- Gradients

  int (*set_requires_gradient)(AssayTorchTensor *tensor, int32_t is_required, AssayTorchMessage *_Nullable message);
  // NULL where there is none.
  int (*gradient)(
      const AssayTorchTensor *tensor, AssayTorchTensor *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);
  // `gradient` NULL removes it.
  int (*set_gradient)(
      AssayTorchTensor *tensor, const AssayTorchTensor *_Nullable gradient, AssayTorchMessage *_Nullable message);
  // Adds the derivatives of `tensor` to the gradients of the leaves. `gradient` NULL stands for 1 of a single element.
  int (*backward)(
      const AssayTorchTensor *tensor, const AssayTorchTensor *_Nullable gradient, int32_t keeps_graph,
      AssayTorchMessage *_Nullable message);
  // Derivatives of the outputs, weighted by `gradients` (NULL: 1 of a single element), for each input; an undefined
  // tensor where an input was not used.
  int (*derivatives)(
      const AssayTorchTensor *_Nonnull const *_Nonnull outputs,
      const AssayTorchTensor *_Nonnull const *_Nullable gradients, size_t output_count,
      const AssayTorchTensor *_Nonnull const *_Nonnull inputs, size_t input_count, int32_t keeps_graph,
      int32_t is_differentiable, AssayTorchSink sink, void *_Nullable context, AssayTorchMessage *_Nullable message);

  // ---- Operators

  // `aten::conv2d`, `aten::add.Tensor`: the name and, after a point, the overload.
  int (*operator_find)(
      const char *name, AssayTorchOperator *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);
  void (*operator_release)(AssayTorchOperator *operation);
  // The declaration, as long as the operator lives.
  const char *_Nonnull (*_Nonnull operator_schema)(const AssayTorchOperator *operation);
  // Positional arguments; those left out have the declaration's defaults. Lists of tensors are handed over one by one,
  // numbers as tensors of rank 0.
  int (*operator_call)(
      const AssayTorchOperator *operation, const AssayTorchValue *_Nullable arguments, size_t count,
      AssayTorchSink sink, void *_Nullable context, AssayTorchMessage *_Nullable message);
} AssayTorchFunctions;

// Name of the bridge's one function; it returns NULL when `abi` is not its own.
#define ASSAY_TORCH_ENTRY "assay_torch_functions"
typedef const AssayTorchFunctions *_Nullable (*AssayTorchEntry)(int32_t abi);

// Maps the bridge at `path`, and libtorch with it, for the rest of the process.
int assay_torch_open(
    const char *path, const AssayTorchFunctions *_Nullable *_Nonnull out, AssayTorchMessage *_Nullable message);

// Lets the C heap keep what is freed, for processes that allocate the same again and again.
void assay_torch_keep_freed_memory(void);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif
