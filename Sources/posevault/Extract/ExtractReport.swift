import Foundation
import PoseCore

/// The output of `extract`: results on standard output, failures and progress on standard error.
actor ExtractReport {
  private var writer: any PoseFormatWriter
  private let tellsFailures: Bool
  private let files: BlockingPool
  private var progress = ProgressLine(isEnabled: StandardError.isTerminal)
  private var total: Int?
  private(set) var failures = 0

  init(format: PoseFormat, files: BlockingPool) {
    let writer = format.writer
    self.writer = writer
    tellsFailures = type(of: writer).tellsFailures
    self.files = files
  }

  func begin() async throws {
    try await write(writer.begin())
  }

  func tell(_ outcome: PictureOutcome) async throws {
    if isatty(STDOUT_FILENO) == 1 { progress.clear() }
    if let failure = outcome.failure {
      failures += 1
      if !tellsFailures || outcome.overlayFailure != nil {
        progress.clear()
        StandardError.write("posevault: \(outcome.file.shown): \(failure)")
      }
    }
    try await write(writer.picture(outcome))
    progress.advance(failed: outcome.failure != nil, total: total)
  }

  /// - Parameter skipped: what was skipped in folders.
  func end(skipped: SkippedFiles) async throws {
    progress.clear()
    try await write(writer.end())
    if let line = skipped.line { StandardError.write(line) }
  }

  func clearProgress() {
    progress.clear()
  }

  /// Walks the same pictures to find out how many there are, for the remaining time; the contents of a tar are not
  /// known before its end.
  func count(_ feed: PathFeed, part: InputPart) async throws {
    var inputs = 0
    var count = 0
    while let input = try await feed.next() {
      try Task.checkCancellation()
      defer { inputs += 1 }
      guard part.has(inputs) else { continue }
      if try await files.run({ input.isShard }) { return }
      count += 1
    }
    total = count
  }

  /// In a task of its own, because a cancelled run must not leave half of its output behind.
  private func write(_ bytes: [UInt8]) async throws {
    guard !bytes.isEmpty else { return }
    let bytes = isatty(STDOUT_FILENO) == 1 ? Terminal.safe(bytes) : bytes
    do {
      try await Task { [files] in try await files.run { try Descriptor.write(bytes, to: STDOUT_FILENO) } }.value
    } catch Descriptor.Failure.system(let number) {
      let reason = String(cString: strerror(number)).lowercased()
      throw PoseVaultError(.fileSystem, "Standard output cannot be written: \(reason).")
    }
  }
}
