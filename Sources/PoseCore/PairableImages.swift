/// A picture store that remembers which pose database it belongs to; errors are those of ``ImageStore``.
public protocol PairableImages: ImageStore {
  /// What ``replacePair(_:with:)`` set last; nil where it never was called.
  func pair() async throws -> String?

  /// Sets the text, of at most 1000 ASCII characters, where it still is `old`; whether it was. Of several callers at
  /// once that name the same `old`, one at most succeeds. Durable when it returns.
  func replacePair(_ old: String?, with new: String) async throws -> Bool
}
