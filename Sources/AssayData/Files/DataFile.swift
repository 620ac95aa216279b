import AssayCore
import AssayFiles

/// Reading and writing the files of data sets, with the remedies that belong to them.
enum DataFile {
  /// The mapped contents.
  ///
  /// - Throws: `missing`, saying how to get the files of known data sets; `unreadable`.
  static func bytes(of path: String) throws(DataError) -> Bytes {
    do {
      return try MappedFile(path).bytes
    } catch {
      throw error.code == .missing ? MissingData.error(tried: [path]) : DataError(.unreadable, from: error)
    }
  }

  /// - Throws: `create`, `write`.
  static func write(_ pieces: [Bytes], to path: String) throws(DataError) {
    do {
      try AtomicFile.write(pieces, to: path)
    } catch {
      throw DataError(error.code == .writeFailed ? .write : .create, from: error)
    }
  }
}
