import Glibc

/// Folders in the file system.
enum Folder {
  /// Creates the folder with those above it where they are missing; answers why it cannot, in the system's words.
  static func create(_ path: String) -> String? {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? part : "/\(part)"
      guard mkdir(made, 0o777) != 0 else { continue }
      let reason = errno
      var status = stat()
      // What is there already need not be ours to create.
      guard stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        return String(cString: strerror(reason == EEXIST ? ENOTDIR : reason))
      }
    }
    return nil
  }
}

enum FileAccess {
  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
