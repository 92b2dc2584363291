import Foundation
import Glibc
import PoseCore

/// The output and counts of `import`: a progress bar, a summary, and a file of failures.
actor ImportReport {
  private let failureFile: String
  private var failureHandle: FileHandle?
  private var progress = ProgressLine(isEnabled: StandardError.isTerminal)
  private var total: Int?
  private var stored = 0
  private var people = 0
  private var known = 0
  private var withoutPerson = 0
  private(set) var failures = 0
  /// How many failures are printed; all are in the file.
  private static let maxLines = 20

  /// - Parameter failureFile: recreated at the first failure; emptied by a complete run without any.
  init(failureFile: String) { self.failureFile = failureFile }

  func expect(_ total: Int) { self.total = total }

  func tell(_ path: FilePath, _ outcome: ImportRun.Outcome) throws {
    var hasFailed = false
    switch outcome {
    case .stored(let count):
      stored += 1
      people += count
    case .known: known += 1
    case .withoutPerson: withoutPerson += 1
    case .failed(let reason):
      failures += 1
      hasFailed = true
      try write("\(Self.cell(path.shown))\t\(Terminal.line(reason))\n")
      progress.clear()
      if failures <= Self.maxLines { StandardError.write("posevault: \(path.shown): \(reason)") }
      if failures == Self.maxLines { StandardError.write("posevault: Further failures are listed in \(failureFile).") }
    }
    progress.advance(failed: hasFailed, total: total)
  }

  /// Such as `12 pictures stored with 14 people, 3 already stored, 2 without a person, 1 failed (failures.tsv)`.
  ///
  /// - Parameter isWhole: whether all pictures were processed.
  func end(isWhole: Bool) -> String {
    progress.clear()
    try? failureHandle?.close()
    // an earlier run's would be taken for this one's
    if isWhole, failures == 0 { _ = truncate(failureFile, 0) }
    let failed = failures > 0 ? "\(failures) failed (\(failureFile))" : "0 failed"
    let found = people == 1 ? "1 person" : "\(people) people"
    return "\(Count.text(stored, "picture")) stored with \(found), \(known) already stored, "
      + "\(withoutPerson) without a person, \(failed)."
  }

  /// A spreadsheet would take such a beginning for a formula; the changed path means the same.
  private static func cell(_ path: String) -> String {
    path.first.map { "=+-@".contains($0) } ?? false ? "./" + path : path
  }

  private func write(_ line: String) throws {
    do {
      if failureHandle == nil {
        try Data().write(to: URL(filePath: failureFile))
        failureHandle = try FileHandle(forWritingTo: URL(filePath: failureFile))
      }
      try failureHandle?.write(contentsOf: Data(line.utf8))
    } catch {
      throw PoseVaultError(.fileSystem, "The file of failures, \(failureFile), cannot be written.", cause: error)
    }
  }
}
