/// Messages for refused pictures, the same wherever a picture is refused.
extension PoseVaultError {
  /// Whether the picture itself is the reason: the same one is refused every time.
  public var isOfPicture: Bool { [.unsupportedImage, .corruptImage, .imageTooLarge].contains(code) }

  /// - Parameter format: the name of the file's format, if known.
  public static func unreadableFormat(_ format: String?) -> PoseVaultError {
    let what = format.map { "\($0) isn't supported." } ?? "This file isn't a picture."
    return PoseVaultError(.unsupportedImage, what + " Use JPEG, PNG or WebP.")
  }

  public static func packed(_ packing: PackedFormat) -> PoseVaultError {
    PoseVaultError(
      .unsupportedImage, "This file is packed with \(packing), which is not undone here. Unpack it before.")
  }

  /// A format for which this installation has no ``PictureDecoder``.
  public static func needsDecoder(_ format: ImageFormat) -> PoseVaultError {
    PoseVaultError(
      .unsupportedImage,
      "\(format.name) isn't supported here. `make decode`, or the package posevault-decode, adds it. "
        + "Use JPEG, PNG or WebP.")
  }

  /// - Parameter bytes: the file's size, if known.
  public static func pictureTooLarge(_ bytes: Int? = nil, maxBytes: Int, setting: String? = nil) -> PoseVaultError {
    let what = bytes.map { "The picture has \(megabytes($0))" } ?? "The picture is too large"
    let key = setting.map { " (\($0))" } ?? ""
    return PoseVaultError(
      .imageTooLarge, "\(what); the limit is \(megabytes(maxBytes))\(key).", details: ["maxBytes": String(maxBytes)])
  }

  public static func tooManyPixels(width: Int, height: Int, limit: Int) -> PoseVaultError {
    PoseVaultError(
      .imageTooLarge,
      "The picture has \(width) × \(height) pixels; the limit is \(limit / 1_000_000) megapixels.",
      details: ["maxPixels": String(limit)])
  }

  /// Rounded up, so that a size above a limit is never displayed as the limit itself.
  private static func megabytes(_ bytes: Int) -> String {
    let unit = 1024 * 1024
    if bytes < unit { return "\(bytes) bytes" }
    // a store may say that a picture has as many bytes as a number can hold
    let tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit
    return tenths % 10 == 0 ? "\(tenths / 10) MB" : "\(tenths / 10).\(tenths % 10) MB"
  }
}
