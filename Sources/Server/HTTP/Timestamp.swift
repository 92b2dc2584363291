import PoseCore

/// A moment in whole seconds since 1970 in the API's format, without Foundation's formatters and their locks.
public enum Timestamp {
  /// ISO 8601 in UTC with a constant fraction, such as `2025-12-10T10:30:00.000Z`.
  public static func iso8601(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    return "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))T\(clock(date)).000Z"
  }

  /// In HTTP's own format, such as `Wed, 10 Dec 2025 10:30:00 GMT`.
  static func http(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    let weekday = weekdays[date.weekday]
    let month = months[date.month - 1]
    return "\(weekday), \(pad(date.day)) \(month) \(pad(date.year, 4)) \(clock(date)) GMT"
  }

  /// The seconds of a day such as `2025-12-10`, or the single second of a time such as `2025-12-10T10:30:00Z`, with or
  /// without a fraction of three digits; nil for anything else.
  public static func seconds(of text: some StringProtocol) -> Range<Int64>? {
    let numbers = text.utf8.split { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      .compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count >= 3, (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]),
      (1...31).contains(numbers[2])
    else { return nil }
    let start = 86_400 * CivilDate.days(year: numbers[0], month: numbers[1], day: numbers[2])
    // written again, a day or an hour that doesn't exist, or another spelling, differs
    if iso8601(start).prefix(10) == text { return start..<start + 86_400 }
    guard numbers.count >= 6, numbers[3...5].allSatisfy({ $0 < 60 }) else { return nil }
    let second = start + Int64(numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    let whole = iso8601(second).prefix(19)
    let fraction = numbers.count == 7 && numbers[6] < 1000 ? ".\(pad(numbers[6], 3))" : ""
    return "\(whole)\(fraction)Z" == text ? second..<second + 1 : nil
  }

  private static func clock(_ date: CivilDate) -> String {
    "\(pad(date.second / 3600)):\(pad(date.second / 60 % 60)):\(pad(date.second % 60))"
  }

  private static func pad(_ number: Int, _ digits: Int = 2) -> String {
    let text = String(number)
    return text.utf8.count >= digits ? text : String(repeating: "0", count: digits - text.utf8.count) + text
  }

  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}
