import AssayCore

/// The header of an `.npy` file, versions 1 to 3 (NumPy Enhancement Proposal 1, `numpy.lib.format`).
struct NPYHeader: Equatable {
  var elementType: ElementType
  var isBigEndian: Bool
  var isFortranOrder: Bool
  var shape: [Int]
  /// Where the elements begin.
  var dataOffset: Int

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let remedy = "an .npy file is written by numpy.save"

  /// Reads the header at the beginning of `file`.
  ///
  /// - Throws: `malformed`, `truncated`, `unsupported` for structured, complex and text arrays.
  init(_ file: UnsafeRawBufferPointer, at place: Place) throws(DataError) {
    guard file.count >= 10, file.prefix(6).elementsEqual(Self.magic) else {
      throw DataError(.malformed, "not an .npy array", at: place, remedy: Self.remedy)
    }
    let version = file[6]
    guard (1...3).contains(version) else {
      throw DataError(
        .unsupported, "version \(version) of the .npy format", at: place, remedy: "save it as version 1 to 3")
    }
    let lengthSize = version == 1 ? 2 : 4
    let textStart = 8 + lengthSize
    guard file.count >= textStart else {
      throw DataError(.truncated, "the header is incomplete", at: place, remedy: Self.remedy)
    }
    let length = (0..<lengthSize).reduce(0) { $0 | Int(file[8 + $1]) << (8 * $1) }
    guard length <= file.count - textStart else {
      throw DataError(.truncated, "the header is incomplete", at: place, remedy: Self.remedy)
    }
    dataOffset = textStart + length
    var scanner = LiteralScanner(text: Array(file[textStart..<dataOffset]))
    guard let fields = scanner.dictionary(), let descr = fields["descr"], let order = fields["fortran_order"],
      case .bool(let isFortranOrder) = order, case .tuple(let shape) = fields["shape"]
    else { throw DataError(.malformed, "the header of the .npy array cannot be read", at: place, remedy: Self.remedy) }
    guard case .text(let code) = descr, let (type, isBigEndian) = Self.elementType(code) else {
      throw DataError(
        .unsupported, "dtype \(descr) of the .npy array", at: place,
        remedy: "convert it with array.astype('uint8') or array.astype('float32')")
    }
    self.elementType = type
    self.isBigEndian = isBigEndian
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }

  private static func elementType(_ code: String) -> (ElementType, isBigEndian: Bool)? {
    let letters = Array(code)
    guard let first = letters.first else { return nil }
    let hasOrder = "<>|=".contains(first)
    let type: ElementType? =
      switch String(hasOrder ? letters.dropFirst() : letters[...]) {
      case "b1", "?": .bool
      case "u1": .uint8
      case "i1": .int8
      case "u2": .uint16
      case "i2": .int16
      case "u4": .uint32
      case "i4": .int32
      case "u8": .uint64
      case "i8": .int64
      case "f2": .float16
      case "f4": .float
      case "f8": .double
      default: nil
      }
    return type.map { ($0, first == ">") }
  }

  /// The bytes of a version 1 header (2 where it is too long) for a little-endian C-order array, padded so that the
  /// elements begin at a multiple of 64; nil for a type that numpy has not.
  static func bytes(for elementType: ElementType, shape: [Int]) -> [UInt8]? {
    let code: String
    switch elementType {
    case .bool: code = "|b1"
    case .uint8: code = "|u1"
    case .int8: code = "|i1"
    case .uint16: code = "<u2"
    case .int16: code = "<i2"
    case .uint32: code = "<u4"
    case .int32: code = "<i4"
    case .uint64: code = "<u8"
    case .int64: code = "<i8"
    case .float16: code = "<f2"
    case .float: code = "<f4"
    case .double: code = "<f8"
    default: return nil
    }
    let extents = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = Array("{'descr': '\(code)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    let lengthSize = text.count + 1 + 63 <= Int(UInt16.max) ? 2 : 4
    let unpadded = 8 + lengthSize + text.count + 1
    let padding = (64 - unpadded % 64) % 64
    let length = text.count + padding + 1
    let lengthBytes = (0..<lengthSize).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return magic + [lengthSize == 2 ? 1 : 2, 0] + lengthBytes + text + Array(repeating: 0x20, count: padding) + [0x0a]
  }
}

/// Reads the one Python literal that an `.npy` header is: a dictionary of strings, booleans and tuples of integers.
private struct LiteralScanner {
  enum Value {
    case text(String)
    case bool(Bool)
    case tuple([Int])
    /// A list: the dtype of a structured array.
    case list
  }

  let text: [UInt8]
  private var at = 0

  init(text: [UInt8]) { self.text = text }

  mutating func dictionary() -> [String: Value]? {
    var fields: [String: Value] = [:]
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":"), let value = value(), fields.updateValue(value, forKey: key) == nil else {
        return nil
      }
      if take(",") { continue }
      guard take("}") else { return nil }
      break
    }
    skipBlanks()
    return at == text.count ? fields : nil
  }

  private mutating func value() -> Value? {
    skipBlanks()
    if let text = string() { return .text(text) }
    if take("True") { return .bool(true) }
    if take("False") { return .bool(false) }
    if take("(") { return tuple() }
    guard take("[") else { return nil }
    // A structured dtype is refused anyway: skip to its end.
    var depth = 1
    while at < text.count, depth > 0 {
      if text[at] == UInt8(ascii: "[") { depth += 1 }
      if text[at] == UInt8(ascii: "]") { depth -= 1 }
      at += 1
    }
    return .list
  }

  private mutating func tuple() -> Value? {
    var extents: [Int] = []
    while !take(")") {
      guard let extent = integer() else { return nil }
      extents.append(extent)
      if take(",") { continue }
      guard take(")") else { return nil }
      break
    }
    return .tuple(extents)
  }

  private mutating func integer() -> Int? {
    skipBlanks()
    var value = 0
    let start = at
    while at < text.count, text[at] >= UInt8(ascii: "0"), text[at] <= UInt8(ascii: "9") {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, more) = tens.addingReportingOverflow(Int(text[at] - UInt8(ascii: "0")))
      guard !overflow, !more else { return nil }
      value = next
      at += 1
    }
    guard at > start else { return nil }
    _ = take("L")  // Python 2 wrote long integers
    return value
  }

  private mutating func string() -> String? {
    skipBlanks()
    guard at < text.count, text[at] == UInt8(ascii: "'") || text[at] == UInt8(ascii: "\"") else { return nil }
    let quote = text[at]
    guard let end = text[(at + 1)...].firstIndex(of: quote) else { return nil }
    defer { at = end + 1 }
    return String(decoding: text[(at + 1)..<end], as: UTF8.self)
  }

  private mutating func take(_ token: String) -> Bool {
    skipBlanks()
    guard text[at...].starts(with: token.utf8) else { return false }
    at += token.utf8.count
    return true
  }

  private mutating func skipBlanks() {
    while at < text.count, [0x20, 0x0a, 0x09, 0x0d].contains(text[at]) { at += 1 }
  }
}
