/// The arithmetic of the progress line, apart from clock and terminal.
struct Progress: Sendable, Equatable {
  /// nil while it isn't known.
  var total: Int?
  var done = 0
  var failed = 0

  /// Such as `120/5000 · 18.2/s · 4:28 left · 3 failed`.
  ///
  /// - Parameter seconds: since the first picture was begun.
  func line(after seconds: Double) -> String {
    var parts = [total.map { "\(done)/\($0)" } ?? "\(done)"]
    if done > 0, seconds > 0 {
      let rate = Double(done) / seconds
      parts.append("\(Self.rounded(rate))/s")
      if let total, total > done { parts.append("\(Self.clock(Double(total - done) / rate)) left") }
    }
    if failed > 0 { parts.append("\(failed) failed") }
    return parts.joined(separator: " · ")
  }

  /// One decimal below 100.
  private static func rounded(_ rate: Double) -> String {
    rate < 100 ? "\((rate * 10).rounded() / 10)" : "\(Int(rate.rounded()))"
  }

  /// `0:05`, `4:28`, `1:02:03`.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 359_999))
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }
}
