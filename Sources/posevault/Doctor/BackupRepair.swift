import Backup
import PoseCore

/// Asks what only a person can know: whether a folder without its marker is the right one, and whether pose database
/// and picture store belong together.
struct BackupRepair {
  let pair: StorePair
  let isWanted: Bool
  let isConfirmed: Bool

  func run(_ runner: BackupRunner, _ report: inout DoctorReport) async throws {
    for marker in runner.markers {
      guard isWanted, case .unknown(let problem) = try await marker.look() else { continue }
      guard try await confirms(problem, "Use this folder?") else { continue }
      let finding = try await marker.prepare(isForced: true)
      if finding == .usable { report.tell(.good, "Archives go to \(marker.path) from now on.") }
    }
    guard case .torn(let problem) = try await pair.look(), isWanted else { return }
    guard try await confirms(problem, "Do these two belong together from now on?") else { return }
    try await pair.pairAnew()
    report.tell(.good, "Pose database and picture store are a pair from now on.")
  }

  private func confirms(_ problem: String, _ question: String) async throws -> Bool {
    if isConfirmed { return true }
    return try await StandardInput.confirms("\(problem) \(question)")
  }
}
