import NIOCore
public import PoseCore

/// Takes single pictures out of an archive, as files. Of a run in a repository it reads their bytes alone.
public struct PictureExtract: Sendable {
  /// What became of the pictures.
  public struct Report: Sendable, Hashable {
    /// Paths of the files, by ascending ids.
    public var written: [String] = []
    /// What is not there or not whole, one line each.
    public var missing: [String] = []
  }

  private let passphrase: String?
  private let indexes: IndexMaker
  private let files: BlockingPool

  /// - Parameters:
  ///   - scratch: makes working indexes, in `spoolFolder`.
  ///   - files: where files are read and written.
  public init(scratch: any ScratchStore, spoolFolder: String, passphrase: String?, files: BlockingPool) {
    self.passphrase = passphrase
    self.files = files
    indexes = IndexMaker(scratch: scratch, folder: spoolFolder)
  }

  /// Writes each picture into `folder`, which is made where it is missing, under its id; no file is replaced.
  ///
  /// Throws ``PoseVaultError``: `backupUnproven` for what is no whole archive, `fileSystem` where a file can't be
  /// written. `CancellationError` when the task was cancelled.
  public func extract(_ ids: Set<ImageID>, from path: String, into folder: String) async throws -> Report {
    do {
      let inventory = try await files.run { [passphrase, indexes] in
        try Inventory(path, passphrase: passphrase, indexes: indexes)
      }
      var found: [ImageID: EntryRecord] = [:]
      var report = Report()
      for id in ids.sorted() {
        guard let record = try await files.run({ try inventory.picture(id) }) else {
          report.missing.append("The picture \(id) is not in the archive.")
          continue
        }
        found[id] = record
      }
      if let packed = inventory.packed {
        try await extract(found.keys.sorted(), of: packed, in: PackFolder(ofRun: path), into: folder, &report)
      } else {
        try await extract(found, fromArchive: path, into: folder, &report)
      }
      return report
    } catch let damage as ArchiveDamage {
      throw PoseVaultError(.backupUnproven, "The archive is damaged. \(damage.line).")
    }
  }

  private func extract(
    _ ids: [ImageID], of packed: PackedPictures, in repository: PackFolder, into folder: String,
    _ report: inout Report
  ) async throws {
    try await files.run { try repository.requirePacks() }
    for id in ids {
      try Task.checkCancellation()
      guard let picture = try await files.run({ try packed.picture(id) }) else { continue }
      let pack = packed.packs[picture.pack].sha256
      let place = repository.path(of: pack)
      do {
        guard try await files.run({ FileStatus(at: place) }) != nil else {
          throw ArchiveDamage(PackFolder.name(of: pack), "is missing")
        }
        let bytes = MemberBytes(
          file: try await files.run { try ReadFile(place) }, pack: PackFolder.name(of: pack), member: picture.member,
          files: files)
        let file = try await files.run { try BackupFolder(path: folder).begin(named: "\(id)") }
        do {
          for try await piece in bytes { try await files.run { try file.append(ArraySlice(piece.readableBytesView)) } }
          report.written.append(try await name(file, picture.record, in: folder))
        } catch {
          await Task { [files] in try? await files.run { file.discard() } }.value
          throw error
        }
      } catch let damage as ArchiveDamage {
        report.missing.append("The picture \(id) is lost or damaged. \(damage.line).")
      }
    }
  }

  private func extract(
    _ wanted: [ImageID: EntryRecord], fromArchive path: String, into folder: String, _ report: inout Report
  ) async throws {
    let reader = try await files.run { [passphrase] in try ZipReader(path: path, passphrase: passphrase) }
    var left = wanted.count
    while left > 0, let (name, _) = try await files.run({ try reader.next() }) {
      guard let id = name.picture, let record = wanted[id], record.name == name else { continue }
      left -= 1
      let entry = CheckedEntry(record, reader)
      let file = try await files.run { try BackupFolder(path: folder).begin(named: "\(id)") }
      do {
        while case let piece = try await files.run({ try entry.read() }), !piece.isEmpty {
          try Task.checkCancellation()
          try await files.run { try file.append(piece[...]) }
        }
        report.written.append(try await self.name(file, record, in: folder))
      } catch {
        await Task { [files] in try? await files.run { file.discard() } }.value
        guard let damage = error as? ArchiveDamage else { throw error }
        report.missing.append("The picture \(id) is damaged. \(damage.line).")
      }
    }
    report.written.sort()
  }

  /// Gives a picture that is whole its name; the path it then has.
  private func name(_ file: PartialFile, _ record: EntryRecord, in folder: String) async throws -> String {
    try await files.run {
      try file.synchronize()
      let name = record.name.text.split(separator: "/").last.map { String($0) } ?? record.name.text
      let place = "\(folder)/\(name)"
      guard try file.move(to: place) else {
        throw PoseVaultError(.fileSystem, "\(place) is there already, and is not replaced.")
      }
      try BackupFolder(path: folder).synchronize()
      return place
    }
  }
}
