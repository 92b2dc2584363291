import PoseCore
import Synchronization

/// Copies proven archives to another folder, and reads the copies again.
struct ArchiveCopy: Sendable {
  let files: BlockingPool

  /// - Parameter report: told how much is done, 0…1.
  ///
  /// Throws ``PoseVaultError`` with `fileSystem`, or with `backupUnproven` where the copy is not the archive; then
  /// there is none.
  func copy(_ archive: BackupArchive, into path: String, report: @Sendable (Double) -> Void) async throws {
    let folder = BackupFolder(path: path)
    let bytes = Double(max(archive.size, 1) * 2)
    let (source, partial) = try await files.run {
      let source = try ReadFile(archive.path)
      _ = try folder.removeLeftovers()
      return (source, try folder.begin(named: archive.fileName))
    }
    do {
      try await files.run { try folder.requireSpace(Int(archive.size)) }
      while try await files.run({ try source.pass(to: partial) }) {
        try Task.checkCancellation()
        report(Double(source.position) / bytes)
      }
      try await files.run { try partial.synchronize() }
      try await check(partial, against: archive) { report(0.5 + Double($0) / bytes) }
      try await publish(partial, folder, as: archive)
    } catch {
      await Task { [files] in try? await files.run { partial.discard() } }.value
      throw error
    }
  }

  /// Gives the copy the archive's own name; a file that has it already must be the same.
  private func publish(_ partial: PartialFile, _ folder: BackupFolder, as archive: BackupArchive) async throws {
    let final = "\(folder.path)/\(archive.fileName)"
    let isFree = try await files.run {
      guard try partial.move(to: final) else { return false }
      try folder.synchronize()
      return true
    }
    guard !isFree else { return }
    let taken = try await files.run { try ReadFile(final) }
    do {
      try await check(taken, against: archive)
    } catch let error as PoseVaultError where error.code == .backupUnproven {
      throw PoseVaultError(.fileSystem, "\(final) is there already, and is another file.")
    }
    try await files.run { partial.discard() }
  }

  private func check(
    _ file: some OpenFile, against archive: BackupArchive, report: @Sendable (Int) -> Void = { _ in }
  ) async throws {
    let digest = try await FileDigest.of(file, files, report: report)
    guard digest.size == archive.size, digest.sha256 == archive.sha256 else {
      throw PoseVaultError(
        .backupUnproven,
        "Read again, it had \(digest.size) bytes and the SHA-256 \(digest.sha256), not those of the archive.")
    }
  }
}

extension ArchiveCopy {
  /// Copies on a thread of its own, and gives up where nothing was done for as long as `patience`.
  ///
  /// A folder on a network may hang for ever. The call that hangs stays behind, and ends the copy if it ever returns.
  static func copy(
    _ archive: BackupArchive, into path: String, patience: Duration, report: @escaping @Sendable (Double) -> Void
  ) async throws {
    let files = BlockingPool("the copy", threads: 1, maxWaiting: 10, waitLimit: patience)
    let deadline = CopyDeadline(patience)
    let (end, ending) = AsyncThrowingStream.makeStream(of: Void.self, throwing: (any Error).self)
    let work = Task {
      do {
        try await ArchiveCopy(files: files).copy(archive, into: path) {
          deadline.putOff()
          report($0)
        }
        ending.finish()
      } catch {
        ending.finish(throwing: error)
      }
      try? await files.shutDown()
    }
    let watch = Task {
      try await deadline.pass()
      ending.finish(
        throwing: work.isCancelled
          ? CancellationError()
          : PoseVaultError(.fileSystem, "\(path) did not answer for too long, and the copy was given up."))
      work.cancel()
    }
    defer { watch.cancel() }
    try await withTaskCancellationHandler {
      // in a task of its own: one that is called off tidies up first
      try await Task { for try await _ in end {} }.value
    } onCancel: {
      work.cancel()
      deadline.hurry()
    }
  }
}

/// Until when something must have been done for a copy to go on; the machine's sleep does not count.
private final class CopyDeadline: Sendable {
  private let patience: Duration
  private let moment: Mutex<SuspendingClock.Instant>
  private static let partingPatience = Duration.seconds(5)

  init(_ patience: Duration) {
    self.patience = patience
    moment = Mutex(.now + patience)
  }

  func putOff() {
    moment.withLock { $0 = .now + patience }
  }

  /// The program was told to end.
  func hurry() {
    moment.withLock { $0 = min($0, .now + Self.partingPatience) }
  }

  /// Returns once it has passed.
  func pass() async throws {
    while case let rest = SuspendingClock.now.duration(to: moment.withLock { $0 }), rest > .zero {
      try await Task.sleep(for: min(rest, Duration.seconds(1)), clock: .suspending)
    }
  }
}
