import Foundation
import Testing

/// The rows of a committed CSV of expected values: cells, some of which are lists of numbers with blanks between.
struct OracleTable {
  struct Row: CustomTestStringConvertible {
    let cells: [String]
    var name: String { cells[0] }
    var expected: Double { number(cells.count - 1) }
    var testDescription: String { cells.map { $0.count > 24 ? "\($0.prefix(24))..." : $0 }.joined(separator: ", ") }

    func number(_ index: Int) -> Double { Double(cells[index]) ?? .nan }
    func integer(_ index: Int) -> Int { Int(cells[index]) ?? .min }
    func numbers(_ index: Int) -> [Double] { cells[index].split(separator: " ").map { Double($0) ?? .nan } }
  }

  let rows: [Row]

  init(_ name: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracles/\(name).csv")
    rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
      Row(cells: $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }
  }
}

/// Whether two numbers agree to `tolerance`, relative to the expected one where that is larger than 1e-3.
func agree(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-9) -> Bool {
  guard let value else { return false }
  return value == expected || abs(value - expected) <= tolerance * max(1e-3, abs(expected))
}
