/// This repository's own files, found from where this source file lies.
enum Repository {
  /// The folder of the package.
  static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
}
