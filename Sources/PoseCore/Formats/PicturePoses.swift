/// A picture and the people in it, as written to files: just extracted, or read from a storage.
public struct PicturePoses: Sendable {
  public struct Person: Sendable {
    /// nil if nothing was stored.
    public var stored: Stored?
    public var score: Float?
    /// The 33, in ``Landmark``'s order.
    public var keypoints: [Keypoint]
    /// Presence is not stored.
    public var hasPresence: Bool
    /// The 33 in metres as a JSON array.
    public var worldKeypoints: [UInt8]?

    public init(
      stored: Stored? = nil, score: Float?, keypoints: [Keypoint], hasPresence: Bool, worldKeypoints: [UInt8]?
    ) {
      self.stored = stored
      self.score = score
      self.keypoints = keypoints
      self.hasPresence = hasPresence
      self.worldKeypoints = worldKeypoints
    }
  }

  /// What else a storage knows about a person.
  public struct Stored: Sendable {
    public var id: Int
    /// The model's original detection; nil if nothing was corrected.
    public var detected: [Keypoint]?
    public var isCorrected: Bool

    public init(id: Int, detected: [Keypoint]?, isCorrected: Bool) {
      self.id = id
      self.detected = detected
      self.isCorrected = isCorrected
    }
  }

  public var name: PictureName
  /// nil if nothing was stored.
  public var imageID: String?
  /// Pixels of the upright picture; nil if an older program stored it.
  public var width: Int?
  public var height: Int?
  /// Best first.
  public var people: [Person]

  public init(file: String, imageID: String?, width: Int?, height: Int?, people: [Person]) {
    name = PictureName(file)
    self.imageID = imageID
    self.width = width
    self.height = height
    self.people = people
  }

  public init(_ name: PictureName, _ extraction: Extraction) {
    self.init(
      file: name.text, imageID: nil, width: extraction.header.width, height: extraction.header.height,
      people: extraction.poses.map { pose in
        var world = JSONWriter(capacity: 4096)
        KeypointsJSON.write(pose.worldKeypoints, presence: true, into: &world)
        return Person(score: pose.score, keypoints: pose.keypoints, hasPresence: true, worldKeypoints: world.bytes)
      })
    self.name = name
  }

  /// The picture's path or name as text.
  public var file: String { name.text }
}

extension PicturePoses.Person {
  var box: BoundingBox { BoundingBox(around: keypoints) }

  /// Which of the 33 differ from the detection; nil if nothing was stored.
  var corrections: [Bool]? {
    guard let stored else { return nil }
    return zip(keypoints, stored.detected ?? keypoints).map { !$0.isSame(as: $1) }
  }
}
