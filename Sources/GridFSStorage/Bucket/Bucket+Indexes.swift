import PoseCore

extension Bucket {
  /// Makes the two indexes of the GridFS specification where they are missing; equal ones under any name are taken.
  borrowing func makeIndexes() throws {
    try make(["filename", "uploadDate"], unique: false, of: files, named: Self.name + ".files")
    try make(["files_id", "n"], unique: true, of: chunks, named: Self.name + ".chunks")
  }

  private borrowing func make(
    _ keys: [String], unique: Bool, of collection: borrowing MongoCollection, named name: String
  ) throws {
    switch try Self.unique(keys, in: collection) {
    case .some(let found) where found || !unique: return
    case .some:
      throw PoseVaultError(
        .storageUnavailable,
        "The index of \(name) on \(keys.joined(separator: ", ")) is not unique. Drop it, and start again to have it "
          + "made anew: without it two uploads could mix.")
    case nil: break
    }
    var key: BSONFields = [:]
    for field in keys { key.append(field, 1) }
    var index: BSONFields = ["key": .document(key), "name": .string(keys.map { $0 + "_1" }.joined(separator: "_"))]
    if unique { index.append("unique", true) }
    try write(["createIndexes": .string(name), "indexes": [.document(index)]])
  }

  /// Whether the ascending index on `keys` is unique; nil where there is none.
  private static func unique(_ keys: [String], in collection: borrowing MongoCollection) throws -> Bool? {
    var unique: Bool?
    do {
      try collection.indexes { index in
        var found: [String] = []
        // drivers write the 1 as one or another type of number
        index.forEach("key") { field, value in found.append(value.int("value") == 1 ? field : "-" + field) }
        if found == keys { unique = index.bool("unique") ?? false }
      }
    } catch let failure as MongoFailure where failure.kind == .unknownCollection {
      return nil
    }
    return unique
  }
}
