import AssayCore
import AssayFiles
import FoundationEssentials

/// The commit a working folder stands at, read from its `.git` without running git.
public enum GitCommit {
  /// Hash of the commit that HEAD of the repository around `folder` names; nil where there is none, or none yet.
  ///
  /// Follows one reference, loose or packed, through linked work trees too. Whether the folder has changes that are not
  /// committed is not looked at.
  public static func current(in folder: String) -> String? {
    guard let git = gitFolder(around: folder), let head = line("\(git)/HEAD") else { return nil }
    guard head.hasPrefix("ref: ") else { return hash(head) }
    let name = String(head.dropFirst("ref: ".count))
    guard name.hasPrefix("refs/"), !name.split(separator: "/").contains("..") else { return nil }
    // A linked work tree has its own HEAD, and the references of the repository it belongs to.
    let common = line("\(git)/commondir").map { path($0, from: git) } ?? git
    for place in [git, common] {
      if let text = line("\(place)/\(name)") { return hash(text) }
    }
    return packed(name, in: common)
  }

  private static func gitFolder(around folder: String) -> String? {
    var current = folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : folder
    while true {
      let git = current == "/" ? "/.git" : "\(current)/.git"
      if MappedFile.isFile(git) {
        guard let text = line(git), text.hasPrefix("gitdir: ") else { return nil }
        return path(String(text.dropFirst("gitdir: ".count)), from: current)
      }
      if MappedFile.exists(git) { return git }
      guard let slash = current.lastIndex(of: "/"), current != "/" else { return nil }
      current = slash == current.startIndex ? "/" : String(current[..<slash])
    }
  }

  private static func packed(_ name: String, in folder: String) -> String? {
    guard let text = text("\(folder)/packed-refs") else { return nil }
    for line in text.split(whereSeparator: \.isNewline) where line.hasSuffix(" \(name)") {
      return hash(String(line.prefix { $0 != " " }))
    }
    return nil
  }

  /// A hash of 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, or nothing.
  private static func hash(_ text: String) -> String? {
    let isHash = (text.utf8.count == 40 || text.utf8.count == 64) && text.allSatisfy { $0.isHexDigit && $0.isASCII }
    return isHash ? text.lowercased() : nil
  }

  private static func path(_ path: String, from folder: String) -> String {
    path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  private static func line(_ path: String) -> String? {
    text(path)?.split(whereSeparator: \.isNewline).first.map(String.init)
  }

  private static func text(_ path: String) -> String? {
    guard let file = try? MappedFile(path) else { return nil }
    return file.bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}
