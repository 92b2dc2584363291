public import PoseCore

extension GridFSImageStore: RestorableImages {
  public func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws {
    let file = try Self.file(document)
    guard file.image.id == image.id, file.image.length == image.length else {
      throw PoseVaultError(.badRequest, "The document of the picture \(image.id) is that of another one.")
    }
    _ = try file.chunks(of: 0..<image.length)
    try await clients.run("store the picture") { bucket in
      // chunks without a document are what was left of it
      guard try bucket.file(image.id) == nil else { return }
      try bucket.chunks.deleteAll(["files_id": .id("\(image.id)")])
    }
    let incoming = IncomingChunks(image.id, chunkSize: max(file.chunkSize, 1))
    try await store(bytes, length: image.length, by: incoming) { rest, incoming, bucket in
      try incoming.finish(rest, document: document, in: bucket)
    }
  }

  /// What a store would read of the document.
  private static func file(_ json: [UInt8]) throws -> StoredFile {
    let document = try Document(json: json)
    return try document.withBSON { bson in
      guard let file = StoredFile(DocumentFields(bson: bson)) else {
        throw PoseVaultError(.badRequest, "A picture's document is none of GridFS.")
      }
      return file
    }
  }
}
