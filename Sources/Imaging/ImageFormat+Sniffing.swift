public import PoseCore

extension ImageFormat {
  /// The format that the first bytes of `file` tell.
  ///
  /// Throws `unsupportedImage`, naming the format where it is a known one.
  public init(sniffing file: UnsafeRawBufferPointer) throws {
    func has(_ signature: [UInt8], at offset: Int = 0) -> Bool {
      file.count >= offset + signature.count
        && signature.indices.allSatisfy { file[offset + $0] == signature[$0] }
    }
    func has(_ signature: StaticString, at offset: Int = 0) -> Bool {
      has(signature.withUTF8Buffer { Array($0) }, at: offset)
    }

    if has([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if has("RIFF"), has("WEBP", at: 8) {
      self = .webp
    } else {
      let other: String? =
        if has("GIF8") {
          "GIF"
        } else if has("BM") {
          "BMP"
        } else if has("II*\0") || has("MM\0*") || has("II+\0") || has("MM\0+") {
          "TIFF or camera raw"
        } else if has("ftyp", at: 4), has("avif", at: 8) || has("avis", at: 8) {
          "AVIF"
        } else if has("ftyp", at: 4),
          ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].contains(where: { has(Array($0.utf8), at: 8) })
        {
          "HEIC"
        } else if has("ftyp", at: 4) {
          "video (MP4 or QuickTime)"
        } else if has([0xFF, 0x0A]) || has("JXL ", at: 4) {
          "JPEG XL"
        } else if has("jP  ", at: 4) || has([0xFF, 0x4F, 0xFF, 0x51]) {
          "JPEG 2000"
        } else if has("8BPS") {
          "Photoshop"
        } else if has([0, 0, 1, 0]) {
          "ICO"
        } else if has("%PDF") {
          "PDF"
        } else if has("<svg") || has("<?xml") {
          "SVG or XML"
        } else if has([0x76, 0x2F, 0x31, 0x01]) {
          "OpenEXR"
        } else {
          nil
        }
      throw PoseVaultError(
        .unsupportedImage,
        (other.map { "This is a \($0) file" } ?? "This is not a picture") + "; JPEG, PNG and WebP are read.")
    }
  }
}
