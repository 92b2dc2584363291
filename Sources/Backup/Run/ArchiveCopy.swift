import Glibc
import PoseCore

/// Copies proven archives to another folder, and reads the copies again.
struct ArchiveCopy: Sendable {
  let files: BlockingPool

  /// - Parameter report: told how much is done, 0…1.
  ///
  /// Throws ``PoseVaultError`` with `fileSystem`, or with `backupUnproven` where the copy is not the archive; then
  /// there is none.
  func copy(_ archive: BackupArchive, into path: String, report: @Sendable (Double) -> Void) async throws {
    let folder = BackupFolder(path: path)
    let (source, partial) = try await files.run {
      let source = try CopySource(archive.path)
      _ = try folder.removeLeftovers()
      return (source, try folder.begin(copyOf: archive))
    }
    do {
      while try await files.run({ try source.pass(to: partial) }) {
        try Task.checkCancellation()
        report(Double(source.position) / Double(max(archive.size, 1)) / 2)
      }
      try await files.run {
        try partial.synchronize()
        try Self.compare(FileDigest(partial.descriptor, partial.path), archive)
        try folder.publish(partial, copyOf: archive)
      }
    } catch {
      await Task { [files] in try? await files.run { partial.discard() } }.value
      throw error
    }
  }

  fileprivate static func compare(_ digest: FileDigest, _ archive: BackupArchive) throws {
    guard digest.size == archive.size, digest.sha256 == archive.sha256 else {
      throw PoseVaultError(
        .backupUnproven,
        "Read again, it had \(digest.size) bytes and the SHA-256 \(digest.sha256), not those of the archive.")
    }
  }
}

extension BackupFolder {
  /// Begins the copy of an archive, after checking that there is space.
  fileprivate func begin(copyOf archive: BackupArchive) throws -> PartialFile {
    let partial = try begin(named: archive.fileName)
    do {
      try requireSpace(Int(archive.size))
      return partial
    } catch {
      partial.discard()
      throw error
    }
  }

  /// Gives the copy the archive's own name; one that is there already must be the same.
  fileprivate func publish(_ partial: PartialFile, copyOf archive: BackupArchive) throws {
    let final = "\(path)/\(archive.fileName)"
    guard try !partial.move(to: final) else { return try synchronize() }
    defer { partial.discard() }
    let descriptor = try FileFailure.check("read \(final)") { open(final, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    defer { close(descriptor) }
    guard try FileDigest(descriptor, final) == FileDigest(partial.descriptor, partial.path) else {
      throw PoseVaultError(.fileSystem, "\(final) is there already, and is another file.")
    }
  }
}

/// The archive that is copied, piece by piece.
// Guarded by: its one user makes one call after another.
private final class CopySource: @unchecked Sendable {
  private let descriptor: Int32
  private let path: String
  private var buffer = [UInt8](repeating: 0, count: 4 << 20)
  private(set) var position = 0

  init(_ path: String) throws {
    self.path = path
    descriptor = try FileFailure.check("read \(path)") { open(path, O_RDONLY | O_CLOEXEC) }
  }

  deinit {
    close(descriptor)
  }

  /// Whether there was more to pass on.
  func pass(to partial: PartialFile) throws -> Bool {
    let count = try FileFailure.check("read \(path)") {
      pread(descriptor, &buffer, buffer.count, off_t(position))
    }
    try partial.append(buffer[..<count])
    position += count
    return count > 0
  }
}
