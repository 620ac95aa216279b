// The one exported function, failures, and the names of types and devices.
#include "Shared.h"

#include <torch/headeronly/version.h>

namespace assay {

namespace {

// ONNX's TensorProto.DataType for each type of libtorch that has one.
struct TypePair {
  int32_t element_type;
  c10::ScalarType scalar_type;
};

constexpr TypePair types[] = {
    {1, c10::ScalarType::Float},          {2, c10::ScalarType::Byte},
    {3, c10::ScalarType::Char},           {4, c10::ScalarType::UInt16},
    {5, c10::ScalarType::Short},          {6, c10::ScalarType::Int},
    {7, c10::ScalarType::Long},           {9, c10::ScalarType::Bool},
    {10, c10::ScalarType::Half},          {11, c10::ScalarType::Double},
    {12, c10::ScalarType::UInt32},        {13, c10::ScalarType::UInt64},
    {14, c10::ScalarType::ComplexFloat},  {15, c10::ScalarType::ComplexDouble},
    {16, c10::ScalarType::BFloat16},      {17, c10::ScalarType::Float8_e4m3fn},
    {18, c10::ScalarType::Float8_e4m3fnuz}, {19, c10::ScalarType::Float8_e5m2},
    {20, c10::ScalarType::Float8_e5m2fnuz},
};

// The first lines of libtorch's messages say what is wrong; the rest is where in its sources, or advice for Python.
std::string shortened(const char *text) {
  constexpr size_t longest = 400;
  constexpr int lines = 2;
  std::string result;
  int taken = 0;
  for (const char *line = text; *line && taken < lines;) {
    const char *end = std::strchr(line, '\n');
    std::string piece = end ? std::string(line, end) : std::string(line);
    if (piece.rfind("Exception raised from", 0) == 0) break;
    // "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: ..."
    if (piece.rfind("[enforce fail", 0) == 0 && piece.find(". ") != std::string::npos) {
      piece = piece.substr(piece.find(". ") + 2);
    }
    if (!piece.empty()) {
      if (taken) result += ' ';
      result += piece;
      taken++;
    }
    if (!end) break;
    line = end + 1;
  }
  if (result.size() > longest) result = result.substr(0, longest) + " ...";
  while (!result.empty() && (result.back() == '.' || result.back() == ' ')) result.pop_back();
  return result;
}

bool has(const std::string &text, const char *part) { return text.find(part) != std::string::npos; }

int status_of(const std::string &text) {
  if (has(text, "not enough memory") || has(text, "out of memory") || has(text, "can't allocate memory")) return ASSAY_TORCH_NO_MEMORY;
  if (has(text, "INTERNAL ASSERT FAILED")) return ASSAY_TORCH_OTHER;
  if (has(text, "CUDA error") || has(text, "No CUDA GPUs")) return ASSAY_TORCH_DEVICE;
  if (has(text, "deterministic implementation") || has(text, "not implemented")) return ASSAY_TORCH_UNSUPPORTED;
  return ASSAY_TORCH_ARGUMENT;
}

int say(AssayTorchMessage *message, int status, const std::string &text) noexcept {
  if (message && message->text && message->capacity) {
    size_t length = std::min(text.size(), message->capacity - 1);
    // Never half a character of UTF-8.
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) length--;
    std::memcpy(message->text, text.data(), length);
    message->text[length] = 0;
  }
  return status;
}

class Silent : public c10::WarningHandler {
 public:
  void process(const c10::Warning &) override {}
};

}  // namespace

int explain(AssayTorchMessage *message) noexcept {
  try {
    try {
      throw;
    } catch (const Failure &failure) {
      return say(message, failure.status, failure.text);
    } catch (const c10::OutOfMemoryError &error) {
      return say(message, ASSAY_TORCH_NO_MEMORY, shortened(error.what_without_backtrace()));
    } catch (const c10::NotImplementedError &error) {
      return say(message, ASSAY_TORCH_UNSUPPORTED, shortened(error.what_without_backtrace()));
    } catch (const c10::Error &error) {
      std::string text = error.what_without_backtrace();
      return say(message, status_of(text), shortened(text.c_str()));
    } catch (const std::bad_alloc &) {
      return say(message, ASSAY_TORCH_NO_MEMORY, "out of memory");
    } catch (const std::exception &error) {
      std::string text = error.what();
      return say(message, status_of(text), shortened(text.c_str()));
    } catch (...) {
      return say(message, ASSAY_TORCH_OTHER, "libtorch failed without a message");
    }
  } catch (...) {
    // Not even the message could be made.
    return ASSAY_TORCH_NO_MEMORY;
  }
}

void silence() noexcept {
  // libtorch keeps its handler for each thread.
  static Silent silent;
  c10::WarningUtils::set_warning_handler(&silent);
}

c10::Device device(int32_t number) {
  if (number < 0) return c10::Device(c10::DeviceType::CPU);
  if (number > 127) throw Failure{ASSAY_TORCH_DEVICE, "there is no device cuda:" + std::to_string(number)};
  return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(number));
}

int32_t number_of(const c10::Device &device) {
  if (!device.is_cuda()) return -1;
  return device.has_index() ? device.index() : 0;
}

c10::ScalarType scalar_type(int64_t element_type) {
  for (const TypePair &pair : types)
    if (pair.element_type == element_type) return pair.scalar_type;
  throw Failure{ASSAY_TORCH_UNSUPPORTED, "libtorch has no such element type"};
}

int32_t element_type(c10::ScalarType type) {
  for (const TypePair &pair : types)
    if (pair.scalar_type == type) return pair.element_type;
  return 0;
}

}  // namespace assay

extern "C" __attribute__((visibility("default"))) const AssayTorchFunctions *assay_torch_functions(int32_t abi) {
  if (abi != ASSAY_TORCH_ABI) return nullptr;
  static const AssayTorchFunctions functions = [] {
    AssayTorchFunctions made{};
    made.abi = ASSAY_TORCH_ABI;
    made.version = TORCH_VERSION;
    assay::fill_process(made);
    assay::fill_tensors(made);
    assay::fill_gradients(made);
    assay::fill_operators(made);
    return made;
  }();
  return &functions;
}
