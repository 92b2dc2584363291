/// What a picture's file declares, before any of it is decoded.
public struct DeclaredPicture: Sendable, Hashable {
  /// Pixels of the upright picture. What is decoded may differ by one, where a crop ends between two pixels.
  public var width: Int
  public var height: Int
  /// Pixels as stored, before crop and turn.
  public var storedWidth: Int
  public var storedHeight: Int
  /// Bytes of memory that the decoder may take beside the pixels that it gives, most of them for the picture's own.
  public var decoderBytes: Int

  public init(width: Int, height: Int, storedWidth: Int, storedHeight: Int, decoderBytes: Int) {
    self.width = width
    self.height = height
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
    self.decoderBytes = decoderBytes
  }

  /// The larger of what is stored and what is shown.
  public var pixels: Int { max(width * height, storedWidth * storedHeight) }
}

/// Decodes pictures of formats that this process doesn't, because their decoders are too often at fault.
///
/// Calls block, for as long as a process takes. They throw ``PoseVaultError`` with `unsupportedImage`, `corruptImage` or
/// `imageTooLarge` for the picture, `fileSystem` or `internal` for the decoder; `CancellationError` soon after `stop` was
/// raised.
public protocol PictureDecoder: Sendable {
  /// Those that it decodes.
  var formats: Set<ImageFormat> { get }

  /// What `file` declares; whether that is too large is for the caller to say.
  func declaration(of file: UnsafeRawBufferPointer, stop: StopFlag) throws -> DeclaredPicture

  /// Decodes what ``declaration(of:stop:)`` told of, to three bytes a pixel, red first, rows from the top, upright.
  ///
  /// - Parameter reserve: gives room for so many bytes; called once, with at most three for each of `declared.pixels`.
  func decode(
    _ file: UnsafeRawBufferPointer, declared: DeclaredPicture, stop: StopFlag,
    into reserve: (_ bytes: Int) throws -> UnsafeMutableBufferPointer<UInt8>
  ) throws -> (width: Int, height: Int)
}
