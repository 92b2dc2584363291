import Crypto
import Foundation
import Glibc
import PoseCore
import Synchronization

/// The result of one input and its statistics, `NAME.jsonl` and `NAME.stats.json`: written under temporary names, and
/// renamed when complete, the second one last.
///
/// All calls block, and throw ``SystemFailure`` or ``Descriptor/Failure``.
final class ResultFile: Sendable {
  private struct State {
    var file: Int32 = -1
    var digest = SHA256()
    var count = 0
  }

  /// Another process is writing it.
  struct Taken: Error {}

  private let folder: Int32
  private let name: FilePath
  private let statsName: FilePath
  private let state = Mutex(State())

  /// - Parameters:
  ///   - folder: of all results; it is created, as is everything between it and the result.
  ///   - place: of the input, below `folder`.
  ///   - ending: of the result, such as `jsonl`.
  init(_ place: [[UInt8]], ending: String, below folder: FilePath) throws {
    let last = place.last ?? []
    name = Self.name(last, ending)
    statsName = Self.name(last, Self.statsEnding)
    self.folder = try FolderDescent.open(place.dropLast(), below: folder)
  }

  deinit {
    let file = state.withLock { $0.file }
    if file >= 0 { close(file) }
    close(folder)
  }

  static let statsEnding = "stats.json"

  static func name(_ input: [UInt8], _ ending: String) -> FilePath {
    FilePath(bytes: input + Array(".\(ending)".utf8))
  }

  /// What an earlier run recorded, if its result still exists.
  func earlier() throws -> ResultStats? {
    guard let bytes = Self.read(statsName, in: folder), let stats = ResultStats(json: bytes),
      stats.output.file == shownName
    else { return nil }
    var status = stat()
    guard name.withCString({ fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }) == 0,
      status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) == stats.output.bytes
    else { return nil }
    return stats
  }

  private var shownName: String { name.name.text }

  /// Begins to write it again. Throws ``Taken`` while another process does.
  func begin() throws {
    let partial = aside
    while true {
      let file = try SystemFailure.check(
        partial.withCString { openat(folder, $0, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666) })
      var here = stat()
      var there = stat()
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        let number = errno
        close(file)
        if number == EWOULDBLOCK { throw Taken() }
        throw SystemFailure(number)
      }
      // the one that had it until now may have given it its name
      guard fstat(file, &here) == 0,
        partial.withCString({ fstatat(folder, $0, &there, AT_SYMLINK_NOFOLLOW) }) == 0, here.st_ino == there.st_ino
      else {
        close(file)
        continue
      }
      guard here.st_mode & S_IFMT == S_IFREG, ftruncate(file, 0) == 0 else {
        close(file)
        throw SystemFailure(EEXIST)
      }
      state.withLock { $0.file = file }
      return
    }
  }

  func write(_ bytes: [UInt8]) throws {
    let file = state.withLock { state in
      state.digest.update(data: bytes)
      state.count += bytes.count
      return state.file
    }
    try Descriptor.write(bytes, to: file)
  }

  /// Replaces an earlier result with this one. The earlier one's statistics are removed first, since they would be
  /// mistaken for this one's.
  func finish() throws -> ResultStats.Output {
    let (file, digest, count) = state.withLock { ($0.file, $0.digest, $0.count) }
    try SystemFailure.check(fdatasync(file))
    try remove(statsName)
    try rename(aside, to: name)
    return ResultStats.Output(file: shownName, bytes: count, sha256: Hexadecimal.text(digest.finalize()))
  }

  /// Records that it is done; call it after ``finish()``.
  func tell(_ stats: ResultStats) throws {
    let partial = FilePath(bytes: Array(".".utf8) + statsName.bytes + Array(".partial".utf8))
    let file = try SystemFailure.check(
      partial.withCString { openat(folder, $0, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666) })
    do {
      defer { close(file) }
      try Descriptor.write(stats.json(), to: file)
      try SystemFailure.check(fdatasync(file))
    }
    try rename(partial, to: statsName)
  }

  /// Removes everything that was written, and an earlier result as well if the input is no longer the one it was made
  /// from.
  func discard(withEarlier: Bool) {
    if withEarlier {
      try? remove(statsName)
      try? remove(name)
    }
    if state.withLock({ $0.file }) >= 0 { try? remove(aside) }
  }

  private var aside: FilePath { FilePath(bytes: Array(".".utf8) + name.bytes + Array(".partial".utf8)) }

  private func remove(_ name: FilePath) throws {
    if name.withCString({ unlinkat(folder, $0, 0) }) != 0, errno != ENOENT { throw SystemFailure(errno) }
  }

  private func rename(_ old: FilePath, to new: FilePath) throws {
    try SystemFailure.check(
      old.withCString { old in new.withCString { new in renameat(folder, old, folder, new) } })
  }

  /// nil if there is none, or no file of a plausible size.
  private static func read(_ name: FilePath, in folder: Int32) -> [UInt8]? {
    let file = name.withCString { openat(folder, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = try? Descriptor.read(file)
    return bytes.flatMap { $0.count < 65_536 ? $0 : nil }
  }
}
