import AssayCore

/// Which weights can only go together.
enum PruningPattern: Sendable, Equatable {
  /// Each weight for itself.
  case unstructured
  /// Of every `group` neighbours along a row `kept` stay.
  case kept(Int, of: Int)
  /// Blocks of the matrix [outputs, inputs] go whole.
  case block(rows: Int, columns: Int)

  /// The longest group of N:M.
  static let longestGroup = 32
  /// Most weights of a block.
  static let largestBlock = 4096

  /// Reads the options `pattern` and `block`.
  ///
  /// - Throws: `badOption`, with what can be written.
  init(pattern: OptionValue?, block: OptionValue?) throws(MethodError) {
    let text = pattern?.description ?? (block == nil ? "unstructured" : "block")
    if text != "block", let block {
      throw MethodError(
        .badOption, "'prune': block is \(block), but the pattern is \(text)", remedy: "write pattern: block")
    }
    switch text {
    case "unstructured": self = .unstructured
    case "block":
      guard let block else {
        throw MethodError(
          .badOption,
          "'prune': pattern: block needs the option 'block': rows x columns of the matrix [outputs, inputs]",
          remedy: "write block: 4x4, or 1x8")
      }
      self = try Self.readBlock(block)
    default:
      let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let kept = numbers[0], let group = numbers[1] else {
        throw MethodError(
          .badOption, "'prune': pattern is \(text), but takes unstructured, block, or N:M as in 2:4",
          remedy: nearestName(to: text, among: ["unstructured", "block"]).map { "did you mean '\($0)'?" })
      }
      guard 1 <= kept, kept < group, group <= Self.longestGroup else {
        throw MethodError(
          .badOption,
          "'prune': pattern is \(text), but of N:M N is at least 1 and below M, and M at most "
            + "\(Self.longestGroup)")
      }
      self = .kept(kept, of: group)
    }
  }

  /// Reads `4x4`, which the command line hands over as a list.
  private static func readBlock(_ value: OptionValue) throws(MethodError) -> PruningPattern {
    var extents: [Int?] = []
    switch value {
    case .text(let text): extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    case .list(let values): extents = values.map { if case .integer(let extent) = $0 { extent } else { nil } }
    default: break
    }
    guard extents.count == 2, let rows = extents[0], let columns = extents[1], rows > 0, columns > 0,
      rows <= largestBlock, columns <= largestBlock, rows * columns > 1, rows * columns <= largestBlock
    else {
      throw MethodError(
        .badOption,
        "'prune': block is \(value), but takes rows x columns, as in 4x4 or 1x8, of 2 to \(largestBlock) weights"
      )
    }
    return .block(rows: rows, columns: columns)
  }
}
