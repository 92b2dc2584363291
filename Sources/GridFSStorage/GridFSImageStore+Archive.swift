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
