/// The category used in COCO output: our 33 landmarks, and which of them are COCO's own 17.
enum COCOSkeleton {
  /// COCO's keypoints of a person, in its order; each is a landmark of ours with the same name.
  static let person17: [Landmark] = [
    .nose, .leftEye, .rightEye, .leftEar, .rightEar,
    .leftShoulder, .rightShoulder, .leftElbow, .rightElbow, .leftWrist, .rightWrist,
    .leftHip, .rightHip, .leftKnee, .rightKnee, .leftAnkle, .rightAnkle,
  ]

  /// COCO's bones, as it numbers its 17 keypoints from 1.
  private static let bones17 = [
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9),
    (8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
  ]

  static func writeCategory(into json: inout JSONWriter) {
    json.object { json in
      json.field("id", 1)
      json.field("name", "person")
      json.field("supercategory", "person")
      json.key("keypoints")
      write(Landmark.allCases, into: &json)
      json.key("skeleton")
      write(Landmark.connections.map { ($0.rawValue + 1, $1.rawValue + 1) }, into: &json)
      json.key("keypoints_17")
      write(person17, into: &json)
      json.key("skeleton_17")
      write(bones17, into: &json)
    }
  }

  private static func write(_ landmarks: [Landmark], into json: inout JSONWriter) {
    json.array { json in
      for landmark in landmarks { json.value(landmark.name) }
    }
  }

  private static func write(_ bones: [(Int, Int)], into json: inout JSONWriter) {
    json.array { json in
      for (from, to) in bones {
        json.array { json in
          json.value(from)
          json.value(to)
        }
      }
    }
  }
}
