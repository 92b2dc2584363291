/// Keypoints as JSON, one form for the API, the storage and the command line.
public enum KeypointsJSON {
  /// Writes the 33 as `[{"x":…,"y":…,"z":…,"visibility":…,"name":"nose"}, …]`, with `presence` before the name
  /// where asked for.
  ///
  /// - Parameter corrections: each keypoint's `corrected`, where it is to be told.
  public static func write(
    _ keypoints: [Keypoint], presence: Bool = false, corrections: [Bool]? = nil, into json: inout JSONWriter
  ) {
    json.array { json in
      for (landmark, keypoint) in zip(Landmark.allCases, keypoints) {
        json.object { json in
          json.key("x")
          json.value(keypoint.x)
          json.key("y")
          json.value(keypoint.y)
          json.key("z")
          json.value(keypoint.z)
          json.key("visibility")
          json.value(keypoint.visibility)
          if presence {
            json.key("presence")
            json.value(keypoint.presence)
          }
          json.key("name")
          json.value(landmark.name)
          if let corrections {
            json.key("corrected")
            json.value(corrections[landmark.rawValue])
          }
        }
      }
    }
  }

  /// The 33 as they are stored and shown by the API.
  public static func bytes(of keypoints: [Keypoint]) -> [UInt8] {
    var json = JSONWriter(capacity: 3000)
    write(keypoints, into: &json)
    return json.bytes
  }
}

extension Keypoint {
  /// Equal in what is stored of it, which is all but presence.
  public func isSame(as other: Keypoint) -> Bool {
    (x, y, z, visibility) == (other.x, other.y, other.z, other.visibility)
  }
}
