import NIOCore
public import PoseCore

/// Pictures in the GridFS bucket `images`.
///
/// A picture is there when its document in `images.files` is, which is written after the chunks and deleted before
/// them. Chunks without one are what a crash left; they are never shown.
public struct GridFSImageStore: ImageStore, PoolUser {
  let clients: ClientPool
  /// One connection with short timeouts.
  let pings: ClientPool

  public var pools: [PoolLoad] { [clients.load(named: "mongodb")] }

  @discardableResult
  public func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    try await store(bytes, length: length, by: IncomingChunks(id)) { rest, incoming, bucket in
      try incoming.finish(rest, length: length, uploadedAt: uploadedAt, metadata, in: bucket)
    }
  }

  /// Stores chunks, then what `finish` adds to them, or nothing.
  func store<Value: Sendable>(
    _ bytes: ByteStream, length: Int, by incoming: IncomingChunks,
    finish: @escaping @Sendable (ByteBuffer, IncomingChunks, borrowing Bucket) throws -> Value
  ) async throws -> Value {
    do {
      let rest = try await receive(bytes, length: length, into: incoming)
      return try await clients.run("store the picture") { bucket in try finish(rest, incoming, bucket) }
    } catch {
      // nothing was written, or nothing can be removed
      if let failure = (error as? PoseVaultError)?.cause as? MongoFailure,
        [.unreachable, .unknownHost].contains(failure.kind)
      {
        throw error
      }
      // in a task of its own, because what a cancelled put has written must go, too
      await Task {
        try? await clients.run("remove an unfinished picture") { try incoming.discard(from: $0) }
      }.value
      throw error
    }
  }

  /// Stores all whole batches, and returns what is left.
  private func receive(_ bytes: ByteStream, length: Int, into incoming: IncomingChunks) async throws -> ByteBuffer {
    var (received, pending) = (0, ByteBuffer())
    for try await var piece in bytes {
      try Task.checkCancellation()
      received += piece.readableBytes
      guard received <= length else { break }
      pending.writeBuffer(&piece)
      while let batch = pending.readSlice(length: incoming.batchLength) {
        try await clients.run("store the picture") { try incoming.append(batch, to: $0) }
        pending.discardReadBytes()
      }
    }
    // many streams end instead of throwing when their reader is cancelled
    try Task.checkCancellation()
    guard received == length else {
      throw PoseVaultError(
        .badRequest, "The picture is not as long as announced: \(length) bytes were to come, but \(received) came.")
    }
    return pending
  }

  public func find(_ id: ImageID) async throws -> StoredImage? {
    try await clients.run("look for the picture") { try $0.file(id)?.image }
  }

  public func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    try await clients.run("read the picture") { [clients] bucket -> ChunkBytes? in
      guard let file = try bucket.file(id) else { return nil }
      let range = range ?? 0..<file.image.length
      guard range.lowerBound >= 0, range.upperBound <= file.image.length else {
        throw PoseVaultError(
          .rangeNotSatisfiable, "The picture has \(file.image.length) bytes; the range lies outside.")
      }
      do {
        // damage is told before the first byte goes out, not in the middle of an answer
        let first = try bucket.firstPiece(of: range, file)
        try bucket.checkChunks(of: range.lowerBound + first.readableBytes..<range.upperBound, file)
        return ChunkBytes(file: file, range: range, first: first, clients: clients)
      } catch let error as PoseVaultError {
        // its chunks are missing because it was deleted meanwhile
        guard try bucket.file(id) != nil else { return nil }
        throw error
      }
    }
  }

  @discardableResult
  public func delete(_ id: ImageID) async throws -> Bool {
    try await clients.run("delete the picture") { bucket in
      guard try bucket.files.deleteOne(["_id": .id("\(id)")]) else { return false }
      // the picture is gone; chunks that stay because this fails are strays, which `doctor` finds
      _ = try? bucket.chunks.deleteAll(["files_id": .id("\(id)")])
      return true
    }
  }

  public func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    guard limit > 0 else { return [] }
    return try await clients.run("list the pictures") { bucket in
      var (images, last) = ([StoredImage](), after)
      repeat {
        // compares with ObjectIds alone; another driver's ids of other types are passed over
        let ids: BSONValue = last.map { ["$gt": .id("\($0)")] } ?? ["$gte": .id(String(repeating: "0", count: 24))]
        let wanted = limit - images.count
        let options: BSONFields = [
          "sort": ["_id": 1], "limit": .int64(Int64(wanted)), "projection": StoredFile.projection,
        ]
        var found = 0
        try bucket.files.find(["_id": ids, "length": ["$gte": 0]], options) { document in
          found += 1
          last = document.id("_id")
          if let file = StoredFile(document) { images.append(file.image) }
        }
        // a document that is no picture must not look like the end of the list
        if found < wanted { return images }
      } while images.count < limit
      return images
    }
  }

  public func ping() async throws {
    try await pings.run("reach the pictures") { bucket in
      try bucket.files.find([:], ["limit": .int64(1), "projection": ["_id": 1]]) { _ in }
    }
  }
}

extension Bucket {
  borrowing func file(_ id: ImageID) throws -> StoredFile? {
    var file: StoredFile?
    try files.find(["_id": .id("\(id)")], ["limit": .int64(1), "projection": StoredFile.projection]) {
      file = StoredFile($0)
    }
    return file
  }
}
