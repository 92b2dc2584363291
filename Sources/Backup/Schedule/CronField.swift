import PoseCore

/// The values of one field of a ``CronExpression``.
struct CronField: Sendable, Hashable {
  enum Kind: Sendable {
    case minute, hour, dayOfMonth, month, dayOfWeek

    var name: String {
      switch self {
      case .minute: "minute"
      case .hour: "hour"
      case .dayOfMonth: "day of month"
      case .month: "month"
      case .dayOfWeek: "day of week"
      }
    }

    var range: ClosedRange<Int> {
      switch self {
      case .minute: 0...59
      case .hour: 0...23
      case .dayOfMonth: 1...31
      case .month: 1...12
      case .dayOfWeek: 0...7
      }
    }

    /// In order, from the first value on.
    var names: [String] {
      switch self {
      case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
      case .dayOfWeek: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
      default: []
      }
    }

    /// Their full names, which node-cron also accepts.
    var fullNames: [String] {
      switch self {
      case .month:
        [
          "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december",
        ]
      case .dayOfWeek: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
      default: []
      }
    }
  }

  /// One bit for each value.
  private let bits: UInt64
  /// Whether the field begins with `*`: then it is not part of the choice between the two kinds of days.
  let isStarred: Bool

  /// Throws `configuration`.
  init(_ text: Substring, _ kind: Kind) throws {
    isStarred = text.hasPrefix("*")
    var bits: UInt64 = 0
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let values = Self.values(of: item, kind) else { throw Self.fault(item, kind) }
      for value in values { bits |= 1 << UInt64(value) }
    }
    let sunday: UInt64 = 1 << 7
    if kind == .dayOfWeek, bits & sunday != 0 { bits = bits & ~sunday | 1 }
    self.bits = bits
  }

  func contains(_ value: Int) -> Bool {
    bits >> UInt64(value) & 1 == 1
  }

  /// Those in the field, ascending.
  var values: [Int] {
    (0..<64).filter(contains)
  }

  /// `*`, `a`, `a-b`, and with a step `*/n`, `a-b/n`; nil for anything else.
  private static func values(of item: Substring, _ kind: Kind) -> [Int]? {
    let parts = item.split(separator: "/", omittingEmptySubsequences: false)
    guard let first = parts.first, let range = range(of: first, kind) else { return nil }
    guard parts.count > 1 else { return Array(range) }
    let isRange = first == "*" || first.contains("-")
    guard parts.count == 2, isRange, let step = number(parts[1]), step > 0 else { return nil }
    return Array(stride(from: range.lowerBound, through: range.upperBound, by: step))
  }

  private static func range(of text: Substring, _ kind: Kind) -> ClosedRange<Int>? {
    if text == "*" { return kind == .dayOfWeek ? 0...6 : kind.range }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count <= 2, let from = value(ends[0], kind), let to = value(ends[ends.count - 1], kind) else {
      return nil
    }
    // Sunday by its name ends the week as well as it begins it: `fri-sun`
    if ["sun", "sunday"].contains(ends[ends.count - 1].lowercased()), from > 0 { return from...7 }
    return from <= to ? from...to : nil
  }

  private static func value(_ text: Substring, _ kind: Kind) -> Int? {
    for names in [kind.names, kind.fullNames] {
      if let index = names.firstIndex(of: text.lowercased()) { return kind.range.lowerBound + index }
    }
    return number(text).flatMap { kind.range.contains($0) ? $0 : nil }
  }

  private static func number(_ text: Substring) -> Int? {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  private static func fault(_ item: Substring, _ kind: Kind) -> PoseVaultError {
    let names = kind.names.first.map { " or names such as \($0)" } ?? ""
    return CronExpression.fault(
      "'\(item)' as \(kind.name); allowed are \(kind.range.lowerBound) to \(kind.range.upperBound)\(names), "
        + "*, ranges a-b, steps */n and a-b/n, and lists of these")
  }
}
