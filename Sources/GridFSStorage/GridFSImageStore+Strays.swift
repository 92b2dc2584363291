import PoseCore

/// Chunks without a document in `images.files`: what a crash left of a put or of a delete.
extension GridFSImageStore {
  /// The ids of such pictures whose chunks were all written before `seconds` since 1970; younger ones may be on their
  /// way in. Chunks under ids that are no ObjectIds are left out.
  public func strays(before seconds: Int64) async throws -> [String] {
    var (strays, last): ([String], ImageID?) = ([], nil)
    repeat {
      let (ids, missing) = try await clients.run("look for leftover chunks") { [last] bucket in
        let ids = try bucket.idsOfChunks(after: last)
        let missing = try bucket.without(documents: ids)
        return (ids, try missing.filter { try bucket.newestChunk(of: $0) ?? .max < seconds })
      }
      strays += missing.map(\.description)
      last = ids.last
    } while last != nil
    return strays
  }

  /// Removes those of `strays` that still have no document, and says how many they were.
  public func remove(strays: [String]) async throws -> Int {
    var removed = 0
    for id in strays.compactMap({ ImageID($0) }) {
      removed += try await clients.run("remove leftover chunks") { bucket in
        guard try bucket.file(id) == nil else { return 0 }
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

  /// When the youngest chunk was written, in seconds since 1970; nil where the chunks' own ids don't tell.
  fileprivate borrowing func newestChunk(of id: ImageID) throws -> Int64? {
    var newest: Int64?
    let options: BSONFields = ["sort": ["_id": -1], "limit": .int64(1), "projection": ["_id": 1]]
    try chunks.find(["files_id": .id("\(id)")], options) { newest = $0.id("_id")?.seconds }
    return newest
  }
}
