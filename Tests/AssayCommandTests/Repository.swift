import FoundationEssentials

/// This repository's own files, found from where this source file lies.
enum Repository {
  /// The folder of the package.
  static let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

  /// The built command `assay`, which lies beside the bundle of the tests; nil when it was not built.
  static let executable: String? = {
    let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = bundle.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/assay"
    return [beside, "\(root)/.build/debug/assay"].first { FileManager.default.isExecutableFile(atPath: $0) }
  }()
}
