import NIOCore
import PoseCore

/// Finds whatever the test wants found.
struct FakeExtractor: PoseExtractor {
  let body: @Sendable (ByteBuffer, Int) async throws -> Extraction

  /// As many people as the first 1000 bytes hold letters `P`, in a PNG of 4 by 3 pixels.
  init() {
    body = { image, maxPoses in
      let people = image.readableBytesView.prefix(1000).count { $0 == UInt8(ascii: "P") }
      return Extraction(
        PictureHeader(format: .png, width: 4, height: 3), poses: (0..<min(people, maxPoses)).map(Self.pose))
    }
  }

  init(_ body: @escaping @Sendable (ByteBuffer, Int) async throws -> Extraction) { self.body = body }

  func extract(
    _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction {
    try await body(image, maxPoses)
  }

  /// Keypoint i of person p lies at x = i/64, y = p/8.
  static func pose(_ person: Int) -> Pose {
    let keypoints = (0..<33).map {
      Keypoint(x: Float($0) / 64, y: Float(person) / 8, z: -0.25, visibility: 0.5, presence: 1)
    }
    let world = keypoints.map { Keypoint(x: $0.x, y: $0.y, z: 0.125, visibility: 0.5, presence: 1) }
    return Pose(score: 0.9, keypoints: keypoints, worldKeypoints: world)
  }
}
