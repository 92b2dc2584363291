public import PoseCore

/// What a picture's header says, before its pixels are decoded.
public struct ImageHeader: Sendable, Hashable {
  public var format: ImageFormat
  /// Pixels as they are decoded, before the orientation is applied.
  public var storedWidth: Int
  public var storedHeight: Int
  public var orientation: Orientation
  /// The peak memory for decoding, including the pixels.
  public var decodingBytes: Int
  /// For a picture that a ``PictureDecoder`` decodes.
  var declared: DeclaredPicture?

  init(format: ImageFormat, storedWidth: Int, storedHeight: Int, orientation: Orientation) {
    self.format = format
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.orientation = orientation
    decodingBytes = 0
  }

  /// Pixels of the upright picture.
  public var width: Int { orientation.swapsSides ? storedHeight : storedWidth }
  public var height: Int { orientation.swapsSides ? storedWidth : storedHeight }
  public var pixels: Int { storedWidth * storedHeight }

  /// How much the picture counts against a limit on pixels in memory: its pixels, or more if its decoder needs more
  /// than three bytes for each.
  public var weight: Int {
    let needed = (decodingBytes + 2) / 3
    // a few rows beside the pixels must not keep two pictures apart that have as many pixels as are allowed
    return needed <= pixels + pixels / 8 ? pixels : needed
  }

  /// The same with a copy of at most `side` pixels on its longer side, and that copy encoded.
  public func weight(drawnWithin side: Int) -> Int {
    let drawn = size(within: side)
    return weight + 2 * drawn.width * drawn.height
  }

  /// As if the picture were smaller, if its decoder can decode it so: at least twice `side` pixels remain on the longer
  /// side, for averaging. Positions may be off by less than a pixel, so nothing is measured in such a picture.
  func reduced(toShow side: Int) -> ImageHeader {
    guard format == .jpeg, side < max(width, height) / 2 else { return self }
    var reduced = self
    (reduced.storedWidth, reduced.storedHeight) = JPEG.reducedSize(
      width: storedWidth, height: storedHeight, side: 2 * side)
    return reduced
  }

  /// Pixels of the upright picture with a longer side of at most `side`, never enlarged; both sides have at least one.
  func size(within side: Int) -> (width: Int, height: Int) {
    Self.size(of: (width, height), within: side)
  }

  static func size(of size: (width: Int, height: Int), within side: Int) -> (width: Int, height: Int) {
    let (width, height) = size
    let longer = max(width, height)
    guard longer > side else { return (width, height) }
    func shortened(_ length: Int) -> Int { max(1, (length * side + longer / 2) / longer) }
    return (shortened(width), shortened(height))
  }

  /// Where an upright pixel is stored.
  var storedPosition: PixelTransform { orientation.storedPosition(width: storedWidth, height: storedHeight) }

  /// Reads the header of a whole picture file. Blocks if its format is one of `decoder`'s.
  ///
  /// Throws ``PoseVaultError`` with `imageTooLarge`, `unsupportedImage` or `corruptImage`, and whatever `decoder`
  /// throws.
  public init(
    of file: UnsafeRawBufferPointer, limits: ImageLimits, decoder: (any PictureDecoder)? = nil, stop: StopFlag? = nil
  ) throws {
    guard file.count <= limits.maxBytes else { throw PoseVaultError.pictureTooLarge(maxBytes: limits.maxBytes) }
    let format = try ImageFormat(sniffing: file)
    self =
      switch format {
      case .jpeg: try JPEG.header(of: file)
      case .png: try PNG.header(of: file)
      case .webp: try WebP.header(of: file)
      case .heic, .avif: try Coded.header(of: file, format, decoder, stop: stop)
      }
    guard storedWidth > 0, storedHeight > 0 else {
      throw PoseVaultError(.corruptImage, "The picture has no pixels.")
    }
    // what a crop hides is decoded, too
    guard max(pixels, declared?.pixels ?? 0) <= limits.maxPixels else {
      throw PoseVaultError.tooManyPixels(
        width: declared?.storedWidth ?? storedWidth, height: declared?.storedHeight ?? storedHeight,
        limit: limits.maxPixels)
    }
  }
}
