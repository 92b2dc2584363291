import Imaging
import NIOCore
import PoseCore

/// Runs one picture through runtime and models.
enum ModelCheck {
  /// A grey picture without people.
  static func run(_ extractor: any PoseExtractor) async throws {
    let side = 64
    let grey = RGBImage(width: side, height: side, pixels: [UInt8](repeating: 128, count: 3 * side * side))
    let extraction = try await extractor.extract(ByteBuffer(bytes: grey.png()), maxPoses: 1)
    guard extraction.poses.isEmpty else {
      throw PoseVaultError(
        .modelUnavailable, "The models find a person in an empty picture: they are the wrong models.")
    }
  }
}
