/// What is stored besides a picture's bytes. All are nil for pictures that another program stored without them.
public struct ImageMetadata: Sendable, Hashable {
  /// Such as `image/jpeg`.
  public var contentType: String?
  /// SHA-256 of the bytes, 64 hexadecimal digits in lower case.
  public var sha256: String?
  /// Pixels of the upright picture.
  public var width: Int?
  public var height: Int?
  /// The uploader's name for it.
  public var fileName: String?
  /// The dataset id of the pose database that the picture was stored for.
  public var datasetID: String?

  public init(
    contentType: String? = nil, sha256: String? = nil, width: Int? = nil, height: Int? = nil,
    fileName: String? = nil, datasetID: String? = nil
  ) {
    self.contentType = contentType
    self.sha256 = sha256
    self.width = width.flatMap(Self.side)
    self.height = height.flatMap(Self.side)
    self.fileName = fileName
    self.datasetID = datasetID
  }

  /// nil for anything that can't be a picture's width or height in pixels, which another program may have written.
  public static func side(_ pixels: Int) -> Int? { (1...Int(Int32.max)).contains(pixels) ? pixels : nil }
}

/// A picture in the store.
public struct StoredImage: Sendable, Hashable {
  public var id: ImageID
  /// In bytes.
  public var length: Int
  /// In whole seconds since 1970.
  public var uploadedAt: Int64
  public var metadata: ImageMetadata

  public init(id: ImageID, length: Int, uploadedAt: Int64, metadata: ImageMetadata) {
    self.id = id
    self.length = length
    self.uploadedAt = uploadedAt
    self.metadata = metadata
  }
}
