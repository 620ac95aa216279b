import AssayCore

/// Names of trials for formats that know only one string: `suite/baseline/variant/conditions`.
///
/// The conditions are always there, so that adding a batch size to a suite renames nothing, and a part's own `/` and `%`
/// are escaped as in a URL, so that different trials never share a name.
enum ExportName {
  /// `optical digits/digits-mlp/int8/onnxruntime:cpu:threads=1:batch=32:single-stream`.
  static func trial(_ trial: Trial, suite: String) -> String {
    [suite, trial.group.baseline, trial.variant, conditions(trial.group)].map(part).joined(separator: "/")
  }

  /// `onnxruntime:cpu:threads=1:batch=32:single-stream`.
  static func conditions(_ group: ComparisonGroup) -> String {
    "\(group.engine):\(group.device):threads=\(group.threads):batch=\(group.batch):\(group.scenario.rawValue)"
  }

  /// `text` with `/`, `%` and what cannot be seen percent-encoded.
  private static func part(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x25, 0x2F, 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
        result += percentEncoded(String(scalar).utf8)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text` with every byte percent-encoded that is not a letter, a digit or one of `-_.:,`: one word of a Go benchmark.
  ///
  /// Blanks end a field there, `/` and `=` begin a part, and github-action-benchmark admits ASCII only.
  static func word(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: ":"), UInt8(ascii: ","):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += percentEncoded(CollectionOfOne(byte))
      }
    }
    return result
  }

  private static func percentEncoded(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }
}
