public import AssayCore
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
  let temporary = "\(path).\(getpid()).tmp"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else {
    let code = errno
    throw ReportError(
      .cannotCreate, "cannot create the file: \(reason(code))", at: Place(file: path), remedy: remedy(code))
  }
  var failure = bytes.withUnsafeBytes { write($0, to: descriptor) }
  if failure == 0, fsync(descriptor) != 0 { failure = errno }
  if close(descriptor) != 0, failure == 0 { failure = errno }
  if failure == 0, rename(temporary, path) != 0 { failure = errno }
  guard failure == 0 else {
    unlink(temporary)
    throw ReportError(
      .writeFailed, "writing failed: \(reason(failure))", at: Place(file: path), remedy: remedy(failure))
  }
}

/// Writes all of `bytes` and returns 0, or the error number.
private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
  var offset = 0
  while offset < bytes.count {
    let written = Glibc.write(descriptor, bytes.baseAddress.map { $0 + offset }, min(bytes.count - offset, 1 << 30))
    if written < 0 {
      if errno == EINTR { continue }
      return errno
    }
    offset += written
  }
  return 0
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
