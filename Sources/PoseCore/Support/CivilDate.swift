/// A day of the Gregorian calendar and the second within it, in UTC.
///
/// Counts in eras of 400 years that begin on a 1 March, so that the leap day is the last of its year.
public struct CivilDate: Sendable, Hashable {
  public var year: Int
  /// 1…12
  public var month: Int
  /// 1…31
  public var day: Int
  /// 0…86399
  public var second: Int
  /// 0 is Sunday.
  public var weekday: Int

  /// - Parameter seconds: since 1970.
  public init(_ seconds: Int64) {
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

  /// From 1970-01-01 to a date in the year 1 or later, which must exist or at least have a day from 1 to 31.
  public static func days(year: Int, month: Int, day: Int) -> Int64 {
    let past = year - 1
    let daysBeforeYear = past * 365 + past / 4 - past / 100 + past / 400 - 719_162
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let daysBeforeMonth = lengths[..<(month - 1)].reduce(0, +) + (isLeap && month > 2 ? 1 : 0)
    return Int64(daysBeforeYear + daysBeforeMonth + day - 1)
  }

  /// Seconds since 1970 of the years 1 to 9999, which every format for dates can represent.
  public static let writable: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

  private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

  private static func floorDivide(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder < 0 ? (quotient - 1, remainder + b) : (quotient, remainder)
  }
}
