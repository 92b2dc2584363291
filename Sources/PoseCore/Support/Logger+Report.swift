public import Logging

extension Logger {
  /// Logs an error with everything known about it: the only way for errors to reach the log.
  ///
  /// - Parameters:
  ///   - what: what could not be done. Without it, the error's own message is the line.
  ///   - level: how much it matters.
  ///   - metadata: what it was about. The error's message is added as `error`, unless it is the line itself, and its
  ///     causes as `cause`.
  public func report(
    _ error: any Error, _ what: String? = nil, level: Level = .error, metadata: Metadata = [:],
    file: String = #fileID, function: String = #function, line: UInt = #line
  ) {
    let causes = ErrorCauses(of: error)
    let message = causes.lines.first ?? ""
    var metadata = metadata
    if what != nil { metadata["error"] = "\(message)" }
    if let cause = causes.text { metadata["cause"] = "\(cause)" }
    log(level: level, "\(what ?? message)", metadata: metadata, file: file, function: function, line: line)
  }
}
