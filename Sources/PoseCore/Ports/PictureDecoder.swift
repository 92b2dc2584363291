/// What a picture's file declares, before any of it is decoded.
public struct DeclaredPicture: Sendable, Hashable {
  /// Pixels of the upright picture. The decoded size may differ by one if a crop ends between two pixels.
  public var width: Int
  public var height: Int
  /// Pixels as stored, before cropping and rotation.
  public var storedWidth: Int
  public var storedHeight: Int
  /// Bytes of memory that the decoder may use besides the pixels that it returns, mostly for the picture's own.
  public var decoderBytes: Int

  public init(width: Int, height: Int, storedWidth: Int, storedHeight: Int, decoderBytes: Int) {
    self.width = width
    self.height = height
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.decoderBytes = decoderBytes
  }

  /// The larger of the stored and the displayed size.
  public var pixels: Int { max(width * height, storedWidth * storedHeight) }
}

/// Decodes pictures in formats that this process doesn't, because their decoders have too many vulnerabilities.
///
/// Calls block, for as long as a process takes. They throw ``PoseVaultError`` with `unsupportedImage`, `corruptImage`
/// or `imageTooLarge` for the picture, `fileSystem` or `internal` for the decoder; `CancellationError` soon after
/// `stop` was raised.
public protocol PictureDecoder: Sendable {
  /// The formats that it decodes.
  var formats: Set<ImageFormat> { get }

  /// What `file` declares; whether that is too large is for the caller to decide.
  func declaration(of file: UnsafeRawBufferPointer, stop: StopFlag) throws -> DeclaredPicture

  /// Decodes what ``declaration(of:stop:)`` returned, to three bytes per pixel, red first, rows from the top, upright.
  ///
  /// - Parameter reserve: provides a buffer of that many bytes; called once, with at most three for each of
  ///   `declared.pixels`.
  func decode(
    _ file: UnsafeRawBufferPointer, declared: DeclaredPicture, stop: StopFlag,
    into reserve: (_ bytes: Int) throws -> UnsafeMutableBufferPointer<UInt8>
  ) throws -> (width: Int, height: Int)
}
