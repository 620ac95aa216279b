public import AssayCore
import CTorch

// What libtorch keeps for the whole process.
extension TorchLibrary {
  /// The devices that tensors can lie on: the CPU, then CUDA's.
  public var devices: [TorchDevice] {
    [.cpu] + (0..<Int(max(functions.cuda_device_count(), 0))).map { .cuda($0) }
  }

  /// Whether libtorch was built with CUDA and there is a device for it.
  public var hasCUDA: Bool { functions.cuda_device_count() > 0 }

  /// The device of that name.
  ///
  /// - Throws: `device` when it is not there, with those that are.
  public func device(named name: String) throws(TorchError) -> TorchDevice {
    let known = devices
    guard let device = TorchDevice(name: name), known.contains(device) else {
      let names = known.map(\.description)
      throw TorchError(
        .device, "libtorch \(version) has no device '\(name)' here: it offers \(names.joined(separator: ", "))",
        remedy: "use \(names.joined(separator: " or "))")
    }
    return device
  }

  /// Waits until the device has done all that was asked of it; returns at once for the CPU.
  public func synchronize(_ device: TorchDevice) throws(TorchError) {
    guard device != .cpu else { return }
    try attempt("waiting for \(device)") { message in functions.cuda_synchronize(device.number, message) }
  }

  /// Threads that one operator may use, from the calling thread on.
  public var threads: Int { Int(functions.threads()) }

  /// Sets the threads that one operator called from this thread may use; at least 1.
  ///
  /// Sums depend on the number of threads, so equal answers need equal numbers.
  public func setThreads(_ count: Int) { functions.set_threads(Int32(clamping: max(count, 1))) }

  /// Keeps freed memory in the process instead of handing it back to the kernel.
  ///
  /// For work that allocates the same every few milliseconds. Left alone, the heap keeps the activations of a training step
  /// or hands them back, as luck has it: an epoch of ResNet-8 took up to 880,000 page faults and a third more time.
  public func keepFreedMemory() { assay_torch_keep_freed_memory() }

  /// Makes operators without a deterministic algorithm fail, and others use theirs.
  public func setDeterministic(_ isDeterministic: Bool) { functions.set_deterministic(isDeterministic ? 1 : 0) }

  /// Starts the random numbers of all devices anew.
  public func seed(_ seed: UInt64) throws(TorchError) {
    try attempt("seeding") { message in functions.seed(seed, message) }
  }

  /// The state of the random numbers of `device`, as bytes; for checkpoints.
  public func randomState(of device: TorchDevice = .cpu) throws(TorchError) -> Tensor {
    var out: OpaquePointer?
    try attempt("reading the state of random numbers") { message in
      functions.random_state(device.number, &out, message)
    }
    guard let out else { throw TorchError(.failed, "libtorch gave no state of random numbers") }
    return try TorchTensor(owning: out, library: self).values()
  }

  /// Goes on where `randomState` was taken.
  ///
  /// - Throws: `argument` for bytes that are no such state.
  public func setRandomState(_ state: Tensor, of device: TorchDevice = .cpu) throws(TorchError) {
    let tensor = try TorchTensor(state, library: self)
    try attempt("setting the state of random numbers") { message in
      functions.set_random_state(device.number, tensor.pointer, message)
    }
  }

  /// Bytes in use on `device` now: of tensors on a GPU, of the whole C heap on the CPU; nil where nobody counts.
  public func memory_B(on device: TorchDevice) -> Int? { counted(functions.memory_B(device.number)) }

  /// The most bytes that tensors on a GPU ever took; nil on the CPU, where the process's own peak tells more.
  public func peakMemory_B(on device: TorchDevice) -> Int? { counted(functions.peak_memory_B(device.number)) }

  private func counted(_ bytes: Int64) -> Int? { bytes < 0 ? nil : Int(bytes) }
}
