import PoseCore
import Testing

@Suite("Landmarks are MediaPipe's")
struct LandmarkTests {
  /// Places in MediaPipe's documentation of the pose landmark model.
  @Test(
    "names stand at their places",
    arguments: [
      (0, "nose"), (1, "left_eye_inner"), (6, "right_eye_outer"), (7, "left_ear"), (9, "mouth_left"),
      (11, "left_shoulder"), (12, "right_shoulder"), (15, "left_wrist"), (18, "right_pinky"), (19, "left_index"),
      (22, "right_thumb"), (23, "left_hip"), (26, "right_knee"), (29, "left_heel"), (32, "right_foot_index"),
    ])
  func places(index: Int, name: String) {
    #expect(Landmark(rawValue: index)?.name == name)
    #expect(Landmark(name: name)?.rawValue == index)
  }

  @Test("there are 33, each with a name of its own; other names are none")
  func names() {
    #expect(Landmark.count == 33 && Landmark.allCases.count == 33)
    #expect(Set(Landmark.allCases.map(\.name)).count == 33)
    #expect(Landmark.allCases.allSatisfy { Landmark(name: $0.name) == $0 })
    for name in ["", "Nose", "NOSE", "left eye", "left_foot"] { #expect(Landmark(name: name) == nil) }
  }

  @Test("the skeleton has 35 different bones and is the same on both sides")
  func connections() {
    func mirrored(_ name: String) -> String {
      if name.contains("left") { return name.replacing("left", with: "right") }
      return name.replacing("right", with: "left")
    }
    let bones = Set(Landmark.connections.map { Set([$0.0.name, $0.1.name]) })
    #expect(bones.count == 35)
    #expect(Set(bones.map { Set($0.map(mirrored)) }) == bones)
  }

  @Test("a pose's box reaches around all its landmarks")
  func box() {
    var keypoints = Array(
      repeating: Keypoint(x: 0.5, y: 0.5, z: 0, visibility: 1, presence: 1), count: Landmark.count)
    keypoints[3].x = -0.25
    keypoints[32].y = 1.5
    let box = Pose(score: 1, keypoints: keypoints, worldKeypoints: []).box
    #expect(box == BoundingBox(x: -0.25, y: 0.5, width: 0.75, height: 1))
  }
}
