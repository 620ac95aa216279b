// What the source files of the bridge share.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "../include/CTorch.h"

namespace assay {

// A failure with its status, thrown inside the bridge only.
struct Failure {
  int status;
  std::string text;
};

using TensorPointer = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

// A handle is the reference-counted TensorImpl itself: one count for each handle.
inline AssayTorchTensor *give(at::Tensor tensor) {
  return reinterpret_cast<AssayTorchTensor *>(tensor.unsafeReleaseTensorImpl());
}

inline at::Tensor borrow(const AssayTorchTensor *handle) {
  auto *raw = reinterpret_cast<c10::TensorImpl *>(const_cast<AssayTorchTensor *>(handle));
  return at::Tensor(TensorPointer::reclaim_copy(raw));
}

c10::Device device(int32_t number);
int32_t number_of(const c10::Device &device);
// Both between ONNX's numbers and libtorch's types.
c10::ScalarType scalar_type(int64_t element_type);
int32_t element_type(c10::ScalarType type);

// Reads the exception in flight: status back, message into the buffer.
int explain(AssayTorchMessage *message) noexcept;
// Keeps libtorch's warnings off standard error, on this thread.
void silence() noexcept;

// Runs `body`; no exception leaves.
template <typename Body>
int guarded(AssayTorchMessage *message, Body &&body) noexcept {
  try {
    silence();
    body();
    return ASSAY_TORCH_OK;
  } catch (...) {
    return explain(message);
  }
}

// The parts of the table.
void fill_process(AssayTorchFunctions &functions);
void fill_tensors(AssayTorchFunctions &functions);
void fill_gradients(AssayTorchFunctions &functions);
void fill_operators(AssayTorchFunctions &functions);

}  // namespace assay
