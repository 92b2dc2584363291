import Foundation
import Glibc
import PoseCore

/// A folder, or repository, that archives lie in, or have lain in.
struct ArchiveFolder: Sendable {
  /// As a run or the settings spell it.
  let path: String
  let isRepository: Bool
  /// The names of the archives that runs have recorded there.
  var recorded: Set<String> = []
  /// When the newest of those that this machine made was finished, in seconds since 1970.
  var newest = Int64.min

  /// Where links lead: the settings may spell a folder in another way than a run did. Blocks.
  static func place(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }

  /// The folder of an archive, which is the repository of a run. Blocks.
  init(of archive: BackupArchive) {
    isRepository = archive.repository != nil
    if isRepository {
      path = PackFolder(ofRun: archive.path).path
    } else {
      let folder = archive.path.dropLast(archive.fileName.utf8.count + 1)
      path = !folder.isEmpty ? String(folder) : archive.path.hasPrefix("/") ? "/" : "."
    }
  }

  init(path: String, isRepository: Bool) {
    self.path = path
    self.isRepository = isRepository
  }

  /// The names of the archives that lie there; none where there is no such folder. Blocks. Throws `fileSystem`.
  func names() throws -> Set<String> {
    if isRepository { return Set(try PackFolder(path: path).runs.names().filter(PackFolder.isRun)) }
    return Set(try BackupFolder(path: path).names().filter { $0.hasSuffix(".zip") && BackupFolder.isOurs($0) })
  }

  /// Whether it is there and can be looked into. Blocks.
  var isReadable: Bool { access(path, R_OK | X_OK) == 0 }
}

extension BackupRunner {
  /// The folders that archives of this database went to, by where they are, or would be, on this machine.
  private func recordedFolders() async throws -> [String: ArchiveFolder] {
    var found: [String: ArchiveFolder] = [:]
    var last: Int?
    while case let page = try await runs.backups(before: last, limit: 200), let end = page.last {
      last = end.id
      let before = found
      found = try await files.run { [host, rules] in
        var found = before
        for run in page {
          guard let archive = run.archive, case let folder = ArchiveFolder(of: archive) else { continue }
          let place = ArchiveFolder.place(folder.path)
          var known = found[place] ?? folder
          known.recorded.insert(archive.fileName)
          if run.origin.host == host || rules.isAlone { known.newest = max(known.newest, run.finishedAt ?? .max) }
          found[place] = known
        }
        return found
      }
    }
    return found
  }

  /// Folders on this machine with archives that went there before the settings named another one.
  ///
  /// Left out are those that another installation may use: somebody may try a copy of its database, which knows its
  /// archives. Such a folder has archives that no run here knows, or the copy has made no backup elsewhere yet.
  func formerFolders() async throws -> [String] {
    let recorded = try await recordedFolders()
    let last = try await runs.latestProvenBackup()?.archive
    return try await files.run { [markers] in
      var current = Set(markers.map { ArchiveFolder.place($0.path) })
      if let last { current.insert(ArchiveFolder.place(ArchiveFolder(of: last).path)) }
      return recorded.filter { place, folder in
        guard !current.contains(place), folder.isReadable, let names = try? folder.names() else { return false }
        return !names.isEmpty && names.isSubset(of: folder.recorded)
      }.values.map(\.path).sorted()
    }
  }

  /// Where archives may lie that hold what was stored at `moment`, in seconds since 1970, beyond those that are known: one
  /// line for each folder.
  func unknownHolders(since moment: Int64) async throws -> [String] {
    var lines: [String] = []
    var told: Set<String> = []
    var folders = try await recordedFolders()
    for marker in markers {
      if let problem = try await marker.look().problem {
        lines.append("What the archives in \(marker.path) hold is not known. \(problem)")
        told.insert(marker.path)
      }
      let place = try await files.run { ArchiveFolder.place(marker.path) }
      let isRepository = rules.repository != nil && marker.path == rules.folder
      var folder = ArchiveFolder(path: marker.path, isRepository: isRepository)
      // a copy has its archive's name
      folder.recorded = folders.values.reduce(into: []) { $0.formUnion($1.recorded) }
      folders[place] = folder
    }
    let all = folders.values.sorted { $0.path < $1.path }
    lines += try await files.run { [told] in
      all.compactMap { folder in
        guard !told.contains(folder.path) else { return nil }
        guard folder.isReadable, let names = try? folder.names() else {
          // a folder of the settings that was never used has none
          guard folder.newest > .min, folder.newest >= moment else { return nil }
          return "\(folder.path) can't be looked into: archives that went there may hold the picture."
        }
        let unknown = names.subtracting(folder.recorded).count
        guard unknown > 0 else { return nil }
        return "\(folder.path) has \(Count.text(unknown, "archive")) that no run here knows, and that may hold the "
          + "picture; `posevault backup adopt` lists those of this database in BACKUP_DIR."
      }
    }
    return lines
  }
}
