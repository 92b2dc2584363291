/// Which problems outside of runs were reported, and when: the fact ``FactName/alert``.
struct ToldAlert: Sendable {
  private let lines: String
  /// In seconds since 1970.
  private let moment: Int64

  init(_ lines: [String], at now: Int64) {
    self.lines = lines.joined(separator: "\n")
    moment = now
  }

  /// nil for an invalid text.
  init?(_ text: String) {
    let parts = text.split(separator: "\n", maxSplits: 1)
    guard parts.count == 2, let moment = Int64(parts[0]) else { return nil }
    self.moment = moment
    lines = String(parts[1])
  }

  var text: String { "\(moment)\n\(lines)" }

  /// Whether the same was reported recently.
  func covers(_ other: ToldAlert) -> Bool {
    lines == other.lines && (0..<Self.period).contains(other.moment - moment)
  }

  /// In seconds. Longer than a day, so that the nightly run's mail reports it again instead of a separate one.
  private static let period: Int64 = 26 * 3600
}
