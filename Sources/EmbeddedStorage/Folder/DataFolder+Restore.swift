import Glibc
import PoseCore

/// A restore builds a whole storage in a folder inside the data folder, so that both are on one file system, and then
/// puts the parts into their places. What is there says how far it got, so it can go on after a crash at any moment.
extension DataFolder {
  /// How far a restore has got that has not ended.
  enum RestoreState: Equatable {
    case none
    /// A new storage is being filled beside the one that is in place.
    case building
    /// The new storage of this archive is whole, and some of it, or all, is to be put into its place.
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

  /// The new storage is whole: from now on the exchange goes on, and there is no way back.
  func commit(archive: String) throws {
    try SQLiteDatabase.foldLog(of: DataFolder(path: building).database)
    try SystemCall.synchronize(folder: building)
    try SystemCall.move(building, to: path + "/" + Self.restored + archive)
    try SystemCall.synchronize(folder: path)
  }

  /// Puts what is new into its place, and what was there into another folder, whose path it returns.
  ///
  /// A part is taken out of the way only while its successor still waits in the folder of the new ones: so it is never
  /// the new part itself. Each move is durable before the next one begins.
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

  /// Gives up what was built; one call removes its name, so that half of it never looks like all.
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
    var (name, number) = (wanted, 1)
    while SystemCall.exists(name) {
      number += 1
      name = "\(wanted)-\(number)"
    }
    return name
  }

  /// What SQLite keeps beside its file belongs to it, and goes before it.
  private static let parts: [(name: String, companions: [String])] = [
    ("images", []), ("posevault.sqlite", ["posevault.sqlite-wal", "posevault.sqlite-shm"]),
  ]
  private static let restored = "restored-"
  private static let discarded = "restoring-discarded"
}
