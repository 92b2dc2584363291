import PoseCore

/// Dates in HTTP header fields.
enum HTTPDate {
  /// Seconds since 1970 of a date such as `Wed, 10 Dec 2025 10:30:00 GMT`; nil for anything else.
  ///
  /// The two obsolete formats are not supported: a condition with one is ignored, which only costs a transfer.
  static func parse(_ text: String) -> Int64? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard text.utf8.count == 29, words.count == 6, let year = Int(words[3]), let day = Int(words[1]) else {
      return nil
    }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    guard (1970...9999).contains(year), let month = months.firstIndex(of: words[2]), (1...31).contains(day),
      clock.count == 3, clock.allSatisfy({ (0..<60).contains($0) })
    else { return nil }
    let days = CivilDate.days(year: year, month: month + 1, day: day)
    let seconds = days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    // written again, a day or an hour that doesn't exist, or another spelling, differs
    return Timestamp.http(seconds) == text ? seconds : nil
  }

  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
