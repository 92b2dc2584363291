public import PoseCore

extension FileImageStore: RestorableImages {
  public func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws {
    // a file without a row is no picture, and is replaced
    try await put(image.id, bytes, length: image.length, uploadedAt: image.uploadedAt, metadata: image.metadata)
  }
}
