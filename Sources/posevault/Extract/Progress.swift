/// The arithmetic of the progress line, separate from clock and terminal.
struct Progress: Sendable, Equatable {
  /// nil while it isn't known.
  var total: Int?
  var done = 0
  var failed = 0

  /// Such as `█████░░░░░░░░░░░░░░░ 120/480 · 18.2/s · 0:20 left · 3 failed`; without the bar if no total is known.
  ///
  /// - Parameter seconds: since the first picture was started.
  func line(after seconds: Double) -> String {
    var parts = [total.map { "\(bar(of: $0)) \(done)/\($0)" } ?? "\(done)"]
    if done > 0, seconds > 0 {
      let rate = Double(done) / seconds
      parts.append("\(Self.rounded(rate))/s")
      if let total, total > done { parts.append("\(Self.clock(Double(total - done) / rate)) left") }
    }
    if failed > 0 { parts.append("\(failed) failed") }
    return parts.joined(separator: " · ")
  }

  /// Full only when everything is done.
  private func bar(of total: Int) -> String {
    let full = total > 0 ? min(Self.barLength * done / total, Self.barLength) : 0
    return String(repeating: "█", count: full) + String(repeating: "░", count: Self.barLength - full)
  }

  private static let barLength = 20

  /// One decimal below 100.
  private static func rounded(_ rate: Double) -> String {
    rate < 100 ? "\((rate * 10).rounded() / 10)" : "\(Int(rate.rounded()))"
  }

  /// `0:05`, `4:28`, `1:02:03`.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(.up), 359_999))
    let hours = whole / 3600
    let minutes = whole / 60 % 60
    let rest = whole % 60
    func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(padded(minutes)):\(padded(rest))" : "\(minutes):\(padded(rest))"
  }
}
