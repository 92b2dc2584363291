/// A picture store that a restore can fill; errors are those of ``ImageStore``.
public protocol RestorableImages: ArchivableImages {
  /// Stores a picture as it was in another store, as ``ImageStore/put(_:_:length:uploadedAt:metadata:)`` does; what a
  /// restore that was broken off left of it is replaced.
  ///
  /// - Parameter document: the same as GridFS's `files` collection holds it, in canonical Extended JSON v2. A store that
  ///   keeps such documents keeps this one.
  func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws
}
