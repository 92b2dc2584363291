import PoseCore

/// Times in MySQL's format, `2025-12-10 10:30:00`, in UTC.
enum SQLTime {
  static func text(_ seconds: Int64) -> String {
    let date = CivilDate(seconds)
    func digits(_ number: Int, _ count: Int = 2) -> String {
      String(repeating: "0", count: max(count - number.description.count, 0)) + number.description
    }
    return "\(digits(date.year, 4))-\(digits(date.month))-\(digits(date.day)) "
      + "\(digits(date.second / 3600)):\(digits(date.second / 60 % 60)):\(digits(date.second % 60))"
  }

  /// nil unless `text` is exactly in the format of ``text(_:)``.
  static func seconds(_ text: String) -> Int64? {
    let numbers = text.split { "- :".contains($0) }.compactMap { Int($0) }
    guard numbers.count == 6, (1...9999).contains(numbers[0]), (1...12).contains(numbers[1]),
      (1...31).contains(numbers[2]), numbers[3...].allSatisfy({ (0..<60).contains($0) })
    else { return nil }
    let days = CivilDate.days(year: numbers[0], month: numbers[1], day: numbers[2])
    let seconds = days * 86_400 + Int64(numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    return self.text(seconds) == text ? seconds : nil
  }
}
