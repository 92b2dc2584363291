/// A picture format that PoseVault can read.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
  case jpeg, png, webp
  /// Read if there is a ``PictureDecoder`` for them.
  case heic, avif

  /// Whether it can be read everywhere.
  public var isBuiltIn: Bool {
    switch self {
    case .jpeg, .png, .webp: true
    case .heic, .avif: false
    }
  }

  /// Those that can be read everywhere, and those of `decoder`.
  public static func readable(with decoder: (any PictureDecoder)?) -> [ImageFormat] {
    allCases.filter { $0.isBuiltIn || decoder?.formats.contains($0) == true }
  }

  /// The media type, such as `image/jpeg`.
  public var contentType: String { "image/\(rawValue)" }

  /// For people, such as `WebP`.
  public var name: String { self == .webp ? "WebP" : rawValue.uppercased() }

  /// The usual file name extension, such as `jpg`: at most 8 lower case letters and digits.
  public var fileExtension: String {
    switch self {
    case .jpeg: "jpg"
    case .png, .webp, .heic, .avif: rawValue
    }
  }
}

extension ImageFormat {
  /// How many of a file's first bytes show its format, whatever it is.
  public static let startLength = 256

  /// Detects the format from a file's first ``startLength`` bytes, 12 of which are enough for most; nil for any other
  /// format.
  public init?(startingWith bytes: some Sequence<UInt8>) {
    let start = Array(bytes.prefix(Self.startLength))
    if start.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if start.starts(with: Array("RIFF".utf8)), start.dropFirst(8).prefix(4).elementsEqual("WEBP".utf8) {
      self = .webp
    } else if let format = Self.format(ofBrands: Brands(start)) {
      self = format
    } else {
      return nil
    }
  }

  /// Source: ISO 23008-12, 10; AV1 Image File Format, 6. Files with only `mif1` may contain anything; whether they can
  /// be read is up to the decoder.
  private static func format(ofBrands brands: Brands) -> ImageFormat? {
    if brands.contains(where: ["avif", "avis"].contains) { return .avif }
    let still: Set = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1"]
    return brands.contains(where: still.contains) ? .heic : nil
  }
}

/// The brands listed in the first box of a file of the ISO base media family: the major one, and the compatible ones.
private struct Brands: Sequence, IteratorProtocol {
  private var rest: ArraySlice<UInt8> = []

  init(_ start: [UInt8]) {
    guard start.count >= 12, start[4..<8].elementsEqual("ftyp".utf8) else { return }
    let length = start[0..<4].reduce(0) { $0 << 8 | Int($1) }
    rest = start[8..<Swift.max(8, Swift.min(length, start.count))]
    // a version stands behind the major brand
    if rest.count >= 8 { rest = rest.prefix(4) + rest.dropFirst(8) }
  }

  mutating func next() -> String? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return String(decoding: rest.prefix(4), as: UTF8.self)
  }
}
