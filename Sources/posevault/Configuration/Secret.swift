/// A text that must not reach a log or an error message: printing it yields `(hidden)`.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// For the one place that needs it.
  let revealed: String

  init(_ text: String) { revealed = text }

  var description: String { "(hidden)" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}
