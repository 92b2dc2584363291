import PoseCore

extension PoseRecord {
  /// `"keypoints":[…]` and the included parts, as fields of the object being written.
  func writeKeypoints(_ inclusion: PoseInclusion, into json: inout JSONWriter) {
    let read = inclusion.details || inclusion.corrected ? KeypointsJSON.read(keypoints) : nil
    json.key("keypoints")
    // an adopted row that doesn't hold the 33 is passed on as it is
    if inclusion.corrected, let read {
      let detected = correctedAt == nil ? read : detectedKeypoints.flatMap(KeypointsJSON.read) ?? read
      KeypointsJSON.write(read, corrections: zip(read, detected).map { !$0.isSame(as: $1) }, into: &json)
    } else {
      json.splice(stored: keypoints)
    }
    if inclusion.details { writeDetails(box: read.map(BoundingBox.init(around:)), into: &json) }
    if inclusion.world {
      json.key("worldKeypoints")
      json.splice(orNull: worldKeypoints)
      json.field("worldKeypointsStale", correctedAt != nil)
    }
    if inclusion.corrected {
      json.field("corrected", correctedAt != nil)
      json.field("correctedAt", time: correctedAt)
    }
    if inclusion.detection {
      json.key("detectedKeypoints")
      json.splice(orNull: detectedKeypoints)
    }
  }

  private func writeDetails(box: BoundingBox?, into json: inout JSONWriter) {
    json.key("score")
    if let score = details.score { json.value(score) } else { json.null() }
    json.key("box")
    if let box { box.write(into: &json) } else { json.null() }
    json.object("image") { json in
      json.key("width")
      if let width = details.pictureWidth { json.value(width) } else { json.null() }
      json.key("height")
      if let height = details.pictureHeight { json.value(height) } else { json.null() }
      json.key("fileName")
      if let name = details.fileName { json.value(name) } else { json.null() }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func splice(orNull json: [UInt8]?) {
    if let json { splice(stored: json) } else { null() }
  }
}
