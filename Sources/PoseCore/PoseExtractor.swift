public import NIOCore

/// What was found in one picture.
public struct Extraction: Sendable, Hashable {
  public var format: ImageFormat
  /// Pixels of the upright picture.
  public var width: Int
  public var height: Int
  /// Best score first; empty where there is no person.
  public var poses: [Pose]

  public init(format: ImageFormat, width: Int, height: Int, poses: [Pose]) {
    self.format = format
    self.width = width
    self.height = height
    self.poses = poses
  }
}

/// Finds people in pictures.
public protocol PoseExtractor: Sendable {
  /// Decodes `image` (a whole JPEG, PNG or WebP file) and finds at most `maxPoses` people in it.
  ///
  /// Throws ``PoseVaultError`` with `unsupportedImage`, `corruptImage`, `imageTooLarge`, or `queueFull` when as many
  /// pictures wait as are allowed; `CancellationError` when the task was cancelled before the work began.
  func extract(_ image: ByteBuffer, maxPoses: Int) async throws -> Extraction
}
