public import PoseCore

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
        var (faults, chunkSize) = ([String](), Int?(file.chunkSize))
        let json = document.canonicalJSON
        if json == nil { faults.append("its document holds text that is not UTF-8") }
        if recorded == nil { faults.append("its document tells no length") }
        if !file.hasPossibleChunks {
          faults.append("its document tells no chunk size that can be")
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
