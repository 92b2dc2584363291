import PoseCore

/// What a run that writes a result for each input shows on standard error, and its counts.
actor ResultReport {
  enum Ending: Sendable, Equatable {
    case done
    /// By an earlier run.
    case known
    case failed(String)
  }

  private let tellsFailures: Bool
  private var progress = ProgressLine(isEnabled: StandardError.isTerminal)
  private var done = 0
  private var known = 0
  private(set) var failures = 0

  init(format: PoseFormat) {
    tellsFailures = type(of: format.writer).tellsFailures
  }

  /// - Parameter shard: the tar that contains the picture.
  func tell(_ outcome: PictureOutcome, in shard: FilePath?) {
    if !tellsFailures, let failure = outcome.failure {
      progress.clear()
      let file = shard.map { $0.child(outcome.file.bytes) } ?? outcome.file
      StandardError.write("posevault: \(file.shown): \(failure)")
    }
    progress.advance(failed: outcome.failure != nil, total: nil)
  }

  func tell(_ path: FilePath, _ ending: Ending) {
    switch ending {
    case .done: done += 1
    case .known: known += 1
    case .failed(let reason):
      failures += 1
      progress.clear()
      StandardError.write("posevault: \(path.shown): \(reason)")
    }
  }

  /// Such as `12 results written, 3 written already, 0 inputs failed.`
  func end(skipped: SkippedFiles) {
    progress.clear()
    if let line = skipped.line { StandardError.write(line) }
    StandardError.write("\(done) results written, \(known) already written, \(failures) inputs failed.")
  }

  func clearProgress() { progress.clear() }
}
