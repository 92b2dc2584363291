import PoseCore

extension PoseRecord {
  /// Whether both have the same content, although MySQL writes JSON in its own order and spacing.
  func holdsSame(as other: PoseRecord) -> Bool {
    if self == other { return true }
    var plain = self
    var otherPlain = other
    for keyPath in [\PoseRecord.worldKeypoints, \PoseRecord.detectedKeypoints] {
      guard Self.areEqual(self[keyPath: keyPath], other[keyPath: keyPath]) else { return false }
      plain[keyPath: keyPath] = nil
      otherPlain[keyPath: keyPath] = nil
    }
    guard Self.areEqual(keypoints, other.keypoints) else { return false }
    plain.keypoints = []
    otherPlain.keypoints = []
    return plain == otherPlain
  }

  private static func areEqual(_ json: [UInt8]?, _ other: [UInt8]?) -> Bool {
    switch (json, other) {
    case (nil, nil): true
    case (let json?, let other?): JSONEquality.areEqual(json, other)
    default: false
    }
  }
}
