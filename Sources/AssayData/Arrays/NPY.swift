public import AssayCore

/// Arrays in NumPy's `.npy` files.
public enum NPY {
  /// The array in the file at `path`. Little-endian C-order data, which is what `write` makes, are the mapped pages
  /// themselves: nothing is copied, and all processes that map the file share them.
  ///
  /// - Throws: `missing`, `unreadable`, `malformed`, `truncated`, `unsupported`.
  public static func map(_ path: String) throws(DataError) -> Tensor {
    try decode(try DataFile.bytes(of: path), at: Place(file: path))
  }

  /// The array in the content of an `.npy` file; big-endian and Fortran-order data are converted.
  ///
  /// - Throws: `malformed`, `truncated`, `unsupported`.
  public static func decode(_ file: Bytes, at place: Place) throws(DataError) -> Tensor {
    let header = try file.withUnsafeBytes { (buffer) throws(DataError) in try NPYHeader(buffer, at: place) }
    let available = file.count - header.dataOffset
    let width = (header.elementType.bitWidth ?? 8) / 8
    guard let size = byteCount(header.shape, width: width), size <= available else {
      throw DataError(
        .truncated, "the array announces shape \(header.shape), but \(available) bytes follow", at: place,
        remedy: "the file is damaged or incomplete; get it again")
    }
    guard size == available else {
      throw DataError(
        .malformed, "\(available - size) bytes follow the array of shape \(header.shape)", at: place,
        remedy: "save a single array")
    }
    var bytes = file.slice(header.dataOffset..<file.count)
    if header.isBigEndian { bytes = try swappingBytes(bytes, width: width, at: place) }
    if header.isFortranOrder && header.shape.count > 1 {
      bytes = try rowMajor(bytes, shape: header.shape, width: width, at: place)
    }
    guard let tensor = Tensor(header.elementType, shape: header.shape, bytes: bytes) else {
      throw DataError(.malformed, "the array does not fill shape \(header.shape)", at: place)
    }
    return tensor
  }

  /// Writes the tensor so that `map` and `numpy.load(path, mmap_mode="r")` read it without a copy; the file appears
  /// complete or not at all.
  ///
  /// - Throws: `unsupported` for types that numpy has not (bfloat16, 4-bit), `create`, `write`.
  public static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    guard let header = NPYHeader.bytes(for: tensor.elementType, shape: tensor.shape) else {
      throw DataError(
        .unsupported, "numpy has no element type \(tensor.elementType)", at: Place(file: path),
        remedy: "convert the tensor to float")
    }
    try DataFile.write([Bytes(copying: header), tensor.bytes], to: path)
  }

  /// Reorders column-major elements.
  private static func rowMajor(
    _ bytes: Bytes, shape: [Int], width: Int, at place: Place
  ) throws(DataError) -> Bytes {
    var strides = [Int](repeating: width, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    return try MemoryBlock.bytes(count: bytes.count, at: place) { target in
      guard let out = target.baseAddress else { return }
      bytes.withUnsafeBytes { source in
        guard let values = source.baseAddress, bytes.count > 0 else { return }
        var index = [Int](repeating: 0, count: shape.count)
        var from = 0
        for to in stride(from: 0, to: bytes.count, by: width) {
          (out + to).copyMemory(from: values + from, byteCount: width)
          var axis = shape.count - 1
          while axis >= 0 {
            index[axis] += 1
            from += strides[axis]
            if index[axis] < shape[axis] { break }
            from -= index[axis] * strides[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
  }
}
