import Glibc
import PoseCore

/// Where everything lies below DATA_DIR.
///
/// ```
/// posevault.sqlite        poses, and what is known of each picture
/// images/<xx>/<id>.<ext>  the original pictures; xx are the id's last two digits, which spread evenly
/// images/incoming/        pictures on their way in
/// images/pair             which database these pictures belong to
/// server.lock, data.lock  who uses the folder; import.lock: which pictures imports work on
/// restoring/              the same again, which a restore fills: nobody else uses the folder while it is there
/// restored-<archive>/     what of it has not yet been put into its place
/// replaced-<time>/        what was there before
/// ```
struct DataFolder: Sendable {
  let path: String

  var database: String { path + "/posevault.sqlite" }
  var images: String { path + "/images" }
  var incoming: String { images + "/incoming" }
  var pair: String { images + "/pair" }

  /// The 256 folders that contain the pictures.
  var imageFolders: [String] {
    (0..<256).map { images + "/" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }
  }

  func imageFolder(_ id: ImageID) -> String {
    images + "/" + String(id.description.suffix(2))
  }

  func imageFile(_ id: ImageID, contentType: String?) -> String {
    imageFolder(id) + "/" + Self.imageFileName(id, contentType: contentType)
  }

  static func imageFileName(_ id: ImageID, contentType: String?) -> String {
    let format = ImageFormat.allCases.first { $0.contentType == contentType }
    return "\(id).\(format?.fileExtension ?? "bin")"
  }

  func createItself() throws {
    try SystemCall.makeFolder(path)
    try SystemCall.synchronize(folder: SystemCall.parent(of: path))
  }

  /// Creates missing folders, so that storing a picture never has to.
  func createImages() throws {
    for folder in [images, incoming] + imageFolders { try SystemCall.makeFolder(folder) }
    for folder in [path, images] { try SystemCall.synchronize(folder: folder) }
  }
}

extension DataFolder {
  /// Takes the locks that go with `role`.
  func lock(_ role: EmbeddedStorage.Role) throws -> [ProcessLock] {
    let dataLock = path + "/data.lock"
    guard let data = try ProcessLock.take(dataLock, .shared) else {
      throw PoseVaultError(
        .storageUnavailable,
        "A restore (\(ProcessLock.holder(dataLock))) is replacing the data in \(path); try again when it has finished.")
    }
    guard try restoreState() == .none else { throw unfinishedRestore }
    guard role == .server else { return [data] }
    let serverLock = path + "/server.lock"
    guard let server = try ProcessLock.take(serverLock, .alone) else {
      throw PoseVaultError(
        .storageUnavailable,
        "Another PoseVault server (\(ProcessLock.holder(serverLock))) uses \(path); stop it, or set DATA_DIR.")
    }
    return [data, server]
  }

  private var unfinishedRestore: PoseVaultError {
    PoseVaultError(
      .restoring,
      "A restore into \(path) was interrupted. Run it again to finish it, or undo it with `posevault backup restore "
        + "--discard`.")
  }

  /// Opens the database, one process at a time: SQLite's busy timeout does not cover switching a new file to WAL, and
  /// two processes must not create the same tables.
  func openDatabase(busyTimeout: Double) throws -> SQLiteDatabase {
    let opening = try ProcessLock.take(path + "/open.lock", .alone, waits: true)
    defer { withExtendedLifetime(opening) {} }
    return try SQLiteDatabase(path: database, busyTimeout: busyTimeout)
  }

  /// Removes what puts left that were killed more than a day ago; newer files may still be being written.
  func removeOldIncomingFiles() throws {
    let limit = Int64(time(nil)) - 86_400
    for name in try SystemCall.names(in: incoming) {
      let file = incoming + "/" + name
      if let modified = SystemCall.modified(file), modified < limit { SystemCall.remove(file) }
    }
  }
}

/// A restore builds a whole storage in a folder inside the data folder, so that both are on one file system, and then
/// moves the parts into place. The files themselves show how far it got, so it can continue after a crash at any
/// moment.
extension DataFolder {
  /// How far an unfinished restore has got.
  enum RestoreState: Equatable {
    case none
    /// A new storage is being filled next to the one in place.
    case building
    /// The new storage of this archive is complete, and some or all of it has yet to be moved into place.
    case exchanging(archive: String)
  }

  var building: String { path + "/restoring" }

  /// Blocks.
  func restoreState() throws -> RestoreState {
    let names = try SystemCall.names(in: path)
    // nothing that a person would name so
    if let name = names.first(where: { $0.wholeMatch(of: /restored-[0-9a-f]{16}/) != nil }) {
      return .exchanging(archive: String(name.dropFirst(Self.restored.count)))
    }
    return names.contains("restoring") ? .building : .none
  }

  /// The new storage is complete: from now on the exchange continues, and there is no way back.
  func commit(archive: String) throws {
    try SQLiteDatabase.foldLog(of: DataFolder(path: building).database)
    try SystemCall.synchronize(folder: building)
    try SystemCall.move(building, to: path + "/" + Self.restored + archive)
    try SystemCall.synchronize(folder: path)
  }

  /// Moves the new parts into place, and the old ones into another folder, whose path it returns.
  ///
  /// A part is only moved away while its successor is still in the folder of the new ones, so it is never the new part
  /// itself. Each move is durable before the next one begins.
  func exchange(archive: String, keepingAs time: String) throws -> String? {
    let new = path + "/" + Self.restored + archive
    let old = path + "/replacing"
    for part in Self.parts where SystemCall.exists("\(new)/\(part.name)") {
      for name in part.companions + [part.name] where SystemCall.exists("\(path)/\(name)") {
        try SystemCall.makeFolder(old)
        try SystemCall.move("\(path)/\(name)", to: "\(old)/\(name)")
        for folder in [old, path] { try SystemCall.synchronize(folder: folder) }
      }
      try SystemCall.move("\(new)/\(part.name)", to: "\(path)/\(part.name)")
      for folder in [path, new] { try SystemCall.synchronize(folder: folder) }
    }
    var kept: String?
    if SystemCall.exists(old) {
      let place = freeName("\(path)/replaced-\(time)")
      try SystemCall.move(old, to: place)
      try SystemCall.synchronize(folder: path)
      kept = place
    }
    // it holds nothing but locks
    SystemCall.removeTree(new)
    try SystemCall.synchronize(folder: path)
    return kept
  }

  /// Discards what was built; one call removes its name, so that half of it never looks complete.
  func discardBuilding() throws {
    guard SystemCall.exists(building) else { return }
    try SystemCall.move(building, to: freeName(path + "/" + Self.discarded))
    try SystemCall.synchronize(folder: path)
    try removeDiscarded()
  }

  func removeDiscarded() throws {
    for name in try SystemCall.names(in: path) where name.wholeMatch(of: /restoring-discarded(-[0-9]+)?/) != nil {
      SystemCall.removeTree(path + "/" + name)
    }
  }

  private func freeName(_ wanted: String) -> String {
    var name = wanted
    var number = 1
    while SystemCall.exists(name) {
      number += 1
      name = "\(wanted)-\(number)"
    }
    return name
  }

  /// SQLite's companion files belong to its main file, and are moved before it.
  private static let parts: [(name: String, companions: [String])] = [
    ("images", []), ("posevault.sqlite", ["posevault.sqlite-wal", "posevault.sqlite-shm"]),
  ]
  private static let restored = "restored-"
  private static let discarded = "restoring-discarded"
}
