/// What caused an error, in each cause's own words: only for the log.
///
/// Causes quote a database or a system. They contain no secrets, with one exception that is removed here: the part of
/// an address that may contain a login.
public struct ErrorCauses: Sendable {
  /// The error that was thrown, then its cause, and so on.
  public let lines: [String]

  public init(of error: any Error) {
    var lines: [String] = []
    var next: (any Error)? = error
    while let error = next, lines.count < Self.maxDepth {
      if let error = error as? PoseVaultError {
        lines.append(Self.shown(error.message))
        next = error.cause
      } else {
        lines.append(Self.shown(String(describing: error)))
        next = nil
      }
    }
    self.lines = lines
  }

  /// All but the first, such as `MySQL error 1114: The table 'poses' is full`; nil if nothing is known.
  public var text: String? { lines.count > 1 ? lines.dropFirst().joined(separator: "; because of: ") : nil }

  /// On one line, limited in length, without the text between `://` and `@`, and without anything that a terminal would
  /// interpret.
  static func shown(_ text: String) -> String {
    // by scalars: beside a combining mark, the @ is no character of its own
    let text = text.replacing(/:\/\/\S*@/.matchingSemantics(.unicodeScalar), with: "://(hidden)@")
    let line = EscapedText.line(text.map { $0.isNewline ? " " : String($0) }.joined())
    return line.count > maxLength ? line.prefix(maxLength) + "…" : line
  }

  private static let maxDepth = 8
  private static let maxLength = 1000
}
