// Tensors made, read, written and moved.
#include "Shared.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>

namespace assay {

namespace {

// The extents, and that no product of them overflows.
std::vector<int64_t> checked_shape(const int64_t *shape, size_t rank, size_t element_B, size_t *byte_count) {
  constexpr size_t highest_rank = 64;
  if (rank > highest_rank) throw Failure{ASSAY_TORCH_ARGUMENT, "more than 64 axes"};
  std::vector<int64_t> extents(shape, shape + rank);
  size_t total = element_B;
  for (int64_t extent : extents) {
    if (extent < 0) throw Failure{ASSAY_TORCH_ARGUMENT, "an extent is negative"};
    if (__builtin_mul_overflow(total, static_cast<size_t>(extent), &total) || total > static_cast<size_t>(INT64_MAX)) {
      throw Failure{ASSAY_TORCH_NO_MEMORY, "more bytes than any memory holds"};
    }
  }
  *byte_count = total;
  return extents;
}

void require_size(size_t given, size_t needed) {
  if (given != needed) {
    throw Failure{
        ASSAY_TORCH_ARGUMENT,
        std::to_string(given) + " bytes were given where there are " + std::to_string(needed)};
  }
}

int tensor_make(
    int32_t type, const int64_t *shape, size_t rank, const void *data, size_t byte_count, int32_t number,
    AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] {
    const c10::ScalarType dtype = scalar_type(type);
    size_t needed = 0;
    const auto extents = checked_shape(shape, rank, c10::elementSize(dtype), &needed);
    const auto options = at::TensorOptions().dtype(dtype);
    if (!data && byte_count == 0 && needed > 0) {
      *out = give(at::zeros(extents, options.device(device(number))));
      return;
    }
    require_size(byte_count, needed);
    at::Tensor host = at::empty(extents, options);
    if (needed) std::memcpy(host.mutable_data_ptr(), data, needed);
    const c10::Device target = device(number);
    *out = give(target.is_cpu() ? host : host.to(target));
  });
}

int tensor_over(
    int32_t type, const int64_t *shape, size_t rank, void *data, size_t byte_count, AssayTorchRelease release,
    void *context, AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  bool is_taken = false;
  const int status = guarded(message, [&] {
    const c10::ScalarType dtype = scalar_type(type);
    size_t needed = 0;
    const auto extents = checked_shape(shape, rank, c10::elementSize(dtype), &needed);
    require_size(byte_count, needed);
    at::Tensor tensor =
        at::from_blob(data, extents, [release, context](void *) { release(context); }, at::TensorOptions().dtype(dtype));
    is_taken = true;
    *out = give(std::move(tensor));
  });
  if (!is_taken) release(context);
  return status;
}

void tensor_release(AssayTorchTensor *handle) {
  // The handle's count goes down when this goes.
  at::Tensor(TensorPointer::reclaim(reinterpret_cast<c10::TensorImpl *>(handle)));
}

AssayTorchDescription tensor_describe(const AssayTorchTensor *handle) {
  AssayTorchDescription about{};
  about.device = -1;
  try {
    const at::Tensor tensor = borrow(handle);
    if (!tensor.defined()) return about;
    about.is_defined = 1;
    about.element_type = element_type(tensor.scalar_type());
    about.device = number_of(tensor.device());
    about.rank = static_cast<size_t>(tensor.dim());
    about.count = static_cast<size_t>(tensor.numel());
    about.requires_gradient = tensor.requires_grad();
  } catch (...) {
    // A tensor without these (nested, symbolic) says nothing of itself.
  }
  return about;
}

void tensor_shape(const AssayTorchTensor *handle, int64_t *shape, size_t capacity) {
  try {
    const at::Tensor tensor = borrow(handle);
    if (!tensor.defined()) return;
    const auto sizes = tensor.sizes();
    for (size_t axis = 0; axis < capacity && axis < sizes.size(); axis++) shape[axis] = sizes[axis];
  } catch (...) {
  }
}

// A plain tensor over the caller's memory, in the type and shape of another.
at::Tensor host_like(const at::Tensor &tensor, const void *data) {
  return at::from_blob(const_cast<void *>(data), tensor.sizes(), at::TensorOptions().dtype(tensor.scalar_type()));
}

int tensor_read(const AssayTorchTensor *handle, void *data, size_t byte_count, AssayTorchMessage *message) {
  return guarded(message, [&] {
    const at::Tensor tensor = borrow(handle).detach();
    require_size(byte_count, tensor.nbytes());
    if (byte_count) host_like(tensor, data).copy_(tensor);
  });
}

int tensor_write(AssayTorchTensor *handle, const void *data, size_t byte_count, AssayTorchMessage *message) {
  return guarded(message, [&] {
    at::Tensor tensor = borrow(handle);
    require_size(byte_count, tensor.nbytes());
    if (byte_count) tensor.copy_(host_like(tensor, data));
  });
}

int tensor_number(const AssayTorchTensor *handle, double *out, AssayTorchMessage *message) {
  return guarded(message, [&] { *out = borrow(handle).item().toDouble(); });
}

int tensor_to(const AssayTorchTensor *handle, int32_t number, AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] { *out = give(borrow(handle).to(device(number))); });
}

int tensor_detach(const AssayTorchTensor *handle, AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] { *out = give(borrow(handle).detach()); });
}

}  // namespace

void fill_tensors(AssayTorchFunctions &functions) {
  functions.tensor_make = tensor_make;
  functions.tensor_over = tensor_over;
  functions.tensor_release = tensor_release;
  functions.tensor_describe = tensor_describe;
  functions.tensor_shape = tensor_shape;
  functions.tensor_read = tensor_read;
  functions.tensor_write = tensor_write;
  functions.tensor_number = tensor_number;
  functions.tensor_to = tensor_to;
  functions.tensor_detach = tensor_detach;
}

}  // namespace assay
