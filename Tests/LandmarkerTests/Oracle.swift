import Foundation
import NIOCore
import PoseCore

/// What MediaPipe 1.2.2's `PoseLandmarker` finds in the case pictures; see Tests/Fixtures/README.md.
struct Oracle: Decodable {
  struct Case: Decodable {
    var file: String
    var width: Float
    var height: Float
    var numPoses: Int
    var poses: [Person]
  }

  struct Person: Decodable {
    /// x, y, z, visibility, presence for each landmark.
    var landmarks: [[Float]]
    var world: [[Float]]
  }

  var cases: [Case]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  static func load() throws -> Oracle {
    try JSONDecoder().decode(
      Oracle.self, from: Data(contentsOf: root.appending(path: "Tests/Fixtures/oracle.json")))
  }

  static func picture(_ path: String) throws -> ByteBuffer {
    ByteBuffer(bytes: try Data(contentsOf: root.appending(path: ".runtime/test-pictures/\(path)")))
  }
}

extension Oracle.Case {
  /// How far each landmark of `pose` lies from the oracle's, relative to the person's size: the longer side, in
  /// pixels, of the box around the oracle's landmarks.
  func distances(of pose: Pose, to person: Oracle.Person) -> [Float] {
    let expected = person.landmarks.map { SIMD2($0[0] * width, $0[1] * height) }
    let xs = expected.map(\.x)
    let ys = expected.map(\.y)
    let size = max((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    return zip(pose.keypoints, expected).map { keypoint, expected in
      let error = SIMD2(keypoint.x * width, keypoint.y * height) - expected
      return (error * error).sum().squareRoot() / size
    }
  }
}

extension [Float] {
  /// The value below which the share `portion` of them lies.
  func quantile(_ portion: Double) -> Float {
    guard !isEmpty else { return .nan }
    return sorted()[Swift.min(count - 1, Int(portion * Double(count)))]
  }
}
