public import AssayCore

/// What a user can do when the files of a known dataset are not there.
///
/// The choice goes by the names in the paths, since a missing file cannot tell what it would have been.
public enum MissingData {
  /// A remedy for the missing `paths`, with the names of all files the dataset needs.
  public static func remedy(for paths: [String]) -> String {
    let text = paths.joined(separator: " ").lowercased()
    if let known = knownSources.first(where: { $0.words.contains(where: text.contains) }) {
      return known.remedy
    }
    return "check the path; relative paths are relative to the suite file"
  }

  /// The error for files that were looked for in vain.
  public static func error(tried paths: [String]) -> DataError {
    let list = paths.joined(separator: ", ")
    return DataError(
      .missing, paths.count == 1 ? "no such file" : "no such file; tried \(list)",
      at: paths.first.map { Place(file: $0) }, remedy: remedy(for: paths))
  }

  private struct KnownSource: Sendable {
    var words: [String]
    var remedy: String
  }

  private static let knownSources: [KnownSource] = [
    KnownSource(
      words: ["mnist", "t10k"],
      remedy: """
        set data.root in the suite or the environment variable ASSAY_DATA to a folder that contains \
        mnist/train-images-idx3-ubyte.gz, mnist/train-labels-idx1-ubyte.gz, mnist/t10k-images-idx3-ubyte.gz and \
        mnist/t10k-labels-idx1-ubyte.gz, packed or unpacked; \
        they can be had from https://ossci-datasets.s3.amazonaws.com/mnist/
        """),
    KnownSource(
      words: ["cifar", "data_batch", "test_batch"],
      remedy: """
        set data.root in the suite or the environment variable ASSAY_DATA to a folder that contains cifar10/ with the \
        files data_batch_1.bin to data_batch_5.bin and test_batch.bin of the CIFAR-10 binary version, \
        https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz
        """),
    KnownSource(
      words: ["optdigits"],
      remedy: "optdigits.tra and optdigits.tes come with Assay, in suites/data/digits; check the path"),
  ]
}
