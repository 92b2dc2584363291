import Crypto
import Glibc
public import PoseCore

/// Knows the folders that archives go to again, by a marker file that is written into each once.
///
/// A folder that had its marker and has none is an unmounted mount point, another disk, or was emptied: writing there
/// would fill the wrong disk, and the archives that were there would seem gone.
public struct FolderMarker: Sendable {
  public let path: String
  /// The setting that names the folder.
  let setting: String
  let facts: any SharedFacts
  let runs: any BackupRuns
  let files: BlockingPool
  /// Keeps machines apart that name different folders alike; empty where the storage belongs to one.
  let scope: String

  static let fileName = ".posevault-backups"

  public enum Finding: Sendable, Hashable {
    case usable
    /// What is wrong, for a person.
    case unusable(String)
    /// The same, where a person may say that the folder is right.
    case unknown(String)

    var problem: String? {
      switch self {
      case .usable: nil
      case .unusable(let line), .unknown(let line): line
      }
    }
  }

  private enum Contents: Sendable {
    case missing
    case unusable(PoseVaultError)
    case marked(String)
    case unmarked(isTakeable: Bool)
  }

  /// Says whether archives may go there, and changes nothing.
  public func look() async throws -> Finding { try await find(isForced: false, isLooking: true) }

  /// Makes the folder and its marker where it is new, and says whether archives may go there.
  ///
  /// - Parameter isForced: takes the folder whatever it was before, because a person said so.
  public func prepare(isForced: Bool = false) async throws -> Finding {
    try await find(isForced: isForced, isLooking: false)
  }

  private func find(isForced: Bool, isLooking: Bool) async throws -> Finding {
    let name = factName
    let known = try await facts.fact(name)
    let isNew: Bool
    switch try await files.run({ contents() }) {
    case .unusable(let error): return .unusable("\(setting): \(error.message)")
    case .marked(let marker):
      guard marker != known else { return .usable }
      guard known == nil || isForced else { return another }
      // of an earlier database, or of another server on the same one
      if !isLooking { _ = try await facts.replaceFact(name, known, with: marker) }
      return .usable
    case .missing: isNew = true
    case .unmarked(let isTakeable): isNew = isTakeable
    }
    if !isForced, known == nil, isNew, let host = try await earlierHost() { return renamed(host) }
    if isForced || known == nil && isNew {
      return isLooking ? try await files.run { tryOut() } : try await mark(name, replacing: known)
    }
    return known == nil ? strange : lost
  }

  private var another: Finding {
    .unknown(
      "\(setting): \(path) is not the same folder as before: it has another folder's marker. If it is the right one, "
        + "run `posevault doctor --fix`.")
  }

  private var strange: Finding {
    .unknown(
      "\(setting): \(path) contains other files, but no backup. If it is the right folder, run "
        + "`posevault doctor --fix`.")
  }

  private var lost: Finding {
    .unknown(
      "\(setting): \(path) has lost its marker \(Self.fileName): it is not mounted, was emptied, or is another disk. "
        + "Nothing is written there. If it is the right folder, run `posevault doctor --fix`.")
  }

  private func renamed(_ host: String) -> Finding {
    .unknown(
      "\(setting): the last backup went to \(path) on \(host), and there is none here: it is not mounted, or this is "
        + "another machine. Nothing is written there. If it is the right folder, run `posevault doctor --fix`.")
  }

  /// Under which other name a machine has written the last backup to a folder of this path; a container may get a new
  /// name with each start.
  private func earlierHost() async throws -> String? {
    guard !scope.isEmpty, let last = try await runs.latestProvenBackup(), last.origin.host != scope,
      let archive = last.archive, archive.path.hasPrefix("\(path)/")
    else { return nil }
    return last.origin.host
  }

  private func mark(_ name: String, replacing known: String?) async throws -> Finding {
    do {
      let marker = try await files.run { try write() }
      _ = try await facts.replaceFact(name, known, with: marker)
      return .usable
    } catch let error as PoseVaultError where error.code == .fileSystem {
      return .unusable("\(setting): \(error.message)")
    }
  }

  private var factName: String {
    let digest = SHA256.hash(data: Array("\(scope)\u{0}\(path)".utf8))
    return "folder_" + Hexadecimal.text(digest).prefix(40)
  }

  // MARK: What blocks

  private func tryOut() -> Finding {
    Self.refusal(ofNew: path).map { .unusable("\(setting): \($0.message)") } ?? .usable
  }

  /// Why a folder that isn't there could not be made, by making it and removing it again; nil where it could. Blocks.
  public static func refusal(ofNew path: String) -> PoseVaultError? {
    if mkdir(path, 0o700) == 0 {
      rmdir(path)
      return nil
    }
    guard errno == EEXIST else { return FileFailure.error("create the folder \(path)", errno) }
    // another process has made it meanwhile, or it is a link to what isn't there, such as a disk that isn't mounted
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return FileFailure.error("use the folder \(path)", errno) }
    close(descriptor)
    return nil
  }

  private func contents() -> Contents {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT ? .missing : .unusable(FileFailure.error("use the folder \(path)", errno))
    }
    close(descriptor)
    guard access(path, W_OK | X_OK) == 0 else {
      return .unusable(FileFailure.error("write to the folder \(path)", errno))
    }
    do {
      if let marker = try marker() { return .marked(marker) }
      let names = try BackupFolder(path: path).names().filter { name in
        !name.hasPrefix(".") && name != "lost+found" && name != ErasureFile.name
      }
      let isRepository = names.contains("packs") && names.contains("runs")
      return .unmarked(isTakeable: names.isEmpty || isRepository || names.contains { BackupFolder.isOurs($0) })
    } catch {
      return .unusable(error as? PoseVaultError ?? PoseVaultError(.fileSystem, "Could not look into \(path)."))
    }
  }

  private func marker() throws -> String? {
    let descriptor = open("\(path)/\(Self.fileName)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor == -1, errno == ENOENT { return nil }
    try FileFailure.check("read the marker of \(path)") { descriptor }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = try FileFailure.check("read the marker of \(path)") { read(descriptor, &bytes, bytes.count) }
    let text = String(decoding: bytes.prefix(count), as: UTF8.self).prefix { $0.isHexDigit }
    return text.isEmpty ? nil : String(text)
  }

  /// A folder that several write to at once keeps the first one's marker.
  private func write() throws -> String {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileFailure.error("create the folder \(path)", errno) }
    let file = "\(path)/\(Self.fileName)"
    let marker = DatasetID.random()
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor == -1, errno == EEXIST, let marker = try self.marker() { return marker }
    try FileFailure.check("write to the folder \(path)") { descriptor }
    defer { close(descriptor) }
    do {
      try Array((marker + "\n").utf8).writeAll(to: descriptor, file)
      try FileFailure.check("store \(file)") { fsync(descriptor) }
      try BackupFolder(path: path).synchronize()
    } catch {
      // a marker that is cut short would be read as another one
      unlink(file)
      throw error
    }
    return marker
  }
}

extension BackupFolder {
  /// Whether a file of that name is an archive, or what a run leaves behind: by its name, as every version and the
  /// Node.js server before it wrote them.
  static func isOurs(_ name: String) -> Bool {
    name.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}-backup.*\.(zip|partial)/) != nil || RunMark.isName(name)
  }
}
