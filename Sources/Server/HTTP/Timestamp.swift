/// A moment in whole seconds since 1970 as the API writes it, without Foundation's formatters and their locks.
enum Timestamp {
  /// ISO 8601 in UTC with a constant fraction, such as `2025-12-10T10:30:00.000Z`.
  static func iso8601(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    return "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))T\(clock(date)).000Z"
  }

  /// HTTP's own form, such as `Wed, 10 Dec 2025 10:30:00 GMT`.
  static func http(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    let (weekday, month) = (weekdays[date.weekday], months[date.month - 1])
    return "\(weekday), \(pad(date.day)) \(month) \(pad(date.year, 4)) \(clock(date)) GMT"
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

/// A day of the Gregorian calendar and the second within it, in UTC.
///
/// Counts in eras of 400 years that begin on a 1 March, so that the leap day is the last of its year.
struct CivilDate: Equatable {
  var year: Int
  /// 1…12
  var month: Int
  /// 1…31
  var day: Int
  /// 0…86399
  var second: Int
  /// 0 is Sunday.
  var weekday: Int

  init(_ seconds: Int64) {
    let (days, second) = Self.floorDivide(Int(seconds), 86_400)
    self.second = second
    weekday = Self.floorDivide(days + 4, 7).remainder
    let (era, dayOfEra) = Self.floorDivide(days + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  private static func floorDivide(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
  }
}
