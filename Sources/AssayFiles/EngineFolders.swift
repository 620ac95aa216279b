import FoundationEssentials
import Glibc

/// Where a shared library is looked for before the system's own places: in `.engines/NAME`, which our setup fills.
public struct EngineFolders: Sendable, Hashable {
  /// The file that the library's environment variable names; nil when it is unset or empty.
  public var environment: String?
  public var workingFolder: String
  /// Path of the running program.
  public var executable: String?

  public init(environment: String?, workingFolder: String, executable: String?) {
    self.environment = environment
    self.workingFolder = workingFolder
    self.executable = executable
  }

  /// Those of this process.
  ///
  /// - Parameter variable: The environment variable that names a file.
  public static func current(variable: String) -> EngineFolders {
    EngineFolders(
      environment: getenv(variable).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 },
      workingFolder: FileManager.default.currentDirectoryPath,
      executable: try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
  }

  /// What `find` gives for the first folder `.engines/name` that has it: of the working folder and its parents, then of
  /// the folders above the executable.
  public func first(_ name: String, _ find: (_ folder: String) -> String?) -> String? {
    var visited: Set<String> = []
    for start in [workingFolder, executable.map(Self.parent)].compactMap({ $0 }) {
      var folder = start
      while visited.insert(folder).inserted {
        if let file = find("\(folder)/.engines/\(name)") { return file }
        folder = Self.parent(folder)
      }
    }
    return nil
  }

  private static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }
}
