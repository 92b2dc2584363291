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

extension ImageFormat {
  /// Tells the format by a file's first 12 bytes; nil for any other format, or fewer bytes.
  public init?(startingWith bytes: some Sequence<UInt8>) {
    let start = Array(bytes.prefix(12))
    if start.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).elementsEqual("WEBP".utf8) {
      self = .webp
    } else {
      return nil
    }
  }
}
