import PoseCore

/// One object per picture and line.
struct JSONLinesWriter: PoseFormatWriter {
  static let tellsFailures = true

  func begin() -> [UInt8] { [] }
  func picture(_ outcome: PictureOutcome) -> [UInt8] { outcome.json + [UInt8(ascii: "\n")] }
  func end() -> [UInt8] { [] }
}

/// One array with the same objects.
struct JSONArrayWriter: PoseFormatWriter {
  static let tellsFailures = true
  private var isFirst = true

  func begin() -> [UInt8] { Array("[".utf8) }

  mutating func picture(_ outcome: PictureOutcome) -> [UInt8] {
    defer { isFirst = false }
    return Array((isFirst ? "\n" : ",\n").utf8) + outcome.json
  }

  func end() -> [UInt8] { Array("\n]\n".utf8) }
}

extension PictureOutcome {
  /// `{"file":…,"width":…,"height":…,"poses":[…]}` or `{"file":…,"error":{"code":…,"message":…}}`.
  var json: [UInt8] {
    var json = JSONWriter(capacity: 8192)
    json.object { json in
      json.key("file")
      json.value(file)
      switch result {
      case .success(let extraction): extraction.write(into: &json)
      case .failure(let error):
        json.key("error")
        json.object { json in
          json.key("code")
          json.value(error.code.rawValue)
          json.key("message")
          json.value(error.message)
        }
      }
    }
    return json.bytes
  }
}

extension Extraction {
  fileprivate func write(into json: inout JSONWriter) {
    json.key("width")
    json.value(width)
    json.key("height")
    json.value(height)
    json.key("poses")
    json.array { json in
      for pose in poses { pose.write(into: &json) }
    }
  }
}

extension Pose {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      json.key("score")
      json.value(score)
      json.key("box")
      box.write(into: &json)
      json.key("keypoints")
      KeypointsJSON.write(keypoints, presence: true, into: &json)
      json.key("worldKeypoints")
      KeypointsJSON.write(worldKeypoints, presence: true, into: &json)
    }
  }
}
