import Foundation
import PoseCore

extension BackupFolder {
  /// Removes what processes that were killed have left of unfinished archives, and says their names.
  ///
  /// A file that a live process writes to is locked by it; a scratch folder belongs to the file of its name.
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

  /// The marks of runs whose process is dead; each is locked for as long as it is kept.
  func abandonedMarks() throws -> [RunMark] {
    try names().filter(RunMark.isName).compactMap { RunMark(abandoned: "\(path)/\($0)") }
  }

  /// Partial files before the scratch folders that belong to them; none where the folder doesn't exist.
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
