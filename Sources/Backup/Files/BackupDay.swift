/// The day that an archive is named after.
public struct BackupDay: Sendable, Hashable, CustomStringConvertible {
  public var year: Int
  public var month: Int
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Such as `2025-12-10`.
  public var description: String {
    func padded(_ number: Int, _ count: Int) -> String {
      String(repeating: "0", count: max(count - number.description.count, 0)) + number.description
    }
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
  }
}
