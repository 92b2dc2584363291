import Glibc
import GRDB
import NIOCore
public import PoseCore

/// Pictures as files, each with a row in the table `images` of the SQLite file.
///
/// A picture exists if its row does: the row is written after the file and deleted before it. A file without a row was
/// left by a crash in between and is never shown.
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
        .badRequest, "The picture's length is wrong: \(length) bytes were announced, but \(received) arrived.")
    }
  }

  /// Gives the picture its place and its row.
  ///
  /// The file is moved inside the transaction, whose lock is exclusive: an existing file without a row was left by a
  /// crash, and may be replaced.
  private func add(_ image: StoredImage, _ incoming: IncomingFile) async throws {
    let path = folder.imageFile(image.id, contentType: image.metadata.contentType)
    try await database.write { [folder] db in
      guard try Self.row(image.id, db) == nil else {
        throw PoseVaultError(.internal, "A picture \(image.id) already exists.")
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
      throw PoseVaultError(.rangeNotSatisfiable, "The picture has \(image.length) bytes; the range is outside.")
    }
    let path = folder.imageFile(id, contentType: image.metadata.contentType)
    let file = try await files.run {
      let file = try PictureFile(path)
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
        "WHERE id > ? AND \(StoredImage.hasID) ORDER BY id LIMIT ?", [after?.description ?? "", max(limit, 0)], in: db)
    }
  }

  public func find(sha256: String, limit: Int) async throws -> [StoredImage]? {
    try await database.read { db in
      try Self.rows(
        "INDEXED BY idx_sha256 WHERE sha256 = ? AND \(StoredImage.hasID) LIMIT ?", [sha256, max(limit, 0)], in: db)
    }
  }

  public func ping() async throws {
    _ = try await database.read { db in try Int.fetchOne(db, sql: "SELECT 1 FROM images LIMIT 1") }
    try await files.run { [folder] in try SystemCall.checkWritable(folder: folder.incoming) }
  }

  static func row(_ id: ImageID, _ db: Database) throws -> StoredImage? {
    try rows("WHERE id = ?", [id.description], in: db).first
  }

  static func rows(_ clause: String, _ arguments: StatementArguments, in db: Database) throws -> [StoredImage] {
    let sql = "SELECT \(StoredImage.columns) FROM images " + clause
    return try Array(Row.fetchCursor(db, sql: sql, arguments: arguments).compactMap(StoredImage.init(row:)))
  }
}

extension FileImageStore: ArchivableImages {
  public func document(_ id: ImageID) async throws -> [UInt8]? { nil }

  public func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    guard let image = try await database.read({ db in try Self.row(id, db) }) else { return nil }
    let path = folder.imageFile(id, contentType: image.metadata.contentType)
    return try await files.run { [files] in
      func remains(
        _ fault: String?, _ pieces: any AsyncSequence<PictureRemains.Piece, any Error> & Sendable
      ) -> PictureRemains {
        PictureRemains(
          image: image, recordedLength: image.length, document: nil, faults: fault.map { [$0] } ?? [], pieces: pieces)
      }
      switch PictureFile.open(path) {
      case .success(nil): return nil
      case .success(let descriptor?):
        let file = PictureFile(descriptor: descriptor)
        return remains(nil, FileRemains(file: file, length: try file.length(), files: files))
      case .failure(let error):
        switch error.number {
        case EACCES, EPERM: return remains("its file is not readable", Nothing())
        case EISDIR, ENXIO, ELOOP, ENOTDIR: return remains("what lies in its place is no file", Nothing())
        case _ where SystemCall.isDamage(error.number): return remains("the disk does not give its file", Nothing())
        default: throw SystemCall.failure("read the picture", error.number)
        }
      }
    }
  }

  /// No bytes left.
  private struct Nothing: AsyncSequence, AsyncIteratorProtocol, Sendable {
    func makeAsyncIterator() -> Nothing { self }
    func next() async throws -> PictureRemains.Piece? { nil }
  }

  public func notIncluded() async throws -> [String] {
    let foreign = try await database.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM images WHERE NOT (\(StoredImage.hasID))") ?? 0
    }
    return foreign > 0 ? ["images: rows without a proper id (\(foreign))"] : []
  }
}

extension FileImageStore: RestorableImages {
  public func restore(_ image: StoredImage, _ bytes: ByteStream, document: [UInt8]) async throws {
    // a file without a row is no picture, and is replaced
    try await put(image.id, bytes, length: image.length, uploadedAt: image.uploadedAt, metadata: image.metadata)
  }
}

/// The pair's number is stored next to the pictures, not in the database, so an older copy of the database does not
/// have it.
extension FileImageStore: PairableImages {
  public func pair() async throws -> String? {
    try await files.run { [folder] in try Self.pair(folder) }
  }

  public func replacePair(_ old: String?, with new: String) async throws -> Bool {
    // the lock of a write keeps other processes out
    try await database.write { [folder] _ in
      guard try Self.pair(folder) == old else { return false }
      let next = folder.incoming + "/pair"
      SystemCall.remove(next)
      let descriptor = try SystemCall.check("store the pair") {
        SystemCall.open(next, O_WRONLY | O_CREAT | O_EXCL)
      }
      defer { close(descriptor) }
      let text = Array(new.utf8)
      let written = try SystemCall.check("store the pair") { Glibc.write(descriptor, text, text.count) }
      guard written == text.count else { throw SystemCall.failure("store the pair", ENOSPC) }
      try SystemCall.check("store the pair") { fsync(descriptor) }
      try SystemCall.move(next, to: folder.pair)
      try SystemCall.synchronize(folder: folder.images)
      return true
    }
  }

  private static func pair(_ folder: DataFolder) throws -> String? {
    let descriptor = SystemCall.open(folder.pair, O_RDONLY | O_NOFOLLOW)
    if descriptor == -1, errno == ENOENT { return nil }
    try SystemCall.check("read the pair") { descriptor }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1000)
    let count = try SystemCall.check("read the pair") { Glibc.read(descriptor, &bytes, bytes.count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

/// Picture files without a row, left by a crash between writing the file and the row.
extension FileImageStore: StrayPictures {
  /// The names below `images` of such files last written before `seconds` since 1970; newer ones may still be arriving.
  /// Files that don't look like ours are left out.
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

  /// Removes those of `strays` that still have no row, and returns how many there were.
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
      "WHERE id IN (\(databaseQuestionMarks(count: ids.count)))", StatementArguments(ids.map(\.description)), in: db)
    return Set(images.map { DataFolder.imageFileName($0.id, contentType: $0.metadata.contentType) })
  }

  private static let idsPerStatement = 500
}
