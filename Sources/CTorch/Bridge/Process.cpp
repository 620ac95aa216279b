// What libtorch keeps for the whole process: devices, threads, random numbers, memory.
#include "Shared.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/GradMode.h>

#include <malloc.h>
#include <mutex>

namespace assay {

namespace {

int32_t cuda_device_count() {
  try {
    silence();
    return at::detail::getCUDAHooks().hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0;
  } catch (...) {
    return 0;
  }
}

int cuda_synchronize(int32_t number, AssayTorchMessage *message) {
  return guarded(message, [&] { at::detail::getCUDAHooks().deviceSynchronize(device(number).index()); });
}

void set_threads(int32_t count) {
  try {
    at::set_num_threads(count);
  } catch (...) {
  }
}

int32_t threads() {
  try {
    return at::get_num_threads();
  } catch (...) {
    return 1;
  }
}

void set_deterministic(int32_t is_deterministic) {
  at::globalContext().setDeterministicAlgorithms(is_deterministic != 0, false);
  at::globalContext().setDeterministicCuDNN(is_deterministic != 0);
}

int seed(uint64_t seed, AssayTorchMessage *message) {
  return guarded(message, [&] { at::manual_seed(seed); });
}

int random_state(int32_t number, AssayTorchTensor **out, AssayTorchMessage *message) {
  *out = nullptr;
  return guarded(message, [&] {
    at::Generator generator = at::globalContext().defaultGenerator(device(number));
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = give(generator.get_state());
  });
}

int set_random_state(int32_t number, const AssayTorchTensor *state, AssayTorchMessage *message) {
  return guarded(message, [&] {
    at::Generator generator = at::globalContext().defaultGenerator(device(number));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
  });
}

int32_t set_recording(int32_t is_recording) {
  const bool previous = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(is_recording != 0);
  return previous;
}

int64_t device_bytes(int32_t number, bool is_peak) {
  try {
    const c10::Device of = device(number);
    if (of.is_cpu()) {
      if (is_peak) return -1;
      const struct mallinfo2 heap = mallinfo2();
      return static_cast<int64_t>(heap.uordblks + heap.hblkhd);
    }
    if (number >= cuda_device_count()) return -1;
    const auto statistics = c10::getDeviceAllocator(of.type())->getDeviceStats(of.index());
    const auto &bytes = statistics.allocated_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)];
    return is_peak ? bytes.peak : bytes.current;
  } catch (...) {
    return -1;
  }
}

int64_t memory_B(int32_t number) { return device_bytes(number, false); }
int64_t peak_memory_B(int32_t number) { return device_bytes(number, true); }

}  // namespace

void fill_process(AssayTorchFunctions &functions) {
  functions.cuda_device_count = cuda_device_count;
  functions.cuda_synchronize = cuda_synchronize;
  functions.set_threads = set_threads;
  functions.threads = threads;
  functions.set_deterministic = set_deterministic;
  functions.seed = seed;
  functions.random_state = random_state;
  functions.set_random_state = set_random_state;
  functions.set_recording = set_recording;
  functions.memory_B = memory_B;
  functions.peak_memory_B = peak_memory_B;
}

}  // namespace assay
