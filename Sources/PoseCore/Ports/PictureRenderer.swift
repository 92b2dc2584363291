public import NIOCore

/// Draws smaller pictures, and skeletons over them.
///
/// Calls throw ``PoseVaultError`` with `unsupportedImage`, `corruptImage` or `imageTooLarge` for anything but a
/// supported picture, `queueFull` if as many as allowed are already waiting, and `CancellationError` if cancelled
/// before the picture was decoded.
public protocol PictureRenderer: Sendable {
  /// Pixels of the upright picture, from its header.
  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int)

  /// The upright picture as JPEG, with a longer side of at most `side` pixels, never enlarged.
  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer

  /// The upright picture as PNG with a skeleton drawn over it, with a longer side of at most `side` pixels, never
  /// enlarged.
  func overlay(on image: ByteBuffer, _ keypoints: [Keypoint], side: Int) async throws -> ByteBuffer

  /// Only the skeleton, as SVG on a transparent background, in pixels of the upright picture.
  func skeleton(_ keypoints: [Keypoint], width: Int, height: Int) -> ByteBuffer
}
