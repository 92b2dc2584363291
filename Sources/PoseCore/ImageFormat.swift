/// A picture format that PoseVault reads.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  case jpeg, png, webp

  /// The media type, such as `image/jpeg`.
  public var contentType: String { "image/\(rawValue)" }

  /// The usual file name extension, such as `jpg`.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}
