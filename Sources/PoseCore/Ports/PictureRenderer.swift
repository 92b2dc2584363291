public import NIOCore

/// Draws smaller pictures, and skeletons over them.
///
/// Calls throw ``PoseVaultError`` with `unsupportedImage`, `corruptImage` or `imageTooLarge` for anything but a
/// supported picture, `queueFull` if as many as allowed are already waiting, and `CancellationError` if cancelled
/// before the picture was decoded.
public protocol PictureRenderer: Sendable {
  /// Pixels of the upright picture, from its header.
  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int)

  /// The format of a picture that every program shows upright: one that is read everywhere, and says nothing of being
  /// turned. nil for others.
  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat?

  /// The upright picture as JPEG, its longer side at most `side` pixels, never enlarged.
  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer

  /// The upright picture as PNG with people's skeletons drawn over it, the first one on top, its longer side at most
  /// `side` pixels, never enlarged.
  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer

  /// The skeletons alone as SVG on transparent ground, the first one on top, in pixels of the upright picture.
  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer
}
