import Foundation

/// The clocks of a time zone. What they show, the wall time, is counted in seconds as if it were UTC.
struct ZoneClock {
  private let zone: TimeZone

  init(_ zone: TimeZone) {
    self.zone = zone
  }

  func wall(at seconds: Int64) -> Int64 {
    seconds + offset(at: seconds)
  }

  /// The first moment at which the clocks show `wall` or have skipped it.
  func firstMoment(ofWall wall: Int64) -> Int64 {
    // no zone is as far from UTC as a day
    var start = wall - 86_400
    while true {
      let offset = offset(at: start)
      guard let change = change(after: start, through: wall - offset) else { return wall - offset }
      if self.wall(at: change) >= wall { return change }
      start = change
    }
  }

  /// The moment in `start`+1…`end` from which the offset differs from that at `start`; nil if it is the same at `end`.
  private func change(after start: Int64, through end: Int64) -> Int64? {
    let offset = offset(at: start)
    guard self.offset(at: end) != offset else { return nil }
    var before = start
    var after = end
    while after - before > 1 {
      let middle = before + (after - before) / 2
      if self.offset(at: middle) == offset { before = middle } else { after = middle }
    }
    return after
  }

  private func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}
