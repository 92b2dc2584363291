/// What is known about a detection besides its landmarks. All are nil in rows of an older program.
public struct PoseDetails: Sendable, Hashable {
  /// 0.5…1, the detector's confidence.
  public var score: Float?
  /// Pixels of the upright picture.
  public var pictureWidth: Int?
  public var pictureHeight: Int?
  /// The uploader's name for it, or the relative path for an import; at most ``maxFileNameLength`` characters.
  public private(set) var fileName: String?

  /// In Unicode scalars; the most that fit into a MySQL index.
  public static let maxFileNameLength = 768

  /// - Parameter fileName: of a longer one the end is kept, which says more than the folders at its beginning.
  public init(
    score: Float? = nil, pictureWidth: Int? = nil, pictureHeight: Int? = nil, fileName: String? = nil
  ) {
    self.score = score
    self.pictureWidth = pictureWidth.flatMap(ImageMetadata.side)
    self.pictureHeight = pictureHeight.flatMap(ImageMetadata.side)
    self.fileName = fileName.map { String(String.UnicodeScalarView($0.unicodeScalars.suffix(Self.maxFileNameLength))) }
  }
}

/// A pose to be stored.
public struct NewPose: Sendable, Hashable {
  public var imageID: ImageID
  /// The 33 keypoints as a JSON array, written by ``KeypointsJSON``.
  public var keypoints: [UInt8]
  /// The 33 in metres, in the same form.
  public var worldKeypoints: [UInt8]?
  public var details: PoseDetails
  /// In whole seconds since 1970.
  public var createdAt: Int64

  public init(
    imageID: ImageID, keypoints: [UInt8], worldKeypoints: [UInt8]? = nil, details: PoseDetails = PoseDetails(),
    createdAt: Int64
  ) {
    self.imageID = imageID
    self.keypoints = keypoints
    self.worldKeypoints = worldKeypoints
    self.details = details
    self.createdAt = createdAt
  }
}

/// Parts of a stored pose that are only read on request.
public struct PoseParts: OptionSet, Sendable, Hashable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// ``PoseRecord/details``
  public static let details = PoseParts(rawValue: 1)
  /// ``PoseRecord/worldKeypoints``
  public static let world = PoseParts(rawValue: 2)
  /// ``PoseRecord/detectedKeypoints``
  public static let detection = PoseParts(rawValue: 4)

  public static let all: PoseParts = [.details, .world, .detection]
}

/// A stored pose.
public struct PoseRecord: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  /// An ``ImageID``'s text in our own rows; adopted rows may contain capitals or any other text.
  public var imageID: String
  /// A JSON array, passed on as stored.
  public var keypoints: [UInt8]
  /// In whole seconds since 1970; nil in adopted rows without times.
  public var createdAt: Int64?
  public var updatedAt: Int64?
  /// When it was last corrected; nil if the keypoints are the original detection's.
  public var correctedAt: Int64?

  /// Empty unless ``PoseParts/details`` were requested.
  public var details: PoseDetails
  /// The detection's, which a correction does not change; nil in older rows and unless requested.
  public var worldKeypoints: [UInt8]?
  /// The keypoints before the first correction; nil without a correction and unless requested.
  public var detectedKeypoints: [UInt8]?

  public init(
    id: Int, imageID: String, keypoints: [UInt8], createdAt: Int64?, updatedAt: Int64?, correctedAt: Int64? = nil,
    details: PoseDetails = PoseDetails(), worldKeypoints: [UInt8]? = nil, detectedKeypoints: [UInt8]? = nil
  ) {
    self.id = id
    self.imageID = imageID
    self.keypoints = keypoints
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.correctedAt = correctedAt
    self.details = details
    self.worldKeypoints = worldKeypoints
    self.detectedKeypoints = detectedKeypoints
  }

  /// `pose` as stored under `id`.
  public init(id: Int, _ pose: NewPose) {
    self.init(
      id: id, imageID: pose.imageID.description, keypoints: pose.keypoints, createdAt: pose.createdAt,
      updatedAt: pose.createdAt, details: pose.details, worldKeypoints: pose.worldKeypoints)
  }
}
