import PoseCore

/// One COCO keypoints data set: `annotations` as they come, `images` at the end, so that only the small part is held.
///
/// One annotation per person, of category 1, with all 33 landmarks in `keypoints`: `[x, y, v]` in pixels, v being 0
/// outside the picture (x and y are 0 then), 1 where visibility is below 0.5, else 2. `keypoints_17` has those of
/// them that COCO's own person category has, in its order, and the category tells both skeletons. So pycocotools loads
/// the file as it is, and `COCOeval` compares two such files once `params.kpt_oks_sigmas` has 33 values. To compare
/// with COCO's own annotations, copy `keypoints_17` to `keypoints` first.
struct COCOWriter: PoseFormatWriter {
  static let tellsFailures = false
  private var images = JSONWriter()
  private var imageCount = 0
  private var annotationCount = 0

  func begin() -> [UInt8] {
    var info = JSONWriter()
    info.object { json in
      json.key("description")
      json.value("Poses found by PoseVault")
      json.key("version")
      json.value(programVersion)
    }
    var categories = JSONWriter()
    categories.array { COCOSkeleton.writeCategory(into: &$0) }
    return Array("{\"info\":".utf8) + info.bytes + Array(",\n\"licenses\":[],\n\"categories\":".utf8)
      + categories.bytes + Array(",\n\"annotations\":[".utf8)
  }

  mutating func picture(_ outcome: PictureOutcome) -> [UInt8] {
    guard case .success(let extraction) = outcome.result else { return [] }
    imageCount += 1
    images.object { json in
      json.key("id")
      json.value(imageCount)
      json.key("file_name")
      json.value(outcome.file)
      json.key("width")
      json.value(extraction.width)
      json.key("height")
      json.value(extraction.height)
    }
    return extraction.poses.flatMap { pose in
      annotationCount += 1
      let person = COCOPerson(pose, width: extraction.width, height: extraction.height)
      var json = JSONWriter(capacity: 2048)
      person.write(id: annotationCount, imageID: imageCount, into: &json)
      return Array((annotationCount == 1 ? "\n" : ",\n").utf8) + json.bytes
    }
  }

  func end() -> [UInt8] {
    Array("\n],\n\"images\":[".utf8) + images.bytes + Array("]}\n".utf8)
  }
}

/// A person in COCO's terms: pixels of the upright picture.
private struct COCOPerson {
  private let pose: Pose
  private let points: [(x: Float, y: Float, v: Int)]
  /// Clipped to the picture.
  private let box: (x: Float, y: Float, width: Float, height: Float)

  init(_ pose: Pose, width: Int, height: Int) {
    let (width, height) = (Float(width), Float(height))
    self.pose = pose
    points = pose.keypoints.map { keypoint in
      guard (0...1).contains(keypoint.x), (0...1).contains(keypoint.y) else { return (0, 0, 0) }
      return (keypoint.x * width, keypoint.y * height, keypoint.visibility < 0.5 ? 1 : 2)
    }
    func clipped(_ value: Float) -> Float { min(max(value, 0), 1) }
    let (left, top) = (clipped(pose.box.x), clipped(pose.box.y))
    let (right, bottom) = (clipped(pose.box.x + pose.box.width), clipped(pose.box.y + pose.box.height))
    box = (left * width, top * height, (right - left) * width, (bottom - top) * height)
  }

  func write(id: Int, imageID: Int, into json: inout JSONWriter) {
    json.object { json in
      json.key("id")
      json.value(id)
      json.key("image_id")
      json.value(imageID)
      json.key("category_id")
      json.value(1)
      json.key("keypoints")
      write(Landmark.allCases, into: &json)
      json.key("num_keypoints")
      json.value(count(Landmark.allCases))
      json.key("keypoints_17")
      write(COCOSkeleton.person17, into: &json)
      json.key("num_keypoints_17")
      json.value(count(COCOSkeleton.person17))
      json.key("bbox")
      json.array { json in
        for value in [box.x, box.y, box.width, box.height] { json.value(value.hundredths) }
      }
      json.key("area")
      json.value((box.width * box.height).hundredths)
      json.key("iscrowd")
      json.value(0)
      json.key("score")
      json.value(pose.score)
    }
  }

  private func write(_ landmarks: [Landmark], into json: inout JSONWriter) {
    json.array { json in
      for landmark in landmarks {
        let point = points[landmark.rawValue]
        json.value(point.x.hundredths)
        json.value(point.y.hundredths)
        json.value(point.v)
      }
    }
  }

  private func count(_ landmarks: [Landmark]) -> Int {
    landmarks.count { points[$0.rawValue].v > 0 }
  }
}

extension Float {
  /// Rounded to a hundredth of a pixel, as COCO's own files are.
  fileprivate var hundredths: Float { Float((Double(self) * 100).rounded() / 100) }
}
