/// The drawing program as `assay doctor` asks for it.
public enum Gnuplot {
  /// Version of the gnuplot found in PATH; nil without one.
  public static func version() -> String? {
    guard let session = try? GnuplotSession(program: "gnuplot"),
      (try? session.send(["set print '-'", "print GPVAL_VERSION"])) != nil, let output = try? session.run()
    else { return nil }
    let text = String(decoding: output, as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
