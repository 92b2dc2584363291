/// Counts of things, for a person.
public enum Count {
  /// Such as `1 pose` or `2 poses`; for nouns that take an s.
  public static func text(_ count: some BinaryInteger, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
