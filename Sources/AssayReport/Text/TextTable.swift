/// A table laid out for a terminal: aligned by display width, never wider than it may be.
///
/// Columns that do not fit beside the first one go to further tables below, each with the first column again.
struct TextTable {
  struct Column {
    var title: String
    var isNumber: Bool
    var cells: [String]
  }

  struct Line: Equatable {
    enum Role: Equatable { case title, row(Int) }
    var role: Role
    var text: String
  }

  /// What names each row; its text is shortened where it takes more than a quarter of the width.
  var names: Column
  var columns: [Column]
  /// Words that stand in place of all cells of a row, by row.
  var remarks: [Int: String]

  private static let gap = 2

  /// The tables, in which columns keep their order but for short ones that fill a gap; each a list of lines of at most `width` columns (at least 24).
  func layout(width: Int) -> [[Line]] {
    let width = max(24, width)
    let nameWidth = min(widest(names), max(14, width / 4))
    let available = width - nameWidth - Self.gap
    // Each column goes to the first table with room, so that short ones fill what long ones leave.
    var tables: [[Column]] = []
    var used: [Int] = []
    for column in columns {
      let needed = min(widest(column), available)
      if let index = used.firstIndex(where: { $0 + Self.gap + needed <= available }) {
        tables[index].append(column)
        used[index] += Self.gap + needed
      } else {
        tables.append([column])
        used.append(needed)
      }
    }
    if tables.isEmpty { tables = [[]] }
    return tables.enumerated().map { index, part in
      lines(part, nameWidth: nameWidth, available: available, showsRemarks: index == 0)
    }
  }

  private func lines(_ part: [Column], nameWidth: Int, available: Int, showsRemarks: Bool) -> [Line] {
    let widths = part.map { min(widest($0), available) }
    func line(_ name: String, _ cells: [String]) -> String {
      var text = padded(shortened(name, toWidth: nameWidth), toWidth: nameWidth)
      for (index, cell) in cells.enumerated() {
        let cut = truncated(cell, toWidth: widths[index])
        text +=
          String(repeating: " ", count: Self.gap) + padded(cut, toWidth: widths[index], right: part[index].isNumber)
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    var lines = [Line(role: .title, text: line(names.title, part.map(\.title)))]
    for row in names.cells.indices {
      // A row without any number is said once, in the first table.
      if let remark = remarks[row], part.allSatisfy({ $0.cells[row] == "–" }) {
        guard showsRemarks else { continue }
        let name = padded(shortened(names.cells[row], toWidth: nameWidth), toWidth: nameWidth)
        let gap = String(repeating: " ", count: Self.gap)
        lines.append(Line(role: .row(row), text: name + gap + truncated(remark, toWidth: available)))
      } else {
        lines.append(Line(role: .row(row), text: line(names.cells[row], part.map { $0.cells[row] })))
      }
    }
    return lines
  }

  private func widest(_ column: Column) -> Int {
    var width = displayWidth(column.title)
    for cell in column.cells { width = max(width, displayWidth(cell)) }
    return width
  }
}
