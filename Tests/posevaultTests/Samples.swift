import PoseCore

@testable import posevault

/// Made by hand, so that every expected text can be checked by eye.
enum Sample {
  /// Landmark i lies at (i / 64, 0.5); all fractions are exact in binary, so their decimal form is certain.
  static func pose(score: Float = 0.75) -> Pose {
    let keypoints = (0..<Landmark.count).map {
      Keypoint(x: Float($0) / 64, y: 0.5, z: -0.25, visibility: 1, presence: 0.5)
    }
    let world = (0..<Landmark.count).map { _ in Keypoint(x: 0, y: -0.5, z: 0.125, visibility: 1, presence: 0.5) }
    return Pose(score: score, keypoints: keypoints, worldKeypoints: world)
  }

  static func outcome(_ file: FilePath, _ poses: [Pose]) -> PictureOutcome {
    let picture = PictureHeader(format: .jpeg, width: 640, height: 320)
    return PictureOutcome(file: file, .success(Extraction(picture, poses: poses)))
  }

  static let failed = PictureOutcome(
    file: "b.jpg", .failure(PoseVaultError(.unsupportedImage, "This is \"not\" a picture.")))

  /// All that `format` writes for `outcomes`.
  static func text(_ format: PoseFormat, _ outcomes: [PictureOutcome]) -> String {
    var writer = format.writer
    var bytes = writer.begin()
    for outcome in outcomes { bytes += writer.picture(outcome) }
    return String(decoding: bytes + writer.end(), as: UTF8.self)
  }
}
