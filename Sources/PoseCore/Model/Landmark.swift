/// MediaPipe Pose's 33 landmarks, in the model's order; the raw value is the index in its output.
///
/// Names as in MediaPipe's `PoseLandmark`, in lower case.
public enum Landmark: Int, Sendable, Hashable, CaseIterable {
  case nose
  case leftEyeInner, leftEye, leftEyeOuter
  case rightEyeInner, rightEye, rightEyeOuter
  case leftEar, rightEar
  case mouthLeft, mouthRight
  case leftShoulder, rightShoulder
  case leftElbow, rightElbow
  case leftWrist, rightWrist
  case leftPinky, rightPinky
  case leftIndex, rightIndex
  case leftThumb, rightThumb
  case leftHip, rightHip
  case leftKnee, rightKnee
  case leftAnkle, rightAnkle
  case leftHeel, rightHeel
  case leftFootIndex, rightFootIndex

  /// The number of landmarks: 33.
  public static let count = names.count

  /// The name in JSON, CSV and COCO, such as `left_eye_inner`.
  public var name: String { Self.names[rawValue] }

  /// The landmark with that name in JSON; nil for any other text.
  public init?(name: String) {
    guard let landmark = Self.byName[name] else { return nil }
    self = landmark
  }

  private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

  private static let names = [
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear",
    "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
    "left_pinky", "right_pinky",
    "left_index", "right_index",
    "left_thumb", "right_thumb",
    "left_hip", "right_hip",
    "left_knee", "right_knee",
    "left_ankle", "right_ankle",
    "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
  ]

  /// The 35 bones of the skeleton, as MediaPipe's `POSE_CONNECTIONS`.
  public static let connections: [(Landmark, Landmark)] = [
    (.nose, .leftEyeInner), (.leftEyeInner, .leftEye), (.leftEye, .leftEyeOuter), (.leftEyeOuter, .leftEar),
    (.nose, .rightEyeInner), (.rightEyeInner, .rightEye), (.rightEye, .rightEyeOuter), (.rightEyeOuter, .rightEar),
    (.mouthLeft, .mouthRight),
    (.leftShoulder, .rightShoulder), (.leftHip, .rightHip),
    (.leftShoulder, .leftElbow), (.leftElbow, .leftWrist),
    (.leftWrist, .leftPinky), (.leftWrist, .leftIndex), (.leftWrist, .leftThumb), (.leftPinky, .leftIndex),
    (.rightShoulder, .rightElbow), (.rightElbow, .rightWrist),
    (.rightWrist, .rightPinky), (.rightWrist, .rightIndex), (.rightWrist, .rightThumb), (.rightPinky, .rightIndex),
    (.leftShoulder, .leftHip), (.rightShoulder, .rightHip),
    (.leftHip, .leftKnee), (.leftKnee, .leftAnkle),
    (.leftAnkle, .leftHeel), (.leftAnkle, .leftFootIndex), (.leftHeel, .leftFootIndex),
    (.rightHip, .rightKnee), (.rightKnee, .rightAnkle),
    (.rightAnkle, .rightHeel), (.rightAnkle, .rightFootIndex), (.rightHeel, .rightFootIndex),
  ]
}
