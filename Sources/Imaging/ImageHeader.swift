public import PoseCore

/// What a picture's header tells before its pixels are decoded.
public struct ImageHeader: Sendable, Hashable {
  public var format: ImageFormat
  /// Pixels as stored, before the orientation is applied.
  public var storedWidth: Int
  public var storedHeight: Int
  public var orientation: Orientation

  /// Pixels of the upright picture.
  public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }
  public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }
  public var pixels: Int { storedWidth * storedHeight }

  /// As if the picture were smaller, where its decoder can make it so: at least twice `side` pixels remain of the longer
  /// side for averaging. Positions may be off by less than a pixel, so nothing is measured in such a picture.
  func reduced(toShow side: Int) -> ImageHeader {
    guard format == .jpeg, side < max(width, height) / 2 else { return self }
    var reduced = self
    (reduced.storedWidth, reduced.storedHeight) = JPEG.reducedSize(
      width: storedWidth, height: storedHeight, side: 2 * side)
    return reduced
  }

  /// Pixels of the upright picture with its longer side at most `side`, never enlarged; no side vanishes.
  func size(within side: Int) -> (width: Int, height: Int) {
    let longer = max(width, height)
    guard longer > side else { return (width, height) }
    func shortened(_ length: Int) -> Int { max(1, (length * side + longer / 2) / longer) }
    return (shortened(width), shortened(height))
  }

  /// Where an upright pixel is stored.
  var storedPosition: PixelTransform { orientation.storedPosition(width: storedWidth, height: storedHeight) }

  /// Reads the header of a whole picture file.
  ///
  /// Throws ``PoseVaultError`` with `imageTooLarge`, `unsupportedImage` or `corruptImage`.
  public init(of file: UnsafeRawBufferPointer, limits: ImageLimits) throws {
    guard file.count <= limits.maxBytes else {
      throw PoseVaultError(
        .imageTooLarge, "The picture has \(file.count) bytes; the limit is \(limits.maxBytes) bytes.")
    }
    format = try ImageFormat(sniffing: file)
    let size: (width: Int, height: Int)
    switch format {
    case .jpeg: (size, orientation) = try JPEG.header(of: file)
    case .png: (size, orientation) = try PNG.header(of: file)
    case .webp: (size, orientation) = try WebP.header(of: file)
    }
    (storedWidth, storedHeight) = size
    guard storedWidth > 0, storedHeight > 0 else {
      throw PoseVaultError(.corruptImage, "The picture has no pixels.")
    }
    let (pixels, overflow) = storedWidth.multipliedReportingOverflow(by: storedHeight)
    guard !overflow, pixels <= limits.maxPixels else {
      throw PoseVaultError(
        .imageTooLarge,
        "The picture has \(storedWidth) × \(storedHeight) pixels; the limit is \(limits.megapixels) megapixels.")
    }
  }
}
