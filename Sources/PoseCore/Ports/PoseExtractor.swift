public import NIOCore

/// What is known about a picture before people are looked for in it.
public struct PictureHeader: Sendable, Hashable {
  public var format: ImageFormat
  /// Pixels of the upright picture.
  public var width: Int
  public var height: Int

  public init(format: ImageFormat, width: Int, height: Int) {
    self.format = format
    self.width = width
    self.height = height
  }
}

/// What was found in one picture.
public struct Extraction: Sendable, Hashable {
  public var header: PictureHeader
  /// Best score first; empty if there is no person.
  public var poses: [Pose]

  public init(_ header: PictureHeader, poses: [Pose]) {
    self.header = header
    self.poses = poses
  }
}

/// Finds people in pictures.
public protocol PoseExtractor: Sendable {
  /// Decodes `image` (a whole file of an ``ImageFormat``) and finds at most `maxPoses` people in it.
  ///
  /// Throws ``PoseVaultError`` with `unsupportedImage`, `corruptImage`, `imageTooLarge`, or `queueFull` if as many
  /// pictures as allowed are already waiting; `CancellationError` if the task was cancelled before the picture was
  /// decoded.
  ///
  /// - Parameter onDetection: may be called once, on any thread, when a person was detected in an intact picture; the
  ///   landmarks, which take longer, can still rule it out.
  func extract(
    _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
  ) async throws -> Extraction
}

extension PoseExtractor {
  public func extract(_ image: ByteBuffer, maxPoses: Int) async throws -> Extraction {
    try await extract(image, maxPoses: maxPoses) { _ in }
  }
}
