import Foundation
import PoseCore

/// A moment in a time zone, in the wording of the backup's mail.
struct LocalTime {
  /// Such as `2025-12-10`.
  let day: String
  /// Such as `December 10, 2025`.
  let longDay: String
  /// Such as `11:59 PM`.
  let clock: String

  /// - Parameter zone: UTC if this machine does not know it.
  init(_ seconds: Int64, zone: String) {
    let zone = TimeZone(identifier: zone) ?? .gmt
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
    let date = CivilDate(seconds + Int64(offset))
    day = "\(date.year)-\(Self.padded(date.month))-\(Self.padded(date.day))"
    longDay = "\(Self.months[date.month - 1]) \(date.day), \(date.year)"
    let hour = date.second / 3600
    let minute = date.second / 60 % 60
    clock = "\((hour + 11) % 12 + 1):\(Self.padded(minute)) \(hour < 12 ? "AM" : "PM")"
  }

  private static func padded(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}

/// A number of bytes, for display.
enum ByteSize {
  /// Such as `15.3 MB`, in steps of 1024, with one digit after the point, rounded.
  static func text(_ bytes: Int64) -> String {
    var tenths = Double(bytes) * 10 / 1024
    var unit = "KB"
    for larger in ["MB", "GB", "TB"] where tenths.rounded() >= 10_240 {
      tenths /= 1024
      unit = larger
    }
    let rounded = Int64(tenths.rounded())
    return "\(rounded / 10).\(rounded % 10) \(unit)"
  }
}
