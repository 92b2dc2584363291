import Foundation
import PoseCore

/// The two model files of MediaPipe Pose.
public struct ModelFiles: Sendable, Hashable {
  public var detector: String
  /// The lite, full or heavy landmark model.
  public var landmarks: String

  public init(detector: String, landmarks: String) {
    self.detector = detector
    self.landmarks = landmarks
  }

  /// Finds the models in the folder `models` next to the executable, or in `.runtime/models` of the checkout whose
  /// `.build` contains it; `landmarks` names a different landmark model.
  ///
  /// Throws `modelUnavailable`, naming the places where it looked.
  public static func locate(landmarks: String? = nil) throws -> ModelFiles {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = URL(filePath: program).deletingLastPathComponent()
    let places = places(beside: folder)
    func find(_ name: String) throws -> String {
      for place in places where FileManager.default.isReadableFile(atPath: "\(place)/\(name)") {
        return "\(place)/\(name)"
      }
      throw PoseVaultError(
        .modelUnavailable,
        "The model \(name) was not found in \(places.joined(separator: " or ")). `make setup` fetches it.")
    }
    let detector = try find("pose_detection.tflite")
    guard let landmarks else {
      return ModelFiles(detector: detector, landmarks: try find("pose_landmark_full.tflite"))
    }
    guard FileManager.default.isReadableFile(atPath: landmarks) else {
      throw PoseVaultError(.modelUnavailable, "The model \(landmarks) (POSE_MODEL) can't be read.")
    }
    return ModelFiles(detector: detector, landmarks: landmarks)
  }

  /// Where the models may be for a program in that folder: an installed one must not load what is three folders up.
  static func places(beside folder: URL) -> [String] {
    var places = [folder.appending(path: "models")]
    let build = folder.deletingLastPathComponent().deletingLastPathComponent()
    // SwiftPM may be given another folder to build in, such as .build-release
    if build.lastPathComponent.hasPrefix(".build") {
      places.append(build.deletingLastPathComponent().appending(path: ".runtime/models"))
    }
    return places.map(\.path)
  }
}
