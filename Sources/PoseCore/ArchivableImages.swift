/// A picture store that a backup can read; errors are those of ``ImageStore``.
public protocol ArchivableImages: ImageStore {
  /// The picture's document in GridFS's `files` collection as canonical Extended JSON v2, on one line.
  ///
  /// nil where the store keeps no documents, and when the picture isn't there.
  func document(_ id: ImageID) async throws -> [UInt8]?

  /// Collections beside ours, by name: what a backup leaves out.
  func notIncluded() async throws -> [String]
}
