import NIOCore
import PoseCore

/// Pictures and poses that differ from one another, the same in each run.
enum Sample {
  /// Begins as a JPEG does; a store and a backup must not care for the rest.
  static func picture(_ number: Int) -> [UInt8] {
    var state = UInt32(truncatingIfNeeded: number &* 7919 &+ 1)
    return [0xFF, 0xD8, 0xFF, 0xE0]
      + (0..<(1000 + 40_000 * (number % 10))).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
  }

  static func keypoints(_ number: Int) -> [UInt8] {
    KeypointsJSON.bytes(
      of: Landmark.allCases.map { landmark in
        let value = Float(landmark.rawValue * 31 + number * 17) / 997
        return Keypoint(x: value, y: -value / 3, z: value * 1e-7, visibility: 0.5, presence: 1)
      })
  }

  /// Rows as other programs may have left them: every byte that SQL escapes, no times, long text, odd ids.
  static let adopted = [
    PoseRecord(id: 1001, imageID: "not an id", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: nil),
    PoseRecord(
      id: 1002, imageID: "o'hara \\ \"x\" \u{0} \n \r \u{1A} \t % _ -- /* ; ü 🧘",
      keypoints: Array(#"[{"x":0.12345678901234567,"name":"a\\b\"c'd\nü🧘"}]"#.utf8), createdAt: 1, updatedAt: nil),
    PoseRecord(
      id: 1500, imageID: "", keypoints: Array("[\(String(repeating: "0.123456789,", count: 120_000))1]".utf8),
      createdAt: nil, updatedAt: 2_147_483_647),
  ]
}
