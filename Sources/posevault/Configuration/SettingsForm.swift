import Foundation
import PoseCore

/// Turns the texts of a ``SettingsSource`` into values, and collects the errors in them, one line each.
struct SettingsForm {
  let source: SettingsSource
  private(set) var mistakes: [String] = []

  init(_ source: SettingsSource) {
    self.source = source
  }

  func isSet(_ key: SettingKey) -> Bool { source.text(key) != nil }

  func text(_ key: SettingKey) -> String? { source.text(key) }

  /// The value that `parse` makes of the text; nil if the key is unset or, which is recorded, invalid.
  mutating func value<Value>(_ key: SettingKey, allowed: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = source.text(key) else { return nil }
    if let value = parse(text) { return value }
    noteFault(key, "must be \(allowed).")
    return nil
  }

  /// Records what is wrong with the value of a key that is set.
  mutating func noteFault(_ key: SettingKey, _ fault: String) {
    let value = key.isSecret ? " (value hidden)" : "=\(Self.shown(source.text(key) ?? ""))"
    let isQuoted = key.isSecret && !key.isAddress && source.quotedKeys.contains(key)
    let hint = isQuoted ? " It is in quotes, which docker --env-file leaves as part of the value." : ""
    note("\(key.rawValue)\(value): \(fault)\(hint)")
  }

  mutating func integer(_ key: SettingKey, _ range: ClosedRange<Int>, default fallback: Int) -> Int {
    let allowed = "a whole number from \(range.lowerBound) to \(range.upperBound)"
    return value(key, allowed: allowed) { Int($0).flatMap { range.contains($0) ? $0 : nil } } ?? fallback
  }

  mutating func seconds(_ key: SettingKey, _ range: ClosedRange<Int>, default fallback: Duration) -> Duration {
    .seconds(integer(key, range, default: Int(fallback.components.seconds)))
  }

  mutating func flag(_ key: SettingKey) -> Bool {
    value(key, allowed: "true or false") { text in
      switch text.lowercased() {
      case "true", "1", "yes": true
      case "false", "0", "no": false
      default: nil
      }
    } ?? false
  }

  /// What `parse` makes of the items between commas; none where one is wrong.
  mutating func list<Value>(_ key: SettingKey, allowed: String, _ parse: (String) -> Value?) -> [Value] {
    value(key, allowed: allowed) { text in
      let items = text.split(separator: ",")
      let values = items.compactMap { parse($0.trimmingCharacters(in: .whitespaces)) }
      return values.count == items.count ? values : nil
    } ?? []
  }

  mutating func note(_ mistake: String) {
    mistakes.append(mistake)
  }

  /// On one line, limited in length.
  private static func shown(_ text: String) -> String {
    let line = EscapedText.line(text)
    return line.count > 80 ? line.prefix(80) + "…" : line
  }
}
