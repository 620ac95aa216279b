// Gradients of leaves, and derivatives.
#include "Shared.h"

#include <torch/csrc/autograd/autograd.h>

namespace assay {

namespace {

int set_requires_gradient(AssayTorchTensor *handle, int32_t is_required, AssayTorchMessage *message) {
  return guarded(message, [&] { borrow(handle).requires_grad_(is_required != 0); });
}

int gradient(const AssayTorchTensor *handle, AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] {
    const at::Tensor tensor = borrow(handle);
    // Only leaves have one; asking others makes libtorch warn.
    if (!tensor.is_leaf()) return;
    at::Tensor gradient = tensor.grad();
    if (gradient.defined()) *out = give(std::move(gradient));
  });
}

int set_gradient(AssayTorchTensor *handle, const AssayTorchTensor *gradient, AssayTorchMessage *message) {
  return guarded(message, [&] {
    at::Tensor tensor = borrow(handle);
    if (!gradient) {
      tensor.mutable_grad().reset();
      return;
    }
    at::Tensor given = borrow(gradient);
    if (!given.defined() || given.sizes() != tensor.sizes() || given.scalar_type() != tensor.scalar_type() ||
        given.device() != tensor.device()) {
      throw Failure{ASSAY_TORCH_ARGUMENT, "a gradient has the shape, type and device of its tensor"};
    }
    tensor.mutable_grad() = given;
  });
}

// libtorch would sum a weight of a larger shape without a word.
at::Tensor weight(const AssayTorchTensor *gradient, const at::Tensor &output) {
  at::Tensor given = borrow(gradient);
  if (!given.defined() || given.sizes() != output.sizes()) {
    throw Failure{ASSAY_TORCH_ARGUMENT, "a weight has the shape of its output"};
  }
  return given;
}

int backward(
    const AssayTorchTensor *handle, const AssayTorchTensor *gradient, int32_t keeps_graph, AssayTorchMessage *message) {
  return guarded(message, [&] {
    const at::Tensor output = borrow(handle);
    torch::autograd::variable_list gradients;
    if (gradient) gradients.push_back(weight(gradient, output));
    torch::autograd::backward({output}, gradients, keeps_graph != 0);
  });
}

int derivatives(
    const AssayTorchTensor *const *outputs, const AssayTorchTensor *const *gradients, size_t output_count,
    const AssayTorchTensor *const *inputs, size_t input_count, int32_t keeps_graph, int32_t is_differentiable,
    AssayTorchSink sink, void *context, AssayTorchMessage *message) {
  return guarded(message, [&] {
    torch::autograd::variable_list of, weights, by;
    for (size_t i = 0; i < output_count; i++) of.push_back(borrow(outputs[i]));
    for (size_t i = 0; gradients && i < output_count; i++) weights.push_back(weight(gradients[i], of[i]));
    for (size_t i = 0; i < input_count; i++) by.push_back(borrow(inputs[i]));
    auto results = torch::autograd::grad(
        of, by, weights, keeps_graph != 0 || is_differentiable != 0, is_differentiable != 0, /*allow_unused=*/true);
    for (at::Tensor &result : results) sink(context, give(std::move(result)));
  });
}

}  // namespace

void fill_gradients(AssayTorchFunctions &functions) {
  functions.set_requires_gradient = set_requires_gradient;
  functions.gradient = gradient;
  functions.set_gradient = set_gradient;
  functions.backward = backward;
  functions.derivatives = derivatives;
}

}  // namespace assay
