import NIOCore
public import PoseCore

/// Pictures in the GridFS bucket `images`.
///
/// A picture exists if its document in `images.files` does, which is written after the chunks and deleted before them.
/// Chunks without one were left by a crash and are never shown.
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

  /// Stores all complete batches, and returns the rest.
  private func receive(_ bytes: ByteStream, length: Int, into incoming: IncomingChunks) async throws -> ByteBuffer {
    var received = 0
    var pending = ByteBuffer()
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
        .badRequest, "The picture's length is wrong: \(length) bytes were announced, but \(received) arrived.")
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
          .rangeNotSatisfiable, "The picture has \(file.image.length) bytes; the range is outside.")
      }
      do {
        // damage is reported before the first byte is sent, not in the middle of a response
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
      var images = [StoredImage]()
      var last = after
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

  public func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    guard limit > 0 else { return [] }
    return try await clients.run("look for the picture") { bucket in
      var images: [StoredImage] = []
      let options: BSONFields = [
        "limit": .int64(Int64(limit)), "projection": StoredFile.projection, "hint": [Bucket.hashField: 1],
      ]
      do {
        try bucket.files.find([Bucket.hashField: .string(sha256), "_id": ["$type": "objectId"]], options) { document in
          if let file = StoredFile(document) { images.append(file.image) }
        }
      } catch let failure as MongoFailure where failure.isBadHint {
        return nil
      }
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

extension GridFSImageStore: ArchivableImages {
  public func document(_ id: ImageID) async throws -> [UInt8]? {
    try await clients.run("read the picture's document") { bucket -> [UInt8]? in
      var json: [UInt8]?
      try bucket.files.find(["_id": .id("\(id)")], ["limit": .int64(1)]) { document in
        json = document.canonicalJSON
        guard json != nil else {
          throw PoseVaultError(
            .storageUnavailable, "The document of the picture \(id) is damaged: one of its texts is not UTF-8.")
        }
      }
      return json
    }
  }

  public func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    try await clients.run("read the picture") { [clients] bucket -> PictureRemains? in
      var remains: PictureRemains?
      try bucket.files.find(["_id": .id("\(id)")], ["limit": .int64(1)]) { document in
        let recorded = document.int("length").flatMap { $0 >= 0 ? $0 : nil }
        let file = StoredFile(id, length: recorded ?? 0, document)
        var faults = [String]()
        var chunkSize = Int?(file.chunkSize)
        let json = document.canonicalJSON
        if json == nil { faults.append("its document holds text that is not UTF-8") }
        if recorded == nil { faults.append("its document has no length") }
        if !file.hasPossibleChunks {
          faults.append("its document has no valid chunk size")
          chunkSize = nil
        }
        remains = PictureRemains(
          image: file.image, recordedLength: recorded, document: json, faults: faults,
          pieces: ChunkRemains(id: id, chunkSize: chunkSize, length: recorded, clients: clients))
      }
      return remains
    }
  }

  public func notIncluded() async throws -> [String] {
    try await clients.run("list the collections") { bucket in
      let ours = [Bucket.name + ".files", Bucket.name + ".chunks", Bucket.metaName]
      let others = try bucket.collectionNames().filter { !ours.contains($0) && !$0.hasPrefix("system.") }
      // what `list` passes over
      let foreign = try bucket.files.count(["$nor": [["_id": ["$type": "objectId"], "length": ["$gte": 0]]]])
      guard foreign > 0 else { return others.sorted() }
      return others.sorted() + ["\(ours[0]): documents without an ObjectId or a length (\(foreign))"]
    }
  }
}

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

  /// What a store would read from the document.
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

/// The pair's number is a document in a collection of our own, in the bucket's database.
extension GridFSImageStore: PairableImages {
  public func pair() async throws -> String? {
    try await clients.run("read the pair") { bucket in
      var value: String?
      try bucket.meta.find(["_id": .string(Self.document)], ["limit": .int64(1)]) { value = $0.string("value") }
      return value
    }
  }

  public func replacePair(_ old: String?, with new: String) async throws -> Bool {
    try await clients.run("store the pair") { bucket in
      if let old {
        return try bucket.meta.updateOne(
          ["_id": .string(Self.document), "value": .string(old)], ["$set": ["value": .string(new)]])
      }
      do {
        try bucket.meta.insert([["_id": .string(Self.document), "value": .string(new)]], journaled: true)
        return true
      } catch let failure as MongoFailure where failure.kind == .duplicate {
        return false
      }
    }
  }

  private static let document = "pair"
}

/// Our own chunks without a document in `images.files`: what a crash left of a put or a delete.
///
/// Other drivers' chunks are left alone: if `images.files` were lost, they are all that remains of adopted pictures.
extension GridFSImageStore: StrayPictures {
  /// The ids of such pictures whose chunks were all written by us before `seconds` since 1970; newer ones may still be
  /// arriving.
  public func strays(before seconds: Int64) async throws -> [String] {
    var strays: [String] = []
    var last: ImageID? = nil
    repeat {
      let (ids, missing) = try await clients.run("look for leftover chunks") { [last] bucket in
        let ids = try bucket.idsOfChunks(after: last)
        let missing = try bucket.without(documents: ids)
        return (ids, try missing.filter { try bucket.newestOwnChunk(of: $0) ?? .max < seconds })
      }
      strays += missing.map(\.description)
      last = ids.last
    } while last != nil
    return strays
  }

  /// Removes those of `strays` that are still strays, and returns how many there were.
  public func remove(strays: [String]) async throws -> Int {
    var removed = 0
    for id in strays.compactMap({ ImageID($0) }) {
      removed += try await clients.run("remove leftover chunks") { bucket in
        guard try !bucket.without(documents: [id]).isEmpty, try bucket.newestOwnChunk(of: id) != nil else { return 0 }
        return try bucket.chunks.deleteAll(["files_id": .id("\(id)")]) > 0 ? 1 : 0
      }
    }
    return removed
  }
}

extension Bucket {
  /// Ids of pictures that have chunks, ascending, from as much of the index as is read at once; empty at its end.
  fileprivate borrowing func idsOfChunks(after last: ImageID?) throws -> [ImageID] {
    var ids: [ImageID] = []
    let filter: BSONFields = [
      "files_id": last.map { ["$gt": .id("\($0)")] } ?? ["$gte": .id(String(repeating: "0", count: 24))]
    ]
    let options: BSONFields = [
      "sort": ["files_id": 1, "n": 1], "limit": .int64(10_000), "projection": ["_id": 0, "files_id": 1],
    ]
    try chunks.find(filter, options) { chunk in
      if let id = chunk.id("files_id"), id != ids.last { ids.append(id) }
    }
    return ids
  }

  /// Those of `ids` that have no document.
  fileprivate borrowing func without(documents ids: [ImageID]) throws -> [ImageID] {
    var known: Set<ImageID> = []
    let filter: BSONFields = ["_id": ["$in": .array(ids.map { .id("\($0)") })]]
    try files.find(filter, ["projection": ["_id": 1]]) { file in
      if let id = file.id("_id") { known.insert(id) }
    }
    return ids.filter { !known.contains($0) }
  }

  /// When the newest chunk was written, in seconds since 1970; nil if there are none, or not all are ours.
  fileprivate borrowing func newestOwnChunk(of id: ImageID) throws -> Int64? {
    var newest: Int64? = nil
    var areOurs: Bool = true
    try chunks.find(["files_id": .id("\(id)")], ["projection": ["n": 1]]) { chunk in
      guard let own = chunk.id("_id"), let number = chunk.int("n"), number >= 0,
        ChunkIDs.contain(own, number: number, of: id)
      else {
        areOurs = false
        return
      }
      newest = max(newest ?? own.seconds, own.seconds)
    }
    return areOurs ? newest : nil
  }
}
