/// Dates in HTTP's fields.
enum HTTPDate {
  /// Seconds since 1970 of a date such as `Wed, 10 Dec 2025 10:30:00 GMT`; nil for anything else.
  ///
  /// The two obsolete forms are not read: a condition that carries one is ignored, which only costs a transfer.
  static func parse(_ text: String) -> Int64? {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard text.utf8.count == 29, words.count == 6, let year = Int(words[3]), let day = Int(words[1]) else {
      return nil
    }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    guard (1970...9999).contains(year), let month = months.firstIndex(of: words[2]), (1...31).contains(day),
      clock.count == 3, clock.allSatisfy({ (0..<60).contains($0) })
    else { return nil }
    let past = year - 1
    let daysBeforeYear = past * 365 + past / 4 - past / 100 + past / 400 - 719_162
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let daysBeforeMonth = lengths[..<month].reduce(0, +) + (isLeap && month > 1 ? 1 : 0)
    let days = Int64(daysBeforeYear + daysBeforeMonth + day - 1)
    let seconds = days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    // written again, a day or an hour that doesn't exist, or another spelling, differs
    return Timestamp.http(seconds) == text ? seconds : nil
  }

  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}
