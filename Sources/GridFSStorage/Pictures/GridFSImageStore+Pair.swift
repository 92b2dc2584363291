public import PoseCore

/// The pair's number is a document of a collection of our own, in the bucket's database.
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
