import Foundation
import Glibc
import PoseCore

/// BACKUP_DIR. All calls block.
struct BackupFolder: Sendable {
  let path: String

  /// How many bytes this user can still write there.
  func freeSpace() throws -> Int {
    var status = statvfs()
    try FileFailure.check("look at \(path)") { statvfs(path, &status) }
    return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  /// The same minus what is kept free, since pictures may share the disk: 512 MB, or 2 % of a small one.
  func usableSpace() throws -> Int {
    var status = statvfs()
    try FileFailure.check("look at \(path)") { statvfs(path, &status) }
    let size = Int(clamping: UInt64(status.f_blocks) * UInt64(status.f_frsize))
    return try freeSpace() - min(512 << 20, size / 50)
  }

  /// Throws `fileSystem`, with the detail `missingBytes`.
  ///
  /// - Parameter work: what needs the space, for the error message.
  func requireSpace(_ bytes: Int, for work: String = "the backup") throws {
    let free = try usableSpace()
    guard free >= bytes else {
      throw PoseVaultError(
        .fileSystem,
        "There is not enough space in \(path): \(work) may need \(bytes >> 20) MB, and \(max(free, 0) >> 20) MB can be "
          + "used.",
        details: ["missingBytes": "\(bytes - free)"])
    }
  }

  /// Creates the archive of `day`.
  func begin(_ day: BackupDay) throws -> PartialFile {
    try begin(named: "\(day)-backup")
  }

  /// Creates a file whose name begins like this, and differs from all finished ones.
  func begin(named name: String) throws -> PartialFile {
    let (path, descriptor) = try create { "\(name)-\($0).partial" }
    return PartialFile(path: path, descriptor: descriptor)
  }

  /// Creates a file and locks it; creates the folder if it is missing.
  ///
  /// - Parameter name: returns a name of hexadecimal digits that no other file has.
  func create(_ name: (String) -> String) throws -> (path: String, descriptor: Int32) {
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw FileFailure.error("create the folder \(path)", errno) }
    while true {
      let path = "\(path)/" + name(String(UInt64.random(in: .min ... .max), radix: 16))
      if let descriptor = try FileLock.create(path) { return (path, descriptor) }
    }
  }

  /// Renames the archive to its final name, durably, without replacing anything; returns its path.
  ///
  /// The second archive of a day gets `-2`. Names of removed archives are not reused while a later one of that day
  /// exists: a run has recorded them.
  func publish(_ partial: PartialFile, _ day: BackupDay) throws -> String {
    let begin = "\(day)-backup"
    var number = try names().compactMap { Self.number(of: $0, begin) }.max().map { $0 + 1 } ?? 1
    while true {
      let final = "\(path)/\(begin)\(number == 1 ? "" : "-\(number)").zip"
      if try partial.move(to: final) {
        try synchronize()
        return final
      }
      number += 1
    }
  }

  /// nil if the file is not one of that day.
  private static func number(of name: String, _ begin: String) -> Int? {
    guard name.hasPrefix(begin), name.hasSuffix(".zip") else { return nil }
    let rest = name.dropFirst(begin.count).dropLast(4)
    if rest.isEmpty { return 1 }
    // one more must still be a number
    guard rest.hasPrefix("-"), let number = Int(rest.dropFirst()), (1..<1_000_000).contains(number) else { return nil }
    return number
  }

  /// Makes new names and removals in it durable.
  func synchronize() throws {
    let descriptor = try FileFailure.check("open \(path)") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    defer { close(descriptor) }
    try FileFailure.check("store \(path)") { fsync(descriptor) }
  }
}

extension BackupFolder {
  /// Removes what killed processes have left of unfinished archives, and returns their names.
  ///
  /// A file that a live process is writing is locked by it; a scratch folder belongs to the file with its name.
  func removeLeftovers() throws -> [String] {
    var removed: [String] = []
    for name in try names() {
      let place = "\(path)/\(name)"
      if name.wholeMatch(of: Self.partialName) != nil {
        guard let lock = FileLock.ofAbandoned(place) else { continue }
        unlink(place)
        close(lock)
      } else if name.hasSuffix(PartialFile.scratchSuffix),
        case let partial = String(name.dropLast(PartialFile.scratchSuffix.count)),
        partial.wholeMatch(of: Self.partialName) != nil
      {
        guard access("\(path)/\(partial)", F_OK) != 0 else { continue }
        try? FileManager.default.removeItem(atPath: place)
      } else if name.wholeMatch(of: /[0-9a-f]{1,16}\.spool/) != nil {
        // has lost its name before anything is written to it, unless its process was killed just then
        unlink(place)
      } else {
        continue
      }
      removed.append(name)
    }
    return removed
  }

  /// The marks of runs whose process is dead; each is locked for as long as it is held.
  func abandonedMarks() throws -> [RunMark] {
    try names().filter(RunMark.isName).compactMap { RunMark(abandoned: "\(path)/\($0)") }
  }

  /// Partial files before the scratch folders that belong to them; empty if the folder doesn't exist.
  func names() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch CocoaError.fileReadNoSuchFile {
      return []
    } catch {
      throw PoseVaultError(.fileSystem, "Could not look into \(path).", cause: error)
    }
  }

  private static var partialName: Regex<Substring> {
    /[0-9]{4}-[0-9]{2}-[0-9]{2}-backup[-.a-z0-9]*-[0-9a-f]{1,16}\.partial/
  }
}
