/// A person in COCO's terms: in pixels of the upright picture.
struct COCOPerson {
  private let person: PicturePoses.Person
  private let points: [(x: Float, y: Float, v: Int)]
  /// Clipped to the picture.
  private let box: (x: Float, y: Float, width: Float, height: Float)

  init(_ person: PicturePoses.Person, width: Int, height: Int) {
    let width = Float(width)
    let height = Float(height)
    self.person = person
    points = person.keypoints.map { keypoint in
      guard (0...1).contains(keypoint.x), (0...1).contains(keypoint.y) else { return (0, 0, 0) }
      return (keypoint.x * width, keypoint.y * height, keypoint.visibility < 0.5 ? 1 : 2)
    }
    func clipped(_ value: Float) -> Float { min(max(value, 0), 1) }
    let left = clipped(person.box.x)
    let top = clipped(person.box.y)
    let right = clipped(person.box.x + person.box.width)
    let bottom = clipped(person.box.y + person.box.height)
    box = (left * width, top * height, (right - left) * width, (bottom - top) * height)
  }

  func write(id: Int, imageID: Int, into json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("image_id", imageID)
      json.field("category_id", 1)
      json.key("keypoints")
      write(Landmark.allCases, into: &json)
      json.field("num_keypoints", count(Landmark.allCases))
      json.key("keypoints_17")
      write(COCOSkeleton.person17, into: &json)
      json.field("num_keypoints_17", count(COCOSkeleton.person17))
      json.array("bbox") { json in
        for value in [box.x, box.y, box.width, box.height] { json.value(value.hundredths) }
      }
      json.field("area", (box.width * box.height).hundredths)
      json.field("iscrowd", 0)
      if let score = person.score {
        json.field("score", score)
      }
      guard let corrections = person.corrections else { return }
      json.array("corrected") { json in
        for isCorrected in corrections { json.value(isCorrected ? 1 : 0) }
      }
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
  /// Rounded to a hundredth of a pixel, as in COCO's own files.
  fileprivate var hundredths: Float { Float((Double(self) * 100).rounded() / 100) }
}
