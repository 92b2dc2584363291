import Glibc
import PoseCore

/// A repository in a folder: `packs/<2 digits>/<sha256>.tar` and `runs/<time>.zip`. All calls block.
struct PackFolder: Sendable {
  let path: String

  init(path: String) {
    self.path = path
  }

  /// The repository that contains the run at `path`.
  init(ofRun path: String) {
    let scalars = path.unicodeScalars
    let folder = scalars.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if folder == "runs" {
      self.path = "."
    } else if folder.hasSuffix("/runs") {
      self.path = folder == "/runs" ? "/" : String(folder.dropLast(5))
    } else {
      self.path = "\(folder)/.."
    }
  }

  var runs: BackupFolder { BackupFolder(path: "\(path)/runs") }

  /// Where working files are created, with names that a clean-up recognises.
  var work: BackupFolder { BackupFolder(path: path) }

  /// `packs/ab/ab….tar`, as used in messages.
  static func name(of pack: ContentDigest) -> String {
    let text = pack.text
    return "packs/\(text.prefix(2))/\(text).tar"
  }

  func path(of pack: ContentDigest) -> String { "\(path)/\(Self.name(of: pack))" }

  /// Creates the folders if they are missing; not the one above the repository.
  func prepare() throws {
    for folder in [path, "\(path)/packs", "\(path)/runs"] {
      if mkdir(folder, 0o700) != 0, errno != EEXIST { throw FileFailure.error("create the folder \(folder)", errno) }
    }
  }

  /// Throws `badRequest` for a run that was moved out of its repository.
  func requirePacks() throws {
    guard access("\(path)/packs", F_OK) == 0 else {
      throw PoseVaultError(
        .badRequest,
        "The pictures of this run are in the packs of its repository, and there is no folder \(path)/packs. Put the "
          + "file into the folder runs beside packs.")
    }
  }

  /// The sizes of all packs in bytes, by name.
  func packs() throws -> [ContentDigest: Int] {
    var found: [ContentDigest: Int] = [:]
    let folder = BackupFolder(path: "\(path)/packs")
    for shard in try folder.names() where shard.wholeMatch(of: /[0-9a-f]{2}/) != nil {
      for name in try BackupFolder(path: "\(folder.path)/\(shard)").names() {
        guard name.hasPrefix(shard), name.hasSuffix(".tar"), let pack = ContentDigest(String(name.dropLast(4))),
          let status = FileStatus(at: "\(folder.path)/\(shard)/\(name)"), status.isFile
        else { continue }
        found[pack] = status.size
      }
    }
    return found
  }

  /// The paths of all runs, newest first.
  ///
  /// - Parameter now: in seconds since 1970; leaves out runs made when the clock was ahead. nil for all.
  func runPaths(at now: Int64?) throws -> [String] {
    let latest = now.map { Self.runName($0 + 86_400) }
    return try runs.names().filter { name in
      Self.isRun(name) && latest.map { name <= $0 } ?? true
    }.reversed().map { "\(runs.path)/\($0)" }
  }

  /// Such as `20251210T235900Z.zip`.
  static func runName(_ seconds: Int64) -> String {
    Manifest.text(seconds).filter { $0 != "-" && $0 != ":" } + ".zip"
  }

  static func isRun(_ name: String) -> Bool {
    name.wholeMatch(of: /[0-9]{8}T[0-9]{6}Z\.zip/) != nil
  }

  /// Gives a pack its name, durably. An existing one must be identical; a damaged one is replaced.
  func publish(_ partial: PartialFile, as record: PackRecord) throws {
    let place = path(of: record.sha256)
    let shard = BackupFolder(path: String(place.prefix(upTo: place.lastIndex(of: "/") ?? place.endIndex)))
    if mkdir(shard.path, 0o700) == 0 {
      try BackupFolder(path: "\(path)/packs").synchronize()
    } else if errno != EEXIST {
      throw FileFailure.error("create the folder \(shard.path)", errno)
    }
    guard try !partial.move(to: place) else { return try shard.synchronize() }
    if try isWhole(record) { return partial.discard() }
    try FileFailure.check("replace the damaged \(place)") { rename(partial.path, place) }
    try shard.synchronize()
  }

  /// Reads all of a pack.
  private func isWhole(_ record: PackRecord) throws -> Bool {
    let check = PackCheck(try ReadFile(path(of: record.sha256)), record, members: [])
    do {
      while try check.checkSome() {}
      return true
    } catch is ArchiveDamage {
      return false
    }
  }

  /// Gives a run its name, durably, without replacing anything; returns its path.
  func publishRun(_ partial: PartialFile, at seconds: Int64) throws -> String {
    var time = seconds
    while true {
      let place = "\(runs.path)/\(Self.runName(time))"
      if try partial.move(to: place) {
        try runs.synchronize()
        return place
      }
      // another server's, of the same second
      time += 1
    }
  }
}

/// Keeps others from writing to a repository, or removing from it, for as long as this exists.
final class RepositoryLock: Sendable {
  private let descriptor: Int32

  /// Blocks, but doesn't wait. nil if another process has it.
  init?(_ folder: PackFolder) throws {
    let path = "\(folder.path)/\(Self.name)"
    descriptor = try FileFailure.check("write to \(path)") { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
    // a file system without locks keeps nobody away; runs of one database keep each other away all the same
    guard FileLock.take(descriptor) != .held else {
      close(descriptor)
      return nil
    }
  }

  deinit {
    close(descriptor)
  }

  static let name = "repository.lock"
}
