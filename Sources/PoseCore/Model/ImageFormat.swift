/// A picture format that PoseVault reads.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  case jpeg, png, webp

  /// The media type, such as `image/jpeg`.
  public var contentType: String { "image/\(rawValue)" }

  /// The usual file name extension, such as `jpg`: at most 8 lower case letters and digits.
  public var fileExtension: String {
    switch self {
    case .jpeg: "jpg"
    case .png: "png"
    case .webp: "webp"
    }
  }
}
