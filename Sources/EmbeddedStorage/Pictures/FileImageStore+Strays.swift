import GRDB
public import PoseCore

/// Picture files without a row: what a crash left between the file and the row.
extension FileImageStore: StrayPictures {
  /// The names below `images` of such files last written before `seconds` since 1970; younger ones may be on their
  /// way in. Files that don't look like ours are left out.
  public func strays(before seconds: Int64) async throws -> [String] {
    var strays: [String] = []
    for path in folder.imageFolders {
      let found = try await files.run { try Self.imageFiles(in: path, before: seconds) }
      for start in stride(from: 0, to: found.count, by: Self.idsPerStatement) {
        let part = found[start..<min(start + Self.idsPerStatement, found.count)]
        let known = try await database.read { db in try Self.knownFileNames(part.map(\.id), db) }
        strays += part.map(\.name).filter { !known.contains($0) }.map { path.suffix(2) + "/" + $0 }
      }
    }
    return strays.sorted()
  }

  /// Removes those of `strays` that are still without a row, and says how many they were.
  public func remove(strays: [String]) async throws -> Int {
    var removed = 0
    for stray in strays {
      guard let name = stray.split(separator: "/").last, let id = Self.id(ofFileNamed: name) else { continue }
      // under the write lock, within which a put gives a picture its place and its row
      removed += try await database.write { [folder] db in
        guard try !Self.knownFileNames([id], db).contains(String(name)) else { return 0 }
        SystemCall.remove(folder.imageFolder(id) + "/" + name)
        return 1
      }
    }
    return removed
  }

  private static func imageFiles(in path: String, before seconds: Int64) throws -> [(name: String, id: ImageID)] {
    try SystemCall.names(in: path).compactMap { name in
      guard let id = id(ofFileNamed: name), let modified = SystemCall.modified(path + "/" + name), modified < seconds
      else { return nil }
      return (name, id)
    }
  }

  private static func id(ofFileNamed name: some StringProtocol) -> ImageID? {
    name.split(separator: ".", maxSplits: 1).first.flatMap { ImageID($0) }
  }

  private static func knownFileNames(_ ids: [ImageID], _ db: Database) throws -> Set<String> {
    let images = try rows(
      "WHERE id IN (\(databaseQuestionMarks(count: ids.count)))", StatementArguments(ids.map(\.description)), db)
    return Set(images.map { DataFolder.imageFileName($0.id, contentType: $0.metadata.contentType) })
  }

  private static let idsPerStatement = 500
}
