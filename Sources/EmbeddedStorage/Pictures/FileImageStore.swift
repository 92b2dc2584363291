import GRDB
import NIOCore
public import PoseCore

/// Pictures as files, each with a row in the table `images` of the SQLite file.
///
/// A picture is there when its row is: the row is written after the file and deleted before it. A file without a
/// row is what a crash left in between; it is never shown.
public struct FileImageStore: ImageStore, PoolUser {
  let folder: DataFolder
  let database: SQLiteDatabase
  let files: BlockingPool

  public var pools: [PoolLoad] { [files.load(named: "picture_files")] }

  @discardableResult
  public func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    let incoming = try await files.run { [folder] in try IncomingFile(id, in: folder.incoming) }
    do {
      try await receive(bytes, length: length, into: incoming)
      var metadata = metadata
      let sha256 = try await files.run { try incoming.finish() }
      metadata.sha256 = metadata.sha256 ?? sha256
      let image = StoredImage(id: id, length: length, uploadedAt: uploadedAt, metadata: metadata)
      try await add(image, incoming)
      return image
    } catch {
      // in a task of its own, because what a cancelled put has written must go, too
      await Task { [files] in try? await files.run { incoming.discard() } }.value
      throw error
    }
  }

  private func receive(_ bytes: ByteStream, length: Int, into file: IncomingFile) async throws {
    var received = 0
    for try await piece in bytes {
      try Task.checkCancellation()
      received += piece.readableBytes
      guard received <= length else { break }
      try await files.run { try file.append(piece) }
    }
    // many streams end instead of throwing when their reader is cancelled
    try Task.checkCancellation()
    guard received == length else {
      throw PoseVaultError(
        .badRequest, "The picture is not as long as announced: \(length) bytes were to come, but \(received) came.")
    }
  }

  /// Gives the picture its place and its row.
  ///
  /// The file moves inside the transaction, whose lock no other process shares: a file that lies there without a row
  /// is what a crash left, and may be replaced.
  private func add(_ image: StoredImage, _ incoming: IncomingFile) async throws {
    let path = folder.imageFile(image.id, contentType: image.metadata.contentType)
    try await database.write { [folder] db in
      guard try Self.row(image.id, db) == nil else {
        throw PoseVaultError(.internal, "There is a picture \(image.id) already.")
      }
      try incoming.move(to: path)
      try SystemCall.synchronize(folder: folder.imageFolder(image.id))
      try image.insert(db)
    } then: { outcome in
      if case .failure = outcome { incoming.discard() }
    }
  }

  public func find(_ id: ImageID) async throws -> StoredImage? {
    try await database.read { [folder] db in
      guard let image = try Self.row(id, db),
        try SystemCall.hasPicture(folder.imageFile(id, contentType: image.metadata.contentType))
      else { return nil }
      return image
    }
  }

  public func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    guard let image = try await find(id) else { return nil }
    let range = range ?? 0..<image.length
    guard range.lowerBound >= 0, range.upperBound <= image.length else {
      throw PoseVaultError(.rangeNotSatisfiable, "The picture has \(image.length) bytes; the range lies outside.")
    }
    let path = folder.imageFile(id, contentType: image.metadata.contentType)
    let file = try await files.run {
      let file = try StoredFile(path)
      // told before the first byte goes out, not in the middle of an answer
      guard try file?.length() ?? image.length == image.length else {
        throw PoseVaultError(.storageUnavailable, "The stored picture \(id) is damaged: its file has another length.")
      }
      return file
    }
    guard let file else { return nil }
    return FileBytes(file: file, range: range, files: files)
  }

  @discardableResult
  public func delete(_ id: ImageID) async throws -> Bool {
    defer { database.eraseSoon() }
    return try await database.write { db in
      let image = try Self.row(id, db)
      try db.execute(sql: "DELETE FROM images WHERE id = ?", arguments: [id.description])
      return image
    } then: { [folder] outcome in
      guard case .success(let image?) = outcome else { return }
      // a file that stays because this fails is a stray, which `doctor` finds
      SystemCall.remove(folder.imageFile(id, contentType: image.metadata.contentType))
    } != nil
  }

  public func list(after: ImageID?, limit: Int) async throws -> [StoredImage] {
    try await database.read { db in
      try Self.rows(
        "WHERE id > ? AND \(StoredImage.hasID) ORDER BY id LIMIT ?", [after?.description ?? "", max(limit, 0)], db)
    }
  }

  public func ping() async throws {
    _ = try await database.read { db in try Int.fetchOne(db, sql: "SELECT 1 FROM images LIMIT 1") }
    try await files.run { [folder] in try SystemCall.checkWritable(folder: folder.incoming) }
  }

  static func row(_ id: ImageID, _ db: Database) throws -> StoredImage? {
    try rows("WHERE id = ?", [id.description], db).first
  }

  static func rows(_ clause: String, _ arguments: StatementArguments, _ db: Database) throws -> [StoredImage] {
    let sql = "SELECT \(StoredImage.columns) FROM images " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).compactMap(StoredImage.init(row:)))
  }
}
