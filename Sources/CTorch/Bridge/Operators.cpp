// ATen operators by name, through the dispatcher.
#include "Shared.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>

#include <sstream>

namespace assay {

namespace {

// One declared argument, taken apart once so that a call need not look at types.
struct Parameter {
  std::string name;
  std::string declared;
  // What it is without its `?`, and for a list what its elements are.
  c10::TypeKind kind;
  c10::TypeKind element;
  bool is_optional = false;
  bool has_optional_elements = false;
  // For `int[2]`: a single number stands for that many.
  int64_t length = 1;
  std::optional<c10::IValue> otherwise;
};

struct Operation {
  c10::OperatorHandle handle;
  std::string schema;
  std::vector<Parameter> parameters;
};

c10::TypePtr without_optional(c10::TypePtr type, bool *is_optional) {
  if (auto optional = type->cast<c10::OptionalType>()) {
    *is_optional = true;
    return optional->getElementType();
  }
  return type;
}

Parameter parameter(const c10::Argument &argument) {
  Parameter made;
  made.name = argument.name();
  made.declared = argument.real_type()->str();
  // The real type still tells ScalarType and SymInt from int.
  c10::TypePtr type = without_optional(argument.real_type(), &made.is_optional);
  made.kind = type->kind();
  made.element = c10::TypeKind::AnyType;
  if (auto list = type->cast<c10::ListType>()) {
    made.element = without_optional(list->getElementType(), &made.has_optional_elements)->kind();
    if (argument.N()) made.length = std::max<int64_t>(*argument.N(), 1);
  }
  made.otherwise = argument.default_value();
  return made;
}

[[noreturn]] void refuse(const Parameter &parameter, const char *given) {
  throw Failure{
      ASSAY_TORCH_ARGUMENT,
      "argument '" + parameter.name + "' is declared as " + parameter.declared + " and was given " + given};
}

const char *name_of(int64_t kind) {
  switch (kind) {
    case ASSAY_TORCH_NONE: return "none";
    case ASSAY_TORCH_TENSOR: return "a tensor";
    case ASSAY_TORCH_TENSORS: return "tensors";
    case ASSAY_TORCH_INTEGER: return "an integer";
    case ASSAY_TORCH_INTEGERS: return "integers";
    case ASSAY_TORCH_REAL: return "a floating point number";
    case ASSAY_TORCH_REALS: return "floating point numbers";
    case ASSAY_TORCH_BOOLEAN: return "a truth value";
    case ASSAY_TORCH_BOOLEANS: return "truth values";
    case ASSAY_TORCH_TEXT: return "a string";
    case ASSAY_TORCH_ELEMENT_TYPE: return "an element type";
    case ASSAY_TORCH_DEVICE_NUMBER: return "a device";
    default: return "something unknown";
  }
}

template <typename Element>
c10::ArrayRef<Element> elements(const AssayTorchValue &value) {
  return {static_cast<const Element *>(value.pointer), value.count};
}

bool is_number(const AssayTorchValue &value) {
  return value.kind == ASSAY_TORCH_INTEGER || value.kind == ASSAY_TORCH_REAL || value.kind == ASSAY_TORCH_BOOLEAN;
}

at::Scalar scalar(const AssayTorchValue &value) {
  if (value.kind == ASSAY_TORCH_REAL) return at::Scalar(value.real);
  if (value.kind == ASSAY_TORCH_BOOLEAN) return at::Scalar(value.integer != 0);
  return at::Scalar(value.integer);
}

c10::IValue tensor_list(const Parameter &parameter, const AssayTorchValue &value) {
  if (value.kind != ASSAY_TORCH_TENSORS) refuse(parameter, name_of(value.kind));
  const auto handles = elements<const AssayTorchTensor *>(value);
  if (parameter.has_optional_elements) {
    c10::List<std::optional<at::Tensor>> list;
    for (const auto *handle : handles) list.push_back(handle ? std::optional<at::Tensor>(borrow(handle)) : std::nullopt);
    return list;
  }
  c10::List<at::Tensor> list;
  list.reserve(handles.size());
  for (const auto *handle : handles) {
    if (!handle) refuse(parameter, "none among the tensors");
    list.push_back(borrow(handle));
  }
  return list;
}

c10::IValue integer_list(const Parameter &parameter, const AssayTorchValue &value) {
  if (value.kind == ASSAY_TORCH_INTEGER) return std::vector<int64_t>(static_cast<size_t>(parameter.length), value.integer);
  if (value.kind != ASSAY_TORCH_INTEGERS) refuse(parameter, name_of(value.kind));
  return c10::List<int64_t>(elements<int64_t>(value));
}

c10::IValue real_list(const Parameter &parameter, const AssayTorchValue &value) {
  if (value.kind == ASSAY_TORCH_REALS) return c10::List<double>(elements<double>(value));
  if (value.kind == ASSAY_TORCH_REAL) return std::vector<double>(static_cast<size_t>(parameter.length), value.real);
  if (value.kind != ASSAY_TORCH_INTEGERS) refuse(parameter, name_of(value.kind));
  c10::List<double> list;
  for (int64_t integer : elements<int64_t>(value)) list.push_back(static_cast<double>(integer));
  return list;
}

c10::IValue truth_list(const Parameter &parameter, const AssayTorchValue &value) {
  if (value.kind != ASSAY_TORCH_BOOLEANS) refuse(parameter, name_of(value.kind));
  c10::List<bool> list;
  for (uint8_t truth : elements<uint8_t>(value)) list.push_back(truth != 0);
  return list;
}

c10::IValue number_list(const Parameter &parameter, const AssayTorchValue &value) {
  c10::impl::GenericList list(c10::NumberType::get());
  if (value.kind == ASSAY_TORCH_REALS) {
    for (double real : elements<double>(value)) list.push_back(c10::IValue(real));
  } else if (value.kind == ASSAY_TORCH_INTEGERS) {
    for (int64_t integer : elements<int64_t>(value)) list.push_back(c10::IValue(integer));
  } else {
    refuse(parameter, name_of(value.kind));
  }
  return list;
}

c10::IValue list(const Parameter &parameter, const AssayTorchValue &value) {
  switch (parameter.element) {
    case c10::TypeKind::TensorType: return tensor_list(parameter, value);
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return integer_list(parameter, value);
    case c10::TypeKind::FloatType: return real_list(parameter, value);
    case c10::TypeKind::BoolType: return truth_list(parameter, value);
    case c10::TypeKind::NumberType: return number_list(parameter, value);
    default: refuse(parameter, "something that cannot be handed over");
  }
}

c10::IValue converted(const Parameter &parameter, const AssayTorchValue &value) {
  if (value.kind == ASSAY_TORCH_NONE) {
    if (!parameter.is_optional) refuse(parameter, "none");
    return {};
  }
  switch (parameter.kind) {
    case c10::TypeKind::TensorType:
      if (value.kind == ASSAY_TORCH_TENSOR) return borrow(static_cast<const AssayTorchTensor *>(value.pointer));
      if (is_number(value)) return at::native::wrapped_scalar_tensor(scalar(value));
      break;
    case c10::TypeKind::ListType: return list(parameter, value);
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::LayoutType:
    case c10::TypeKind::MemoryFormatType:
      if (value.kind == ASSAY_TORCH_INTEGER) return value.integer;
      break;
    case c10::TypeKind::ScalarTypeType:
      if (value.kind == ASSAY_TORCH_ELEMENT_TYPE) return static_cast<int64_t>(scalar_type(value.integer));
      break;
    case c10::TypeKind::FloatType:
      if (value.kind == ASSAY_TORCH_REAL) return value.real;
      if (value.kind == ASSAY_TORCH_INTEGER) return static_cast<double>(value.integer);
      break;
    case c10::TypeKind::NumberType:
      if (is_number(value)) return scalar(value);
      break;
    case c10::TypeKind::BoolType:
      if (value.kind == ASSAY_TORCH_BOOLEAN) return value.integer != 0;
      break;
    case c10::TypeKind::StringType:
      if (value.kind == ASSAY_TORCH_TEXT) return std::string(static_cast<const char *>(value.pointer), value.count);
      break;
    case c10::TypeKind::DeviceObjType:
      if (value.kind == ASSAY_TORCH_DEVICE_NUMBER) return device(static_cast<int32_t>(value.integer));
      break;
    default: break;
  }
  refuse(parameter, name_of(value.kind));
}

void hand_over(const c10::IValue &value, AssayTorchSink sink, void *context) {
  if (value.isTensor()) {
    sink(context, give(value.toTensor()));
  } else if (value.isNone()) {
    sink(context, give(at::Tensor()));
  } else if (value.isScalar()) {
    sink(context, give(at::scalar_tensor(value.toScalar(), at::TensorOptions().dtype(value.toScalar().type()))));
  } else if (value.isList()) {
    for (const c10::IValue &element : value.toListRef()) hand_over(element, sink, context);
  } else {
    throw Failure{ASSAY_TORCH_UNSUPPORTED, "its result is no tensor and no number"};
  }
}

int operator_find(const char *name, AssayTorchOperator **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] {
    const std::string text = name;
    const size_t namespace_end = text.find("::");
    const size_t point = text.find('.', namespace_end == std::string::npos ? 0 : namespace_end);
    const std::string plain = text.substr(0, point);
    const std::string overload = point == std::string::npos ? "" : text.substr(point + 1);
    auto handle = c10::Dispatcher::singleton().findSchema({plain, overload});
    if (!handle) throw Failure{ASSAY_TORCH_NO_OPERATOR, "libtorch has no operator of this name"};
    std::ostringstream schema;
    schema << handle->schema();
    auto operation = std::make_unique<Operation>(Operation{*handle, schema.str(), {}});
    for (const c10::Argument &argument : handle->schema().arguments()) {
      operation->parameters.push_back(parameter(argument));
    }
    *out = reinterpret_cast<AssayTorchOperator *>(operation.release());
  });
}

void operator_release(AssayTorchOperator *operation) { delete reinterpret_cast<Operation *>(operation); }

const char *operator_schema(const AssayTorchOperator *operation) {
  return reinterpret_cast<const Operation *>(operation)->schema.c_str();
}

int operator_call(
    const AssayTorchOperator *handle, const AssayTorchValue *arguments, size_t count, AssayTorchSink sink, void *context,
    AssayTorchMessage *message) {
  return guarded(message, [&] {
    const Operation &operation = *reinterpret_cast<const Operation *>(handle);
    const auto &parameters = operation.parameters;
    if (count > parameters.size()) {
      throw Failure{
          ASSAY_TORCH_ARGUMENT, "it takes " + std::to_string(parameters.size()) + " arguments and was given " +
                                    std::to_string(count) + ": " + operation.schema};
    }
    torch::jit::Stack stack;
    stack.reserve(std::max(parameters.size(), operation.handle.schema().returns().size()));
    for (size_t i = 0; i < parameters.size(); i++) {
      if (i < count) {
        stack.push_back(converted(parameters[i], arguments[i]));
      } else if (parameters[i].otherwise) {
        stack.push_back(*parameters[i].otherwise);
      } else {
        throw Failure{ASSAY_TORCH_ARGUMENT, "argument '" + parameters[i].name + "' is missing: " + operation.schema};
      }
    }
    operation.handle.callBoxed(stack);
    for (const c10::IValue &result : stack) hand_over(result, sink, context);
  });
}

}  // namespace

void fill_operators(AssayTorchFunctions &functions) {
  functions.operator_find = operator_find;
  functions.operator_release = operator_release;
  functions.operator_schema = operator_schema;
  functions.operator_call = operator_call;
}

}  // namespace assay
