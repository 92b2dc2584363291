import Foundation
import PoseCore
import Testing

@testable import Landmarker

struct ModelTests {
  private static let landmarkModel = Oracle.root.appending(path: ".runtime/models/pose_landmark_full.tflite")

  @Test("the segmentation output goes, the others stay")
  func removesSegmentation() throws {
    var model = try TFLiteModel([UInt8](Data(contentsOf: Self.landmarkModel)))
    try model.removeOutputs(ofShape: LandmarkModel.segmentationShape)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).tflite")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(model.bytes).write(to: file)

    let request = try InferenceRuntime().compile(modelAt: file.path, named: "landmarks").makeRequest()
    #expect(throws: PoseVaultError.self) { try request.output(LandmarkModel.segmentationShape) }
    for shape in [[1, 195], [1, 1], [1, 64, 64, 39], [1, 117]] {
      #expect(throws: Never.self) { try request.output(shape) }
    }
  }

  @Test("a damaged model file is an error, never a crash")
  func damagedModel() throws {
    let whole = try [UInt8](Data(contentsOf: Self.landmarkModel))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var bytes = whole
      for _ in 0..<8 {
        // the tables lie at both ends of the file, the weights between them
        let position = Int.random(in: 0..<4096, using: &generator)
        bytes[Bool.random(using: &generator) ? position : whole.count - 1 - position] = UInt8.random(
          in: 0...255, using: &generator)
      }
      do {
        var model = try TFLiteModel(bytes)
        try model.removeOutputs(ofShape: LandmarkModel.segmentationShape)
      } catch let error as PoseVaultError {
        #expect(error.code == .modelUnavailable)
      }
    }
    for length in [0, 3, 8, 100, 4000] {
      #expect(throws: PoseVaultError.self) {
        var model = try TFLiteModel(Array(whole.prefix(length)))
        try model.removeOutputs(ofShape: LandmarkModel.segmentationShape)
      }
    }
  }

  @Test("another model than a pose model is refused with what it lacks")
  func foreignModel() async throws {
    let detector = Oracle.root.appending(path: ".runtime/models/pose_detection.tflite").path
    let error = await #expect(throws: PoseVaultError.self) {
      _ = try await PoseLandmarker.load(ModelFiles(detector: detector, landmarks: detector))
    }
    #expect(error?.code == .modelUnavailable)
    #expect(error?.message.contains("not a MediaPipe Pose model") == true)
  }

  @Test(
    "models of a checkout are looked for by a program in its .build alone",
    arguments: [
      ("/opt/posevault", ["/opt/posevault/models"]), ("/srv/a/b/c", ["/srv/a/b/c/models"]), ("/", ["/models"]),
      (
        "/src/pose/.build/x86_64-unknown-linux-gnu/debug",
        ["/src/pose/.build/x86_64-unknown-linux-gnu/debug/models", "/src/pose/.runtime/models"]
      ),
    ])
  func places(folder: String, expected: [String]) {
    #expect(ModelFiles.places(beside: URL(filePath: folder, directoryHint: .isDirectory)) == expected)
  }

  @Test("a model that is not there is named")
  func missingModel() throws {
    let error = #expect(throws: PoseVaultError.self) { _ = try ModelFiles.locate(landmarks: "/nowhere/lite.tflite") }
    #expect(error?.message.contains("/nowhere/lite.tflite") == true)
  }
}
