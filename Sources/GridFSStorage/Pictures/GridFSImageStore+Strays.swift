public import PoseCore

/// Chunks of ours without a document in `images.files`: what a crash left of a put or of a delete.
///
/// Other drivers' chunks stay: should `images.files` be lost, they are all there is of adopted pictures.
extension GridFSImageStore: StrayPictures {
  /// The ids of such pictures whose chunks were all written by us before `seconds` since 1970; younger ones may be on
  /// their way in.
  public func strays(before seconds: Int64) async throws -> [String] {
    var (strays, last): ([String], ImageID?) = ([], nil)
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

  /// Removes those of `strays` that still are, and says how many they were.
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

  /// When the youngest chunk was written, in seconds since 1970; nil where there are none, or not all are ours.
  fileprivate borrowing func newestOwnChunk(of id: ImageID) throws -> Int64? {
    var (newest, areOurs): (Int64?, Bool) = (nil, true)
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
