public import PoseCore

extension ImageFormat {
  /// The format indicated by the first bytes of `file`.
  ///
  /// Throws `unsupportedImage`, naming the format if it is a known one.
  public init(sniffing file: UnsafeRawBufferPointer) throws {
    guard let format = ImageFormat(startingWith: file) else {
      if let packing = PackedFormat(of: file) { throw PoseVaultError.packed(packing) }
      throw PoseVaultError.unreadableFormat(Signature.others.first { $0.matches(file) }?.name)
    }
    self = format
  }
}

/// Bytes at a fixed position that identify an unsupported format.
private struct Signature {
  let name: String
  let offset: Int
  let bytes: [UInt8]

  init(_ name: String, _ text: String, at offset: Int = 0) {
    self.init(name, Array(text.utf8), at: offset)
  }

  init(_ name: String, _ bytes: [UInt8], at offset: Int = 0) {
    self.name = name
    self.offset = offset
    self.bytes = bytes
  }

  func matches(_ file: UnsafeRawBufferPointer) -> Bool {
    file.count >= offset + bytes.count && file[offset..<offset + bytes.count].elementsEqual(bytes)
  }

  /// Unsupported formats, to name them in errors; the first match counts.
  static let others = [
    Signature("GIF", "GIF8"), Signature("BMP", "BM"), Signature("TIFF", "II*\0"), Signature("TIFF", "MM\0*"),
    Signature("BigTIFF", "II+\0"), Signature("BigTIFF", "MM\0+"), Signature("Photoshop", "8BPS"),
    Signature("ICO", [0, 0, 1, 0]), Signature("PDF", "%PDF"), Signature("SVG", "<svg"), Signature("XML", "<?xml"),
    Signature("OpenEXR", [0x76, 0x2F, 0x31, 0x01]), Signature("JPEG XL", [0xFF, 0x0A]),
    Signature("JPEG XL", "JXL ", at: 4), Signature("JPEG 2000", "jP  ", at: 4),
    Signature("JPEG 2000", [0xFF, 0x4F, 0xFF, 0x51]),
    Signature("MP4 or QuickTime", "ftyp", at: 4),
  ]
}
