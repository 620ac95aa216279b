public import AssayCore
import AssayFiles
import Glibc

/// Writes `files` below `folder`, which is created where it is missing; each file appears complete or not at all.
///
/// A file is written under a temporary name, synced and renamed over the old one. The first failure ends the writing;
/// what was written before it stays.
///
/// - Throws: `badName` for a name that is empty, absolute or has `..` in it, before anything is written; `cannotCreate`;
///   `writeFailed`.
public func write(_ files: [OutputFile], to folder: String) throws(ReportError) {
  for file in files {
    let parts = file.name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !file.name.utf8.contains(0) else {
      throw ReportError(.badName, "'\(visibleLine(file.name))' is not a path within the report's folder")
    }
  }
  try createFolder(folder)
  var created: Set<String> = []
  for file in files {
    var parent = folder
    for part in file.name.split(separator: "/").dropLast() {
      parent += "/" + part
      if created.insert(parent).inserted { try createFolder(parent) }
    }
    try write(file.bytes, to: "\(folder)/\(file.name)")
  }
}

/// Creates the folder and those above it; one that exists is left alone.
private func createFolder(_ path: String) throws(ReportError) {
  var partial = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    partial += (partial.isEmpty || partial == "/" ? "" : "/") + part
    if mkdir(partial, 0o777) == 0 { continue }
    let code = errno
    var status = stat()
    if stat(partial, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
    throw ReportError(
      .cannotCreate, "cannot create the folder: \(reason(code))", at: Place(file: partial), remedy: remedy(code))
  }
}

private func write(_ bytes: [UInt8], to path: String) throws(ReportError) {
  do {
    try AtomicFile.write([Bytes(copying: bytes)], to: path)
  } catch {
    let remedy = "free disk space or choose a folder that may be written with --output, then run 'assay report' again"
    throw ReportError(
      error.code == .writeFailed ? .writeFailed : .cannotCreate, error.message, at: error.place,
      remedy: "\(remedy); run.json is not touched, no file is half written")
  }
}

private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

private func remedy(_ code: Int32) -> String {
  switch code {
  case ENOSPC, EDQUOT:
    "free disk space, then run 'assay report' again; run.json is not touched, no file is half written"
  case EACCES, EPERM, EROFS: "choose a folder that may be written, with --output"
  case ENOTDIR, EEXIST, EISDIR:
    "a file or folder of that name is in the way: move it, or choose another folder with --output"
  case ENAMETOOLONG: "choose a folder with a shorter path, with --output"
  default: "check the folder, or choose another one with --output"
  }
}
